"""Days and periods as plans write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connect.periods import DateHabits, Period, read_day, read_period
from hub.model.dates import PlanDate

DUTCH = DateHabits()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2028", "2028", "2028"),
        ("2028-2030", "2028", "2030"),
        ("2028 – 2030", "2028", "2030"),
        ("2028/2029", "2028", "2029"),
        ("2028 t/m 2030", "2028", "2030"),
        ("Q3 2027", "2027-Q3", "2027-Q3"),
        ("2027-Q3", "2027-Q3", "2027-Q3"),
        ("3e kwartaal 2027", "2027-Q3", "2027-Q3"),
        ("Kwartaal 3 2027", "2027-Q3", "2027-Q3"),
        ("Q3-Q4 2027", "2027-Q3", "2027-Q4"),
        ("Q3 2027 t/m Q1 2028", "2027-Q3", "2028-Q1"),
        ("1e helft 2028", "2028-Q1", "2028-Q2"),
        ("2e helft van 2028", "2028-Q3", "2028-Q4"),
        ("mei 2028", "2028-05", "2028-05"),
        ("MRT. 2028", "2028-03", "2028-03"),
        ("May 2028", "2028-05", "2028-05"),
        ("2028-05", "2028-05", "2028-05"),
        ("05-2028", "2028-05", "2028-05"),
        ("maart - juni 2028", "2028-03", "2028-06"),
        ("14-5-2028", "2028-05-14", "2028-05-14"),
        ("14 mei 2028", "2028-05-14", "2028-05-14"),
        ("2028-05-14", "2028-05-14", "2028-05-14"),
        ("20280514", "2028-05-14", "2028-05-14"),
        ("1-3-2028 t/m 30-9-2028", "2028-03-01", "2028-09-30"),
        ("1 maart - 1 mei 2028", "2028-03-01", "2028-05-01"),
        ("2028-05-14/2028-06-01", "2028-05-14", "2028-06-01"),
    ],
)
def test_a_period_keeps_the_precision_it_is_written_in(text: str, start: str, end: str) -> None:
    assert read_period(text, DUTCH) == Period(start, end)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("na 2030", Period("2031", None)),
        ("> 2030", Period("2031", None)),
        ("na Q3 2030", Period("2030-Q4", None)),
        ("na december 2030", Period("2031-01", None)),
        ("vanaf 2031", Period("2031", None)),
        ("2031 e.v.", Period("2031", None)),
        ("2031+", Period("2031", None)),
        ("voor 2030", Period(None, "2029")),
        ("uiterlijk 2030", Period(None, "2030")),
        ("t/m 2030", Period(None, "2030")),
    ],
)
def test_an_open_period_gets_no_invented_other_side(text: str, period: Period) -> None:
    assert read_period(text, DUTCH) == period


@pytest.mark.parametrize(
    "text",
    [
        "voorjaar 2028",
        "begin 2028",
        "week 12 2028",
        "tot 2030",
        "2028-30",
        "'28",
        "1-3-28",
        "31-2-2028",
        "2028-13",
        "13-13-2028",
        "dec - feb 2028",
        "1899",
        "3000",
        "na",
        "",
        "٢٠٢٨",
        "2028-2030-2032-2034",
        "=2028",
    ],
)
def test_what_can_be_meant_in_two_ways_or_none_is_refused(text: str) -> None:
    assert read_period(text, DUTCH) is None


def test_day_first_and_short_years_are_habits_of_a_source() -> None:
    assert read_day("3-4-2028", DUTCH) == date(2028, 4, 3)
    assert read_day("3/4/2028", DateHabits(day_first=False)) == date(2028, 3, 4)
    assert read_day("03-04-28", DateHabits(short_years=True)) == date(2028, 4, 3)


#  UTC   22:00 ───────────── 00:00
#  Dutch summer time        00:00 ──── the next day has begun
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2028-05-31T22:00:00Z", date(2028, 6, 1)),
        ("2028-05-31T21:59:59Z", date(2028, 5, 31)),
        ("2028-12-31T23:00:00+00:00", date(2029, 1, 1)),
        ("2028-05-31 23:30", date(2028, 5, 31)),
        # the clock is put back on 29 October 2028: that day has 25 hours
        ("2028-10-28T22:00:00Z", date(2028, 10, 29)),
        ("2028-10-29T22:59:59Z", date(2028, 10, 29)),
        ("2028-10-29T23:00:00Z", date(2028, 10, 30)),
        ("2028-10-29 02:30", date(2028, 10, 29)),
        # and forward on 26 March: half past two is not a time of that day
        ("2028-03-25T22:59:59Z", date(2028, 3, 25)),
        ("2028-03-25T23:00:00Z", date(2028, 3, 26)),
        ("2028-03-26T21:59:59Z", date(2028, 3, 26)),
        ("2028-03-26T22:00:00Z", date(2028, 3, 27)),
        ("2028-03-26 02:30", date(2028, 3, 26)),
    ],
)
def test_a_moment_is_the_day_it_is_where_the_plan_is_made(text: str, day: date) -> None:
    assert read_day(text, DUTCH) == day


def test_a_moment_as_an_object_is_read_like_its_text() -> None:
    moment = datetime(2028, 5, 31, 22, tzinfo=timezone(timedelta(0)))
    assert read_day(moment, DUTCH) == date(2028, 6, 1)


days = st.dates(min_value=date(1950, 1, 1), max_value=date(2900, 1, 1))


@given(days)
def test_every_day_is_read_back_from_its_dutch_and_iso_forms(day: date) -> None:
    assert read_day(day.isoformat(), DUTCH) == day
    assert read_day(f"{day.day}-{day.month}-{day.year}", DUTCH) == day


@given(st.text(max_size=40))
def test_any_text_is_a_period_of_real_plan_dates_or_none(text: str) -> None:
    period = read_period(text, DUTCH)
    if period is not None:
        for side in (period.start, period.end):
            assert side is None or PlanDate.parse(side).text == side
