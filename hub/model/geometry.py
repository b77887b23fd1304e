"""Geometry as plans carry it: GeoJSON types, EPSG:28992, metres. No geometry is computed here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CRS = "EPSG:28992"
RD_EXTENT_M = (-2_500_000.0, -2_500_000.0, 2_500_000.0, 2_500_000.0)
"""Bounds (min x, min y, max x, max y) that hold Europe: outside lies another CRS, such as UTM
(y above 5,000 km) or Web Mercator. A connector narrows them to the Netherlands."""
MAX_POSITIONS = 100_000


class GeometryType(StrEnum):
    """The GeoJSON types a plan may use."""

    POINT = "Point"
    LINE_STRING = "LineString"
    POLYGON = "Polygon"
    MULTI_POINT = "MultiPoint"
    MULTI_LINE_STRING = "MultiLineString"
    MULTI_POLYGON = "MultiPolygon"

    @property
    def depth(self) -> int:
        """Return how many lists lie around one position."""
        return _DEPTH[self]

    @property
    def is_surface(self) -> bool:
        """Tell whether geometries of this type have an area."""
        return self in (GeometryType.POLYGON, GeometryType.MULTI_POLYGON)


_DEPTH = {
    GeometryType.POINT: 0,
    GeometryType.LINE_STRING: 1,
    GeometryType.MULTI_POINT: 1,
    GeometryType.POLYGON: 2,
    GeometryType.MULTI_LINE_STRING: 2,
    GeometryType.MULTI_POLYGON: 3,
}


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry: its type and nested tuples of `(x, y)` positions in metres."""

    type: GeometryType
    coordinates: tuple[Any, ...]

    def positions(self) -> Iterator[tuple[float, float]]:
        """Yield every position, in order."""
        yield from _positions(self.coordinates, self.type.depth)


def _positions(node: Any, depth: int) -> Iterator[tuple[float, float]]:
    if depth == 0:
        yield node
        return
    for child in node:
        yield from _positions(child, depth - 1)
