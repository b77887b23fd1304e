"""What must be looked at again on which day, because the reference date alone can change it."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

K = TypeVar("K", bound=str | tuple[str, ...])
_SLACK = 1_024


class Agenda(Generic[K]):
    """Keys by the day on which they are due; a key has one day at most."""

    def __init__(self) -> None:
        self._due: dict[K, int] = {}
        self._heap: list[tuple[int, K]] = []

    def put(self, key: K, day: int | None) -> None:
        """Set the day of a key, or take the key off with None."""
        if day is None:
            self._due.pop(key, None)
            return
        if self._due.get(key) == day:
            return
        self._due[key] = day
        heapq.heappush(self._heap, (day, key))
        if len(self._heap) > 2 * len(self._due) + _SLACK:
            self._heap = [(due, name) for name, due in self._due.items()]
            heapq.heapify(self._heap)

    def take_until(self, day: int) -> list[K]:
        """Take off and return the keys due on or before a day."""
        taken: list[K] = []
        while self._heap and self._heap[0][0] <= day:
            due, key = heapq.heappop(self._heap)
            if self._due.get(key) == due:
                del self._due[key]
                taken.append(key)
        return taken

    def clear(self) -> None:
        """Forget everything."""
        self._due.clear()
        self._heap.clear()
