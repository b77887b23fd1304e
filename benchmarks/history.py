"""The past months of a municipality: plans that move, start, join and lapse, and what people said.

Most changes move a plan to a later year, as in the national feed, where the median record is at its
fourth version. The shares are assumptions. Every change goes through the register, so that causes,
baselines and taken decisions come to stand where they stand in a running hub.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from hub.engine.register import Register
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.dates import PlanDate, Window
from hub.model.decision import Decision
from hub.model.finding import Finding, FindingKind
from hub.model.intervention import FundingLine, Intervention
from hub.model.programme import LogEntry, Tick
from hub.model.vocabulary import (
    DecisionKind,
    Discipline,
    Firmness,
    FundingStatus,
    RequiredDecisionStatus,
)

_CAUSES = (
    "inspection: it can wait",
    "no contractor available",
    "grid operator is later",
    "budget moved to next year",
    "waits for the redesign",
)
_LADDER = (Firmness.INDICATIVE, Firmness.DRAFT, Firmness.ADOPTED, Firmness.COMMITTED)
_TICK_DAYS = 7


class History:
    """Makes changes that follow from what stands, day by day up to the reference date."""

    def __init__(
        self,
        register: Register,
        findings: Mapping[str, Finding],
        *,
        plans: list[Intervention],
        seed: int,
    ) -> None:
        self._register = register
        self._findings = findings
        self._plans = {plan.id: plan for plan in plans}
        self._ids = sorted(plan.id for plan in plans)
        self._draw = random.Random(f"{seed}:history")
        self._decided = 0
        kinds: tuple[tuple[int, Callable[[date], list[LogEntry]]], ...] = (
            (50, self._moved),
            (10, self._firmer),
            (10, self._started),
            (4, self._withdrawn),
            (6, self._funded),
            (8, self._joined),
            (5, self._acknowledged),
            (5, self._declined),
            (2, self._taken),
        )
        self._weights = [weight for weight, _ in kinds]
        self._kinds = [kind for _, kind in kinds]

    def changes(self, count: int, *, first: date, last: date) -> Iterator[LogEntry]:
        """Yield the log of so many changes; each must be applied before the next is asked."""
        today = first
        for number in range(count):
            day = first + timedelta(days=(last - first).days * number // count)
            if (day - today).days >= _TICK_DAYS:
                today = day
                yield LogEntry(day, Tick(day))
            yield from self._draw.choices(self._kinds, self._weights)[0](today)
        yield LogEntry(last, Tick(last))

    def _some(self, fits: Callable[[Intervention], bool]) -> Intervention | None:
        for _ in range(400):
            plan = self._plans.get(self._draw.choice(self._ids))
            if plan is not None and plan.firmness.is_live and fits(plan):
                return plan
        return None

    def _sent(self, plan: Intervention, today: date, cause: str | None = None) -> list[LogEntry]:
        assert plan.source is not None
        source = replace(plan.source, revision=(plan.source.revision or 0) + 1, updated_on=today)
        sent = replace(plan, source=source)
        self._plans[plan.id] = sent
        change = PlanChange(at=today, intervention=sent, cause=cause)
        return list(self._register.apply_change(change).log)

    def _moved(self, today: date) -> list[LogEntry]:
        plan = self._some(lambda one: one.window is not None and one.firmness.rank < 4)
        if plan is None or plan.window is None:
            return []
        days = self._draw.choice((90, 180, 365, 365, 365, 730, -180, -365))
        window = Window(_shifted(plan.window.start, days), _shifted(plan.window.end, days))
        if window.end.as_exclusive_end <= today.toordinal():
            return []
        moved = replace(plan, window=window, shift_room=None)
        return self._sent(moved, today, self._draw.choice(_CAUSES))

    def _firmer(self, today: date) -> list[LogEntry]:
        plan = self._some(lambda one: one.firmness in _LADDER[:-1] and one.window is not None)
        if plan is None or plan.geometry is None:
            return []
        rung = _LADDER.index(plan.firmness) + 1
        return self._sent(replace(plan, firmness=_LADDER[rung]), today)

    def _started(self, today: date) -> list[LogEntry]:
        soon = today.toordinal() + 200
        plan = self._some(
            lambda one: (
                one.window is not None
                and one.geometry is not None
                and one.firmness.rank in (2, 3)
                and one.window.start.lo < soon
            )
        )
        return [] if plan is None else self._sent(
            replace(plan, firmness=Firmness.IN_EXECUTION), today
        )  # fmt: skip

    def _withdrawn(self, today: date) -> list[LogEntry]:
        plan = self._some(lambda one: one.firmness.rank < 4)
        if plan is None:
            return []
        del self._plans[plan.id]
        assert plan.source is not None
        assert plan.source.system is not None
        whose = WithdrawnSource(plan.source.system, plan.source.key)
        change = PlanChange(at=today, withdraw=plan.id, source=whose)
        return list(self._register.apply_change(change).log)

    def _funded(self, today: date) -> list[LogEntry]:
        plan = self._some(lambda one: bool(one.cost_cents) and one.firmness.rank < 4)
        if plan is None or plan.cost_cents is None:
            return []
        line = FundingLine("general_means", plan.cost_cents, FundingStatus.APPROVED, today.year + 1)
        return self._sent(replace(plan, funding=(line,)), today)

    def _joined(self, today: date) -> list[LogEntry]:
        """Let the follower of an open chance join the sewer."""
        for finding in self._open(FindingKind.OPPORTUNITY):
            works = [self._plans.get(party) for party in finding.parties]
            sewers = [one for one in works if one and one.discipline is Discipline.SEWER]
            others = [one for one in works if one and one.discipline is not Discipline.SEWER]
            if finding.rule == "O01" and len(sewers) == len(others) == 1:
                joins = replace(
                    others[0],
                    ride_along_with=sewers[0].id,
                    window=sewers[0].window,
                    duration_days=None,
                    shift_room=None,
                )
                return self._sent(joins, today, "joins the sewer")
        return []

    def _open(self, kind: FindingKind) -> Iterator[Finding]:
        ids = sorted(key for key, one in self._findings.items() if one.kind is kind)
        for _ in range(200):
            finding = self._findings[self._draw.choice(ids)] if ids else None
            if finding is not None and finding.status.is_open:
                yield finding

    def _acknowledged(self, today: date) -> list[LogEntry]:
        kind = self._draw.choice((FindingKind.CONFLICT, FindingKind.FEEDBACK))
        return self._said(today, DecisionKind.ACKNOWLEDGE, next(self._open(kind), None))

    def _declined(self, today: date) -> list[LogEntry]:
        found = (one for one in self._open(FindingKind.OPPORTUNITY) if one.rule != "O04")
        return self._said(today, DecisionKind.DECLINE, next(found, None))

    def _said(self, today: date, kind: DecisionKind, about: Finding | None) -> list[LogEntry]:
        if about is None:
            return []
        self._decided += 1
        decision = Decision(
            id=f"said-{self._decided}",
            kind=kind,
            by=about.must_act.organisation or "programme-board",
            on=today,
            finding=about.id,
        )
        return list(self._register.apply_decision(decision).log)

    def _taken(self, today: date) -> list[LogEntry]:
        plan = self._some(lambda one: bool(one.required_decisions))
        if plan is None:
            return []
        for needed in plan.required_decisions or ():
            if needed.status is not RequiredDecisionStatus.TAKEN:
                self._decided += 1
                decision = Decision(
                    id=f"taken-{self._decided}",
                    kind=DecisionKind.TAKEN,
                    by="council",
                    on=today,
                    intervention=plan.id,
                    required_decision=needed.id,
                )
                return list(self._register.apply_decision(decision).log)
        return []


def _shifted(day: PlanDate, days: int) -> PlanDate:
    """Return a plan date some days later, as exact as it was."""
    moved = date.fromordinal(day.lo + days)
    if len(day.text) == len("2028"):
        years = round(days / 365) or (1 if days > 0 else -1)
        return PlanDate.parse(str(int(day.text) + years))
    if "Q" in day.text:
        return PlanDate.parse(f"{moved.year}-Q{(moved.month + 2) // 3}")
    if len(day.text) == len("2028-05"):
        return PlanDate.parse(f"{moved:%Y-%m}")
    return PlanDate.of_day(moved)
