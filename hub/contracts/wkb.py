"""Well-known binary on one side, the model's geometry on the other.

Written here and not left to a geometry library because bytes from a topic are hostile until read:
counts are checked against what is left before anything is allocated. Only the six two-dimensional
types of the model exist; extended forms (Z, M, SRID) are refused.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from hub.model.geometry import MAX_POSITIONS, Geometry, GeometryType

MAX_COORDINATE_M = 1e8
_CODES = {
    GeometryType.POINT: 1,
    GeometryType.LINE_STRING: 2,
    GeometryType.POLYGON: 3,
    GeometryType.MULTI_POINT: 4,
    GeometryType.MULTI_LINE_STRING: 5,
    GeometryType.MULTI_POLYGON: 6,
}
_TYPES = {code: kind for kind, code in _CODES.items()}
_PARTS = {
    GeometryType.MULTI_POINT: GeometryType.POINT,
    GeometryType.MULTI_LINE_STRING: GeometryType.LINE_STRING,
    GeometryType.MULTI_POLYGON: GeometryType.POLYGON,
}
_POSITION_BYTES = 16
_HEADER_BYTES = 5


def to_wkb(geometry: Geometry) -> bytes:
    """Return a geometry as little-endian WKB."""
    out: list[bytes] = []
    _write(geometry.type, geometry.coordinates, out)
    return b"".join(out)


def _write(kind: GeometryType, coordinates: Any, out: list[bytes]) -> None:
    out.append(struct.pack("<BI", 1, _CODES[kind]))
    match kind:
        case GeometryType.POINT:
            out.append(struct.pack("<2d", *coordinates))
        case GeometryType.LINE_STRING:
            _write_positions(coordinates, out)
        case GeometryType.POLYGON:
            out.append(struct.pack("<I", len(coordinates)))
            for ring in coordinates:
                _write_positions(ring, out)
        case _:
            out.append(struct.pack("<I", len(coordinates)))
            for part in coordinates:
                _write(_PARTS[kind], part, out)


def _write_positions(positions: Any, out: list[bytes]) -> None:
    numbers = [number for position in positions for number in position]
    out.append(struct.pack(f"<I{len(numbers)}d", len(positions), *numbers))


def from_wkb(data: bytes) -> Geometry:
    """Return the geometry that WKB bytes describe; its validity is another question.

    :raises ValueError: saying in words what is wrong with the bytes
    """
    reader = _Reader(data)
    kind, coordinates = reader.geometry(None)
    if reader.left:
        raise ValueError(f"{reader.left} bytes after the end of the geometry")
    return Geometry(kind, coordinates)


class _Reader:
    """Reads from the front of some bytes and never trusts a count."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._positions = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def _take(self, form: str, size: int) -> tuple[Any, ...]:
        if size > self.left:
            raise ValueError(f"bytes that end after {len(self._data)}, in the middle of a geometry")
        values = struct.unpack_from(form, self._data, self._at)
        self._at += size
        return values

    def geometry(self, expected: GeometryType | None) -> tuple[GeometryType, tuple[Any, ...]]:
        (order,) = self._take("<B", 1)
        if order > 1:
            raise ValueError(f"a byte order of {order}")
        end = "<" if order == 1 else ">"
        (code,) = self._take(f"{end}I", 4)
        kind = _TYPES.get(code)
        if kind is None or (expected is not None and kind is not expected):
            raise ValueError(f"a geometry of WKB type {code}")
        if kind is GeometryType.POINT:
            return kind, self._run(end, 1)[0]
        if kind is GeometryType.LINE_STRING:
            return kind, self._line(end)
        if kind is GeometryType.POLYGON:
            return kind, tuple(self._line(end) for _ in range(self._count(end, 4)))
        part = _PARTS[kind]
        count = self._count(end, _HEADER_BYTES)
        return kind, tuple(self.geometry(part)[1] for _ in range(count))

    def _count(self, end: str, least_bytes: int) -> int:
        (count,) = self._take(f"{end}I", 4)
        if count * least_bytes > self.left:
            raise ValueError(f"a count of {count} with {self.left} bytes left")
        return int(count)

    def _line(self, end: str) -> tuple[tuple[float, float], ...]:
        return self._run(end, self._count(end, _POSITION_BYTES))

    def _run(self, end: str, count: int) -> tuple[tuple[float, float], ...]:
        self._positions += count
        if self._positions > MAX_POSITIONS:
            raise ValueError(f"more than {MAX_POSITIONS} positions")
        numbers = self._take(f"{end}{2 * count}d", _POSITION_BYTES * count)
        for number in numbers:
            if not math.isfinite(number) or abs(number) > MAX_COORDINATE_M:
                raise ValueError(f"a coordinate of {number}")
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
