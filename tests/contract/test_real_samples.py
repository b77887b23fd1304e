"""The real files of other programs and cities are read as they are, and the numbers are pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.model.dates import Precision
from hub.model.vocabulary import DependencyType, Firmness
from tests.support.sample_table import (
    DOCUMENT,
    SAMPLES,
    SampleResult,
    document,
    result_of,
    samples,
)
from tests.support.shared import needs_shared

PINNED = {
    # name: rows read, interventions, incomplete, refused
    "wior-amsterdam/amsterdam_roadworks_real.json": (3, 2, 0, 1),
    "city-registers/dortmund_geplant.json": (3, 3, 0, 0),
    "city-registers/helsinki_kaivuilmoitus_live_pull.json": (6, 6, 0, 0),
    "mspdi/baselines.xml": (1, 1, 1, 0),
    "mspdi/mspdinulltasks.xml": (3, 3, 3, 0),
    "mspdi/mspdirelations.xml": (5, 5, 5, 0),
    "mspdi/mspdisplittask.xml": (2, 2, 2, 0),
    "mspdi/task-costs-project2019-mspdi.xml": (10, 10, 10, 0),
    "mspdi/task-dates-project2019-mspdi.xml": (10, 10, 10, 0),
    "mspdi/task-links-project2019-mspdi.xml": (16, 16, 16, 0),
    "mspdi/task-textvalues-project2019-mspdi.xml": (3, 3, 3, 0),
}


def of(name: str) -> SampleResult:
    return result_of(SAMPLES / name)


@needs_shared
def test_every_real_sample_of_these_formats_is_pinned() -> None:
    found = [f"{path.parent.name}/{path.name}" for path in samples()]
    assert len(found) >= 11
    assert sorted(found) == sorted(PINNED)


@needs_shared
@pytest.mark.parametrize("name", PINNED)
def test_a_real_sample_gives_the_works_it_holds(name: str) -> None:
    result = of(name)
    counts = (result.rows, len(result.works), result.incomplete, len(result.refusals))
    assert counts == PINNED[name]


@needs_shared
def test_the_page_on_real_samples_says_what_comes_out_of_them() -> None:
    assert DOCUMENT.read_text("utf-8") == document()


@needs_shared
def test_the_refused_work_of_amsterdam_crosses_itself_in_the_register() -> None:
    (refusal,) = of("wior-amsterdam/amsterdam_roadworks_real.json").refusals
    assert refusal.startswith("feature 2, column 'geometrie' (geometry): came Self-intersection")


@needs_shared
def test_amsterdam_publishes_inclusive_days() -> None:
    works = {work.id: work for work in of("wior-amsterdam/amsterdam_roadworks_real.json").works}
    work = works["wior:000192b1-5ed4-45e6-a650-a708938b12db"]
    assert work.window is not None
    assert work.window.end.precision is Precision.DAY
    # 29-08-2022, 16-09-2022 in the register's own words
    assert (work.window.start.text, work.window.end.text) == ("2022-08-29", "2022-09-17")
    assert work.firmness is Firmness.IN_EXECUTION


@needs_shared
def test_four_areas_of_one_helsinki_notice_are_four_works() -> None:
    works = of("city-registers/helsinki_kaivuilmoitus_live_pull.json").works
    numbers = [work.project_number for work in works]
    assert numbers.count("KP2100964-112") == 4
    assert len({work.id for work in works}) == 6


@needs_shared
def test_blank_and_summary_rows_of_a_schedule_are_left_out() -> None:
    assert of("mspdi/mspdinulltasks.xml").left_out == {"summary": 3, "blank": 3}


@needs_shared
def test_the_four_link_types_become_three_kinds_of_dependency() -> None:
    works = {work.title: work for work in of("mspdi/mspdirelations.xml").works}
    kinds = {
        title: [(item.on, item.type, item.lag_days) for item in work.dependencies or ()]
        for title, work in works.items()
    }
    assert kinds == {
        "Task 1": [],
        "Task 2": [("mspdi:mspdirelations:1", DependencyType.FINISH_TO_START, 0)],
        "Task 3": [("mspdi:mspdirelations:2", DependencyType.START_TO_START, 1)],
        "Task 4": [("mspdi:mspdirelations:3", DependencyType.FINISH_TO_FINISH, 0)],
        "Task 5": [],  # start to finish has no counterpart
    }


@needs_shared
def test_lags_of_one_and_two_days_and_weeks_are_read_in_calendar_days() -> None:
    works = of("mspdi/task-links-project2019-mspdi.xml").works
    lags = [item.lag_days for work in works for item in work.dependencies or ()]
    assert lags == [0, 1, 2, 7, 14, 2, 2]


@needs_shared
def test_recent_schedules_are_keyed_by_guid_and_old_ones_by_project_and_uid() -> None:
    recent = of("mspdi/task-links-project2019-mspdi.xml").works[0]
    assert recent.id == "mspdi:37172537-DBD2-E811-AC3F-4CEDDE6E5B57"
    assert of("mspdi/baselines.xml").works[0].id == "mspdi:baselines:1"


@needs_shared
def test_a_finish_half_an_hour_into_a_working_day_counts_that_day() -> None:
    window = of("mspdi/baselines.xml").works[0].window
    assert window is not None
    # 09:00 on the 30th to 08:30 on the 31st, in a calendar that opens at 08:00
    assert (window.start.text, window.end.text) == ("2008-01-30", "2008-02-01")


@needs_shared
def test_words_instead_of_dates_are_no_dates() -> None:
    works = {work.title: work for work in of("mspdi/task-textvalues-project2019-mspdi.xml").works}
    assert works["Start is text"].window is None
    assert works["Finish is text"].window is None
    assert works["Duration is text"].window is not None


@needs_shared
@pytest.mark.parametrize("path", samples(), ids=lambda path: Path(path).name)
def test_no_person_in_a_real_sample_reaches_an_intervention(path: Path) -> None:
    text = repr(result_of(path).works)
    assert not [name for name in ("Iles", "Golden", "Resource One") if name in text]
