"""Says on a terminal how far a long read of a topic is; says nothing elsewhere."""

from __future__ import annotations

import sys
import time

from hub.live.topics import Progress

FIRST_AFTER_S = 1.0
"""What is read within a second needs no word."""
_INTERVAL_S = 0.2


def progress_on_terminal() -> Progress | None:
    """Return what shows progress on standard error, None where nobody sits at it."""
    return _Line() if sys.stderr.isatty() else None


class _Line:
    """One line that is written over and wiped when a topic was read to its end."""

    def __init__(self) -> None:
        self._due = time.monotonic() + FIRST_AFTER_S
        self._shown = False

    def __call__(self, topic: str, reached: int, end: int) -> None:
        now = time.monotonic()
        if reached >= end:
            if self._shown:
                sys.stderr.write("\r\x1b[K")
                self._shown = False
            self._due = max(self._due, now)
        elif now >= self._due:
            sys.stderr.write(f"\r\x1b[Kreading {topic}: {reached:,} of {end:,}")
            self._due, self._shown = now + _INTERVAL_S, True
        sys.stderr.flush()
