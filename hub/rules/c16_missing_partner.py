"""C16: a party with assets here is not in (*partner ontbreekt*).

Version 1. Source: GIPOD's deadlines. The asked organisation has no work to act with, so the finding
names its organisation and no intervention to move. A network that said it has a need or did not
answer is told by the area that knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.reference import AreaProfile, KnownNetwork
from hub.model.vocabulary import PartnerAnswer
from hub.rules.facts import PartnerFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit
from hub.rules.wording import day, value
from hub.rules.work import leads


def find(facts: PartnerFacts) -> Iterator[Draft]:
    """Yield a conflict for each network under a leading work whose organisation is not in."""
    work = facts.work
    if work.span is None or work.plan.opens_surface is not True:
        return
    if not work.is_active(facts.ref) or not leads(work, facts.policy):
        return
    horizon: int = facts.policy["partner_horizon_days"]
    if work.span.s_lo - facts.ref > horizon:
        facts.holds_until(work.span.s_lo - horizon)
        return
    for area, network in facts.networks:
        if network.discipline is work.plan.discipline or not _is_open(facts, network):
            continue
        if not facts.is_planned_nearby(network):
            yield _draft(facts, area, network)


def _is_open(facts: PartnerFacts, network: KnownNetwork) -> bool:
    """Tell whether the organisation has a need, or let its time to answer pass."""
    if network.answer is PartnerAnswer.HAS_NEED:
        return True
    if network.answer is not PartnerAnswer.NO_ANSWER:
        return False
    due = _due(facts, network)
    if due is None or facts.ref > due:
        return True
    facts.holds_until(due + 1)
    return False


def _due(facts: PartnerFacts, network: KnownNetwork) -> int | None:
    if network.asked_on is None:
        return None
    days: int = facts.policy["partner_answer_days"]
    return network.asked_on.toordinal() + days


def _draft(facts: PartnerFacts, area: AreaProfile, network: KnownNetwork) -> Draft:
    work, due, answer = facts.work, _due(facts, network), network.answer
    assert answer is not None
    has_need = answer is PartnerAnswer.HAS_NEED
    return Draft(
        key=(work.id, area.id, network.discipline.value, network.organisation),
        certainty=Certainty.CERTAIN if has_need else Certainty.POSSIBLE,
        severity=Severity.HEAVY if has_need else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(network.organisation, None, "asked_partner"),
        evidence=(
            Evidence("discipline", network.discipline.value),
            Evidence("organisation", network.organisation),
            Evidence("answer", answer.value),
            Evidence("answer_due", None if due is None else iso(due)),
        ),
        options=lambda: (Option(action="answer"), Option(action="register_plan")),
        area=area.id,
    )


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key that starts with the leading work."""
    return (Scope.PARTNER, key[0])


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return who is not in, in words."""
    work, who = name(finding.parties[0]), value(finding, "organisation")
    discipline, due = str(value(finding, "discipline")), value(finding, "answer_due")
    what, by = _NETWORKS[discipline].in_language(language), day(due, language)
    has_need = value(finding, "answer") == PartnerAnswer.HAS_NEED
    if language is Language.NL:
        if has_need:
            return (
                f"{who} heeft {what} in gebied {finding.area} en wil meedoen als {work} de straat "
                "opent, maar heeft daar geen plan in het programma."
            )
        when = f" (gevraagd te antwoorden voor of op {by})" if due else ""
        return (
            f"{who} heeft {what} in gebied {finding.area}, waar {work} de straat opent, en heeft "
            f"niet geantwoord{when}."
        )
    if has_need:
        return (
            f"{who} has {what} in area {finding.area} and wants to join when {work} opens the "
            "street, but has no plan there in the programme."
        )
    when = f" (asked to answer by {by})" if due else ""
    return (
        f"{who} has {what} in area {finding.area}, where {work} opens the street, and has not "
        f"answered{when}."
    )


_NETWORKS = {
    "sewer": Texts("riolering", "sewers"),
    "drinking_water": Texts("waterleidingen", "water pipes"),
    "gas": Texts("gasleidingen", "gas pipes"),
    "electricity": Texts("elektriciteitskabels", "power cables"),
    "heat": Texts("warmteleidingen", "heat pipes"),
    "telecom": Texts("telecomkabels", "telecom cables"),
    "road": Texts("verharding", "road surface"),
    "public_space": Texts("openbare ruimte", "public space"),
    "greenery": Texts("groen", "greenery"),
    "housing": Texts("woningen", "homes"),
    "surface_water": Texts("oppervlaktewater", "surface water"),
    "social": Texts("sociale voorzieningen", "social facilities"),
    "other": Texts("iets anders", "something else"),
}

RULE = Rule(
    id="C16",
    title=Texts(nl="Partner ontbreekt", en="A party with assets here is not in"),
    purpose=Texts(
        nl="Een leidend werk boven netten van een partij die niet antwoordde of geen plan heeft.",
        en="A leading work over networks of a party that did not answer or has no plan.",
    ),
    find={Scope.PARTNER: find},
    unit_of=unit_of,
    thresholds=(
        "leading_disciplines",
        "partner_horizon_days",
        "partner_answer_days",
        "coupling_distance_m",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        "role",
        "opens_surface",
    ),
    explain=explain,
)
