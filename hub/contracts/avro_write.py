"""From the model to Avro values: one walk over the dataclasses.

Optional values are written with the branch of the union they belong to, because the library would
otherwise try them one by one. The wire form of a work is kept for the last few works, because the
same one stands in several records of a change: whoever needs another form of it makes a copy.
"""

from __future__ import annotations

import dataclasses
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
from hub.contracts.json_codec import decimal_problem
from hub.contracts.schema_store import NAMESPACE
from hub.contracts.wgs84 import bounding_box, representative_point
from hub.contracts.wkb import to_wkb
from hub.model.dates import PlanDate, Span
from hub.model.finding import Evidence
from hub.model.geometry import Geometry
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry
from hub.model.vocabulary import NOBODY

Write = Callable[[Any], Any]
_REMEMBERED_WORKS = 32
_REMEMBERED_DATES = 8192


def to_avro(value: Any) -> dict[str, Any]:
    """Return an object of the model as the value that its Avro record takes.

    :raises RejectedRecordError: for a number that would not come back as written
    """
    try:
        if isinstance(value, tuple(REFERENCE_CLASSES.values())):
            return _write_reference(value)
        return typing.cast(dict[str, Any], _writer(typing.cast(Any, type(value)))(value))
    except RefusedFieldError as refused:
        raise refused.as_rejected() from None


@cache
def _writer(annotation: Any) -> Write:
    """Return the function that writes one annotated type."""
    annotation = plain(annotation)
    special = _WRITERS.get(annotation)
    if special is not None:
        return special
    origin = typing.get_origin(annotation)
    if origin is tuple:
        return walked(list, _writer(typing.get_args(annotation)[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _write_thresholds if typing.get_args(annotation)[1] is Any else dict
    if is_enum(annotation):
        return lambda member: member.value
    if is_record(annotation):
        write = _record_writer(annotation)
        return _remembering(write) if annotation is Intervention else write
    raise TypeError(f"no Avro form for {annotation!r}")


def _record_writer(cls: Any) -> Write:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [_field_writer(cls, f.name, hints[f.name]) for f in dataclasses.fields(cls)]
    nullable = [name for name, hint in hints.items() if base_of(hint)[2]]
    finish = _FINISH.get(cls)

    def write_record(value: Any) -> dict[str, Any]:
        wire: dict[str, Any] = {}
        name = ""
        try:
            for name, write in fields:
                wire[name] = write(getattr(value, name))
        except RefusedFieldError as refused:
            raise refused.below(name) from None
        if nullable:
            wire["known_nobody"] = [name for name in nullable if getattr(value, name) is NOBODY]
        if finish is not None:
            finish(value, wire)
        return wire

    return write_record


def _remembering(write: Write) -> Write:
    """Return a writer that keeps its last answers, by identity: equality would cost too much."""
    known: dict[int, tuple[Any, Any]] = {}

    def write_once(value: Any) -> Any:
        found = known.get(id(value))
        if found is None or found[0] is not value:
            wire = write(value)
            if len(known) >= _REMEMBERED_WORKS:
                known.clear()
            found = known[id(value)] = value, wire
        return found[1]

    return write_once


def _field_writer(cls: Any, name: str, hint: Any) -> tuple[str, Write]:
    if cls is Evidence and name in ("value", "threshold"):
        return name, _write_measure
    base, optional, _ = base_of(hint)
    base = plain(base)
    write = _writer(base)
    if is_record(base) and (optional or base is not Intervention):
        write = _hinted(base.__name__, write)
    if not optional:
        return name, write
    if base in _BRANCHES:
        return name, _optional_writer(_BRANCHES[base], write)
    absent = UNKNOWN if is_enum(base) else None
    return name, lambda value: absent if value is None or value is NOBODY else write(value)


def _optional_writer(branch: str, write: Write) -> Write:
    if write is same:
        return lambda value: None if value is None or value is NOBODY else (branch, value)
    return lambda value: None if value is None else (branch, write(value))


def _hinted(type_name: str, write: Write) -> Write:
    return _branch(f"{NAMESPACE}.{type_name}", write)


def _branch(name: str, write: Write) -> Write:
    """Say which branch of a union is meant, so that the library need not try them all."""
    return lambda value: (name, write(value))


def _write_decimal(number: Decimal) -> float:
    problem = decimal_problem(number)
    if problem is not None:
        raise RefusedFieldError(problem, "a number as a plan has it, of at most 15 digits")
    return float(number)


def _write_day(day: date) -> int:
    return day.toordinal() - EPOCH


@lru_cache(maxsize=_REMEMBERED_DATES)
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
        except RefusedFieldError as refused:
            raise refused.below(name) from None
    return wire


def _write_threshold(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _write_thresholds(value)
    if isinstance(value, list | tuple):
        return list(value)
    return _write_decimal(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=CACHED_GEOMETRIES)
def geometry_to_avro(geometry: Geometry) -> dict[str, Any]:
    """Return the wire form of a geometry: WKB, a WGS84 point on it and the box around it."""
    point = representative_point(geometry)
    box = bounding_box(geometry)
    return {
        "wkb": to_wkb(geometry),
        "point": point and _degrees("Wgs84Point", ("longitude", "latitude"), point),
        "box": box and _degrees("Wgs84Box", ("west", "south", "east", "north"), box),
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
            wire[name] = naming(name, _hinted(cls.__name__, _writer(cls)))(entry.body)
            return wire
    wire["reference"] = _hinted("ReferenceItem", naming("reference", _write_reference))(entry.body)
    return wire


def _write_reference(item: Any) -> dict[str, Any]:
    wire: dict[str, Any] = dict.fromkeys(REFERENCE_CLASSES)
    for name, cls in REFERENCE_CLASSES.items():
        if isinstance(item, cls):
            wire[name] = naming(name, _hinted(cls.__name__, _writer(cls)))(item)
    return wire


_BRANCHES: dict[Any, str] = {str: "string", bool: "boolean", Decimal: "double", date: "int"}
"""The union branch of an optional value whose type names it; whole numbers are int or long."""
_WRITERS: dict[Any, Write] = {
    str: same,
    bool: same,
    int: same,
    float: float,
    Decimal: _write_decimal,
    date: _write_day,
    PlanDate: _write_plan_date,
    Geometry: geometry_to_avro,
    LogEntry: _write_log_entry,
}
_FINISH: dict[Any, Callable[[Any, dict[str, Any]], None]] = {Intervention: _add_span}
