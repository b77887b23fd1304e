"""The plans of the demo: the same for the same seed and day, and alive on every day."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hub.check.programme_file import read_programme
from hub.demo.files import DemoFiles, move_sewer, write_files
from hub.demo.months import month
from hub.demo.municipality import plan_municipality
from hub.demo.town import STORY_STREET
from hub.model.vocabulary import CalendarKind

DAY = date(2026, 11, 24)


def written(folder: Path, *, seed: int = 1, day: date = DAY) -> DemoFiles:
    folder.mkdir(parents=True, exist_ok=True)
    return write_files(plan_municipality(seed=seed, day=day), folder)


def contents(files: DemoFiles) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(files.folder.iterdir())}


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a"), written(tmp_path / "b")

    assert len(contents(first)) == 10
    assert contents(first) == contents(second)


def test_another_seed_or_day_gives_another_plan(tmp_path: Path) -> None:
    first = contents(written(tmp_path / "a"))

    assert contents(written(tmp_path / "b", seed=2))["rioolplan.csv"] != first["rioolplan.csv"]
    later = written(tmp_path / "c", day=date(2027, 11, 24))
    assert contents(later)["rioolplan.csv"] != first["rioolplan.csv"]


def test_there_are_about_two_hundred_works_with_a_key_of_their_own() -> None:
    plans = plan_municipality(seed=1, day=DAY)

    keys = Counter(work.key for work in plans.works)
    assert 180 <= len(keys) <= 220
    assert max(keys.values()) == 1


def test_every_drawn_work_lies_in_the_town() -> None:
    plans = plan_municipality(seed=1, day=DAY)

    points = [point for work in plans.works for point in work.shape or ()]
    assert points
    assert all(154_000 < x < 156_000 and 462_000 < y < 464_000 for x, y in points)


def test_the_council_meets_except_in_its_recess(tmp_path: Path) -> None:
    programme = read_programme(written(tmp_path).reference.read_bytes())

    council = [e for e in programme.calendar if e.kind is CalendarKind.COUNCIL_MEETING]
    assert {entry.start.month for entry in council} == {1, 2, 3, 4, 5, 6, 9, 10, 11, 12}
    assert programme.moratoria
    assert len(programme.policy) == 1


def test_moving_the_sewer_changes_the_rows_of_its_street_only(tmp_path: Path) -> None:
    files = written(tmp_path)
    before = rows(files.sewer)

    moved = move_sewer(files.sewer, street=STORY_STREET, today=DAY, why="besluit van het college")

    after = rows(files.sewer)
    assert moved == ("R-101", "R-102", "R-103", "R-104", "R-105")
    assert [row["maatregel"] for row in after] == [row["maatregel"] for row in before]
    for old, new in zip(before, after, strict=True):
        if old["straat"] == STORY_STREET:
            assert int(new["start"][-4:]) == int(old["start"][-4:]) + 2
            assert new["start"][:-4] == old["start"][:-4]
            assert new["toelichting"] == "besluit van het college"
        else:
            assert new == old


def test_an_edit_leaves_no_second_file_behind(tmp_path: Path) -> None:
    files = written(tmp_path)
    names = set(contents(files))

    move_sewer(files.sewer, street=STORY_STREET, today=DAY)

    assert set(contents(files)) == names


def test_a_street_without_sewers_moves_nothing(tmp_path: Path) -> None:
    files = written(tmp_path)
    before = files.sewer.read_bytes()

    assert move_sewer(files.sewer, street="Nergensstraat", today=DAY) == ()
    assert files.sewer.read_bytes() == before


@pytest.mark.parametrize(
    ("day", "ahead", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 1)),
        (date(2026, 11, 24), 2, date(2027, 1, 1)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_months_are_counted_from_the_month_of_a_day(day: date, ahead: int, expected: date) -> None:
    assert month(day, ahead) == expected


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))
