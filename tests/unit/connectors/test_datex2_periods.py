"""Moments become days: time zones, midnights, open ends, and gaps between periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.datex2.periods import BRIDGED_DAYS, MAX_RUNS, Run, Validity, read_instant, runs_of
from hub.model.vocabulary import Firmness
from tests.support.datex2_feed import event, publication, situation, work
from tests.unit.connectors.datex2_reading import read_feed, read_one

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 7, 1, 10, tzinfo=UTC)


def window_of(folder: Path, start: str, end: str | None) -> tuple[str, str] | None:
    found = read_one(folder, work("A_1_MAN", start=start, end=end))
    return None if found.window is None else (str(found.window.start), str(found.window.end))


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        # a working day in summer, 07:00 to 16:00 local time
        ("2026-08-10T05:00:00Z", "2026-08-10T14:00:00Z", ("2026-08-10", "2026-08-11")),
        # 22:00 UTC in summer is midnight: the day that begins there is free
        ("2026-08-10T22:00:00Z", "2026-08-11T22:00:00Z", ("2026-08-11", "2026-08-12")),
        # one minute before midnight is the whole day
        ("2026-07-27T18:00:00Z", "2026-07-27T21:59:00Z", ("2026-07-27", "2026-07-28")),
        # a night is both days
        ("2026-08-04T19:00:00Z", "2026-08-05T03:00:00Z", ("2026-08-04", "2026-08-06")),
        # the clock goes back on 25 October: 22:30 UTC is 00:30 before, 23:30 after
        ("2026-10-24T22:30:00Z", "2026-10-25T22:30:00Z", ("2026-10-25", "2026-10-26")),
        # an offset and a local time without one mean what they say
        ("2026-08-10T00:30:00+02:00", "2026-08-10T23:00:00+02:00", ("2026-08-10", "2026-08-11")),
        ("2026-08-10T00:30:00", "2026-08-10T23:00:00", ("2026-08-10", "2026-08-11")),
        # no length at all still is a day
        ("2026-08-10T05:00:00Z", "2026-08-10T05:00:00Z", ("2026-08-10", "2026-08-11")),
    ],
)
def test_an_end_moment_becomes_the_first_free_day(
    tmp_path: Path, start: str, end: str, window: tuple[str, str]
) -> None:
    assert window_of(tmp_path, start, end) == window


@pytest.mark.parametrize(
    "end",
    [
        None,
        "2050-01-01T00:00:00Z",
        "2095-12-31T23:00:00Z",
        "2099-12-31T22:59:59Z",
        "2100-01-01T00:00:00Z",
    ],
)
def test_an_open_end_is_unknown_and_no_date(tmp_path: Path, end: str | None) -> None:
    assert window_of(tmp_path, "2026-08-10T05:00:00Z", end) is None


def test_the_last_end_that_is_believed_is_in_2049(tmp_path: Path) -> None:
    assert window_of(tmp_path, "2026-08-10T05:00:00Z", "2049-12-31T12:00:00Z") is not None


def test_an_end_before_the_start_is_refused(tmp_path: Path) -> None:
    text = publication(
        situation("A_1", work("A_1_MAN", start="2026-08-10T05:00:00Z", end="2026-08-09T05:00:00Z"))
    )
    read = read_feed(tmp_path, text)

    assert read.works == {}
    assert "expected an end after the start" in read.refusals[0]


def test_a_market_on_saturdays_is_one_work_per_saturday(tmp_path: Path) -> None:
    # June   6     13     20        the snapshot is of 26 July
    #        |      |      |
    saturdays = [
        (f"2026-06-{day:02}T08:00:00Z", f"2026-06-{day:02}T15:00:00Z") for day in (6, 13, 20)
    ]
    text = publication(
        situation(
            "A_1",
            event("A_1_EVE", start=saturdays[0][0], end=saturdays[-1][1], periods=saturdays),
        )
    )
    read = read_feed(tmp_path, text)

    assert read.keys == ["A_1_EVE", "A_1_EVE/2026-06-13", "A_1_EVE/2026-06-20"]
    windows = [str(found.window.start) for found in read.works.values() if found.window]
    assert windows == ["2026-06-06", "2026-06-13", "2026-06-20"]
    assert {found.project_number for found in read.works.values()} == {"A_1"}


def test_a_period_that_passed_while_others_follow_is_completed_and_the_last_one_is_not(
    tmp_path: Path,
) -> None:
    periods = [
        ("2026-06-06T08:00:00Z", "2026-06-06T15:00:00Z"),
        ("2026-07-18T08:00:00Z", "2026-07-18T15:00:00Z"),
        ("2026-08-01T08:00:00Z", "2026-08-01T15:00:00Z"),
    ]
    overall = {"start": periods[0][0], "end": periods[-1][1], "periods": periods}

    def firmness(made_on: str) -> list[Firmness | None]:
        record = event("A_1_EVE", **overall)  # type: ignore[arg-type]
        text = publication(situation("A_1", record), time=made_on)
        return [found.firmness for found in read_feed(tmp_path, text).works.values()]

    over, planned = Firmness.COMPLETED, Firmness.ADOPTED
    assert firmness("2026-07-26T08:45:00Z") == [over, over, planned]
    assert firmness("2026-07-18T20:00:00Z") == [over, planned, planned]
    assert firmness("2027-01-01T00:00:00Z") == [over, over, planned]


def test_weekends_do_not_cut_a_work_and_the_days_of_work_are_counted(tmp_path: Path) -> None:
    #   Mon 10 … Fri 14 Aug, Mon 17 … Fri 21 Aug
    days = [
        (f"2026-08-{day}T05:00:00Z", f"2026-08-{day}T14:00:00Z")
        for day in (10, 11, 12, 13, 14, 17, 18, 19, 20, 21)
    ]
    found = read_one(tmp_path, work("A_1_MAN", start=days[0][0], end=days[-1][1], periods=days))

    assert found.window is not None
    assert (str(found.window.start), str(found.window.end)) == ("2026-08-10", "2026-08-22")
    assert found.duration_days == 10


def runs(*days: int) -> tuple[Run, ...]:
    periods = tuple(
        (NOON + timedelta(days=day), NOON + timedelta(days=day, hours=2)) for day in days
    )
    return runs_of(Validity(periods[0][0], periods[-1][1], periods), ZONE)


def test_three_free_days_are_bridged_and_four_are_not() -> None:
    assert len(runs(0, BRIDGED_DAYS + 1)) == 1
    assert len(runs(0, BRIDGED_DAYS + 2)) == 2


def test_more_runs_than_a_season_has_are_one_window() -> None:
    many = runs(*range(0, 7 * (MAX_RUNS + 1), 7))
    assert len(many) == 1
    assert many[0].days == MAX_RUNS + 1
    assert len(runs(*range(0, 7 * MAX_RUNS, 7))) == MAX_RUNS


@given(st.lists(st.integers(0, 400), min_size=1, max_size=40, unique=True).map(sorted))
def test_every_announced_day_lies_in_exactly_one_run_and_runs_lie_apart(days: list[int]) -> None:
    found = runs(*days)
    first = NOON.astimezone(ZONE).date()
    for day in days:
        when = first + timedelta(days=day)
        assert sum(run.start <= when < run.end for run in found) == 1
    for earlier, later in pairwise(found):
        assert (later.start - earlier.end).days > BRIDGED_DAYS
    assert sum(run.days for run in found) == len(days)


@pytest.mark.parametrize("text", ["soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", "24:00"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_instant(text, ZONE) is None


def test_a_day_without_a_time_begins_at_midnight() -> None:
    moment = read_instant("2026-08-10", ZONE)
    assert moment is not None
    assert moment.astimezone(ZONE).date() == date(2026, 8, 10)
