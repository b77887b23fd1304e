"""The mapping file: TOML that says how the columns of one source become fields of the model.

Only its form is here; `field_mapping` compiles it. Every mistake is named with its key, all of them
at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.connect.cells import DecimalHabit
from hub.contracts.toml_text import BrokenTomlError, load_toml
from hub.errors import ConfigurationError, quoted
from hub.model.vocabulary import Classification

MAX_MAPPING_BYTES = 4 * 1024 * 1024
MAX_PROBLEMS = 50
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

Constant = str | bool | int | float
Unit = Literal["euro", "thousand_euro", "million_euro", "cents", "days", "weeks", "m", "cm", "mm"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Section):
    """How one value is made: from a column, a template of columns, or a constant."""

    column: str | None = None
    template: str | None = None
    constant: Constant | tuple[str, ...] | None = None
    default: Constant | None = Field(default=None, description="where the cell is empty")
    codes: dict[str, Constant] | None = Field(
        default=None, description="the source's words to the model's"
    )
    otherwise: Constant | None = Field(
        default=None, description="for a word that is not among the codes"
    )
    unit: Unit | None = None
    none: tuple[str, ...] = Field(default=(), description="words that say: known to be none")
    unknown: tuple[str, ...] = Field(default=(), description="words that say: not known")
    split: str | None = Field(default=None, min_length=1, description="separator of several values")
    end_day: Literal["last_day", "first_free_day"] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Rule:
        origins = [self.column, self.template, self.constant]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("expected exactly one of column, template and constant")
        if self.otherwise is not None and self.codes is None:
            raise ValueError("otherwise is for words that are not among the codes; expected codes")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns it reads."""
        if self.column is not None:
            return (self.column,)
        return tuple(PLACEHOLDER.findall(self.template or ""))


class SourceSection(_Section):
    """Which system the rows come from, and who may see them."""

    system: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,120}$")]
    classification: Classification | None = None


class CellsSection(_Section):
    """How cells are written where that cannot be seen from a cell."""

    decimal: DecimalHabit = "auto"
    day_first: bool = True
    short_years: bool = False
    timezone: str = "Europe/Amsterdam"
    end_day: Literal["last_day", "first_free_day"] = "last_day"
    unknown: tuple[str, ...] = Field(default=(), description="words that stand for an empty cell")


class RowFilter(_Section):
    """Rows by the words in one column; `is` is compared without case."""

    column: str
    words: tuple[str, ...] = Field(alias="is")


class RowsSection(_Section):
    """Which rows are works, what identifies them, and where their reasons stand."""

    key: str | None = Field(
        default=None, description="template of the stable key; default: that of the id"
    )
    cause: str | None = Field(default=None, description="template of why the plan is as it is")
    skip: tuple[RowFilter, ...] = ()
    only: tuple[RowFilter, ...] = ()


class LookupSection(_Section):
    """A second file that has the geometry: CSV or GeoJSON, found by a key."""

    file: Path
    key: str = Field(description="the column or property of that file with the key")
    by: str = Field(description="template of the key in the row, such as {Straatcode}")
    wkt: str | None = None
    x: str | None = None
    y: str | None = None
    missing: Literal["refuse", "unknown"] = "refuse"

    @model_validator(mode="after")
    def _one_form(self) -> LookupSection:
        if (self.x is None) != (self.y is None) or (self.wkt is not None and self.x is not None):
            raise ValueError("expected wkt, or x and y, or neither for a GeoJSON file")
        return self


class GeometrySection(_Section):
    """Where the geometry of a row stands, and in which CRS."""

    wkt: str | None = None
    x: str | None = None
    y: str | None = None
    geojson: str | None = None
    lookup: LookupSection | None = None
    crs: str | None = None
    axis_order: Literal["xy", "yx"] = "xy"
    abroad: bool = False
    unknown: tuple[str, ...] = Field(default=(), description="texts that stand for no geometry")

    @model_validator(mode="after")
    def _one_form(self) -> GeometrySection:
        if (self.x is None) != (self.y is None):
            raise ValueError("expected x and y together")
        given = (self.wkt, self.x, self.geojson, self.lookup)
        if sum(item is not None for item in given) != 1:
            raise ValueError("expected exactly one of wkt, x and y, geojson and lookup")
        return self


class RecogniseSection(_Section):
    """By which columns a file is known to be of this kind, without a mapping being named."""

    columns: tuple[str, ...] = Field(min_length=1)


class MappingFile(_Section):
    """The whole file; `fields` mirrors the model and `reader` is for the connector."""

    format: Literal["mapping/1"]
    title: str = ""
    source: SourceSection
    cells: CellsSection = CellsSection()
    rows: RowsSection = RowsSection()
    fields: dict[str, Any]
    geometry: GeometrySection | None = None
    recognise: RecogniseSection | None = None
    reader: dict[str, Any] = Field(default_factory=dict)


def read_mapping_file(path: Path) -> MappingFile:
    """Return a mapping file.

    :raises ConfigurationError: with everything that is wrong in its form
    """
    try:
        size = path.stat().st_size
        if size > MAX_MAPPING_BYTES:
            raise ConfigurationError(
                f"mapping {path}: came {size} bytes; expected a TOML mapping file; name that file"
            )
        value = load_toml(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(
            f"mapping {path}: came {error.strerror or error}; expected a TOML file that can be read"
        ) from error
    except (UnicodeDecodeError, BrokenTomlError) as error:
        raise ConfigurationError(
            f"mapping {path}: came {str(error)[:200]}; expected TOML in UTF-8; correct that line"
        ) from error
    try:
        return MappingFile.model_validate(value)
    except ValidationError as error:
        raise problems_error(path, validation_problems(error)) from None


def problems_error(path: Path, problems: Iterable[str]) -> ConfigurationError:
    """Return one error with every mistake in a mapping file, a line each."""
    lines = list(problems)
    shown = lines[:MAX_PROBLEMS]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more")
    return ConfigurationError("\n  ".join([f"mapping {path}: correct these keys:", *shown]))


def validation_problems(error: ValidationError, *, prefix: str = "") -> Iterator[str]:
    """Yield one line per mistake: the key, what came, what was expected."""
    for item in error.errors(include_url=False):
        parts = [str(part) for part in item["loc"] if not str(part).startswith("function-")]
        key = ".".join(filter(None, [prefix, *parts])) or "(the file)"
        if item["type"] == "extra_forbidden":
            yield f"{key}: an unknown key; expected one that the description of mappings names"
        elif item["type"] == "missing":
            yield f"{key}: came nothing; expected a value"
        elif item["type"] == "value_error":
            yield f"{key}: {item['msg'].removeprefix('Value error, ')}"
        else:
            yield f"{key}: came {quoted(item['input'])}; expected {_lower(item['msg'])}"


def _lower(message: str) -> str:
    text = re.sub(r"^Input should be (?:a valid )?", "", message)
    return text[:1].lower() + text[1:]


def closest(name: str, names: Iterable[str]) -> str:
    """Return a hint at a known name that a wrong one may have meant, or nothing."""
    known = {item.casefold(): item for item in names}
    found = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {quoted(known[found[0]])}?)" if found else ""
