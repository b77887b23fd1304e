"""XLSX workbooks: opened only after a look at the zip directory and at the furthest cell.

A few kilobytes can unfold to gigabytes, in the zip or as one cell in the last corner of a sheet
that is otherwise empty; both are refused before the reader allocates anything for them. Formulas
are not evaluated: a cell has the value that was computed when the file was saved.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from hub.connect.api import cannot_open, file_problem
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason, quoted

MAX_UNPACKED_BYTES = 1 << 30
MAX_PARTS = 5_000
MAX_CELLS = 20_000_000
"""Cells in the rectangle around everything written in one sheet; the reader keeps all of them."""
EXPECTED = "an Excel workbook (.xlsx) that is not protected"

_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 64
_CELL = re.compile(rb'<(?:\w+:)?c [^>]{0,40}?\br="([A-Z]{1,4})(\d{1,9})"')
_ROW = re.compile(rb'<(?:\w+:)?row [^>]{0,40}?\br="(\d{1,9})"')
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its rows of cells, and the merged ranges as (row, column) corners."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()


def read_sheets(path: Path, name: str | None) -> Iterator[Sheet]:
    """Yield the sheet of a name, or all that are visible, in their order.

    :raises RejectedRecordError: if the file is no workbook, or would unfold to an absurd size
    :raises ConfigurationError: if there is no sheet of that name
    :raises RetryableError: if it cannot be opened now
    """
    check_size(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        if name is not None and name not in names:
            raise ConfigurationError(
                f"{path}: reader.sheet: came {quoted(name)}; expected one of {', '.join(names)}"
            )
        hidden = {
            item.name
            for item in workbook.sheets_metadata
            if item.visible is not SheetVisibleEnum.Visible
        }
        for sheet_name in [name] if name is not None else [n for n in names if n not in hidden]:
            sheet = workbook.get_sheet_by_name(sheet_name)
            rows = list(sheet.iter_rows())
            yield Sheet(sheet_name, rows, tuple(sheet.merged_cell_ranges or ()))
    except PasswordError as error:
        raise _unreadable(path, "a workbook with a password") from error
    except CalamineError as error:
        raise _unreadable(path, f"a damaged workbook ({str(error)[:120]})") from error
    except OSError as error:
        raise cannot_open(path, error) from error


def check_size(path: Path) -> None:
    """Refuse a file that is no workbook or that would unfold beyond the limits.

    :raises RejectedRecordError: with what it would unfold to
    :raises RetryableError: if it cannot be opened now
    """
    problem = file_problem(path)
    if problem is not None:
        raise RejectedRecordError(problem)
    try:
        with path.open("rb") as stream:
            if stream.read(len(_OLE)) == _OLE:
                raise _unreadable(path, "an old .xls workbook, or one with a password")
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_parts(path, parts)
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    _check_cells(path, archive, part)
    except OSError as error:
        raise cannot_open(path, error) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(path, "a file that is no workbook, or a damaged one") from error


def _check_parts(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise _too_large(
            path,
            f"a workbook of {len(parts)} parts and {unpacked >> 20} MiB unpacked",
            f"at most {MAX_PARTS} parts and {MAX_UNPACKED_BYTES >> 20} MiB",
        )
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise _unreadable(path, "a zip file that is no workbook")


def _check_cells(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose furthest cell makes a rectangle that is too large to hold."""
    last_row = last_column = 0
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            text = rest + chunk
            for match in _CELL.finditer(text):
                last_column = max(last_column, _column_number(match[1]))
                last_row = max(last_row, int(match[2]))
            for match in _ROW.finditer(text):
                last_row = max(last_row, int(match[1]))
            rest = text[-_OVERLAP_BYTES:]
    if last_row * last_column > MAX_CELLS:
        raise _too_large(
            path,
            f"{part.filename} with a cell in row {last_row} and one in column {last_column}",
            f"at most {MAX_CELLS} cells around everything written; remove stray cells",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unreadable(path: Path, came: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, EXPECTED, str(path), RejectReason.UNREADABLE))


def _too_large(path: Path, came: str, expected: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, expected, str(path), RejectReason.TOO_LARGE))
