"""A log that can no longer be replayed step by step is loaded whole and evaluated once."""

from __future__ import annotations

import time
import uuid
from zoneinfo import ZoneInfo

import pytest

from hub.contracts.codec import Codec
from hub.engine.detect import Detect
from hub.kafka.client_config import KafkaConnection
from hub.streams.detect_stage import DetectLogic
from hub.streams.plausibility import Plausibility
from hub.streams.restore import RestoredPartition, Restorer
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story

pytestmark = pytest.mark.kafka

A_WEEK_SECONDS = 7 * 86_400


@pytest.fixture(scope="module")
def topics(connection: KafkaConnection) -> Topics:
    """Give a log that register wrote and detect never read."""
    made = Topics(connection, f"t{uuid.uuid4().hex[:8]}.", partitions=1)
    story = Story(seed=5)
    made.publish(story.reference() + story.announcements() + story.changes(30))
    with WorkerProcess(
        "tests.stream.worker_process",
        **made.conditions(today=TODAY.isoformat(), stages=["register"]),
    ) as worker:
        worker.wait_ready(1)
        made._wait("register", "plan-changes", "reference", workers=(worker,), s=60)
        assert worker.stop() == 0
    return made


def read(topics: Topics, *, committed: int | None, later_seconds: float) -> RestoredPartition:
    restorer = Restorer(
        topics.connection,
        topics.catalogue,
        DetectLogic.restores,
        no_progress_timeout_s=30,
        clock=lambda: time.time() + later_seconds,
    )
    ends = restorer.ends([0], [topic.name for topic in DetectLogic.restores])
    return restorer.read(
        0, committed={"programme-log": committed}, ends=ends[0], stop=lambda: False
    )


def test_a_young_log_is_replayed_from_the_committed_offset(topics: Topics) -> None:
    found = read(topics, committed=10, later_seconds=0).restored

    assert not found.evaluate_once
    assert found.applied_up_to == {}
    assert [record.offset for record in found.records["programme-log"]][-1] == 9


@pytest.mark.parametrize("committed", [None, 10], ids=["nothing committed", "committed long ago"])
def test_an_old_log_is_loaded_to_its_end_and_evaluated_once(
    topics: Topics, committed: int | None
) -> None:
    end = topics.ends("programme-log")[0]
    found = read(topics, committed=committed, later_seconds=A_WEEK_SECONDS).restored
    programme = DetectLogic(
        Codec(), plausibility=Plausibility(ZoneInfo("Europe/Amsterdam"))
    ).restore(found)

    step = programme.start()

    assert found.evaluate_once
    assert found.applied_up_to == {"programme-log": end}
    assert step is not None
    written = [Codec().decode_finding(item.value) for group in step.outputs for item in group]
    assert {finding.id for finding in written} == open_after_all(topics)
    assert {finding.facts.as_of for finding in written} == {end - 1}


def open_after_all(topics: Topics) -> set[str]:
    """Return which findings an offline look at the whole log opens."""
    detect = Detect()
    detect.load(
        Codec().decode_log_entry(record.value) for record in topics.read("programme-log", 0)
    )
    detect.evaluate()
    found = {finding.id for finding in detect.findings.values() if finding.status.is_open}
    assert found, "the story is too quiet to prove anything"
    return found
