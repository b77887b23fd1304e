"""XLSX workbooks: opened only after a look at the zip directory and at the furthest cell.

A few kilobytes can unfold to gigabytes, in the zip or as one cell in the last corner of a sheet
that is otherwise empty; both are refused before the reader allocates anything for them. Formulas
are not evaluated: a cell has the value that was computed when the file was saved.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from hub.connect.api import cannot_open, file_problem
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason, quoted

MAX_UNPACKED_BYTES = 512 << 20
MAX_PARTS = 5_000
MAX_CELLS = 10_000_000
"""Cells in the rectangles around everything written in each sheet: the reader keeps all of them."""
EXPECTED = "an Excel workbook (.xlsx) that is not protected"

_CHUNK_BYTES = 1 << 18
_MAX_TAG_BYTES = 1 << 16
_LONGEST_NAME = 50
_LOCAL_HEADER_BYTES = 30
_SHEET = b"sheetData"
_NAME = rb"<(?:\w{1,40}:)?(c|row)(?=[\s/>])"
_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(_NAME + b"(" + _ATTRIBUTES + b")>")
_BEGUN_TAG = re.compile(_NAME + _ATTRIBUTES + rb"""(?:"[^"]*|'[^']*)?\Z""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,4})(\d{1,9})["']""")
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
            with zipfile.ZipFile(stream) as archive:
                parts = archive.infolist()
            _check_parts(path, parts)
            cells = 0
            for part in parts:
                cells += _cells_in(path, part, _unpacked(stream, part))
                if cells > MAX_CELLS:
                    raise _too_many_cells(path, f"sheets of {cells} cells together")
    except OSError as error:
        raise cannot_open(path, error) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
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


def _unpacked(stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a part really unfolds to.

    The directory may say less than that, and the reader of workbooks believes the data.

    :raises zipfile.BadZipFile: if it is not as the directory says
    """
    stream.seek(part.header_offset + _LOCAL_HEADER_BYTES - 4)
    name, extra = struct.unpack("<HH", stream.read(4))
    stream.seek(name + extra, io.SEEK_CUR)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    packed_left, left = part.compress_size, part.file_size
    while packed_left > 0 and (packed := stream.read(min(packed_left, _CHUNK_BYTES))):
        packed_left -= len(packed)
        while packed:
            if part.compress_type == zipfile.ZIP_STORED:
                chunk, packed = packed, b""
            elif part.compress_type == zipfile.ZIP_DEFLATED:
                chunk = inflate.decompress(packed, _CHUNK_BYTES)
                packed = inflate.unconsumed_tail
            else:
                raise zipfile.BadZipFile(f"compression {part.compress_type}")
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile("more than the directory says")
            yield chunk


def _cells_in(path: Path, part: zipfile.ZipInfo, chunks: Iterable[bytes]) -> int:
    """Return how many cells a sheet makes its reader keep; nothing for a part that is no sheet.

    That is the rectangle around all of them. A cell that does not say where it stands follows the
    one before it.
    """
    size = _Size()
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        if not size.is_sheet and _SHEET in text:
            size.is_sheet = True
        if size.is_sheet:
            rest = size.take(text)
            if len(rest) > _MAX_TAG_BYTES:
                raise _unreadable(path, f"{part.filename} with a tag of more than 64 KiB")
            if size.cells > MAX_CELLS:
                raise _too_many_cells(path, f"{part.filename} {size.shown}")
        else:
            rest = text[-len(_SHEET) :]
    return size.cells


@dataclass(slots=True)
class _Size:
    """How far a sheet reaches, as its tags come by."""

    is_sheet: bool = False
    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0

    @property
    def cells(self) -> int:
        return self.last_row * self.last_column

    @property
    def shown(self) -> str:
        return f"with a cell in row {self.last_row} and one in column {self.last_column}"

    def take(self, text: bytes) -> bytes:
        """Look at the tags of a piece of XML and return the rest that may be half a tag."""
        end = 0
        for match in _TAG.finditer(text):
            end = match.end()
            place = _PLACE.search(match[2])
            if match[1] == b"row":
                self.row = self.row + 1 if place is None or place[1] else int(place[2])
                self.column = 0
                self.last_row = max(self.last_row, self.row)
                continue
            if place is None or not place[1]:
                self.column += 1
            else:
                self.column = _column_number(place[1].upper())
                self.last_row = max(self.last_row, int(place[2]))
            self.last_column = max(self.last_column, self.column)
        begun = _BEGUN_TAG.search(text, end)
        return text[max(end, len(text) - _LONGEST_NAME) :] if begun is None else begun[0]


def _too_many_cells(path: Path, came: str) -> RejectedRecordError:
    expected = f"at most {MAX_CELLS} cells around everything written; remove stray cells"
    return _too_large(path, came, expected)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _unreadable(path: Path, came: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, EXPECTED, str(path), RejectReason.UNREADABLE))


def _too_large(path: Path, came: str, expected: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, expected, str(path), RejectReason.TOO_LARGE))
