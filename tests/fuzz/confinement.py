"""Runs one reader over one file in a process of its own, with a bound on memory and on time.

The process is forked from one that has loaded everything already, so a case costs little. Memory is
bounded by the system (`RLIMIT_AS`), processor time too; so what does not keep within them ends, and
is seen to.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
MEMORY_MIB = 768
"""What reading one file may add to a process that has loaded the hub."""
CPU_SECONDS = 30
WALL_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Ending:
    """How a confined read ended."""

    accepted: int = 0
    refused: tuple[str, ...] = ()
    crash: str = ""
    peak_mib: int = 0
    cpu_seconds: float = 0.0


class Bench:
    """A process that waits for files to read; leave its context to end it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.confinement"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that what it forked ends with it
        )

    def read(self, door: str, path: Path, *, memory_mib: int = MEMORY_MIB) -> Ending:
        """Read a file through a door in a process of its own, and tell how that ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"door": door, "path": str(path), "memory_mib": memory_mib}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ending(**{**answer, "refused": tuple(answer.get("refused", ()))})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def main() -> None:
    from tests.fuzz.readers import DOORS, told  # loaded once, before anything is forked

    for name in DOORS:
        for seed in DOORS[name].seed_files():
            told(DOORS[name].read, seed)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_confined(**asked)), flush=True)


def _confined(door: str, path: str, memory_mib: int) -> dict[str, object]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _read_and_leave(door, Path(path), memory_mib, writing)
    os.close(writing)
    deadline = time.monotonic() + WALL_SECONDS
    came = b""
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            break
        came += chunk
    os.close(reading)
    _, status, used = os.wait4(child, 0)
    answer: dict[str, object] = json.loads(came) if came else {"crash": _how(status)}
    answer["peak_mib"] = used.ru_maxrss >> 10
    answer["cpu_seconds"] = round(used.ru_utime + used.ru_stime, 2)
    return answer


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ended with {os.WEXITSTATUS(status)} and no answer"


def _read_and_leave(door: str, path: Path, memory_mib: int, writing: int) -> None:
    from tests.fuzz.readers import DOORS, told

    faulthandler.enable()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (memory_mib << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        outcome = told(DOORS[door].read, path)
        answer = {"accepted": outcome.accepted, "refused": outcome.refused[:5]}
    except BaseException:
        answer = {"crash": traceback.format_exc()[-3_000:]}
    os.write(writing, json.dumps(answer).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
