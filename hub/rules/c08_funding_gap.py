"""C08: the money of a work is not covered (*dekking ontbreekt*).

Version 1. Essay 1.5: the search for pots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import CalendarKind
from hub.rules.facts import WorkFacts
from hub.rules.funding import APPROVED, ASKED, funded_cents
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import day, euros, value


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the conflict of a work whose money lacks more than a small part."""
    work = facts.work
    cost = work.plan.cost_cents
    if work.span is None or not cost or work.plan.funding is None:
        return
    if not work.is_active(facts.ref):
        return
    horizon: int = facts.policy["funding_horizon_days"]
    if work.span.s_lo - facts.ref > horizon:
        facts.holds_until(work.span.s_lo - horizon)
        return
    if cost - funded_cents(work, APPROVED) >= _least_gap(facts, cost):
        yield _draft(facts, cost)


def _least_gap(facts: WorkFacts, cost: int) -> Decimal:
    return Decimal(facts.policy["funding_gap_min_share"]) * cost


def _draft(facts: WorkFacts, cost: int) -> Draft:
    work = facts.work
    assert work.span is not None
    approved, asked = funded_cents(work, APPROVED), funded_cents(work, ASKED)
    is_certain = cost - asked >= _least_gap(facts, cost)
    heavy_days: int = facts.policy["funding_heavy_days"]
    is_near = work.span.s_hi - facts.ref <= heavy_days
    if not is_near:
        facts.holds_until(work.span.s_hi - heavy_days)
    gate = facts.first_meeting(CalendarKind.BUDGET_GATE, facts.ref)
    return Draft(
        key=(work.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if is_near else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_funding"),
        evidence=(
            Evidence("cost_cents", cost, "cents"),
            Evidence("approved_cents", approved, "cents"),
            Evidence("asked_cents", asked, "cents"),
            Evidence("gap_cents", cost - (asked if is_certain else approved), "cents"),
            Evidence("next_budget_gate", None if gate is None else iso(gate), volatile=True),
        ),
        options=lambda: (
            Option(action="ask_funding", intervention=work.id),
            Option(action="reduce_scope", intervention=work.id),
        ),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what lacks, in words."""
    work, dutch = name(finding.parties[0]), language is Language.NL
    gap, cost = (euros(value(finding, key), language) for key in ("gap_cents", "cost_cents"))
    is_asked = finding.certainty is Certainty.POSSIBLE
    gate = value(finding, "next_budget_gate")
    on = day(gate, language)
    if dutch:
        lacks = "nog niet toegezegd" if is_asked else "niet gedekt en niet aangevraagd"
        when = f" Het eerstvolgende begrotingsmoment is {on}." if gate else ""
        return f"Van de {cost} die {work} kost is {gap} {lacks}.{when}"
    lacks = "not granted yet" if is_asked else "not covered and not asked for"
    when = f" The next budget gate is {on}." if gate else ""
    return f"Of the {cost} that {work} costs, {gap} is {lacks}.{when}"


RULE = Rule(
    id="C08",
    title=Texts(nl="Dekking ontbreekt", en="Money not covered"),
    purpose=Texts(
        nl="Een werk dat binnenkort begint en waarvan het geld niet rond is.",
        en="A work that starts soon and whose money is not complete.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("funding_horizon_days", "funding_heavy_days", "funding_gap_min_share"),
    depends_on_date=True,
    reads=(
        "municipality",
        "cost_cents",
        "funding",
    ),
    sums=(
        Texts(
            "tekort {gap_cents} = kosten {cost_cents} − dekking (goedgekeurd {approved_cents},"
            " met aangevraagd en gereserveerd {asked_cents});"
            " gemeld vanaf {funding_gap_min_share} van de kosten",
            "gap {gap_cents} = cost {cost_cents} − cover (approved {approved_cents}, with"
            " requested and reserved {asked_cents}); told from {funding_gap_min_share} of the cost",
        ),
    ),
    explain=explain,
)
