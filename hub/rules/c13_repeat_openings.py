"""C13: a street is opened again and again (*straat telkens open*).

Version 1. Source: Amsterdam's streets that were opened over fifty times. A day that the past lists
twice is one opening. Counted are the openings of the street, not of a spot in it: a work counts
where its widened footprint covers enough of the segment. Strings of one sewer that are planned as
works of their own are openings of their own, unless they ride along with one of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hub.model.dates import add_years, iso
from hub.model.finding import Certainty, Evidence, Finding, Option, Severity
from hub.model.vocabulary import AreaKind
from hub.rules.facts import AreaFacts
from hub.rules.movement import MOVER_READS, mover_of_all, unless_both_running
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_area
from hub.rules.wording import day_of, value, works_listed
from hub.rules.work import Work

_SHARP_DAYS = 31
_HEAVY_MORE = 2


@dataclass(frozen=True, slots=True)
class _Opening:
    """One planned opening: its day, the works that share it, and whether the day is sharp."""

    day: int
    works: tuple[Work, ...]
    is_sharp: bool


@dataclass(frozen=True, slots=True)
class _Count:
    """The openings within the term that ends on a day."""

    day: int
    past: int
    planned: Sequence[_Opening]

    @property
    def total(self) -> int:
        return self.past + len(self.planned)


def find(facts: AreaFacts) -> Iterator[Draft]:
    """Yield the conflict of a street that is opened too often within the term."""
    worst = _worst(facts)
    if worst is not None:
        yield _draft(facts, worst, facts.policy["repeat_openings_limit"])


def _worst(facts: AreaFacts) -> _Count | None:
    """Return the term with most openings, None where no term has too many."""
    if facts.area.kind is not AreaKind.STREET_SEGMENT:
        return None
    limit: int = facts.policy["repeat_openings_limit"]
    past = sorted({day.toordinal() for day in facts.area.past_openings or ()})
    works = [work for work, _ in facts.bearing_on(bearing)]
    if not works or len(works) + len(past) < limit:
        return None
    openings = sorted(map(_shared, facts.joint_groups(works)), key=lambda opening: opening.day)
    if len(openings) + len(past) < limit:
        return None
    years: int = facts.policy["repeat_openings_years"]
    worst = max(_terms(openings, years, past), key=lambda count: (count.total, -count.day))
    return worst if worst.total >= limit else None


def stands(facts: AreaFacts) -> bool:
    """Tell whether the street is opened too often within the term."""
    return _worst(facts) is not None


def bearing(facts: AreaFacts, work: Work) -> int | None:
    """Return the day a work opens the street, None when it does not."""
    if facts.area.kind is not AreaKind.STREET_SEGMENT or work.span is None:
        return None
    if not _opens(facts, work) or not _is_of_street(facts, work):
        return None
    return work.span.s_lo


def _opens(facts: AreaFacts, work: Work) -> bool:
    return work.plan.opens_surface is True and work.span is not None and work.is_active(facts.ref)


def _is_of_street(facts: AreaFacts, work: Work) -> bool:
    """Tell whether a work covers enough of the segment to open the street, not a spot in it."""
    return facts.covered_share(work) >= float(facts.policy["min_segment_share"])


def _shared(group: Sequence[Work]) -> _Opening:
    spans = sorted((work.span.s_lo, work.span.s_hi, work.id) for work in group if work.span)
    first_lo, first_hi, _ = spans[0]
    return _Opening(first_lo, tuple(group), first_hi - first_lo <= _SHARP_DAYS)


def _terms(openings: Sequence[_Opening], years: int, past: Sequence[int]) -> Iterator[_Count]:
    """Yield what lies in the term that ends on the day of each opening; all given by day."""
    days = [opening.day for opening in openings]
    for day in sorted(set(days)):
        after = add_years(day, -years)
        planned = openings[bisect_right(days, after) : bisect_right(days, day)]
        yield _Count(day, bisect_right(past, day) - bisect_right(past, after), planned)


def _draft(facts: AreaFacts, worst: _Count, limit: int) -> Draft:
    works = sorted((work for one in worst.planned for work in one.works), key=lambda work: work.id)
    is_certain = all(opening.is_sharp for opening in worst.planned)
    mover = mover_of_all(works, facts)
    combine = Option(action="combine", intervention=mover.must_act.intervention)
    return Draft(
        key=(facts.area.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if worst.total >= limit + _HEAVY_MORE else Severity.LIGHT,
        parties=tuple(work.id for work in works),
        must_act=mover.must_act,
        evidence=(
            Evidence("openings_count", worst.total, threshold=limit),
            Evidence("past_count", worst.past),
            Evidence("last_opening", iso(worst.day)),
        ),
        options=lambda: unless_both_running(mover, (combine,)),
        area=facts.area.id,
        policy=facts.policy,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how often the street is opened, in words."""
    count, past = value(finding, "openings_count"), value(finding, "past_count")
    last, limit = day_of(finding, "last_opening", language), finding.evidence[0].threshold
    works = works_listed(finding, language, name)
    if language is Language.NL:
        return (
            f"Straatdeel {finding.area} gaat binnen enkele jaren {count} keer open ({past} keer al "
            "gebeurd, "
            f"de laatste keer vanaf {last}); vanaf {limit} keer is het te vaak. Gepland: {works}."
        )
    return (
        f"Street section {finding.area} is opened {count} times within a few years ({past} of them "
        "in the past, "
        f"the last time from {last}); from {limit} times it is too often. Planned: {works}."
    )


RULE = Rule(
    id="C13",
    title=Texts(nl="Straat telkens open", en="Opened again and again"),
    purpose=Texts(
        nl="Een straat die binnen enkele jaren te vaak opengaat.",
        en="A street that is opened too often within a few years.",
    ),
    find={Scope.AREA: find},
    stands=stands,
    bearing=bearing,
    unit_of=unit_of_area,
    thresholds=(
        "repeat_openings_years",
        "repeat_openings_limit",
        "min_segment_share",
        "coupling_distance_m",
        "leading_disciplines",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
    ),
    sums=(
        Texts(
            "{openings_count} openingen in {repeat_openings_years}, waarvan {past_count} al"
            " geweest; grens {repeat_openings_limit}",
            "{openings_count} openings in {repeat_openings_years}, {past_count} of them in the"
            " past; limit {repeat_openings_limit}",
        ),
    ),
    explain=explain,
)
