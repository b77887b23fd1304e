"""Rules that add works up, held against counting day by day and pair by pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.model.dates import PlanDate, Span, Window, add_years
from hub.model.finding import Certainty, Severity
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Intervention
from hub.model.policy import DEFAULT_VALUES, Policies, PolicyValues
from hub.model.reference import AreaProfile, CalendarEntry, PolicyConfig
from hub.model.vocabulary import AreaKind, CalendarKind, Discipline, Firmness, TrafficImpact
from hub.rules import (
    c12_closed_or_sensitive_period,
    c13_repeat_openings,
    c14_nuisance_accumulation,
    c21_area_stacking,
)
from hub.rules.movement import Mover, mover_of, mover_of_all
from hub.rules.work import Work

START = date(2026, 11, 23)
REF = START.toordinal()
SQUARE = Geometry(
    GeometryType.POLYGON, (((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (0.0, 0.0)),)
)
SEGMENT = AreaProfile(id="seg:1", geometry=SQUARE, kind=AreaKind.STREET_SEGMENT)


@dataclass
class CountedFacts:
    """An area with works in it; those that name one leading work are joint."""

    works: Sequence[Work]
    area: AreaProfile = SEGMENT
    policy: PolicyValues = DEFAULT_VALUES
    ref: int = REF
    until: list[int] = field(default_factory=list)

    def holds_until(self, day: int) -> None:
        self.until.append(day)

    def bearing_on(self, bearing: Callable[[Any, Work], Any]) -> list[tuple[Work, Any]]:
        return [(work, got) for work in self.works if (got := bearing(self, work)) is not None]

    def covered_share(self, work: Work) -> float:
        return 1.0

    def joint_groups(self, works: Sequence[Work]) -> list[list[Work]]:
        groups: dict[str, list[Work]] = {}
        for work in works:
            groups.setdefault(work.plan.ride_along_with or work.id, []).append(work)
        return list(groups.values())


def in_force(**values: object) -> PolicyValues:
    return Policies([PolicyConfig(version="p", values=values)], START).in_force(None)


def planned(number: int, window: Window, **fields: object) -> Work:
    plan = Intervention(
        id=f"w:{number:02d}",
        plan_owner=f"o{number % 3}",
        discipline=Discipline.GAS,
        firmness=Firmness.ADOPTED,
        window=window,
        opens_surface=True,
        traffic_impact=TrafficImpact.CLOSED,
    )
    return Work(replace(plan, **fields))  # type: ignore[arg-type]


def _window(start: date, days: int, form: str) -> Window:
    end = start + timedelta(days=days)
    text = {
        "day": (start.isoformat(), end.isoformat()),
        "month": (f"{start:%Y-%m}", f"{end:%Y-%m}"),
        "year": (f"{start:%Y}", f"{end:%Y}"),
    }
    return Window(*(PlanDate.parse(part) for part in text[form]))


windows = st.builds(
    _window,
    st.dates(START + timedelta(days=30), START + timedelta(days=2500)),
    st.integers(1, 260),
    st.sampled_from(["day", "day", "month", "year"]),
)
FORMS = {
    "ride_along_with": st.sampled_from([None, None, None, "lead:1", "lead:2"]),
    "firmness": st.sampled_from([Firmness.DRAFT, Firmness.ADOPTED, Firmness.IN_EXECUTION]),
    "opens_surface": st.sampled_from([True, True, False, None]),
    "duration_days": st.sampled_from([None, None, 100, 300]),
}


@st.composite
def work_lists(draw: st.DrawFn) -> list[Work]:
    count = draw(st.integers(1, 8))
    return [
        planned(number, draw(windows), **{name: draw(form) for name, form in FORMS.items()})
        for number in range(count)
    ]


# -- C14: day by day ------------------------------------------------------------------------------


def days_of(work: Work, *, certain: bool) -> set[int]:
    span = work.span
    assert span is not None
    if certain:
        return set(range(span.s_hi, span.e_lo))
    return set(range(span.s_lo, span.e_hi)) if work.is_seasonal else set()


def most_days(works: Sequence[Work], period: int, *, certain: bool) -> tuple[int, int | None]:
    """Return the most distinct days in a period from some work's first day, and that day."""
    busy = {work.id: days_of(work, certain=certain) for work in works}
    best: tuple[int, int | None] = (0, None)
    for start in sorted({min(days) for days in busy.values() if days}):
        within = {
            work.plan.ride_along_with or work.id
            for work in works
            if any(start <= day < start + period for day in busy[work.id])
        }
        days = {day for one in busy.values() for day in one if start <= day < start + period}
        if len(within) >= 2 and len(days) > best[0]:
            best = (len(days), start)
    return best


@given(work_lists(), st.integers(0, 250), st.integers(20, 500))
def test_hindrance_is_what_counting_the_days_gives(
    works: list[Work], limit: int, period: int
) -> None:
    policy = in_force(nuisance_days_limit=limit, nuisance_period_days=period)
    facts = CountedFacts(works, policy=policy)
    found = list(c14_nuisance_accumulation.find(facts))
    certain, sure_from = most_days(works, period, certain=True)
    possible, maybe_from = most_days(works, period, certain=False)
    assert bool(found) == (certain > limit or possible > limit)
    for draft in found:
        evidence = {item.name: item.value for item in draft.evidence}
        assert evidence["nuisance_days_certain"] == certain
        assert evidence["nuisance_days_possible"] == possible
        is_certain = certain > limit
        assert (draft.certainty is Certainty.CERTAIN) == is_certain
        start = sure_from if is_certain else maybe_from
        assert start is not None
        assert evidence["period_start"] == date.fromordinal(start).isoformat()
        period_days = set(range(start, start + period))
        assert draft.parties == tuple(
            work.id for work in works if days_of(work, certain=is_certain) & period_days
        )


# -- C13: opening by opening ----------------------------------------------------------------------


@given(
    work_lists(),
    st.lists(st.dates(date(2021, 1, 1), date(2026, 11, 1)), max_size=4),
    st.integers(1, 5),
    st.integers(0, 7),
)
def test_openings_are_those_within_the_term_before_each_planned_one(
    works: list[Work], past: list[date], limit: int, years: int
) -> None:
    policy = in_force(repeat_openings_limit=limit, repeat_openings_years=years)
    area = AreaProfile(
        id="seg:1",
        geometry=SQUARE,
        kind=AreaKind.STREET_SEGMENT,
        past_openings=tuple(past),
    )
    facts = CountedFacts(works, area=area, policy=policy)
    found = list(c13_repeat_openings.find(facts))
    opening = [work for work in works if work.plan.opens_surface]
    planned_days = [
        min(work.span.s_lo for work in group if work.span) for group in facts.joint_groups(opening)
    ]
    counts = {
        day: sum(
            add_years(day, -years) < other <= day
            for other in [*planned_days, *{one.toordinal() for one in past}]
        )
        for day in planned_days
    }
    most = max(counts.values(), default=0)
    assert bool(found) == (bool(counts) and most >= limit)
    for draft in found:
        evidence = {item.name: item.value for item in draft.evidence}
        assert evidence["openings_count"] == most
        first = min(day for day, count in counts.items() if count == most)
        assert evidence["last_opening"] == date.fromordinal(first).isoformat()
        assert (draft.severity is Severity.HEAVY) == (most >= limit + 2)


# -- C21: year by year ----------------------------------------------------------------------------


def crowded_years(facts: CountedFacts, *, certain: bool) -> list[int]:
    chosen = [
        work
        for work in facts.works
        if work.plan.opens_surface is True or (work.plan.opens_surface is None and not certain)
    ]
    years = []
    for year in range(START.year, 2040):
        first, last = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        busy = [
            work
            for work in chosen
            if work.span and work.span.s_lo < last and work.span.e_hi > first
        ]
        if (
            busy
            and len(facts.joint_groups(busy)) >= facts.policy["area_work_limit"]
            and len({work.owner for work in busy}) >= facts.policy["area_owner_limit"]
        ):
            years.append(year)
    return years


@given(work_lists(), st.integers(0, 5), st.integers(0, 3))
def test_crowded_years_are_what_counting_each_year_gives(
    works: list[Work], limit: int, owners: int
) -> None:
    area = AreaProfile(id="nb:1", geometry=SQUARE, kind=AreaKind.NEIGHBOURHOOD)
    policy = in_force(area_work_limit=limit, area_owner_limit=owners)
    facts = CountedFacts(works, area=area, policy=policy)
    found = list(c21_area_stacking.find(facts))
    sure = crowded_years(facts, certain=True)
    maybe = crowded_years(facts, certain=False)
    assert bool(found) == bool(maybe)
    for draft in found:
        evidence = {item.name: item.value for item in draft.evidence}
        assert (draft.certainty is Certainty.CERTAIN) == bool(sure)
        assert evidence["years"] == tuple(sure or maybe)
        assert evidence["year"] == (sure or maybe)[0]


# -- C12: day by day ------------------------------------------------------------------------------


@given(
    st.dates(date(2020, 1, 1), date(2028, 12, 31)),
    st.integers(1, 900),
    st.booleans(),
    windows,
)
def test_a_season_takes_the_days_that_lie_in_one_of_its_years(
    start: date, days: int, yearly: bool, window: Window
) -> None:
    end = start + timedelta(days=days)
    entry = CalendarEntry(
        id="e", kind=CalendarKind.CLOSED_PERIOD, start=start, end=end, repeat_yearly=yearly
    )
    span: Span = window.span()
    found = list(c12_closed_or_sensitive_period.occurrences(entry, span))

    def in_year(day: date, year: int) -> date:
        return date(year, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)

    taken: set[int] = set()
    for later in range(2060 - start.year) if yearly else ():
        first = in_year(start, start.year + later).toordinal()
        last = in_year(end, end.year + later).toordinal()
        taken |= set(range(first, last))
    if not yearly:
        taken = set(range(start.toordinal(), end.toordinal()))
    expected = len(taken & set(range(span.s_lo, span.e_hi)))
    assert sum(span.overlap_possible(one) for one in found) == expected


# -- who moves among many -------------------------------------------------------------------------


def naive_mover(works: Sequence[Work], facts: CountedFacts) -> tuple[str | None, str]:
    """Return the work that moves for each other one, by comparing all pairs."""
    order = ["running", "role", "firmness", "shift_room", "registered_later"]
    for work in works:
        movers: list[Mover] = [mover_of(work, x, facts) for x in works if x is not work]
        if all(mover.work is work for mover in movers):
            return work.id, max((mover.reason for mover in movers), key=order.index)
    running = all(work.is_running for work in works)
    return None, "both_running" if running else "undecided"


@given(work_lists())
def test_the_mover_of_many_would_move_for_each_other_one(works: list[Work]) -> None:
    facts = CountedFacts(works)
    mover = mover_of_all(works, facts)
    if len(works) == 1:
        assert (mover.work, mover.reason) == (works[0], "only_party")
    else:
        name = None if mover.work is None else mover.work.id
        assert (name, mover.reason) == naive_mover(works, facts)
