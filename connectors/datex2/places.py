"""Where a work takes place: the positions of the source, and which of them are used.

The point of a work is one spot that a person clicked; the closures of the same situation hold the
stretch that is really taken. So: the work's own surface or line, else the lines of its closures,
else its point. The lines of diversions lie where the work is not, those of speed limits begin long
before it (in the Delft sample up to 3.2 km for a work at one spot): neither is used.

DATEX II writes latitude first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from connectors.datex2.elements import Element
from hub.connect.geometry import GeometryProblemError, Projection, from_geojson, projection
from hub.model.geometry import Geometry

Position = tuple[float, ...]
_WGS84 = ("EPSG:4326", "yx")
_RD = ("EPSG:28992", "xy")
CRS_OF_NAME = {
    "": _WGS84,
    "wgs 84": _WGS84,
    "wgs84": _WGS84,
    "wgs-84": _WGS84,
    "epsg:4326": _WGS84,
    "urn:ogc:def:crs:epsg::4326": _WGS84,
    "http://www.opengis.net/def/crs/epsg/0/4326": _WGS84,
    "4326": _WGS84,
    "epsg:4258": ("EPSG:4258", "yx"),
    "urn:ogc:def:crs:epsg::4258": ("EPSG:4258", "yx"),
    "epsg:28992": _RD,
    "urn:ogc:def:crs:epsg::28992": _RD,
}
"""How a `srsName` is read; a position is latitude first unless the name says a plane."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Positions of one kind as the source writes them: `Point`, `LineString` or `Polygon`."""

    kind: str
    coordinates: Any
    crs: str
    axis_order: str


class UnusablePlaceError(ValueError):
    """Positions that are none: what came and what was expected, without quoting the text."""

    def __init__(self, came: str, expected: str) -> None:
        self.came = came
        self.expected = expected
        super().__init__(f"came {came}; expected {expected}")


def shapes_of(record: Element) -> tuple[Shape, ...]:
    """Return the surfaces, lines and points of a record's location.

    :raises UnusablePlaceError: if something among them is no position
    """
    found: list[Shape] = []
    for name in ("locationReference", "groupOfLocations"):
        for location in record.all(name):
            found += (_polygon(item) for item in location.below("gmlPolygon"))
            found += (_line(item) for item in location.below("gmlLineString"))
            found += (_point(item) for item in location.below("pointCoordinates"))
            if not found:
                found += (_point(item) for item in location.below("coordinatesForDisplay"))
                found += (_point(item) for item in location.below("locationForDisplay"))
    return tuple(dict.fromkeys(found))


def _point(element: Element) -> Shape:
    numbers = []
    for name in ("latitude", "longitude"):
        part = element.first(name)
        numbers += _numbers(part.text if part is not None else "", name)
    if len(numbers) != 2:
        raise UnusablePlaceError("a point without two numbers", "a latitude and a longitude")
    return Shape("Point", tuple(numbers), *_WGS84)


def _line(element: Element) -> Shape:
    positions = _positions(element)
    crs, order = _crs(element)
    if len(set(positions)) == 1:
        return Shape("Point", positions[0], crs, order)
    return Shape("LineString", positions, crs, order)


def _polygon(element: Element) -> Shape:
    rings = [
        _positions(ring) for name in ("exterior", "interior") for ring in element.all(name)
    ] or [_positions(element)]
    return Shape("Polygon", tuple(rings), *_crs(element))


def _positions(element: Element) -> tuple[Position, ...]:
    """Return the positions of the lists below an element, cut by their number of dimensions."""
    positions: list[Position] = []
    for listed in element.below("posList"):
        size = listed.attributes.get("srsDimension") or element.attributes.get("srsDimension")
        step = 3 if size == "3" else 2
        numbers = _numbers(listed.text, "posList")
        if not numbers or len(numbers) % step:
            raise UnusablePlaceError(
                f"a posList of {len(numbers)} numbers", f"groups of {step}: latitude, longitude"
            )
        positions += (tuple(numbers[i : i + step]) for i in range(0, len(numbers), step))
    if not positions:
        raise UnusablePlaceError("a geometry without a posList", "positions")
    return tuple(positions)


def _numbers(text: str, name: str) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        raise UnusablePlaceError(f"a {name} that holds no numbers", "numbers") from None


def _crs(element: Element) -> tuple[str, str]:
    name = element.attributes.get("srsName", "").strip().casefold()
    known = CRS_OF_NAME.get(name)
    if known is None:
        raise UnusablePlaceError("an srsName that is not known", "WGS 84 or EPSG:28992")
    return known


def place_of(own: Sequence[Shape], closures: Sequence[Shape], *, abroad: bool) -> Geometry | None:
    """Return the best geometry in RD, or None when the source gives none.

    A closure that cannot be used leaves the work its own place.

    :raises GeometryProblemError: if the work's own place cannot be used
    """
    for kind in ("Polygon", "LineString"):
        found = [shape for shape in own if shape.kind == kind]
        if found:
            return _in_rd(found, abroad=abroad)
    for kind in ("Polygon", "LineString"):
        found = [shape for shape in closures if shape.kind == kind]
        with suppress(GeometryProblemError):
            if found:
                return _in_rd(found, abroad=abroad)
    found = list(own) or list(closures)
    return _in_rd(found, abroad=abroad) if found else None


def _in_rd(shapes: Sequence[Shape], *, abroad: bool) -> Geometry | None:
    """Return shapes of one kind as one geometry."""
    first = shapes[0]
    if any((shape.crs, shape.axis_order) != (first.crs, first.axis_order) for shape in shapes):
        raise GeometryProblemError("lines in different coordinate systems", "one for all")
    coordinates: Any = [shape.coordinates for shape in shapes]
    kind = first.kind
    if len(shapes) == 1:
        coordinates = coordinates[0]
    else:
        kind = f"Multi{kind}"
    value = {"type": kind, "coordinates": coordinates}
    return from_geojson(value, _projection(first.crs, first.axis_order, abroad))


def _projection(crs: str, axis_order: str, abroad: bool) -> Projection:
    return projection(crs, "yx" if axis_order == "yx" else "xy", abroad=abroad)
