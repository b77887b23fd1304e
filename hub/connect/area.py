"""The part of the country that a connector is asked for: works that touch it are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely

from hub.connect.geometry import GeometryProblemError, from_geojson, projection
from hub.errors import ConfigurationError
from hub.model.geometry import Geometry

MAX_AREA_BYTES = 16 << 20


class Area:
    """A surface in EPSG:28992, ready to be asked for many works."""

    def __init__(self, geometry: Geometry) -> None:
        self._shape = shapely.geometry.shape(_geojson(geometry))
        shapely.prepare(self._shape)

    def touches(self, geometry: Geometry) -> bool:
        """Tell whether a geometry has a point in common with the area."""
        return bool(self._shape.intersects(shapely.geometry.shape(_geojson(geometry))))


def area_of(path: Path) -> Area:
    """Return the surface in a GeoJSON file: a geometry, a feature, or a collection with one.

    :raises ConfigurationError: if there is no such file, or no surface in EPSG:28992 in it
    """
    try:
        if path.stat().st_size > MAX_AREA_BYTES:
            raise _unfit(path, f"a file of more than {MAX_AREA_BYTES >> 20} MiB")
        geometry = from_geojson(_geometry_in(json.loads(path.read_bytes())), projection())
    except (OSError, ValueError) as error:
        came = error.came if isinstance(error, GeometryProblemError) else "no GeoJSON file"
        raise _unfit(path, came) from error
    if geometry is None or not geometry.type.is_surface:
        raise _unfit(path, "no surface")
    return Area(geometry)


def _geometry_in(value: Any) -> Any:
    """Return the geometry that a GeoJSON object is or holds."""
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        features = value.get("features")
        value = features[0] if isinstance(features, list) and len(features) == 1 else None
    if isinstance(value, dict) and value.get("type") == "Feature":
        return value.get("geometry")
    return value


def _unfit(path: Path, came: str) -> ConfigurationError:
    return ConfigurationError(
        f"area {path}: came {came}; expected GeoJSON with one Polygon or MultiPolygon in EPSG:28992"
    )


def _geojson(geometry: Geometry) -> dict[str, Any]:
    return {"type": str(geometry.type), "coordinates": geometry.coordinates}
