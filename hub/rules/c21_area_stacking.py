"""C21: too much in one neighbourhood (*stapeling in het gebied*).

Version 1. Essay 1.1, the area approach: an area with many tasks is taken up as one. No granule of a
plan date crosses a year boundary, so a work is certainly busy in each year of its envelope. The
years told are those of the certainty given. Works are joint, or not, among those of one year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hub.model.dates import year_of
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import AreaKind
from hub.rules.facts import AreaFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_area
from hub.rules.wording import listed, value, works_listed
from hub.rules.work import Work


@dataclass(frozen=True, slots=True)
class _Stack:
    """The works of one year: how many, joint ones being one, and of how many owners."""

    works: tuple[Work, ...]
    count: int
    owners: int


_Busy = tuple[Work, range]
"""A work and the years in which it is busy."""


def find(facts: AreaFacts) -> Iterator[Draft]:
    """Yield the conflict of a neighbourhood with too many works of too many owners in a year."""
    if facts.area.kind is not AreaKind.NEIGHBOURHOOD:
        return
    works = facts.bearing_on(bearing)
    opening = _opening(works)
    stacks = dict(_stacks(facts, opening))
    is_certain = bool(stacks)
    if not is_certain and len(opening) < len(works):
        stacks = dict(_stacks(facts, works))
    if not stacks:
        return
    this_year = year_of(facts.ref)
    if this_year in stacks:
        facts.holds_until(date(this_year + 1, 1, 1).toordinal())
    yield _draft(facts, stacks, is_certain=is_certain)


def stands(facts: AreaFacts) -> bool:
    """Tell whether a neighbourhood has too many works of too many owners in a year."""
    if facts.area.kind is not AreaKind.NEIGHBOURHOOD:
        return False
    works = facts.bearing_on(bearing)
    return any(True for some in (_opening(works), works) for _ in _stacks(facts, some))


def _opening(works: Sequence[_Busy]) -> list[_Busy]:
    return [one for one in works if one[0].plan.opens_surface is True]


def bearing(facts: AreaFacts, work: Work) -> range | None:
    """Return the years in which a work is busy in the neighbourhood, None when in none."""
    if facts.area.kind is not AreaKind.NEIGHBOURHOOD:
        return None
    return _years(facts, work) if _may_open(facts, work) else None


def _may_open(facts: AreaFacts, work: Work) -> bool:
    return (
        work.span is not None and work.plan.opens_surface is not False and work.is_active(facts.ref)
    )


def _years(facts: AreaFacts, work: Work) -> range:
    """Return the years, from this one on, in which a work is busy."""
    if work.span is None:
        return range(0)
    first = max(year_of(facts.ref), year_of(work.span.s_lo))
    return range(first, year_of(work.span.e_hi - 1) + 1)


def _stacks(facts: AreaFacts, works: Sequence[_Busy]) -> Iterator[tuple[int, _Stack]]:
    """Yield the years with too many works of too many owners."""
    if _is_few(facts, [work for work, _ in works]):
        return
    busy_in: dict[int, list[Work]] = defaultdict(list)
    for work, years in works:
        for year in years:
            busy_in[year].append(work)
    before: tuple[Work, ...] = ()
    stack: _Stack | None = None
    for year in sorted(busy_in):
        busy = tuple(busy_in[year])
        if busy != before:
            before, stack = busy, _stack(facts, busy)
        if stack is not None:
            yield year, stack


def _stack(facts: AreaFacts, busy: tuple[Work, ...]) -> _Stack | None:
    if _is_few(facts, busy):
        return None
    count = len(facts.joint_groups(busy))
    if count < facts.policy["area_work_limit"]:
        return None
    return _Stack(busy, count, len({work.owner for work in busy}))


def _is_few(facts: AreaFacts, works: Sequence[Work]) -> bool:
    """Tell whether these cannot be too many, were none of them joint."""
    limit: int = facts.policy["area_work_limit"]
    if not works or len(works) < limit:
        return True
    fewest: int = facts.policy["area_owner_limit"]
    return len({work.owner for work in works}) < fewest


def _draft(facts: AreaFacts, stacks: dict[int, _Stack], *, is_certain: bool) -> Draft:
    year = min(stacks)
    stack = stacks[year]
    limit, owners = facts.policy["area_work_limit"], facts.policy["area_owner_limit"]
    return Draft(
        key=(facts.area.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if stack.count >= 2 * limit else Severity.LIGHT,
        parties=tuple(sorted(work.id for work in stack.works)),
        must_act=MustAct(facts.policy["programme_owner"], None, "programme_owner"),
        evidence=(
            Evidence("year", year),
            Evidence("works", stack.count, threshold=limit),
            Evidence("owners", stack.owners, threshold=owners),
            Evidence("years", tuple(sorted(stacks))),
        ),
        options=lambda: (Option(action="area_approach"),),
        area=facts.area.id,
        policy=facts.policy,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how much comes together, in words."""
    works, owners, year = (value(finding, key) for key in ("works", "owners", "year"))
    years = listed(value(finding, "years"), language)
    parties = works_listed(finding, language, name)
    if language is Language.NL:
        return (
            f"In buurt {finding.area} gaan in {year} {works} werken van {owners} organisaties de "
            f"straat open ({parties}). Zo is het in: {years}."
        )
    return (
        f"In neighbourhood {finding.area} {works} works of {owners} organisations open the street "
        f"in {year} ({parties}). It is so in: {years}."
    )


RULE = Rule(
    id="C21",
    title=Texts(nl="Stapeling in het gebied", en="Too much in one neighbourhood"),
    purpose=Texts(
        nl="Een buurt waar in één jaar zoveel werken samenkomen dat zij één aanpak vragen.",
        en="A neighbourhood where so much comes together in a year that it asks for one approach.",
    ),
    find={Scope.AREA: find},
    stands=stands,
    bearing=bearing,
    unit_of=unit_of_area,
    thresholds=(
        "area_work_limit",
        "area_owner_limit",
        "programme_owner",
        "coupling_distance_m",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=("opens_surface",),
    sums=(
        Texts(
            "{works} werken van {owners} eigenaren in {year}; grens {area_work_limit} werken en"
            " {area_owner_limit} eigenaren",
            "{works} works of {owners} owners in {year}; limit {area_work_limit} works and"
            " {area_owner_limit} owners",
        ),
    ),
    explain=explain,
)
