"""Days that cannot be: dated further ahead than clocks and time zones explain.

A wrong day in one record would move the reference date of the whole programme, or make everything
that follows look late; so it is parked instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Refusal, RejectedRecordError, RejectReason

MOST_DAYS_AHEAD = 1


@dataclass(frozen=True, slots=True)
class Plausibility:
    """Knows which business day it was when the broker took a record in."""

    zone: ZoneInfo
    most_days_ahead: int = MOST_DAYS_AHEAD

    def business_day(self, at: datetime) -> date:
        """Return the day of a moment where the programme is at home."""
        return at.astimezone(self.zone).date()

    def check(self, day: date, *, path: str, at: datetime) -> None:
        """Refuse a day further ahead of broker time than allowed.

        :raises RejectedRecordError: with reason implausible_date
        """
        latest = self.business_day(at) + timedelta(days=self.most_days_ahead)
        if day > latest:
            raise RejectedRecordError(
                Refusal(
                    path,
                    day.isoformat(),
                    f"a day up to {latest.isoformat()}, the day after the broker took it in",
                    reason=RejectReason.IMPLAUSIBLE_DATE,
                )
            )
