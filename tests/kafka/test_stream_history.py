"""A worker whose input was cleaned up, whose records are slow, or whose restore is interrupted."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection, client_options
from hub.streams.exit_codes import FAULT, STOPPED
from tests.stream.counting import INPUT, OUTPUT, STATE
from tests.stream.feed import Feed, check_nothing_is_missing
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

SESSION_SECONDS = 6.0
FILLING = 60_000


def counting(topics: Topics, **more: Any) -> WorkerProcess:
    more.setdefault("session_timeout_seconds", SESSION_SECONDS)
    return WorkerProcess("tests.stream.counting_worker", **topics.conditions(**more))


def inputs(*payloads: str, partition: int = 0) -> list[Record]:
    return [Record(INPUT, b"k", payload.encode(), (), partition) for payload in payloads]


def remove_before(topics: Topics, offset: int) -> None:
    admin = AdminClient(client_options(topics.connection))
    place = TopicPartition(topics.catalogue.topic(INPUT), 0, offset)
    for done in admin.delete_records([place]).values():
        done.result()


def test_records_removed_before_they_were_applied_end_the_worker_with_the_way_out(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    topics.publish(inputs("a", "b"))
    with counting(topics) as worker:
        wait_until(lambda: topics.is_drained("counting", INPUT), "drained")
        assert worker.stop() == STOPPED
    topics.publish(inputs("c", "d", "e"))

    remove_before(topics, 2)
    with counting(topics) as worker:
        wait_until(lambda: topics.committed("counting", INPUT) == {0: 5}, "nothing is missing yet")
        assert worker.stop() == STOPPED
    topics.publish(inputs("f", "g"))

    remove_before(topics, 6)
    with counting(topics) as worker:
        assert worker.exit_code() == FAULT
        output = worker.output()
    assert f"{topics.catalogue.topic(INPUT)} partition 0: the log begins at offset 6" in output
    assert "set the offset of the consumer group to 6" in output
    assert topics.committed("counting", INPUT) == {0: 5}


def test_a_record_slower_than_the_session_costs_no_rebalance(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=2)
    with counting(topics, slow_seconds=SESSION_SECONDS * 1.5) as worker:
        worker.wait_ready()
        topics.publish(inputs("slow"))
        wait_until(lambda: topics.is_drained("counting", INPUT), "the slow one is done")
        assert worker.output().count("stage.ready") == 1
        assert worker.stop() == STOPPED

    assert len(topics.read(OUTPUT, 0)) == 1


def test_a_rebalance_during_a_restore_stops_it_and_nothing_is_lost(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=2)
    topics.publish(
        Record(STATE, f"old{number}".encode(), b'{"count": 1, "chain": "", "offset": -1}', (), part)
        for number in range(FILLING)
        for part in (0, 1)
    )
    with Feed(topics, per_second=100) as feed, counting(topics, member_id="a") as first:
        with counting(topics, member_id="b") as second:
            wait_until(lambda: "stage.ready" in second.output(), "the second is ready", seconds=60)
            second.stop()
        wait_until(lambda: "'partitions': 2" in _last_ready(first), "the first has all", seconds=60)
        feed.stop()
        wait_until(lambda: topics.is_drained("counting", INPUT), "drained", seconds=60)
        assert first.stop() == STOPPED

    check_nothing_is_missing(feed)


def _last_ready(worker: WorkerProcess) -> str:
    ready = [line for line in worker.output().splitlines() if "stage.ready" in line]
    return ready[-1] if ready else ""
