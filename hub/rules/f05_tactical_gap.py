"""F05: policy and execution do not connect (*tactisch gat*).

Version 1. Essay 1.2, 1.6 and 1.7. Three variants: a goal for which no instrument exists, a goal
that no funded work serves, and a firm work of a discipline that should serve one and serves none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import DecisionKind, FundingStatus
from hub.rules.facts import WorkFacts
from hub.rules.goal_facts import GoalFacts
from hub.rules.horizon import is_due_within
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit, key_of
from hub.rules.wording import counted, goal_named, value
from hub.rules.work import SOFT_FIRMNESS, Work

NO_INSTRUMENT, NO_FUNDING, NO_GOAL = "no_instrument", "no_funded_intervention", "no_goal"
_HEAVY_YEARS = 2
_ANSWERS = (DecisionKind.ACCEPT, DecisionKind.DECLINE, DecisionKind.COUNTER)


def find_in_goal(facts: GoalFacts) -> Iterator[Draft]:
    """Yield what lacks between a goal that is due soon and the works."""
    goal = facts.goal
    if goal.due_year is None:
        return
    if not is_due_within(facts, goal.due_year, facts.policy["goal_horizon_years"]):
        return
    if goal.instruments == ():
        yield _of_goal(facts, NO_INSTRUMENT, Certainty.CERTAIN, Severity.LIGHT)
    funded = [_is_funded(work) for work in facts.contributors]
    if True not in funded:
        is_certain = None not in funded and not facts.has_silent_works
        is_heavy = is_due_within(facts, goal.due_year, _HEAVY_YEARS)
        yield _of_goal(
            facts,
            NO_FUNDING,
            Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
            Severity.HEAVY if is_heavy else Severity.LIGHT,
        )


def _is_funded(work: Work) -> bool | None:
    """Tell whether the money for a work is approved, None where cost or funding is unknown."""
    cost, funding = work.plan.cost_cents, work.plan.funding
    if cost is None or funding is None:
        return None
    approved = [line for line in funding if line.status is FundingStatus.APPROVED]
    return sum(line.amount_cents for line in approved) >= cost


def _of_goal(facts: GoalFacts, variant: str, certainty: Certainty, severity: Severity) -> Draft:
    goal = facts.goal
    action = "add_instrument" if variant == NO_INSTRUMENT else "fund"
    return Draft(
        key=(goal.id, variant),
        certainty=certainty,
        severity=severity,
        parties=tuple(work.id for work in facts.contributors),
        must_act=MustAct(goal.policy_owner, None, "policy_owner"),
        area=goal.area,
        goal=goal.id,
        evidence=(
            Evidence("variant", variant),
            Evidence("due_year", goal.due_year),
            Evidence("contributors", len(facts.contributors)),
        ),
        options=lambda: (Option(action=action),),
        policy=facts.policy,
        addressee=goal.policy_owner,
        possible_answers=_ANSWERS,
    )


def find_in_work(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a firm work that serves no goal although its discipline should."""
    work = facts.work
    if (
        work.plan.goal_contributions != ()
        or work.firmness in SOFT_FIRMNESS
        or work.plan.discipline not in facts.policy["goal_required_disciplines"]
        or not work.is_active(facts.ref)
    ):
        return
    yield Draft(
        key=(work.id, NO_GOAL),
        certainty=Certainty.CERTAIN,
        severity=Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_plan"),
        evidence=(Evidence("variant", NO_GOAL),),
        options=lambda: (Option(action="link_goal", intervention=work.id),),
        addressee=work.owner,
        possible_answers=_ANSWERS,
    )


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key: its last part tells the variant."""
    return (Scope.WORK if key[-1] == NO_GOAL else Scope.GOAL, key[0])


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what lacks, in words."""
    subject, variant = key_of(finding.id)
    due, count = value(finding, "due_year"), value(finding, "contributors")
    goal = goal_named(subject, name)
    dutch = language is Language.NL
    if variant == NO_GOAL:
        work = name(subject)
        if dutch:
            return f"{work} is vastgesteld en dient geen enkel beleidsdoel."
        return f"{work} is adopted and serves no policy goal at all."
    if variant == NO_INSTRUMENT:
        if dutch:
            helps = counted(count, "werk draagt", "werken dragen", language)
            helps = helps if count else "geen werk draagt"
            return f"Voor doel {goal} (eind {due}) bestaat geen instrument; {helps} eraan bij."
        helps = counted(count, "work contributes", "works contribute", language)
        helps = helps if count else "no work contributes"
        return f"No instrument exists for goal {goal}, due by the end of {due}; {helps} to it."
    if not count:
        if dutch:
            return f"Geen werk draagt bij aan doel {goal}; eind {due} moet het bereikt zijn."
        return f"No work contributes to goal {goal}; it is due by the end of {due}."
    if dutch:
        works = counted(count, "werk draagt", "werken dragen", language)
        none = (
            "daarvan is het geld niet rond" if count == 1 else "van geen daarvan is het geld rond"
        )
        return f"Er {works} bij aan doel {goal}, maar {none}; eind {due} moet het bereikt zijn."
    works = counted(count, "work contributes", "works contribute", language)
    none = "its money is not approved" if count == 1 else "none has its money approved"
    return f"{works} to goal {goal}, but {none}; it is due by the end of {due}."


RULE = Rule(
    id="F05",
    title=Texts(
        nl="Tactisch gat: beleid en uitvoering sluiten niet aan",
        en="Tactical gap: policy and execution do not connect",
    ),
    purpose=Texts(
        nl="Een doel zonder instrument of zonder gedekt werk, of een werk zonder doel.",
        en="A goal without an instrument or a funded work, or a work without a goal.",
    ),
    find={Scope.GOAL: find_in_goal, Scope.WORK: find_in_work},
    unit_of=unit_of,
    thresholds=("goal_horizon_years", "goal_required_disciplines", "answer_days"),
    depends_on_date=True,
    reads=(
        "municipality",
        "cost_cents",
        "funding",
        "goal_contributions",
    ),
    explain=explain,
)
