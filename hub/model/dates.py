"""Plan dates with their precision, windows, and the four days every rule works with.

Days are counted as whole numbers (`date.toordinal`), so that arithmetic stays arithmetic; a
`datetime.date` appears only where a day is shown or stored. All periods are half-open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FIRST_YEAR, LAST_YEAR = 1900, 2999
PLAN_DATE_FORMS = "YYYY, YYYY-Qn, YYYY-MM or YYYY-MM-DD"

_PLAN_DATE = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?", re.ASCII)


def parse_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD.

    :raises ValueError: for any other form, and for years outside 1900-2999
    """
    match = _PLAN_DATE.fullmatch(text)
    if match is None or match[4] is None:
        raise ValueError(f"not a day: {text!r}")
    return _day(int(match[1]), int(match[3]), int(match[4]))


def _day(year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"year {year} is not within {FIRST_YEAR}-{LAST_YEAR}")
    return date(year, month, day)


def add_years(day: int, years: int) -> int:
    """Return the same month and day `years` later; 29 February becomes 28 in a common year.

    `day` and the result are day numbers.
    """
    start = date.fromordinal(day)
    try:
        return start.replace(year=start.year + years).toordinal()
    except ValueError:
        return start.replace(year=start.year + years, day=28).toordinal()


def iso(day: int) -> str:
    """Return a day number as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


def year_of(day: int) -> int:
    """Return the calendar year of a day number."""
    return date.fromordinal(day).year


class Precision(StrEnum):
    """How exactly a date is known; the form it is written in says it."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class PlanDate:
    """A date as a plan states it, with the granule `[lo, hi)` in day numbers it stands for.

    >>> PlanDate.parse("2028-Q3").precision
    <Precision.QUARTER: 'quarter'>
    """

    text: str
    precision: Precision
    lo: int
    hi: int

    @classmethod
    def parse(cls, text: str) -> PlanDate:
        """Read one of the four forms.

        :raises ValueError: if the text is none of them or names no real day
        """
        match = _PLAN_DATE.fullmatch(text)
        if match is None:
            raise ValueError(f"not a plan date: {text!r}")
        year = int(match[1])
        if match[4] is not None:
            lo = _day(year, int(match[3]), int(match[4])).toordinal()
            return cls(text, Precision.DAY, lo, lo + 1)
        if match[3] is not None:
            month = int(match[3])
            return cls(text, Precision.MONTH, *_months(year, month, 1))
        if match[2] is not None:
            return cls(text, Precision.QUARTER, *_months(year, 3 * int(match[2]) - 2, 3))
        return cls(text, Precision.YEAR, *_months(year, 1, 12))

    @classmethod
    def of_day(cls, day: date) -> PlanDate:
        """Return a plan date of day precision."""
        return cls.parse(day.isoformat())

    @property
    def is_day(self) -> bool:
        """Tell whether the date is exact to the day."""
        return self.precision is Precision.DAY

    @property
    def as_exclusive_end(self) -> int:
        """Return the first free day if this date is an end: the day, or the granule's end."""
        return self.lo if self.is_day else self.hi

    def __str__(self) -> str:
        return self.text


def _months(year: int, month: int, count: int) -> tuple[int, int]:
    last = month + count - 1
    lo = _day(year, month, 1).toordinal()
    hi = date(year + last // 12, last % 12 + 1, 1).toordinal()
    return lo, hi


@dataclass(frozen=True, slots=True)
class Span:
    """The four days of a window, as day numbers: earliest and latest start and end."""

    s_lo: int
    s_hi: int
    e_lo: int
    e_hi: int

    @classmethod
    def of_period(cls, start: int, end: int) -> Span:
        """Return the span of a fixed period `[start, end)`."""
        return cls(start, start, end, end)

    def shifted(self, days: int) -> Span:
        """Return the span moved by a number of days, later when positive."""
        return Span(self.s_lo + days, self.s_hi + days, self.e_lo + days, self.e_hi + days)

    def overlap_certain(self, other: Span) -> int:
        """Return the days on which both are going on however the dates turn out."""
        return max(0, min(self.e_lo, other.e_lo) - max(self.s_hi, other.s_hi))

    def overlap_possible(self, other: Span) -> int:
        """Return the days on which both may be going on."""
        return max(0, min(self.e_hi, other.e_hi) - max(self.s_lo, other.s_lo))


@dataclass(frozen=True, slots=True)
class Window:
    """Period of execution `[start, end)`; a coarse end names the period of the last working day."""

    start: PlanDate
    end: PlanDate

    @property
    def is_precise(self) -> bool:
        """Tell whether start and end are exact to the day."""
        return self.start.is_day and self.end.is_day

    @property
    def is_seasonal(self) -> bool:
        """Tell whether start and end are known to the month or better."""
        fine = (Precision.DAY, Precision.MONTH)
        return self.start.precision in fine and self.end.precision in fine

    @property
    def is_empty(self) -> bool:
        """Tell whether the window ends before it can start."""
        return self.end.as_exclusive_end <= self.start.lo

    def span(self, duration_days: int | None = None) -> Span:
        """Return the four days; a known duration sharpens coarse dates (model 1.4).

        The window must not be empty.
        """
        start, end = self.start, self.end
        s_lo = s_hi = start.lo
        e_lo = e_hi = end.as_exclusive_end
        if not start.is_day:
            s_hi = start.hi - 1
        if not end.is_day:
            e_lo = end.lo + 1
        if duration_days is not None:
            if not start.is_day:
                s_hi = max(s_lo, min(s_hi, e_hi - duration_days))
            if not end.is_day:
                e_lo = min(e_hi, max(e_lo, s_lo + duration_days))
        if not start.is_day:
            s_hi = min(s_hi, e_hi - 1)
        if not end.is_day:
            e_lo = max(e_lo, s_lo + 1)
        return Span(s_lo, s_hi, e_lo, e_hi)


@dataclass(frozen=True, slots=True)
class ShiftRoom:
    """Any window inside is acceptable to the owner (*schuifruimte*)."""

    earliest_start: PlanDate | None = None
    latest_end: PlanDate | None = None
