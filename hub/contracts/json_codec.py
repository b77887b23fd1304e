"""JSON on one side, the model on the other; driven by the dataclasses themselves.

The model's types say what is allowed (limits in `Annotated`, contradictions in `problems()`), and
this module walks them, so a field is described once. Reading collects everything that is wrong in
an object with its exact path (`interventions[0].window.end`) instead of stopping at the first.
Absent keys are unknown; `null` is accepted only where the model knows *nobody*.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from hub.contracts.geometry import validity_problem
from hub.errors import Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.dates import PLAN_DATE_FORMS, PlanDate, parse_day
from hub.model.geometry import MAX_POSITIONS, Geometry, GeometryType
from hub.model.problems import Problem
from hub.model.text import (
    MAX_SIGNIFICANT_DIGITS,
    MAX_TEXT_CHARACTERS,
    AtLeast,
    AtMost,
    MoreThan,
    TextForm,
)
from hub.model.vocabulary import NOBODY, Nobody

T = TypeVar("T")
_GEOMETRY_TYPES = {item.value: item for item in GeometryType}
MAX_COORDINATE = 1e8
MAX_REFUSALS = 100
MAX_VALUES = 20_000_000
"""Values of one JSON text, each an object in memory: 100,000 works have about ten million."""

_FAILED: Any = object()
"""Stands for a value that could not be read; its refusal is already collected."""


def load_json(text: bytes | str, *, file: str = "", most_values: int = MAX_VALUES) -> Any:
    """Return the value of a JSON text; fractions become exact decimals.

    :raises RejectedRecordError: for broken JSON, a key used twice, NaN, absurd depth, or more
        values than fit in memory
    """
    if isinstance(text, bytes):
        values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    else:
        values = sum(text.count(mark) for mark in ",[{")
    if values > most_values:
        expected = f"at most {most_values}; split the file"
        raise RejectedRecordError(
            Refusal("", f"{values} values", expected, file, RejectReason.TOO_LARGE)
        )
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_key_twice,
        )
    except RecursionError:
        came = "JSON nested too deeply"
    except UnicodeDecodeError as error:
        came = f"bytes that are not UTF-8, from byte {error.start}"
    except json.JSONDecodeError as error:
        came = f"broken JSON at line {error.lineno} column {error.colno}: {error.msg}"
    except ValueError as error:
        came = str(error)[:200]
    raise RejectedRecordError(
        Refusal("", came, "one JSON text in UTF-8", file, RejectReason.UNREADABLE)
    )


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name}, which is no JSON number")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key, count in times.items() if count > 1)
        raise ValueError(f"the key {quoted(twice)} twice in one object")
    return result


def read(cls: type[T], value: Any, *, path: str = "", file: str = "") -> T:
    """Return the object of a model class that a JSON value describes.

    :raises RejectedRecordError: with every refusal found, the first one first
    """
    refusals = Refusals(file)
    result = _reader(typing.cast(typing.Hashable, cls))(value, path, refusals)
    refusals.raise_if_any()
    return typing.cast(T, result)


class Refusals:
    """Collects what is wrong in one text, up to a bound."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.items: list[Refusal] = []

    def add(
        self,
        path: str,
        came: str,
        expected: str,
        reason: RejectReason = RejectReason.INVALID_VALUE,
    ) -> Any:
        """Remember one refusal and return the mark of a failed value."""
        if len(self.items) < MAX_REFUSALS:
            self.items.append(Refusal(path, came, expected, self.file, reason))
        return _FAILED

    def add_problem(self, path: str, problem: Problem) -> None:
        """Remember a contradiction that the model found in the object at `path`."""
        self.add(joined(path, problem.path), problem.came, problem.expected)

    def raise_if_any(self) -> None:
        """Raise one error with everything that was collected."""
        if self.items:
            raise RejectedRecordError(*self.items)


def joined(path: str, name: str) -> str:
    """Return the path of a field below another path."""
    return f"{path}.{name}" if path and name else path or name


Reader = Callable[[Any, str, Refusals], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    required: bool
    reader: Reader


@cache
def _reader(annotation: Any) -> Reader:
    """Return the function that reads one annotated type."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        base, *limits = typing.get_args(annotation)
        return _limited_reader(base, tuple(limits))
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(annotation))
    if origin is tuple:
        return _list_reader(_reader(typing.get_args(annotation)[0]))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _read_values
    special = _SPECIAL.get(annotation)
    if special is not None:
        return special
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enum_reader(annotation)
    if dataclasses.is_dataclass(annotation):
        return _object_reader(typing.cast(type, annotation))
    raise TypeError(f"no JSON form for {annotation!r}")


def _union_reader(members: tuple[Any, ...]) -> Reader:
    nullable = Nobody in members
    (base,) = [member for member in members if member not in (Nobody, type(None))]
    reader = _reader(base)
    if not nullable:
        return reader

    def read_or_nobody(value: Any, path: str, refusals: Refusals) -> Any:
        return NOBODY if value is None else reader(value, path, refusals)

    return read_or_nobody


def _list_reader(item: Reader) -> Reader:
    def read_list(value: Any, path: str, refusals: Refusals) -> Any:
        if not isinstance(value, list):
            return refusals.add(path, quoted(value), "a list")
        items: list[Any] = []
        for index, child in enumerate(value):
            if len(refusals.items) >= MAX_REFUSALS:
                return _FAILED
            items.append(item(child, f"{path}[{index}]", refusals))
        return _FAILED if any(child is _FAILED for child in items) else tuple(items)

    return read_list


def _enum_reader(enum: type[Enum]) -> Reader:
    by_value = {member.value: member for member in enum}
    expected = f"one of {', '.join(by_value)}"

    def read_enum(value: Any, path: str, refusals: Refusals) -> Any:
        member = by_value.get(value) if isinstance(value, str) else None
        return refusals.add(path, quoted(value), expected) if member is None else member

    return read_enum


def _object_reader(cls: type) -> Reader:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = tuple(
        _Field(
            field.name,
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            _reader(hints[field.name]),
        )
        for field in dataclasses.fields(cls)
    )
    names = {field.name for field in fields}
    known = f"one of {', '.join(field.name for field in fields)}"

    def read_object(value: Any, path: str, refusals: Refusals) -> Any:
        if not isinstance(value, dict):
            return refusals.add(
                path, quoted(value), f"an object with {known.removeprefix('one of ')}"
            )
        before = len(refusals.items)
        for key in value:
            if key not in names:
                refusals.add(
                    joined(path, key[:60]), "an unknown key", known, RejectReason.UNKNOWN_FIELD
                )
        arguments: dict[str, Any] = {}
        for field in fields:
            if field.name in value:
                item = field.reader(value[field.name], joined(path, field.name), refusals)
                arguments[field.name] = item
            elif field.required:
                where = joined(path, field.name)
                refusals.add(where, "nothing", "a value", RejectReason.MISSING_FIELD)
        if len(refusals.items) > before:
            return _FAILED
        result = cls(**arguments)
        for problem in problems_of(result):
            refusals.add_problem(path, problem)
        return _FAILED if len(refusals.items) > before else result

    return read_object


def problems_of(value: Any) -> typing.Iterator[Problem]:
    """Yield the contradictions an object finds in itself, if its class looks for any."""
    find = getattr(value, "problems", None)
    if find is not None:
        yield from find()


def _limited_reader(base: Any, limits: tuple[Any, ...]) -> Reader:
    reader = _reader(base)

    def read_limited(value: Any, path: str, refusals: Refusals) -> Any:
        result = reader(value, path, refusals)
        if result is _FAILED:
            return result
        expected = outside(result, limits)
        return result if expected is None else refusals.add(path, quoted(value), expected)

    return read_limited


def outside(value: Any, limits: tuple[Any, ...]) -> str | None:
    """Return what was expected of a value that breaks one of its `Annotated` limits, else None."""
    for limit in limits:
        match limit:
            case TextForm() if not limit.accepts(value):
                return limit.expected
            case AtLeast(least=least) if value < least:
                return f"a number of at least {least}"
            case AtMost(most=most) if value > most:
                return f"a number of at most {most}"
            case MoreThan(bound=bound) if value <= bound:
                return f"a number above {bound}"
    return None


def _read_text(value: Any, path: str, refusals: Refusals) -> Any:
    if not isinstance(value, str):
        return refusals.add(path, quoted(value), "a text")
    problem = text_problem(value)
    return value if problem is None else refusals.add(path, problem, "a text of normal length")


def text_problem(text: str) -> str | None:
    """Return what is wrong with a text as such: its length, or characters no reader can show."""
    if len(text) > MAX_TEXT_CHARACTERS:
        return f"{len(text)} characters"
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        return "a text with NUL or half a character"
    return None


def _read_bool(value: Any, path: str, refusals: Refusals) -> Any:
    return value if isinstance(value, bool) else refusals.add(path, quoted(value), "true or false")


def _read_int(value: Any, path: str, refusals: Refusals) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        return refusals.add(path, quoted(value), "a whole number")
    return value


def _read_decimal(value: Any, path: str, refusals: Refusals) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return refusals.add(path, quoted(value), "a number")
    number = Decimal(value)
    problem = decimal_problem(number)
    return number if problem is None else refusals.add(path, problem, "a number as a plan has it")


def decimal_problem(number: Decimal) -> str | None:
    """Return why a number cannot be kept exactly as written, or None."""
    if not number.is_finite():
        return f"{number}"
    digits = number.normalize().as_tuple()
    if len(digits.digits) > MAX_SIGNIFICANT_DIGITS:
        return f"a number of {len(digits.digits)} digits"
    if number and not -12 <= number.adjusted() <= 15:
        return "a number far too large or small"
    return None


def _read_day(value: Any, path: str, refusals: Refusals) -> Any:
    try:
        return parse_day(value)
    except (ValueError, TypeError):
        return refusals.add(path, quoted(value), "a day as YYYY-MM-DD")


def _read_plan_date(value: Any, path: str, refusals: Refusals) -> Any:
    try:
        return PlanDate.parse(value)
    except (ValueError, TypeError):
        return refusals.add(path, quoted(value), PLAN_DATE_FORMS)


def _read_values(value: Any, path: str, refusals: Refusals) -> Any:
    if not isinstance(value, dict):
        return refusals.add(path, quoted(value), "an object of threshold names and values")
    return value


def _read_geometry(value: Any, path: str, refusals: Refusals) -> Any:
    if not isinstance(value, dict):
        return refusals.add(path, quoted(value), "a GeoJSON geometry")
    for key in value:
        if key not in ("type", "coordinates"):
            where = joined(path, key[:60])
            return refusals.add(
                where, "an unknown key", "type, coordinates", RejectReason.UNKNOWN_FIELD
            )
    kind = str(value.get("type"))
    if kind not in _GEOMETRY_TYPES:
        return refusals.add(
            joined(path, "type"), quoted(value.get("type")), f"one of {', '.join(_GEOMETRY_TYPES)}"
        )
    geometry_type = _GEOMETRY_TYPES[kind]
    counter = [0]
    coordinates = _coordinates(value.get("coordinates"), geometry_type.depth, counter)
    if coordinates is None:
        came = (
            "more positions than a plan has" if counter[0] > MAX_POSITIONS else "other coordinates"
        )
        expected = (
            f"coordinates of a {kind}: finite [x, y] pairs in metres, at most {MAX_POSITIONS}"
        )
        where = joined(path, "coordinates")
        return refusals.add(where, came, expected, RejectReason.INVALID_GEOMETRY)
    geometry = Geometry(geometry_type, coordinates)
    problem = validity_problem(geometry)
    if problem is not None:
        expected = "a geometry valid by the OGC rules; repair it in the source"
        return refusals.add(path, problem, expected, RejectReason.INVALID_GEOMETRY)
    return geometry


def _coordinates(value: Any, depth: int, counter: list[int]) -> tuple[Any, ...] | None:
    """Return nested tuples of positions, or None when the form is another one."""
    if not isinstance(value, list) or counter[0] > MAX_POSITIONS:
        return None
    if depth == 0:
        counter[0] += 1
        if len(value) != 2:
            return None
        pair = []
        for number in value:
            if isinstance(number, bool) or not isinstance(number, int | Decimal):
                return None
            as_float = float(number)
            if not math.isfinite(as_float) or abs(as_float) > MAX_COORDINATE:
                return None
            pair.append(as_float)
        return tuple(pair)
    children = []
    for child in value:
        item = _coordinates(child, depth - 1, counter)
        if item is None:
            return None
        children.append(item)
    return tuple(children)


_SPECIAL: dict[Any, Reader] = {
    str: _read_text,
    bool: _read_bool,
    int: _read_int,
    Decimal: _read_decimal,
    date: _read_day,
    PlanDate: _read_plan_date,
    Geometry: _read_geometry,
}


def write(value: Any) -> Any:
    """Return the JSON value of an object of the model; unknown fields are left out."""
    if value is NOBODY:
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PlanDate):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): write(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [write(item) for item in value]
    return {
        field.name: write(item)
        for field in dataclasses.fields(value)
        if (item := getattr(value, field.name)) is not None
    }


def plain_number(number: Decimal) -> int | float:
    """Return a decimal as JSON writes it: whole when it is whole, else the shortest fraction."""
    return int(number) if number == number.to_integral_value() else float(number)
