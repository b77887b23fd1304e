"""Ctrl-C and SIGTERM as one exception, raised once: what follows is an orderly end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(BaseException):
    """Somebody asked the demo to stop."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)

    @property
    def exit_code(self) -> int:
        """Return the code a shell expects of a program that ended by this signal."""
        return 128 + self.number


_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Raise `Interrupted` at the first signal and ignore the next, so that the end is not cut.

    Gives a function that ignores signals from then on, for an end that comes without one. Outside
    the main thread signals cannot be caught, and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in _NUMBERS}

    def interrupt(number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise Interrupted(number)

    for number in _NUMBERS:
        signal.signal(number, interrupt)
    try:
        yield _ignore_signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)
