"""One JVM under its guard, holding the lock of its data folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.broker import guard
from hub.broker.node_config import HOST, Node
from hub.broker.readiness import brokers_in_service
from hub.errors import ConfigurationError, RetryableError

START_DEADLINE_S = 90.0
STOP_GRACE_S = 15.0
KILL_DEADLINE_S = 5.0
LOG_NAME = "broker.log"
LOG_KEPT_BYTES = 10 << 20

_POLL_S = 0.02
_TAIL_LINES = 12
_STACK_FRAME = re.compile(r"\s+(?:at|\.\.\.) ")


class NodeProcess:
    """A started node; `pid` is the JVM's."""

    def __init__(self, node: Node, command: Sequence[str], *, lock: int) -> None:
        """Start the node; it keeps the lock of its folder (see `locked`) until it ends.

        :raises ConfigurationError: when Java does not start
        """
        self.node = node
        self.command = command
        self._log = node.folder / LOG_NAME
        turn_over(self._log)
        self._guard = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", guard.__file__),
                *(str(os.getpid()), str(STOP_GRACE_S), str(self._log), str(lock)),
                *command,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(lock,),
            cwd=node.folder,
            start_new_session=True,  # Ctrl-C in a terminal is for who launched, not for Kafka
        )
        assert self._guard.stdout is not None
        word, _, rest = self._guard.stdout.readline().decode().strip().partition(" ")
        self._guard.stdout.close()
        if word != "pid":
            self._finish(KILL_DEADLINE_S)
            raise ConfigurationError(
                f"broker in {node.folder}: {rest or 'the guard ended'}; expected a running Java; "
                "set HUB_JAVA to a working one"
            )
        self.pid = int(rest)

    @property
    def running(self) -> bool:
        """Tell whether the node has not ended."""
        return self._guard.poll() is None

    def wait_until_ready(self, *, brokers: int) -> None:
        """Return once the node serves clients and sees that many brokers.

        :raises ConfigurationError: when the node ended by itself, with the end of its log
        :raises RetryableError: when it is not ready in time
        """
        deadline = time.monotonic() + START_DEADLINE_S
        while self.running:
            if brokers_in_service(HOST, self.node.port) >= brokers:
                return
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"broker in {self.node.folder}: not ready within {START_DEADLINE_S:.0f} s; "
                    f"expected an answer on {self.node.bootstrap}; is the machine overloaded?"
                    f"{self.log_tail()}"
                )
            time.sleep(_POLL_S)
        raise ConfigurationError(
            f"broker in {self.node.folder}: ended with code {self._guard.returncode} while "
            f"starting; expected it to run; see {self._log}{self.log_tail()}"
        )

    def stop(self) -> None:
        """Stop the node in an orderly way; one that does not end in time is killed."""
        self._guard.send_signal(signal.SIGTERM)
        self._finish(STOP_GRACE_S + KILL_DEADLINE_S)

    def kill(self) -> None:
        """End the node at once, as a power failure would."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._finish(KILL_DEADLINE_S)

    def log_tail(self) -> str:
        """Return the end of the node's log on lines of their own, without Java's stack frames."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            telling = [line for line in lines if not _STACK_FRAME.match(line)]
            return "".join(f"\n  | {line[:300]}" for line in telling[-_TAIL_LINES:])
        return ""

    def _finish(self, deadline_s: float) -> None:
        """Wait for the guard, which ends after the JVM; kill both if it hangs."""
        try:
            self._guard.wait(deadline_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._guard.kill()
            self._guard.wait()
        finally:
            assert self._guard.stdin is not None
            with contextlib.suppress(OSError):
                self._guard.stdin.close()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold the folder's lock; a process that inherits the descriptor keeps it until it ends.

    Two brokers on one folder destroy each other's data, so nothing is written there without it.

    :raises ConfigurationError: when another broker runs on the folder, or it cannot be written
    """
    try:
        descriptor = os.open(folder / "launcher.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"data folder {folder}: {error.strerror}; expected a folder to write to; name another"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(
                f"data folder {folder}: another broker runs on it; expected a folder of its own; "
                "stop that broker or name another folder"
            ) from error
        yield descriptor
    finally:
        os.close(descriptor)


def turn_over(log: Path) -> None:
    """Put a log that has grown large aside, in the place of the one before it."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_KEPT_BYTES:
            log.replace(log.with_suffix(".log.1"))
