"""Says on a terminal how far a long read of a topic is; says nothing elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from hub.live.topics import Progress

FIRST_AFTER_S = 1.0
"""What is read within a second needs no word."""
_INTERVAL_S = 0.2


def progress_on_terminal(stream: TextIO | None = None) -> Progress | None:
    """Return what shows progress on a stream (standard error), None where nobody sits at it."""
    shown_on = stream or sys.stderr
    return _Line(shown_on) if shown_on.isatty() else None


class _Line:
    """One line that is written over and wiped when a topic was read to its end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._due = time.monotonic() + FIRST_AFTER_S
        self._shown = False

    def __call__(self, topic: str, reached: int, end: int) -> None:
        now = time.monotonic()
        if reached >= end and self._shown:
            self._write("\r\x1b[K")
            self._shown = False
        elif reached < end and now >= self._due:
            self._write(f"\r\x1b[Kreading {topic}: {reached:,} of {end:,}")
            self._due, self._shown = now + _INTERVAL_S, True

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
