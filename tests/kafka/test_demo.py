"""`hub demo` as a person starts it: to its end, and stopped or broken half way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import process_exists, wait_until
from tests.support.demo_story import played

pytestmark = pytest.mark.kafka

MARK = "DEMO_UNDER_TEST"
WHOLE_DEADLINE_S = 180.0
STAGE_DEADLINE_S = 90.0
END_DEADLINE_S = 40.0


class RunningDemo:
    """A demo as a process of its own; everything it starts inherits a mark in the environment.

    That is how its processes are recognised afterwards, whoever their parent is by then.
    """

    def __init__(self, scratch: Path, *arguments: str) -> None:
        self.scratch = scratch
        self._out, self._err = scratch / "out.txt", scratch / "err.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "demo", "--lang", "en", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "TMPDIR": str(scratch), MARK: str(scratch)},
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        def came() -> bool:
            assert self.process.poll() is None or text in self.out, self.out + self.err
            return text in self.out

        wait_until(came, f"{text!r} in the output", seconds=STAGE_DEADLINE_S)

    def end(self, deadline_s: float = END_DEADLINE_S) -> int:
        return self.process.wait(deadline_s)

    def processes(self) -> list[int]:
        """Return everything that runs for this demo."""
        marker = f"{MARK}={self.scratch}".encode()
        return [
            pid
            for path in Path("/proc").glob("[0-9]*/environ")
            if marker in _bytes_of(path).split(b"\0")
            and process_exists(pid := int(path.parent.name))
        ]

    def pid_of(self, *words: str) -> int:
        """Return the process with these words in its command, and not the guard that has them."""
        (found,) = [
            pid
            for pid in self.processes()
            if (command := _bytes_of(Path(f"/proc/{pid}/cmdline")).decode().split("\0"))[1:2]
            == ["-m"]
            and set(words) <= set(command)
        ]
        return found

    def left_folders(self) -> list[Path]:
        return [path for path in self.scratch.iterdir() if path.is_dir()]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended while we looked
        return b""


@contextmanager
def demo(scratch: Path, *arguments: str) -> Iterator[RunningDemo]:
    running = RunningDemo(scratch, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        wait_until(lambda: not running.processes(), "everything has ended", seconds=END_DEADLINE_S)


def effect_told(text: str) -> dict[str, int]:
    """Return how many findings the summary says opened, changed and closed."""
    told = re.findall(r"^(Opened|Changed|Closed) \((\d+)\)", text, re.MULTILINE)
    return {heading: int(count) for heading, count in told}


def effect_expected() -> dict[str, int]:
    """Return the same of the story played offline on the day of this run."""
    _, _, effect = played(date.today(), seed=1)
    return {
        "Opened": len(effect.opened),
        "Changed": len(effect.changed),
        "Closed": len(effect.closed),
    }


def assert_nothing_is_left(running: RunningDemo) -> None:
    assert running.processes() == []
    assert running.left_folders() == []


@pytest.mark.timeout(WHOLE_DEADLINE_S + END_DEADLINE_S)
def test_once_plays_the_whole_story_on_its_own_kafka_and_ends(tmp_path: Path) -> None:
    with demo(tmp_path, "--once") as running:
        assert running.end(WHOLE_DEADLINE_S) == 0, running.out + running.err

        assert "Works read: 198" in running.out
        assert "What moved (5)" in running.out
        assert effect_told(running.out) == effect_expected()
        assert "C04:redesign:H-1-1|sewer:R-102|finish_to_start" in running.out
        assert "F03:sewer:R-105" in running.out
        assert "because: inspection" in running.out
        assert running.err == ""
        assert_nothing_is_left(running)


@pytest.mark.timeout(WHOLE_DEADLINE_S + END_DEADLINE_S)
def test_a_given_kafka_gets_topics_of_its_own_and_loses_them_again(
    tmp_path: Path, connection: KafkaConnection
) -> None:
    from confluent_kafka.admin import AdminClient

    admin = AdminClient(client_options(connection))

    def demo_topics() -> list[str]:
        return [name for name in admin.list_topics(timeout=30).topics if name.startswith("demo-")]

    with demo(tmp_path, "--once", "--broker", connection.bootstrap) as running:
        running.wait_for("topics with prefix demo-")
        assert demo_topics()
        assert running.end(WHOLE_DEADLINE_S) == 0, running.out + running.err

        assert effect_told(running.out) == effect_expected()
        assert_nothing_is_left(running)
    wait_until(lambda: not demo_topics(), "the topics of the demo are gone")


@pytest.mark.parametrize(
    ("number", "stage"),
    [
        pytest.param(signal.SIGINT, "works in the programme", id="ctrl-c-before-the-move"),
        pytest.param(signal.SIGTERM, "worker is ready", id="sigterm-while-connectors-start"),
        pytest.param(signal.SIGINT, "plans of Elzerveen written", id="ctrl-c-while-kafka-starts"),
    ],
)
def test_a_signal_in_the_middle_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, stage: str
) -> None:
    with demo(tmp_path) as running:
        running.wait_for(stage)
        running.process.send_signal(number)

        assert running.end() == 0, running.out + running.err
        assert running.err == ""
        assert_nothing_is_left(running)


def test_an_interrupted_run_that_was_to_end_by_itself_has_not_succeeded(
    tmp_path: Path, bootstrap: str
) -> None:
    with demo(tmp_path, "--once", "--broker", bootstrap) as running:
        running.wait_for("worker is ready")
        running.process.send_signal(signal.SIGINT)

        assert running.end() == 128 + signal.SIGINT
        assert_nothing_is_left(running)


def test_a_worker_that_dies_ends_the_demo_with_its_log(tmp_path: Path, bootstrap: str) -> None:
    with demo(tmp_path, "--broker", bootstrap) as running:
        running.wait_for("works in the programme")
        os.kill(running.pid_of("worker"), signal.SIGKILL)

        assert running.end() == 3
        assert "hub demo: worker: ended by itself" in running.err
        assert_nothing_is_left(running)


def test_a_broker_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--broker", "127.0.0.1:1") as running:
        assert running.end(STAGE_DEADLINE_S) == 3
        assert "127.0.0.1:1" in running.err
        assert "Traceback" not in running.err
        assert_nothing_is_left(running)


def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.wait_for("worker is ready")
        assert len(running.processes()) > 3

        running.process.kill()
        running.process.wait()

        wait_until(lambda: not running.processes(), "all its processes end", seconds=END_DEADLINE_S)
