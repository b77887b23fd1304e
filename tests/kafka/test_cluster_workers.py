"""Three brokers, two workers: what is killed, stopped, frozen or bounced costs time, never records.

Most tests use a small counting stage, whose outputs show any loss, doubling or change of order; the
real stages are held against an offline fold. The pauses seen are printed.
"""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from hub.broker import Cluster
from hub.kafka.client_config import KafkaConnection
from hub.streams.exit_codes import FAULT, STOPPED
from tests.stream.counting import INPUT, OUTPUT
from tests.stream.feed import Feed, check_nothing_is_missing
from tests.stream.folding import emitted, folded, read_findings, without_repeats
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story
from tests.support.brokers import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.cluster]

COUNTING = "tests.stream.counting_worker"
REAL = "tests.stream.worker_process"
SESSION_SECONDS = 6.0
PARTITIONS = 4


@pytest.fixture
def topics(cluster: Cluster, cluster_connection: KafkaConnection) -> Topics:
    cluster.wait_until_ready()
    return Topics(cluster_connection, f"c{uuid.uuid4().hex[:8]}.", partitions=PARTITIONS)


def counting(topics: Topics, member: str | None = None, **more: Any) -> WorkerProcess:
    return WorkerProcess(
        COUNTING,
        **topics.conditions(
            **{"session_timeout_seconds": SESSION_SECONDS, **more},
            **({} if member is None else {"member_id": member}),
        ),
    )


def patient(topics: Topics, member: str | None = None) -> WorkerProcess:
    """Start a worker whose death is noticed only after longer than a test waits."""
    return counting(topics, member, session_timeout_seconds=60.0)


@contextmanager
def two(topics: Topics, start: Callable[..., WorkerProcess]) -> Iterator[list[WorkerProcess]]:
    """Give two workers that share the partitions."""
    with ExitStack() as stack:
        first = stack.enter_context(start(topics, "a"))
        first.wait_ready()
        second = stack.enter_context(start(topics, "b"))
        second.wait_ready()
        wait_until(lambda: owned(first) == owned(second) == PARTITIONS // 2, "an even share")
        yield [first, second]


def owned(worker: WorkerProcess) -> int:
    ready = [line for line in worker.output().splitlines() if "stage.ready" in line]
    return int(ready[-1].partition("'partitions': ")[2].partition(",")[0]) if ready else 0


def outputs(topics: Topics) -> int:
    return sum(topics.ends(OUTPUT).values())


def drained(topics: Topics, *, seconds: float = 60.0) -> None:
    wait_until(lambda: topics.is_drained("counting", INPUT), "drained", seconds=seconds)


def moving(topics: Topics, seconds: float = 30.0) -> float:
    """Wait until every partition has a new output; return how long that took."""
    started, before = time.monotonic(), topics.ends(OUTPUT)
    wait_until(
        lambda: all(end > before[number] for number, end in topics.ends(OUTPUT).items()),
        "new outputs of every partition",
        seconds=seconds,
    )
    return time.monotonic() - started


def test_a_killed_worker_loses_nothing(topics: Topics) -> None:
    with two(topics, counting) as (first, second), Feed(topics) as feed:
        moving(topics)
        second.kill()
        pause = moving(topics)
        feed.stop()
        drained(topics)
        assert first.running
    print(f"kill -9: every partition writes again after {pause:.1f} s; {feed.count} records")
    check_nothing_is_missing(feed)


def test_a_killed_worker_with_an_id_that_returns_goes_on_at_once(topics: Topics) -> None:
    with two(topics, patient) as (first, second), Feed(topics) as feed:
        moving(topics)
        second.kill()
        with patient(topics, "b") as again:
            again.wait_ready()
            moving(topics)
            taken = time.monotonic() - again.started
            feed.stop()
            drained(topics)
        assert first.running
    print(f"restart with the same id: every partition writes again {taken:.1f} s after its start")
    check_nothing_is_missing(feed)


def test_a_clean_stop_hands_over_in_seconds(topics: Topics) -> None:
    with two(topics, patient) as (first, second), Feed(topics) as feed:
        moving(topics)
        started = time.monotonic()
        second.signal(signal.SIGTERM)
        assert second.exit_code() == STOPPED
        stopped = time.monotonic() - started
        moving(topics)
        pause = time.monotonic() - started
        assert owned(first) == PARTITIONS
        feed.stop()
        drained(topics)
        assert first.stop() == STOPPED
    print(f"clean stop: gone after {stopped:.1f} s, all partitions write after {pause:.1f} s")
    assert check_nothing_is_missing(feed) == 0


def test_rolling_bounces_lose_nothing_and_repeat_nothing(topics: Topics) -> None:
    with two(topics, counting) as workers, Feed(topics) as feed, ExitStack() as stack:
        running = dict(zip("ab", workers, strict=True))
        pauses = []
        for member in "ab":
            assert running[member].stop() == STOPPED
            running[member] = stack.enter_context(counting(topics, member))
            running[member].wait_ready()
            pauses.append(moving(topics))
        feed.stop()
        drained(topics)
    print("join: every partition writes again after", [round(pause, 1) for pause in pauses])
    assert check_nothing_is_missing(feed) == 0


def test_a_frozen_worker_is_fenced_when_it_wakes(topics: Topics) -> None:
    with two(topics, counting) as (_, second), Feed(topics) as feed:
        moving(topics)
        second.signal(signal.SIGSTOP)
        pause = moving(topics)
        second.signal(signal.SIGCONT)
        assert second.exit_code() == FAULT
        assert "stood still" in second.output()
        feed.stop()
        drained(topics)
    print(f"SIGSTOP: the other took over after {pause:.1f} s")
    check_nothing_is_missing(feed)


def test_a_killed_broker_costs_nothing(topics: Topics, cluster: Cluster) -> None:
    with Supervised(topics) as workers, Feed(topics) as feed:
        moving(topics)
        cluster.kill(2)
        pause = moving(topics, seconds=60)
        cluster.restart(2)
        moving(topics, seconds=60)
        feed.stop()
        drained(topics, seconds=90)
    print(f"broker kill -9: every partition writes again after {pause:.1f} s; {workers.exits}")
    assert set(workers.exits) <= {FAULT}
    check_nothing_is_missing(feed)


def test_random_kills_in_the_middle_of_batches_lose_nothing(topics: Topics) -> None:
    with Supervised(topics, slow_seconds=0.001) as workers, Feed(topics, per_second=600) as feed:
        for member in "ab":
            moving(topics)
            workers.kill(member)
        feed.stop()
        drained(topics, seconds=90)
    assert check_nothing_is_missing(feed) >= 0
    assert sum(workers.exits.values()) >= 2


class Supervised:
    """Two workers under something that starts them again, as a service manager does."""

    def __init__(self, topics: Topics, **more: Any) -> None:
        self.exits: dict[int, int] = {}
        self._start = lambda member: counting(topics, member, **more)
        self._stack = ExitStack()
        self._running: dict[str, WorkerProcess] = {}

    def __enter__(self) -> Supervised:
        for member in "ab":
            self._running[member] = self._stack.enter_context(self._start(member))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._supervise)
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stopped.set()
        self._thread.join()
        self._stack.__exit__(*error)

    def kill(self, member: str) -> None:
        self._running[member].process.kill()

    def _supervise(self) -> None:
        while not self._stopped.wait(0.2):
            for member, worker in self._running.items():
                code = worker.process.poll()
                if code is not None:
                    self.exits[code] = self.exits.get(code, 0) + 1
                    self._running[member] = self._stack.enter_context(self._start(member))


def real(topics: Topics, member: str | None = None) -> WorkerProcess:
    return WorkerProcess(
        REAL,
        **topics.conditions(
            today=TODAY.isoformat(),
            session_timeout_seconds=SESSION_SECONDS,
            **({} if member is None else {"worker_id": member}),
        ),
    )


@contextmanager
def two_real(topics: Topics) -> Iterator[list[WorkerProcess]]:
    with real(topics, "a") as first, real(topics, "b") as second:
        first.wait_ready(2)
        second.wait_ready(2)
        yield [first, second]


def test_findings_arrive_from_two_workers_as_an_offline_fold_gives_them(topics: Topics) -> None:
    stories = [Story(seed=number, partition=number) for number in range(PARTITIONS)]
    with two_real(topics) as workers:
        for story in stories:
            topics.publish(story.reference() + story.announcements() + story.changes(20))
        topics.wait_drained(*workers)
    for story in stories:
        assert emitted(topics, story.partition) == folded(topics, story.partition)


def test_a_worker_killed_in_the_middle_changes_no_finding(topics: Topics) -> None:
    stories = [Story(seed=20 + number, partition=number) for number in range(PARTITIONS)]
    with two_real(topics) as (first, second):
        for story in stories:
            topics.publish(story.reference() + story.announcements() + story.changes(60))
        wait_until(lambda: sum(topics.ends("conflicts").values()) > 20, "findings come")
        second.kill()
        topics.wait_drained(first)
        first.kill()
        with real(topics, "a") as again:
            again.wait_ready(2)
            for story in stories:
                topics.publish(story.changes(10))
            topics.wait_drained(again)
    for story in stories:
        assert_same_but_for_repeats(topics, story.partition)


def assert_same_but_for_repeats(topics: Topics, partition: int) -> None:
    expected = folded(topics, partition)
    for topic, findings in expected.items():
        records = without_repeats(topics.read(topic, partition, headers=True))
        assert read_findings(records) == findings
