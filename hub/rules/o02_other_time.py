"""O02: the same place within a few years (*naar voren halen of uitstellen*).

Version 1. Sources: the Australian forward works viewers; San Francisco's five years. What O01 and
C03 say of a pair goes first. An unknown room counts as 0 here and is asked for in the options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import add_years
from hub.model.finding import (
    Certainty,
    Evidence,
    Feasibility,
    Finding,
    Option,
    Severity,
    rounded_metres,
    rounded_share,
)
from hub.rules.coupling import Chance, chance_in_time, gains, is_same_street, savings_of
from hub.rules.facts import PairFacts
from hub.rules.movement import MOVER_READS, Mover, mover_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_pair
from hub.rules.wording import days, days_of, measured, value


def find(facts: PairFacts) -> Iterator[Draft]:
    """Yield the chance of a pair that lies some years apart and cannot meet within its rooms."""
    chance = chance_in_time(facts)
    if chance is None or not chance.apart:
        return
    x, y = chance.x.span, chance.y.span
    assert x is not None
    assert y is not None
    years: int = facts.policy["coupling_years"]
    if y.s_lo >= add_years(x.e_hi, years) or not is_same_street(facts):
        return
    if facts.fires("O01") or facts.fires("C03"):
        return
    opens = chance.x.plan.opens_surface is True and chance.y.plan.opens_surface is True
    is_certain = opens and y.s_hi < add_years(x.e_lo, years)
    yield _draft(facts, chance, Certainty.CERTAIN if is_certain else Certainty.POSSIBLE)


def _draft(facts: PairFacts, chance: Chance, certainty: Certainty) -> Draft:
    x, y = chance.x.span, chance.y.span
    assert x is not None
    assert y is not None
    assert facts.distance_m is not None
    mover = mover_of(facts.a, facts.b, facts)
    return Draft(
        key=(facts.a.id, facts.b.id),
        certainty=certainty,
        severity=Severity.INFO,
        parties=(facts.a.id, facts.b.id),
        must_act=mover.must_act,
        evidence=(
            Evidence("distance_m", rounded_metres(facts.distance_m), "m"),
            Evidence("shared_extent", rounded_share(facts.shared_extent)),
            Evidence("gap_days_min", y.s_lo - x.e_hi, "days"),
            Evidence("gap_days_max", y.s_hi - x.e_lo, "days"),
            Evidence("needed_days", chance.needed_days, "days"),
            Evidence("room_days", chance.room_days, "days", volatile=True),
            *mover.evidence,
        ),
        options=lambda: _options(chance, mover, facts.ref),
        savings=lambda: savings_of(facts, chance),
    )


def _options(chance: Chance, mover: Mover, ref: int) -> tuple[Option, ...]:
    """Return whom to ask for his room; where both rooms are known, that none suffices."""
    unknown = [
        work.id
        for work, room in (
            (chance.x, chance.x.room_later),
            (chance.y, chance.y.room_earlier(ref)),
        )
        if room is None
    ]
    asks = tuple(Option(action="ask_room", intervention=work) for work in sorted(unknown))
    none_feasible = Option(
        action="none_feasible",
        intervention=mover.must_act.intervention,
        feasible=Feasibility.NO,
    )
    return asks or (none_feasible,)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what the chance is, in words."""
    first, second = (name(party) for party in finding.parties)
    least, most = value(finding, "gap_days_min"), value(finding, "gap_days_max")
    needed, room = (days_of(finding, item, language) for item in ("needed_days", "room_days"))
    gain = gains(finding, language)
    if language is Language.NL:
        apart = days(most, language)
        apart = apart if least == most else f"{measured(least, language)} tot {apart}"
        return (
            f"{first} en {second} openen dezelfde straat met {apart} ertussen. Om ze samen uit te"
            f" voeren moet er {needed} geschoven worden; bekende schuifruimte: {room}.{gain}"
        )
    apart = days(most, language)
    apart = apart if least == most else f"{measured(least, language)} to {apart}"
    return (
        f"{first} and {second} open the same street {apart} apart. To do them together takes a"
        f" shift of {needed}; known room to shift: {room}.{gain}"
    )


RULE = Rule(
    id="O02",
    title=Texts(
        nl="Zelfde plek, een paar jaar ertussen: naar voren halen of uitstellen",
        en="Same place within a few years: bring forward or put off",
    ),
    purpose=Texts(
        nl="Twee werken in één straat binnen enkele jaren, die binnen hun schuifruimte niet"
        " samenkomen.",
        en="Two works in one street within a few years that do not meet within their shift rooms.",
    ),
    find={Scope.PAIR: find},
    unit_of=unit_of_pair,
    thresholds=(
        "coupling_years",
        "coupling_distance_m",
        "min_shared_extent",
        "reopening_cost_cents_per_m2",
        "leading_disciplines",
        "match_within_owner",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
        "surface_type",
        "project_number",
    ),
    sums=(
        Texts(
            "ertussen {gap_days_min} tot {gap_days_max}, binnen {coupling_years}; nodig te"
            " schuiven {needed_days}, bekend beschikbaar {room_days}",
            "between them {gap_days_min} to {gap_days_max}, within {coupling_years}; to be moved"
            " {needed_days}, known to be available {room_days}",
        ),
    ),
    explain=explain,
    realised_when_joint=True,
)
