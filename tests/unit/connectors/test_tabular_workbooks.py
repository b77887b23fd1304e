"""What a workbook unfolds to is measured before it is read, and honest ones are left alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from connectors.tabular import spreadsheet
from connectors.tabular.header import MAX_MERGED_IN_A_ROW, NumberedRow, find_header
from connectors.tabular.spreadsheet import check_size, read_sheets
from hub.errors import RejectedRecordError
from tests.support.workbook import write_workbook

ROWS = [["Nr", "Straat"], ["1", "Lindestraat"], ["2", "Kerkstraat"]]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "plan.xlsx", {"Blad1": ROWS})


def rewritten(path: Path, *, stored: bool = False, without_places: bool = False) -> Path:
    """Write the same workbook as another program might."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    if without_places:
        name = "xl/worksheets/sheet1.xml"
        for place in ("A1", "B1", "A2", "B2", "A3", "B3", "1", "2", "3"):
            parts[name] = parts[name].replace(f' r="{place}"', "")
    with path.open("wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, text, kind)
    return path


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("without_places", [False, True])
def test_a_workbook_is_read_however_it_was_packed(
    workbook: Path, stored: bool, without_places: bool
) -> None:
    rewritten(workbook, stored=stored, without_places=without_places)

    (sheet,) = read_sheets(workbook, None)

    assert sheet.rows == ROWS


@pytest.mark.parametrize("without_places", [False, True])
def test_cells_are_counted_as_the_rectangle_around_them(
    workbook: Path, monkeypatch: pytest.MonkeyPatch, without_places: bool
) -> None:
    rewritten(workbook, without_places=without_places)
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 6)
    check_size(workbook)

    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 5)
    with pytest.raises(RejectedRecordError, match="row 3 and one in column 2"):
        check_size(workbook)


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 1000])
def test_where_the_reading_is_cut_into_pieces_counts_the_same(
    workbook: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(spreadsheet, "_CHUNK_BYTES", chunk)
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 5)

    with pytest.raises(RejectedRecordError, match="row 3 and one in column 2"):
        check_size(workbook)


def test_a_wide_header_of_one_name_is_named_in_a_moment() -> None:
    row = NumberedRow(1, ["naam"] * 16_000)

    header = find_header([row], ["naam"])

    assert header is not None
    assert header.names[:3] == ("naam", "naam (2)", "naam (3)")
    assert len(set(header.names)) == 16_000


def test_merged_ranges_without_end_are_not_all_looked_at() -> None:
    merged = (((0, 0), (0, 15_000)),) * (100 * MAX_MERGED_IN_A_ROW)

    header = find_header([NumberedRow(1, ["naam", ""])], ["naam"], merged=merged)

    assert header is not None
    assert header.names == ("naam", "naam (2)")
