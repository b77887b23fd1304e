"""Processes of the hub itself, as an operator would start them, that end with the demo.

Each runs under the guard that also watches over the broker: however the demo dies, its processes
end too. What they write goes to a log file, whose end is shown when one of them fails.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.broker import guard
from hub.errors import RetryableError

GRACE_S = 10.0
_KILL_DEADLINE_S = 5.0
_TAIL_LINES = 15
_TAIL_CHARACTERS = 300


class HubProcess:
    """`python -m hub …` under its guard."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, log: Path, environ: Mapping[str, str]
    ) -> None:
        self.name = name
        self._log = log
        with open(os.devnull, "rb") as nothing:
            self._guard = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", guard.__file__),
                    *(str(os.getpid()), str(GRACE_S), str(log), str(nothing.fileno())),
                    *(sys.executable, "-m", "hub", *arguments),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(nothing.fileno(),),
                env=dict(environ),
                start_new_session=True,  # Ctrl-C is for the demo, which then ends us in order
            )

    def check(self) -> None:
        """Return while the process runs.

        :raises RetryableError: when it has ended, with its code and the end of its log
        """
        code = self._guard.poll()
        if code is not None:
            raise RetryableError(
                f"{self.name}: ended by itself with code {code}; expected it to run until the demo "
                f"ends; the end of its log says why{self.log_tail()}"
            )

    def log_tail(self) -> str:
        """Return the end of the log on lines of their own, or nothing."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            return "".join(f"\n  | {line[:_TAIL_CHARACTERS]}" for line in lines[-_TAIL_LINES:])
        return ""

    def ask_to_end(self) -> None:
        """Ask for an orderly end and return at once."""
        with contextlib.suppress(ProcessLookupError):
            self._guard.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Return once the process has ended; the guard kills it when it takes too long."""
        self.ask_to_end()
        try:
            self._guard.wait(GRACE_S + _KILL_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        finally:
            assert self._guard.stdin is not None
            with contextlib.suppress(OSError):
                self._guard.stdin.close()
