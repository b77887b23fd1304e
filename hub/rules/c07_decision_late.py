"""C07: a decision comes too late for the work (*besluit te laat*).

Version 1. Essay 1.5: when is there room on the agenda of council and executive?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.intervention import RequiredDecision
from hub.model.vocabulary import RequiredDecisionStatus
from hub.rules.deciding import LEAD_THRESHOLDS, ExpectedDecision, expected, is_awaited
from hub.rules.facts import WorkFacts
from hub.rules.movement import later
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_work
from hub.rules.wording import day_of, days_of, value


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a conflict for each decision that is rejected or expected too late."""
    work = facts.work
    if not work.plan.required_decisions:
        return
    if work.span is None or work.is_running or not work.is_active(facts.ref):
        return
    rides = _rides_along(facts)
    for decision in work.plan.required_decisions:
        if decision.status is RequiredDecisionStatus.REJECTED:
            yield _rejected(facts, decision)
        elif is_awaited(decision) and not rides:
            yield from _late(facts, decision)


def _rides_along(facts: WorkFacts) -> bool:
    """Tell whether C05 tests the decisions, because the leading work sets the time."""
    leading = facts.leader
    return (
        leading is not None
        and leading.span is not None
        and leading.is_active(facts.ref)
        and not leading.is_running
    )


def _late(facts: WorkFacts, decision: RequiredDecision) -> Iterator[Draft]:
    span = facts.work.span
    assert span is not None
    if decision.needed_by is not None:
        need_lo = need_hi = decision.needed_by.toordinal()
    else:
        preparation: int = facts.policy["preparation_days"]
        need_lo, need_hi = span.s_lo - preparation, span.s_hi - preparation
    due = expected(decision, facts=facts, policy=facts.policy)
    _watch(facts, due, limits=(need_lo, need_hi, span.s_hi))
    if due.day > need_lo:
        yield _draft(facts, decision, due, need_lo=need_lo, need_hi=need_hi)


def _watch(facts: WorkFacts, due: ExpectedDecision, *, limits: tuple[int, ...]) -> None:
    """Tell when passing time may give another answer: the day steps, or drifts over a limit."""
    if due.stands_until is not None:
        facts.holds_until(due.stands_until)
    if due.drifts:
        for limit in limits:
            if due.day <= limit:
                facts.holds_until(facts.ref + limit - due.day + 1)


def _draft(
    facts: WorkFacts,
    decision: RequiredDecision,
    due: ExpectedDecision,
    *,
    need_lo: int,
    need_hi: int,
) -> Draft:
    work = facts.work
    assert work.span is not None
    is_certain = due.day > need_hi
    needed = need_hi if is_certain else need_lo
    calendar = due.calendar_known
    return Draft(
        key=(work.id, decision.id),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if due.day > work.span.s_hi else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_process"),
        evidence=(
            Evidence("expected_on", iso(due.day), volatile=due.drifts),
            Evidence("needed_by", iso(needed)),
            Evidence("late_days", due.day - needed, "days", volatile=due.drifts),
            Evidence("level", decision.level.value),
            *(() if calendar is None else (Evidence("calendar_known", calendar),)),
        ),
        options=lambda: (
            later(work, due.day - need_lo),
            Option(action="ask_extra_meeting", intervention=work.id),
        ),
    )


def _rejected(facts: WorkFacts, decision: RequiredDecision) -> Draft:
    work = facts.work
    return Draft(
        key=(work.id, decision.id),
        certainty=Certainty.CERTAIN,
        severity=Severity.HEAVY,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_process"),
        evidence=(Evidence("rejected", True), Evidence("level", decision.level.value)),
        options=lambda: (Option(action="new_proposal", intervention=work.id),),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what comes too late, in words."""
    work, decision = name(finding.parties[0]), key_of(finding.id)[1]
    level = _LEVELS[str(value(finding, "level"))]
    expected, late = (
        day_of(finding, "expected_on", language),
        days_of(finding, "late_days", language),
    )
    needed = _needed(finding, language)
    if language is Language.NL:
        if value(finding, "rejected"):
            return f"Het besluit '{decision}' van {level[0]} voor {work} is afgewezen."
        unknown = (
            " De vergaderkalender reikt niet zo ver; later kan ook."
            if value(finding, "calendar_known") is False
            else ""
        )
        return (
            f"Het besluit '{decision}' van {level[0]} voor {work} is {needed} nodig en wordt "
            f"verwacht op {expected}: {late} te laat.{unknown}"
        )
    if value(finding, "rejected"):
        return f"The decision '{decision}' of {level[1]} for {work} has been rejected."
    unknown = (
        " The calendar of meetings does not reach that far; it may be later still."
        if value(finding, "calendar_known") is False
        else ""
    )
    return (
        f"The decision '{decision}' of {level[1]} for {work} is needed {needed} and expected on "
        f"{expected}: {late} late.{unknown}"
    )


def _needed(finding: Finding, language: Language) -> str:
    """Return by when the decision must be there: the latest day that will do, or the first."""
    by, is_certain = day_of(finding, "needed_by", language), finding.certainty is Certainty.CERTAIN
    if language is Language.NL:
        return f"uiterlijk op {by}" if is_certain else f"misschien al op {by}"
    return f"by {by} at the latest" if is_certain else f"perhaps as early as {by}"


_LEVELS = {
    "municipal_executive": ("het college", "the municipal executive"),
    "municipal_council": ("de raad", "the municipal council"),
    "own_organisation": ("de eigen organisatie", "the own organisation"),
}

RULE = Rule(
    id="C07",
    title=Texts(nl="Besluit te laat", en="Decision comes too late"),
    purpose=Texts(
        nl="Een besluit dat er niet is wanneer de voorbereiding moet beginnen, of is afgewezen.",
        en="A decision that is not there when preparation must begin, or that was rejected.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("preparation_days", *LEAD_THRESHOLDS),
    depends_on_date=True,
    reads=(
        "municipality",
        "required_decisions",
    ),
    sums=(
        Texts(
            "te laat = besluit verwacht {expected_on} − nodig {needed_by} = {late_days}",
            "late = decision expected {expected_on} − needed {needed_by} = {late_days}",
        ),
    ),
    explain=explain,
)
