"""The units start again what may come right by itself, for ever, and nothing else."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from hub.cli import EXIT_INPUT, EXIT_OUTSIDE
from hub.streams.exit_codes import FAULT, POISONED, STOPPED
from hub.streams.running import LONGEST_STOP_SECONDS

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "systemd"
UNITS = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.service"))}
WORKER = UNITS["hub-worker.service"]
OUTAGE_SECONDS = 3_600.0
DEFAULT_INTERVAL_SECONDS, DEFAULT_BURST = 10.0, 5
"""Of systemd, where a unit says nothing."""
USED_TO_BE = """[Unit]
StartLimitIntervalSec=600
StartLimitBurst=10
[Service]
RestartSec=1
"""


def parsed(text: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=True)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(text)
    return found


def gives_up_after(text: str, *, run_seconds: float) -> float | None:
    """Return when systemd stops trying a service that ends after so long each time, or None.

    More than `StartLimitBurst` starts within `StartLimitIntervalSec` and the unit stays failed; an
    interval of 0 is no limit. The pause grows by steps from RestartSec to RestartMaxDelaySec.
    """
    unit, service = parsed(text)["Unit"], parsed(text)["Service"]
    interval = unit.getfloat("StartLimitIntervalSec", DEFAULT_INTERVAL_SECONDS)
    burst = unit.getint("StartLimitBurst", DEFAULT_BURST)
    shortest = service.getfloat("RestartSec", 0.1)
    steps = service.getint("RestartSteps", 0)
    longest = service.getfloat("RestartMaxDelaySec", shortest)
    now, begun, starts, restarts = 0.0, 0.0, 0, 0
    while now < OUTAGE_SECONDS:
        if now - begun >= interval:
            begun, starts = now, 0
        starts += 1
        if interval > 0 and starts > burst:
            return now
        share = min(restarts, steps) / steps if steps else 0.0
        now += run_seconds + shortest * (longest / shortest) ** share
        restarts += 1
    return None


@pytest.mark.parametrize("run_seconds", [0.0, 0.5, 1.0, 10.0, 30.0, 59.0])
@pytest.mark.parametrize("name", UNITS)
def test_an_outage_of_an_hour_does_not_end_the_trying(name: str, run_seconds: float) -> None:
    assert gives_up_after(UNITS[name], run_seconds=run_seconds) is None


def test_the_limits_the_worker_once_had_would_have_given_up() -> None:
    assert gives_up_after(USED_TO_BE, run_seconds=10.0) == pytest.approx(110)


@pytest.mark.parametrize("name", UNITS)
def test_what_a_person_must_correct_is_not_tried_again(name: str) -> None:
    service = parsed(UNITS[name])["Service"]
    never = {int(code) for code in service["RestartPreventExitStatus"].split()}

    assert service["Restart"] == "on-failure"
    assert EXIT_INPUT in never
    assert not never & {STOPPED, EXIT_OUTSIDE, FAULT}


def test_a_worker_whose_breaker_opened_is_not_started_again() -> None:
    service = parsed(WORKER)["Service"]

    assert str(POISONED) in service["RestartPreventExitStatus"].split()


def test_an_orderly_stop_of_a_worker_is_given_its_time() -> None:
    service = parsed(WORKER)["Service"]

    assert service["KillSignal"] == "SIGTERM"
    assert float(service["TimeoutStopSec"]) > LONGEST_STOP_SECONDS


def test_a_worker_that_ends_once_is_back_within_seconds() -> None:
    assert parsed(WORKER)["Service"].getfloat("RestartSec") <= 2
