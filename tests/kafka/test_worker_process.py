"""`hub worker` as operations see it: log, metrics, health, and what it refuses."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause, header
from hub.engine.merge import SourcePrecedence
from hub.errors import ConfigurationError
from hub.kafka.client_config import KafkaConnection
from hub.metrics import Metrics
from hub.serve.health import Health
from hub.streams.worker import WorkerConditions, run_worker
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def sample(text: str, start: str) -> float:
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(start)
    )


def conditions(connection: KafkaConnection, prefix: str) -> WorkerConditions:
    return WorkerConditions(
        connection=connection,
        catalogue=load_catalogue(prefix),
        partitions=1,
        zone=ZoneInfo("Europe/Amsterdam"),
        precedence=SourcePrecedence(),
        session_timeout_seconds=10,
        progress_timeout_seconds=60,
        restore_timeout_seconds=30,
    )


def test_a_broker_without_the_topics_is_refused_with_the_way_out(
    connection: KafkaConnection, prefix: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"{prefix}plan-changes.*hub topics apply"):
        run_worker(conditions(connection, prefix), metrics=Metrics(), health=Health())


@pytest.mark.parametrize("stages", [(), ("register", "polish")])
def test_stages_that_nobody_knows_are_refused(
    connection: KafkaConnection, prefix: str, stages: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError, match="expected some of register, detect"):
        run_worker(
            conditions(connection, prefix), stages=stages, metrics=Metrics(), health=Health()
        )


def test_metrics_and_health_follow_the_work(connection: KafkaConnection, prefix: str) -> None:
    topics = Topics(connection, prefix, partitions=1)
    port = free_port()
    story = Story(seed=1)
    topics.publish(story.reference() + story.announcements() + [story.answer("C01:no|where")])
    with WorkerProcess(
        WORKER, **topics.conditions(today=TODAY.isoformat(), http_port=port)
    ) as worker:
        wait_until(lambda: get(port, "/health/live")[0] == 200, "live")
        wait_until(lambda: get(port, "/health/ready")[0] == 200, "ready")
        assert "stage.ready" in worker.output()
        topics.wait_drained(worker)
        for start in (
            "hub_findings_open{",
            "hub_interventions{",
            'hub_stage_last_commit_timestamp_seconds{stage="detect"',
            'hub_stage_last_commit_timestamp_seconds{stage="register"',
        ):
            wait_until(lambda s=start: sample(get(port, "/metrics")[1], s) > 0, start)  # type: ignore[misc]
        text = get(port, "/metrics")[1]
        assert worker.stop() == 0
        assert all(json.loads(line)["event"] for line in worker.output().splitlines())

    works = len(story.announcements())
    assert sample(text, 'hub_stage_records_consumed_total{stage="register"') == works + 3
    assert sample(text, "hub_decisions_without_finding_total ") == 1
    assert "hub_interventions_incomplete 0.0" in text
    assert 'hub_stage_full_evaluations_total{stage="detect"} 0.0' in text
    assert sample(text, 'hub_stage_records_processed_total{result="applied",stage="detect"') > 0
    assert sample(text, "hub_change_to_finding_seconds_count") > 0
    assert sample(text, "hub_findings_total{") > 0
    assert 'hub_stage_consumer_lag_records{partition="0",stage="detect"' in text


def test_a_change_from_the_future_is_parked(connection: KafkaConnection, prefix: str) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=1)
    good, other = story.announcements()[:2]
    codec = Codec(source="/test")
    future = replace(
        codec.decode_plan_change(other.value),
        at=date.today() + timedelta(days=3),
    )
    late = codec.encode_plan_change(future, cause=Cause(time=datetime.now(UTC)), partition=0)
    topics.publish([good, late])
    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        topics.wait_drained(worker)
        assert worker.stop() == 0

    (letter,) = topics.read("dead-letters", 0, headers=True)
    assert letter.value == late.value
    assert header(letter.headers, "hub-error-reason") == "implausible_date"
    assert header(letter.headers, "hub-error-stage") == "register"
    keys = [(record.key or b"").decode() for record in topics.read("programme-log", 0)]
    assert [key.partition(":")[0] for key in keys] == ["tick", "work"]


def test_one_stage_alone_does_its_half(connection: KafkaConnection, prefix: str) -> None:
    topics = Topics(connection, prefix, partitions=1)
    topics.publish(Story(seed=1).announcements())
    both = [["register"], ["detect"]]
    for stages in both:
        with WorkerProcess(
            WORKER, **topics.conditions(today=TODAY.isoformat(), stages=stages)
        ) as worker:
            worker.wait_ready(1)
            topic = "plan-changes" if stages == ["register"] else "programme-log"
            wait_until(lambda s=stages[0], t=topic: topics.is_drained(s, t), "drained")  # type: ignore[misc]
            assert worker.stop() == 0

    assert topics.ends("conflicts")[0] > 0
