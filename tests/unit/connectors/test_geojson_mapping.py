"""Features become interventions as their mapping says, and a bad one costs only itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.connect.discovery import find_connector
from hub.connect.field_mapping import load_mapping
from hub.connect.files import read_file
from hub.errors import ConfigurationError, RejectedRecordError, RetryableError
from hub.model.geometry import GeometryType
from hub.model.vocabulary import Firmness, WorkType
from tests.unit.connectors.reading import Read, read_with

FOLDER = find_connector("geojson").folder
SAMPLES, PROFILES = FOLDER / "samples", FOLDER / "profiles"
BROKEN = Path(__file__).parent / "broken"

MAPPING = """
format = "mapping/1"
[source]
system = "plan"
[fields]
id = "plan:{nr}"
title = { column = "naam" }
[geometry]
geojson = "geometry"
"""


def sample(name: str, mapping: Path) -> Read:
    return read_with("geojson", SAMPLES / name, mapping)


def written(folder: Path, content: object, mapping: str = MAPPING) -> Read:
    plan, rules = folder / "plan.geojson", folder / "plan.toml"
    plan.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    rules.write_text(mapping, "utf-8")
    return read_with("geojson", plan, rules)


def feature(nr: object, place: object = None, **more: object) -> dict[str, object]:
    return {"type": "Feature", "properties": {"nr": nr, **more}, "geometry": place}


def collection(*features: object, **beside: object) -> dict[str, object]:
    return {"type": "FeatureCollection", **beside, "features": list(features)}


def point(x: float, y: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [x, y]}


def named(crs: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": crs}}


# --- the profiles --------------------------------------------------------------------------------


def test_wior_gives_works_of_the_city_with_exclusive_ends_and_the_precision_of_the_source() -> None:
    read = sample("wior-made-up.json", PROFILES / "wior-amsterdam.toml")
    work = read.works["wior:00000000-0000-4000-8000-000000000101"]
    assert work.plan_owner == "gemeente-amsterdam"
    assert work.firmness is Firmness.INDICATIVE
    assert work.work_type is WorkType.REPLACE
    assert work.window is not None
    assert (work.window.start.text, work.window.end.text) == ("2027-03-01", "2027-06-01")
    coarse = read.works["wior:00000000-0000-4000-8000-000000000102"].window
    assert coarse is not None
    assert (coarse.start.text, coarse.end.text) == ("2027", "2029")


def test_a_status_that_is_none_is_refused_because_nobody_knows_how_firm_it_is() -> None:
    read = sample("wior-made-up.json", PROFILES / "wior-amsterdam.toml")
    assert len(read.refusals) == 1
    assert (
        "wior-made-up.json: feature 3, column 'hoofdstatus' (firmness): came 'Yes'"
        in (read.refusals[0])
    )


def test_areas_of_one_helsinki_notice_are_works_held_together_by_its_number() -> None:
    read = sample("helsinki-made-up.json", PROFILES / "helsinki-excavation.toml")
    assert {work.project_number for work in read.works.values()} == {"KP2700001-1"}
    assert [work.firmness for work in read.works.values()] == [
        Firmness.COMMITTED,
        Firmness.IN_EXECUTION,
    ]


def test_clients_of_dortmund_become_owners_and_an_unknown_one_is_no_guess() -> None:
    read = sample("dortmund-made-up.json", PROFILES / "dortmund-planned.toml")
    owners = [work.plan_owner for work in read.works.values()]
    assert owners == ["stadt-dortmund", "dortmund-other-client"]
    assert "'verschoben'" in read.refusals[0]


@pytest.mark.parametrize(
    ("profile", "personal"),
    [
        ("wior-amsterdam.toml", {"beschrijving"}),
        ("helsinki-excavation.toml", {"hakija", "tyon_suorittaja", "tyon_tarkoitus"}),
        ("dortmund-planned.toml", set()),
    ],
)
def test_no_profile_reads_a_field_that_names_persons(profile: str, personal: set[str]) -> None:
    mapping = load_mapping(PROFILES / profile)
    assert mapping.columns
    assert not personal & set(mapping.columns)


# --- a plan of one's own -------------------------------------------------------------------------


def test_an_operators_plan_is_read_with_units_periods_and_places() -> None:
    read = sample("electricity-plan.geojson", SAMPLES / "electricity-plan.mapping.toml")
    assert read.refusals == []
    first = read.works["electricity:E-1"]
    assert first.cost_cents == 42_000_000
    assert first.window is not None
    assert (first.window.start.text, first.window.end.text) == ("2028", "2029")
    crossing = read.works["electricity:E-4"].geometry
    assert crossing is not None
    assert crossing.type is GeometryType.MULTI_LINE_STRING
    unplaced = read.works["electricity:E-5"]
    assert unplaced.geometry is None
    assert unplaced.window is None


def test_every_broken_row_is_named_with_its_field_and_the_others_are_read() -> None:
    read = read_with(
        "geojson", BROKEN / "broken-rows.geojson", SAMPLES / "electricity-plan.mapping.toml"
    )
    assert list(read.works) == ["electricity:E-7"]
    expected = [
        "feature 1, column 'geometry' (geometry): came Self-intersection",
        "feature 2, column 'geometry' (geometry): came position (5.4, 52.2), which looks like",
        "feature 3, column 'geometry' (geometry): came position (463000, 155000), which looks",
        "feature 4, column 'status' (firmness): came 'misschien'",
        "feature 5, column 'periode' (window): came '2028-13-01'",
        "feature 6, column 'periode' (window): came 2029 to 2028",
        "feature 8: came the key 'E-7' a second time, first in feature 7",
        "feature 9, column 'nummer': came nothing",
        "feature 10: came 'no feature'",
    ]
    assert len(read.refusals) == len(expected)
    for refusal, start in zip(read.refusals, expected, strict=True):
        assert refusal.startswith(f"broken-rows.geojson: {start}")


# --- the CRS of a file ---------------------------------------------------------------------------


def places_of(read: Read) -> list[object]:
    return [work.geometry and work.geometry.coordinates for work in read.works.values()]


def test_without_a_word_about_it_geojson_is_in_degrees(tmp_path: Path) -> None:
    assert places_of(written(tmp_path, collection(feature(1, point(4.9, 52.3))))) == [
        (121767.02, 479225.403)
    ]


@pytest.mark.parametrize("crs", ["EPSG:28992", "urn:ogc:def:crs:EPSG::28992"])
def test_a_declared_crs_counts_wherever_it_stands(tmp_path: Path, crs: str) -> None:
    place = feature(1, point(155000, 463000))
    before = collection(place, crs=named(crs))
    behind = {"features": [place], "type": "FeatureCollection", "crs": named(crs)}
    assert places_of(written(tmp_path, before)) == [(155000.0, 463000.0)]
    assert places_of(written(tmp_path, behind)) == [(155000.0, 463000.0)]


def test_a_file_and_a_mapping_that_name_different_crs_are_refused(tmp_path: Path) -> None:
    content = collection(feature(1, point(155000, 463000)), crs=named("EPSG:28992"))
    with pytest.raises(RejectedRecordError, match="EPSG:28992 in the file and EPSG:4326 in the m"):
        written(tmp_path, content, f'{MAPPING}crs = "EPSG:4326"\n')


def test_a_profile_with_another_crs_does_not_speak_for_a_file_it_does_not_know(
    tmp_path: Path,
) -> None:
    plan = tmp_path / "plan.geojson"
    content = collection(feature(1, point(155000, 463000)), crs=named("EPSG:28992"))
    plan.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ConfigurationError, match="which no profile recognises"):
        read_file(plan)


def test_a_crs_member_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedRecordError, match="crs member"):
        written(tmp_path, collection(feature(1), crs={"type": "link"}))


# --- files ---------------------------------------------------------------------------------------


def test_lines_with_one_feature_each_are_read_and_a_broken_line_costs_only_itself(
    tmp_path: Path,
) -> None:
    lines = [json.dumps(feature(1)), json.dumps(feature(2))[:-5], json.dumps(feature(3))]
    read = written(tmp_path, "\n".join(lines) + "\n")
    assert list(read.works) == ["plan:1", "plan:3"]
    assert read.refusals[0].startswith("plan.geojson: feature 2: came ")


def test_a_collection_without_features_is_a_plan_without_works(tmp_path: Path) -> None:
    assert written(tmp_path, collection()) == Read({}, [], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "an empty file"),
        ("<gml/>", "JSON that begins with"),
        ("nr;naam\n1;a\n", "JSON that begins with"),
        ('{"type": "FeatureCollection"}', "without records"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(RejectedRecordError, match=words):
        written(tmp_path, content)


def test_a_file_that_breaks_off_is_refused_with_how_far_it_was_read(tmp_path: Path) -> None:
    content = json.dumps(collection(feature(1), feature(2)))[:-10]
    with pytest.raises(RejectedRecordError, match=r"plan\.geojson: after feature 1: came"):
        written(tmp_path, content)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    plan = tmp_path / "plan.geojson"
    with plan.open("wb") as stream:
        stream.truncate(2 << 20)
    rules = tmp_path / "plan.toml"
    rules.write_text(MAPPING, "utf-8")
    with pytest.raises(RejectedRecordError, match="a file of 2 MiB"):
        read_with("geojson", plan, rules, max_megabytes=1)


def test_a_file_that_is_not_there_can_be_asked_for_again_later(tmp_path: Path) -> None:
    rules = tmp_path / "plan.toml"
    rules.write_text(MAPPING, "utf-8")
    with pytest.raises(RetryableError, match="check its path"):
        read_with("geojson", tmp_path / "none.geojson", rules)


def test_numbers_too_long_or_not_finite_are_refused_and_no_fault(tmp_path: Path) -> None:
    content = (
        '[{"nr": 1, "naam": "a", "geometry": {"type": "Point", "coordinates": [NaN, 1]}},'
        ' {"nr": NaN, "naam": "b"}, {"nr": 1e99999, "naam": "c"}]'
    )
    read = written(tmp_path, content)
    assert [refusal.split(":", 1)[1] for refusal in read.refusals] == [
        " feature 1, column 'geometry' (geometry): came 'nan' in a position; expected a finite "
        "number",
        " feature 2, column 'nr': came nothing; expected what identifies the feature; or leave "
        "such features out with rows.skip in the mapping",
        " feature 3, column 'nr' (id): came 'plan:1E+99999'; expected an id of 1 to 120 "
        "characters out of A-Z a-z 0-9 . _ : / -",
    ]
