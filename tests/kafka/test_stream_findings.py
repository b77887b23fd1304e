"""The stream says exactly what an offline fold over the same log says: nothing more or less."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.kafka.client_config import KafkaConnection
from tests.stream.cut_off_worker import PROBED, REFUSED
from tests.stream.folding import emitted, folded, open_findings
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"
CUT_OFF = "tests.stream.cut_off_worker"


@pytest.mark.parametrize("programmes", [1, 3])
def test_the_stream_gives_what_an_offline_fold_over_its_log_gives(
    connection: KafkaConnection, prefix: str, programmes: int
) -> None:
    topics = Topics(connection, prefix, partitions=programmes)
    stories = [Story(seed=number, partition=number) for number in range(programmes)]
    for story in stories:
        topics.publish(story.reference() + story.announcements())
    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        for story in stories:
            topics.publish(_answers(topics, story) + story.changes(60))
            topics.publish([story.policy_change("2", buffer_m=3)])
            topics.publish(story.changes(20))
        topics.wait_drained(worker)
        assert worker.stop() == 0

    statuses = set()
    for story in stories:
        expected = folded(topics, story.partition)
        assert emitted(topics, story.partition) == expected
        assert len(expected["conflicts"]) > 20, "the story is too quiet to prove anything"
        statuses |= {finding.status for findings in expected.values() for finding in findings}
    assert statuses >= {"detected", "updated", "acknowledged", "resolved"}


def _answers(topics: Topics, story: Story) -> list:  # type: ignore[type-arg]
    found = sorted(open_findings(topics, story.partition))
    return [story.answer(finding) for finding in found[:3]]


def test_a_restarted_worker_goes_on_where_the_log_stands(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=7)
    topics.publish(story.reference() + story.announcements())
    for _ in range(3):
        topics.publish(story.changes(15))
        with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
            worker.wait_ready(2)
            topics.wait_drained(worker)
            assert worker.stop() == 0

    assert emitted(topics, 0) == folded(topics, 0)


def test_reference_is_read_before_plan_changes_on_a_first_start(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=3)
    topics.publish(story.announcements())
    topics.publish(story.reference())
    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)

        keys = [(record.key or b"").decode() for record in topics.read("programme-log", 0)]

    kinds = [key.partition(":")[0] for key in keys]
    assert kinds[:3] == ["tick", "moratorium", "policy"]
    assert set(kinds[3:]) == {"work"}


def test_a_day_that_ends_is_one_tick_in_the_log(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    days = tmp_path / "days.json"
    days.write_text('{"0": "2026-11-20"}')
    topics = Topics(connection, prefix, partitions=1)
    with WorkerProcess(
        WORKER, **topics.conditions(today=str(days), tick_interval_seconds=0.1)
    ) as worker:
        worker.wait_ready(2)
        days.write_text('{"0": "2026-11-21"}')
        wait_until(lambda: topics.ends("programme-log")[0] >= 2, "the next day's tick")
        topics.wait_drained(worker)
        assert worker.stop() == 0

    assert [record.key for record in topics.read("programme-log", 0)] == [
        b"tick:reference-date",
        b"tick:reference-date",
    ]


def test_a_worker_needs_nothing_but_its_brokers_at_its_start_and_in_flight(
    connection: KafkaConnection, prefix: str
) -> None:
    """No registry, nothing: every other connection is refused, and none is tried."""
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=5)
    topics.publish(story.reference() + story.announcements())
    with WorkerProcess(CUT_OFF, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        topics.publish(story.changes(30))
        topics.wait_drained(worker)
        assert worker.stop() == 0
        assert REFUSED not in worker.output()

    assert emitted(topics, 0) == folded(topics, 0)
    assert emitted(topics, 0)["conflicts"]


def test_a_worker_that_asked_for_a_registry_would_be_seen(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    with WorkerProcess(CUT_OFF, **topics.conditions(probe_port=9)) as worker:
        assert worker.exit_code() == PROBED
        assert REFUSED in worker.output()
