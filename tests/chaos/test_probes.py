"""The probes see a process that says what is not so; each lie is told by real endpoints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from hub.broker.launcher import free_ports
from hub.metrics import Metrics
from hub.serve.app import create_app
from hub.serve.health import Health
from hub.serve.server import serve_in_thread
from hub.streams.worker import STAGES
from tests.chaos.crew import Member
from tests.chaos.probes import (
    COMMIT,
    CONSUMED,
    LAG,
    RESTORE_SECONDS,
    THAW_SECONDS,
    ConnectorProbes,
    WorkerProbes,
    working,
)


@dataclass
class Told:
    """A process of which only health and metrics exist."""

    port: int = field(default_factory=lambda: free_ports(1)[0])
    metrics: Metrics = field(default_factory=Metrics)
    health: Health = field(default_factory=lambda: Health(parts=STAGES))

    def __post_init__(self) -> None:
        self.member = _Standing("a", {"http_port": self.port}, "no module")
        self.member.starts = 1

    def becomes_ready(self) -> None:
        self.health.started()
        for stage in STAGES:
            self.health.assigned(stage)
            self.health.restored(stage)
            self.metrics.set(RESTORE_SECONDS, 0.1, stage=stage)
            self.commits(time.time() - 2, stage)

    def commits(self, at: float, stage: str) -> None:
        self.metrics.set(COMMIT, at, stage=stage)

    def lags(self, records: int) -> None:
        self.metrics.set(LAG, records, stage="detect", topic="programme-log", partition="0")


class _Standing(Member):
    running = True  # type: ignore[assignment]


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    server = serve_in_thread(create_app(health=made.health, metrics=made.metrics), port=made.port)
    yield made
    server.stop()


def lies_of(told: Told) -> list[str]:
    probes = WorkerProbes()
    probes.look_at(told.member)
    return probes.lies


def test_a_worker_that_restored_and_commits_tells_no_lie(told: Told) -> None:
    assert lies_of(told) == []
    told.becomes_ready()
    assert lies_of(told) == []


def test_ready_without_a_restore_is_a_lie(told: Told) -> None:
    told.health.started()
    for stage in STAGES:
        told.health.assigned(stage)
        told.health.restored(stage)

    assert lies_of(told) == ["a: ready before both stages were restored"]


def test_ready_with_an_old_commit_is_a_lie(told: Told) -> None:
    told.becomes_ready()
    told.commits(time.time() - 300, "detect")

    assert any("ready, last commits" in lie for lie in lies_of(told))


def test_ready_long_after_a_standstill_is_a_lie(told: Told) -> None:
    told.becomes_ready()
    told.member.thawed_at = time.monotonic() - THAW_SECONDS - 1

    assert lies_of(told) == ["a: ready, after its session ended while it stood still"]


def test_a_counter_that_falls_is_a_lie_unless_the_process_is_a_new_one(told: Told) -> None:
    probes = WorkerProbes()
    told.metrics.count(CONSUMED, 5, stage="detect", topic="programme-log")
    probes.look_at(told.member)
    told.metrics._by_name[CONSUMED].clear()
    told.metrics.count(CONSUMED, 2, stage="detect", topic="programme-log")

    told.member.starts = 2
    probes.look_at(told.member)
    assert probes.lies == []
    told.member.starts = 1
    probes.look_at(told.member)
    assert probes.lies == [f"a: {CONSUMED} fell from 5.0 to 2.0"]


def test_metrics_that_never_moved_are_missing_at_the_end(told: Told) -> None:
    probes = WorkerProbes()
    members = {"a": told.member}
    told.member.starts = 2
    probes.look_at(told.member)
    assert probes.missing(members) == [
        "no worker ever told of lag",
        "the last commit of register never advanced",
        "the last commit of detect never advanced",
        "a: no restore in the metrics of start 2",
        "no restarted worker told of a restore",
    ]

    told.becomes_ready()
    told.lags(7)
    probes.look_at(told.member)
    for stage in STAGES:
        told.commits(time.time(), stage)
    probes.look_at(told.member)
    assert probes.missing(members) == []
    assert probes.lag_seen == 7


def test_a_connector_tells_whether_it_works_and_what_it_published(told: Told) -> None:
    probes = ConnectorProbes()
    probes.look_at(told.member)
    assert probes.missing({}) == ["no connector told of a published change"]
    assert working({"a": told.member}) == []

    told.metrics.set("hub_connector_state", 1, connector="tabular", state="running")
    told.metrics.count(
        "hub_connector_changes_published_total", 3, connector="tabular", kind="upsert"
    )
    probes.look_at(told.member)
    assert probes.missing({}) == []
    assert working({"a": told.member}) == ["a"]

    told.metrics.set("hub_connector_state", 1, connector="tabular", state="waiting")
    probes.look_at(told.member)
    assert probes.lies == ["a: is ['running', 'waiting'] at once"]


def test_a_connector_that_says_only_a_restart_helps_tells_a_lie(told: Told) -> None:
    probes = ConnectorProbes()
    told.health.started()
    probes.look_at(told.member)
    assert probes.lies == []

    told.health._beat_at -= 1000
    probes.look_at(told.member)
    assert probes.lies == ["a: not live, where it only waits for brokers"]
