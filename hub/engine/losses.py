"""When an opportunity ends, wholly or for one candidate, and when that is because it was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from hub.engine.facts import UnitFacts, View
from hub.engine.goal_facts import GoalUnitFacts
from hub.model.finding import Finding, FindingKind, Realised, ResolutionCause
from hub.rules.rule import Rule

STILL_SEEN = ("O01", "O02", "C01", "C03")
"""Findings about a pair that has lost a chance but not each other (rules O04)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An open opportunity that is gone, or one candidate of it; `around` are the facts it had."""

    opportunity: Finding
    candidate: str | None
    around: UnitFacts | None


def endings(
    rule: Rule, before: Finding | None, after: Finding, around: UnitFacts | None
) -> Iterator[Ending]:
    """Yield what ended when a record became another one: a chance, or candidates of a goal's."""
    if before is None or not before.status.is_open:
        return
    if rule.kind is not FindingKind.OPPORTUNITY or rule.is_record:
        return
    if before.goal is None:
        if not after.status.is_open:
            yield Ending(before, None, around)
        return
    stay = set(after.parties) if after.status.is_open else set()
    for party in before.parties:
        if party not in stay:
            yield Ending(before, party, around)


def is_taken(ending: Ending, after: Finding, view: View) -> bool:
    """Tell whether a chance ended because it was taken."""
    if ending.candidate is None:
        return after.cause is ResolutionCause.REALISED
    work = view.work(ending.candidate)
    return (
        work is not None
        and not work.is_withdrawn
        and isinstance(ending.around, GoalUnitFacts)
        and ending.around.is_served_by(work.id)
    )


def with_taken(record: Finding, work: str | None, *, on: date, as_of: int | None) -> Finding:
    """Return a record that remembers that the chance was taken; twice on one day is once."""
    known = record.facts.realised
    if any(one.work == work and one.on == on for one in known):
        return record
    realised = (*known, Realised(on, as_of, work))
    return replace(record, facts=replace(record.facts, realised=realised))
