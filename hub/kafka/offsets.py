"""Where partitions begin and end, asked of the brokers themselves.

A stage's own client may be what is stuck, so its view of the end says nothing about progress.
"""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from hub.errors import RetryableError
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.failures import hub_error_of, opened

ANSWER_TIMEOUT_S = 3.0


class EndOffsets:
    """Asks for the bounds of partitions, over one connection that is kept while it answers."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._admin: AdminClient | None = self._client()

    def _client(self) -> AdminClient:
        """Return a new connection.

        :raises ConfigurationError: for security settings that cannot be used
        """
        return opened(AdminClient, client_options(self._connection))

    def of(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Return the next offset of each (topic, partition).

        After an answer that cannot be used the connection is made anew: the client would go on to
        ask a broker that is gone, and to answer with offsets that are none.

        :raises HubError: when the brokers do not answer, or a partition does not exist
        """
        return self._ask(places, OffsetSpec.latest(), "end offset")  # type: ignore[no-untyped-call]

    def starts_of(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Return the first offset that each (topic, partition) still has.

        :raises HubError: when the brokers do not answer, or a partition does not exist
        """
        return self._ask(places, OffsetSpec.earliest(), "start offset")  # type: ignore[no-untyped-call]

    def _ask(
        self, places: Iterable[tuple[str, int]], spec: OffsetSpec, what: str
    ) -> dict[tuple[str, int], int]:
        wanted = {TopicPartition(topic, partition): spec for topic, partition in places}
        if not wanted:
            return {}
        admin = self._admin or self._client()
        self._admin = None
        try:
            answers = admin.list_offsets(wanted, request_timeout=ANSWER_TIMEOUT_S)
            found = {
                (place.topic, place.partition): int(answer.result().offset)
                for place, answer in answers.items()
            }
        except KafkaException as error:
            raise hub_error_of(error, f"{what}s") from error
        for (topic, partition), offset in found.items():
            if offset < 0:
                raise RetryableError(
                    f"{what} of {topic} partition {partition}: came none; expected a leader to"
                    " answer; check that its brokers run, it is safe to try again"
                )
        self._admin = admin
        return found
