"""Keeps the garbage collector away from a state that is being rebuilt, and from what stands.

A rebuilt programme is some fifty objects a work, none of them garbage; looking for cycles among
them again and again took a third of a restore, and later stopped the stage for a second at a time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_rebuilding = 0


@contextmanager
def without_collecting() -> Iterator[None]:
    """Collect nothing inside, and afterwards leave alone what was made; threads may overlap.

    What was left alone before is looked at first: a programme that was given up may hold itself.
    """
    global _rebuilding
    with _lock:
        if _rebuilding == 0:
            gc.unfreeze()
            gc.collect()
            gc.disable()
        _rebuilding += 1
    try:
        yield
    finally:
        with _lock:
            _rebuilding -= 1
            if _rebuilding == 0:
                gc.freeze()
                gc.enable()
