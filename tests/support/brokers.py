"""The Kafka that a test run talks to: its own, or the one `HUB_TEST_BROKER` names."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.broker import Cluster, launch, launch_cluster

OVERRIDE = "HUB_TEST_BROKER"


@contextmanager
def broker_of_this_run() -> Iterator[str]:
    """Give a bootstrap address; a broker that was started for it is gone afterwards."""
    if given := os.environ.get(OVERRIDE):
        yield given
        return
    with _scratch_folder() as folder, launch(folder) as broker:
        yield broker.bootstrap


@contextmanager
def three_nodes() -> Iterator[Cluster]:
    """Give three nodes with three copies of each record, two of which must be written."""
    with _scratch_folder() as folder, launch_cluster(folder, nodes=3) as cluster:
        yield cluster


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hub-kafka-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 30.0) -> None:
    """Return once the condition holds; fail with what was waited for when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def process_exists(pid: int) -> bool:
    """Tell whether a process runs; one that ended but was not collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def processes_with(text: str) -> list[int]:
    """Return the processes that have a text in their command line, this one excepted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return sorted(found)
