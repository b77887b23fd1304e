"""Which dead letters are open: read from the topic, letters and what settled them together.

Delivery is at least once, so a letter may stand in the topic twice, and its second copy even behind
its resolution. A letter that says the same again stays settled; one that says something new under
an old key is open. Values are not kept in memory, only what tells them apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.contracts.dead_letters import PREFIX, TOPIC, Original, original_of
from hub.contracts.records import Record, header, parsed_time
from hub.contracts.resolutions import resolution_of
from hub.kafka.reader import RawRecord

UNKNOWN = "unknown"
_Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, without its value; `offset` is its place in the topic of dead letters."""

    record: Record
    offset: int
    parked_at: datetime
    value_bytes: int
    value_digest: str

    @property
    def key(self) -> str:
        """Return the key as people type it."""
        return self.record.key.decode("utf-8", "replace")

    @property
    def reason(self) -> str:
        """Return why it was rejected, in a word of the closed list."""
        return self.said("reason") or UNKNOWN

    @property
    def stage(self) -> str:
        """Return who rejected it."""
        return self.said("stage") or UNKNOWN

    @property
    def is_row(self) -> bool:
        """Tell whether it is a row of a connector, which has no record to put back."""
        return self.said("topic") is None

    @property
    def first_at(self) -> datetime | None:
        """Return when it was first rejected."""
        return parsed_time(self.said("first-at"))

    def said(self, name: str) -> str | None:
        """Return one of the letter's own headers."""
        return header(self.record.headers, f"{PREFIX}{name}")

    @property
    def identity(self) -> _Identity:
        """Return what two copies of one letter have in common.

        A row is read again and again: the same content refused for the same reason is the same
        letter. A record is the one that the broker took in at that moment.
        """
        words = (self.reason, self.said("message") or "", self.value_digest)
        return words if self.is_row else (*words, self.said("first-at") or "")


def letter_of(raw: RawRecord) -> Letter:
    """Return the letter of a record of the topic; its value is left behind."""
    value = raw.value or b""
    return Letter(
        Record(TOPIC, raw.key or b"", b"", raw.headers, 0),
        raw.offset,
        datetime.fromtimestamp(raw.timestamp_ms / 1000, UTC),
        len(value),
        hashlib.sha256(value).hexdigest(),
    )


def original_record(raw: RawRecord) -> Original | None:
    """Return the record that a letter keeps, None for a connector's row.

    :raises ValueError: if the letter is damaged or its original was cut
    """
    return original_of(full_record(raw))


def full_record(raw: RawRecord) -> Record:
    """Return a record of the topic with its value."""
    return Record(TOPIC, raw.key or b"", raw.value or b"", raw.headers, 0)


@dataclass(slots=True)
class _Key:
    letters: dict[_Identity, Letter] = field(default_factory=dict)
    settled: set[_Identity] = field(default_factory=set)


class OpenLetters:
    """The letters of a topic that nothing has settled, in their order."""

    def __init__(self, records: Iterable[RawRecord] = ()) -> None:
        self._keys: dict[bytes, _Key] = {}
        for raw in records:
            self.add(raw)

    def add(self, raw: RawRecord) -> None:
        """Take in the next record of the topic."""
        letter = letter_of(raw)
        known = self._keys.setdefault(letter.record.key, _Key())
        if resolution_of(letter.record) is not None:
            known.settled.update(known.letters)
            known.letters.clear()
        elif letter.identity not in known.settled:
            known.letters[letter.identity] = letter

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of all letters, those that were settled included."""
        return frozenset(key.decode("utf-8", "replace") for key in self._keys)

    def __iter__(self) -> Iterator[Letter]:
        """Yield open letters in the order in which they were written."""
        found = (letter for known in self._keys.values() for letter in known.letters.values())
        yield from sorted(found, key=lambda letter: letter.offset)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant; whatever is given must agree."""

    keys: tuple[str, ...] = ()
    reason: str | None = None
    stage: str | None = None

    def __contains__(self, letter: object) -> bool:
        """Tell whether a letter is meant."""
        return (
            isinstance(letter, Letter)
            and (not self.keys or letter.key in self.keys)
            and self.reason in (None, letter.reason)
            and self.stage in (None, letter.stage)
        )
