"""O01: a joint window within the shift rooms (*koppelkans: samen uitvoeren*).

Version 1. Source: SmarterWX. Where neither work need move, the chance is to combine as planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

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
from hub.rules.wording import days, measured, number, value


def find(facts: PairFacts) -> Iterator[Draft]:
    """Yield the chance of a pair that can be done in one window."""
    chance = chance_in_time(facts)
    if chance is None or chance.needed_days > chance.room_days or not is_same_street(facts):
        return
    if not chance.apart and facts.fires("C01"):
        return
    _watch(facts, chance)
    yield _draft(facts, chance)


def _watch(facts: PairFacts, chance: Chance) -> None:
    """Tell when the later work has lost so much of its room that the chance is gone."""
    shrinks = chance.y.room_shrinks_on(facts.ref)
    if chance.needed_days > 0 and shrinks is not None:
        facts.holds_until(shrinks + chance.room_days - chance.needed_days)


def _draft(facts: PairFacts, chance: Chance) -> Draft:
    a, b = facts.a, facts.b
    assert facts.distance_m is not None
    both_open = a.plan.opens_surface is True and b.plan.opens_surface is True
    is_certain = both_open and (not chance.apart or (a.is_precise and b.is_precise))
    mover = mover_of(a, b, facts)
    policy, needed = facts.policy, chance.needed_days
    return Draft(
        key=(a.id, b.id),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.INFO,
        parties=(a.id, b.id),
        must_act=mover.must_act,
        evidence=(
            Evidence(
                "distance_m",
                rounded_metres(facts.distance_m),
                "m",
                number(policy["coupling_distance_m"]),
            ),
            Evidence(
                "shared_extent",
                rounded_share(facts.shared_extent),
                threshold=number(policy["min_shared_extent"]),
            ),
            Evidence("move_days_total", needed, "days"),
            Evidence("room_days", chance.room_days, "days", needed, volatile=True),
            *mover.evidence,
        ),
        options=lambda: _options(chance, mover),
        savings=lambda: savings_of(facts, chance),
        moves=lambda: _moves(chance, mover),
    )


def _moves(chance: Chance, mover: Mover) -> Mapping[str, int]:
    """Return how far each work moves: the mover as far as its room goes, the other the rest."""
    needed = chance.needed_days
    if mover.work is chance.y:
        y_earlier = min(needed, chance.room_earlier_of_y)
        x_later = needed - y_earlier
    else:
        x_later = min(needed, chance.room_later_of_x)
        y_earlier = needed - x_later
    return dict(sorted({chance.x.id: x_later, chance.y.id: -y_earlier}.items()))


def _options(chance: Chance, mover: Mover) -> tuple[Option, ...]:
    shifts = tuple(
        Option(action="shift", intervention=work, days=days, feasible=Feasibility.YES)
        for work, days in _moves(chance, mover).items()
        if days != 0
    )
    return shifts or (Option(action="combine", intervention=mover.must_act.intervention),)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what the chance is, in words."""
    first, second = (name(party) for party in finding.parties)
    move, distance = (value(finding, item) for item in ("move_days_total", "distance_m"))
    shift, apart = days(move, language), measured(distance, language)
    gain = gains(finding, language)
    if language is Language.NL:
        how = f"Daarvoor moet {shift} geschoven worden." if move else "Schuiven is niet nodig."
        return (
            f"{first} en {second} liggen in dezelfde straat ({apart} m uit elkaar) en kunnen "
            f"samen worden uitgevoerd. {how}{gain}"
        )
    how = f"That takes a shift of {shift}." if move else "Nothing needs to move."
    return (
        f"{first} and {second} lie in the same street ({apart} m apart) and can be done "
        f"together. {how}{gain}"
    )


RULE = Rule(
    id="O01",
    title=Texts(nl="Koppelkans: samen uitvoeren", en="Joint window within the shift rooms"),
    purpose=Texts(
        nl="Twee werken in één straat die binnen hun schuifruimte samen kunnen.",
        en="Two works in one street that can be done together within their shift rooms.",
    ),
    find={Scope.PAIR: find},
    unit_of=unit_of_pair,
    thresholds=(
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
            "nodig te schuiven {move_days_total}, samen beschikbaar {room_days}",
            "to be moved {move_days_total}, together available {room_days}",
        ),
        Texts(
            "gedeeld {shared_extent} van het kleinste werkgebied, minstens {min_shared_extent}",
            "shared {shared_extent} of the smaller work area, at least {min_shared_extent}",
        ),
    ),
    explain=explain,
    realised_when_joint=True,
)
