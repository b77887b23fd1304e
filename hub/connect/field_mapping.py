"""From the fields of a row to an intervention, as a mapping file says; nothing is evaluated.

A mapping is compiled once against the tree of the model and then only read. What a row lacks stays
unknown. Everything that is wrong in a row is told at once, with the column it stands in.

Half-known windows: the model's window has a start and an end. When a row gives only one of them
(`na 2030`, an empty end) the window stays unknown instead of getting an invented end; a mapping can
still send such a bound as `shift_room.earliest_start` or `latest_end`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from hub.connect.cells import as_text, is_empty
from hub.connect.conversion import (
    UNITS,
    CellError,
    Habits,
    Reading,
    constant_value,
    exclusive_end,
    period_of,
    shown,
    words,
)
from hub.connect.geometry import (
    GEOJSON_CRS,
    GeometryProblemError,
    Projection,
    from_geojson,
    from_wkt,
    projection,
)
from hub.connect.lookup import Lookup, load_lookup, point_of
from hub.connect.mapping_file import (
    PLACEHOLDER,
    CellsSection,
    GeometrySection,
    MappingFile,
    RowFilter,
    Rule,
    closest,
    problems_error,
    read_mapping_file,
    validation_problems,
)
from hub.connect.periods import DateHabits, read_period
from hub.connect.rows import SourceRow
from hub.connect.targets import Group, Kind, Leaf, Rows, Target, intervention_targets
from hub.contracts import json_codec
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.geometry import CRS, Geometry
from hub.model.intervention import Intervention
from hub.model.vocabulary import Classification

EACH = "each"
"""The placeholder that stands for one of several values in a cell."""


class _Empty:
    """Says nothing about a value; the key stays absent."""


_EMPTY = _Empty()
_NONE = _Empty()
"""Known to be none: an empty list, or nobody."""


@dataclass(slots=True)
class _RowState:
    """A row while it is read: its fields, what was refused, and which columns gave which value."""

    row: SourceRow
    each: str | None = None
    refusals: list[Refusal] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    origin: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def cell(self, column: str) -> Any:
        return (
            self.each if column == EACH and self.each is not None else self.row.fields.get(column)
        )

    def refuse(
        self,
        path: str,
        columns: tuple[str, ...],
        came: str,
        expected: str,
        reason: RejectReason = RejectReason.INVALID_VALUE,
    ) -> Any:
        self.refused.add(_root(path))
        where = _where(self.row.where, columns, path)
        self.refusals.append(Refusal(where, came, expected, reason=reason))
        return _EMPTY


def _root(path: str) -> str:
    """Return the field of the intervention that a path of the model lies in."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _where(row: str, columns: tuple[str, ...], path: str) -> str:
    names = ", ".join(quoted(column) for column in columns)
    column = f", column {names}" if columns else ""
    return f"{row}{column} ({path})" if path else f"{row}{column}"


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a cell comes from: one column, or a template of several."""

    rule: Rule
    columns: tuple[str, ...]
    unknown: frozenset[str]
    none: frozenset[str]

    def cell(self, state: _RowState) -> Any:
        """Return the cell, `_EMPTY` where it says nothing or `_NONE` where it says so."""
        rule = self.rule
        if rule.constant is not None:
            return rule.constant
        single = rule.column or _single_placeholder(rule.template)
        if single is not None:
            return self._plain(state.cell(single))
        text = rule.template or ""
        for column in self.columns:
            cell = self._plain(state.cell(column))
            if isinstance(cell, _Empty):
                return cell
            text = text.replace(f"{{{column}}}", " ".join(as_text(cell).split()))
        return text

    def _plain(self, cell: Any) -> Any:
        if is_empty(cell):
            return _EMPTY
        if isinstance(cell, str):
            word = normal_word(cell)
            if word in self.unknown:
                return _EMPTY
            if word in self.none:
                return _NONE
        return cell


@dataclass(frozen=True, slots=True)
class _Value:
    """A single value of the model and how it is made."""

    path: str
    origin: _Origin
    reading: Reading
    codes: Mapping[str, Any] | None = None
    otherwise: Any = _EMPTY
    default: Any = _EMPTY
    constant: Any = _EMPTY

    @property
    def is_constant(self) -> bool:
        return not isinstance(self.constant, _Empty)

    @property
    def leaf(self) -> Leaf:
        return self.reading.leaf

    def read(self, state: _RowState) -> Any:
        if self.is_constant:
            return self.constant
        cell = self.origin.cell(state)
        if cell is _EMPTY:
            return self.default
        if cell is _NONE:
            return [] if self.leaf.kind is Kind.TEXTS else None if self.leaf.nobody else _NONE
        try:
            if self.leaf.kind is Kind.TEXTS and self.origin.rule.split:
                parts = _parts(cell, self.origin.rule.split)
                return [item for part in parts for item in self._converted(part)]
            value = self._converted(cell)
        except CellError as error:
            return state.refuse(self.path, self.origin.columns, error.came, error.expected)
        return _EMPTY if value is None else value

    def _converted(self, cell: Any) -> Any:
        if self.codes is None:
            return self.reading.value(cell)
        value = self.codes.get(normal_word(as_text(cell)), self.otherwise)
        if not isinstance(value, _Empty):
            return value
        if self.leaf.kind in (Kind.PLAN_DATE, Kind.DAY, Kind.NUMBER, Kind.WHOLE):
            return self.reading.value(cell)
        raise CellError(
            shown(cell),
            f"{words(tuple(self.origin.rule.codes or ()))}; add it to codes in the mapping",
        )


@dataclass(frozen=True, slots=True)
class _PeriodValue:
    """A window or shift room that stands in one cell."""

    path: str
    origin: _Origin
    habits: DateHabits
    start: str
    end: str
    last_day: bool
    codes: Mapping[str, str]

    def read(self, state: _RowState) -> Any:
        cell = self.origin.cell(state)
        if isinstance(cell, _Empty):
            return _EMPTY
        try:
            meant = self.codes.get(normal_word(as_text(cell)), cell)
            period = period_of(meant, self.habits)
        except CellError as error:
            return state.refuse(self.path, self.origin.columns, error.came, error.expected)
        found = {
            self.start: period.start,
            self.end: exclusive_end(period.end, last_day=self.last_day),
        }
        for name in found:
            state.origin[f"{self.path}.{name}"] = self.origin.columns
        return {name: text for name, text in found.items() if text is not None} or _EMPTY


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of the model; absent when nothing of it is known."""

    path: str
    fields: Mapping[str, _Node]
    whole: bool = False

    def read(self, state: _RowState) -> Any:
        found: dict[str, Any] = {}
        for name, node in self.fields.items():
            value = node.read(state)
            if isinstance(value, _Empty):
                continue
            found[name] = value
            if isinstance(node, _Value):
                state.origin[f"{self.path}.{name}" if self.path else name] = node.origin.columns
        return found or _EMPTY


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a list, or one per value of a cell that holds several."""

    fields: _Object
    each: _Origin | None = None

    def read(self, state: _RowState) -> Iterator[Any]:
        """Yield the objects of this entry; `_NONE` where the row says there is none."""
        if self.each is None:
            yield self._one(state)
            return
        cell = self.each.cell(state)
        if isinstance(cell, _Empty):
            yield cell
            return
        for part in _parts(cell, self.each.rule.split or ";"):
            state.each = part
            yield self._one(state)
        state.each = None

    def _one(self, state: _RowState) -> Any:
        """Return one object, or nothing when a value it must have is empty in this row."""
        before = len(state.refusals)
        found: dict[str, Any] = {}
        for name, node in self.fields.fields.items():
            value = node.read(state)
            if isinstance(value, _Empty):
                required = isinstance(node, _Value) and node.leaf.required
                if required and len(state.refusals) == before:
                    return value
                continue
            found[name] = value
        return found or _EMPTY


@dataclass(frozen=True, slots=True)
class _List:
    """A list of objects: unknown when no entry says anything, empty when one says none."""

    path: str
    entries: tuple[_Entry, ...]
    columns: tuple[str, ...]

    def read(self, state: _RowState) -> Any:
        items, none = [], not self.entries
        for entry in self.entries:
            for item in entry.read(state):
                if item is _NONE:
                    none = True
                elif item is not _EMPTY:
                    items.append(item)
        state.origin[self.path] = self.columns
        return items if items or none else _EMPTY


_Node = _Value | _PeriodValue | _Object | _List


class FieldMapping:
    """A compiled mapping file; made by `load_mapping`."""

    def __init__(self, path: Path, file: MappingFile, problems: list[str]) -> None:
        self.path = path
        self.file = file
        compiler = _Compiler(file, problems)
        self._fields = compiler.group(file.fields, intervention_targets(), "fields", "")
        if "id" not in self._fields.fields:
            problems.append("fields.id: came nothing; expected a template such as 'sewer:{Nr}'")
        self._columns = compiler.columns
        self._key = compiler.template(file.rows.key, "rows.key") if file.rows.key else None
        self._cause = compiler.template(file.rows.cause, "rows.cause") if file.rows.cause else None
        self._geometry = _geometry(file, path.parent, problems, compiler)
        for item in (*file.rows.skip, *file.rows.only):
            compiler.note(item.column)

    @property
    def system(self) -> str:
        """Return the source system it was written for."""
        return self.file.source.system

    @property
    def title(self) -> str:
        """Return what a person calls it."""
        return self.file.title or self.path.stem

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column it reads; nothing else of a row leaves the source."""
        return tuple(self._columns)

    @property
    def recognised_by(self) -> tuple[str, ...]:
        """Return the columns by which a file is known to be of its kind; none: by name only."""
        return () if self.file.recognise is None else self.file.recognise.columns

    @property
    def geojson_column(self) -> str | None:
        """Return the column that holds a GeoJSON geometry, if the mapping reads one."""
        return None if self.file.geometry is None else self.file.geometry.geojson

    def unknown_columns(self, columns: Iterable[str]) -> list[str]:
        """Return what is wrong when a source has these columns: those that are read but absent."""
        present = tuple(columns)
        return [
            f"column {quoted(column)}: not in the source{closest(column, present)}; expected one "
            f"of {', '.join(present)[:600]}"
            for column in self._columns
            if column not in present
        ]

    def is_work(self, fields: Mapping[str, Any]) -> bool:
        """Tell whether a row is a work, by the filters of the mapping."""
        rows = self.file.rows
        return not any(_matches(item, fields) for item in rows.skip) and all(
            _matches(item, fields) for item in rows.only
        )

    def key_of(self, fields: Mapping[str, Any]) -> str | None:
        """Return the stable key of a row, or None when its cells are empty.

        Without `rows.key` it is what the id is made from: the one cell in its template, or all of
        it.
        """
        origin = self._key_origin
        if origin is None:
            return None
        state = _RowState(SourceRow("", "", fields))
        cell = origin.cell(state)
        if not isinstance(cell, _Empty) and len(origin.columns) == 1 and self._key is None:
            cell = state.cell(origin.columns[0])
        return None if isinstance(cell, _Empty) else " ".join(as_text(cell).split())

    def id_of(self, fields: Mapping[str, Any]) -> str | None:
        """Return the id that a row gives its work, or None when its cells are empty.

        It is not checked; a connector uses it where one row refers to another.
        """
        node = self._fields.fields["id"]
        if not isinstance(node, _Value):
            return None
        cell = node.origin.cell(_RowState(SourceRow("", "", fields)))
        return None if isinstance(cell, _Empty) else as_text(cell)

    @property
    def key_columns(self) -> str:
        """Return the columns of the key as an error names them."""
        columns = () if self._key_origin is None else self._key_origin.columns
        return "column " + ", ".join(quoted(column) for column in columns)

    @property
    def _key_origin(self) -> _Origin | None:
        node = self._fields.fields["id"]
        return self._key or (node.origin if isinstance(node, _Value) else None)

    def cause_of(self, row: SourceRow) -> str | None:
        """Return why the plan is as it is, in the owner's words."""
        if self._cause is None:
            return None
        cell = self._cause.cell(_RowState(row))
        if isinstance(cell, _Empty):
            return None
        text = " ".join(as_text(cell).split())
        return text if json_codec.text_problem(text) is None else None

    def mapped_fields(self, row: SourceRow) -> dict[str, Any]:
        """Return the fields of a row that the mapping reads."""
        return {name: row.fields[name] for name in self._columns if name in row.fields}

    def to_intervention(
        self,
        row: SourceRow,
        *,
        system: str | None = None,
        default_classification: Classification | None = None,
    ) -> Intervention:
        """Return the intervention that a row describes.

        :raises RejectedRecordError: with everything that is wrong in the row
        """
        state = _RowState(row)
        value = self._fields.read(state)
        value = {} if isinstance(value, _Empty) else value
        window = value.get("window")
        if window is not None and len(window) < 2:
            del value["window"]
        value["source"] = {
            "system": system or self.system,
            "key": row.key,
            **(value.get("source") or {}),
        }
        classification = default_classification or self.file.source.classification
        if classification is not None:
            value.setdefault("classification", classification.value)
        geometry = self._place(state)
        if "id" not in value and "id" not in state.refused:
            columns = self._fields.fields["id"].origin.columns  # type: ignore[union-attr]
            state.refuse("id", columns, "nothing", "a value", RejectReason.MISSING_FIELD)
        return _finished(state, value, geometry)

    def _place(self, state: _RowState) -> Geometry | None:
        if self._geometry is None:
            return None
        try:
            return self._geometry.read(state)
        except GeometryProblemError as error:
            columns = self._geometry.columns
            reason = RejectReason.INVALID_GEOMETRY
            state.refuse("geometry", columns, error.came, error.expected, reason)
            return None


def _finished(state: _RowState, value: dict[str, Any], geometry: Geometry | None) -> Intervention:
    """Return the intervention, or raise with what the row and the model refuse."""
    try:
        work = json_codec.read(Intervention, value)
    except RejectedRecordError as error:
        for item in error.refusals:
            if item.reason is RejectReason.MISSING_FIELD and _root(item.path) in state.refused:
                continue  # it is missing because its cell was refused
            where = _where(state.row.where, _columns_of(state, item.path), item.path)
            state.refusals.append(replace(item, path=where))
        work = None
    if state.refusals or work is None:
        raise RejectedRecordError(*state.refusals)
    return work if geometry is None else replace(work, geometry=geometry)


def _columns_of(state: _RowState, path: str) -> tuple[str, ...]:
    """Return the columns behind a path of the model, or behind the nearest object around it."""
    found: dict[str, None] = {}
    for known, columns in state.origin.items():
        if known == path or known.startswith((f"{path}.", f"{path}[")):
            found.update(dict.fromkeys(columns))
    if found or not path:
        return tuple(found)
    cut = max(path.rfind("."), path.rfind("["))
    return _columns_of(state, path[:cut]) if cut > 0 else ()


def load_mapping(path: Path) -> FieldMapping:
    """Return the mapping in a file, its look-up file read.

    :raises ConfigurationError: with every mistake in it, each with its key
    """
    file = read_mapping_file(path)
    problems: list[str] = []
    mapping = FieldMapping(path, file, problems)
    if problems:
        raise problems_error(path, problems)
    return mapping


class _Compiler:
    """Turns the tables of a mapping file into nodes, collecting what is wrong."""

    def __init__(self, file: MappingFile, problems: list[str]) -> None:
        self._cells = file.cells
        self._problems = problems
        self._habits = _habits(file.cells, problems)
        self._unknown = frozenset(normal_word(word) for word in file.cells.unknown)
        self.columns: dict[str, None] = {}

    def note(self, column: str) -> None:
        """Remember that a column is read."""
        self.columns.setdefault(column)

    def template(self, text: str, key: str) -> _Origin | None:
        """Return where a key or cause comes from."""
        rule = self._rule(text, key)
        return None if rule is None else self._origin(rule)

    def group(self, raw: Any, group: Group, key: str, path: str) -> _Object:
        """Return the object that a table of the mapping describes."""
        fields: dict[str, _Node] = {}
        if not isinstance(raw, dict):
            self._problems.append(f"{key}: came {quoted(raw)}; expected a table")
            return _Object(path, fields)
        for name, item in raw.items():
            target = group.fields.get(name)
            if target is None:
                hint = closest(name, group.fields)
                section = "; it has a section of its own" if name == "geometry" else hint
                self._problems.append(
                    f"{key}.{name}: no such field{section}; expected one of "
                    f"{', '.join(group.fields)}"
                )
                continue
            where = f"{path}.{name}" if path else name
            node = self._node(item, target, f"{key}.{name}", where)
            if node is not None:
                fields[name] = node
        return _Object(path, fields)

    def _node(self, raw: Any, target: Target, key: str, path: str) -> _Node | None:
        if isinstance(target, Leaf):
            return self._value(raw, target, key, path)
        if isinstance(target, Rows):
            return self._list(raw, target, key, path)
        is_rule = isinstance(raw, dict) and ("column" in raw or "template" in raw)
        if target.start is not None and (isinstance(raw, str) or is_rule):
            return self._period(raw, target, key, path)
        return self.group(raw, target, key, path)

    def _rule(self, raw: Any, key: str) -> Rule | None:
        if isinstance(raw, str):
            raw = {"template": raw} if PLACEHOLDER.search(raw) else {"constant": raw}
        elif not isinstance(raw, dict):
            raw = {"constant": raw}
        try:
            return Rule.model_validate(raw)
        except ValidationError as error:
            self._problems += validation_problems(error, prefix=key)
            return None

    def _origin(self, rule: Rule) -> _Origin:
        for column in rule.columns:
            if column != EACH:
                self.note(column)
        unknown = self._unknown | {normal_word(word) for word in rule.unknown}
        none = frozenset(normal_word(word) for word in rule.none)
        return _Origin(rule, rule.columns, frozenset(unknown), none)

    def _value(self, raw: Any, leaf: Leaf, key: str, path: str) -> _Value | None:
        rule = self._rule(raw, key)
        if rule is None:
            return None
        self._check_options(rule, leaf, key)
        last_day = (rule.end_day or self._cells.end_day) == "last_day"
        value = _Value(path, self._origin(rule), Reading(leaf, self._habits, rule.unit, last_day))
        if rule.constant is not None:
            return replace(value, constant=self._constant(leaf, rule.constant, key))
        codes = None
        if rule.codes is not None:
            codes = {
                normal_word(word): self._constant(leaf, meaning, f"{key}.codes.{word}")
                for word, meaning in rule.codes.items()
            }
        return replace(
            value,
            codes=codes,
            otherwise=self._optional(leaf, rule.otherwise, f"{key}.otherwise"),
            default=self._optional(leaf, rule.default, f"{key}.default"),
        )

    def _check_options(self, rule: Rule, leaf: Leaf, key: str) -> None:
        if rule.unit is not None:
            quantity = UNITS[rule.unit][0]
            if leaf.quantity is not quantity or leaf.kind not in (Kind.NUMBER, Kind.WHOLE):
                fit = [unit for unit, (of, _) in UNITS.items() if of is leaf.quantity]
                self._problems.append(
                    f"{key}.unit: came {quoted(rule.unit)}; expected "
                    f"{words(tuple(fit)) if fit else 'no unit for this field'}"
                )
        elif leaf.quantity.value == "cents" and rule.constant is None:
            self._problems.append(
                f"{key}.unit: came nothing; expected one of euro, thousand_euro, million_euro, "
                "cents"
            )
        if rule.split is not None and leaf.kind is not Kind.TEXTS:
            self._problems.append(f"{key}.split: expected only where a field holds several texts")
        if rule.end_day is not None and not leaf.is_end:
            self._problems.append(f"{key}.end_day: expected only at the end of a period")

    def _constant(self, leaf: Leaf, constant: Any, key: str) -> Any:
        try:
            return constant_value(leaf, constant)
        except CellError as error:
            self._problems.append(f"{key}: {error}")
            return _EMPTY

    def _optional(self, leaf: Leaf, constant: Any, key: str) -> Any:
        return _EMPTY if constant is None else self._constant(leaf, constant, key)

    def _period(self, raw: Any, group: Group, key: str, path: str) -> _PeriodValue | None:
        rule = self._rule(raw, key)
        if rule is None:
            return None
        codes: dict[str, str] = {}
        for word, meaning in (rule.codes or {}).items():
            if read_period(str(meaning), self._habits.dates) is None:
                self._problems.append(
                    f"{key}.codes.{word}: came {quoted(meaning)}; expected a period such as 2028-Q2"
                )
            codes[normal_word(word)] = str(meaning)
        last_day = (rule.end_day or self._cells.end_day) == "last_day"
        origin, dates = self._origin(rule), self._habits.dates
        start, end = cast(str, group.start), cast(str, group.end)
        return _PeriodValue(path, origin, dates, start, end, last_day, codes)

    def _list(self, raw: Any, target: Rows, key: str, path: str) -> _List | None:
        if not isinstance(raw, list):
            self._problems.append(f"{key}: came {quoted(raw)}; expected [[{key}]] tables")
            return None
        entries = []
        columns: dict[str, None] = {}
        for index, item in enumerate(raw):
            where = f"{key}[{index}]"
            table = dict(item) if isinstance(item, dict) else item
            each = None
            if isinstance(table, dict) and EACH in table:
                rule = self._rule(table.pop(EACH), f"{where}.{EACH}")
                each = None if rule is None else self._origin(rule)
            fields = self.group(table, target.item, where, f"{path}[{index}]")
            self._require(fields, target.item, where)
            entries.append(_Entry(fields, each))
            columns.update(dict.fromkeys(_columns_in(fields)))
            if each is not None:
                columns.update(dict.fromkeys(each.columns))
        columns.pop(EACH, None)
        return _List(path, tuple(entries), tuple(columns))

    def _require(self, fields: _Object, group: Group, key: str) -> None:
        for name, target in group.fields.items():
            if isinstance(target, Leaf) and target.required and name not in fields.fields:
                self._problems.append(f"{key}.{name}: came nothing; expected how to fill it")


def _columns_in(node: _Node) -> Iterator[str]:
    if isinstance(node, _Object):
        for child in node.fields.values():
            yield from _columns_in(child)
    elif isinstance(node, _List):
        yield from node.columns
    else:
        yield from node.origin.columns


def _habits(cells: CellsSection, problems: list[str]) -> Habits:
    zone = cells.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"cells.timezone: came {quoted(zone)}; expected such as Europe/Amsterdam")
    return Habits(cells.decimal, DateHabits(cells.day_first, cells.short_years, zone))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the geometry of a row is read from."""

    section: GeometrySection
    projection: Projection
    columns: tuple[str, ...]
    unknown: frozenset[str]
    cells: CellsSection
    lookup: Lookup | None = None
    by: _Origin | None = None

    def read(self, state: _RowState) -> Geometry | None:
        section = self.section
        if self.lookup is not None and self.by is not None:
            return self._looked_up(state, self.lookup, self.by)
        if section.geojson is not None:
            return from_geojson(state.cell(section.geojson), self.projection)
        if section.wkt is not None:
            text = state.cell(section.wkt)
            return None if self._says_nothing(text) else from_wkt(as_text(text), self.projection)
        x, y = state.cell(section.x or ""), state.cell(section.y or "")
        if self._says_nothing(x) and self._says_nothing(y):
            return None
        return point_of(x, y, self.projection, self.cells.decimal)

    def _says_nothing(self, cell: Any) -> bool:
        return is_empty(cell) or (isinstance(cell, str) and normal_word(cell) in self.unknown)

    def _looked_up(self, state: _RowState, lookup: Lookup, by: _Origin) -> Geometry | None:
        key = by.cell(state)
        if isinstance(key, _Empty):
            return None
        try:
            return lookup.geometry_of(as_text(key))
        except KeyError:
            assert self.section.lookup is not None
            if self.section.lookup.missing == "unknown":
                return None
            raise GeometryProblemError(
                shown(key), f"a key in {lookup.path.name}; add its place there"
            ) from None


def _geometry(
    file: MappingFile, folder: Path, problems: list[str], compiler: _Compiler
) -> _Place | None:
    section = file.geometry
    if section is None:
        return None
    default = GEOJSON_CRS if section.geojson is not None else CRS
    try:
        place = projection(section.crs or default, section.axis_order, abroad=section.abroad)
        lookup = None
        if section.lookup is not None:
            lookup = load_lookup(section, folder, decimal=file.cells.decimal)
    except ConfigurationError as error:
        problems.append(f"geometry: {error}")
        return None
    by = (
        None
        if section.lookup is None
        else compiler.template(section.lookup.by, "geometry.lookup.by")
    )
    named = [name for name in (section.wkt, section.x, section.y, section.geojson) if name]
    columns = tuple(named) if by is None else by.columns
    for column in columns:
        compiler.note(column)
    unknown = frozenset(normal_word(word) for word in (*file.cells.unknown, *section.unknown))
    return _Place(section, place, columns, unknown, file.cells, lookup, by)


def _matches(item: RowFilter, fields: Mapping[str, Any]) -> bool:
    cell = fields.get(item.column)
    word = "" if is_empty(cell) else normal_word(as_text(cell))
    return word in (normal_word(given) for given in item.words)


def _text_of(origin: _Origin, fields: Mapping[str, Any]) -> str | None:
    cell = origin.cell(_RowState(SourceRow("", "", fields)))
    return None if isinstance(cell, _Empty) else as_text(cell)


def _single_placeholder(template: str | None) -> str | None:
    match = PLACEHOLDER.fullmatch(template or "")
    return None if match is None else match[1]


def _parts(cell: Any, separator: str) -> list[str]:
    return [part.strip() for part in as_text(cell).split(separator) if part.strip()]


def normal_word(text: str) -> str:
    """Return a word as codes are compared: one blank between its parts, without case."""
    return " ".join(text.split()).casefold()
