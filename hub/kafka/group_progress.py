"""How far a consumer group is, asked by somebody who is not in it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from hub.kafka.client_config import KafkaConnection
from hub.kafka.failures import hub_error_of, opened
from hub.kafka.reader import reader_options

_ANSWER_TIMEOUT_S = 10.0


class GroupProgress:
    """Asks for what a group has committed, without ever joining it. Leaving its context closes."""

    def __init__(self, connection: KafkaConnection, group: str) -> None:
        self._group = group
        self._consumer = opened(Consumer, {**reader_options(connection), "group.id": group})

    def behind(self, topic: str, partition: int) -> int:
        """Return how many records of a partition the group has not committed; all if none.

        :raises HubError: when the brokers do not answer, or the partition does not exist
        """
        place = TopicPartition(topic, partition)
        try:
            first, end = self._consumer.get_watermark_offsets(place, timeout=_ANSWER_TIMEOUT_S)
        except KafkaException as error:
            raise hub_error_of(error, self._where(topic, partition)) from error
        return int(end) - max(int(first), self.committed(topic, partition))

    def committed(self, topic: str, partition: int) -> int:
        """Return the offset the group goes on from; below 0 when it has committed none.

        :raises HubError: when the brokers do not answer
        """
        place = TopicPartition(topic, partition)
        try:
            (committed,) = self._consumer.committed([place], timeout=_ANSWER_TIMEOUT_S)
        except KafkaException as error:
            raise hub_error_of(error, self._where(topic, partition)) from error
        return int(committed.offset)

    def _where(self, topic: str, partition: int) -> str:
        return f"group {self._group} on {topic} partition {partition}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._consumer.close()
