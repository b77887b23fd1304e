"""What goes over the wire, without saying how it gets there: a record, and what caused it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

Headers = tuple[tuple[str, bytes | None], ...]
MOST_DIGITS = 20
"""As many as a sequence has on the wire, and as a Kafka offset may have."""
_FIRST_YEAR = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One record ready to be written; `topic` is the name of the catalogue, without prefix."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    partition: int

    def header(self, name: str) -> str | None:
        """Return a header as text, or None when it is not there."""
        return header(self.headers, name)


def header(headers: Iterable[tuple[str, bytes | None]], name: str) -> str | None:
    """Return the last header of a name as text, or None when it is absent or not UTF-8."""
    found = None
    for key, value in headers:
        if key == name and value is not None:
            try:
                found = bytes(value).decode()
            except UnicodeDecodeError:
                found = None
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a record follows from; its time is that of the plan change at the root.

    Without a correlation id the record is itself the root (a connector's plan change).
    """

    time: datetime
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    @classmethod
    def of_record(
        cls,
        headers: Iterable[tuple[str, bytes | None]] | None,
        *,
        fallback_id: str,
        broker_time: datetime,
    ) -> Cause:
        """Return the cause of whatever follows from a record that was read.

        A foreign producer may send no CloudEvents headers: then the record is named by
        `fallback_id` (topic-partition-offset) and dated by the broker, which replays alike.
        """
        found = tuple(headers or ())
        record_id = header(found, "ce_id") or fallback_id
        return cls(
            time=parsed_time(header(found, "ce_time")) or broker_time,
            correlation_id=header(found, "ce_correlationid") or record_id,
            causation_id=record_id,
            traceparent=header(found, "ce_traceparent"),
        )


def time_text(time: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with microseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parsed_time(text: str | None) -> datetime | None:
    """Return the moment of a text in UTC, as which it counts where it names no zone.

    None for what is none, and for a moment that has no four-digit year in UTC: whoever sent the
    header, it must not be able to end the one who writes it on.
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if time.year >= _FIRST_YEAR else None


def whole_number(text: str | None) -> int | None:
    """Return the number that a header holds in plain digits; None for anything else.

    Not every digit to Unicode is one to `int`, and it refuses a few thousand of them.
    """
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        return None
    return int(text)
