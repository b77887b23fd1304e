"""Where partitions begin and end, asked of the brokers themselves.

A stage's own client may be what is stuck, so its view of the end says nothing about progress.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from hub.errors import RetryableError
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.failures import hub_error_of, opened

ANSWER_TIMEOUT_S = 3.0


class EndOffsets:
    """Asks for the bounds of partitions, over connections that are kept while they answer.

    May be used from several threads; each call has a connection to itself.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._fresh = [self._client()]
        self._idle: list[AdminClient] = []

    def _client(self) -> AdminClient:
        """Return a new connection.

        :raises ConfigurationError: for security settings that cannot be used
        """
        return opened(AdminClient, client_options(self._connection))

    def of(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Return the next offset of each (topic, partition).

        After an answer that cannot be used connections are made anew: a client would go on to ask
        a broker that is gone, and to answer with offsets that are none.

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
        try:
            admin = self._connected(next(iter(wanted)).topic)
            answers = admin.list_offsets(wanted, request_timeout=ANSWER_TIMEOUT_S)
            found = {
                (place.topic, place.partition): int(answer.result().offset)
                for place, answer in answers.items()
            }
        except KafkaException as error:
            self._idle.clear()
            where = f"{what}s on {self._connection.bootstrap}"
            raise hub_error_of(error, where) from error
        for (topic, partition), offset in found.items():
            if offset < 0:
                self._idle.clear()
                raise RetryableError(
                    f"{what} of {topic} partition {partition}: came none; expected a leader to"
                    " answer; check that its brokers run, it is safe to try again"
                )
        self._idle.append(admin)
        return found

    def _connected(self, topic: str) -> AdminClient:
        """Return a connection that is not in use; of a new one `topic` is asked for first.

        librdkafka looks for leaders once, and again only 3 s later: asked before the first broker
        is connected, it would let all of that pass, at one restore out of a few.
        """
        with suppress(IndexError):
            return self._idle.pop()
        try:
            admin = self._fresh.pop()
        except IndexError:
            admin = self._client()
        admin.list_topics(topic, timeout=ANSWER_TIMEOUT_S)
        return admin
