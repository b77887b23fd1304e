"""Records come out of JSON of every wrapping and any size, and broken JSON is named."""

from __future__ import annotations

import io
import json
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.geojson.features import fields_of
from connectors.geojson.records import JsonRecords, UnreadableJsonError, UnreadableRecord

FEATURE = {"type": "Feature", "id": "a.1", "properties": {"n": 1}, "geometry": None}


def records_of(content: bytes) -> list[object]:
    return list(JsonRecords(io.BytesIO(content)))


@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection", "features": [FEATURE, FEATURE]},
        {"features": [FEATURE, FEATURE], "type": "FeatureCollection"},
        [FEATURE, FEATURE],
        {"total_count": 2, "records": [FEATURE, FEATURE], "links": []},
        {"total_count": 2, "results": [FEATURE, FEATURE]},
        {"_links": {}, "_embedded": {"wior": [FEATURE, FEATURE]}, "page": {"number": 1}},
    ],
)
def test_records_are_found_in_every_usual_wrapping(content: object) -> None:
    assert records_of(json.dumps(content).encode()) == [FEATURE, FEATURE]


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\n\x1e"])
def test_one_record_a_line_is_read(separator: bytes) -> None:
    line = json.dumps(FEATURE).encode()
    assert records_of(separator.join([line, line, line]) + separator) == [FEATURE] * 3


def test_a_single_feature_is_one_record_even_with_a_member_called_records() -> None:
    feature = FEATURE | {"records": [1, 2]}
    assert records_of(json.dumps(feature).encode()) == [feature]


def test_what_stands_beside_the_list_is_kept() -> None:
    reader = JsonRecords(io.BytesIO(b'{"a": 1, "features": [], "crs": {"type": "name"}}'))
    assert list(reader) == []
    assert reader.beside == {"a": 1, "crs": {"type": "name"}}


def test_decimals_stay_as_written() -> None:
    assert records_of(b'[{"cost": 0.10}]') == [{"cost": Decimal("0.10")}]


def test_a_byte_order_mark_is_no_content() -> None:
    assert records_of(b"\xef\xbb\xbf[1]") == [1]


def test_an_empty_list_has_no_records() -> None:
    assert records_of(b" [ ] ") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"  \n", "an empty file"),
        (b"hello", "'h' at character 0"),
        (b"<html></html>", "'<' at character 0"),
        (b"PK\x03\x04", "'P' at character 0"),
        (b"\xff\xfe[\x00]\x00", "byte 0xff"),
        (b'["caf\xe9"]', "UTF-8"),
        (b'{"type": "FeatureCollection"}', "an object without records"),
        (b'{"type": "FeatureCollection", "features": {}}', "an object without records"),
        (b"{}", "an object without records"),
        (b'{"a": "b" "c": 1}', "is the file complete?"),
        (b"{a: 1}", "a name in double quotes"),
        (b'[{"a": 1}', "is the file complete?"),
        (b'[{"a": 1}, ', "valid JSON"),
        (b'[{"a": "b', "valid JSON"),
        (b'[{"a": 1},]', "another record"),
        (b"[1 2]", "','"),
        (b"[1], [2]", "a comma"),
        (b'[{"a": tru}]', "valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" + b"9" * 5_000 + b"]", "numbers of usual length"),
    ],
)
def test_what_is_no_list_of_records_is_refused_with_its_reason(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableJsonError) as caught:
        records_of(content)
    assert words in str(caught.value)


def test_an_error_says_how_many_records_came_before_it() -> None:
    with pytest.raises(UnreadableJsonError) as caught:
        records_of(b'{"features": [{"a": 1}, {"a": 2}, {"a": }]}')
    assert caught.value.after_records == 2


def test_an_error_names_the_character_where_it_stands() -> None:
    with pytest.raises(UnreadableJsonError, match="at character 30;"):
        records_of(b'{"features": [{"a": 1}, {"b": tru}, {"c": 1}]}')
    with pytest.raises(UnreadableJsonError, match="Unterminated string starting at character 30;"):
        records_of(b'{"features": [{"a": 1}, {"b": "c')


def test_a_broken_line_does_not_take_the_following_lines_with_it() -> None:
    lines = records_of(b'{"a": "1"}\n{"a": "2"\n{"a": "3"}\n{"a": tru}\n{"a": "5"}\n')
    assert [type(line) for line in lines] == [dict, UnreadableRecord, dict, UnreadableRecord, dict]
    assert lines[4] == {"a": "5"}


def test_a_last_line_that_breaks_off_says_that_the_file_is_not_complete() -> None:
    with pytest.raises(UnreadableJsonError):
        records_of(b'{"a": "1"}\n{"a": "2')


def test_a_record_of_absurd_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.geojson.records.MAX_RECORD_CHARACTERS", 1000)
    with pytest.raises(UnreadableJsonError, match="records of usual size"):
        records_of(b'[{"a": "' + b"x" * 2000 + b'"}]')


@settings(max_examples=40)
@given(
    values=st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20), max_size=4),
        max_size=6,
    ),
    chunk=st.integers(1, 40),
)
def test_where_the_reading_is_cut_into_pieces_changes_nothing(
    values: list[dict[str, object]], chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.geojson.records._CHUNK_BYTES", chunk)
        content = json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
        assert records_of(content) == values


def test_a_big_file_needs_no_more_memory_than_a_few_records() -> None:
    line = json.dumps([155000.123, 463000.456] * 200).encode()
    content = io.BytesIO(b"[" + b",".join([line] * 3_000) + b"]")
    tracemalloc.start()
    try:
        count = sum(1 for _ in JsonRecords(content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 3_000
    assert len(content.getvalue()) > 12_000_000
    assert peak < 4_000_000


def test_a_feature_gives_its_properties_its_geometry_and_its_id() -> None:
    place = {"type": "Point", "coordinates": [1, 2]}
    feature = {"type": "Feature", "id": "a.1", "properties": {"n": 1}, "geometry": place}
    assert fields_of(feature) == {"n": 1, "feature.id": "a.1", "geometry": place}


def test_a_bare_record_keeps_its_own_names_and_its_geometry_whole() -> None:
    place = {"type": "Point", "coordinates": [1, 2]}
    record = {"id": "x", "geometrie": place, "_links": {"self": {"href": "…"}}, "ja": None}
    assert fields_of(record) == {"id": "x", "geometrie": place, "ja": None}


@pytest.mark.parametrize(
    "record",
    [
        {"links": [], "record": {"id": "r", "size": 2, "fields": {"von": "x", "p": {"lat": 1}}}},
        {"recordid": "r", "fields": {"von": "x", "p": {"lat": 1}}},
    ],
)
def test_both_envelopes_of_opendatasoft_give_the_same_names(record: dict[str, object]) -> None:
    fields = fields_of(record)
    assert fields is not None
    assert {name: fields[name] for name in ("von", "p.lat", "record.id")} == {
        "von": "x",
        "p.lat": 1,
        "record.id": "r",
    }


def test_lists_of_words_become_one_text_and_lists_of_objects_are_left_out() -> None:
    record = {"type": "Feature", "properties": {"kinds": ["a", None, "b"], "people": [{"n": 1}]}}
    assert fields_of(record) == {"kinds": "a, b", "geometry": None}


@pytest.mark.parametrize("record", [1, "a", None, [1]])
def test_what_is_no_object_is_no_record(record: object) -> None:
    assert fields_of(record) is None
