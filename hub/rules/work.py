"""One work as rules see it: its plan, its four days and what follows from them alone."""

from __future__ import annotations

from datetime import date

from hub.model.dates import Span
from hub.model.intervention import Intervention
from hub.model.policy import PolicyValues
from hub.model.vocabulary import Firmness, Role

SOFT_FIRMNESS = frozenset({Firmness.INDICATIVE, Firmness.DRAFT})
"""Firmness that keeps a conflict from being heavy (model 1.7)."""


class Work:
    """An intervention of the programme with its span.

    Moved in thought by an option, it keeps everything but the span.
    """

    __slots__ = ("firmness", "id", "plan", "rank", "span")

    def __init__(self, plan: Intervention, span: Span | None = None) -> None:
        firmness = plan.firmness
        assert firmness is not None, "only complete interventions take part"
        self.id = plan.id
        self.plan = plan
        self.firmness = firmness
        self.rank = firmness.rank
        self.span = plan.span if span is None else span

    @property
    def owner(self) -> str:
        """Return the organisation whose plan it is."""
        assert self.plan.plan_owner is not None, "only complete interventions take part"
        return self.plan.plan_owner

    @property
    def is_live(self) -> bool:
        """Tell whether the work is still to be done or being done."""
        return 0 <= self.rank <= 4

    @property
    def is_running(self) -> bool:
        """Tell whether the work is in execution."""
        return self.firmness is Firmness.IN_EXECUTION

    @property
    def is_completed(self) -> bool:
        """Tell whether the work is done."""
        return self.firmness is Firmness.COMPLETED

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether the work is off the programme."""
        return self.firmness is Firmness.WITHDRAWN

    def is_active(self, ref: int) -> bool:
        """Tell whether the work is live and not over by its own plan (model 2.3)."""
        return 0 <= self.rank <= 4 and (self.span is None or self.span.e_hi > ref)

    @property
    def is_precise(self) -> bool:
        """Tell whether start and end are exact to the day."""
        return self.plan.window is not None and self.plan.window.is_precise

    @property
    def is_seasonal(self) -> bool:
        """Tell whether start and end are known to the month or better."""
        return self.plan.window is not None and self.plan.window.is_seasonal

    @property
    def length(self) -> int | None:
        """Return how many days the work takes, None when unknown (model 1.4)."""
        if self.plan.duration_days is not None:
            return self.plan.duration_days
        if self.span is not None and self.is_precise:
            return self.span.e_hi - self.span.s_lo
        return None

    @property
    def room_later(self) -> int | None:
        """Return how many days it can move later, None when unknown (model 2.10)."""
        if self.is_running:
            return 0
        room = self.plan.shift_room
        if room is None or room.latest_end is None or self.span is None:
            return None
        return max(0, room.latest_end.as_exclusive_end - self.span.e_hi)

    def room_earlier(self, ref: int) -> int | None:
        """Return how many days it can move earlier, None when unknown (model 2.10)."""
        if self.is_running:
            return 0
        room = self.plan.shift_room
        if room is None or room.earliest_start is None or self.span is None:
            return None
        return max(0, self.span.s_lo - max(room.earliest_start.lo, ref))

    def room_shrinks_on(self, ref: int) -> int | None:
        """Return the next reference date on which the earlier room is smaller, None if never."""
        room = self.plan.shift_room
        if self.is_running or room is None or room.earliest_start is None or self.span is None:
            return None
        day = max(ref, room.earliest_start.lo) + 1
        return day if day <= self.span.s_lo else None

    @property
    def room_window(self) -> tuple[int, int] | None:
        """Return the period `[start, end)` the owner accepts, never less than the envelope."""
        if self.span is None:
            return None
        start, end = self.span.s_lo, self.span.e_hi
        room = self.plan.shift_room
        if room is not None:
            if room.earliest_start is not None:
                start = min(start, room.earliest_start.lo)
            if room.latest_end is not None:
                end = max(end, room.latest_end.as_exclusive_end)
        return start, end

    @property
    def registered_on(self) -> date | None:
        """Return the day on which the work was first known."""
        return None if self.plan.source is None else self.plan.source.registered_on


def leads(work: Work, policy: PolicyValues) -> bool:
    """Tell whether a work leads the others, by its role or, without one, by its discipline."""
    return work.plan.role is Role.LEADING or leads_by_assumption(work, policy)


def leads_by_assumption(work: Work, policy: PolicyValues) -> bool:
    """Tell whether a work has no role and its discipline leads."""
    return work.plan.role is None and work.plan.discipline in policy["leading_disciplines"]


def is_same_project(a: Work, b: Work) -> bool:
    """Tell whether two works carry one project number of one owner (model 2.10)."""
    number = a.plan.project_number
    return number is not None and number == b.plan.project_number and a.owner == b.owner


def is_own_pair(a: Work, b: Work, policy: PolicyValues) -> bool:
    """Tell whether a pair is one owner's own programme, left to himself (rules 3.4)."""
    return (
        a.plan.plan_owner == b.plan.plan_owner
        and a.plan.discipline is b.plan.discipline
        and not policy["match_within_owner"]
    )
