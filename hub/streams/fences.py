"""Fences: what ends a worker that cannot know any more whether its partitions are its own.

A process that stood still (SIGSTOP, a paused machine) or that makes no progress is worth less than
none: it holds programmes that another worker could serve.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from hub.streams.leaving import leave

Leave = Callable[[str], NoReturn]

FREEZE_SHARE = 0.6
"""A standstill this part of the session timeout is treated as an ended session."""


class FreezeFence:
    """Notices that the whole process stood still for longer than its session may last."""

    def __init__(self, *, limit_seconds: float, leave: Leave = leave) -> None:
        self._limit_seconds = limit_seconds
        self._leave = leave
        self._last_beat = time.monotonic()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Beat in a thread of its own until stopped."""
        threading.Thread(target=self._beat, name="freeze-fence", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def check(self) -> None:
        """Leave if the last beat is too long ago; asked before every write."""
        stood_still = time.monotonic() - self._last_beat
        if stood_still > self._limit_seconds:
            self._leave(
                f"the process stood still for {stood_still:.1f} s, at most"
                f" {self._limit_seconds:.1f} s is allowed; others may own its partitions"
            )

    def _beat(self) -> None:
        while not self._stopped.wait(0.1):
            self.check()
            self._last_beat = time.monotonic()


class ProgressWatch:
    """Notices a partition whose log has more to read while its committed offset stands still."""

    def __init__(
        self, *, limit_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit_seconds = limit_seconds
        self._clock = clock
        self._stuck_since: dict[tuple[str, int], tuple[int, float]] = {}

    def observe(
        self, *, ends: Mapping[tuple[str, int], int], committed: Mapping[tuple[str, int], int]
    ) -> str | None:
        """Compare true end offsets with committed ones; return what is stuck for too long."""
        now = self._clock()
        self._stuck_since = {
            place: known for place, known in self._stuck_since.items() if place in ends
        }
        for place, end in ends.items():
            done = committed.get(place, 0)
            known = self._stuck_since.get(place)
            if end <= done:
                self._stuck_since.pop(place, None)
            elif known is None or known[0] != done:
                self._stuck_since[place] = (done, now)
            elif now - known[1] > self._limit_seconds:
                topic, partition = place
                return (
                    f"{topic} partition {partition}: committed offset stays at {done} for"
                    f" {now - known[1]:.0f} s while the log ends at {end}"
                )
        return None

    def forget(self) -> None:
        """Start counting anew, after a rebalance."""
        self._stuck_since.clear()
