"""Reference files: every mistake is told with file and path, in one file and between files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.reference.command import validate
from hub.reference.files import is_reference_file, read_reference_files

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]}
GOAL = {"id": "rain", "policy_owner": "climate"}
MEETING = {"id": "m1", "kind": "council_meeting", "start": "2027-01-07"}
MORATORIUM = {"id": "dm", "geometry": SQUARE, "start": "2027-01-01", "end": "2028-01-01"}
AREA = {"id": "street", "geometry": SQUARE, "kind": "street_segment"}


def policy(version: str = "a", **more: Any) -> dict[str, Any]:
    return {"version": version, "municipality": "GM0999", **more}


def file(folder: Path, name: str = "r.json", **lists: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({"format": "reference/1", **lists}))
    return path


def refused(*paths: Path) -> list[tuple[str, str]]:
    found = read_reference_files(paths).refused
    return sorted((Path(item.file).name, item.path) for item in found)


def test_one_file_may_hold_every_list(tmp_path: Path):
    path = file(
        tmp_path,
        goals=[GOAL],
        calendar=[MEETING],
        moratoria=[MORATORIUM],
        areas=[AREA],
        policy=[policy(values={"stale_days": 30})],
    )

    reading = read_reference_files([path])

    assert reading.refused == ()
    assert [placed.path for placed in reading.placed] == [
        *("goals[0]", "calendar[0]", "moratoria[0]", "areas[0]", "policy[0]")
    ]


@pytest.mark.parametrize(
    ("lists", "path"),
    [
        ({"policy": [policy(values={"stale_day": 1})]}, "policy[0].values.stale_day"),
        ({"policy": [policy(values={"stale_days": "30"})]}, "policy[0].values.stale_days"),
        ({"policy": [policy(values={"stale_days": 1.5})]}, "policy[0].values.stale_days"),
        ({"policy": [policy(values={"stale_days": True})]}, "policy[0].values.stale_days"),
        ({"policy": [policy(values={"moratorium_years": {"mud": 1}})]},
         "policy[0].values.moratorium_years.mud"),
        ({"policy": [policy(values={"leading_disciplines": ["sewers"]})]},
         "policy[0].values.leading_disciplines"),
        ({"policy": [policy(values=[])]}, "policy[0].values"),
        ({"policy": [policy(valid_from="2028-01-01", valid_to="2028-01-01")]},
         "policy[0].valid_to"),
        ({"policy": [{"version": "a", "municipality": "Utrecht"}]}, "policy[0].municipality"),
        ({"calendar": [{**MEETING, "kind": "closed_period"}]}, "calendar[0].end"),
        ({"calendar": [{**MEETING, "kind": "closed_period", "end": "2027-01-07"}]},
         "calendar[0].end"),
        ({"calendar": [{**MEETING, "kind": "closed_period", "end": "2026-12-31"}]},
         "calendar[0].end"),
        ({"calendar": [{**MEETING, "kind": "party"}]}, "calendar[0].kind"),
        ({"calendar": [{**MEETING, "start": "2027-02-30"}]}, "calendar[0].start"),
        ({"calendar": [{**MEETING, "municipalty": "GM0999"}]}, "calendar[0].municipalty"),
        ({"moratoria": [{**MORATORIUM, "effect": "maybe"}]}, "moratoria[0].effect"),
        ({"areas": [{**AREA, "vulnerable_share": 1.2}]}, "areas[0].vulnerable_share"),
        ({"areas": [{**AREA, "geometry": {"type": "Point", "coordinates": [1, 2]}}]},
         "areas[0].geometry"),
        ({"goals": [{"id": "rain"}]}, "goals[0].policy_owner"),
        ({"goals": [GOAL, GOAL]}, "goals[1]"),
        ({"goals": {}}, "goals"),
        ({"interventions": []}, "interventions"),
        ({"format": "programme/1"}, "format"),
        ({"format": 1}, "format"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_path(tmp_path: Path, lists: dict[str, Any], path: str):
    assert refused(file(tmp_path, **lists)) == [("r.json", path)]


def test_every_mistake_is_told_at_once_and_of_every_file(tmp_path: Path):
    first = file(tmp_path, "a.json", goals=[{"id": "rain"}], calendar=[{**MEETING, "kind": "x"}])
    second = file(tmp_path, "b.json", policy=[policy(values={"nope": 1, "stale_days": -1})])

    assert refused(first, second) == [
        ("a.json", "calendar[0].kind"),
        ("a.json", "goals[0].policy_owner"),
        ("b.json", "policy[0].values.nope"),
        ("b.json", "policy[0].values.stale_days"),
    ]


def test_an_id_used_in_two_files_is_told_with_both_places(tmp_path: Path):
    first, second = file(tmp_path, "a.json", goals=[GOAL]), file(tmp_path, "b.json", goals=[GOAL])

    (refusal,) = read_reference_files([first, second]).refused

    assert (refusal.file, refusal.path) == (str(second), "goals[0]")
    assert f"{first}: goals[0]" in refusal.came


def test_one_id_may_stand_for_things_of_different_kinds(tmp_path: Path):
    path = file(tmp_path, goals=[{**GOAL, "id": "x"}], calendar=[{**MEETING, "id": "x"}])

    assert read_reference_files([path]).refused == ()


#            2027          2028          2029
#   a         |-------------|
#   b                |-------------|
OVERLAPPING = (
    {"valid_from": "2027-01-01", "valid_to": "2028-06-01"},
    {"valid_from": "2028-01-01", "valid_to": "2029-01-01"},
)
APART = (
    {"valid_from": "2027-01-01", "valid_to": "2028-01-01"},
    {"valid_from": "2028-01-01"},
)


def two_policies(folder: Path, periods: Any, first: Any, second: Any, **more: Any) -> Path:
    one = policy("a", values=first, **periods[0])
    other = {**policy("b", values=second, **periods[1]), **more}
    return file(folder, policy=[one, other])


def test_policies_that_overlap_and_contradict_each_other_are_an_error(tmp_path: Path):
    path = two_policies(tmp_path, OVERLAPPING, {"stale_days": 30}, {"stale_days": 60})

    (refusal,) = read_reference_files([path]).refused

    assert refusal.path == "policy[1]"
    assert "from 2028-01-01 until 2028-06-01" in refusal.came
    assert "stale_days" in refusal.came
    assert "valid_to" in refusal.expected


def test_a_contradiction_inside_an_object_value_is_told_with_its_key(tmp_path: Path):
    path = two_policies(
        tmp_path,
        OVERLAPPING,
        {"moratorium_years": {"paving": 3, "asphalt": 5}},
        {"moratorium_years": {"paving": 4}},
    )

    (refusal,) = read_reference_files([path]).refused

    assert "moratorium_years.paving" in refusal.came
    assert "asphalt" not in refusal.came


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"stale_days": 30}, {"answer_days": 60}),
        ({"stale_days": 30}, {"stale_days": 30}),
        ({"moratorium_years": {"paving": 3}}, {"moratorium_years": {"asphalt": 4}}),
    ],
)
def test_policies_that_only_add_to_each_other_are_a_warning(
    tmp_path: Path, first: Any, second: Any
):
    reading = read_reference_files([two_policies(tmp_path, OVERLAPPING, first, second)])

    assert reading.refused == ()
    assert len(reading.warnings) == 1


def test_policies_one_after_the_other_or_of_two_municipalities_do_not_overlap(tmp_path: Path):
    one = two_policies(tmp_path, APART, {"stale_days": 30}, {"stale_days": 60})
    assert read_reference_files([one]).warnings == read_reference_files([one]).refused == ()

    other = two_policies(
        tmp_path, OVERLAPPING, {"stale_days": 30}, {"stale_days": 60}, municipality="GM0998"
    )
    assert read_reference_files([other]).refused == ()


def test_policies_without_dates_are_always_valid_and_overlap(tmp_path: Path):
    path = two_policies(tmp_path, ({}, {}), {"stale_days": 30}, {"stale_days": 60})

    assert "always" in read_reference_files([path]).refused[0].came


def test_validate_tells_mistakes_and_gives_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    wrong = file(tmp_path, calendar=[{**MEETING, "kind": "closed_period", "end": "2026-01-01"}])

    assert validate([wrong]) == 2

    told = capsys.readouterr().err
    assert f"{wrong}: calendar[0].end: came '2026-01-01' after a start of '2027-01-07'" in told


def test_validate_tells_what_right_files_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert validate([file(tmp_path, goals=[GOAL], calendar=[MEETING])]) == 0

    assert capsys.readouterr().out == "right: 1 calendar, 1 goal\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.toml", "", True),
        ("a.yaml", "", True),
        ("a.json", '{"format": "reference/1"}', True),
        ("a.json", '{"format": "programme/1"}', False),
        ("a.geojson", '{"format": "reference/1"}', False),
        ("a.csv", "x", False),
    ],
)
def test_a_file_is_known_as_reference_data_by_its_form(
    tmp_path: Path, name: str, text: str, expected: bool
):
    path = tmp_path / name
    path.write_text(text)

    assert is_reference_file(path) is expected
