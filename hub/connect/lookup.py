"""Geometry from a second file, found by a key: project tools have dates and money but no place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.connect.cells import (
    AMBIGUOUS,
    AmbiguousNumberError,
    DecimalHabit,
    as_text,
    is_empty,
    read_number,
)
from hub.connect.delimited import read_lines
from hub.connect.geometry import (
    GEOJSON_CRS,
    GeometryProblemError,
    Projection,
    declared_crs,
    from_geojson,
    from_point,
    from_wkt,
    projection,
)
from hub.connect.mapping_file import GeometrySection, LookupSection, closest
from hub.errors import ConfigurationError, HubError, RejectedRecordError, quoted
from hub.model.geometry import CRS, Geometry

MAX_LOOKUP_BYTES = 512 * 1024 * 1024
GEOJSON_SUFFIXES = (".geojson", ".json")


@dataclass(frozen=True, slots=True)
class Lookup:
    """The places of one look-up file by key; they are read when a row asks for one."""

    path: Path
    projection: Projection
    places: Mapping[str, tuple[Any, ...]]
    form: str
    decimal: DecimalHabit = "auto"

    def geometry_of(self, key: str) -> Geometry | None:
        """Return the place under a key; several parts of one kind become one Multi… geometry.

        :raises KeyError: if the file has no such key
        :raises GeometryProblemError: if what stands there is no usable geometry
        """
        parts = self.places[normal_key(key)]
        if self.form == "geojson":
            whole = parts[0] if len(parts) == 1 else _collection(parts)
            return from_geojson(whole, self.projection)
        if len(parts) > 1:
            raise GeometryProblemError(
                f"{len(parts)} lines for key {quoted(key)} in {self.path.name}", "one line per key"
            )
        if self.form == "wkt":
            return from_wkt(parts[0], self.projection)
        x, y = parts[0]
        return point_of(x, y, self.projection, self.decimal)


def normal_key(key: Any) -> str:
    """Return a key as it is compared: as text, without blanks around it and without case."""
    return as_text(key).casefold()


def point_of(x: Any, y: Any, projection: Projection, decimal: DecimalHabit) -> Geometry | None:
    """Return the point in two cells, or None when both are empty.

    :raises GeometryProblemError: if they are no coordinates
    """
    if is_empty(x) and is_empty(y):
        return None
    numbers = []
    for cell in (x, y):
        try:
            number = read_number(cell, decimal)
        except AmbiguousNumberError:
            raise GeometryProblemError(quoted(cell), AMBIGUOUS) from None
        if number is None:
            raise GeometryProblemError(quoted(cell), "a coordinate as a number")
        numbers.append(number)
    return from_point(numbers[0], numbers[1], projection)


def load_lookup(
    section: GeometrySection, folder: Path, *, decimal: DecimalHabit = "auto"
) -> Lookup:
    """Return the look-up that a mapping in `folder` names.

    :raises ConfigurationError: if the file cannot be read or lacks the key
    """
    lookup = section.lookup
    assert lookup is not None
    path = folder / lookup.file
    try:
        if path.stat().st_size > MAX_LOOKUP_BYTES:
            raise ConfigurationError(
                f"look-up {path}: came {path.stat().st_size >> 20} MiB; expected at most "
                f"{MAX_LOOKUP_BYTES >> 20}; keep only the places that are asked for"
            )
        if path.suffix.lower() in GEOJSON_SUFFIXES:
            return _from_geojson(path, lookup, section)
        return _from_csv(path, lookup, section, decimal)
    except OSError as error:
        raise ConfigurationError(
            f"look-up {path}: came {error.strerror or error}; expected a CSV or GeoJSON file; "
            "correct geometry.lookup.file"
        ) from error
    except RejectedRecordError as error:
        raise ConfigurationError(f"look-up {error}") from error
    except ConfigurationError:
        raise
    except HubError as error:
        raise ConfigurationError(f"look-up {error}") from error


def _from_geojson(path: Path, lookup: LookupSection, section: GeometrySection) -> Lookup:
    try:
        value = json.loads(path.read_bytes())
        features = value["features"]
        pairs = [
            (feature["properties"].get(lookup.key), feature["geometry"]) for feature in features
        ]
        declared = declared_crs(value)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"look-up {path}: came a file that is no GeoJSON feature collection "
            f"({type(error).__name__}); expected features with properties and geometry"
        ) from error
    places = _grouped(pairs)
    if not places:
        raise ConfigurationError(
            f"look-up {path}: no feature has the property {quoted(lookup.key)}; expected the key "
            "there; correct geometry.lookup.key"
        )
    crs = section.crs or declared or GEOJSON_CRS
    place = projection(crs, section.axis_order, abroad=section.abroad)
    return Lookup(path, place, places, "geojson")


def _from_csv(
    path: Path, lookup: LookupSection, section: GeometrySection, decimal: DecimalHabit
) -> Lookup:
    wanted = [name for name in (lookup.key, lookup.wkt, lookup.x, lookup.y) if name is not None]
    lines = read_lines(path)
    header = [cell.strip() for cell in next(lines).cells]
    missing = [name for name in wanted if name not in header]
    if missing or len(wanted) == 1:
        came = ", ".join(f"{quoted(name)}{closest(name, header)}" for name in missing)
        raise ConfigurationError(
            f"look-up {path}: came the columns {', '.join(header)[:400]}; expected "
            f"{came or 'wkt, or x and y, named in geometry.lookup'}"
        )
    at = [header.index(name) for name in wanted]
    pairs: list[tuple[str, Any]] = []
    for line in lines:
        cells = [line.cells[i] if i < len(line.cells) else "" for i in at]
        pairs.append((cells[0], cells[1] if lookup.wkt is not None else (cells[1], cells[2])))
    form = "wkt" if lookup.wkt is not None else "point"
    place = projection(section.crs or CRS, section.axis_order, abroad=section.abroad)
    return Lookup(path, place, _grouped(pairs), form, decimal)


def _grouped(pairs: list[tuple[Any, Any]]) -> dict[str, tuple[Any, ...]]:
    places: dict[str, list[Any]] = {}
    for key, place in pairs:
        if not is_empty(key):
            places.setdefault(normal_key(key), []).append(place)
    return {key: tuple(parts) for key, parts in places.items()}


def _collection(parts: tuple[Any, ...]) -> dict[str, Any]:
    return {"type": "GeometryCollection", "geometries": [part for part in parts if part]}
