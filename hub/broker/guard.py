"""A small process between the launcher and the JVM, so that no broker outlives who started it.

Run as a program: `guard.py PARENT_PID GRACE_S LOG_FILE INHERITED_FD COMMAND…`. It starts the
command, prints its process id, and ends it when it gets SIGTERM, when its standard input closes or
when its parent is gone, however that died. If the guard itself is killed, Linux kills the command.

A process of its own because Linux ties "end with the parent" to the *thread* that started the
child, and the launcher may be called from any thread. It runs without site-packages.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys

POLL_S = 1.0
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Start the command, watch it and the parent, and return the command's exit code."""
    parent, grace_s, log_file, inherited_fd = arguments[:4]
    wake_up = _wake_on_signals()
    with open(log_file, "ab") as log:
        try:
            command = subprocess.Popen(
                arguments[4:],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(int(inherited_fd),),
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            print(f"error {error}", flush=True)
            return 1
    print(f"pid {command.pid}", flush=True)
    _watch(command, parent=int(parent), wake_up=wake_up)
    return _end(command, float(grace_s))


def _wake_on_signals() -> int:
    """Let SIGTERM and the end of the command wake the watch; return the descriptor it waits on."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reader


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch(command: subprocess.Popen[bytes], *, parent: int, wake_up: int) -> None:
    """Return when the command has ended or has to end."""
    standard_input = sys.stdin.fileno()
    while command.poll() is None and os.getppid() == parent:
        ready, _, _ = select.select([standard_input, wake_up], [], [], POLL_S)
        if standard_input in ready and not os.read(standard_input, 1024):
            return
        if wake_up in ready and signal.SIGTERM in os.read(wake_up, 1024):
            return


def _end(command: subprocess.Popen[bytes], grace_s: float) -> int:
    command.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        return command.wait(grace_s)
    command.kill()
    return command.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) & 0xFF)
