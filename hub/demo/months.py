"""Whole months counted from the day of the demo, so that its plans never lie in the past.

Every date of the demo is the first of a month: long-range plans are no more exact than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.model.dates import Precision


def month(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months after that of a day."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Months `[start, end)` as first days, and how exactly a plan states them."""

    start: date
    end: date
    precision: Precision = Precision.DAY

    @classmethod
    def of(cls, day: date, first: int, end: int, precision: Precision = Precision.DAY) -> Period:
        """Return the period between two numbers of months after the month of a day."""
        return cls(month(day, first), month(day, end), precision)

    @property
    def last_month(self) -> date:
        """Return the first day of the last month in the period."""
        return month(self.end, -1)
