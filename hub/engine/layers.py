"""Reference geometries that lie over works: moratoria, areas, seasons of a place."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from hub.engine.index import SpatialIndex, TreeIndex
from hub.engine.places import Bounds, Place, Shape, overlaps, shape_of
from hub.model.geometry import Geometry


class Layer:
    """Shapes by id, and which of them overlap the footprint of a place.

    A place remembers its answer until the layer changes: works change far more often than streets.
    """

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}
        self._index: SpatialIndex = TreeIndex()
        self._version = 0

    def __bool__(self) -> bool:
        """Tell whether anything lies in the layer."""
        return bool(self._shapes)

    def put(self, key: str, geometry: Geometry) -> None:
        """Add a shape, or replace it."""
        shape = shape_of(geometry)
        self._shapes[key] = shape
        self._index.put(key, shape.bounds)
        self._version += 1

    def remove(self, key: str) -> None:
        """Take a shape out; an unknown one is no fault."""
        if self._shapes.pop(key, None) is not None:
            self._index.remove(key)
            self._version += 1

    def shape(self, key: str) -> Shape:
        """Return a shape of the layer."""
        return self._shapes[key]

    def bounds(self, key: str) -> Bounds:
        """Return the envelope of a shape of the layer."""
        bounds: Bounds = self._shapes[key].bounds
        return bounds

    def over(self, place: Place | None) -> tuple[str, ...]:
        """Return the ids of the shapes that overlap the footprint of a place, sorted."""
        if place is None or not self._shapes:
            return ()
        known = place.layers.get(self)
        if known is None or known[0] != self._version:
            near = sorted(self._index.near(place.bounds, 0.0))
            found = tuple(key for key in near if overlaps(place.footprint, self._shapes[key]))
            known = place.layers[self] = (self._version, found)
        return known[1]

    def fill(self, places: Iterable[Place]) -> None:
        """Work out what lies over many places: one search for all is faster than one for each."""
        asked = [place for place in places if self._is_new_to(place)]
        if not asked or not self._shapes:
            return
        keys = list(self._shapes)
        shapes = np.array(list(self._shapes.values()), dtype=object)
        footprints = np.array([place.footprint for place in asked], dtype=object)
        rows, columns = shapely.STRtree(shapes).query(footprints, predicate="intersects")
        shares = ~shapely.touches(footprints[rows], shapes[columns])
        found: list[list[str]] = [[] for _ in asked]
        for row, column in zip(rows[shares].tolist(), columns[shares].tolist(), strict=True):
            found[row].append(keys[column])
        for place, over in zip(asked, found, strict=True):
            place.layers[self] = (self._version, tuple(sorted(over)))

    def _is_new_to(self, place: Place) -> bool:
        known = place.layers.get(self)
        return known is None or known[0] != self._version
