"""F03: a leading work keeps slipping (*leidende opgave schuift*).

Version 1. Essay 1.3 and 1.8: who rides along, and the goals that count on it, slip with it. The
baseline is what the owner says, else the start of the first revision that was adopted or firmer.

Decision. Values are those of the first party by id, which may be a rider: so model 9 has it for
every finding that it does not except.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import PlanDate
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.policy import PolicyValues
from hub.model.vocabulary import DecisionKind, Nobody
from hub.rules.facts import WorkFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import at_least, counted, day_of, days_of, goal_named, listed, number, value
from hub.rules.work import Work, leads


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the feedback that a leading work has slipped too far from its baseline."""
    work = facts.work
    baseline = work.plan.baseline_start or facts.first_adopted_start
    if work.span is None or baseline is None or not work.is_active(facts.ref):
        return
    policy = facts.policy_with(facts.riders[0]) if facts.riders else facts.policy
    if not leads(work, policy):
        return
    limit: int = policy["slippage_days"]
    last_day = baseline.hi - 1
    most, least = work.span.s_hi - baseline.lo, work.span.s_lo - last_day
    if most > limit and work.span.s_hi > last_day:
        days = least if least > limit else most
        yield _draft(facts, baseline, policy, days=days, sure=least > limit)


def _draft(
    facts: WorkFacts, baseline: PlanDate, policy: PolicyValues, *, days: int, sure: bool
) -> Draft:
    work, riders = facts.work, facts.riders
    told = _official_client(work) or work.owner
    return Draft(
        key=(work.id,),
        certainty=Certainty.CERTAIN if sure else Certainty.POSSIBLE,
        severity=(Severity.HEAVY if days > policy["slippage_heavy_days"] else Severity.LIGHT),
        parties=tuple(sorted({work.id, *(rider.id for rider in riders)})),
        must_act=MustAct(told, work.id, "slippage"),
        evidence=(
            Evidence("slip_days", days, "days", number(policy["slippage_days"])),
            Evidence("baseline_start", baseline.text),
            Evidence("riders", len(riders)),
            Evidence("goals", _goals((work, *riders))),
            Evidence("cause", facts.window_cause),
        ),
        options=lambda: tuple(
            Option(action=action, intervention=work.id)
            for action in ("confirm_window", "release_riders")
        ),
        policy=policy,
        addressee=told,
        possible_answers=(DecisionKind.ACCEPT, DecisionKind.COUNTER),
    )


def _official_client(work: Work) -> str | None:
    governance = work.plan.governance
    client = None if governance is None else governance.official_client
    return None if client is None or isinstance(client, Nobody) else client


def _goals(works: tuple[Work, ...]) -> tuple[str, ...]:
    named = {
        contribution.goal for work in works for contribution in work.plan.goal_contributions or ()
    }
    return tuple(sorted(named))


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how far the work slipped and who slips with it, in words."""
    work = name(finding.must_act.intervention or finding.parties[0])
    slip, baseline = (
        days_of(finding, "slip_days", language),
        day_of(finding, "baseline_start", language),
    )
    riders, goals = value(finding, "riders"), value(finding, "goals")
    bound = at_least(is_sure=finding.certainty is Certainty.CERTAIN, language=language)
    slip = f"{bound} {slip}"
    cause = value(finding, "cause")
    named = listed(
        [goal_named(str(goal), name) for goal in goals] if isinstance(goals, tuple | list) else [],
        language,
    )
    if language is Language.NL:
        why = f" Laatste reden: {cause}." if cause else ""
        also = f" Het raakt: {named}." if named else ""
        with_it = (
            f" {counted(riders, 'werk rijdt', 'werken rijden', language)} mee." if riders else ""
        )
        return f"{work} begint {slip} later dan eerst vastgesteld ({baseline}).{why}{with_it}{also}"
    why = f" Last reason: {cause}." if cause else ""
    also = f" It touches: {named}." if named else ""
    with_it = (
        f" {counted(riders, 'work rides along', 'works ride along', language)} with it."
        if riders
        else ""
    )
    return f"{work} starts {slip} later than first adopted ({baseline}).{why}{with_it}{also}"


RULE = Rule(
    id="F03",
    title=Texts(nl="Leidende opgave schuift", en="Leading work keeps slipping"),
    purpose=Texts(
        nl="Een leidend werk dat ver van zijn eerst vastgestelde start is geraakt.",
        en="A leading work that has slipped far from the start it was first adopted with.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("slippage_days", "slippage_heavy_days", "leading_disciplines", "answer_days"),
    depends_on_date=False,
    reads=(
        "role",
        "baseline_start",
        "ride_along_with",
        "goal_contributions",
    ),
    sums=(
        Texts(
            "verschoven {slip_days} sinds {baseline_start}; grens {slippage_days}, zwaar boven"
            " {slippage_heavy_days}",
            "slipped {slip_days} since {baseline_start}; limit {slippage_days}, heavy above"
            " {slippage_heavy_days}",
        ),
    ),
    explain=explain,
)
