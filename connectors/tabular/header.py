"""Finds the header of a table: lists begin with titles, dates and remarks above it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

LOOKED_AT_ROWS = 40
MAX_MERGED_IN_A_ROW = 1_000
"""Merged ranges of one header row that are looked at; no list has more."""

Merged = tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """One row with its number as a person sees it."""

    number: int
    cells: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns in their order, and the number of the row they end in."""

    names: tuple[str, ...]
    last_row: int

    def found(self, wanted: Collection[str]) -> int:
        """Return how many of the wanted columns are there."""
        return len(set(self.names) & set(wanted))


def find_header(
    first_rows: Sequence[NumberedRow],
    wanted: Collection[str],
    *,
    row: int | None = None,
    rows: int = 1,
    merged: Merged = (),
) -> Header | None:
    """Return the header among the first rows: at `row`, else where most wanted columns stand.

    `rows` is how many rows make it up. None when there is no row at all.
    """
    candidates = [
        _header(first_rows[i : i + rows], merged)
        for i in range(len(first_rows) - rows + 1)
        if row is None or first_rows[i].number == row
    ]
    return max(candidates, key=lambda header: header.found(wanted), default=None)


def _header(rows: Sequence[NumberedRow], merged: Merged) -> Header:
    width = max(len(row.cells) for row in rows)
    covered = [_covered(row, width, merged) for row in rows]
    names: list[str] = []
    taken = _Taken()
    for column in range(width):
        parts: list[str] = []
        for row, covers in zip(rows, covered, strict=True):
            part = _text(_spanned(row, column, covers))
            if part and part not in parts:
                parts.append(part)
        names.append(taken.unique(" / ".join(parts) or f"column {_letters(column)}"))
    return Header(tuple(names), rows[-1].number)


def _covered(row: NumberedRow, width: int, merged: Merged) -> dict[int, int]:
    """Return which cell of a row stands for which others, by their columns."""
    here = (
        (left, right)
        for (top, left), (bottom, right) in merged
        if top <= row.number - 1 <= bottom and left < len(row.cells)
    )
    covers: dict[int, int] = {}
    for left, right in islice(here, MAX_MERGED_IN_A_ROW):
        for column in range(left + 1, min(right + 1, width)):
            covers.setdefault(column, left)
    return covers


def _spanned(row: NumberedRow, column: int, covers: Mapping[int, int]) -> Any:
    """Return a cell, or the one whose merged range covers it."""
    if column < len(row.cells) and _text(row.cells[column]):
        return row.cells[column]
    return row.cells[covers[column]] if column in covers else ""


class _Taken:
    """Gives names that were not given before."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._last: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """Return the name, or the name with the first number that is free."""
        unique, number = name, self._last.get(name, 1)
        while unique in self._names:
            number += 1
            unique = f"{name} ({number})"
        self._last[name] = number
        self._names.add(unique)
        return unique


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split())


def _letters(index: int) -> str:
    """Return the letters spreadsheets give a column, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
