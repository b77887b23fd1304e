"""Deleting the topics of a programme that was only tried, under a prefix of its own."""

from __future__ import annotations

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from hub.contracts.catalogue import Catalogue
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.failures import hub_error_of

_ANSWER_TIMEOUT_S = 20.0


def remove_topics(connection: KafkaConnection, catalogue: Catalogue) -> tuple[str, ...]:
    """Delete the topics of a catalogue with all they hold, and return the names of those deleted.

    :raises RetryableError: when the broker does not answer in time
    :raises ConfigurationError: when we may not delete topics
    """
    admin = AdminClient(client_options(connection))
    try:
        known = admin.list_topics(timeout=_ANSWER_TIMEOUT_S).topics
        names = [name for spec in catalogue if (name := catalogue.topic(spec.name)) in known]
        if names:
            for answer in admin.delete_topics(names, operation_timeout=_ANSWER_TIMEOUT_S).values():
                answer.result()
    except KafkaException as error:
        where = f"deleting {catalogue.prefix}* on {connection.bootstrap}"
        raise hub_error_of(error, where) from error
    return tuple(names)
