"""A Faust producer whose every record is acknowledged by all in-sync replicas, or the process ends.

Plain Faust logs a failed delivery as a warning and commits the input all the same (L4). Names of
Faust used besides its public ones: `_ensure_producer`, `_settings_extra`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from faust.sensors.base import Sensor
from faust.transport.drivers import aiokafka as driver

from hub.contracts.records import Record
from hub.streams.leaving import leave

Answer = TypeVar("Answer")


class Written(NamedTuple):
    """A run of records that the brokers took in, one after the other."""

    topic: str
    partition: int
    offset: int
    records: int


class StrictProducer(driver.Producer):
    """Idempotent, acknowledged by all; the client retries a batch until it is in, in order.

    aiokafka never expires a batch of an idempotent producer, so the deadline of a delivery is
    the stage's: it ends the process, and with it what the client still held.
    """

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def write(self, topic: str, partition: int, records: Sequence[Record]) -> list[Written]:
        """Return where the records stand, in their order, when all of them are acknowledged.

        They go as whole batches, which the client sends at once: one by one each would cost a
        future of its own, and the last of them would wait for others to fill its batch.

        :raises KafkaError: if one is not acknowledged; some may have arrived all the same
        """
        client = self._ensure_producer()
        waiting: list[tuple[int, asyncio.Future[Any]]] = []
        batch, behind = _filled(client.create_batch(), records)
        while True:
            future = await client.send_batch(batch, topic, partition=partition)
            waiting.append((batch.record_count(), future))
            if not behind:
                break
            batch, behind = _filled(client.create_batch(), behind)
        answers = await all_of(future for _, future in waiting)
        return [
            Written(topic, partition, answer.offset, count)
            for (count, _), answer in zip(waiting, answers, strict=True)
        ]


async def all_of(waiting: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """Wait for all, and raise the first error only then: none is left that nobody looks at."""
    found = await asyncio.gather(*waiting, return_exceptions=True)
    answers = []
    for answer in found:
        if isinstance(answer, BaseException):
            raise answer
        answers.append(answer)
    return answers


def _filled(batch: Any, records: Sequence[Record]) -> tuple[Any, Sequence[Record]]:
    """Put as many records into a batch as it takes, which is one at least; return what is left."""
    for place, record in enumerate(records):
        headers = list(record.headers)
        taken = batch.append(timestamp=None, key=record.key, value=record.value, headers=headers)
        if taken is None:
            return batch, records[place:]
    batch.close()
    return batch, ()


class SendGuard(Sensor):
    """Ends the process when a record sent past the stage could not be delivered (L4)."""

    def on_send_error(self, producer: Any, exc: BaseException, state: Any) -> None:
        """Leave: a record that the broker refused must not be followed by a commit."""
        leave(f"a record could not be delivered: {exc!r}")
