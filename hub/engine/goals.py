"""Which works concern which policy goal, kept up to date so that no change looks at all works.

A goal without an area may concern a whole municipality. What changes with the reference date, or
with other works, is left to the rules; kept here is what a work's own plan says of a goal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from hub.engine.places import Place
from hub.model.dates import year_of
from hub.model.reference import PolicyGoal
from hub.rules.work import Work

_IN_EXECUTION = 4
IsInArea = Callable[[str, Place | None], bool]
"""Tells whether the footprint of a place overlaps an area."""


class GoalWorks:
    """Per goal the works that are silent about it, and those it could ride along with."""

    def __init__(self, is_in_area: IsInArea) -> None:
        self._is_in_area = is_in_area
        self.silent: Mapping[str, set[str]] = defaultdict(set)
        self.rideable: Mapping[str, set[str]] = defaultdict(set)

    def put(self, goal: PolicyGoal, work: Work, place: Place | None) -> None:
        """Note what a work as it is now means to a goal."""
        for members, belongs in (
            (self.silent[goal.id], self.is_silent(goal, work, place)),
            (self.rideable[goal.id], self.is_rideable(goal, work, place)),
        ):
            if belongs:
                members.add(work.id)
            else:
                members.discard(work.id)

    def put_all(self, goal: PolicyGoal, works: Iterable[tuple[Work, Place | None]]) -> None:
        """Note what all works mean to a goal that is new or lies elsewhere now."""
        self.silent[goal.id].clear()
        self.rideable[goal.id].clear()
        for work, place in works:
            self.put(goal, work, place)

    def is_silent(self, goal: PolicyGoal, work: Work, place: Place | None) -> bool:
        """Tell whether a live work in the goal's place does not say what it contributes (3.5)."""
        if not work.is_live or work.plan.goal_contributions is not None:
            return False
        if goal.area is not None:
            return place is None or self._is_in_area(goal.area, place)
        return _may_be_in_municipality(goal, work)

    def is_rideable(self, goal: PolicyGoal, work: Work, place: Place | None) -> bool:
        """Tell whether a goal could ride along with a work, as far as its own plan goes (O03)."""
        return (
            goal.target_amount is not None
            and goal.due_year is not None
            and goal.rides_on_disciplines is not None
            and 0 <= work.rank < _IN_EXECUTION
            and work.span is not None
            and place is not None
            and work.plan.opens_surface is not False
            and work.plan.discipline in goal.rides_on_disciplines
            and year_of(work.span.s_lo) <= goal.due_year
            and (
                goal.municipality in (None, work.plan.municipality)
                if goal.area is None
                else self._is_in_area(goal.area, place)
            )
        )


def _may_be_in_municipality(goal: PolicyGoal, work: Work) -> bool:
    return (
        goal.municipality is None
        or work.plan.municipality is None
        or goal.municipality == work.plan.municipality
    )
