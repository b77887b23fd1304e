"""Which works lie in which area, kept up to date so that no question looks around for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hub.engine.layers import Layer
from hub.engine.places import Place


class AreaWorks:
    """Works by area of a layer: worked out for all at once, then changed work by work."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._works: dict[str, set[str]] = defaultdict(set)
        self._sorted: dict[str, list[str]] = {}
        self.is_known = False

    def sort(self, works: Iterable[tuple[str, Place]]) -> None:
        """Sort all works into their areas."""
        placed = list(works)
        self._layer.fill([place for _, place in placed])
        self._works.clear()
        self._sorted.clear()
        for work, place in placed:
            for area in self._layer.over(place):
                self._works[area].add(work)
        self.is_known = True

    def forget(self) -> None:
        """Have all works sorted again when somebody asks."""
        self.is_known = False

    def moved(self, work: str, before: Place | None, after: Place | None) -> None:
        """Take a work out of the areas it was in and into those it is in now."""
        if not self.is_known or before is after:
            return
        for area in self._layer.over(before):
            self._works[area].discard(work)
            self._sorted.pop(area, None)
        for area in self._layer.over(after):
            self._works[area].add(work)
            self._sorted.pop(area, None)

    def redrawn(self, area: str, near: Iterable[tuple[str, Place]]) -> None:
        """Find the works of an area that lies elsewhere now, among those near it."""
        if self.is_known:
            self._works[area] = {work for work, place in near if area in self._layer.over(place)}
            self._sorted.pop(area, None)

    def of(self, area: str) -> list[str]:
        """Return the works of an area, sorted."""
        known = self._sorted.get(area)
        if known is None:
            known = self._sorted[area] = sorted(self._works.get(area, ()))
        return known
