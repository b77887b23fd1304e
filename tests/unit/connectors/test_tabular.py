"""Lists in CSV and XLSX: what is found by itself, and how bad files end."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.connect.discovery import find_connector, validated_settings
from hub.connect.files import FileReading, read_file
from hub.errors import ConfigurationError, RejectedRecordError, RejectReason, RetryableError
from tests.support.workbook import Formula, write_workbook

MAPPING = 'format = "mapping/1"\n[source]\nsystem = "list"\n'
FIELDS = '[fields]\nid = "x:{Nr}"\ntitle = "{Titel}"\n'
HEAD = ["Nr", "Titel"]


def read(path: Path, text: str = "", fields: str = FIELDS) -> FileReading:
    mapping = path.with_name("m.toml")
    mapping.write_text(MAPPING + text + fields, encoding="utf-8")
    return read_file(path, mapping=mapping)


def titles(reading: FileReading) -> dict[str, str | None]:
    assert not reading.refusals
    return {work.id: work.title for work in reading.interventions}


def csv_file(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def xlsx(folder: Path, rows: list[list[Any]], **more: Any) -> Path:
    return write_workbook(folder / "a.xlsx", {"Blad1": rows}, **more)


# --- CSV ---


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f"Nr{delimiter}Titel\n1{delimiter}Straat\n2{delimiter}Plein\n"
    assert titles(read(csv_file(tmp_path, text))) == {"x:1": "Straat", "x:2": "Plein"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    content = "Nr;Titel\n1;Café België\n".encode(encoding)
    assert titles(read(csv_file(tmp_path, content))) == {"x:1": "Café België"}


def test_the_header_is_found_below_titles_and_blank_lines(tmp_path: Path) -> None:
    text = "Meerjarenplanning;\nPeildatum: 1-1-2026;\n;\nNr;Titel\n1;a\n"
    reading = read(csv_file(tmp_path, text))
    assert titles(reading) == {"x:1": "a"}


def test_a_header_that_is_repeated_on_every_page_is_no_row(tmp_path: Path) -> None:
    assert titles(read(csv_file(tmp_path, "Nr;Titel\n1;a\nNr;Titel\n2;b\n"))) == {
        "x:1": "a",
        "x:2": "b",
    }


def test_quotes_hold_separators_line_ends_and_quotes(tmp_path: Path) -> None:
    text = 'Nr;Titel\n1;"a; ""b""\nc"\n2;d\n'
    assert titles(read(csv_file(tmp_path, text))) == {"x:1": 'a; "b" c', "x:2": "d"}


def test_a_row_with_more_cells_than_the_header_is_refused_alone(tmp_path: Path) -> None:
    reading = read(csv_file(tmp_path, "Nr;Titel\n1;a;b\n2;c\n"))
    assert [work.id for work in reading.interventions] == ["x:2"]
    (refusal,) = reading.refusals
    assert refusal.path == "row 2"
    assert refusal.came == "3 cells"


def test_a_row_with_a_stray_quote_is_refused_alone(tmp_path: Path) -> None:
    reading = read(csv_file(tmp_path, 'Nr;Titel\n1;"a"b\n2;c\n'))
    assert [work.id for work in reading.interventions] == ["x:2"]
    assert reading.refusals[0].path == "row 2"


def test_a_quote_that_never_closes_says_where_it_opened(tmp_path: Path) -> None:
    reading = read(csv_file(tmp_path, 'Nr;Titel\n1;a\n2;"b\n3;c\n'))
    assert [work.id for work in reading.interventions] == ["x:1"]
    assert "line 3 and never closes" in reading.refusals[0].came


def test_a_short_row_has_empty_cells(tmp_path: Path) -> None:
    assert titles(read(csv_file(tmp_path, "Nr;Titel\n1\n"))) == {"x:1": None}


def test_a_row_without_a_key_is_refused_with_its_column(tmp_path: Path) -> None:
    (refusal,) = read(csv_file(tmp_path, "Nr;Titel\n;a\n")).refusals
    assert refusal.path == "row 2, column 'Nr'"
    assert refusal.reason is RejectReason.MISSING_FIELD


def test_a_long_outline_in_one_cell_is_read(tmp_path: Path) -> None:
    points = ", ".join(f"{155000 + i / 10} {463000 + i % 5}" for i in range(20_000))
    path = csv_file(tmp_path, f'Nr;W\n1;"LINESTRING ({points})"\n')
    reading = read(path, fields='[fields]\nid = "x:{Nr}"\n[geometry]\nwkt = "W"\n')
    assert len(list(reading.interventions[0].geometry.positions())) == 20_000  # type: ignore[union-attr]


def test_a_list_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Nr;Titel\n1;a\n2;b\n3;c\n")
    reading = read(path, "[reader]\nmax_rows = 2\n")
    assert reading.refusals[0].reason is RejectReason.TOO_LARGE
    assert len(reading.interventions) == 2


# --- XLSX ---


def test_real_days_numbers_and_truths_are_read(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path,
        [["Nr", "Begin", "Eind", "K", "O"], [7, date(2028, 3, 1), date(2028, 6, 30), 12.5, True]],
    )
    fields = (
        '[fields]\nid = "x:{Nr}"\nwindow.start = "{Begin}"\nwindow.end = "{Eind}"\n'
        'cost_cents = { column = "K", unit = "thousand_euro" }\nopens_surface = "{O}"\n'
    )
    (work,) = read(path, fields=fields).interventions
    assert work.id == "x:7"
    assert work.window is not None
    assert (str(work.window.start), str(work.window.end)) == ("2028-03-01", "2028-07-01")
    assert (work.cost_cents, work.opens_surface) == (1_250_000, True)


def test_a_formula_has_the_value_it_was_saved_with(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEAD, [Formula("1+1", 2), "=1+1"]])
    assert titles(read(path)) == {"x:2": "=1+1"}


def test_a_header_of_two_rows_joins_merged_cells(tmp_path: Path) -> None:
    rows = [["Werk", None, "Plan"], ["Nr", "Titel", "Jaar"], [1, "a", 2028]]
    path = xlsx(tmp_path, rows, merged={"Blad1": ["A1:B1"]})
    fields = '[fields]\nid = "x:{Werk / Nr}"\nwindow = "{Plan / Jaar}"\n'
    (work,) = read(path, "[reader]\nheader_rows = 2\n", fields).interventions
    assert str(work.window.start) == "2028"  # type: ignore[union-attr]


def test_merged_cells_in_the_rows_are_filled_down_where_the_mapping_says(tmp_path: Path) -> None:
    rows = [["Wijk", "Nr"], ["Bomen", 1], [None, 2], ["Rivieren", 3]]
    fields = '[fields]\nid = "x:{Nr}"\ntitle = "{Wijk}"\n'
    reading = read(xlsx(tmp_path, rows), '[reader]\nfill_down = ["Wijk"]\n', fields)
    assert titles(reading) == {"x:1": "Bomen", "x:2": "Bomen", "x:3": "Rivieren"}


def test_the_sheet_with_the_columns_is_chosen_and_hidden_ones_are_not(tmp_path: Path) -> None:
    sheets = {"Uitleg": [["Lees mij"]], "Oud": [HEAD, [9, "oud"]], "Plan": [HEAD, [1, "a"]]}
    path = write_workbook(tmp_path / "a.xlsx", sheets, hidden=["Oud"])
    assert titles(read(path)) == {"x:1": "a"}
    assert titles(read(path, '[reader]\nsheet = "Oud"\n')) == {"x:9": "oud"}


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEAD])
    with pytest.raises(ConfigurationError, match=r"came 'Plan'; expected one of Blad1"):
        read(path, '[reader]\nsheet = "Plan"\n')


def test_a_wrong_reader_option_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"reader\.header_row: came 0"):
        read(xlsx(tmp_path, [HEAD]), "[reader]\nheader_row = 0\n")


# --- files of another kind, hostile ones ---


@pytest.mark.parametrize(
    ("name", "content", "came"),
    [
        ("a.csv", b"", "an empty file"),
        ("a.csv", b"PK\x03\x04rest", "a zip or spreadsheet file"),
        ("a.csv", b"%PDF-1.7", "a PDF"),
        ("a.csv", b"<!doctype html><title>502</title>", "an HTML or XML page"),
        ("a.csv", b'{"type": "FeatureCollection"}', "JSON"),
        ("a.csv", b"Nr;Titel\n1;\x00\x01\x02", "a binary file"),
        ("a.xlsx", b"Nr;Titel\n1;a\n", "no workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "old .xls"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, came: str
) -> None:
    reading = read(csv_file(tmp_path, content, name))
    assert reading.interventions == ()
    (refusal,) = reading.refusals
    assert came in refusal.came
    assert refusal.file.endswith(name)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEAD, [1, "a"]])
    path.write_bytes(path.read_bytes()[:-200])
    assert read(path).refusals[0].reason is RejectReason.UNREADABLE


def test_a_zip_bomb_is_refused_before_it_unfolds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.tabular import spreadsheet

    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED_BYTES", 1 << 20)
    path = xlsx(tmp_path, [HEAD])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"\0" * (2 << 20))
    assert path.stat().st_size < 10_000
    (refusal,) = read(path).refusals
    assert refusal.reason is RejectReason.TOO_LARGE


def test_one_cell_in_the_last_corner_does_not_unfold_a_sheet(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEAD, [1, "a"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", corner)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    (refusal,) = read(path).refusals
    assert refusal.reason is RejectReason.TOO_LARGE
    assert "row 1048576" in refusal.came


def test_a_file_that_is_gone_may_come_back(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MAPPING + FIELDS)
    with pytest.raises(RetryableError, match=r"gone\.csv"):
        read_file(tmp_path / "gone.csv", mapping=tmp_path / "m.toml")


# --- which mapping ---


def test_a_mapping_beside_the_file_is_found(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Nr;Titel\n1;a\n", "plan.csv")
    (tmp_path / "plan.mapping.toml").write_text(MAPPING + FIELDS)
    assert titles(read_file(path)) == {"x:1": "a"}


def test_a_file_without_any_mapping_says_how_to_give_one(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Nr;Titel\n1;a\n", "plan.csv")
    with pytest.raises(ConfigurationError, match="--mapping"):
        read_file(path)


def test_an_extension_that_nobody_reads_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"came a \.docx file; expected .*\.xlsx"):
        read_file(csv_file(tmp_path, "x", "plan.docx"))


def test_a_mapping_that_does_not_fit_the_header_names_every_column(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(csv_file(tmp_path, "Nummer;Omschrijving\n1;a\n"))
    assert "column 'Nr'" in str(caught.value)
    assert "column 'Titel'" in str(caught.value)


def test_a_file_that_breaks_off_half_way_is_no_complete_snapshot(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'Nr;Titel\n1;a\n2;"b\n')
    (tmp_path / "m.toml").write_text(MAPPING + FIELDS)
    connector = find_connector("tabular")
    settings = validated_settings(connector, {"path": path, "mapping": tmp_path / "m.toml"})
    with pytest.raises(RejectedRecordError):
        list(connector.open_source(settings).rows())
