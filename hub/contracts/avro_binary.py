"""Wire values as Avro binary, written by functions that are made once for each schema.

The Avro library walks the schema again for every record and tries the branches of a union one by
one; that was most of the time a record took. Here the walk is done once, and which branch a value
belongs to is looked up. The bytes are those of the library, which the tests hold beside them.

A record inside a record has the same bytes wherever it stands, so those of the types in
`remembered` are kept for the last so many values: a work is written once for all records that hold
it, a date or a geometry once for all works.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

Write = Callable[[bytearray, Any], None]

_LIMITS = {"int": 1 << 31, "long": 1 << 63}
_TYPE_OF_BRANCH: Mapping[str, type] = {
    "boolean": bool,
    "int": int,
    "long": int,
    "double": float,
    "string": str,
    "bytes": bytes,
    "array": list,
    "map": dict,
}
_pack_double = struct.Struct("<d").pack


class BinaryWriters:
    """Makes the writers of record types; a part that they share is made once."""

    def __init__(self, *, remembered: Mapping[str, int] | None = None) -> None:
        self._remembered = remembered or {}
        self._known: dict[str, Write] = {}

    def of(self, schema: Any) -> Write:
        """Return the function that appends a value under a parsed schema without logical types.

        It raises whatever comes (KeyError, TypeError, ValueError, …) for a value that does not fit.
        """
        return self._writer(schema, {})

    def _writer(self, schema: Any, named: dict[str, Write]) -> Write:
        if isinstance(schema, list):
            return self._union(schema, named)
        if isinstance(schema, str):
            return _PRIMITIVES.get(schema) or named[schema]
        kind = schema["type"]
        match kind:
            case "record":
                write = named[schema["name"]] = self._record(schema, named)
                return write
            case "enum":
                write = named[schema["name"]] = _enum_writer(schema["symbols"])
                return write
            case "array":
                return _array_writer(self._writer(schema["items"], named))
            case "map":
                return _map_writer(self._writer(schema["values"], named))
            case _:
                return self._writer(kind, named)

    def _record(self, schema: Any, named: dict[str, Write]) -> Write:
        fields = [self._field(field, named) for field in schema["fields"]]
        definition = json.dumps(schema, sort_keys=True, default=str)
        if definition not in self._known:
            write = _record_writer(fields)
            if schema["name"] in self._remembered:
                write = _remembering(write, most=self._remembered[schema["name"]])
            self._known[definition] = write
        return self._known[definition]

    def _field(self, field: Any, named: dict[str, Write]) -> tuple[str, Write, int | None, bytes]:
        """Return name and writer of a field, its byte for `None`, and its default in binary."""
        kind = field["type"]
        write = self._writer(kind, named)
        null = kind.index("null") << 1 if isinstance(kind, list) and "null" in kind else None
        absent = bytearray()
        if "default" in field:
            default = field["default"]
            write(absent, default.encode("latin-1") if kind == "bytes" else default)
        return field["name"], write, null, bytes(absent)

    def _union(self, branches: list[Any], named: dict[str, Write]) -> Write:
        by_name: dict[str, tuple[int, Write]] = {}
        by_type: dict[type, tuple[int, Write]] = {}
        for index, branch in enumerate(branches):
            entry = index << 1, self._writer(branch, named)
            name = branch if isinstance(branch, str) else branch.get("name", branch["type"])
            by_name[name] = entry
            kind = _TYPE_OF_BRANCH.get(name, dict if name != "null" else type(None))
            by_type.setdefault(kind, entry)

        def write_union(out: bytearray, value: Any) -> None:
            if value.__class__ is tuple:
                name, value = value
                head, write = by_name[name]
            else:
                head, write = by_type.get(value.__class__) or _by_instance(by_type, value)
            out.append(head)
            write(out, value)

        return write_union


def _by_instance(by_type: Mapping[type, tuple[int, Write]], value: Any) -> tuple[int, Write]:
    """Return the branch of a value whose class derives from that of a branch."""
    for kind, entry in by_type.items():
        if isinstance(value, kind):
            return entry
    raise TypeError(f"{type(value).__name__} fits no branch")


def _record_writer(fields: list[tuple[str, Write, int | None, bytes]]) -> Write:
    def write_record(out: bytearray, value: Any) -> None:
        for name, write, null, absent in fields:
            if name not in value:
                if not absent:
                    raise ValueError(f"no value and no default for {name}")
                out += absent
                continue
            item = value[name]
            if item is None and null is not None:
                out.append(null)
            else:
                write(out, item)

    return write_record


def _remembering(write: Write, *, most: int) -> Write:
    """Return a writer that keeps the bytes of the last values; they must not change any more."""
    known: dict[int, tuple[Any, bytes]] = {}

    def write_once(out: bytearray, value: Any) -> None:
        found = known.get(id(value))
        if found is None or found[0] is not value:
            part = bytearray()
            write(part, value)
            if len(known) >= most:
                known.clear()
            found = known[id(value)] = value, bytes(part)
        out += found[1]

    return write_once


def _enum_writer(symbols: list[str]) -> Write:
    indexes = {symbol: index for index, symbol in enumerate(symbols)}

    def write_enum(out: bytearray, value: Any) -> None:
        _write_whole(out, indexes[value])

    return write_enum


def _array_writer(write: Write) -> Write:
    def write_array(out: bytearray, values: Any) -> None:
        if values:
            _write_whole(out, len(values))
            for value in values:
                write(out, value)
        out.append(0)

    return write_array


def _map_writer(write: Write) -> Write:
    def write_map(out: bytearray, values: Any) -> None:
        if values:
            _write_whole(out, len(values))
            for name, value in values.items():
                _write_text(out, name)
                write(out, value)
        out.append(0)

    return write_map


def _limited(limit: int) -> Write:
    def write_number(out: bytearray, number: Any) -> None:
        if not -limit <= number < limit:
            raise ValueError(f"{number} is beyond the numbers of its type")
        _write_whole(out, number)

    return write_number


def _write_whole(out: bytearray, number: int) -> None:
    """Append a whole number, the small ones in one byte, the sign in the last bit (zigzag)."""
    left = number << 1 if number >= 0 else (-number << 1) - 1
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)


def _write_text(out: bytearray, text: Any) -> None:
    data = text.encode()
    _write_whole(out, len(data))
    out += data


def _write_bytes(out: bytearray, data: Any) -> None:
    _write_whole(out, len(data))
    out += data


def _write_double(out: bytearray, number: Any) -> None:
    out += _pack_double(number)


def _write_flag(out: bytearray, flag: Any) -> None:
    out.append(1 if flag else 0)


def _write_nothing(out: bytearray, value: Any) -> None:
    if value is not None:
        raise TypeError(f"{type(value).__name__} where nothing can stand")


_PRIMITIVES: Mapping[str, Write] = {
    "null": _write_nothing,
    "boolean": _write_flag,
    "int": _limited(_LIMITS["int"]),
    "long": _limited(_LIMITS["long"]),
    "double": _write_double,
    "bytes": _write_bytes,
    "string": _write_text,
}
