"""The runner of a stage on a real broker: what is parked, what ends it, what a restart finds."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection, client_options
from hub.streams.exit_codes import FAULT, POISONED, STOPPED
from tests.stream.counting import INPUT, OUTPUT, STATE, chained
from tests.stream.feed import Feed, check_nothing_is_missing
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka


@pytest.fixture
def topics(connection: KafkaConnection, prefix: str) -> Topics:
    return Topics(connection, prefix, partitions=1)


def counting(topics: Topics, **more: Any) -> WorkerProcess:
    more.setdefault("session_timeout_seconds", 6.0)
    return WorkerProcess("tests.stream.counting_worker", **topics.conditions(**more))


def inputs(*payloads: str, key: str = "k") -> list[Record]:
    return [Record(INPUT, key.encode(), payload.encode(), (), 0) for payload in payloads]


def state(count: int, *, offset: int = -1) -> bytes:
    return json.dumps({"count": count, "chain": chained("", "x"), "offset": offset}).encode()


def revision(topic: str, count: int) -> Record:
    sequence = (("ce_sequence", f"{count:020d}".encode()),)
    return Record(topic, b"k", state(count), sequence, 0)


def drained(topics: Topics) -> None:
    wait_until(lambda: topics.is_drained("counting", INPUT), "drained")


def test_a_poison_record_is_parked_byte_for_byte_and_the_next_goes_on(topics: Topics) -> None:
    topics.publish(inputs("a", "poison!", "b"))
    with counting(topics) as worker:
        drained(topics)
        assert worker.stop() == STOPPED

    (letter,) = topics.read("dead-letters", 0, headers=True)
    assert (letter.key, letter.value) == (b"plan-changes-0-1", b"poison!")
    assert len(topics.read(OUTPUT, 0)) == 2


def test_a_fault_of_ours_ends_the_process_and_is_not_committed(topics: Topics) -> None:
    topics.publish(inputs("a", "b"))
    with counting(topics) as worker:
        drained(topics)
        topics.publish(inputs("fault", "c"))
        assert worker.exit_code() == FAULT

    assert topics.committed("counting", INPUT) == {0: 2}


def test_most_records_bad_stops_the_stage_instead_of_parking_them(topics: Topics) -> None:
    topics.publish(inputs(*["poison"] * 80))
    with counting(topics) as worker:
        assert worker.exit_code() == POISONED

    assert topics.committed("counting", INPUT)[0] < 80
    assert len(topics.read("dead-letters", 0)) <= 50


def test_without_dead_letter_topic_nothing_is_committed(topics: Topics) -> None:
    name = topics.catalogue.topic("dead-letters")
    admin = AdminClient(client_options(topics.connection))
    for gone in admin.delete_topics([name]).values():
        gone.result()
    topics.publish(inputs("poison"))
    with counting(topics) as worker:
        assert worker.exit_code() == FAULT

    assert topics.committed("counting", INPUT)[0] <= 0


def test_a_stage_that_gets_nowhere_is_ended(topics: Topics) -> None:
    topics.publish(inputs("stuck"))
    with counting(topics, progress_timeout_seconds=3) as worker:
        assert worker.exit_code() == FAULT
        assert "no progress" in worker.output()


def test_a_lower_revision_behind_a_higher_one_is_overwritten_at_the_next_start(
    topics: Topics,
) -> None:
    for topic in (STATE, OUTPUT):
        topics.publish([revision(topic, 3), revision(topic, 2)])
    with counting(topics) as worker:
        worker.wait_ready()
        topics.publish(inputs("next"))
        drained(topics)
        assert worker.stop() == STOPPED

    for topic in (STATE, OUTPUT):
        counts = [json.loads(item.value or b"")["count"] for item in topics.read(topic, 0)]
        assert counts == [3, 2, 3, 4]


def test_somebody_else_who_writes_our_output_ends_the_process(topics: Topics) -> None:
    with counting(topics) as worker:
        worker.wait_ready()
        topics.publish(inputs("a"))
        drained(topics)
        topics.publish([revision(OUTPUT, 1)])
        topics.publish(inputs("b"))
        assert worker.exit_code() == FAULT
        assert "somebody else writes there" in worker.output()


def test_a_stop_in_the_middle_of_batches_repeats_nothing(topics: Topics) -> None:
    with Feed(topics, per_second=500) as feed:
        for _ in range(2):
            before = topics.ends(OUTPUT)[0]
            with counting(topics, slow_seconds=0.002) as worker:
                wait_until(lambda at=before: topics.ends(OUTPUT)[0] > at + 50, "it works")  # type: ignore[misc]
                assert worker.stop() == STOPPED
        feed.stop()
        with counting(topics):
            drained(topics)

    assert check_nothing_is_missing(feed) == 0


def test_an_interrupt_is_an_orderly_stop(topics: Topics) -> None:
    with counting(topics) as worker:
        worker.wait_ready()
        worker.signal(signal.SIGINT)
        assert worker.exit_code() == STOPPED


def test_a_stop_while_joining_is_orderly(topics: Topics) -> None:
    with counting(topics, member_id="a") as first:
        first.wait_ready()
        with counting(topics, member_id="b") as second:
            wait_until(lambda: "hub.streams" in second.output() or second.running, "it starts")
            second.signal(signal.SIGTERM)
            assert second.exit_code() in (STOPPED, -signal.SIGTERM)
        assert first.stop() == STOPPED


def test_stray_environment_variables_do_not_reach_faust(
    topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("BROKER_SESSION_TIMEOUT", "9999")
    topics.publish(inputs("a"))
    with counting(topics) as worker:
        drained(topics)
        assert worker.stop() == STOPPED
