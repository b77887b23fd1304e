"""What became of a dead letter: a record under the letter's own key, on the same topic.

Nothing is deleted: the topic forgets a letter and its resolution when they are old. A resolution
has no value and says in headers what was done, by whom, why and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.contracts.dead_letters import TOPIC
from hub.contracts.records import Record, header, parsed_time, time_text

PREFIX = "hub-resolution-"
MAX_TEXT_CHARACTERS = 500


class ResolvedAs(StrEnum):
    """How a dead letter was settled."""

    RETRIED = "retried"  # its record was put back as it was
    CAME_RIGHT = "came_right"  # its row was sent by the connector since
    DISCARDED = "discarded"  # a person decided that it is not needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who settled a letter, how, why and when."""

    how: ResolvedAs
    by: str
    at: datetime
    why: str = ""


def resolution_record(letter: Record, resolution: Resolution) -> Record:
    """Return the record that settles a letter."""
    texts = {
        "how": resolution.how.value,
        "by": resolution.by,
        "why": resolution.why,
        "at": time_text(resolution.at),
    }
    headers = tuple((f"{PREFIX}{name}", text.encode()) for name, text in texts.items())
    return Record(TOPIC, letter.key, b"", headers, letter.partition)


def resolution_of(record: Record) -> Resolution | None:
    """Return the resolution that a record of the topic is, or None for a letter."""
    how = header(record.headers, f"{PREFIX}how")
    at = parsed_time(header(record.headers, f"{PREFIX}at"))
    if how not in set(ResolvedAs) or at is None:
        return None
    return Resolution(
        how=ResolvedAs(how),
        by=header(record.headers, f"{PREFIX}by") or "",
        at=at,
        why=header(record.headers, f"{PREFIX}why") or "",
    )
