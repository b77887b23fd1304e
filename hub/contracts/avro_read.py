"""From Avro values to the model: the same walk the other way, with the model's own checks.

Limits and contradictions are those of the model, found by the same functions as for JSON; the
first one refuses the record, with its path.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from hub.contracts.avro_forms import (
    CACHED_GEOMETRIES,
    EPOCH,
    LOG_CLASSES,
    REFERENCE_CLASSES,
    UNKNOWN,
    RefusedFieldError,
    base_of,
    is_enum,
    is_record,
    naming,
    plain,
    same,
    walked,
)
from hub.contracts.geometry import validity_problem
from hub.contracts.json_codec import decimal_problem, outside, problems_of, text_problem
from hub.contracts.wkb import from_wkb
from hub.errors import RejectReason, quoted
from hub.model.dates import FIRST_YEAR, LAST_YEAR, PLAN_DATE_FORMS, PlanDate
from hub.model.finding import Evidence
from hub.model.geometry import Geometry
from hub.model.programme import LogEntry
from hub.model.reference import ReferenceItem
from hub.model.text import MAX_TEXT_CHARACTERS, TextForm
from hub.model.vocabulary import NOBODY

Read = Callable[[Any], Any]
_FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal()
_LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()
_CACHED_WKB_BYTES = 4096
_ONE_OF_LOG = "one of work, decision, tick, reference"
_LOG_AT = dataclasses.fields(LogEntry)[0]
_ABSENT: Any = object()
"""Stands for a value that is not there and whose field has a default of its own."""


def from_avro(cls: Any, value: Mapping[str, Any]) -> Any:
    """Return the object of a model class that a decoded Avro record describes.

    :raises RejectedRecordError: with the path of the first thing that is wrong
    """
    try:
        return (_read_reference if cls is ReferenceItem else _reader(cls))(value)
    except RefusedFieldError as refused:
        raise refused.as_rejected() from None


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
        return walked(tuple, _reader(typing.get_args(annotation)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        value = typing.get_args(annotation)[1]
        return _read_thresholds if value is Any else _map_reader(_reader(value))
    if is_enum(annotation):
        return _enum_reader(annotation)
    if is_record(annotation):
        return _record_reader(annotation)
    raise TypeError(f"no Avro form for {annotation!r}")


def _record_reader(cls: Any) -> Read:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [(f.name, _field_reader(cls, f, hints[f.name])) for f in dataclasses.fields(cls)]
    nullable = frozenset(name for name, hint in hints.items() if base_of(hint)[2])
    finds_problems = hasattr(cls, "problems")

    def read_record(wire: Any) -> Any:
        arguments = {}
        name = ""
        try:
            for name, read in fields:
                if name in wire and (item := read(wire[name])) is not _ABSENT:
                    arguments[name] = item
        except RefusedFieldError as refused:
            raise refused.below(name) from None
        if nullable:
            _add_nobody(arguments, wire["known_nobody"], nullable)
        result = cls(**arguments)
        if finds_problems:
            for problem in problems_of(result):
                raise RefusedFieldError(problem.came, problem.expected, path=problem.path)
        return result

    return read_record


def _add_nobody(arguments: dict[str, Any], names: list[str], nullable: frozenset[str]) -> None:
    for index, name in enumerate(names):
        if name not in nullable or arguments[name] is not None:
            expected = f"one of {', '.join(sorted(nullable))} that has no value"
            raise RefusedFieldError(quoted(name), expected, path=f"known_nobody[{index}]")
        arguments[name] = NOBODY


def _field_reader(cls: Any, field: Any, hint: Any) -> Read:
    if cls is Evidence and field.name in ("value", "threshold"):
        return _read_measure
    base, optional, _ = base_of(hint)
    read = _reader(base)
    if optional:
        absent = UNKNOWN if is_enum(plain(base)) else None
        return lambda value: None if value == absent else read(value)

    has_default = field.default_factory is not dataclasses.MISSING

    def read_required(value: Any) -> Any:
        if value is None and has_default:
            return _ABSENT
        if value is None:
            raise RefusedFieldError("nothing", "a value", reason=RejectReason.MISSING_FIELD)
        return read(value)

    return read_required


def _limited_reader(read: Read, limits: tuple[Any, ...]) -> Read:
    if len(limits) == 1 and isinstance(limits[0], TextForm):
        return _form_reader(read, limits[0])

    def read_limited(value: Any) -> Any:
        result = read(value)
        expected = outside(result, limits)
        if expected is not None:
            raise RefusedFieldError(quoted(result), expected)
        return result

    return read_limited


def _form_reader(read: Read, form: TextForm) -> Read:
    matches = form.pattern.fullmatch

    def read_form(value: Any) -> Any:
        text = read(value)
        if matches(text) is None:
            raise RefusedFieldError(quoted(text), form.expected)
        return text

    return read_form


def _map_reader(read: Read) -> Read:
    def read_map(values: Any) -> dict[str, Any]:
        result = {}
        for name, value in values.items():
            try:
                result[_read_text(name)] = read(value)
            except RefusedFieldError as refused:
                raise refused.below(name) from None
        return result

    return read_map


def _enum_reader(enum: Any) -> Read:
    members = {member.value: member for member in enum}
    expected = f"one of {', '.join(members)}"

    def read_enum(value: Any) -> Any:
        member = members.get(value)
        if member is None:
            raise RefusedFieldError(quoted(value), expected)
        return member

    return read_enum


def _read_text(text: str) -> str:
    if len(text) > MAX_TEXT_CHARACTERS or "\0" in text or not text.isascii():
        problem = text_problem(text)
        if problem is not None:
            raise RefusedFieldError(problem, "a text of normal length")
    return text


def _read_float(number: float) -> float:
    if not math.isfinite(number):
        raise RefusedFieldError(str(number), "a finite number")
    return number


def _read_decimal(number: float) -> Decimal:
    """Return the decimal that is written with the fewest digits that give this double."""
    if not math.isfinite(number):
        raise RefusedFieldError(str(number), "a finite number")
    result = Decimal(int(number)) if number.is_integer() else Decimal(repr(number))
    problem = decimal_problem(result)
    if problem is not None:
        raise RefusedFieldError(problem, "a number as a plan has it, of at most 15 digits")
    return result


def _read_day(days: int) -> date:
    ordinal = days + EPOCH
    if not _FIRST_DAY <= ordinal <= _LAST_DAY:
        came = f"day number {days}"
        raise RefusedFieldError(came, f"days since 1970 within the years {FIRST_YEAR}-{LAST_YEAR}")
    return date.fromordinal(ordinal)


def _read_plan_date(wire: Any) -> PlanDate:
    try:
        return _parsed_plan_date(wire["text"])
    except ValueError:
        raise RefusedFieldError(quoted(wire["text"]), PLAN_DATE_FORMS, path="text") from None


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
        raise RefusedFieldError("nothing", "a geometry as WKB", reason=RejectReason.MISSING_FIELD)
    return _cached_geometry(data) if len(data) <= _CACHED_WKB_BYTES else _checked_geometry(data)


def _checked_geometry(data: bytes) -> Geometry:
    invalid = RejectReason.INVALID_GEOMETRY
    try:
        geometry = from_wkb(data)
    except ValueError as error:
        expected = "WKB of two dimensions in EPSG:28992"
        raise RefusedFieldError(str(error), expected, path="wkb", reason=invalid) from None
    problem = validity_problem(geometry)
    if problem is not None:
        expected = "a geometry valid by the OGC rules; repair it in the source"
        raise RefusedFieldError(problem, expected, reason=invalid)
    return geometry


_cached_geometry = lru_cache(maxsize=CACHED_GEOMETRIES)(_checked_geometry)


def _read_log_entry(wire: Any) -> LogEntry:
    at = naming("at", _field_reader(LogEntry, _LOG_AT, date))(wire["at"])
    present = [name for name in (*LOG_CLASSES, "reference") if wire[name] is not None]
    if len(present) != 1:
        raise RefusedFieldError(
            ", ".join(present) or "nothing", "one of work, decision, tick, reference"
        )
    (name,) = present
    read = _read_reference if name == "reference" else _reader(LOG_CLASSES[name])
    return LogEntry(at, naming(name, read)(wire[name]))


def _read_reference(wire: Any) -> Any:
    present = [name for name in REFERENCE_CLASSES if wire[name] is not None]
    if len(present) != 1:
        expected = f"one of {', '.join(REFERENCE_CLASSES)}"
        raise RefusedFieldError(", ".join(present) or "nothing", expected)
    (name,) = present
    return naming(name, _reader(REFERENCE_CLASSES[name]))(wire[name])


_READERS: dict[Any, Read] = {
    str: _read_text,
    bool: same,
    int: same,
    float: _read_float,
    Decimal: _read_decimal,
    date: _read_day,
    PlanDate: _read_plan_date,
    Geometry: _read_geometry,
    LogEntry: _read_log_entry,
}
