"""F01: a policy goal will not be reached (*doelbereik*).

Version 1. Essay 1.7: execution reports back on the feasibility of policy goals. A goal that no work
contributes to is left to F05. A completed work that ended after the due year brings nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.reference import PolicyGoal
from hub.model.vocabulary import DecisionKind
from hub.rules.amounts import Amounts, amounts_by
from hub.rules.goal_facts import GoalFacts
from hub.rules.horizon import is_due_within
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_goal
from hub.rules.wording import (
    counted,
    goal_named,
    measured,
    measured_in,
    number,
    unit_of_evidence,
    value,
)


def find(facts: GoalFacts) -> Iterator[Draft]:
    """Yield the feedback that adopted works do not bring a goal home."""
    goal = facts.goal
    if goal.target_amount is None or goal.due_year is None or not facts.contributors:
        return
    if not is_due_within(facts, goal.due_year, facts.policy["goal_horizon_years"]):
        return
    amounts = amounts_by(facts, goal.due_year)
    if amounts.firm < goal.target_amount:
        yield _draft(facts, goal, goal.target_amount, amounts)


def _draft(facts: GoalFacts, goal: PolicyGoal, target: Decimal, amounts: Amounts) -> Draft:
    short = target - amounts.firm - amounts.uncertain
    is_certain = short > 0 and not facts.has_silent_works
    is_heavy = short >= facts.policy["goal_heavy_shortfall_share"] * target
    return Draft(
        key=(goal.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if is_heavy else Severity.LIGHT,
        parties=tuple(work.id for work in facts.contributors),
        must_act=MustAct(goal.policy_owner, None, "policy_owner"),
        area=goal.area,
        goal=goal.id,
        evidence=(
            Evidence("target_amount", number(target), goal.unit),
            Evidence("firm_amount", number(amounts.firm), goal.unit, number(target)),
            Evidence("uncertain_amount", number(amounts.uncertain), goal.unit),
            Evidence("shortfall_amount", number(max(Decimal(0), short)), goal.unit),
        ),
        options=lambda: tuple(
            Option(action=action) for action in ("lower_target", "add_instrument", "later_year")
        ),
        policy=facts.policy,
        addressee=goal.policy_owner,
        possible_answers=(DecisionKind.ACCEPT, DecisionKind.DECLINE, DecisionKind.COUNTER),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how much of the goal is missing, in words."""
    goal = goal_named(finding.goal or key_of(finding.id)[0], name)
    unit = unit_of_evidence(finding, "target_amount")
    target = measured_in(value(finding, "target_amount"), unit, language)
    firm, uncertain, lacking = (
        measured(value(finding, item), language)
        for item in ("firm_amount", "uncertain_amount", "shortfall_amount")
    )
    short, works = value(finding, "shortfall_amount"), len(finding.parties)
    if language is Language.NL:
        end = (
            f"Ook als alles doorgaat ontbreekt {lacking}."
            if short
            else "Het doel wordt alleen gehaald als alles wat onzeker is doorgaat."
        )
        return (
            f"Doel {goal} vraagt {target}. Wat bijdraagt"
            f" ({counted(works, 'werk', 'werken', language)}) brengt vast {firm} en misschien nog"
            f" {uncertain}. {end}"
        )
    end = (
        f"Even if all of it comes, {lacking} is missing."
        if short
        else "The goal is reached only if all that is uncertain comes."
    )
    return (
        f"Goal {goal} asks for {target}. What contributes"
        f" ({counted(works, 'work', 'works', language)}) brings {firm} for sure and perhaps"
        f" {uncertain} more. {end}"
    )


RULE = Rule(
    id="F01",
    title=Texts(nl="Doelbereik: het doel wordt niet gehaald", en="Goal will not be reached"),
    purpose=Texts(
        nl="Een beleidsdoel waarvoor de vastgestelde werken samen te weinig brengen.",
        en="A policy goal for which the adopted works together bring too little.",
    ),
    find={Scope.GOAL: find},
    unit_of=unit_of_goal,
    thresholds=("goal_horizon_years", "goal_heavy_shortfall_share", "answer_days"),
    depends_on_date=True,
    reads=(
        "municipality",
        "goal_contributions",
    ),
    sums=(
        Texts(
            "tekort {shortfall_amount} = doel {target_amount} − zeker {firm_amount} − onzeker"
            " {uncertain_amount}",
            "shortfall {shortfall_amount} = target {target_amount} − firm {firm_amount} −"
            " uncertain {uncertain_amount}",
        ),
    ),
    explain=explain,
)
