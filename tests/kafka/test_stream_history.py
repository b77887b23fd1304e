"""A worker whose input was cleaned up, whose records are slow, or whose restore is interrupted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.topics import grow
from hub.streams.exit_codes import FAULT, STOPPED
from tests.stream.counting import INPUT, OUTPUT, STATE
from tests.stream.feed import Feed, check_nothing_is_missing
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

SESSION_SECONDS = 6.0
FILLING = 8_000
RECORD_SECONDS = 0.0005


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
    topics.publish(old_state(f"old{number}", part) for number in range(FILLING) for part in (0, 1))
    with (
        Feed(topics, per_second=100) as feed,
        counting(topics, member_id="a", restore_record_seconds=RECORD_SECONDS) as first,
    ):
        wait_until(lambda: "stage.restoring" in first.output(), "the first restores")
        with counting(topics, member_id="b") as second:
            wait_until(
                lambda: "stage.restore_stopped" in first.output(), "the first stops", seconds=60
            )
            assert "stage.ready" not in first.output()
            wait_until(lambda: "stage.ready" in second.output(), "the second is ready", seconds=60)
            second.stop()
        wait_until(lambda: "'partitions': 2" in _last_ready(first), "the first has all", seconds=90)
        feed.stop()
        topics.publish(old_input(f"old{FILLING - 1}", part) for part in (0, 1))
        wait_until(lambda: topics.is_drained("counting", INPUT), "drained", seconds=60)
        assert first.stop() == STOPPED

    check_nothing_is_missing(feed)
    for part in (0, 1):
        (told,) = [one for one in topics.read(OUTPUT, part) if one.key == last_old_key()]
        assert json.loads(told.value or b"")["count"] == 2, "the second restore read to the end"


def test_a_restore_that_gets_nowhere_ends_the_worker(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    topics.publish([old_state("old", 0)])
    limits = {"progress_timeout_seconds": 5, "restore_timeout_seconds": 10}
    with counting(topics, restore_record_seconds=600, **limits) as worker:
        wait_until(lambda: "stage.restoring" in worker.output(), "it restores")
        assert worker.exit_code(seconds=60) == FAULT
        assert "joining and restoring do not end" in worker.output()

    with counting(topics) as worker:
        worker.wait_ready()
        assert worker.stop() == STOPPED


def test_an_empty_partition_is_restored_beside_a_full_one(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=2)
    topics.publish([old_state("old", 0)])
    with counting(topics) as worker:
        worker.wait_ready()
        topics.publish([old_input("old", 0), old_input("old", 1)])
        wait_until(lambda: topics.is_drained("counting", INPUT), "drained")
        assert worker.stop() == STOPPED

    counts = [json.loads(topics.read(OUTPUT, part)[-1].value or b"")["count"] for part in (0, 1)]
    assert counts == [2, 1]


def test_a_programme_that_appears_is_served_and_disturbs_none(
    connection: KafkaConnection, prefix: str
) -> None:
    """Partitions are added while a worker runs; workers that know of them take over one by one."""
    topics = Topics(connection, prefix, partitions=1)
    with Feed(topics, per_second=100) as feed, counting(topics, member_id="a") as old:
        old.wait_ready()
        grow(connection, topics.catalogue, programme_partitions=2)
        both = Topics(connection, prefix, partitions=2)
        topics.publish(inputs("new", partition=1))
        with counting(both, member_id="b") as new:
            new.wait_ready()
            assert old.running, old.output()
            assert old.stop() == STOPPED
            feed.stop()
            wait_until(lambda: both.is_drained("counting", INPUT), "drained", seconds=60)
            assert new.stop() == STOPPED

    check_nothing_is_missing(feed)
    assert len(both.read(OUTPUT, 1)) == 1


def old_state(key: str, partition: int) -> Record:
    value = b'{"count": 1, "chain": "", "offset": -1}'
    return Record(STATE, key.encode(), value, (), partition)


def old_input(key: str, partition: int) -> Record:
    return Record(INPUT, key.encode(), b"next", (), partition)


def last_old_key() -> bytes:
    return f"old{FILLING - 1}".encode()


def _last_ready(worker: WorkerProcess) -> str:
    ready = [line for line in worker.output().splitlines() if "stage.ready" in line]
    return ready[-1] if ready else ""
