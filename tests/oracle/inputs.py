"""What comes in by the front door, drawn at random: facets of two sources, answers, repetitions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hub.model.change import PlanChange, WithdrawnSource
from hub.model.decision import Decision
from hub.model.intervention import Intervention, RequiredDecision, Source
from hub.model.programme import Tick
from hub.model.reference import ReferenceItem
from hub.model.vocabulary import DecisionKind, DecisionLevel, RequiredDecisionStatus
from tests.unit.engine.programmes import (
    START,
    WORKS,
    Answer,
    Change,
    Passing,
    Withdrawal,
    drawn_at_random,
)

Input = PlanChange | Decision | ReferenceItem | Tick
MONEY_FIELDS = (
    *("cost_cents", "funding", "governance", "participation", "required_decisions"),
    *("shift_room", "classification", "window", "goal_contributions", "plan_owner"),
)
"""What the second source can say; it is asked after the first, 'money' before 'plan' by name."""


@dataclass
class Door:
    """Draws inputs one after another, knowing what it sent before."""

    seed: int
    length: int = 20
    today: date = START
    sent: list[Input] = field(default_factory=list)
    _plans: dict[str, Intervention] = field(default_factory=dict)
    _facets: dict[tuple[str, str], Intervention] = field(default_factory=dict)
    _revisions: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._first, self._steps = drawn_at_random(self.seed, length=self.length)

    def begin(self) -> Iterator[Input]:
        """Yield what the programme begins with: every work of the plan source, some money."""
        for work in self._first:
            yield self._noted(self._plan(work))
            if self._rng.random() < 0.5:
                yield self._noted(self._money(work.id))

    def next(self, findings: list[str]) -> Iterator[Input]:
        """Yield the steps after it; findings are those there are, for the answers."""
        for step in self._steps:
            for one in self._inputs(step, findings):
                yield self._noted(one)

    def _noted(self, one: Input) -> Input:
        self.sent.append(one)
        return one

    def _inputs(self, step: object, findings: list[str]) -> Iterator[Input]:
        rng = self._rng
        chance = rng.random()
        if chance < 0.06 and self.sent:
            yield rng.choice(self.sent)  # the same once more: a duplicate or an older revision
        elif chance < 0.10 and self._facets:
            yield self._contradiction()
        elif chance < 0.16:
            yield self._taken()
        elif chance < 0.26:
            yield self._money(rng.choice(WORKS))
        match step:
            case Intervention():
                yield self._plan(step)
            case Change(work=work, fields=fields):
                if work in self._plans:
                    values = dict(fields)
                    if values.get("ride_along_with") == work:
                        del values["ride_along_with"]
                    ties = values.get("dependencies") or ()
                    if any(tie.on == work for tie in ties):
                        del values["dependencies"]
                    yield self._plan(replace(self._plans[work], **values))
            case Withdrawal(work=work):
                system = rng.choice((None, "plan", "plan", "money"))
                source = None if system is None else WithdrawnSource(system=system)
                yield PlanChange(at=self.today, withdraw=work, source=source, cause="gone")
            case Passing(days=days):
                self.today += timedelta(days=days)
                yield Tick(self.today)
            case Answer(kind=DecisionKind.TAKEN):
                yield self._taken()
            case Answer(place=place, kind=kind):
                finding = findings[place % len(findings)] if findings else "C01:x|y"
                yield self._decision(kind=kind, finding=finding)
            case _:
                yield step  # type: ignore[misc]

    def _plan(self, work: Intervention) -> PlanChange:
        """Return what the plan source says of a work: all of it, but at times not what it is."""
        self._plans[work.id] = work
        if self._rng.random() < 0.08:
            work = replace(work, discipline=None)
        return self._facet(work, "plan")

    def _money(self, work: str) -> PlanChange:
        """Return what the second source says of a work: some fields as another draw has them."""
        names = self._rng.sample(MONEY_FIELDS, self._rng.randint(1, 4))
        other = self._rng.choice(self._first)
        values = {name: getattr(self._plans.get(work, other), name) for name in names}
        values |= {name: getattr(other, name) for name in names if self._rng.random() < 0.6}
        if "required_decisions" in names and values["required_decisions"] is None:
            values["required_decisions"] = (
                RequiredDecision(
                    "credit", DecisionLevel.MUNICIPAL_COUNCIL, RequiredDecisionStatus.SUBMITTED
                ),
            )
        return self._facet(Intervention(id=work, **values), "money")

    def _facet(self, work: Intervention, system: str) -> PlanChange:
        key = (work.id, system)
        self._revisions[key] = self._revisions.get(key, 0) + 1
        known = work.source or Source()
        source = replace(known, system=system, revision=self._revisions[key])
        self._facets[key] = replace(work, source=source)
        cause = f"round {len(self.sent)}"
        return PlanChange(at=self.today, intervention=self._facets[key], cause=cause)

    def _contradiction(self) -> PlanChange:
        """Return the last revision of a facet once more, with another title."""
        facet = self._facets[self._rng.choice(sorted(self._facets))]
        return PlanChange(at=self.today, intervention=replace(facet, title="another"))

    def _taken(self) -> Decision:
        return self._decision(
            kind=DecisionKind.TAKEN,
            intervention=self._rng.choice(WORKS),
            required_decision=self._rng.choice(("credit", "credit", "permit")),
        )

    def _decision(self, **fields: object) -> Decision:
        number = f"d{len(self.sent)}"
        return Decision(id=number, by="someone", on=self.today, **fields)  # type: ignore[arg-type]
