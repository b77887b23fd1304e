"""Geometry from outside becomes geometry of the model: any CRS in, EPSG:28992 out, or a reason.

Sources disagree about axis order, heights, closing of rings and the CRS itself. Nothing is guessed
and nothing repaired here: a geometry that could be meant in two ways is refused with the words a
person needs to settle it in the mapping.

Accuracy: one fixed transformation from ETRS89 to RD (EPSG "Amersfoort to ETRS89 (8)") without the
correction grid, so that every machine gives the same millimetres whatever grids it has; it stays
within 0.25 m of RDNAPTRANS in the Netherlands. WGS84 is taken as ETRS89, as the field does. Other
CRSs go by way of longitude and latitude: asked for the direct way (from a Finnish zone, say), PROJ
knows no datum shift whose area fits and quietly leaves it out, which is 290 m off.

Abroad: RD is a stereographic projection, so shapes stay true and lengths stretch alike in all
directions, by about (distance to Amersfoort / 12,800 km)²: 0.01 % in Dortmund, 1.4 % in Helsinki.
Comparing works within one city far away is therefore fair, the metres are slightly too long. A
mapping must say `abroad` for it; without that a place far outside the Netherlands is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from hub.contracts.geometry import validity_problem
from hub.errors import ConfigurationError, printable, quoted
from hub.model.geometry import (
    CRS,
    MAX_POSITIONS,
    RD_EXTENT_M,
    Geometry,
    GeometryType,
)

GEOJSON_CRS = "OGC:CRS84"
"""What GeoJSON is in when it says nothing (RFC 7946 §4): longitude, latitude."""
NEAR_NETHERLANDS_M = (-200_000.0, -100_000.0, 700_000.0, 1_000_000.0)
"""The Netherlands with the North Sea and the neighbours' border regions, in RD."""
LAND_M = (-7_000.0, 289_000.0, 300_000.0, 629_000.0)
"""Where RD is defined (RDNAPTRANS 2018); x and y have almost no values in common there."""
MAX_WKT_CHARACTERS = 16 * 1024 * 1024
MILLIMETRES = 3

AxisOrder = Literal["xy", "yx"]
Box = tuple[float, float, float, float]
Positions = tuple[Sequence[float], Sequence[float]]
Transform = Callable[[Sequence[float], Sequence[float]], Positions]

_RD_CODES = ("EPSG:28992", "EPSG:7415")
_CRS84_CODES = ("CRS84", "OGC:CRS84", "OGC:1.3:CRS84", "WGS84")
_DEGREES = (GEOJSON_CRS, "EPSG:4326", "EPSG:4258")
_OGC_URN = re.compile(
    r"urn:(?:x-)?ogc:def:crs:(?P<authority>\w+):[\d.]*:(?P<code>\w+)", re.IGNORECASE
)
_OGC_URL = re.compile(
    r"https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/[\d.]+/(?P<code>\w+)", re.IGNORECASE
)
_EWKT = re.compile(r"\s*(?:SRID=(?P<srid>\d{4,6})\s*;|<(?P<iri>[^<>\s]{1,200})>)", re.IGNORECASE)
_NUMBERS = (Decimal, float, int)
_COLLECTION = "GeometryCollection"
_SINGLE = {
    GeometryType.POINT: GeometryType.MULTI_POINT,
    GeometryType.LINE_STRING: GeometryType.MULTI_LINE_STRING,
    GeometryType.POLYGON: GeometryType.MULTI_POLYGON,
}
_MULTI = frozenset(_SINGLE.values())

# EPSG "Amersfoort to ETRS89 (8)" backwards, then the RD projection; longitude and latitude in
# degrees. Pinned: left to itself PROJ chooses by area and by the grid files a machine has.
_LONGITUDE_LATITUDE_TO_RD = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 "
    "+step +proj=cart +ellps=GRS80 "
    "+step +inv +proj=helmert +x=565.7381 +y=50.4018 +z=465.2904 +rx=0.395025981036064 "
    "+ry=-0.330772431242031 +rz=1.87607329462821 +s=4.07244 +convention=coordinate_frame "
    "+step +inv +proj=cart +ellps=bessel +step +proj=pop +v_3 "
    "+step +proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 "
    "+x_0=155000 +y_0=463000 +ellps=bessel"
)


class GeometryProblemError(ValueError):
    """A geometry that cannot be used: what came and what was expected; the caller knows where."""

    def __init__(self, came: str, expected: str) -> None:
        self.came = came
        self.expected = expected
        super().__init__(f"came {came}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Projection:
    """How the positions of one source are to be read; made by `projection`."""

    crs: str
    axis_order: AxisOrder = "xy"
    abroad: bool = False

    @property
    def extent_m(self) -> Box:
        """Return the box in RD within which a place is believed."""
        return RD_EXTENT_M if self.abroad else NEAR_NETHERLANDS_M


def projection(crs: str = CRS, axis_order: AxisOrder = "xy", *, abroad: bool = False) -> Projection:
    """Return how to read positions in `crs`.

    `axis_order` says how the source writes a position: `xy` is easting or longitude first, as
    GeoJSON and almost every program do; `yx` is the order some services take from the EPSG
    register. `abroad` accepts places far outside the Netherlands.

    :raises ConfigurationError: if no such CRS is known, or the axis order is none
    """
    if axis_order not in ("xy", "yx"):
        raise ConfigurationError(
            f"axis_order: came {quoted(axis_order)}; expected 'xy' (easting or longitude first) "
            "or 'yx' (northing or latitude first)"
        )
    name = crs_name(crs)
    try:
        _to_rd(name)
    except LookupError:
        raise ConfigurationError(
            f"crs: came {quoted(crs)}; expected a CRS such as EPSG:28992, EPSG:4326 or CRS84"
        ) from None
    return Projection(name, axis_order, abroad)


def crs_name(text: str) -> str:
    """Return a CRS as `AUTHORITY:CODE`, from that form, a bare EPSG number, an OGC URN or URL."""
    stripped = text.strip()
    match = _OGC_URN.fullmatch(stripped) or _OGC_URL.fullmatch(stripped)
    if match is not None:
        stripped = f"{match['authority']}:{match['code']}"
    name = stripped.upper()
    if name in _CRS84_CODES:
        return GEOJSON_CRS
    if name.isdecimal():
        return f"EPSG:{name}"
    return CRS if name in _RD_CODES else name


def declared_crs(value: Any) -> str | None:
    """Return the CRS that a GeoJSON object names in a `crs` member, as files before RFC 7946 do.

    None when nothing is declared.

    :raises GeometryProblemError: if something is declared that names no CRS
    """
    if not isinstance(value, dict):
        return None
    crs = value.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if isinstance(properties, dict):
        name = properties.get("name", properties.get("code"))
        if isinstance(name, str | int) and not isinstance(name, bool):
            return crs_name(str(name))
    raise GeometryProblemError(
        f"a crs member that is {quoted(crs)}", 'a named crs such as {"properties": {"name": …}}'
    )


def from_geojson(value: Any, projection: Projection) -> Geometry | None:
    """Return a GeoJSON geometry in RD; None when it is null or empty (RFC 7946 §3.1: no place).

    A `crs` member in the geometry itself comes before that of the projection.

    :raises GeometryProblemError: with what came and what was expected
    """
    if value is None:
        return None
    kind, coordinates = _one_kind(value)
    if not coordinates:
        return None
    declared = declared_crs(value)
    if declared is not None:
        projection = replace(projection, crs=_known(declared))
    geometry_type = GeometryType(kind)
    reading = _Reading(projection)
    reading.read(coordinates, geometry_type.depth)
    return reading.finish(geometry_type)


def from_wkt(text: str, projection: Projection) -> Geometry | None:
    """Return a well-known text in RD; None when it is blank or EMPTY.

    `SRID=4326;` or `<http://www.opengis.net/def/crs/…>` in front of it names its own CRS.

    :raises GeometryProblemError: with what came and what was expected
    """
    if not text.strip():
        return None
    if len(text) > MAX_WKT_CHARACTERS:
        raise GeometryProblemError(
            f"a text of {len(text)} characters", f"at most {MAX_WKT_CHARACTERS}"
        )
    prefix = _EWKT.match(text)
    if prefix is not None:
        projection = replace(projection, crs=_known(prefix["srid"] or prefix["iri"]))
        text = text[prefix.end() :]
    return from_geojson(_parsed_wkt(text), projection)


def from_point(x: float | Decimal, y: float | Decimal, projection: Projection) -> Geometry:
    """Return the point at x (easting, longitude) and y (northing, latitude) in RD.

    :raises GeometryProblemError: with what came and what was expected
    """
    reading = _Reading(replace(projection, axis_order="xy"))
    reading.read([x, y], 0)
    return reading.finish(GeometryType.POINT)


def _one_kind(value: Any) -> tuple[str, list[Any]]:
    """Return type and coordinates; the parts of a collection of one kind become one Multi…."""
    if not isinstance(value, dict):
        raise GeometryProblemError(quoted(value), "a GeoJSON geometry with type and coordinates")
    kind = value.get("type")
    if kind == _COLLECTION:
        return _collected(value.get("geometries"))
    if kind not in tuple(GeometryType):
        raise GeometryProblemError(
            f"a geometry of type {quoted(kind)}", f"one of {', '.join(GeometryType)}"
        )
    coordinates = value.get("coordinates")
    if not isinstance(coordinates, list | tuple):
        raise GeometryProblemError(
            f"{kind} coordinates that are {quoted(coordinates)}", "a list of positions"
        )
    return str(kind), list(coordinates)


def _collected(parts: Any) -> tuple[str, list[Any]]:
    if not isinstance(parts, list | tuple):
        raise GeometryProblemError(f"geometries that are {quoted(parts)}", "a list of geometries")
    kinds: set[GeometryType] = set()
    members: list[Any] = []
    for part in parts:
        if isinstance(part, dict) and part.get("type") == _COLLECTION:
            raise GeometryProblemError("a collection within a collection", "geometries of one kind")
        kind, coordinates = _one_kind(part)
        if not coordinates:
            continue
        is_multi = GeometryType(kind) in _MULTI
        kinds.add(GeometryType(kind) if is_multi else _SINGLE[GeometryType(kind)])
        members += coordinates if is_multi else [coordinates]
    if len(kinds) > 1:
        raise GeometryProblemError(
            f"a collection of {' and '.join(sorted(kinds))}",
            "geometries of one kind: all points, all lines or all surfaces",
        )
    return (kinds.pop() if kinds else GeometryType.MULTI_POINT), members


def _parsed_wkt(text: str) -> Any:
    # GEOS descends per nesting without a limit of its own.
    if text.upper().count("COLLECTION") > 1:
        raise GeometryProblemError("a collection within a collection", "geometries of one kind")
    import shapely  # only a source with WKT needs the parser

    try:
        shape = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, NotImplementedError, ValueError) as error:
        reason = printable(str(error)[:120])
        raise GeometryProblemError(
            f"{quoted(text)} ({reason})", "well-known text such as POINT (155000 463000)"
        ) from None
    if shape.is_empty:
        return None
    try:
        return shape.__geo_interface__
    except (AttributeError, NotImplementedError, ValueError):
        raise GeometryProblemError(
            f"a geometry of type {shape.geom_type}", f"one of {', '.join(GeometryType)}"
        ) from None


class _Reading:
    """Reads nested positions into two flat lists, projects them at once and nests them again."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._xs: list[float] = []
        self._ys: list[float] = []
        self._shape: Any = None

    def read(self, coordinates: Any, depth: int) -> None:
        """Take in all positions.

        :raises GeometryProblemError: if something among them is no position
        """
        self._shape = self._read(coordinates, depth)

    def _read(self, node: Any, depth: int) -> Any:
        if not isinstance(node, list | tuple):
            raise GeometryProblemError(
                f"{quoted(node)} among the coordinates", "lists of positions [x, y]"
            )
        if depth == 0:
            return self._position(node)
        if not node:
            raise GeometryProblemError("an empty part among the coordinates", "positions")
        return [self._read(child, depth - 1) for child in node]

    def _position(self, numbers: Sequence[Any]) -> int:
        """Keep the first two numbers; height and measure are dropped."""
        index = len(self._xs)
        if index >= MAX_POSITIONS:
            raise GeometryProblemError(
                f"more than {MAX_POSITIONS} positions",
                f"at most {MAX_POSITIONS}; simplify it in the source",
            )
        if not 2 <= len(numbers) <= 4:
            raise GeometryProblemError(
                f"a position of {len(numbers)} numbers", "[x, y], with a height at most"
            )
        first, second = _finite(numbers[0]), _finite(numbers[1])
        if self._projection.axis_order == "yx":
            first, second = second, first
        self._xs.append(first)
        self._ys.append(second)
        return index

    def finish(self, geometry_type: GeometryType) -> Geometry:
        """Return the geometry in RD, rounded to millimetres.

        :raises GeometryProblemError: if it lies elsewhere or is not valid
        """
        xs, ys = self._in_rd()
        rounded = [
            (round(x, MILLIMETRES) + 0.0, round(y, MILLIMETRES) + 0.0)
            for x, y in zip(xs, ys, strict=True)
        ]
        geometry = Geometry(geometry_type, _nested(self._shape, rounded))
        problem = validity_problem(geometry)
        if problem is not None:
            raise GeometryProblemError(
                problem, "a geometry valid by the OGC rules; repair it in the source"
            )
        return geometry

    def _in_rd(self) -> Positions:
        crs = self._projection.crs
        xs, ys = _to_rd(crs)(self._xs, self._ys)
        if not _all_within(xs, ys, self._projection.extent_m):
            raise GeometryProblemError(*self._elsewhere(xs, ys))
        if crs == CRS and not self._projection.abroad:
            self._refuse_what_is_no_rd()
        return xs, ys

    def _elsewhere(self, xs: Sequence[float], ys: Sequence[float]) -> tuple[str, str]:
        extent = self._projection.extent_m
        index = next(
            index
            for index, pair in enumerate(zip(xs, ys, strict=True))
            if not _within(*pair, extent)
        )
        came = (
            f"position ({self._xs[index]:.10g}, {self._ys[index]:.10g}) in {self._projection.crs}"
        )
        if _all_within(*_to_rd(self._projection.crs)(self._ys, self._xs), LAND_M):
            return f"{came}, which looks like swapped axes", "axis_order = 'yx' in the mapping"
        place = (
            "within 2,500 km of the Netherlands"
            if self._projection.abroad
            else ("in or near the Netherlands")
        )
        advice = "is the crs of the mapping the right one?"
        if not self._projection.abroad:
            advice += " A source from abroad says abroad = true"
        return f"{came}, which lies far away", f"a place {place}; {advice}"

    def _refuse_what_is_no_rd(self) -> None:
        """Refuse numbers that RD could hold but that almost certainly are something else."""
        if _all_within(self._xs, self._ys, (-180.0, -90.0, 180.0, 90.0)):
            raise GeometryProblemError(
                f"position ({self._xs[0]:.10g}, {self._ys[0]:.10g}), which looks like degrees",
                "metres in EPSG:28992, or crs = 'EPSG:4326' in the mapping",
            )
        if _all_within(self._ys, self._xs, LAND_M) and not _all_within(self._xs, self._ys, LAND_M):
            raise GeometryProblemError(
                f"position ({self._xs[0]:.10g}, {self._ys[0]:.10g}), which looks like swapped axes",
                "x below y as everywhere in the Netherlands, or axis_order = 'yx' in the mapping",
            )


def _finite(number: Any) -> float:
    if type(number) not in _NUMBERS:  # a truth value is an int to isinstance
        raise GeometryProblemError(f"{quoted(number)} in a position", "a number")
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise GeometryProblemError(f"{quoted(str(number))} in a position", "a finite number")
    return value


def _nested(shape: Any, positions: list[tuple[float, float]]) -> Any:
    if isinstance(shape, int):
        return positions[shape]
    return tuple(_nested(child, positions) for child in shape)


def _within(x: float, y: float, box: Box) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _all_within(xs: Sequence[float], ys: Sequence[float], box: Box) -> bool:
    return all(_within(x, y, box) for x, y in zip(xs, ys, strict=True))


def _known(text: str) -> str:
    name = crs_name(text)
    try:
        _to_rd(name)
    except LookupError:
        raise GeometryProblemError(f"the CRS {quoted(text)}", "a CRS such as EPSG:28992") from None
    return name


@lru_cache(maxsize=64)  # a row may name its own, and some thousands are known
def _to_rd(crs: str) -> Transform:
    """Return the function from eastings and northings in `crs` to RD, made once per CRS.

    :raises LookupError: if no such CRS is known
    """
    if crs == CRS:
        return lambda xs, ys: (xs, ys)
    import pyproj  # only a source in another CRS needs the database

    authority, _, code = crs.partition(":")
    try:
        source = pyproj.CRS.from_authority(authority, code)
    except pyproj.exceptions.CRSError:
        raise LookupError(crs) from None
    to_degrees = (
        None
        if crs in _DEGREES
        else pyproj.Transformer.from_crs(source, GEOJSON_CRS, always_xy=True, allow_ballpark=False)
    )
    to_rd = pyproj.Transformer.from_pipeline(_LONGITUDE_LATITUDE_TO_RD)

    def transform(xs: Sequence[float], ys: Sequence[float]) -> Positions:
        if to_degrees is not None:
            xs, ys = to_degrees.transform(xs, ys)
        east, north = to_rd.transform(xs, ys)
        return east, north

    return transform
