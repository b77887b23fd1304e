"""Geometry on its way in: from the model's nested positions to shapes, and what OGC says of them.

A geometry that is not valid is refused with a reason, never repaired: a repaired street is another
street.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from hub.contracts.wkb import to_wkb
from hub.model.geometry import MAX_POSITIONS, RD_EXTENT_M, Geometry, GeometryType


def to_shapely(geometry: Geometry) -> BaseGeometry:
    """Return the shape of a geometry whose rings and lines have enough positions.

    By way of its WKB, which takes a third of the time of shapely's own constructors.

    :raises ValueError: if a ring or line is too short to be drawn
    """
    try:
        return shapely.from_wkb(to_wkb(geometry))
    except shapely.errors.GEOSException as error:
        raise ValueError(str(error)) from None


def validity_problem(geometry: Geometry) -> str | None:
    """Return what is wrong with a geometry by the OGC rules, or None when nothing is.

    A point with finite coordinates is valid, and so is a line that has a length; only of a surface
    must its shape be looked at.
    """
    problem = _positions_problem(geometry) or _rings_problem(geometry)
    if problem is not None or not geometry.type.is_surface:
        return problem
    try:
        shape = to_shapely(geometry)
    except ValueError as error:
        return f"cannot be drawn ({error})"
    if shape.is_empty:
        return "an empty geometry"
    if not shapely.is_valid(shape):
        return str(shapely.is_valid_reason(shape))
    return None


def _positions_problem(geometry: Geometry) -> str | None:
    min_x, min_y, max_x, max_y = RD_EXTENT_M
    count = 0
    for x, y in geometry.positions():
        count += 1
        if not (math.isfinite(x) and math.isfinite(y)):
            return f"position {count} is not a number"
        if not (min_x <= x <= max_x and min_y <= y <= max_y):
            return f"position {count} ({x:g}, {y:g}) lies outside EPSG:28992; is it in degrees?"
    if count == 0:
        return "a geometry without positions"
    if count > MAX_POSITIONS:
        return f"{count} positions, more than {MAX_POSITIONS}"
    return None


def _rings_problem(geometry: Geometry) -> str | None:
    for place, line in _lines(geometry):
        if geometry.type.is_surface:
            if len(line) < 4:
                return f"{place} has {len(line)} positions; a ring needs at least 4"
            if line[0] != line[-1]:
                return f"{place} is not closed"
        elif all(here == there for here, there in pairwise(line)):
            return f"{place} has no length"
    return None


def _lines(geometry: Geometry) -> list[tuple[str, tuple[Any, ...]]]:
    """Return every ring or line with the words for where it stands."""
    at = geometry.coordinates
    match geometry.type:
        case GeometryType.LINE_STRING:
            return [("the line", at)]
        case GeometryType.MULTI_LINE_STRING:
            return [(f"line {number}", line) for number, line in enumerate(at, 1)]
        case GeometryType.POLYGON:
            return [(f"ring {number}", ring) for number, ring in enumerate(at, 1)]
        case GeometryType.MULTI_POLYGON:
            return [
                (f"polygon {outer} ring {number}", ring)
                for outer, rings in enumerate(at, 1)
                for number, ring in enumerate(rings, 1)
            ]
        case _:
            return []
