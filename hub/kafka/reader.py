"""Reading one partition from its beginning to a fixed end: how state is restored.

The end is a position, never "the last record": compaction leaves holes, also at the end of what is
to be read, so a record with the last offset may not exist. Values stay raw bytes; who restores
keeps the last per key and decodes only that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from hub.contracts.records import Headers
from hub.errors import ContractError, RetryableError
from hub.kafka.client_config import ClientOptions, KafkaConnection, client_options
from hub.kafka.failures import Noticed, hub_error_of, opened, raise_unless_passing

NO_PROGRESS_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 10.0

_POLL_S = 0.1
_RETRY_S = 0.05
_LOOK_S = 2.0
_RECORDS_PER_POLL = 2000


class RawRecord(NamedTuple):
    """One record as the broker keeps it; `headers` stay empty unless they were asked for."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()


class ReadStoppedError(RetryableError):
    """The read was stopped before its end, so what it gave is incomplete."""


def read_compacted(
    connection: KafkaConnection,
    topic: str,
    partition: int,
    *,
    since: int = 0,
    until: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    with_headers: bool = False,
    only_header: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    no_progress_timeout_s: float = NO_PROGRESS_TIMEOUT_S,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> Iterator[RawRecord]:
    """Yield the records of a partition from one offset up to another, in order.

    `until` is the first offset that is not read; None reads up to the end as it is at the start.
    `topic` is the full name; `only_header` is the one header that is wanted, if not all are.
    `progress` is told the offset reached and the end. The iterator ends only when everything was
    read: any other end raises.

    :raises ReadStoppedError: when `stop` became true
    :raises RetryableError: when the broker is away, or no record comes for `no_progress_timeout_s`
    :raises ConfigurationError: when the partition does not exist or may not be read
    :raises ContractError: when `until` lies beyond the end, so that records were lost
    """
    where = f"{topic} partition {partition}"
    noticed = Noticed()
    consumer = opened(Consumer, reader_options(connection), noticed=noticed)
    try:
        place = TopicPartition(topic, partition)
        first, end = _watermarks(consumer, place, where, answer_timeout_s, noticed)
        if until is not None and until > end:
            raise ContractError(
                f"{where}: came offset {until} to read up to; expected {end} at most, the end of "
                "the partition; records were lost or the topic was made anew: reset the group"
            )
        end = end if until is None else until
        if max(first, since) < end:
            start = since if since > first else OFFSET_BEGINNING
            consumer.assign([TopicPartition(topic, partition, start)])
            watch = _Watch(where, stop, no_progress_timeout_s, progress)
            headers = _reader_of_headers(with_headers, only_header)
            yield from _records(consumer, end, watch, headers)
    finally:
        consumer.close()


def reader_options(connection: KafkaConnection) -> ClientOptions:
    """Return the options of a consumer that joins no group and commits nothing."""
    return {
        **client_options(connection),
        "group.id": "hub-reader",  # required by the client; never used with assigned partitions
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_uncommitted",  # as the stream stages read
        "fetch.wait.max.ms": 20,
        "fetch.error.backoff.ms": 50,
    }


class _Watch:
    """Ends a read that was stopped or that no longer gets anywhere."""

    def __init__(
        self,
        where: str,
        stop: Callable[[], bool],
        timeout_s: float,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.where = where
        self._stop = stop
        self._timeout_s = timeout_s
        self._last = time.monotonic()
        self._progress = progress

    def progressed(self, position: int, end: int) -> None:
        self._last = time.monotonic()
        if self._progress is not None:
            self._progress(position, end)

    def check(self, position: int, end: int) -> None:
        if self._stop():
            raise ReadStoppedError(f"{self.where}: stopped at offset {position} of {end}")
        if time.monotonic() - self._last > self._timeout_s:
            raise RetryableError(
                f"{self.where}: no record within {self._timeout_s:.0f} s at offset {position}; "
                f"expected to reach {end}; check that the broker of this partition runs"
            )


def _watermarks(
    consumer: Consumer, partition: TopicPartition, where: str, timeout_s: float, noticed: Noticed
) -> tuple[int, int]:
    """Return the first offset and the end; a leader that is still being found is waited for."""
    deadline = time.monotonic() + timeout_s
    while True:
        left = max(0.1, deadline - time.monotonic())
        try:
            first, end = consumer.get_watermark_offsets(
                partition, timeout=min(left, _LOOK_S), cached=False
            )
            return int(first), int(end)
        except KafkaException as error:
            consumer.poll(0)  # what the client noticed is told from here
            failure = hub_error_of(error, where, noticed=noticed)
            if not isinstance(failure, RetryableError) or time.monotonic() >= deadline:
                raise failure from error
        time.sleep(_RETRY_S)


def _records(
    consumer: Consumer, end: int, watch: _Watch, headers: Callable[[Message], Headers]
) -> Iterator[RawRecord]:
    position = 0
    while True:
        watch.check(position, end)
        messages = consumer.consume(_RECORDS_PER_POLL, _POLL_S)
        for message in messages:
            error = message.error()
            if error is None:
                offset = _offset(message)
                position = offset + 1
                if offset < end:
                    yield RawRecord(
                        offset,
                        message.key(),
                        message.value(),
                        message.timestamp()[1],
                        headers(message),
                    )
            elif error.code() == KafkaError._PARTITION_EOF:
                position = _offset(message)
            else:
                raise_unless_passing(error, watch.where)
                continue
            if position >= end:
                watch.progressed(position, end)
                return
        if messages:
            watch.progressed(position, end)


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None  # every message of a consumer and every end mark has one
    return offset


def _reader_of_headers(wanted: bool, only: str | None) -> Callable[[Message], Headers]:
    if not wanted:
        return lambda message: ()
    if only is None:
        return lambda message: tuple(_headers(message))

    def the_last_of_them(message: Message) -> Headers:
        for name, value in reversed(_headers(message)):
            if name == only:
                return ((only, value),)
        return ()

    return the_last_of_them


def _headers(message: Message) -> list[tuple[str, bytes | None]]:
    """Return the headers; the client gives bytes, its type says more."""
    headers = message.headers() or []
    return list(headers.items()) if isinstance(headers, dict) else headers  # type: ignore[arg-type,return-value]
