"""From Avro binary straight to the model, for well-formed records of the current schemas.

`avro_read` remains the one that decides: it reads every released version, and says what is wrong
with a record and where. Here one function per type, made once, goes over the bytes with the checks
of `avro_read` and gives up at the first thing that is out of the ordinary; the record is then read
again the long way. So what is read here is what would be read there, in a third of the time; a
worker that restores a hundred thousand works waits for little else.
"""

from __future__ import annotations

import dataclasses
import struct
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from hub.contracts.avro_forms import (
    LOG_CLASSES,
    UNKNOWN,
    RefusedFieldError,
    base_of,
    is_enum,
    is_record,
    plain,
)
from hub.contracts.avro_read import (
    read_geometry_bytes,
    read_measure,
    read_plan_date_text,
    reader_of,
)
from hub.model.dates import PlanDate
from hub.model.finding import Evidence
from hub.model.geometry import Geometry
from hub.model.programme import LogEntry
from hub.model.vocabulary import NOBODY

Read = Callable[[bytes, int], tuple[Any, int]]
"""Reads a value that begins at an offset; returns it and the offset behind it."""
DirectRead = Callable[[bytes, int], Any]
"""Reads the object that begins at an offset and ends with the record."""

_SKIP_FIELD, _NONE, _GIVE_UP = "skip", "none", "give up"
_NEVER = -1
"""No byte of a record."""
_INT_LIMIT = 1 << 31
_LARGEST = (1 << 64) - 1
_MOST_DATES = 8192
_LONGEST_SHIFT = 63  # ten bytes

NOBODY_FIELD = "known_nobody"
_unpack_double = struct.Struct("<d").unpack_from


class OutOfTheOrdinaryError(Exception):
    """The record has to be read the long way."""


def direct_reader(cls: Any, schema: Any) -> DirectRead:
    """Return the function that reads an object of a class from its offset to the end of a record.

    `schema` is parsed, without logical types. The function raises OutOfTheOrdinaryError, and
    nothing else, for whatever it cannot read.
    """
    read = _Readers().record(cls, schema)

    def read_all(data: bytes, start: int) -> Any:
        try:
            value, end = read(data, start)
        except (
            RefusedFieldError,
            IndexError,
            KeyError,
            UnicodeDecodeError,
            struct.error,
        ) as error:
            raise OutOfTheOrdinaryError from error
        if end != len(data):
            raise OutOfTheOrdinaryError
        return value

    return read_all


class _Step(NamedTuple):
    """One field: its reader, the byte of its branch, the byte that says it is absent, what then."""

    name: str  # empty for what the model does not have
    read: Read
    head: int = _NEVER
    null: int = _NEVER
    absent: str = _GIVE_UP


class _Readers:
    """Makes the readers of one schema; a type is made once for each class it becomes."""

    def __init__(self) -> None:
        self._definitions: dict[str, Any] = {}
        self._made: dict[tuple[str, Any], Read] = {}

    def record(self, cls: Any, schema: Any) -> Read:
        """Return the reader of a record that becomes an object of a class."""
        definition = self._definition(schema)
        key = definition["name"], cls
        if key not in self._made:
            self._made[key] = self._new_record(cls, definition)
        return self._made[key]

    def _definition(self, schema: Any) -> Any:
        if isinstance(schema, str):
            return self._definitions.get(schema, schema)
        if isinstance(schema, dict) and "name" in schema:
            self._definitions[schema["name"]] = schema
        return schema

    def _new_record(self, cls: Any, definition: Any) -> Read:
        if cls is PlanDate:
            others = self._first_only(definition, _text_reader(read_plan_date_text))
            return _remembering(others, most=_MOST_DATES)
        if cls is Geometry:
            return self._first_only(definition, _bytes_reader(read_geometry_bytes))
        if cls is LogEntry:
            return self._log_entry(definition)
        hints = typing.get_type_hints(cls, include_extras=True)
        of_class = {field.name: field for field in dataclasses.fields(cls)}
        steps: list[_Step] = []
        for field in definition["fields"]:
            name = field["name"]
            if name == NOBODY_FIELD:
                steps.append(_Step(name, _array_reader(_PRIMITIVES["string"])))
            elif name in of_class:
                steps.append(self._field(cls, of_class[name], hints[name], field["type"]))
            else:
                steps.append(_Step("", self._passing(field["type"])))
        nullable = frozenset(name for name, hint in hints.items() if base_of(hint)[2])
        return _record_reader(cls, steps, nullable)

    def _field(self, cls: Any, field: Any, hint: Any, kind: Any) -> _Step:
        name = field.name
        if cls is Evidence and name in ("value", "threshold"):
            return _Step(name, self._measure(kind))
        base, optional, _ = base_of(hint)
        if field.default_factory is not dataclasses.MISSING and not optional:
            absent = _SKIP_FIELD
        elif optional:
            absent = _SKIP_FIELD if field.default is None else _NONE
        else:
            absent = _GIVE_UP
        if isinstance(kind, list):
            (index,) = (i for i, branch in enumerate(kind) if branch != "null")
            read = self._value(base, kind[index])
            return _Step(name, read, head=index << 1, null=kind.index("null") << 1, absent=absent)
        null = _NEVER
        if optional and is_enum(plain(base)):
            null = self._definition(kind)["symbols"].index(UNKNOWN) << 1
        return _Step(name, self._value(base, kind), null=null, absent=absent)

    def _value(self, annotation: Any, kind: Any) -> Read:
        definition = self._definition(kind)
        base = plain(annotation)
        if is_enum(base):
            return _enum_reader(base, definition["symbols"])
        if is_record(base):
            return self.record(base, definition)
        origin = typing.get_origin(base)
        if origin is tuple:
            return _array_reader(self._value(typing.get_args(base)[0], definition["items"]), tuple)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            read = self._value(typing.get_args(base)[1], definition["values"])
            return _map_reader(self._leaf(str, "string"), read)
        return self._leaf(annotation, definition)

    def _leaf(self, annotation: Any, kind: Any) -> Read:
        check = reader_of(annotation)
        if kind == "string":
            return _text_reader(check)
        raw = _PRIMITIVES[kind]

        def read_leaf(data: bytes, at: int) -> tuple[Any, int]:
            value, at = raw(data, at)
            return check(value), at

        return read_leaf

    def _measure(self, kind: Any) -> Read:
        """Return the reader of a measured fact, which may be one of several types."""
        branches = _one_of([self._unchecked(branch) for branch in kind])

        def read_fact(data: bytes, at: int) -> tuple[Any, int]:
            value, at = branches(data, at)
            return read_measure(value), at

        return read_fact

    def _unchecked(self, kind: Any) -> Read:
        if isinstance(kind, str):
            return _PRIMITIVES[kind]
        return _array_reader(_one_of([_PRIMITIVES[branch] for branch in kind["items"]]))

    def _log_entry(self, definition: Any) -> Read:
        """Return the reader of a log entry that holds a work, a decision or a tick."""
        hints = typing.get_type_hints(LogEntry, include_extras=True)
        (first, day_kind), *bodies = [(f["name"], f["type"]) for f in definition["fields"]]
        assert first == "at"
        step = self._field(LogEntry, dataclasses.fields(LogEntry)[0], hints["at"], day_kind)
        read_day = _behind(step.head, step.read)
        readers = [(kind.index("null") << 1, self._body(name, kind)) for name, kind in bodies]

        def read_log_entry(data: bytes, at: int) -> tuple[Any, int]:
            day, at = read_day(data, at)
            body = None
            for absent, read in readers:
                if data[at] == absent:
                    at += 1
                elif body is not None:
                    raise OutOfTheOrdinaryError
                else:
                    body, at = read(data, at)
            if body is None:
                raise OutOfTheOrdinaryError
            return LogEntry(day, body), at

        return read_log_entry

    def _body(self, name: str, kind: Any) -> Read:
        if name not in LOG_CLASSES:
            self._passing(kind)
            return _gives_up
        (index,) = (i for i, branch in enumerate(kind) if branch != "null")
        return _behind(index << 1, self.record(LOG_CLASSES[name], kind[index]))

    def _first_only(self, definition: Any, read: Read) -> Read:
        """Return the reader of a record whose first field says everything."""
        _, *others = [self._passing(field["type"]) for field in definition["fields"]]

        def read_first(data: bytes, at: int) -> tuple[Any, int]:
            value, at = read(data, at)
            for passing in others:
                _, at = passing(data, at)
            return value, at

        return read_first

    def _passing(self, kind: Any) -> Read:
        """Return the reader of a value that nobody wants; only its end counts."""
        if isinstance(kind, list):
            return _one_of([self._passing(branch) for branch in kind])
        definition = self._definition(kind)
        size = _size(definition)
        if size is not None:
            return _passing_bytes(size)
        if isinstance(definition, str):
            return _pass_number if definition in ("int", "long") else _PRIMITIVES[definition]
        match definition["type"]:
            case "record":
                parts = [self._passing(field["type"]) for field in definition["fields"]]
                return _passing_all(parts)
            case "enum":
                return _pass_number
            case "array":
                return _array_reader(self._passing(definition["items"]))
            case "map":
                return _map_reader(_PRIMITIVES["string"], self._passing(definition["values"]))
            case other:
                return self._passing(other)


def _record_reader(cls: Any, steps: list[_Step], nullable: frozenset[str]) -> Read:
    finds_problems = hasattr(cls, "problems")

    def read_record(data: bytes, at: int) -> tuple[Any, int]:
        arguments: dict[str, Any] = {}
        for name, read, head, null, absent in steps:
            byte = data[at]
            if byte == null:
                if absent is _GIVE_UP:
                    raise OutOfTheOrdinaryError
                if absent is _NONE:
                    arguments[name] = None
                at += 1
                continue
            if head >= 0:
                if byte != head:
                    raise OutOfTheOrdinaryError
                at += 1
            value, at = read(data, at)
            if name:
                arguments[name] = value
        if nullable:
            for name in arguments.pop(NOBODY_FIELD):
                if name not in nullable or arguments.get(name) is not None:
                    raise OutOfTheOrdinaryError
                arguments[name] = NOBODY
        result = cls(**arguments)
        if finds_problems:
            for _ in result.problems():
                raise OutOfTheOrdinaryError
        return result, at

    return read_record


def _remembering(read: Read, *, most: int) -> Read:
    """Return a reader that knows what begins with a text by that text, with all its bytes."""
    known: dict[bytes, tuple[Any, bytes]] = {}

    def read_known(data: bytes, at: int) -> tuple[Any, int]:
        behind_text = at + 1 + (data[at] >> 1)
        text = data[at:behind_text]
        found = known.get(text)
        if found is not None:
            value, tail = found
            end = behind_text + len(tail)
            if data[behind_text:end] == tail:
                return value, end
        value, end = read(data, at)
        if found is None and end > behind_text:
            if len(known) >= most:
                known.clear()
            known[text] = value, data[behind_text:end]
        return value, end

    return read_known


def _behind(head: int, read: Read) -> Read:
    """Return the reader of the only value of a union, which its branch stands before."""

    def read_branch(data: bytes, at: int) -> tuple[Any, int]:
        if data[at] != head:
            raise OutOfTheOrdinaryError
        return read(data, at + 1)

    return read_branch


def _one_of(branches: list[Read]) -> Read:
    heads = {index << 1: read for index, read in enumerate(branches)}

    def read_any(data: bytes, at: int) -> tuple[Any, int]:
        return heads[data[at]](data, at + 1)

    return read_any


def _passing_all(parts: list[Read]) -> Read:
    def pass_over(data: bytes, at: int) -> tuple[Any, int]:
        for passing in parts:
            _, at = passing(data, at)
        return None, at

    return pass_over


def _size(kind: Any) -> int | None:
    """Return how many bytes every value of a type has; None where they differ."""
    if isinstance(kind, dict) and kind["type"] == "record":
        sizes = [_size(field["type"]) for field in kind["fields"]]
        return None if None in sizes else sum(size for size in sizes if size is not None)
    return {"double": 8, "boolean": 1}.get(kind) if isinstance(kind, str) else None


def _passing_bytes(size: int) -> Read:
    def pass_over(data: bytes, at: int) -> tuple[Any, int]:
        at += size
        if at > len(data):
            raise OutOfTheOrdinaryError
        return None, at

    return pass_over


def _pass_number(data: bytes, at: int) -> tuple[Any, int]:
    while data[at] > 0x7F:
        at += 1
    return None, at + 1


def _enum_reader(enum: Any, symbols: list[str]) -> Read:
    members = {member.value: member for member in enum}
    by_byte = {index << 1: members[name] for index, name in enumerate(symbols) if name in members}

    def read_enum(data: bytes, at: int) -> tuple[Any, int]:
        return by_byte[data[at]], at + 1

    return read_enum


def _text_reader(check: Callable[[str], Any]) -> Read:
    def read_text(data: bytes, at: int) -> tuple[Any, int]:
        length = data[at]
        if length < 0x80 and not length & 1:
            length >>= 1
            at += 1
        else:
            length, at = _whole(data, at)
        end = at + length
        if length < 0 or end > len(data):
            raise OutOfTheOrdinaryError
        return check(data[at:end].decode()), end

    return read_text


def _bytes_reader(check: Callable[[bytes], Any]) -> Read:
    def read_bytes(data: bytes, at: int) -> tuple[Any, int]:
        length, at = _whole(data, at)
        end = at + length
        if length < 0 or end > len(data):
            raise OutOfTheOrdinaryError
        return check(data[at:end]), end

    return read_bytes


def _array_reader(read: Read, kind: type = list) -> Read:
    def read_array(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        while count_byte := data[at]:
            count, at = _whole(data, at)
            if count_byte & 1:  # a block that tells its size in bytes; we write none
                raise OutOfTheOrdinaryError
            for _ in range(count):
                value, at = read(data, at)
                values.append(value)
        return kind(values), at + 1

    return read_array


def _map_reader(read_name: Read, read: Read) -> Read:
    def read_map(data: bytes, at: int) -> tuple[Any, int]:
        values = {}
        while count_byte := data[at]:
            count, at = _whole(data, at)
            if count_byte & 1:
                raise OutOfTheOrdinaryError
            for _ in range(count):
                name, at = read_name(data, at)
                values[name], at = read(data, at)
        return values, at + 1

    return read_map


def _whole(data: bytes, at: int) -> tuple[int, int]:
    """Read a whole number: seven bits a byte, the lowest first, the sign in the last bit."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    number, shift = byte & 0x7F, 7
    while byte > 0x7F:
        if shift > _LONGEST_SHIFT:
            raise OutOfTheOrdinaryError
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
    if number > _LARGEST:
        raise OutOfTheOrdinaryError
    return (number >> 1) ^ -(number & 1), at


def _int(data: bytes, at: int) -> tuple[int, int]:
    number, at = _whole(data, at)
    if not -_INT_LIMIT <= number < _INT_LIMIT:
        raise OutOfTheOrdinaryError
    return number, at


def _flag(data: bytes, at: int) -> tuple[bool, int]:
    return _FLAGS[data[at]], at + 1


def _double(data: bytes, at: int) -> tuple[float, int]:
    return _unpack_double(data, at)[0], at + 8


def _nothing(data: bytes, at: int) -> tuple[None, int]:
    return None, at


def _gives_up(data: bytes, at: int) -> NoReturn:
    raise OutOfTheOrdinaryError


_FLAGS = (False, True)
_PRIMITIVES: Mapping[str, Read] = {
    "null": _nothing,
    "boolean": _flag,
    "int": _int,
    "long": _whole,
    "double": _double,
    "string": _text_reader(str),
    "bytes": _bytes_reader(bytes),
}
