"""When a work takes place: instants in UTC become days in local time, and gaps are kept as gaps.

A market on fifteen Saturdays is published as one record from June to September with fifteen valid
periods. As one window it would be "certainly there" on every Tuesday in between, so a record whose
periods leave the street free for longer than a long weekend becomes one work per run of days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

OPEN_END_YEAR = 2050
"""From this year on an end is no date but the way in which a form without "until further notice"
says it: the national feed has 2050, 2095, 2099 and 2100, and its last real plan ends in 2030."""
BRIDGED_DAYS = 3
"""Free days between two periods that still are one work: a weekend, or a long one."""
MAX_RUNS = 60

_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Days on end, `[start, end)`; `days` counts those on which work is announced."""

    start: date
    end: date
    days: int


@dataclass(frozen=True, slots=True)
class Validity:
    """The times of a record: overall start and end, and its periods; None is unknown."""

    start: datetime | None = None
    end: datetime | None = None
    periods: tuple[tuple[datetime, datetime], ...] = ()


def known_end(end: datetime | None) -> datetime | None:
    """Return an end that means something; None for "until further notice"."""
    return None if end is None or end.year >= OPEN_END_YEAR else end


def runs_of(validity: Validity, zone: ZoneInfo) -> tuple[Run, ...]:
    """Return the runs of days, in order; empty when the start or the end is unknown."""
    start, end = known_end(validity.start), known_end(validity.end)
    if start is None or end is None:
        return ()
    first, last = _days_of(start, end, zone)
    days = sorted(_announced(validity, first, last, zone))
    if not days:
        return (Run(first, last + _DAY, (last - first).days + 1),)
    runs = _joined(days)
    if len(runs) > MAX_RUNS:
        return (Run(first, last + _DAY, len(days)),)
    if len(runs) == 1:
        return (Run(first, last + _DAY, len(days)),)
    return runs


def _announced(validity: Validity, first: date, last: date, zone: ZoneInfo) -> set[date]:
    """Return the days of all periods, as far as they lie within the overall time."""
    days: set[date] = set()
    for start, end in validity.periods:
        day, until = _days_of(start, known_end(end) or end, zone)
        day, until = max(day, first), min(until, last)
        while day <= until:
            days.add(day)
            day += _DAY
    return days


def _days_of(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day; a day that begins with the end is left free."""
    last_instant = max(start, end - _INSTANT)
    return start.astimezone(zone).date(), last_instant.astimezone(zone).date()


def _joined(days: Sequence[date]) -> tuple[Run, ...]:
    runs: list[Run] = []
    start = previous = days[0]
    count = 1
    for day in days[1:]:
        if (day - previous).days - 1 > BRIDGED_DAYS:
            runs.append(Run(start, previous + _DAY, count))
            start, count = day, 0
        previous = day
        count += 1
    runs.append(Run(start, previous + _DAY, count))
    return tuple(runs)


def read_instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment as the standard writes it; without an offset it is local time.

    None if the text is none. A moment beyond what the calendar of the hub holds is none either.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1900 <= moment.year <= 2999:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
