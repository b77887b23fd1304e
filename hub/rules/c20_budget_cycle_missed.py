"""C20: the budget gate comes too late for a work (*begrotingscyclus gemist*).

Version 1. Essay 1.2 and 1.5. C08 says how much lacks, C20 that the cycle is missed; both may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import CalendarKind
from hub.rules.facts import WorkFacts
from hub.rules.funding import APPROVED, funded_cents
from hub.rules.movement import later
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import day_of, days_of

_GATE = CalendarKind.BUDGET_GATE


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the conflict of a work whose money can only be decided on when it is too late."""
    work = facts.work
    cost = work.plan.cost_cents
    if work.span is None or not cost or work.plan.funding is None:
        return
    if work.is_running or not work.is_active(facts.ref) or funded_cents(work, APPROVED) >= cost:
        return
    gate = facts.first_meeting(_GATE, facts.ref)
    if gate is None:
        return
    facts.holds_until(gate + 1)
    preparation: int = facts.policy["preparation_days"]
    need_lo, need_hi = work.span.s_lo - preparation, work.span.s_hi - preparation
    if gate > need_lo:
        yield _draft(facts, gate, need_lo=need_lo, need_hi=need_hi)


def _draft(facts: WorkFacts, gate: int, *, need_lo: int, need_hi: int) -> Draft:
    work = facts.work
    assert work.span is not None
    is_certain = gate > need_hi
    needed = need_hi if is_certain else need_lo
    heavy_days: int = facts.policy["funding_heavy_days"]
    is_near = work.span.s_hi - facts.ref <= heavy_days
    if not is_near:
        facts.holds_until(work.span.s_hi - heavy_days)
    last = facts.last_meeting(_GATE, facts.ref)
    return Draft(
        key=(work.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if is_near else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_funding"),
        evidence=(
            Evidence("last_gate", None if last is None else iso(last), volatile=True),
            Evidence("next_gate", iso(gate), volatile=True),
            Evidence("late_days", gate - needed, "days", volatile=True),
            Evidence("needed_by", iso(needed)),
        ),
        options=lambda: (
            later(work, gate - need_lo),
            Option(action="ask_interim_decision", intervention=work.id),
        ),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what comes too late, in words."""
    work, needed = name(finding.parties[0]), day_of(finding, "needed_by", language)
    gate, late = day_of(finding, "next_gate", language), days_of(finding, "late_days", language)
    is_certain = finding.certainty is Certainty.CERTAIN
    if language is Language.NL:
        return (
            f"Over het geld voor {work} moet {'uiterlijk' if is_certain else 'misschien al'} op "
            f"{needed} besloten zijn, maar het eerstvolgende begrotingsmoment is {gate}: {late} te "
            "laat."
        )
    return (
        f"The money for {work} must be decided {'by' if is_certain else 'perhaps as early as'} "
        f"{needed}, but the next budget gate is {gate}: {late} late."
    )


RULE = Rule(
    id="C20",
    title=Texts(nl="Begrotingscyclus gemist", en="The budget gate comes too late"),
    purpose=Texts(
        nl="Een werk zonder dekking waarvoor de eerstvolgende begroting te laat komt.",
        en="A work without all its money for which the next budget comes too late.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("preparation_days", "funding_heavy_days"),
    depends_on_date=True,
    reads=(
        "municipality",
        "cost_cents",
        "funding",
    ),
    sums=(
        Texts(
            "te laat = begrotingsmoment {next_gate} − nodig {needed_by} = {late_days}",
            "late = budget gate {next_gate} − needed {needed_by} = {late_days}",
        ),
    ),
    explain=explain,
)
