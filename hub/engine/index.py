"""Finding what lies near: envelopes in a static tree, with a small set of changed ones beside it.

A static tree (STRtree) is fast to search and to build but cannot change. So changed envelopes live
in a bounded table that is searched by plain comparison, rows of the tree that are out of date are
left out, and when the table is full the tree is built again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from hub.engine.places import Bounds

REBUILD_AT = 2_048
_ROWS_AT_ONCE = 512


class SpatialIndex(Protocol):
    """Ids by envelope."""

    def put(self, key: str, bounds: Bounds) -> None:
        """Add an id, or move it."""

    def remove(self, key: str) -> None:
        """Take an id out; an unknown one is no fault."""

    def near(self, bounds: Bounds, distance_m: float) -> list[str]:
        """Return the ids whose envelope lies within a distance of bounds, along both axes."""

    def pairs(self, distance_m: float) -> Iterator[tuple[list[str], list[str]]]:
        """Yield all pairs of ids near each other, each once, in portions of two aligned lists."""


class BruteForceIndex:
    """Compares with everything: the oracle that tests hold the tree against."""

    def __init__(self) -> None:
        self._bounds: dict[str, Bounds] = {}

    def put(self, key: str, bounds: Bounds) -> None:
        """Add an id, or move it."""
        self._bounds[key] = bounds

    def remove(self, key: str) -> None:
        """Take an id out."""
        self._bounds.pop(key, None)

    def near(self, bounds: Bounds, distance_m: float) -> list[str]:
        """Return the ids whose envelope lies within a distance of bounds."""
        return [key for key, other in self._bounds.items() if _is_near(bounds, other, distance_m)]

    def pairs(self, distance_m: float) -> Iterator[tuple[list[str], list[str]]]:
        """Yield all pairs of ids near each other."""
        items = list(self._bounds.items())
        for number, (key, bounds) in enumerate(items):
            others = [
                other for other, place in items[number + 1 :] if _is_near(bounds, place, distance_m)
            ]
            if others:
                yield [key] * len(others), others


def _is_near(a: Bounds, b: Bounds, distance_m: float) -> bool:
    return (
        a[0] - distance_m <= b[2]
        and b[0] - distance_m <= a[2]
        and a[1] - distance_m <= b[3]
        and b[1] - distance_m <= a[3]
    )


class TreeIndex:
    """A static tree plus the changed rows."""

    def __init__(self, *, rebuild_at: int = REBUILD_AT) -> None:
        self._rebuild_at = rebuild_at
        self._tree: Any = shapely.STRtree([])
        self._keys: list[str] = []
        self._row_of: dict[str, int] = {}
        self._is_current: npt.NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._envelopes: npt.NDArray[np.float64] = np.zeros((0, 4))
        self._changed: dict[str, Bounds] = {}
        self._changed_keys: list[str] = []
        self._changed_table: npt.NDArray[np.float64] | None = None

    def put(self, key: str, bounds: Bounds) -> None:
        """Add an id, or move it."""
        row = self._row_of.get(key)
        if row is not None:
            if self._is_current[row] and tuple(self._envelopes[row]) == bounds:
                return
            self._is_current[row] = False
        self._changed[key] = bounds
        self._changed_table = None

    def remove(self, key: str) -> None:
        """Take an id out."""
        row = self._row_of.get(key)
        if row is not None:
            self._is_current[row] = False
        if self._changed.pop(key, None) is not None:
            self._changed_table = None

    def near(self, bounds: Bounds, distance_m: float) -> list[str]:
        """Return the ids whose envelope lies within a distance of bounds."""
        if len(self._changed) > self._rebuild_at:
            self._rebuild()
        x0, y0, x1, y1 = bounds
        window = (x0 - distance_m, y0 - distance_m, x1 + distance_m, y1 + distance_m)
        rows = self._tree.query(shapely.box(*window))
        found = [self._keys[row] for row in rows[self._is_current[rows]]]
        return found + self._near_changed(window)

    def _near_changed(self, window: Bounds) -> list[str]:
        if not self._changed:
            return []
        if self._changed_table is None:
            self._changed_keys = list(self._changed)
            self._changed_table = np.array(list(self._changed.values()))
        x0, y0, x1, y1 = window
        table = self._changed_table
        hits = np.flatnonzero(
            (table[:, 0] <= x1) & (table[:, 2] >= x0) & (table[:, 1] <= y1) & (table[:, 3] >= y0)
        )
        return [self._changed_keys[row] for row in hits]

    def pairs(self, distance_m: float) -> Iterator[tuple[list[str], list[str]]]:
        """Yield all pairs of ids near each other, each once."""
        self._rebuild()
        grown = self._envelopes + np.array([-distance_m, -distance_m, distance_m, distance_m])
        boxes = shapely.box(grown[:, 0], grown[:, 1], grown[:, 2], grown[:, 3])
        for start in range(0, len(self._keys), _ROWS_AT_ONCE):
            left, right = self._tree.query(boxes[start : start + _ROWS_AT_ONCE])
            left = left + start
            once = left < right
            if once.any():
                yield (
                    [self._keys[row] for row in left[once]],
                    [self._keys[row] for row in right[once]],
                )

    def _rebuild(self) -> None:
        if not self._changed and self._is_current.all():
            return
        current: Iterable[int] = np.flatnonzero(self._is_current).tolist()
        envelopes = {self._keys[row]: tuple(self._envelopes[row]) for row in current}
        envelopes.update(self._changed)
        self._keys = list(envelopes)
        self._row_of = {key: row for row, key in enumerate(self._keys)}
        self._envelopes = np.array(list(envelopes.values()), dtype=float).reshape(-1, 4)
        self._is_current = np.ones(len(self._keys), dtype=bool)
        table = self._envelopes
        boxes = shapely.box(table[:, 0], table[:, 1], table[:, 2], table[:, 3])
        self._tree = shapely.STRtree(boxes)
        self._changed = {}
        self._changed_table = None
