"""Answers about a policy goal, a chance that is gone, and the programme as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from hub.engine.facts import UnitFacts, View
from hub.engine.state import PlacedWork
from hub.model.finding import Certainty, Finding
from hub.model.policy import PolicyValues
from hub.model.reference import PolicyGoal
from hub.rules.amounts import remaining
from hub.rules.work import SOFT_FIRMNESS, Work


class GoalUnitFacts(UnitFacts):
    """A policy goal with the works that concern it."""

    def __init__(self, view: View, goal: PolicyGoal) -> None:
        super().__init__(view, view.state.policies.in_force(goal.municipality))
        self.goal = goal

    @cached_property
    def _naming(self) -> list[PlacedWork]:
        named = sorted(self.view.state.contributing.get(self.goal.id, ()))
        return [work for key in named if (work := self.view.work(key)) is not None]

    @cached_property
    def contributors(self) -> Sequence[PlacedWork]:
        """Return the live and completed works that contribute to it."""
        return [work for work in self._naming if not work.is_withdrawn]

    @property
    def has_silent_works(self) -> bool:
        """Tell whether a live work in its place does not say what it contributes."""
        return bool(self.view.state.goal_works.silent[self.goal.id])

    @cached_property
    def rideable(self) -> Sequence[PlacedWork]:
        """Return the active works that the goal could ride along with."""
        ids = sorted(self.view.state.goal_works.rideable[self.goal.id])
        works = (self.view.work(key) for key in ids)
        return [work for work in works if work is not None and work.is_active(self.ref)]

    @cached_property
    def _serving(self) -> set[str]:
        leaders = {
            work.plan.ride_along_with
            for work in self._naming
            if work.plan.ride_along_with is not None and work.is_active(self.ref)
        }
        return {work.id for work in self.contributors} | leaders

    def is_served_by(self, work: str) -> bool:
        """Tell whether a work, or an active rider of it, contributes to the goal."""
        return work in self._serving

    def policy_of(self, work: Work | None) -> PolicyValues:
        """Return the values in force for a work."""
        return self.view.state.policy_of(work)


class LossUnitFacts(UnitFacts):
    """An opportunity, or one candidate of it, that is declined or no longer there.

    `around` are the facts of the unit in which the opportunity lived, `before` the work that the
    step changed as it was, `by_reference` whether the step changed reference data, and `held`
    whether a conflict of the pair is kept for calm's sake.
    """

    def __init__(
        self,
        view: View,
        opportunity: Finding,
        *,
        candidate: str | None = None,
        is_declined: bool = False,
        around: UnitFacts | None = None,
        before: PlacedWork | None = None,
        by_reference: bool = False,
        held: bool = False,
    ) -> None:
        parties = opportunity.parties if candidate is None else (candidate,)
        self.works: Sequence[PlacedWork] = [
            work for key in parties if (work := view.work(key)) is not None
        ]
        super().__init__(view, view.state.policy_of(self.works[0] if self.works else None))
        self.opportunity = opportunity
        self.candidate = None if candidate is None or not self.works else self.works[0]
        self.is_declined = is_declined
        self.is_by_reference = by_reference
        self._around = around
        self._before = before
        self._held = held

    @property
    def was_certain(self) -> bool:
        """Tell whether the chance was certain before this step.

        That of a candidate follows from its plan as it was: the finding speaks of all of them.
        """
        work = self.candidate
        if work is None:
            return self.opportunity.certainty is Certainty.CERTAIN
        if self._before is not None and self._before.id == work.id:
            work = self._before
        return work.plan.opens_surface is True and work.firmness not in SOFT_FIRMNESS

    @property
    def is_taken(self) -> bool:
        """Tell whether the works are joint now, or the candidate serves the goal."""
        if isinstance(self._around, GoalUnitFacts):
            return self.candidate is not None and self._around.is_served_by(self.candidate.id)
        return len(self.works) == 2 and self.view.is_joint(self.works[0], self.works[1])

    @property
    def is_reached(self) -> bool:
        """Tell whether nothing remains of the goal."""
        if not isinstance(self._around, GoalUnitFacts):
            return False
        rest = remaining(self._around)
        return rest is not None and rest <= 0

    @property
    def is_still_seen(self) -> bool:
        """Tell whether the same pair is now another opportunity or a conflict."""
        pair = self._around
        if self._held:
            return True
        fires = getattr(pair, "fires", None)
        return fires is not None and any(fires(rule) for rule in ("O01", "O02", "C01", "C03"))


class ProgrammeUnitFacts(UnitFacts):
    """The programme as a whole, and what became of its chances as of the step."""

    def __init__(self, view: View) -> None:
        super().__init__(view, view.state.policy_of(None))

    def _is_reached(self, offset: int | None) -> bool:
        """Tell whether the fold has come to an offset; a restored record may be ahead of it."""
        return offset is None or self.view.as_of is None or offset <= self.view.as_of

    @cached_property
    def losses(self) -> Sequence[Finding]:
        """Return the records of chances that are gone."""
        return [one for one in self.view.records.losses if self._is_reached(one.facts.made_as_of)]

    @cached_property
    def taken_on(self) -> Sequence[date]:
        """Return when chances were taken: the last day of each pair, or candidate of a goal."""
        last: dict[tuple[str, str | None], date] = {}
        for record in self.view.records.taken:
            for one in record.facts.realised:
                if self._is_reached(one.as_of):
                    key = (record.id, one.work)
                    last[key] = max(last.get(key, one.on), one.on)
        return list(last.values())
