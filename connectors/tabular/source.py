"""Reads a list in CSV or XLSX, row by row, once its header is found."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from connectors.tabular.header import LOOKED_AT_ROWS, Header, Merged, NumberedRow, find_header
from connectors.tabular.settings import ReaderOptions, Settings, options_of
from connectors.tabular.spreadsheet import read_sheets
from hub.connect.api import FieldMapping, SourceRow, read_lines
from hub.errors import Refusal, RejectedRecordError, RejectReason

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")


class Table:
    """One list in a file, with its header found."""

    def __init__(self, path: Path, mapping: FieldMapping) -> None:
        self._path = path
        self._mapping = mapping
        self._options = options_of(mapping)

    def columns(self) -> tuple[str, ...]:
        """Return the names in the header."""
        return self._open()[0].names

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield the rows below the header; blank rows and repeated headers are left out."""
        header, rows = self._open()
        filled: dict[int, Any] = {}
        fill = [header.names.index(n) for n in self._options.fill_down if n in header.names]
        for count, row in enumerate(rows, start=1):
            if count > self._options.max_rows:
                raise self._too_many()
            if isinstance(row, Refusal):
                yield row
            elif not _repeats(header, row):
                yield self._row(header, row, fill, filled)

    def _row(
        self, header: Header, row: NumberedRow, fill: list[int], filled: dict[int, Any]
    ) -> SourceRow | Refusal:
        where = f"row {row.number}"
        cells = list(row.cells)
        width = len(header.names)
        if any(_says_something(cell) for cell in cells[width:]):
            return Refusal(
                where,
                f"{len(cells)} cells",
                f"{width}, as the header has; a text with the separator in it needs quotes",
            )
        cells = cells[:width] + [None] * (width - len(cells))
        for index in fill:
            if _says_something(cells[index]):
                filled[index] = cells[index]
            else:
                cells[index] = filled.get(index)
        fields = dict(zip(header.names, cells, strict=True))
        key = self._mapping.key_of(fields)
        if key is None and self._mapping.is_work(fields):
            return Refusal(
                f"{where}, {self._mapping.key_columns}",
                "nothing",
                "what identifies the row; or leave such rows out with rows.skip in the mapping",
                reason=RejectReason.MISSING_FIELD,
            )
        return SourceRow(key or "", where, fields)

    def _open(self) -> tuple[Header, Iterator[NumberedRow | Refusal]]:
        """Return the header and the rows below it."""
        if self._path.suffix.lower() in WORKBOOK_SUFFIXES:
            return self._open_workbook()
        lines = _delimited(self._path, self._options)
        return self._begun(lines, ())

    def _open_workbook(self) -> tuple[Header, Iterator[NumberedRow | Refusal]]:
        """Return the named sheet, else the one that has most of the mapped columns."""
        best: tuple[Header, Iterator[NumberedRow | Refusal]] | None = None
        for sheet in read_sheets(self._path, self._options.sheet):
            rows = (
                NumberedRow(number, cells)
                for number, cells in enumerate(sheet.rows, start=1)
                if any(_says_something(cell) for cell in cells)
            )
            if not sheet.rows:
                continue
            begun = self._begun(rows, sheet.merged)
            if best is None or self._found(begun[0]) > self._found(best[0]):
                best = begun
        if best is None:
            raise self._without_rows()
        return best

    def _found(self, header: Header) -> int:
        return header.found(self._mapping.columns)

    def _begun(
        self, rows: Iterator[NumberedRow | Refusal], merged: Merged
    ) -> tuple[Header, Iterator[NumberedRow | Refusal]]:
        first, broken = _taken(rows, max(LOOKED_AT_ROWS, self._options.header_row or 0))
        header = find_header(
            [row for row in first if isinstance(row, NumberedRow)],
            self._mapping.columns,
            row=self._options.header_row,
            rows=self._options.header_rows,
            merged=merged,
        )
        if header is None:
            raise broken or self._without_rows()
        below = (row for row in first if isinstance(row, Refusal) or row.number > header.last_row)
        return header, chain(below, rows if broken is None else _breaking_off(broken))

    def _without_rows(self) -> RejectedRecordError:
        row = self._options.header_row
        came = "nothing" if row is None else f"nothing in row {row}"
        expected = "a header with the names of the columns"
        return RejectedRecordError(
            Refusal("", came, expected, str(self._path), RejectReason.UNREADABLE)
        )

    def _too_many(self) -> RejectedRecordError:
        limit = self._options.max_rows
        expected = f"at most {limit} rows; set reader.max_rows if it is meant"
        came = f"more than {limit} rows"
        return RejectedRecordError(
            Refusal("", came, expected, str(self._path), RejectReason.TOO_LARGE)
        )


def open_source(settings: Settings) -> Table:
    """Return the list that the settings name.

    :raises ConfigurationError: if the mapping is wrong
    """
    return Table(settings.path, settings.needed_mapping)


def _taken(
    rows: Iterator[NumberedRow | Refusal], count: int
) -> tuple[list[NumberedRow | Refusal], RejectedRecordError | None]:
    """Return the first rows, and the error of a file that breaks off among them."""
    first: list[NumberedRow | Refusal] = []
    try:
        first.extend(islice(rows, count))
    except RejectedRecordError as error:
        return first, error
    return first, None


def _breaking_off(error: RejectedRecordError) -> Iterator[NumberedRow | Refusal]:
    """Yield nothing and break off, where the file does."""
    yield from ()
    raise error


def _delimited(path: Path, options: ReaderOptions) -> Iterator[NumberedRow | Refusal]:
    for line in read_lines(path, delimiter=options.delimiter, encoding=options.encoding):
        if line.problem:
            expected = "a row of cells; quotes inside a quoted cell are doubled"
            yield Refusal(
                f"row {line.number}", line.problem, expected, reason=RejectReason.UNREADABLE
            )
        else:
            yield NumberedRow(line.number, line.cells)


def _repeats(header: Header, row: NumberedRow) -> bool:
    """Tell whether a row is the header again, as printed lists have on every page."""
    return tuple(str(cell).strip() for cell in row.cells[: len(header.names)]) == header.names


def _says_something(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
