"""Rebuilds one partition's state from its topics, before any of its records is processed.

Two things may have happened to a topic that is state: compaction left holes, and a worker that was
cut off left a lower revision behind a higher one. So a topic is read to a position instead of to a
last record, of every key the highest revision counts, and where a lower one came last the higher
one is given back to be written again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hub.contracts.catalogue import Catalogue
from hub.contracts.records import Record, header, whole_number
from hub.errors import ContractError, RetryableError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.offsets import EndOffsets
from hub.kafka.reader import RawRecord, read_compacted
from hub.streams.logic import Received, Restored, RestoredTopic

RETRY_SECONDS = 0.2
SEQUENCE_HEADER = "ce_sequence"


@dataclass(slots=True)
class HighestPerKey:
    """The record of the highest revision per key; a record without revision replaces any."""

    records: dict[bytes, Received] = field(default_factory=dict)
    overtaken: set[bytes] = field(default_factory=set)
    count: int = 0

    def add(self, record: Received) -> None:
        """Look at the next record of the topic."""
        self.count += 1
        key = record.key or b""
        known = self.records.get(key)
        if known is not None and _revision(record) < _revision(known):
            self.overtaken.add(key)
            return
        self.overtaken.discard(key)
        self.records[key] = record

    def in_log_order(self) -> list[Received]:
        """Return the records in the order in which they were written."""
        return sorted(self.records.values(), key=lambda record: record.offset)

    def to_repair(self) -> list[Received]:
        """Return the highest records behind which a lower revision was written."""
        return [self.records[key] for key in sorted(self.overtaken)]


@dataclass(frozen=True, slots=True)
class RestoredPartition:
    """What was read of one partition, and what has to be written again."""

    restored: Restored
    repairs: tuple[Record, ...]
    count: int

    def without_records(self) -> RestoredPartition:
        """Return the same without the records, which the programme has taken over."""
        return replace(self, restored=replace(self.restored, records={}))


class Restorer:
    """Reads the topics of one stage; used from worker threads."""

    def __init__(
        self,
        connection: KafkaConnection,
        catalogue: Catalogue,
        topics: tuple[RestoredTopic, ...],
        *,
        no_progress_timeout_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._topics = topics
        self._no_progress_timeout_s = no_progress_timeout_s
        self._clock = clock
        self._ends = EndOffsets(connection)

    def ends(self, partitions: Iterable[int], names: Iterable[str]) -> dict[int, dict[str, int]]:
        """Return where topics end, by partition and catalogue name; asked anew of the brokers.

        Not of Faust's client: it sends one request at a time to each broker, and a waiting fetch
        makes every other request wait.
        """
        wanted = [(name, number) for number in partitions for name in names]
        topic = self._catalogue.topic
        found = self._answered(self._ends.of, [(topic(name), number) for name, number in wanted])
        result: dict[int, dict[str, int]] = {number: {} for _, number in wanted}
        for name, number in wanted:
            result[number][name] = found[topic(name), number]
        return result

    def _answered(
        self,
        ask: Callable[[list[tuple[str, int]]], dict[tuple[str, int], int]],
        places: list[tuple[str, int]],
    ) -> dict[tuple[str, int], int]:
        """Ask again while a partition has no leader: one is being elected."""
        deadline = time.monotonic() + self._no_progress_timeout_s
        while True:
            try:
                return ask(places)
            except RetryableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)

    def read(
        self,
        partition: int,
        *,
        committed: Mapping[str, int | None],
        ends: Mapping[str, int],
        stop: Callable[[], bool],
    ) -> RestoredPartition:
        """Read every topic of one partition; `committed` and `ends` are by catalogue name.

        :raises HubError: when a topic cannot be read to its end, or lost what was to be applied
        """
        self._check_history(partition, committed)
        found: dict[str, HighestPerKey] = {}
        applied: dict[str, int] = {}
        for topic in self._topics:
            records = self._records(topic, partition, until=ends[topic.name], stop=stop)
            highest = found[topic.name] = HighestPerKey()
            if not topic.is_input:
                for record in records:
                    highest.add(record)
                continue
            start = committed[topic.name] or 0
            for record in records:
                if record.offset >= start and topic.name not in applied:
                    if self._can_be_replayed(record):
                        break
                    applied[topic.name] = ends[topic.name]
                highest.add(record)
        in_order = {
            topic.name: found[topic.name].in_log_order()
            for topic in self._topics
            if topic.feeds_state
        }
        for name in applied:  # what is concluded from it all has the last record as its cause
            in_order[name][-1:] = self._whole(in_order[name][-1:], stop)
        return RestoredPartition(
            Restored(
                partition=partition,
                records=in_order,
                applied_up_to=applied,
                evaluate_once=bool(applied),
            ),
            repairs=tuple(
                _again(record)
                for topic in self._topics
                if not topic.is_input
                for record in self._whole(found[topic.name].to_repair(), stop)
            ),
            count=sum(highest.count for highest in found.values()),
        )

    def _whole(self, records: Sequence[Received], stop: Callable[[], bool]) -> list[Received]:
        """Return records of one topic with all they have; of most only a part was kept."""
        if not records:
            return []
        wanted = {record.offset: place for place, record in enumerate(records)}
        topic, partition = records[0].topic, records[0].partition
        whole: dict[int, Received] = {}
        for raw in self._read(
            topic, partition, since=min(wanted), until=max(wanted) + 1, stop=stop, only=None
        ):
            if raw.offset in wanted:
                whole[wanted[raw.offset]] = _received(topic, partition, raw, raw.value)
        if len(whole) < len(records):
            raise RetryableError(
                f"{topic} partition {partition}: {len(records) - len(whole)} records were compacted"
                " away while the state was read; expected them a second time; start again"
            )
        return [whole[place] for place in range(len(records))]

    def _check_history(self, partition: int, committed: Mapping[str, int | None]) -> None:
        """Refuse to go on behind a hole: Kafka would jump over what was removed, saying nothing."""
        places = {
            (self._catalogue.topic(name), partition): offset
            for name, offset in committed.items()
            if offset is not None
        }
        starts = self._answered(self._ends.starts_of, list(places))
        for (topic, number), offset in places.items():
            start = starts[topic, number]
            if start > offset:
                raise ContractError(
                    f"{topic} partition {number}: the log begins at offset {start}; expected"
                    f" {offset}, the next one to apply: records up to {start - 1} were removed"
                    " before they were applied; let the sources send what is missing again, then"
                    f" set the offset of the consumer group to {start} and start again"
                )

    def _can_be_replayed(self, first: Received) -> bool:
        """Tell whether the log is complete from this record on.

        Compaction leaves records alone that are younger than the topic's lag; behind an older one
        any may be missing, and a replay step by step would see states that never were.
        """
        spec = self._catalogue.spec(first.topic)
        if not spec.compacted:
            return True
        lag_seconds = int(spec.config.get("min.compaction.lag.ms", "0")) / 1000
        return self._clock() - first.at.timestamp() < lag_seconds

    def _records(
        self, topic: RestoredTopic, partition: int, *, until: int, stop: Callable[[], bool]
    ) -> Iterator[Received]:
        """Yield the records with what a state needs of them: a hundred thousand are held at once.

        Of their headers that is the sequence; of a topic that is only repaired not even the value.
        """
        if until == 0:
            return
        name = topic.name
        for raw in self._read(name, partition, until=until, stop=stop, only=SEQUENCE_HEADER):
            if raw.value is not None:
                yield _received(name, partition, raw, raw.value if topic.feeds_state else b"")

    def _read(
        self,
        topic: str,
        partition: int,
        *,
        since: int = 0,
        until: int,
        stop: Callable[[], bool],
        only: str | None,
    ) -> Iterator[RawRecord]:
        return read_compacted(
            self._connection,
            self._catalogue.topic(topic),
            partition,
            since=since,
            until=until,
            stop=stop,
            with_headers=True,
            only_header=only,
            no_progress_timeout_s=self._no_progress_timeout_s,
        )


def _received(topic: str, partition: int, raw: RawRecord, value: bytes | None) -> Received:
    return Received(
        topic=topic,
        partition=partition,
        offset=raw.offset,
        key=raw.key,
        value=value,
        headers=tuple([header for header in raw.headers if header[1] is not None]),
        at=datetime.fromtimestamp(raw.timestamp_ms / 1000, UTC),
    )


def _revision(record: Received) -> int:
    """Return the revision in the headers; the offset of a record that has none."""
    revision = whole_number(header(record.headers, SEQUENCE_HEADER))
    return record.offset if revision is None else revision


def _again(record: Received) -> Record:
    assert record.value is not None
    return Record(record.topic, record.key or b"", record.value, record.headers, record.partition)
