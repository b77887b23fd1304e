"""C10: client, mandate, means or support lack (*opdrachtgeverschap niet op orde*).

Version 1. Essay 1.1, 1.3 and 1.6: these must be arranged before execution, and that a work leads
must be said out loud: an assumed leading role is a gap as soon as another work rides along. Without
governance data only that gap is told, and it is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.rules.facts import WorkFacts
from hub.rules.governing import gaps_of, unknowns_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import listed, value


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the conflict of a work whose governance lacks something."""
    work = facts.work
    if work.span is None or not work.is_active(facts.ref):
        return
    if work.plan.governance is None and not facts.has_riders:
        return
    horizon: int = facts.policy["governance_horizon_days"]
    if work.span.s_lo - facts.ref > horizon:
        facts.holds_until(work.span.s_lo - horizon)
        return
    gaps, unknown = gaps_of(work, has_riders=facts.has_riders), unknowns_of(work)
    if gaps or unknown:
        yield _draft(facts, gaps, unknown)


def _draft(facts: WorkFacts, gaps: tuple[str, ...], unknown: tuple[str, ...]) -> Draft:
    work, heavy = facts.work, facts.policy["governance_heavy_gaps"]
    return Draft(
        key=(work.id,),
        certainty=Certainty.CERTAIN if gaps else Certainty.POSSIBLE,
        severity=Severity.HEAVY if len(gaps) >= heavy else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_governance"),
        evidence=(
            Evidence("gaps", gaps),
            Evidence("unknown", unknown),
            Evidence("gap_count", len(gaps), threshold=heavy),
        ),
        options=lambda: tuple(Option(action=f"fill_{gap}", intervention=work.id) for gap in gaps),
    )


GAPS = {
    "political_client": ("een bestuurlijk opdrachtgever", "a political client"),
    "official_client": ("een ambtelijk opdrachtgever", "an official client"),
    "delivery_lead": ("een ambtelijk opdrachtnemer", "a delivery lead"),
    "mandate": ("een mandaat dat de kosten dekt", "a mandate that covers the cost"),
    "support": ("draagvlak", "support"),
    "capacity": ("tijd en mensen", "time and people"),
    "split_portfolios": (
        "één opdrachtgever over de portefeuilles heen",
        "one client across the portfolios",
    ),
    "leading_role": ("dat dit werk als leidend is benoemd", "that this work is named as leading"),
}
"""What lacks, in Dutch and English, by the name of the gap."""


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what lacks, in words."""
    work, place = name(finding.parties[0]), 0 if language is Language.NL else 1
    gaps, unknown = (
        listed([GAPS[gap][place] for gap in _names(finding, key)], language)
        for key in ("gaps", "unknown")
    )
    if language is Language.NL:
        lacking = f"Bij {work} ontbreekt: {gaps}." if gaps else ""
        unsure = f"Niet bekend bij {work}: {unknown}." if unknown else ""
    else:
        lacking = f"{work} lacks {gaps}." if gaps else ""
        unsure = f"Not known for {work}: {unknown}." if unknown else ""
    return " ".join(part for part in (lacking, unsure) if part)


def _names(finding: Finding, key: str) -> list[str]:
    names = value(finding, key)
    return [str(item) for item in names] if isinstance(names, tuple | list) else []


RULE = Rule(
    id="C10",
    title=Texts(
        nl="Opdrachtgeverschap niet op orde",
        en="Client, mandate, means or support missing",
    ),
    purpose=Texts(
        nl="Een werk dat binnen enkele jaren begint zonder opdrachtgever, mandaat, middelen of "
        "draagvlak.",
        en="A work that starts within a few years without client, mandate, means or support.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("governance_horizon_days", "governance_heavy_gaps"),
    depends_on_date=True,
    reads=(
        "role",
        "ride_along_with",
        "cost_cents",
        "governance",
    ),
    sums=(
        Texts(
            "ontbrekend: {gaps} ({gap_count}); zwaar vanaf {governance_heavy_gaps}",
            "lacking: {gaps} ({gap_count}); heavy from {governance_heavy_gaps}",
        ),
    ),
    explain=explain,
)
