"""The whole error tree, named by what the caller does next.

A message has four parts: where, what came, what was expected, what to do. It never carries a
secret or personal data: callers quote the offending value of a field, not the whole record.

    HubError
    ├── ConfigurationError   stop before start; a person changes a setting, a mapping or a file name
    ├── RetryableError       wait and try again; the same input may succeed later
    ├── RejectedRecordError  park this record (dead letter, refused row) and go on with the next
    └── ContractError        stop; going on would publish or store wrong data
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_QUOTED_CHARACTERS = 120
_LARGEST_QUOTED = 10**MAX_QUOTED_CHARACTERS


class HubError(Exception):
    """Base of every error the hub raises on purpose."""


class ConfigurationError(HubError):
    """A person must change a setting, a mapping or an argument before this can start."""


class RetryableError(HubError):
    """The outside world refused for now; the same request may succeed later.

    `retry_after_seconds` is how long the other side asks to be left alone, where it says so.
    """

    def __init__(self, *args: object, retry_after_seconds: float | None = None) -> None:
        super().__init__(*args)
        self.retry_after_seconds = retry_after_seconds


class ContractError(HubError):
    """Going on would publish or store something that breaks a contract."""


class RejectReason(StrEnum):
    """Why a record is parked. Closed list: each value labels a metric."""

    UNREADABLE = "unreadable"  # bytes, frame, syntax or file kind
    UNKNOWN_SCHEMA = "unknown_schema"
    INVALID_VALUE = "invalid_value"  # a field that is none of what it may be
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    INVALID_GEOMETRY = "invalid_geometry"
    DUPLICATE_KEY = "duplicate_key"
    CONFLICTING_REVISION = "conflicting_revision"
    IMPLAUSIBLE_DATE = "implausible_date"  # further ahead of broker time than a clock may be
    TOO_LARGE = "too_large"
    RULE_FAILED = "rule_failed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was refused: where, what came, what was expected.

    `path` is a JSON path (`interventions[0].window.end`), a row number with its column, or an
    element with its key; `file` is empty where there is none.
    """

    path: str
    came: str
    expected: str
    file: str = ""
    reason: RejectReason = RejectReason.INVALID_VALUE

    def __str__(self) -> str:
        """Return the refusal as one sentence on one line, whatever was quoted in it."""
        where = f"{self.file}: {self.path}" if self.file and self.path else self.file or self.path
        place = f"{where}: " if where else ""
        return printable(f"{place}came {self.came}; expected {self.expected}")


class RejectedRecordError(HubError):
    """This record cannot be used; park it with its refusals and go on with the next.

    All that is wrong with a record is told at once; `refusal` is the first.
    """

    def __init__(self, refusal: Refusal, *more: Refusal) -> None:
        self.refusals = (refusal, *more)
        super().__init__("; ".join(str(item) for item in self.refusals))

    @property
    def refusal(self) -> Refusal:
        """Return the first refusal; its reason labels the metric and the dead letter."""
        return self.refusals[0]


def printable(text: str) -> str:
    """Return a text without what a terminal would obey or a log would break its line at."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def quoted(value: object) -> str:
    """Return a value as it may appear in an error: one line, bounded in length."""
    if isinstance(value, str):
        text = value if len(value) <= MAX_QUOTED_CHARACTERS else f"{value[:MAX_QUOTED_CHARACTERS]}…"
        return f"'{printable(text)}'"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"an object with {len(value)} keys"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, int) and abs(value) > _LARGEST_QUOTED:
        return "a number of very many digits"  # more than str() is willing to write
    return str(value)[:MAX_QUOTED_CHARACTERS]
