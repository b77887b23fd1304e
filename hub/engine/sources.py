"""Live works by plan owner and source system, and the day on which each counts as stale (C18)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator

from hub.model.policy import PolicyValues
from hub.rules.work import Work

GroupKey = tuple[str, str]
UNKNOWN_SYSTEM = "-"
_Entry = tuple[int, int, str]  # stale on, last confirmed on, work
_LAST_ID = "\U0010ffff"


class SourceGroups:
    """Keeps each group in the order in which its works become stale."""

    def __init__(self) -> None:
        self._groups: dict[GroupKey, list[_Entry]] = defaultdict(list)
        self._entry_of: dict[str, tuple[GroupKey, _Entry]] = {}

    def put(self, work: Work, policy: PolicyValues) -> None:
        """Add a work that stands in no group yet; only live works with a date count."""
        source = work.plan.source
        if not work.is_live or source is None or source.updated_on is None:
            return
        confirmed = source.updated_on.toordinal()
        entry = (confirmed + policy["stale_days"] + 1, confirmed, work.id)
        key = group_of(work)
        self._entry_of[work.id] = (key, entry)
        insort(self._groups[key], entry)

    def remove(self, work: str) -> None:
        """Take a work out of its group."""
        known = self._entry_of.pop(work, None)
        if known is not None:
            key, entry = known
            group = self._groups[key]
            del group[bisect_left(group, entry)]

    def first_stale_on(self, key: GroupKey) -> int | None:
        """Return the first day on which a work of a group is stale, None for an empty group."""
        group = self._groups.get(key)
        return group[0][0] if group else None

    def stale(self, key: GroupKey, ref: int) -> tuple[int, int | None]:
        """Return how many works are stale on a day, and when the oldest was last confirmed."""
        group = self._groups.get(key, [])
        count = bisect_right(group, (ref, ref, _LAST_ID))
        return count, min((entry[1] for entry in group[:count]), default=None)

    def __iter__(self) -> Iterator[GroupKey]:
        """Yield all groups."""
        yield from self._groups


def group_of(work: Work) -> GroupKey:
    """Return the plan owner and source system of a work."""
    source = work.plan.source
    system = None if source is None else source.system
    return work.owner, system or UNKNOWN_SYSTEM
