"""What O01 and O02 share: which pairs are a chance, the movement they need, and the savings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from hub.model.finding import Finding, Savings, rounded_area
from hub.rules.facts import PairFacts
from hub.rules.rule import Language
from hub.rules.wording import euros, measured
from hub.rules.work import Work, is_own_pair, is_same_project


@dataclass(frozen=True, slots=True)
class Chance:
    """A pair that could be done together: `x` first, then `y`, and the days that must be bridged.

    `room_later_of_x` and `room_earlier_of_y` count unknown rooms as 0.
    """

    x: Work
    y: Work
    apart: bool
    needed_days: int
    room_later_of_x: int
    room_earlier_of_y: int

    @property
    def room_days(self) -> int:
        """Return the room that the two have towards each other."""
        return self.room_later_of_x + self.room_earlier_of_y


def chance_in_time(facts: PairFacts) -> Chance | None:
    """Return the movement a pair needs, None where the works themselves rule a chance out."""
    a, b, ref = facts.a, facts.b, facts.ref
    if (
        a.span is None
        or b.span is None
        or a.plan.opens_surface is False
        or b.plan.opens_surface is False
        or a.is_running
        or b.is_running
        or not a.is_active(ref)
        or not b.is_active(ref)
        or is_own_pair(a, b, facts.policy)
        or is_same_project(a, b)
    ):
        return None
    first_is_a = (a.span.s_lo, a.id) < (b.span.s_lo, b.id)
    x, y = (a, b) if first_is_a else (b, a)
    x_span, y_span = (a.span, b.span) if first_is_a else (b.span, a.span)
    apart = x_span.e_hi <= y_span.s_lo
    needed = min(y_span.s_lo - x_span.s_lo, y_span.e_hi - x_span.e_hi) if apart else 0
    return Chance(x, y, apart, needed, x.room_later or 0, y.room_earlier(ref) or 0)


def is_same_street(facts: PairFacts) -> bool:
    """Tell whether two works lie close together and along each other, and are not joint yet."""
    distance = facts.distance_m
    return (
        distance is not None
        and distance <= float(facts.policy["coupling_distance_m"])
        and facts.shared_extent >= float(facts.policy["min_shared_extent"])
        and not facts.is_joint
    )


def savings_of(facts: PairFacts, chance: Chance) -> Savings:
    """Return what opening the street once would save: area, money, days of nuisance."""
    x, y = chance.x, chance.y
    assert x.span is not None
    assert y.span is not None
    area = facts.overlap_area_m2
    surface = x.plan.surface_type or y.plan.surface_type
    amount = None
    if surface is not None:
        exact = Decimal(repr(area)) * facts.policy["reopening_cost_cents_per_m2"][surface]
        amount = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    days = None
    if x.is_precise and y.is_precise:
        days = min(x.span.e_hi - x.span.s_lo, y.span.e_hi - y.span.s_lo)
    return Savings(rounded_area(area), amount, days)


def gains(finding: Finding, language: Language) -> str:
    """Return what opening once would save, as a sentence after another; empty if unknown."""
    saved = finding.savings
    if saved is None or not saved.area_m2:
        return ""
    dutch, opened = language is Language.NL, measured(saved.area_m2, language)
    text = (
        f" Dat spaart {opened} m² opnieuw openen"
        if dutch
        else f" It saves opening {opened} m² again"
    )
    if saved.amount_cents is not None:
        text += f", {'ongeveer' if dutch else 'about'} {euros(saved.amount_cents, language)}"
    return text + "."
