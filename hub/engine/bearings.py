"""What the works of each area count for by a rule, kept from one step to the next."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from hub.rules.rule import Bearing
from hub.rules.work import Work

if TYPE_CHECKING:
    from hub.engine.facts import AreaUnitFacts

Bears = tuple[tuple[Work, Any], ...]
"""Works with what they bring to an area, by id."""


class Bearings:
    """Asks a rule once what each work brings to an area, then again for works that changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Bearing], Bears] = {}
        self._again: dict[tuple[str, Bearing], set[str]] = {}
        self._asked: set[Bearing] = set()

    def forget(self) -> None:
        """Forget everything: the state, or the date, has become another one."""
        self._known.clear()
        self._again.clear()

    def changed(self, work: str, areas: Collection[str]) -> None:
        """Have a work asked about again in the areas where it was and is."""
        for area in areas:
            for bearing in self._asked:
                if (area, bearing) in self._known:
                    self._again.setdefault((area, bearing), set()).add(work)

    def of(self, facts: AreaUnitFacts, bearing: Bearing) -> Bears:
        """Return the works that bear on an area, each with what it brings, by id."""
        key = (facts.area.id, bearing)
        bears = self._known.get(key)
        if bears is None:
            works = facts.view.unmoved.works_in(facts.area.id)
            bears = tuple(
                (work, got) for work in works if (got := bearing(facts, work)) is not None
            )
            self._asked.add(bearing)
        else:
            for work_id in self._again.get(key, ()):
                brings = _brings(facts, bearing, work_id)
                bears = with_one(bears, work_id, brings)
            self._again.pop(key, None)
        self._known[key] = bears
        return bears


def _brings(facts: AreaUnitFacts, bearing: Bearing, work_id: str) -> tuple[Work, Any] | None:
    work = facts.view.unmoved.work(work_id)
    if work is None or not facts.view.is_in_area(work, facts.area.id):
        return None
    brings = bearing(facts, work)
    return None if brings is None else (work, brings)


def with_one(bears: Bears, work_id: str, bears_now: tuple[Work, Any] | None) -> Bears:
    """Return what works bring with that of one work replaced, added or taken out."""
    at = bisect_left(bears, work_id, key=lambda one: one[0].id)
    stays = at < len(bears) and bears[at][0].id == work_id
    now = () if bears_now is None else (bears_now,)
    return (*bears[:at], *now, *bears[at + stays :])
