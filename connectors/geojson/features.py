"""One record as a flat set of named values, whatever wrapping the service put around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GEOMETRY = "geometry"
FEATURE_ID = "feature.id"
RECORD_ID = "record.id"
MAX_NESTING = 4


def fields_of(record: Any) -> dict[str, Any] | None:
    """Return the values of a record under their own names, or None when it is no object.

    A feature gives its properties, `geometry` and `feature.id`. An Opendatasoft record gives its
    fields and `record.id`. Values within objects are named with dots (`geo_point_2d.lat`); a
    geometry stays whole; lists of plain values become one text; links and lists of objects go.
    """
    if not isinstance(record, dict):
        return None
    if record.get("type") == "Feature":
        return _of_feature(record)
    inner = record.get("record")
    if isinstance(inner, dict) and isinstance(inner.get("fields"), dict):
        return _of_opendatasoft(inner, inner.get("id"))
    if isinstance(record.get("fields"), dict) and "recordid" in record:
        fields = _of_opendatasoft(record, record["recordid"])
        return fields | _geometry_of(record)
    return dict(_flat(record))


def _of_feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    fields = dict(_flat(properties)) if isinstance(properties, dict) else {}
    if feature.get("id") is not None:
        fields[FEATURE_ID] = feature["id"]
    return fields | _geometry_of(feature)


def _of_opendatasoft(record: Mapping[str, Any], record_id: Any) -> dict[str, Any]:
    return dict(_flat(record["fields"])) | {RECORD_ID: record_id}


def _geometry_of(feature: Mapping[str, Any]) -> dict[str, Any]:
    return {GEOMETRY: feature.get("geometry")}


def _flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        path = f"{prefix}{name}"
        if name == "_links":
            continue
        if isinstance(item, dict):
            if is_geometry(item):
                yield path, item
            elif depth < MAX_NESTING:
                yield from _flat(item, f"{path}.", depth + 1)
        elif isinstance(item, list):
            if all(not isinstance(member, dict | list) for member in item):
                yield path, ", ".join(str(member) for member in item if member is not None)
        else:
            # NaN and Infinity are no JSON; programs write them for an empty cell.
            yield path, None if isinstance(item, float) else item


def is_geometry(value: Any) -> bool:
    """Tell whether a value is meant to be a GeoJSON geometry."""
    return (
        isinstance(value, dict)
        and "type" in value
        and ("coordinates" in value or "geometries" in value)
    )
