"""What ends a worker: a standstill, no progress, another Faust."""

from __future__ import annotations

from typing import NoReturn

import pytest

from hub.errors import ConfigurationError
from hub.streams.build_check import VERIFIED_FAUST, check_build
from hub.streams.fences import FreezeFence, ProgressWatch

PLACE = ("hub.programme-log", 0)


class LeftError(Exception):
    """Stands for the end of the process."""


def left(reason: str) -> NoReturn:
    raise LeftError(reason)


def test_a_process_that_stood_still_leaves_before_it_writes() -> None:
    fence = FreezeFence(limit_seconds=-1, leave=left)

    with pytest.raises(LeftError, match="stood still"):
        fence.check()


def test_a_process_that_runs_may_write() -> None:
    FreezeFence(limit_seconds=60, leave=left).check()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def observed(*observations: tuple[float, int, int]) -> str | None:
    """Return the last verdict after looks at (second, end of the log, committed offset)."""
    clock = Clock()
    watch = ProgressWatch(limit_seconds=60, clock=clock)
    verdict = None
    for clock.now, end, committed in observations:
        verdict = watch.observe(ends={PLACE: end}, committed={PLACE: committed})
    return verdict


def test_a_committed_offset_that_stands_while_the_log_goes_on_is_told() -> None:
    verdict = observed((0, 10, 5), (61, 12, 5))

    assert verdict is not None
    assert "hub.programme-log partition 0" in verdict
    assert "5" in verdict


@pytest.mark.parametrize(
    "observations",
    [
        pytest.param([(0, 10, 10), (3600, 10, 10)], id="nothing to do"),
        pytest.param([(0, 10, 5), (59, 12, 5)], id="not long enough"),
        pytest.param([(0, 10, 5), (50, 12, 6), (100, 14, 7)], id="it moves, though slowly"),
        pytest.param([(0, 10, 10), (3600, 12, 10)], id="a record that has just come"),
    ],
)
def test_a_worker_that_gets_on_is_left_alone(observations: list[tuple[float, int, int]]) -> None:
    assert observed(*observations) is None


def test_after_a_rebalance_counting_begins_anew() -> None:
    clock = Clock()
    watch = ProgressWatch(limit_seconds=60, clock=clock)
    watch.observe(ends={PLACE: 10}, committed={PLACE: 5})
    watch.forget()
    clock.now = 61

    assert watch.observe(ends={PLACE: 10}, committed={PLACE: 5}) is None


def test_another_version_of_faust_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"0\.16\.0.*install faust-streaming==0\.15\.3"):
        check_build("0.16.0")


def test_a_faust_without_compiled_parts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"without json"):
        check_build(VERIFIED_FAUST, parts=("json",))


def test_the_faust_of_this_project_is_accepted() -> None:
    check_build(VERIFIED_FAUST)
