"""Following topics as they grow: from the beginning or a known place, then whatever comes.

For those who watch and own no work: it joins no group and commits nothing, so it never takes a
partition from a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from hub.kafka.client_config import KafkaConnection
from hub.kafka.failures import hub_error_of, opened, raise_unless_passing
from hub.kafka.reader import reader_options

_RECORDS_PER_POLL = 500
_ANSWER_TIMEOUT_S = 10.0


class FollowedRecord(NamedTuple):
    """One record of a followed topic; `topic` is the full name."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes | None], ...]


class Follower:
    """Reads whole topics and keeps reading. Leaving its context closes it."""

    def __init__(
        self,
        connection: KafkaConnection,
        partitions: Iterable[tuple[str, int]],
        *,
        since: Mapping[tuple[str, int], int] | None = None,
    ) -> None:
        """Follow partitions, each a full topic name with a number, `since` an offset of each."""
        starts = {} if since is None else since
        self._where = f"following topics of {connection.bootstrap}"
        options = {**reader_options(connection), "enable.partition.eof": False}
        self._consumer = opened(Consumer, options)
        self._consumer.assign(
            [TopicPartition(*place, starts.get(place, OFFSET_BEGINNING)) for place in partitions]
        )

    def poll(self, seconds: float) -> list[FollowedRecord]:
        """Return what came, waiting for a first record at most so long; often nothing.

        Interruptions that the client gets over by itself are waited out.

        :raises ConfigurationError: when a topic does not exist or may not be read
        :raises ContractError: when the client gave up for good
        """
        try:
            messages = self._consumer.consume(_RECORDS_PER_POLL, seconds)
        except KafkaException as error:
            raise hub_error_of(error, self._where) from error
        return [_followed(message) for message in messages if self._is_record(message.error())]

    def unread(self) -> int:
        """Return how many offsets of the followed partitions lie ahead, as the brokers say now.

        :raises RetryableError: when the brokers cannot say, as right after a topic was made
        """
        try:
            return sum(self._unread(place) for place in self._consumer.assignment())
        except KafkaException as error:
            raise hub_error_of(error, self._where) from error

    def _unread(self, place: TopicPartition) -> int:
        first, end = self._consumer.get_watermark_offsets(place, timeout=_ANSWER_TIMEOUT_S)
        (reached,) = self._consumer.position([place])
        return int(end) - max(int(first), int(reached.offset))  # nothing read yet is negative

    def _is_record(self, error: KafkaError | None) -> bool:
        if error is None:
            return True
        raise_unless_passing(error, self._where)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._consumer.close()


def _followed(message: Message) -> FollowedRecord:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    headers: Any = message.headers() or ()
    return FollowedRecord(
        topic,
        partition,
        offset,
        message.key(),
        message.value(),
        message.timestamp()[1],
        tuple(headers),
    )
