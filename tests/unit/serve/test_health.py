"""Health tells the truth: each answer is worked out when it is asked, and says why.

started ── assigned ── restored ── committed ── committed ──────── silence ─────────▶
   │          │            │                                  commit_seconds ▲
 startup    not ready    ready                                            not ready
"""

from __future__ import annotations

import pytest

from hub.serve.health import Health


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(parts=("register", "detect"), stall_seconds=5, commit_seconds=30, clock=clock)


def all_is_well(health: Health) -> None:
    health.started()
    for part in ("register", "detect"):
        health.assigned(part)
        health.restored(part)
        health.committed(part)


def why(health: Health, part: str) -> str | None:
    return health.ready().checks[part].get("why")


def test_a_new_process_is_live_but_neither_started_nor_ready(health: Health) -> None:
    assert health.live().ok
    assert not health.startup().ok
    assert not health.ready().ok


def test_it_is_ready_when_every_part_has_its_partitions_and_state(health: Health) -> None:
    all_is_well(health)

    assert health.startup().ok
    assert health.ready().ok
    assert health.ready().body()["status"] == "ok"


def test_it_is_not_ready_while_one_part_waits_or_restores(health: Health) -> None:
    all_is_well(health)

    health.revoked("detect")
    assert (health.ready().ok, why(health, "detect")) == (False, "waits for its partitions")
    health.assigned("detect")
    assert (health.ready().ok, why(health, "detect")) == (False, "restores its state")
    health.restored("detect")
    assert health.ready().ok
    assert why(health, "register") is None


def test_a_new_assignment_must_be_restored_again(health: Health) -> None:
    all_is_well(health)

    health.assigned("register")

    assert why(health, "register") == "restores its state"


def test_it_is_not_live_when_the_loop_has_not_turned(health: Health, clock: Clock) -> None:
    all_is_well(health)

    clock.now += 5
    assert health.live().ok
    clock.now += 0.5
    assert not health.live().ok
    assert health.live().checks["event_loop"]["seconds_since_last_turn"] == 5.5
    assert not health.ready().ok
    health.beat()
    assert health.live().ok


def test_it_is_not_ready_when_nothing_was_committed_for_long(health: Health, clock: Clock) -> None:
    all_is_well(health)

    clock.now += 31
    health.beat()
    health.committed("register")

    assert health.live().ok
    assert why(health, "detect") == "last commit 31 s ago; expected within 30 s"
    assert why(health, "register") is None
    health.committed("detect")
    assert health.ready().ok


def test_a_part_that_failed_says_why_until_it_is_assigned_anew(health: Health) -> None:
    all_is_well(health)

    health.failed("register", "the breaker is open")

    assert why(health, "register") == "the breaker is open"
    assert health.live().ok
    health.assigned("register")
    health.restored("register")
    assert health.ready().ok


def test_a_process_without_parts_is_ready_when_it_has_started() -> None:
    health = Health()
    assert not health.ready().ok

    health.started()

    assert health.ready().ok
