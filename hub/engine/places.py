"""Where a work is: its shape, its footprint, and what two places have in common (model 1.8).

Shapes are never prepared: below some 200 vertices a prepared test is slower than a plain one, and a
pair is measured once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import shapely

from hub.model.geometry import Geometry, GeometryType

Bounds = tuple[float, float, float, float]
"""Smallest x and y, greatest x and y, in metres."""

MITRE_LIMIT = 5.0
Shape = Any
"""A shapely geometry, or None where it has no surface."""


def shape_of(geometry: Geometry) -> Shape:
    """Return the shape of a geometry that was checked on its way in."""
    at = geometry.coordinates
    match geometry.type:
        case GeometryType.POINT:
            return shapely.Point(at)
        case GeometryType.LINE_STRING:
            return shapely.LineString(at)
        case GeometryType.POLYGON:
            return shapely.Polygon(at[0], at[1:])
        case GeometryType.MULTI_POINT:
            return shapely.MultiPoint(at)
        case GeometryType.MULTI_LINE_STRING:
            return shapely.MultiLineString(at)
        case GeometryType.MULTI_POLYGON:
            return shapely.MultiPolygon([(rings[0], rings[1:]) for rings in at])


def footprint_of(geometry: Geometry, shape: Shape, half_width_m: Decimal) -> Shape:
    """Return the area a work occupies: a polygon as it is, a line or point widened.

    Flat ends and mitre joins have no round parts, so the numbers do not depend on a resolution.
    """
    if geometry.type.is_surface:
        return shape
    half = float(half_width_m)
    if half == 0:
        return shapely.Polygon()
    if geometry.type in (GeometryType.POINT, GeometryType.MULTI_POINT):
        squares = [
            shapely.box(x - half, y - half, x + half, y + half) for x, y in geometry.positions()
        ]
        return squares[0] if len(squares) == 1 else shapely.union_all(squares)
    return shapely.buffer(
        shape, half, cap_style="flat", join_style="mitre", mitre_limit=MITRE_LIMIT
    )


def overlaps(a: Shape, b: Shape) -> bool:
    """Tell whether two shapes share more than an edge or a point of it."""
    return bool(shapely.intersects(a, b)) and not bool(shapely.touches(a, b))


class Place:
    """The shape and footprint of one work; the bounds enclose both."""

    __slots__ = (
        "_covers",
        "_widened",
        "bounds",
        "footprint",
        "half_width_m",
        "layers",
        "shape",
    )

    def __init__(self, geometry: Geometry, half_width_m: Decimal) -> None:
        self.half_width_m = half_width_m
        self.shape = shape_of(geometry)
        self.footprint = footprint_of(geometry, self.shape, half_width_m)
        self.bounds: Bounds = _bounds(self.shape, self.footprint)
        self._widened: tuple[Decimal, Shape, float] | None = None
        self.layers: dict[object, tuple[int, tuple[str, ...]]] = {}
        """What each layer of reference geometries says of this place, and in which version."""
        self._covers: dict[str, tuple[Shape, Decimal, float]] = {}

    def widened(self, coupling_m: Decimal) -> tuple[Shape, float]:
        """Return the footprint widened by half the coupling distance on all sides, and its area."""
        known = self._widened
        if known is None or known[0] != coupling_m:
            shape = shapely.buffer(
                self.footprint,
                float(coupling_m) / 2,
                join_style="mitre",
                mitre_limit=MITRE_LIMIT,
            )
            known = self._widened = (coupling_m, shape, float(shapely.area(shape)))
        return known[1], known[2]

    def share_of(self, area: str, shape: Shape, coupling_m: Decimal) -> float:
        """Return which part of an area the widened footprint covers."""
        known = self._covers.get(area)
        if known is None or known[0] is not shape or known[1] != coupling_m:
            whole = float(shapely.area(shape))
            covered = float(shapely.area(shapely.intersection(self.widened(coupling_m)[0], shape)))
            known = self._covers[area] = (shape, coupling_m, covered / whole if whole else 0.0)
        return known[2]


def _bounds(shape: Shape, footprint: Shape) -> Bounds:
    x0, y0, x1, y1 = shape.bounds
    if shape is footprint or footprint.is_empty:
        return x0, y0, x1, y1
    fx0, fy0, fx1, fy1 = footprint.bounds
    return min(x0, fx0), min(y0, fy0), max(x1, fx1), max(y1, fy1)


class PairGeometry:
    """What two places have in common, measured once and only when asked for."""

    __slots__ = ("_area", "_extent", "_overlaps", "a", "b", "distance_m")

    def __init__(self, a: Place, b: Place, distance_m: float | None = None) -> None:
        self.a = a
        self.b = b
        if distance_m is None:
            distance_m = float(shapely.distance(a.shape, b.shape))
        self.distance_m = distance_m
        self._overlaps: bool | None = None
        self._area: float | None = None
        self._extent: tuple[Decimal, float] | None = None

    @property
    def overlaps(self) -> bool:
        """Tell whether the footprints overlap."""
        if self._overlaps is None:
            self._overlaps = overlaps(self.a.footprint, self.b.footprint)
        return self._overlaps

    @property
    def overlap_area_m2(self) -> float:
        """Return the area both footprints cover, 0 where they only touch."""
        if self._area is None:
            self._area = (
                float(shapely.area(shapely.intersection(self.a.footprint, self.b.footprint)))
                if self.overlaps
                else 0.0
            )
        return self._area

    def shared_extent(self, coupling_m: Decimal) -> float:
        """Return the part of the smaller widened footprint that both cover (rules 3.4)."""
        if self._extent is None or self._extent[0] != coupling_m:
            a_shape, a_area = self.a.widened(coupling_m)
            b_shape, b_area = self.b.widened(coupling_m)
            smaller = min(a_area, b_area)
            shared = float(shapely.area(shapely.intersection(a_shape, b_shape))) if smaller else 0.0
            self._extent = (coupling_m, shared / smaller if smaller else 0.0)
        return self._extent[1]
