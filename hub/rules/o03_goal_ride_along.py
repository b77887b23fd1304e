"""O03: a policy goal can ride along (*meekoppelkans*).

Version 1. Essay 1.2-1.4. One finding per goal, or a planner drowns: the candidates are its parties.
`ride_along_min_days` is that of each candidate's municipality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.rules.amounts import remaining
from hub.rules.goal_facts import GoalFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_goal
from hub.rules.wording import (
    day_of,
    goal_named,
    measured_in,
    number,
    unit_of_evidence,
    value,
    works_listed,
)
from hub.rules.work import SOFT_FIRMNESS, Work


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A work the goal could ride along with, and the last day to decide on it."""

    work: Work
    decide_by: int

    @property
    def is_certain(self) -> bool:
        return is_sure_to_open(self.work)


def is_sure_to_open(work: Work) -> bool:
    """Tell whether a work certainly opens the street, and is adopted or firmer."""
    return work.plan.opens_surface is True and work.firmness not in SOFT_FIRMNESS


def find(facts: GoalFacts) -> Iterator[Draft]:
    """Yield the chance of a goal that is not reached and has works it can ride along with."""
    if facts.goal.rides_on_disciplines is None:
        return
    rest = remaining(facts)
    if rest is None or rest <= 0:
        return
    candidates = list(_candidates(facts))
    if candidates:
        facts.holds_until(min(one.decide_by for one in candidates) + 1)
        yield _draft(facts, candidates, rest)


def _candidates(facts: GoalFacts) -> Iterator[_Candidate]:
    ref, days_in = facts.ref, dict[str | None, int]()
    for work in facts.rideable:
        if work.span is None or facts.is_served_by(work.id):
            continue
        place = work.plan.municipality
        if place not in days_in:
            days_in[place] = facts.policy_of(work)["ride_along_min_days"]
        decide_by = work.span.s_lo - days_in[place]
        if ref <= decide_by:
            yield _Candidate(work, decide_by)


def _draft(facts: GoalFacts, candidates: list[_Candidate], rest: Decimal) -> Draft:
    goal = facts.goal
    is_certain = not facts.has_silent_works and any(one.is_certain for one in candidates)
    return Draft(
        key=(goal.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.INFO,
        parties=tuple(one.work.id for one in candidates),
        must_act=MustAct(goal.policy_owner, None, "policy_owner"),
        area=goal.area,
        goal=goal.id,
        evidence=(
            Evidence("remaining", number(rest), goal.unit, volatile=True),
            Evidence("due_year", goal.due_year),
            Evidence("candidates", len(candidates)),
            Evidence(
                "next_decide_by", iso(min(one.decide_by for one in candidates)), volatile=True
            ),
            Evidence(
                "decide_by", tuple(f"{one.work.id}:{iso(one.decide_by)}" for one in candidates)
            ),
        ),
        options=lambda: (Option(action="join"),),
        policy=facts.policy_of(None),
    )


def is_realised(facts: GoalFacts, record: Finding) -> bool:
    """Tell whether nothing remains of the goal, or a candidate that left serves it."""
    rest = remaining(facts)
    reached = rest is not None and rest <= 0
    return reached or any(facts.is_served_by(party) for party in record.parties)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what the chance is, in words."""
    goal, works = finding.goal or key_of(finding.id)[0], works_listed(finding, language, name)
    goal, due = goal_named(goal, name), value(finding, "due_year")
    unit = unit_of_evidence(finding, "remaining")
    amount = measured_in(value(finding, "remaining"), unit, language)
    by = day_of(finding, "next_decide_by", language)
    if language is Language.NL:
        return (
            f"Doel {goal} kan meekoppelen met {works}: eind {due} ontbreekt nog {amount}."
            f" Beslis uiterlijk {by} of het meegaat; daarna is het eerste werk te ver."
        )
    return (
        f"Goal {goal} can ride along with {works}: {amount} is still lacking by the end of {due}."
        f" Decide by {by} whether it joins; after that the first work is too far on."
    )


RULE = Rule(
    id="O03",
    title=Texts(nl="Meekoppelkans voor een beleidsdoel", en="A policy goal can ride along"),
    purpose=Texts(
        nl="Werken die de straat toch openen en een beleidsdoel kunnen meenemen.",
        en="Works that open the street anyway and could take a policy goal along.",
    ),
    find={Scope.GOAL: find},
    unit_of=unit_of_goal,
    thresholds=("ride_along_min_days", "line_half_width_m"),
    depends_on_date=True,
    reads=(
        "municipality",
        "opens_surface",
        "ride_along_with",
        "goal_contributions",
    ),
    sums=(
        Texts(
            "nog nodig {remaining} voor eind {due_year}; {candidates} werken kunnen meedoen,"
            " beslis voor {next_decide_by}",
            "still needed {remaining} by the end of {due_year}; {candidates} works could join,"
            " decide before {next_decide_by}",
        ),
    ),
    explain=explain,
    is_realised=is_realised,
)
