"""The model on one side, Avro values on the other; one walk driven by the dataclasses.

Field names are the same on both sides, so no mapper is written per class. What differs is said
once, below: days are day numbers, decimals are doubles, an enum that is unknown is the symbol
`unknown`, a work that is known to have nobody in a role names that role in `known_nobody`, and a
union of classes is a record with one nullable field per class (a new class is then a new field,
which old readers skip). Limits and contradictions are those of the model, checked by the same
functions as for JSON; the first one found refuses the record, with its path.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, TypeVar

from hub.contracts.geometry import validity_problem
from hub.contracts.json_codec import decimal_problem, joined, outside, problems_of, text_problem
from hub.contracts.schema_store import NAMESPACE
from hub.contracts.wgs84 import bounding_box, representative_point
from hub.contracts.wkb import from_wkb, to_wkb
from hub.errors import Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.dates import FIRST_YEAR, LAST_YEAR, PLAN_DATE_FORMS, PlanDate, Span
from hub.model.decision import Decision
from hub.model.finding import Evidence
from hub.model.geometry import Geometry
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.text import MAX_TEXT_CHARACTERS
from hub.model.vocabulary import NOBODY, Nobody

T = TypeVar("T")
UNKNOWN = "unknown"
EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal()
_LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()
_CACHED_GEOMETRIES = 4096
_CACHED_WKB_BYTES = 4096

_ABSENT: Any = object()
"""Stands for a value that is not there and whose field has a default of its own."""
_ONE_OF_LOG = "one of work, decision, tick, reference"
_LOG_AT = dataclasses.fields(LogEntry)[0]

Write = Callable[[Any], Any]
Read = Callable[[Any], Any]

REFERENCE_CLASSES: Mapping[str, type] = {
    "goal": PolicyGoal,
    "calendar": CalendarEntry,
    "moratorium": DigMoratorium,
    "area": AreaProfile,
    "policy": PolicyConfig,
}
LOG_CLASSES: Mapping[str, type] = {"work": WorkState, "decision": Decision, "tick": Tick}


def to_avro(value: Any) -> dict[str, Any]:
    """Return an object of the model as the value that its Avro record takes.

    :raises RejectedRecordError: for a number that would not come back as written
    """
    try:
        if isinstance(value, tuple(REFERENCE_CLASSES.values())):
            return _write_reference(value)
        return typing.cast(dict[str, Any], _writer(typing.cast(Any, type(value)))(value))
    except _RefusedError as refused:
        raise refused.as_rejected() from None


def from_avro(cls: Any, value: Mapping[str, Any]) -> Any:
    """Return the object of a model class that a decoded Avro record describes.

    :raises RejectedRecordError: with the path of the first thing that is wrong
    """
    try:
        return (_read_reference if cls is ReferenceItem else _reader(cls))(value)
    except _RefusedError as refused:
        raise refused.as_rejected() from None


class _RefusedError(Exception):
    """One refusal on its way up; every level puts its name in front of the path."""

    def __init__(
        self, came: str, expected: str, *, path: str = "", reason: RejectReason | None = None
    ) -> None:
        super().__init__(came)
        self.path, self.came, self.expected = path, came, expected
        self.reason = reason or RejectReason.INVALID_VALUE

    def below(self, name: str) -> _RefusedError:
        self.path = f"{name}{self.path}" if self.path[:1] == "[" else joined(name, self.path)
        return self

    def as_rejected(self) -> RejectedRecordError:
        return RejectedRecordError(Refusal(self.path, self.came, self.expected, reason=self.reason))


def _walked(kind: type, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function that takes a step for each item, and names the item that is refused."""

    def walk(values: Any) -> Any:
        result = []
        try:
            for value in values:
                result.append(step(value))
        except _RefusedError as refused:
            raise refused.below(f"[{len(result)}]") from None
        return kind(result)

    return walk


# --- writing ---------------------------------------------------------------------------------


def _bases(annotation: Any) -> tuple[Any, bool, bool]:
    """Return an annotation without its `None` and *nobody*, and whether it had them."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        rest = [member for member in members if member not in (Nobody, type(None))]
        base = rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]  # noqa: UP007
        return base, type(None) in members, Nobody in members
    return annotation, False, False


def _plain(annotation: Any) -> Any:
    return (
        typing.get_args(annotation)[0]
        if typing.get_origin(annotation) is typing.Annotated
        else annotation
    )


def _is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Enum)


def _is_record(annotation: Any) -> bool:
    return dataclasses.is_dataclass(annotation)


@cache
def _writer(annotation: Any) -> Write:
    """Return the function that writes one annotated type."""
    annotation = _plain(annotation)
    special = _WRITERS.get(annotation)
    if special is not None:
        return special
    origin = typing.get_origin(annotation)
    if origin is tuple:
        return _walked(list, _writer(typing.get_args(annotation)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _write_thresholds if typing.get_args(annotation)[1] is Any else dict
    if _is_enum(annotation):
        return lambda member: member.value
    if _is_record(annotation):
        return _record_writer(annotation)
    raise TypeError(f"no Avro form for {annotation!r}")


def _record_writer(cls: Any) -> Write:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [_field_writer(cls, f.name, hints[f.name]) for f in dataclasses.fields(cls)]
    nullable = [name for name, hint in hints.items() if _bases(hint)[2]]
    finish = _FINISH.get(cls)

    def write_record(value: Any) -> dict[str, Any]:
        wire: dict[str, Any] = {}
        name = ""
        try:
            for name, write in fields:
                wire[name] = write(getattr(value, name))
        except _RefusedError as refused:
            raise refused.below(name) from None
        if nullable:
            wire["known_nobody"] = [name for name in nullable if getattr(value, name) is NOBODY]
        if finish is not None:
            finish(value, wire)
        return wire

    return write_record


def _field_writer(cls: Any, name: str, hint: Any) -> tuple[str, Write]:
    if cls is Evidence and name in ("value", "threshold"):
        return name, _write_measure
    base, optional, _ = _bases(hint)
    base = _plain(base)
    write = _writer(base)
    if _is_record(base) and (optional or base is not Intervention):
        write = _hinted(base.__name__, write)
    if not optional:
        return name, write
    if base in _BRANCHES:
        return name, _optional_writer(_BRANCHES[base], write)
    absent = UNKNOWN if _is_enum(base) else None
    return name, lambda value: absent if value is None or value is NOBODY else write(value)


def _optional_writer(branch: str, write: Write) -> Write:
    if write is _same:
        return lambda value: None if value is None or value is NOBODY else (branch, value)
    return lambda value: None if value is None else (branch, write(value))


def _naming(name: str, write: Write) -> Write:
    def write_named(value: Any) -> Any:
        try:
            return write(value)
        except _RefusedError as refused:
            raise refused.below(name) from None

    return write_named


def _hinted(type_name: str, write: Write) -> Write:
    return _branch(f"{NAMESPACE}.{type_name}", write)


def _branch(name: str, write: Write) -> Write:
    """Say which branch of a union is meant, so that the library need not try them all."""
    return lambda value: (name, write(value))


def _write_decimal(number: Decimal) -> float:
    problem = decimal_problem(number)
    if problem is not None:
        raise _RefusedError(problem, "a number as a plan has it, of at most 15 digits")
    return float(number)


def _write_day(day: date) -> int:
    return day.toordinal() - EPOCH


def _write_plan_date(day: PlanDate) -> dict[str, Any]:
    return {"text": day.text, "lo": ("int", day.lo - EPOCH), "hi": ("int", day.hi - EPOCH)}


def _write_span(span: Span) -> dict[str, Any]:
    return {name: ("int", getattr(span, name) - EPOCH) for name in Span.__slots__}


def _write_measure(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return list(value) if isinstance(value, tuple) else value


def _write_thresholds(values: Mapping[str, Any]) -> dict[str, Any]:
    wire = {}
    for name, value in values.items():
        try:
            wire[name] = _write_threshold(value)
        except _RefusedError as refused:
            raise refused.below(name) from None
    return wire


def _write_threshold(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _write_thresholds(value)
    if isinstance(value, list | tuple):
        return list(value)
    return _write_decimal(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=_CACHED_GEOMETRIES)
def geometry_to_avro(geometry: Geometry) -> dict[str, Any]:
    """Return the wire form of a geometry: WKB, a WGS84 point on it and the box around it."""
    point = representative_point(geometry)
    box = bounding_box(geometry)
    return {
        "wkb": to_wkb(geometry),
        "point": None
        if point is None
        else dict(zip(("longitude", "latitude"), point, strict=True)),
        "box": None
        if box is None
        else dict(zip(("west", "south", "east", "north"), box, strict=True)),
        "simplified": False,
    }


def _degrees(type_name: str, names: tuple[str, ...], values: tuple[float, ...]) -> Any:
    pairs = zip(names, values, strict=True)
    return f"{NAMESPACE}.{type_name}", {name: ("double", value) for name, value in pairs}


def _add_span(intervention: Intervention, wire: dict[str, Any]) -> None:
    """Put the four days of the window beside it; they depend on the duration of the work."""
    window = intervention.window
    if window is not None and not window.is_empty:
        span = window.span(intervention.duration_days)
        wire["window"][1]["span"] = _hinted("Span", _write_span)(span)


def _write_log_entry(entry: LogEntry) -> dict[str, Any]:
    wire: dict[str, Any] = dict.fromkeys((*LOG_CLASSES, "reference"))
    wire["at"] = ("int", _write_day(entry.at))
    for name, cls in LOG_CLASSES.items():
        if isinstance(entry.body, cls):
            wire[name] = _naming(name, _hinted(cls.__name__, _writer(cls)))(entry.body)
            return wire
    wire["reference"] = _hinted("ReferenceItem", _naming("reference", _write_reference))(entry.body)
    return wire


def _write_reference(item: Any) -> dict[str, Any]:
    wire: dict[str, Any] = dict.fromkeys(REFERENCE_CLASSES)
    for name, cls in REFERENCE_CLASSES.items():
        if isinstance(item, cls):
            wire[name] = _naming(name, _hinted(cls.__name__, _writer(cls)))(item)
    return wire


def _same(value: Any) -> Any:
    return value


_BRANCHES: dict[Any, str] = {str: "string", bool: "boolean", Decimal: "double", date: "int"}
"""The union branch of an optional value whose type names it; whole numbers are int or long."""
_WRITERS: dict[Any, Write] = {
    str: _same,
    bool: _same,
    int: _same,
    float: float,
    Decimal: _write_decimal,
    date: _write_day,
    PlanDate: _write_plan_date,
    Geometry: geometry_to_avro,
    LogEntry: _write_log_entry,
}
_FINISH: dict[Any, Callable[[Any, dict[str, Any]], None]] = {Intervention: _add_span}


# --- reading ---------------------------------------------------------------------------------


@cache
def _reader(annotation: Any) -> Read:
    """Return the function that reads one annotated type."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        base, *limits = typing.get_args(annotation)
        return _limited_reader(_reader(base), tuple(limits))
    special = _READERS.get(annotation)
    if special is not None:
        return special
    if origin is tuple:
        return _walked(tuple, _reader(typing.get_args(annotation)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        value = typing.get_args(annotation)[1]
        return _read_thresholds if value is Any else _map_reader(_reader(value))
    if _is_enum(annotation):
        return _enum_reader(annotation)
    if _is_record(annotation):
        return _record_reader(annotation)
    raise TypeError(f"no Avro form for {annotation!r}")


def _record_reader(cls: Any) -> Read:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [(f.name, _field_reader(cls, f, hints[f.name])) for f in dataclasses.fields(cls)]
    nullable = frozenset(name for name, hint in hints.items() if _bases(hint)[2])
    finds_problems = hasattr(cls, "problems")

    def read_record(wire: Any) -> Any:
        arguments = {}
        name = ""
        try:
            for name, read in fields:
                if name in wire and (item := read(wire[name])) is not _ABSENT:
                    arguments[name] = item
        except _RefusedError as refused:
            raise refused.below(name) from None
        if nullable:
            _add_nobody(arguments, wire["known_nobody"], nullable)
        result = cls(**arguments)
        if finds_problems:
            for problem in problems_of(result):
                raise _RefusedError(problem.came, problem.expected, path=problem.path)
        return result

    return read_record


def _add_nobody(arguments: dict[str, Any], names: list[str], nullable: frozenset[str]) -> None:
    for index, name in enumerate(names):
        if name not in nullable or arguments[name] is not None:
            expected = f"one of {', '.join(sorted(nullable))} that has no value"
            raise _RefusedError(quoted(name), expected, path=f"known_nobody[{index}]")
        arguments[name] = NOBODY


def _field_reader(cls: Any, field: Any, hint: Any) -> Read:
    if cls is Evidence and field.name in ("value", "threshold"):
        return _read_measure
    base, optional, _ = _bases(hint)
    read = _reader(base)
    if optional:
        absent = UNKNOWN if _is_enum(_plain(base)) else None
        return lambda value: None if value == absent else read(value)

    has_default = field.default_factory is not dataclasses.MISSING

    def read_required(value: Any) -> Any:
        if value is None and has_default:
            return _ABSENT
        if value is None:
            raise _RefusedError("nothing", "a value", reason=RejectReason.MISSING_FIELD)
        return read(value)

    return read_required


def _limited_reader(read: Read, limits: tuple[Any, ...]) -> Read:
    def read_limited(value: Any) -> Any:
        result = read(value)
        expected = outside(result, limits)
        if expected is not None:
            raise _RefusedError(quoted(result), expected)
        return result

    return read_limited


def _map_reader(read: Read) -> Read:
    def read_map(values: Any) -> dict[str, Any]:
        result = {}
        for name, value in values.items():
            try:
                result[_read_text(name)] = read(value)
            except _RefusedError as refused:
                raise refused.below(name) from None
        return result

    return read_map


def _enum_reader(enum: Any) -> Read:
    members = {member.value: member for member in enum}
    expected = f"one of {', '.join(members)}"

    def read_enum(value: Any) -> Any:
        member = members.get(value)
        if member is None:
            raise _RefusedError(quoted(value), expected)
        return member

    return read_enum


def _read_text(text: str) -> str:
    if len(text) > MAX_TEXT_CHARACTERS or "\0" in text or not text.isascii():
        problem = text_problem(text)
        if problem is not None:
            raise _RefusedError(problem, "a text of normal length")
    return text


def _read_float(number: float) -> float:
    if not math.isfinite(number):
        raise _RefusedError(str(number), "a finite number")
    return number


def _read_decimal(number: float) -> Decimal:
    """Return the decimal that is written with the fewest digits that give this double."""
    if not math.isfinite(number):
        raise _RefusedError(str(number), "a finite number")
    result = Decimal(int(number)) if number.is_integer() else Decimal(repr(number))
    problem = decimal_problem(result)
    if problem is not None:
        raise _RefusedError(problem, "a number as a plan has it, of at most 15 digits")
    return result


def _read_day(days: int) -> date:
    ordinal = days + EPOCH
    if not _FIRST_DAY <= ordinal <= _LAST_DAY:
        came = f"day number {days}"
        raise _RefusedError(came, f"days since 1970 within the years {FIRST_YEAR}-{LAST_YEAR}")
    return date.fromordinal(ordinal)


def _read_plan_date(wire: Any) -> PlanDate:
    try:
        return _parsed_plan_date(wire["text"])
    except ValueError:
        raise _RefusedError(quoted(wire["text"]), PLAN_DATE_FORMS, path="text") from None


_parsed_plan_date = lru_cache(maxsize=8192)(PlanDate.parse)


def _read_measure(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, float):
        return _read_float(value)
    return value


def _read_thresholds(values: Any) -> dict[str, Any]:
    return {name: _read_threshold(value) for name, value in values.items()}


def _read_threshold(value: Any) -> Any:
    if isinstance(value, dict):
        return _read_thresholds(value)
    return _read_decimal(value) if isinstance(value, float) else value


def _read_geometry(wire: Any) -> Geometry:
    data = wire["wkb"]
    if not data:
        raise _RefusedError("nothing", "a geometry as WKB", reason=RejectReason.MISSING_FIELD)
    return _cached_geometry(data) if len(data) <= _CACHED_WKB_BYTES else _checked_geometry(data)


def _checked_geometry(data: bytes) -> Geometry:
    invalid = RejectReason.INVALID_GEOMETRY
    try:
        geometry = from_wkb(data)
    except ValueError as error:
        expected = "WKB of two dimensions in EPSG:28992"
        raise _RefusedError(str(error), expected, path="wkb", reason=invalid) from None
    problem = validity_problem(geometry)
    if problem is not None:
        expected = "a geometry valid by the OGC rules; repair it in the source"
        raise _RefusedError(problem, expected, reason=invalid)
    return geometry


_cached_geometry = lru_cache(maxsize=_CACHED_GEOMETRIES)(_checked_geometry)


def _read_log_entry(wire: Any) -> LogEntry:
    at = _naming("at", _field_reader(LogEntry, _LOG_AT, date))(wire["at"])
    present = [name for name in (*LOG_CLASSES, "reference") if wire[name] is not None]
    if len(present) != 1:
        raise _RefusedError(
            ", ".join(present) or "nothing", "one of work, decision, tick, reference"
        )
    (name,) = present
    read = _read_reference if name == "reference" else _reader(LOG_CLASSES[name])
    return LogEntry(at, _naming(name, read)(wire[name]))


def _read_reference(wire: Any) -> Any:
    present = [name for name in REFERENCE_CLASSES if wire[name] is not None]
    if len(present) != 1:
        expected = f"one of {', '.join(REFERENCE_CLASSES)}"
        raise _RefusedError(", ".join(present) or "nothing", expected)
    (name,) = present
    return _naming(name, _reader(REFERENCE_CLASSES[name]))(wire[name])


_READERS: dict[Any, Read] = {
    str: _read_text,
    bool: _same,
    int: _same,
    float: _read_float,
    Decimal: _read_decimal,
    date: _read_day,
    PlanDate: _read_plan_date,
    Geometry: _read_geometry,
    LogEntry: _read_log_entry,
}
