"""Where a geometry lies for readers that know only longitude and latitude.

The Dutch grid is written out as a PROJ definition instead of by its EPSG number: which of several
transformations PROJ picks for a number depends on the grids that are installed, and a record must
have the same bytes on every machine. The datum shift is the seven-parameter one of Kadaster for
maps (about 0.25 m); results are rounded to 7 decimals (1 cm).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hub.contracts.geometry import to_shapely
from hub.model.geometry import Geometry

RD_DEFINITION = (
    "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079"
    " +x_0=155000 +y_0=463000 +ellps=bessel +units=m +no_defs"
    " +towgs84=565.4171,50.3319,465.5524,-0.398957,0.343988,-1.87740,4.0725"
)
DECIMALS = 7
_EDGE_POINTS = 5


@cache
def _transformer() -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(RD_DEFINITION, "+proj=longlat +datum=WGS84", always_xy=True)


def representative_point(geometry: Geometry) -> tuple[float, float] | None:
    """Return longitude and latitude of a point on the geometry, None far outside the grid."""
    point = to_shapely(geometry).representative_point()
    longitude, latitude = _transformer().transform(point.x, point.y)
    if not _are_degrees(longitude, latitude):
        return None
    return round(longitude, DECIMALS), round(latitude, DECIMALS)


def bounding_box(geometry: Geometry) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north around the geometry, None far outside the grid."""
    bounds = to_shapely(geometry).bounds
    west, south, east, north = _transformer().transform_bounds(*bounds, densify_pts=_EDGE_POINTS)
    if not _are_degrees(west, south, east, north):
        return None
    return (
        round(west, DECIMALS),
        round(south, DECIMALS),
        round(east, DECIMALS),
        round(north, DECIMALS),
    )


def _are_degrees(*numbers: float) -> bool:
    """Tell whether PROJ gave an answer; far outside the grid it gives infinity."""
    return all(abs(number) <= 180 for number in numbers)
