"""Where partitions end, asked of the brokers themselves.

A stage's own client may be what is stuck, so its view of the end says nothing about progress.
"""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.failures import hub_error_of, opened

ANSWER_TIMEOUT_S = 10.0


class EndOffsets:
    """Asks for the ends of partitions, over one connection that is kept."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._admin = opened(AdminClient, client_options(connection))

    def of(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Return the next offset of each (topic, partition).

        :raises HubError: when the brokers do not answer, or a partition does not exist
        """
        wanted = {
            TopicPartition(topic, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for topic, partition in places
        }
        if not wanted:
            return {}
        try:
            answers = self._admin.list_offsets(wanted, request_timeout=ANSWER_TIMEOUT_S)
            return {
                (place.topic, place.partition): answer.result().offset
                for place, answer in answers.items()
            }
        except KafkaException as error:
            raise hub_error_of(error, "end offsets") from error
