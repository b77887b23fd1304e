"""C03: a street is surfaced and opened soon after (*eerst asfalt, dan de straat open*).

Version 1. Warns of the moratorium that a planned renewal would start, before it exists. Terms from
Japan (asphalt, concrete).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import add_years
from hub.model.finding import Certainty, Evidence, Finding, Option, Severity, rounded_area
from hub.model.policy import PolicyValues
from hub.rules.facts import PairFacts
from hub.rules.movement import MOVER_READS, earlier, later, mover_of, unless_both_running
from hub.rules.rule import EVER, Draft, Language, Meeting, Rule, Scope, Texts, unit_of_pair
from hub.rules.wording import days, measured, value
from hub.rules.work import Work, is_own_pair


def find(facts: PairFacts) -> Iterator[Draft]:
    """Yield the conflict of a pair in which one renews the surface and the other opens it."""
    for renewer, opener in ((facts.a, facts.b), (facts.b, facts.a)):
        if _breaks_new_surface(renewer, opener, facts):
            yield _draft(renewer, opener, facts)


def meets(facts: PairFacts, moved: Work) -> Iterator[Meeting]:
    """Yield the moves after which a new surface is opened within its term, or while it is laid."""
    for renewer, opener in ((facts.a, facts.b), (facts.b, facts.a)):
        r, o = renewer.span, opener.span
        if r is None or o is None or not _may_break(renewer, opener, facts):
            continue
        stays = opener if moved is renewer else renewer
        if not stays.is_completed and not stays.is_active(facts.ref):
            continue
        years = _terms(renewer, facts.policy)[1]
        if moved is renewer:
            soonest = EVER if moved.is_completed else r.e_hi - facts.ref - 1
            within = _first_with_term_after(o.s_lo, years) - r.e_hi, o.s_lo - r.e_hi
            during = within[1] + 1, min(o.e_hi - r.s_lo - 1, o.s_hi - r.e_lo)
        else:
            soonest = o.e_hi - facts.ref - 1
            within = r.e_hi - o.s_lo, add_years(r.e_hi, years) - 1 - o.s_lo
            during = max(r.s_lo - o.e_hi + 1, r.e_lo - o.s_hi), within[0] - 1
        yield Meeting(max(within[0], -soonest), within[1], (renewer.id, opener.id))
        yield Meeting(max(during[0], -soonest), during[1])


def matches(facts: PairFacts, _key: tuple[str, ...]) -> bool:
    """Tell whether both lie in one street."""
    return _is_one_surface(facts)


def _first_with_term_after(day: int, years: int) -> int:
    """Return the first day from which a term ends after a day."""
    first = add_years(day, -years) - 1
    while add_years(first, years) <= day:
        first += 1
    return first


def _may_break(renewer: Work, opener: Work, facts: PairFacts) -> bool:
    """Tell whether all holds of the two plans that no date can change, nor a place."""
    return (
        bool(renewer.plan.renews_surface)
        and opener.plan.opens_surface is not False
        and (renewer.is_completed or renewer.is_live)
        and opener.is_live
        and opener.plan.exemption not in facts.policy["moratorium_exemptions"]
        and not is_own_pair(renewer, opener, facts.policy)
        and not facts.has_moratorium(renewer)
    )


def _is_one_surface(facts: PairFacts) -> bool:
    enough = float(facts.policy["min_shared_extent"])
    return facts.overlaps and facts.shared_extent >= enough


def _breaks_new_surface(renewer: Work, opener: Work, facts: PairFacts) -> bool:
    r, o = renewer.span, opener.span
    if r is None or o is None or o.s_hi < r.e_lo or not _may_break(renewer, opener, facts):
        return False
    return (
        o.s_lo < add_years(r.e_hi, _terms(renewer, facts.policy)[1])
        and (renewer.is_completed or renewer.is_active(facts.ref))
        and opener.is_active(facts.ref)
        and _is_one_surface(facts)
        and not facts.is_joint
        and _is_in_order(renewer, opener, facts)
    )


def _is_in_order(renewer: Work, opener: Work, facts: PairFacts) -> bool:
    """Tell whether it is clear enough that the renewal comes first; never true both ways."""
    r, o = renewer.span, opener.span
    assert r is not None
    assert o is not None
    if o.s_lo >= r.e_hi:
        return True
    if r.overlap_possible(o) < 1 or facts.fires("C01") or facts.fires("O01"):
        return False
    other_way_silent = (
        not opener.plan.renews_surface
        or renewer.is_completed
        or renewer.plan.opens_surface is False
        or renewer.plan.exemption in facts.policy["moratorium_exemptions"]
        or facts.has_moratorium(opener)
    )
    return other_way_silent or (r.s_lo, renewer.id) < (o.s_lo, opener.id)


def _terms(renewer: Work, policy: PolicyValues) -> tuple[int, int]:
    """Return the shortest and the longest term in years that may follow the renewal."""
    years = policy["moratorium_years"]
    surface = renewer.plan.surface_type
    if surface is None:
        return min(years.values()), max(years.values())
    term = years.get(surface, years["other"])
    return term, term


def _draft(renewer: Work, opener: Work, facts: PairFacts) -> Draft:
    r, o = renewer.span, opener.span
    assert r is not None
    assert o is not None
    shortest, longest = _terms(renewer, facts.policy)
    is_certain = (
        opener.plan.opens_surface is True
        and o.s_lo >= r.e_hi
        and o.s_hi < add_years(r.e_lo, shortest)
    )
    mover = mover_of(renewer, opener, facts)
    first, second = sorted((renewer.id, opener.id))

    def options() -> tuple[Option, ...]:
        days = o.e_hi - r.s_lo
        moves = [earlier(opener, days, facts.ref)]
        if not renewer.is_completed:
            moves.append(later(renewer, days))
        combine = Option(action="combine", intervention=mover.must_act.intervention)
        return unless_both_running(mover, (*moves, combine))

    return Draft(
        key=(renewer.id, opener.id),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY,
        parties=(first, second),
        must_act=mover.must_act,
        evidence=(
            Evidence("gap_days_min", o.s_lo - r.e_hi, "days"),
            Evidence("gap_days_max", o.s_hi - r.e_lo, "days"),
            Evidence("moratorium_years", longest, "years"),
            Evidence("overlap_area_m2", rounded_area(facts.overlap_area_m2), "m2"),
        ),
        options=options,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what collides, in words."""
    key = finding.id.partition(":")[2].split("|")
    renewer, opener = name(key[0]), name(key[1])
    gap, years = value(finding, "gap_days_min"), value(finding, "moratorium_years")
    area = measured(value(finding, "overlap_area_m2"), language)
    waits = isinstance(gap, int) and gap > 0
    is_certain = finding.certainty is Certainty.CERTAIN
    if language is Language.NL:
        term = "" if is_certain else "tot "
        when = f"al {days(gap, language)} daarna" if waits else "mogelijk kort daarna"
        return (
            f"{renewer} legt een nieuwe verharding; {opener} breekt die {when} weer open "
            f"({area} m²). Na vernieuwing hoort de straat {term}{years} jaar dicht te blijven."
        )
    term = "" if is_certain else "up to "
    when = f"only {days(gap, language)} later" if waits else "possibly soon after"
    return (
        f"{renewer} lays a new surface; {opener} opens it again {when} ({area} m²). "
        f"After renewal the street should stay closed for {term}{years} years."
    )


RULE = Rule(
    id="C03",
    title=Texts(nl="Eerst asfalt, dan de straat open", en="Surfaced, then opened"),
    purpose=Texts(
        nl="Een straat die vernieuwd wordt en binnen de termijn weer open moet.",
        en="A street that is renewed and must be opened again within the term.",
    ),
    find={Scope.PAIR: find},
    meets=meets,
    matches=matches,
    unit_of=unit_of_pair,
    thresholds=(
        "moratorium_years",
        "moratorium_exemptions",
        "min_shared_extent",
        "coupling_distance_m",
        "leading_disciplines",
        "match_within_owner",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
        "renews_surface",
        "surface_type",
        "exemption",
    ),
    sums=(
        Texts(
            "tussenruimte = start van de opening − einde van de vernieuwing ="
            " {gap_days_min} tot {gap_days_max}; korter dan {moratorium_years}",
            "gap = start of the opening − end of the renewal ="
            " {gap_days_min} to {gap_days_max}; shorter than {moratorium_years}",
        ),
    ),
    explain=explain,
)
