"""C01: two works at the same place at the same time (*zelfde plek, zelfde tijd*).

Version 1. Source: GIPOD's buffers and its light and heavy conflicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    Option,
    Severity,
    rounded_area,
    rounded_metres,
)
from hub.model.policy import PolicyValues
from hub.model.vocabulary import TrafficImpact
from hub.rules.facts import PairFacts
from hub.rules.movement import MOVER_READS, Mover, mover_of, pair_options, unless_both_running
from hub.rules.rule import Draft, Language, Meeting, Rule, Scope, Texts, unit_of_pair
from hub.rules.wording import OVERLAP_SUMS, at_least, days, measured, number, value
from hub.rules.work import Work, is_own_pair, is_same_project


def find(facts: PairFacts) -> Iterator[Draft]:
    """Yield the conflict of a pair that is too close in place and in time."""
    a, b = facts.a, facts.b
    if a.span is None or b.span is None:
        return
    certain_days = a.span.overlap_certain(b.span)
    if certain_days < 1:
        may_meet = a.span.overlap_possible(b.span) >= 1 and a.is_seasonal and b.is_seasonal
        if not may_meet:
            return
    if not _is_compared(facts, margin_m=0.0):
        return
    is_certain = certain_days >= 1 and presence(a) is True and presence(b) is True
    yield _draft(facts, is_certain=is_certain)


def hold(facts: PairFacts, _finding: Finding) -> Draft | None:
    """Return the content of an open conflict that is only just over, else None (rules 2.3)."""
    a, b = facts.a, facts.b
    if a.span is None or b.span is None:
        return None
    gap = max(a.span.s_lo, b.span.s_lo) - min(a.span.e_hi, b.span.e_hi)
    near_in_time = a.span.overlap_certain(b.span) >= 1 or (
        a.is_seasonal and b.is_seasonal and gap <= facts.policy["hysteresis_days"]
    )
    if not near_in_time or not _is_compared(facts, margin_m=float(facts.policy["hysteresis_m"])):
        return None
    return _draft(facts, is_certain=False, is_held=True)


def presence(work: Work) -> bool | None:
    """Tell whether a work is felt in the street; None when that is unknown."""
    opens, traffic = work.plan.opens_surface, work.plan.traffic_impact
    if opens or traffic in (TrafficImpact.PARTIAL, TrafficImpact.CLOSED):
        return True
    return False if opens is False and traffic is TrafficImpact.NONE else None


def meets(facts: PairFacts, moved: Work) -> Iterator[Meeting]:
    """Yield the moves by which both are busy at one time (as `find` and `_is_compared` have it)."""
    other = facts.b if moved is facts.a else facts.a
    w, o = moved.span, other.span
    if w is None or o is None or not moved.is_live or not other.is_active(facts.ref):
        return
    if moved.is_seasonal and other.is_seasonal:
        first, last = o.s_lo - w.e_hi + 1, o.e_hi - w.s_lo - 1
    elif w.s_hi < w.e_lo and o.s_hi < o.e_lo:
        first, last = o.s_hi - w.e_lo + 1, o.e_lo - w.s_hi - 1
    else:
        return
    still_active = facts.ref - w.e_hi + 1
    yield Meeting(max(first, still_active), last, (facts.a.id, facts.b.id))


def matches(facts: PairFacts, _key: tuple[str, ...]) -> bool:
    """Tell whether two works would hinder each other were they busy at one time."""
    return _is_hindered(facts, margin_m=0.0)


def _buffer_m(work: Work, policy: PolicyValues) -> Decimal:
    hinders = work.plan.traffic_impact in (TrafficImpact.PARTIAL, TrafficImpact.CLOSED)
    return Decimal(policy["buffer_important_m" if hinders else "buffer_other_m"])


def _reach_m(facts: PairFacts) -> Decimal:
    return _buffer_m(facts.a, facts.policy) + _buffer_m(facts.b, facts.policy)


def _is_compared(facts: PairFacts, *, margin_m: float) -> bool:
    """Tell whether all but the time test holds, with some more distance allowed."""
    return (
        facts.a.is_active(facts.ref)
        and facts.b.is_active(facts.ref)
        and _is_hindered(facts, margin_m=margin_m)
        and not facts.is_joint
    )


def _is_hindered(facts: PairFacts, *, margin_m: float) -> bool:
    a, b = facts.a, facts.b
    return (
        presence(a) is not False
        and presence(b) is not False
        and not is_own_pair(a, b, facts.policy)
        and not is_same_project(a, b)
        and (distance := facts.distance_m) is not None
        and distance <= float(_reach_m(facts)) + margin_m
    )


def _draft(facts: PairFacts, *, is_certain: bool, is_held: bool = False) -> Draft:
    a, b = facts.a, facts.b
    assert a.span is not None
    assert b.span is not None
    assert facts.distance_m is not None
    mover = mover_of(a, b, facts)
    reach = number(_reach_m(facts))
    evidence = (
        Evidence("distance_m", rounded_metres(facts.distance_m), "m", reach),
        Evidence("buffer_m", reach, "m"),
        Evidence("overlap_days_certain", a.span.overlap_certain(b.span), "days", 1),
        Evidence("overlap_days_possible", a.span.overlap_possible(b.span), "days", 1),
        Evidence("overlaps", facts.overlaps),
        Evidence("overlap_area_m2", rounded_area(facts.overlap_area_m2), "m2"),
        *mover.evidence,
        *((Evidence("held", True),) if is_held else ()),
    )
    return Draft(
        key=(a.id, b.id),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if facts.overlaps else Severity.LIGHT,
        parties=(a.id, b.id),
        must_act=mover.must_act,
        evidence=evidence,
        options=lambda: _options(a, b, mover, facts.ref),
    )


def _options(a: Work, b: Work, mover: Mover, ref: int) -> tuple[Option, ...]:
    combine = Option(action="combine", intervention=mover.must_act.intervention)
    return unless_both_running(mover, (*pair_options(a, b, mover, ref), combine))


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what collides, in words."""
    first, second = (name(party) for party in finding.parties)
    certain, possible = (value(finding, f"overlap_days_{kind}") for kind in ("certain", "possible"))
    together = days(certain or possible, language)
    distance, buffer, area = (
        measured(value(finding, item), language)
        for item in ("distance_m", "buffer_m", "overlap_area_m2")
    )
    overlaps = value(finding, "overlaps")
    bound = at_least(is_sure=bool(certain), language=language)
    if language is Language.NL:
        where = (
            f"Hun werkgebieden overlappen elkaar ({area} m²)."
            if overlaps
            else f"Er zit {distance} m tussen; {buffer} m is nodig om elkaar niet te hinderen."
        )
        when = (
            f"Zij zijn {bound} {together} tegelijk bezig."
            if certain or possible
            else "Zij zijn net niet meer tegelijk bezig; dit blijft even staan voor de rust."
        )
        return f"{first} en {second} zijn op dezelfde plek op dezelfde tijd. {where} {when}"
    where = (
        f"Their work areas overlap ({area} m²)."
        if overlaps
        else f"They are {distance} m apart; {buffer} m is needed to stay out of each other's way."
    )
    when = (
        f"They are busy at the same time for {bound} {together}."
        if certain or possible
        else "They are only just no longer busy at the same time; this stands a little for calm."
    )
    return f"{first} and {second} are at the same place at the same time. {where} {when}"


RULE = Rule(
    id="C01",
    title=Texts(nl="Zelfde plek, zelfde tijd", en="Same place, same time"),
    purpose=Texts(
        nl="Twee werken die elkaar hinderen omdat zij tegelijk op of bij dezelfde plek bezig zijn.",
        en="Two works that hinder each other because they are at one place at one time.",
    ),
    find={Scope.PAIR: find},
    hold=hold,
    meets=meets,
    matches=matches,
    unit_of=unit_of_pair,
    thresholds=(
        "buffer_important_m",
        "buffer_other_m",
        "hysteresis_m",
        "hysteresis_days",
        "leading_disciplines",
        "match_within_owner",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
        "traffic_impact",
        "project_number",
    ),
    sums=(
        Texts(
            "afstand {distance_m} tegen de som van beide buffers {buffer_m}",
            "distance {distance_m} against the sum of both buffers {buffer_m}",
        ),
        *OVERLAP_SUMS,
    ),
    explain=explain,
)
