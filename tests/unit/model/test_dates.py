"""Plan dates, windows and spans (model 1.3-1.5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.model.dates import PlanDate, Precision, Span, Window, add_years, iso, parse_day


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def window(start: str, end: str) -> Window:
    return Window(PlanDate.parse(start), PlanDate.parse(end))


def days_of(span: Span) -> tuple[str, str, str, str]:
    return iso(span.s_lo), iso(span.s_hi), iso(span.e_lo), iso(span.e_hi)


@pytest.mark.parametrize(
    ("text", "precision", "lo", "hi"),
    [
        ("2028", Precision.YEAR, "2028-01-01", "2029-01-01"),
        ("2028-Q3", Precision.QUARTER, "2028-07-01", "2028-10-01"),
        ("2028-Q4", Precision.QUARTER, "2028-10-01", "2029-01-01"),
        ("2028-05", Precision.MONTH, "2028-05-01", "2028-06-01"),
        ("2028-12", Precision.MONTH, "2028-12-01", "2029-01-01"),
        ("2028-05-14", Precision.DAY, "2028-05-14", "2028-05-15"),
    ],
)
def test_the_form_of_a_plan_date_is_its_precision(text, precision, lo, hi):
    parsed = PlanDate.parse(text)

    assert (parsed.precision, iso(parsed.lo), iso(parsed.hi)) == (precision, lo, hi)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28",
        "2028-13",
        "2028-00",
        "2028-02-30",
        "2028-Q5",
        "2028-5",
        "1899",
        "3000",
        "2028 ",
        "2028-05-14T00:00",
        "２０２８",
        "2028-q3",
    ],
)
def test_any_other_form_is_no_plan_date(text):
    with pytest.raises(ValueError):
        PlanDate.parse(text)


def test_only_a_day_is_a_day():
    assert parse_day("2028-02-29") == date(2028, 2, 29)
    for text in ("2028-02", "2028", "2027-02-29", "20280229"):
        with pytest.raises(ValueError):
            parse_day(text)


@pytest.mark.parametrize(
    ("start", "end", "duration", "expected"),
    [
        # |---------- 2028 ----------|
        ("2028", "2028", None, ("2028-01-01", "2028-12-31", "2028-01-02", "2029-01-01")),
        # |--- 2028 ---|--- 2029 ---|: certainly going on at the turn of the year
        ("2028", "2029", None, ("2028-01-01", "2028-12-31", "2029-01-02", "2030-01-01")),
        # 300 days within the year push start and end towards each other
        ("2028", "2028", 300, ("2028-01-01", "2028-03-07", "2028-10-27", "2029-01-01")),
        # a work starts before it ends
        ("2028", "2028-03-01", None, ("2028-01-01", "2028-02-29", "2028-03-01", "2028-03-01")),
        ("2028-05-14", "2028-06-01", 3, ("2028-05-14", "2028-05-14", "2028-06-01", "2028-06-01")),
    ],
)
def test_a_window_becomes_four_days(start, end, duration, expected):
    assert days_of(window(start, end).span(duration)) == expected


PLAN_DATES = st.one_of(
    st.integers(2000, 2090).map(lambda y: f"{y}"),
    st.builds(lambda y, q: f"{y}-Q{q}", st.integers(2000, 2090), st.integers(1, 4)),
    st.builds(lambda y, m: f"{y}-{m:02}", st.integers(2000, 2090), st.integers(1, 12)),
    st.dates(date(2000, 1, 1), date(2090, 12, 31)).map(date.isoformat),
).map(PlanDate.parse)
WINDOWS = st.builds(Window, PLAN_DATES, PLAN_DATES).filter(lambda w: not w.is_empty)
DURATIONS = st.none() | st.integers(1, 2000)


@given(WINDOWS, DURATIONS)
def test_every_span_is_in_order(plan, duration):
    span = plan.span(duration)

    assert span.s_lo <= span.s_hi < span.e_hi
    assert span.s_lo < span.e_lo <= span.e_hi


@given(WINDOWS, DURATIONS, st.data())
def test_every_way_to_fill_in_the_dates_lies_inside_the_envelope(plan, duration, data):
    span = plan.span(duration)
    start = data.draw(st.integers(span.s_lo, span.s_hi))
    end = data.draw(st.integers(max(span.e_lo, start + 1), max(span.e_hi, start + 1)))
    assume(end <= span.e_hi)

    assert span.s_lo <= start < end <= span.e_hi
    core = range(span.s_hi, span.e_lo)
    assert all(start <= moment < end for moment in core)


@given(WINDOWS, WINDOWS, st.integers(-4000, 4000))
def test_overlap_does_not_change_when_both_move(a, b, days):
    first, second = a.span(), b.span()
    moved = first.shifted(days), second.shifted(days)

    assert first.overlap_certain(second) == moved[0].overlap_certain(moved[1])
    assert first.overlap_possible(second) == moved[0].overlap_possible(moved[1])
    assert first.overlap_certain(second) <= first.overlap_possible(second)
    assert first.overlap_possible(second) == second.overlap_possible(first)


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2028-02-29", 1, "2029-02-28"),
        ("2028-02-29", 4, "2032-02-29"),
        ("2029-03-01", -5, "2024-03-01"),
    ],
)
def test_years_keep_month_and_day(start, years, expected):
    assert iso(add_years(day(start), years)) == expected
