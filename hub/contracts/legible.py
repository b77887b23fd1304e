"""Bytes as a person may read them: never raises, never sends control characters to a terminal."""

from __future__ import annotations

import io
import json
import struct
from functools import lru_cache
from typing import Any

import fastavro

from hub.contracts.codec import FRAME_BYTES, MAGIC
from hub.contracts.schema_store import SchemaStore

DUMPED_BYTES = 512
_LINE_BYTES = 16


def legible(data: bytes | None, *, dumped_bytes: int = DUMPED_BYTES) -> str:
    """Return a value as the JSON of its schema, else as text, else as a bounded dump."""
    if data is None:
        return "no value"
    if not data:
        return "an empty value"
    read = _as_record(data)
    if read is not None:
        type_name, value = read
        text = json.dumps(value, ensure_ascii=False, indent=1, default=_plain)
        return f"{type_name} {_lines(text)}"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _dump(data, dumped_bytes)
    if sum(not (c.isprintable() or c in "\n\t") for c in text) * 10 > len(text):
        return _dump(data, dumped_bytes)
    return _lines(text)


def one_line(text: str, *, limit: int = 200) -> str:
    """Return a text on one line without control characters, cut when it is long."""
    shown = "".join(c if c.isprintable() else _escaped(c) for c in text[:limit])
    return shown + ("…" if len(text) > limit else "")


def _lines(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _as_record(data: bytes) -> tuple[str, Any] | None:
    """Return type and content of a record with our frame, None for anything else."""
    if len(data) <= FRAME_BYTES or data[0] != MAGIC:
        return None
    (schema_id,) = struct.unpack_from(">I", data, 1)
    known = _schema(schema_id)
    if known is None:
        return None
    type_name, schema = known
    source = io.BytesIO(data)
    source.seek(FRAME_BYTES)
    try:
        value = fastavro.schemaless_reader(source, schema, None)
    except Exception:  # the library raises many kinds; a dump is shown then
        return None
    return (type_name, value) if source.tell() == len(data) else None


@lru_cache
def _schema(schema_id: int) -> tuple[str, Any] | None:
    released = SchemaStore().by_id.get(schema_id)
    if released is None:
        return None
    return released.type_name, fastavro.parse_schema(released.schema)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _dump(data: bytes, limit: int) -> str:
    rows = []
    for start in range(0, min(len(data), limit), _LINE_BYTES):
        part = data[start : min(start + _LINE_BYTES, limit)]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(f"{start:06x}  {part.hex(' '):<47}  {text}")
    if len(data) > limit:
        rows.append(f"… {len(data) - limit} bytes more")
    return "\n".join(rows)
