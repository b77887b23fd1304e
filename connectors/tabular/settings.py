"""Settings of the tabular connector, and how its mapping says the table is to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hub.connect.api import FieldMapping, FileSettings, SettingsPart, reader_options

MAX_ROWS = 1_000_000


class Settings(FileSettings):
    """One list in one file; there is no reading it without a mapping."""

    mapping: Path = Field(description="the mapping file")


class ReaderOptions(SettingsPart):
    """The `[reader]` section of a mapping: what cannot be seen from the file itself.

    Rows are counted from 1, as spreadsheets show them.
    """

    sheet: str | None = Field(default=None, description="default: the first with the columns")
    header_row: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="default: the row that has most of the mapped columns"
    )
    header_rows: Annotated[int, Field(ge=1, le=5)] = Field(
        default=1, description="rows that make up the header; their names are joined by ' / '"
    )
    delimiter: Literal[";", ",", "\t", "|"] | None = None
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"] | None = None
    fill_down: tuple[str, ...] = Field(
        default=(), description="columns in which an empty cell repeats the one above (merged)"
    )
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS


def options_of(mapping: FieldMapping) -> ReaderOptions:
    """Return the reader options of a mapping, or raise ConfigurationError with its mistakes."""
    return reader_options(mapping, ReaderOptions)
