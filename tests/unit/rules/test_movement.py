"""Who moves, how far, and until when that answer stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.finding import Feasibility
from hub.model.intervention import Intervention, Source
from hub.model.policy import DEFAULT_VALUES, PolicyValues
from hub.model.vocabulary import Discipline, Firmness, Role
from hub.rules.movement import clear_of, earlier, mover_of, pair_options, unless_both_running
from hub.rules.work import Work

REF = date(2026, 11, 23).toordinal()


@dataclass
class AskedFacts:
    """Facts that remember until when an answer stands."""

    ref: int = REF
    policy: PolicyValues = DEFAULT_VALUES
    until: list[int] = field(default_factory=list)

    def holds_until(self, day: int) -> None:
        self.until.append(day)


def plan(name: str, **fields: object) -> Intervention:
    base = Intervention(
        id=name,
        plan_owner=f"{name}-co",
        discipline=Discipline.GAS,
        firmness=Firmness.ADOPTED,
        window=Window(PlanDate.parse("2028-03-01"), PlanDate.parse("2028-06-01")),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def room(earliest: str | None, latest: str | None) -> ShiftRoom:
    return ShiftRoom(
        None if earliest is None else PlanDate.parse(earliest),
        None if latest is None else PlanDate.parse(latest),
    )


A = plan("a")


@pytest.mark.parametrize(
    ("other", "mover", "reason"),
    [
        ({"firmness": Firmness.IN_EXECUTION}, "a", "running"),
        ({"firmness": Firmness.COMPLETED}, "a", "running"),
        ({"role": Role.LEADING}, "a", "role"),
        ({"discipline": Discipline.SEWER}, "a", "role"),
        ({"discipline": Discipline.SEWER, "role": Role.FOLLOWING}, None, "undecided"),
        ({"firmness": Firmness.COMMITTED}, "a", "firmness"),
        ({"firmness": Firmness.DRAFT}, "b", "firmness"),
        ({}, None, "undecided"),
    ],
)
def test_the_first_criterion_that_separates_two_works_decides(
    other: dict, mover: str | None, reason: str
) -> None:
    for pair in ((A, plan("b", **other)), (plan("b", **other), A)):
        found = mover_of(Work(pair[0]), Work(pair[1]), AskedFacts())
        assert (found.work.id if found.work else None, found.reason) == (mover, reason)
        assert found.must_act.organisation == (f"{mover}-co" if mover else None)


def test_a_role_that_is_assumed_is_told() -> None:
    sewer = Work(plan("s", discipline=Discipline.SEWER))
    assert [item.name for item in mover_of(Work(A), sewer, AskedFacts()).evidence] == [
        "role_assumed"
    ]
    leading = Work(plan("s", role=Role.LEADING))
    assert mover_of(Work(A), leading, AskedFacts()).evidence == ()


def test_two_running_works_only_coordinate() -> None:
    running = [Work(plan(name, firmness=Firmness.IN_EXECUTION)) for name in "ab"]
    mover = mover_of(*running, AskedFacts())
    assert (mover.work, mover.reason) == (None, "both_running")
    options = pair_options(*running, mover, REF)
    assert [option.action for option in unless_both_running(mover, options)] == ["coordinate_site"]


def test_the_one_with_more_room_moves_only_when_all_four_rooms_are_known() -> None:
    small = plan("a", shift_room=room("2028-02-01", "2028-07-01"))
    large = plan("b", shift_room=room("2028-01-01", "2028-08-01"))
    assert mover_of(Work(small), Work(large), AskedFacts()).reason == "shift_room"
    half_known = plan("b", shift_room=room(None, "2028-08-01"))
    assert mover_of(Work(small), Work(half_known), AskedFacts()).reason == "undecided"


def test_the_later_registered_one_moves_only_when_both_days_are_known() -> None:
    early = plan("a", source=Source(registered_on=date(2025, 1, 1)))
    late = plan("b", source=Source(registered_on=date(2025, 1, 2)))
    found = mover_of(Work(early), Work(late), AskedFacts())
    assert (found.work.id if found.work else None, found.reason) == ("b", "registered_later")
    assert mover_of(Work(early), Work(A), AskedFacts()).reason == "undecided"


_days = st.integers(0, 60).map(lambda days: date.fromordinal(REF + days).isoformat())


@settings(max_examples=300, deadline=None)
@given(
    _days, _days, st.integers(60, 130), st.integers(60, 130), st.integers(0, 40), st.integers(0, 40)
)
def test_the_mover_stays_the_same_until_the_day_that_was_told(
    earliest_a: str, earliest_b: str, start_a: int, start_b: int, later_a: int, later_b: int
) -> None:
    def with_room(name: str, earliest: str, start: int, later: int) -> Work:
        begin, end = date.fromordinal(REF + start), date.fromordinal(REF + start + 30)
        return Work(
            plan(
                name,
                window=Window(PlanDate.of_day(begin), PlanDate.of_day(end)),
                shift_room=room(earliest, date.fromordinal(REF + start + 30 + later).isoformat()),
            )
        )

    a = with_room("a", earliest_a, start_a, later_a)
    b = with_room("b", earliest_b, start_b, later_b)
    asked = AskedFacts()
    first = mover_of(a, b, asked)
    told = min(asked.until, default=REF + 200)
    for ref in range(REF, min(told, REF + 200)):
        assert mover_of(a, b, AskedFacts(ref=ref)).must_act == first.must_act


def test_moves_leave_the_period_free_and_only_positive_ones_are_shown() -> None:
    work = Work(plan("a", shift_room=room("2028-02-01", "2028-08-01")))
    start, end = date(2028, 5, 1).toordinal(), date(2028, 7, 1).toordinal()
    moves = [(option.days, option.feasible) for option in clear_of(work, start, end, REF)]
    assert moves == [(122, Feasibility.NO), (-31, Feasibility.NO)]
    after = date(2028, 6, 1).toordinal()
    assert [option.days for option in clear_of(work, after, end, REF)] == [122]


@pytest.mark.parametrize(
    ("days", "shift_room", "feasible"),
    [
        (29, room("2028-02-01", None), Feasibility.YES),
        (30, room("2028-02-01", None), Feasibility.NO),
        (100, None, Feasibility.ASK),
        (464, None, Feasibility.ASK),
        (465, None, Feasibility.NO),
    ],
)
def test_earlier_is_possible_inside_the_room_and_never_before_today(
    days: int, shift_room: ShiftRoom | None, feasible: Feasibility
) -> None:
    assert earlier(Work(plan("a", shift_room=shift_room)), days, REF).feasible is feasible


def test_the_other_is_shown_too_when_nothing_fits_the_movers_room() -> None:
    tight = Work(plan("a", firmness=Firmness.DRAFT, shift_room=room("2028-03-01", "2028-06-01")))
    other = Work(plan("b"))
    mover = mover_of(tight, other, AskedFacts())
    assert mover.work is tight
    assert {option.intervention for option in pair_options(tight, other, mover, REF)} == {"a", "b"}
    loose = Work(plan("a", firmness=Firmness.DRAFT, shift_room=room("2028-03-01", "2029-06-01")))
    mover = mover_of(loose, other, AskedFacts())
    assert {option.intervention for option in pair_options(loose, other, mover, REF)} == {"a"}
