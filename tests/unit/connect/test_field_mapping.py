"""From rows to interventions as a mapping file says, and what it says of its own mistakes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.connect.field_mapping import FieldMapping, load_mapping
from hub.connect.rows import SourceRow
from hub.contracts.json_codec import write
from hub.errors import ConfigurationError, RejectedRecordError, RejectReason

HEAD = 'format = "mapping/1"\n[source]\nsystem = "plan"\n'


def mapping_of(folder: Path, text: str, *, head: str = HEAD) -> FieldMapping:
    path = folder / "m.toml"
    path.write_text(head + text, encoding="utf-8")
    return load_mapping(path)


def mapped(folder: Path, text: str, fields: dict[str, Any], **more: Any) -> Any:
    """Return the work as JSON that one field rule and one row make, without id and source."""
    mapping = mapping_of(folder, '[fields]\nid = "x:{Nr}"\n' + text)
    row = SourceRow("1", "row 2", {"Nr": 1, **fields})
    work = write(mapping.to_intervention(row, **more))
    return {name: value for name, value in work.items() if name not in ("id", "source")}


def refusals(folder: Path, text: str, fields: dict[str, Any]) -> list[str]:
    with pytest.raises(RejectedRecordError) as caught:
        mapped(folder, text, fields)
    return [str(refusal) for refusal in caught.value.refusals]


def problems(folder: Path, text: str, *, head: str = HEAD) -> str:
    with pytest.raises(ConfigurationError) as caught:
        mapping_of(folder, text, head=head)
    return str(caught.value)


# --- values ---


def test_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    assert mapped(tmp_path, 'title = "{T}"', {"T": "  "}) == {}
    assert mapped(tmp_path, 'title = "{T}"', {}) == {}


def test_a_template_with_an_empty_cell_is_unknown_as_a_whole(tmp_path: Path) -> None:
    assert mapped(tmp_path, 'title = "{A} in {B}"', {"A": "Riool", "B": None}) == {}
    assert mapped(tmp_path, 'title = "{A} in {B}"', {"A": "Riool", "B": "Ede"}) == {
        "title": "Riool in Ede"
    }


def test_words_for_unknown_and_for_none_are_kept_apart(tmp_path: Path) -> None:
    rule = 'governance.official_client = { column = "C", none = ["geen"], unknown = ["?"] }'
    assert mapped(tmp_path, rule, {"C": "?"}) == {}
    assert mapped(tmp_path, rule, {"C": "Geen"}) == {"governance": {"official_client": None}}


def test_a_default_stands_for_an_empty_cell_only(tmp_path: Path) -> None:
    rule = 'opens_surface = { column = "O", default = true }'
    assert mapped(tmp_path, rule, {"O": ""}) == {"opens_surface": True}
    assert mapped(tmp_path, rule, {"O": "nee"}) == {"opens_surface": False}


def test_codes_are_compared_without_case_and_blanks(tmp_path: Path) -> None:
    rule = 'firmness = { column = "S", codes = { "In  Afstemming" = "draft" } }'
    assert mapped(tmp_path, rule, {"S": " in afstemming "}) == {"firmness": "draft"}


def test_an_unknown_code_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    rule = 'firmness = { column = "S", codes = { besluit = "adopted", signaal = "indicative" } }'
    (refusal,) = refusals(tmp_path, rule, {"S": "misschien"})
    assert refusal == (
        "row 2, column 'S' (firmness): came 'misschien'; expected one of besluit, signaal; "
        "add it to codes in the mapping"
    )


def test_otherwise_takes_what_no_code_names(tmp_path: Path) -> None:
    rule = 'work_type = { column = "W", codes = { "9" = "replace" }, otherwise = "other" }'
    assert mapped(tmp_path, rule, {"W": 9.0}) == {"work_type": "replace"}
    assert mapped(tmp_path, rule, {"W": "x"}) == {"work_type": "other"}


@pytest.mark.parametrize(
    ("unit", "cell", "cents"),
    [
        ("euro", "1.250,50", 125_050),
        ("thousand_euro", "840,5", 84_050_000),
        ("thousand_euro", 840.5, 84_050_000),
        ("million_euro", "1,25", 125_000_000),
        ("cents", 12, 12),
        ("euro", 100000 / 3, 3_333_333),
    ],
)
def test_amounts_are_whole_cents(tmp_path: Path, unit: str, cell: Any, cents: int) -> None:
    rule = f'cost_cents = {{ column = "K", unit = "{unit}" }}'
    assert mapped(tmp_path, rule, {"K": cell}) == {"cost_cents": cents}


def test_a_written_amount_finer_than_a_cent_is_refused(tmp_path: Path) -> None:
    (refusal,) = refusals(tmp_path, 'cost_cents = { column = "K", unit = "euro" }', {"K": "1,2345"})
    assert refusal.endswith("came '1,2345'; expected whole cents")


def test_widths_and_durations_have_units_too(tmp_path: Path) -> None:
    rules = (
        'below_ground_width_m = { column = "B", unit = "cm" }\n'
        'duration_days = { column = "D", unit = "weeks" }'
    )
    assert mapped(tmp_path, rules, {"B": 125, "D": "3"}) == {
        "duration_days": 21,
        "below_ground_width_m": Decimal("1.25"),
    }


@pytest.mark.parametrize(
    ("end_day", "end"), [("last_day", "2028-07-01"), ("first_free_day", "2028-06-30")]
)
def test_an_end_day_is_made_exclusive_once(tmp_path: Path, end_day: str, end: str) -> None:
    rules = f'window.start = "{{B}}"\nwindow.end = {{ column = "E", end_day = "{end_day}" }}'
    work = mapped(tmp_path, rules, {"B": "1-3-2028", "E": "30-6-2028"})
    assert work == {"window": {"start": "2028-03-01", "end": end}}


def test_a_coarse_end_is_left_as_it_is(tmp_path: Path) -> None:
    work = mapped(tmp_path, 'window = "{P}"', {"P": "2028 - Q2 2029"})
    assert work == {"window": {"start": "2028", "end": "2029-Q2"}}


def test_half_a_window_is_unknown_and_its_bound_can_be_kept_as_room(tmp_path: Path) -> None:
    assert mapped(tmp_path, 'window = "{P}"', {"P": "na 2030"}) == {}
    rules = 'window = "{P}"\nshift_room.earliest_start = "{P}"'
    assert mapped(tmp_path, rules, {"P": "na 2030"}) == {"shift_room": {"earliest_start": "2031"}}


def test_codes_can_say_what_a_season_means_in_one_source(tmp_path: Path) -> None:
    rule = 'window = { column = "P", codes = { "voorjaar 2028" = "2028-Q2" } }'
    assert mapped(tmp_path, rule, {"P": "Voorjaar 2028"})["window"]["start"] == "2028-Q2"
    assert mapped(tmp_path, rule, {"P": "2029"})["window"]["start"] == "2029"


# --- lists ---

FUNDING = (
    '[[fields.funding]]\nsource = "levy"\nstatus = "approved"\nbudget_year = "{J}"\n'
    'amount_cents = { column = "K", unit = "euro", none = ["geen"] }\n'
)


def test_an_entry_without_a_value_it_must_have_is_left_out(tmp_path: Path) -> None:
    assert mapped(tmp_path, FUNDING, {"K": "", "J": 2028}) == {}


def test_an_entry_that_says_none_makes_an_empty_list(tmp_path: Path) -> None:
    assert mapped(tmp_path, FUNDING, {"K": "geen", "J": 2028}) == {"funding": []}


def test_a_wrong_value_in_an_entry_is_refused_with_its_column(tmp_path: Path) -> None:
    found = refusals(tmp_path, FUNDING, {"K": "veel", "J": "eens"})
    assert [text.split(":")[0] for text in found] == [
        "row 2, column 'J' (funding[0].budget_year)",
        "row 2, column 'K' (funding[0].amount_cents)",
    ]


def test_one_cell_can_hold_several_entries(tmp_path: Path) -> None:
    rules = '[[fields.dependencies]]\neach = { column = "Na", split = ";" }\non = "x:{each}"\n'
    work = mapped(tmp_path, rules, {"Na": "7; 8"})
    assert [item["on"] for item in work["dependencies"]] == ["x:7", "x:8"]
    assert mapped(tmp_path, rules, {"Na": ""}) == {}


def test_an_empty_list_in_the_mapping_says_known_to_be_none(tmp_path: Path) -> None:
    assert mapped(tmp_path, "dependencies = []", {}) == {"dependencies": []}


# --- source, classification, refusals ---


def test_the_source_gets_system_and_key_of_the_row(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[fields]\nid = "x:{Nr}"\nsource.updated_on = "{Datum}"\n')
    work = mapping.to_intervention(SourceRow("1", "row 2", {"Nr": 1, "Datum": "3-4-2028"}))
    assert write(work.source) == {"system": "plan", "key": "1", "updated_on": "2028-04-03"}


def test_a_default_classification_never_overrules_what_a_row_says(tmp_path: Path) -> None:
    rule = 'classification = { column = "C", codes = { open = "public" } }'
    from hub.model.vocabulary import Classification

    given = {"default_classification": Classification.RESTRICTED}
    assert mapped(tmp_path, rule, {"C": "open"}, **given) == {"classification": "public"}
    assert mapped(tmp_path, rule, {"C": ""}, **given) == {"classification": "restricted"}


def test_everything_wrong_in_a_row_is_told_at_once(tmp_path: Path) -> None:
    rules = 'duration_days = "{D}"\nopens_surface = "{O}"\nwindow = "{P}"\n[geometry]\nwkt = "W"\n'
    fields = {"D": "lang", "O": "misschien", "P": "ooit", "W": "POINT (x y)", "Nr": "a b"}
    found = refusals(tmp_path, rules, fields)
    assert len(found) == 5
    for column in "DOPW":
        assert any(f"column '{column}'" in text for text in found)
    assert any("came 'x:a b'" in text for text in found)


def test_a_window_that_ends_before_it_starts_names_both_columns(tmp_path: Path) -> None:
    rules = 'window.start = "{B}"\nwindow.end = "{E}"'
    (refusal,) = refusals(tmp_path, rules, {"B": "2030", "E": "2028"})
    assert refusal.startswith("row 2, column 'B', 'E' (window): came 2030 to 2028")


def test_a_missing_id_is_a_missing_field(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[fields]\nid = "x:{Nr}"\n')
    with pytest.raises(RejectedRecordError) as caught:
        mapping.to_intervention(SourceRow("1", "row 2", {"Nr": ""}))
    assert caught.value.refusal.reason is RejectReason.MISSING_FIELD


def test_a_formula_is_text_and_never_evaluated(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x";1+1)'
    assert mapped(tmp_path, 'title = "{T}"', {"T": formula}) == {"title": formula}


# --- places ---


def test_a_place_comes_from_two_columns_or_text(tmp_path: Path) -> None:
    work = mapped(tmp_path, '[geometry]\nx = "X"\ny = "Y"\n', {"X": "155000,5", "Y": 463000})
    assert work["geometry"] == {"type": "Point", "coordinates": [155000.5, 463000.0]}
    work = mapped(tmp_path, '[geometry]\nwkt = "W"\ncrs = "EPSG:4326"\n', {"W": "POINT (5.4 52.2)"})
    assert work["geometry"]["type"] == "Point"


def test_half_a_coordinate_pair_is_refused(tmp_path: Path) -> None:
    (refusal,) = refusals(tmp_path, '[geometry]\nx = "X"\ny = "Y"\n', {"X": 155000, "Y": ""})
    assert "column 'X', 'Y' (geometry)" in refusal


def test_a_place_is_looked_up_by_key_in_a_second_file(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code;wkt\nA-1;POINT (155000 463000)\n")
    rule = '[geometry]\nlookup = { file = "p.csv", key = "code", by = "{S}", wkt = "wkt" }\n'
    assert mapped(tmp_path, rule, {"S": "a-1"})["geometry"]["coordinates"] == [155000.0, 463000.0]
    assert mapped(tmp_path, rule, {"S": ""}) == {}
    (refusal,) = refusals(tmp_path, rule, {"S": "A-2"})
    assert refusal.endswith("came 'A-2'; expected a key in p.csv; add its place there")


def test_several_features_of_one_key_make_one_place(tmp_path: Path) -> None:
    feature = (
        '{"type":"Feature","properties":{"k":7},"geometry":'
        '{"type":"LineString","coordinates":[[%s,463000],[155100,463100]]}}'
    )
    features = ",".join(feature % x for x in (155000, 155050))
    (tmp_path / "p.geojson").write_text(f'{{"type":"FeatureCollection","features":[{features}]}}')
    rule = (
        '[geometry]\ncrs = "EPSG:28992"\nlookup = { file = "p.geojson", key = "k", by = "{S}" }\n'
    )
    assert mapped(tmp_path, rule, {"S": 7.0})["geometry"]["type"] == "MultiLineString"


# --- mistakes in the mapping ---


def test_every_mistake_in_a_mapping_is_named_with_its_key(tmp_path: Path) -> None:
    text = problems(
        tmp_path,
        '[fields]\nid = "x:{Nr}"\ndisipline = "sewer"\nfirmness = "certain"\n'
        'cost_cents = "{K}"\nduration_days = { column = "D", unit = "euro" }\n'
        'title = { column = "T", template = "{T}" }\nopens_surface = "ja"\n'
        'work_type = { column = "W", codes = { x = "replaced" } }\nplan_owner = "two words"\n'
        '[[fields.funding]]\nsource = "levy"\n',
    )
    for key in (
        "fields.disipline: no such field (did you mean 'discipline'?)",
        "fields.firmness: came 'certain'; expected one of indicative, draft",
        "fields.cost_cents.unit: came nothing; expected one of euro",
        "fields.duration_days.unit: came 'euro'; expected one of days, weeks",
        "fields.title: expected exactly one of column, template and constant",
        "fields.opens_surface: came 'ja'; expected true or false",
        "fields.work_type.codes.x: came 'replaced'; expected one of replace",
        "fields.plan_owner: came 'two words'; expected an id",
        "fields.funding[0].amount_cents: came nothing",
        "fields.funding[0].status: came nothing",
    ):
        assert key in text


def test_a_mapping_without_id_system_or_format_says_so(tmp_path: Path) -> None:
    assert "fields.id: came nothing" in problems(tmp_path, '[fields]\ntitle = "{T}"\n')
    text = problems(tmp_path, "[fields]\n", head='format = "mapping/2"\n')
    assert "format: came 'mapping/2'; expected 'mapping/1'" in text
    assert "source: came nothing" in text


def test_a_crs_that_nobody_knows_is_a_mistake_in_the_mapping(tmp_path: Path) -> None:
    text = problems(
        tmp_path, '[fields]\nid = "x:{Nr}"\n[geometry]\nwkt = "W"\ncrs = "EPSG:99999"\n'
    )
    assert "geometry: crs: came 'EPSG:99999'" in text


@pytest.mark.parametrize("content", [b"not toml", b"\xff\xfe\x00", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"m\.toml"):
        load_mapping(path)


def test_columns_that_the_source_lacks_are_named_with_the_nearest(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[fields]\nid = "x:{Projectnr}"\n')
    (problem,) = mapping.unknown_columns(["Projectnummer", "Straat"])
    assert problem.startswith(
        "column 'Projectnr': not in the source (did you mean 'Projectnummer'?)"
    )


def test_rows_are_chosen_by_the_words_in_a_column(tmp_path: Path) -> None:
    mapping = mapping_of(
        tmp_path,
        '[rows]\nskip = [{ column = "Nr", is = ["totaal"] }]\n'
        'only = [{ column = "Soort", is = ["riool", ""] }]\n[fields]\nid = "x:{Nr}"\n',
    )
    assert mapping.is_work({"Nr": 1, "Soort": "Riool"})
    assert mapping.is_work({"Nr": 1})
    assert not mapping.is_work({"Nr": "Totaal", "Soort": "riool"})
    assert not mapping.is_work({"Nr": 1, "Soort": "weg"})
