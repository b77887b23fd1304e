"""Processes of the hub under their guard, and how the demo is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.demo.interruption import Interrupted, interruptible
from hub.demo.processes import HubProcess
from hub.errors import RetryableError
from tests.support.brokers import wait_until


def ended(process: HubProcess) -> bool:
    try:
        process.check()
    except RetryableError:
        return True
    return False


def test_a_process_that_ends_by_itself_is_told_with_its_log(tmp_path: Path) -> None:
    process = HubProcess("worker", ["nonsense"], log=tmp_path / "log", environ=dict(os.environ))
    try:
        wait_until(lambda: ended(process), "the command refuses its argument")
        with pytest.raises(RetryableError, match=r"worker: ended by itself with code 2") as told:
            process.check()
    finally:
        process.end()

    assert "nonsense" in str(told.value)


def test_a_process_ends_when_asked(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = HubProcess("sleeper", ["rules"], log=tmp_path / "log", environ=environ)
    process.check()

    process.end()

    assert ended(process)


def interrupted(*numbers: int) -> None:
    with interruptible():
        try:
            os.kill(os.getpid(), numbers[0])
        finally:
            for number in numbers[1:]:
                os.kill(os.getpid(), number)  # would cut the orderly end


def test_the_first_signal_interrupts_and_the_next_is_ignored() -> None:
    with pytest.raises(Interrupted) as caught:
        interrupted(signal.SIGTERM, signal.SIGINT)

    assert caught.value.exit_code == 128 + signal.SIGTERM


def test_an_end_that_comes_by_itself_is_not_cut_either() -> None:
    with interruptible() as ignore_signals:
        ignore_signals()
        os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def test_asking_for_the_demo_loads_no_kafka_client() -> None:
    code = (
        "import sys, hub.demo; hub.demo.DemoOptions(); "
        "sys.exit(any(name in sys.modules for name in ('confluent_kafka', 'faust', 'rich')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
