"""Dead letters: a rejected record, byte for byte, with why it was rejected and where it came from.

What was sent is kept untouched (value and headers), so that it can be put back as it was; only
headers that already say `hub-error-` are left out, for nobody but this module may say so. A record
that was put back carries how often it was tried (`hub-retry-`); rejected again, its letter counts
on, and the marks do not pile up. The breaker tells a bad record from a bad hub: when more than half
of a window of records is rejected, the fault is more likely ours or the whole source's, and parking
on would only make a flood.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub.contracts.records import (
    Headers,
    Record,
    header,
    parsed_time,
    time_text,
    whole_number,
)
from hub.errors import RejectedRecordError, RejectReason

TOPIC = "dead-letters"
PREFIX = "hub-error-"
RETRY_PREFIX = "hub-retry-"
"""Headers that a record got when it was put back; they are not the sender's."""
MAX_MESSAGE_BYTES = 2_000
MOST_ATTEMPTS = 999_999
"""No record is put back more often; a header that says so is not believed."""
MAX_ORIGINAL_BYTES = 1_900_000
"""The topic takes 2 MB a record: more of the original than this is cut off, and said so."""


@dataclass(frozen=True, slots=True)
class Original:
    """The record as it was read: nothing of it is interpreted."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def place(self) -> str:
        """Return topic, partition and offset: the key of its dead letter."""
        return f"{self.topic}-{self.partition}-{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a record was parked, by whom, and how often it was tried."""

    stage: str
    reason: RejectReason
    message: str
    error_class: str
    version: str
    first_at: datetime
    last_at: datetime
    attempts: int = 1

    @classmethod
    def of_error(
        cls, error: RejectedRecordError, *, stage: str, version: str, at: datetime
    ) -> Failure:
        """Return the failure that a rejection describes."""
        return cls(
            stage=stage,
            reason=error.refusal.reason,
            message=str(error),
            error_class=type(error).__name__,
            version=version,
            first_at=at,
            last_at=at,
        )


def of_record(original: Original, failure: Failure) -> Record:
    """Return the dead letter of a record that was read from a topic."""
    added = {
        **_failure_headers(_counted_on(failure, original.headers)),
        "topic": original.topic,
        "partition": str(original.partition),
        "offset": str(original.offset),
    }
    return _letter(original.place, original.value, original.headers, added, original.key)


def of_row(*, connector: str, stream: str, row: str, content: bytes, failure: Failure) -> Record:
    """Return the dead letter of a row that a connector could not turn into a plan change."""
    added = {**_failure_headers(failure), "connector": connector, "stream": stream, "row": row}
    return _letter(f"{connector}|{stream}|{row}", content, (), added, None)


def _letter(
    place: str,
    value: bytes | None,
    headers: Headers,
    added: Mapping[str, str],
    key: bytes | None,
) -> Record:
    data = value or b""
    kept = data[:MAX_ORIGINAL_BYTES]
    texts = dict(added)
    if value is None:
        texts["value"] = "none"
    if len(kept) < len(data):
        texts["cut-from-bytes"] = str(len(data))
    ours: list[tuple[str, bytes | None]] = [
        (f"{PREFIX}{name}", text.encode()) for name, text in texts.items()
    ]
    if key is not None:
        ours.append((f"{PREFIX}original-key", key))
    theirs = [item for item in headers if not item[0].startswith((PREFIX, RETRY_PREFIX))]
    return Record(TOPIC, place.encode(), kept, (*theirs, *ours), 0)


def _counted_on(failure: Failure, headers: Headers) -> Failure:
    """Return the failure with the attempts and the first moment of the times before."""
    attempts = whole_number(header(headers, f"{RETRY_PREFIX}attempts"))
    first_at = parsed_time(header(headers, f"{RETRY_PREFIX}first-at"))
    if attempts is None or first_at is None:
        return failure
    attempts = min(attempts, MOST_ATTEMPTS) + failure.attempts
    return replace(failure, attempts=attempts, first_at=first_at)


def _failure_headers(failure: Failure) -> dict[str, str]:
    message = failure.message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore")
    return {
        "stage": failure.stage,
        "reason": failure.reason,
        "message": message,
        "class": failure.error_class,
        "version": failure.version,
        "attempts": str(failure.attempts),
        "first-at": time_text(failure.first_at),
        "last-at": time_text(failure.last_at),
    }


def original_of(letter: Record) -> Original | None:
    """Return the record that a dead letter keeps, ready to be put back; None if it is a row's.

    :raises ValueError: if the letter's own headers are damaged or the original was cut
    """
    place = header(letter.headers, f"{PREFIX}topic")
    if place is None:
        return None
    if header(letter.headers, f"{PREFIX}cut-from-bytes") is not None:
        raise ValueError("the original was too large to be kept whole; send it from its source")
    added = {name: value for name, value in letter.headers if name.startswith(PREFIX)}
    return Original(
        topic=place,
        partition=_number(letter, "partition"),
        offset=_number(letter, "offset"),
        key=added.get(f"{PREFIX}original-key"),
        value=None if f"{PREFIX}value" in added else letter.value,
        headers=tuple(item for item in letter.headers if not item[0].startswith(PREFIX)),
    )


def put_back_headers(letter: Record) -> Headers:
    """Return the headers under which the original of a letter is sent again: its own, and marks."""
    attempts = header(letter.headers, f"{PREFIX}attempts") or "1"
    first_at = header(letter.headers, f"{PREFIX}first-at") or ""
    theirs = tuple(item for item in letter.headers if not item[0].startswith(PREFIX))
    return (
        *theirs,
        (f"{RETRY_PREFIX}of", letter.key),
        (f"{RETRY_PREFIX}attempts", attempts.encode()),
        (f"{RETRY_PREFIX}first-at", first_at.encode()),
    )


def was_put_back(headers: Headers) -> bool:
    """Tell whether a record is one that was put back out of the dead letters."""
    return any(name == f"{RETRY_PREFIX}of" for name, _ in headers)


def _number(letter: Record, name: str) -> int:
    number = whole_number(header(letter.headers, f"{PREFIX}{name}"))
    if number is None:
        raise ValueError(f"its header {PREFIX}{name} is no number")
    return number


def reason_of(headers: Iterable[tuple[str, bytes | None]]) -> RejectReason | None:
    """Return why a letter was parked, or None if it does not say so in a word we know."""
    text = header(headers, f"{PREFIX}reason")
    return RejectReason(text) if text in set(RejectReason) else None


class Breaker:
    """Opens when more than half of the last `window` records were rejected, and stays open.

    It says nothing before a whole window was seen: a source that starts with a few bad rows is not
    a fault of the hub. One that is not `armed` never opens: a person has looked, and wants
    everything parked.
    """

    def __init__(self, window: int = 50, *, armed: bool = True) -> None:
        if window < 1:
            raise ValueError(f"a window of {window} records; expected at least 1")
        self._outcomes: deque[bool] = deque(maxlen=window)
        self._rejected = 0
        self._open = False
        self._armed = armed

    @property
    def is_open(self) -> bool:
        """Tell whether the stage must stop instead of parking more."""
        return self._open

    @property
    def rejected(self) -> int:
        """Return how many records of the present window were rejected."""
        return self._rejected

    def record(self, *, rejected: bool) -> bool:
        """Take note of one record and tell whether the breaker is open now."""
        if len(self._outcomes) == self._outcomes.maxlen:
            self._rejected -= self._outcomes[0]
        self._outcomes.append(rejected)
        self._rejected += rejected
        full = len(self._outcomes) == self._outcomes.maxlen
        most = full and self._rejected * 2 > len(self._outcomes)
        self._open = self._open or (self._armed and most)
        return self._open
