"""Retry and discard: each letter leaves a record of what became of it, and is open no longer.

A retry first puts records back and waits for the brokers, then settles their letters. Cut off in
between, it puts them back a second time later: a record that comes twice is no step, by its
revision or its id. So both commands may be run again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hub.contracts.catalogue import Catalogue
from hub.contracts.connector_state import connector_state_key
from hub.contracts.dead_letters import TOPIC, Original, put_back_headers
from hub.contracts.legible import one_line
from hub.contracts.records import Record
from hub.contracts.resolutions import (
    MAX_TEXT_CHARACTERS,
    Resolution,
    ResolvedAs,
    resolution_of,
    resolution_record,
)
from hub.errors import ConfigurationError, RejectedRecordError, RejectReason, quoted
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.reader import RawRecord, read_compacted
from hub.parking.letters import Letter, OpenLetters, Selection, full_record, original_record

PARTITION = 0
BATCH_RECORDS = 200
BATCH_BYTES = 8_000_000
STATE_TOPIC = "connector-state"


@dataclass(slots=True)
class Settled:
    """What a command did: how many letters it settled, and what it had to leave, with why."""

    letters: int = 0
    left: list[str] = field(default_factory=list)

    def leave(self, key: str, why: str) -> None:
        """Note a letter that stays open."""
        self.left.append(f"{one_line(key)}: {why}")


class DeadLetters:
    """The topic of dead letters of one hub."""

    def __init__(
        self,
        connection: KafkaConnection,
        catalogue: Catalogue,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._clock = clock

    def open(self, selection: Selection | None = None) -> list[Letter]:
        """Return the open letters that are meant, in their order."""
        letters = OpenLetters(self._read())
        return [letter for letter in letters if selection is None or letter in selection]

    def full(self, key: str) -> Record:
        """Return the last letter under a key, settled or not, with its value.

        :raises ConfigurationError: if there is none
        """
        found = None
        for raw in self._read():
            if (raw.key or b"").decode("utf-8", "replace") == key and not _is_settlement(raw):
                found = full_record(raw)
        if found is None:
            raise ConfigurationError(
                f"dead letter: came {quoted(key)}; expected the key of a letter that is still "
                "kept; 'hub dead-letters list' names them"
            )
        return found

    def retry(self, selection: Selection, *, by: str) -> Settled:
        """Put the records of letters back as they were, and settle the letters.

        Rows of connectors have no record: they are settled when the connector has sent them since.
        """
        meant, settled = self._meant(selection)
        rows = [letter for letter in meant if letter.is_row]
        records = {letter.offset: letter for letter in meant if not letter.is_row}
        with Producer(self._connection, self._catalogue) as producer:
            self._retry_records(producer, records, by, settled)
            self._settle_rows(producer, rows, by, settled)
        return settled

    def discard(self, selection: Selection, *, by: str, why: str) -> Settled:
        """Settle letters without putting anything back, saying who wanted it and why.

        :raises ConfigurationError: without a name or a reason
        """
        resolution = Resolution(
            how=ResolvedAs.DISCARDED,
            by=_said("--by", by),
            at=self._clock(),
            why=_said("--why", why),
        )
        meant, settled = self._meant(selection)
        with Producer(self._connection, self._catalogue) as producer:
            self._settle(producer, meant, resolution, settled)
        return settled

    def _meant(self, selection: Selection) -> tuple[list[Letter], Settled]:
        """Return the open letters that are meant, and nothing settled but keys nobody knows."""
        letters, settled = OpenLetters(self._read()), Settled()
        for key in selection.keys:
            if key not in letters.keys:
                settled.leave(key, "there is no such letter; 'hub dead-letters list' names them")
        return [letter for letter in letters if letter in selection], settled

    # --- retrying ---

    def _retry_records(
        self, producer: Producer, letters: dict[int, Letter], by: str, settled: Settled
    ) -> None:
        resolution = Resolution(how=ResolvedAs.RETRIED, by=_said("--by", by), at=self._clock())
        if not letters:
            return
        for batch in _batches(raw for raw in self._read() if raw.offset in letters):
            sent: dict[str, Letter] = {}
            originals: list[Original] = []
            for raw in batch:
                letter = letters[raw.offset]
                original = self._to_put_back(producer, raw, letter, settled)
                if original is None:
                    continue
                if letter.key not in sent:  # a record that several rules failed on goes once
                    originals.append(original)
                sent[letter.key] = letter
            producer.put_back(originals)
            self._settle(producer, sent.values(), resolution, settled)

    def _to_put_back(
        self, producer: Producer, raw: RawRecord, letter: Letter, settled: Settled
    ) -> Original | None:
        """Return the original with the marks of a retry; None, and told why, when it cannot go."""
        try:
            original = original_record(raw)
        except ValueError as error:
            settled.leave(letter.key, f"{error}; nothing can be put back, discard it")
            return None
        assert original is not None
        if original.topic not in self._catalogue.specs or original.topic == TOPIC:
            settled.leave(letter.key, f"topic {quoted(original.topic)} is none of this hub")
            return None
        marked = replace(original, headers=put_back_headers(full_record(raw)))
        record = Record(
            marked.topic, marked.key or b"", marked.value or b"", marked.headers, marked.partition
        )
        if (refusal := producer.too_large(record)) is not None:
            settled.leave(letter.key, str(RejectedRecordError(refusal)))
            return None
        return marked

    def _settle_rows(
        self, producer: Producer, rows: Iterable[Letter], by: str, settled: Settled
    ) -> None:
        waiting = {_row_key(letter): letter for letter in rows}
        if not waiting:
            return
        resolution = Resolution(how=ResolvedAs.CAME_RIGHT, by=_said("--by", by), at=self._clock())
        sent_at = self._sent_at(waiting)
        came_right = []
        for key, letter in waiting.items():
            if letter.reason == RejectReason.DUPLICATE_KEY:
                settled.leave(
                    letter.key,
                    "the first row of this key is used; give the second one a key of its own, or "
                    "discard this letter",
                )
            elif sent_at.get(key, 0) > letter.parked_at.timestamp() * 1000:
                came_right.append(letter)
            else:
                settled.leave(
                    letter.key,
                    "the row has not come right yet; correct it in its source or mapping, "
                    "the connector reads it again by itself",
                )
        self._settle(producer, came_right, resolution, settled)

    def _sent_at(self, keys: Iterable[bytes]) -> dict[bytes, int]:
        """Return when connectors last sent rows, by the key of their state."""
        wanted = set(keys)
        topic = self._catalogue.topic(STATE_TOPIC)
        return {
            record.key: record.timestamp_ms
            for record in read_compacted(self._connection, topic, PARTITION)
            if record.key is not None and record.key in wanted
        }

    # --- the topic ---

    def _settle(
        self,
        producer: Producer,
        letters: Iterable[Letter],
        resolution: Resolution,
        settled: Settled,
    ) -> None:
        by_key = {letter.key: letter for letter in letters}
        producer.publish(resolution_record(letter.record, resolution) for letter in by_key.values())
        settled.letters += len(by_key)

    def _read(self) -> Iterator[RawRecord]:
        return read_compacted(
            self._connection, self._catalogue.topic(TOPIC), PARTITION, with_headers=True
        )


def _is_settlement(raw: RawRecord) -> bool:

    return resolution_of(full_record(raw)) is not None


def _batches(records: Iterable[RawRecord]) -> Iterator[list[RawRecord]]:
    batch: list[RawRecord] = []
    size = 0
    for raw in records:
        batch.append(raw)
        size += len(raw.value or b"")
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _row_key(letter: Letter) -> bytes:
    connector, stream, row = (letter.said(name) or "" for name in ("connector", "stream", "row"))
    return connector_state_key(connector, stream, row).encode()


def _said(option: str, text: str) -> str:
    """Return a text for the record of who and why."""
    said = " ".join(text.split())
    if not said or len(said) > MAX_TEXT_CHARACTERS:
        raise ConfigurationError(
            f"{option}: came {len(said)} characters; expected 1 to {MAX_TEXT_CHARACTERS}; "
            "say it in a sentence"
        )
    return said
