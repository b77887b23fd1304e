"""The restore reader gives everything before a position, whatever compaction left of it."""

from __future__ import annotations

import dataclasses
import time

import pytest
from confluent_kafka import Producer as RawProducer

from hub.errors import ConfigurationError, ContractError, RetryableError
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.reader import ReadStoppedError, read_compacted
from tests.support.brokers import wait_until
from tests.support.topics import QUICK_COMPACTION, make_topic

pytestmark = pytest.mark.kafka


def write(connection: KafkaConnection, topic: str, *records: tuple[str, bytes | None]) -> None:
    producer = RawProducer({**client_options(connection), "linger.ms": 0})
    for key, value in records:
        producer.produce(topic, key=key, value=value, partition=0)
        assert producer.flush(20) == 0


def test_an_empty_partition_is_read_at_once(connection: KafkaConnection, prefix: str) -> None:
    topic = make_topic(connection, f"{prefix}empty")

    assert list(read_compacted(connection, topic, 0)) == []


def test_records_are_read_in_order_up_to_a_position(
    connection: KafkaConnection, prefix: str
) -> None:
    topic = make_topic(connection, f"{prefix}ten")
    write(connection, topic, *((f"k{n}", b"%d" % n) for n in range(10)))

    assert [one.offset for one in read_compacted(connection, topic, 0)] == list(range(10))
    assert [one.offset for one in read_compacted(connection, topic, 0, until=4)] == [0, 1, 2, 3]
    assert list(read_compacted(connection, topic, 0, until=0)) == []


def test_what_is_written_after_the_start_is_not_part_of_the_read(
    connection: KafkaConnection, prefix: str
) -> None:
    topic = make_topic(connection, f"{prefix}moving")
    write(connection, topic, ("a", b"1"), ("b", b"2"))

    reading = read_compacted(connection, topic, 0)
    first = next(reading)
    write(connection, topic, ("c", b"3"))

    assert [first.key, *(one.key for one in reading)] == [b"a", b"b"]


def test_a_really_compacted_topic_is_read_through_its_holes(
    connection: KafkaConnection, prefix: str
) -> None:
    # offset   0     1..40        41     42..81        82     83…
    # key      kept  busy, busy…  gone   busy, busy…   last   gone, then what lets the cleaner run
    topic = make_topic(connection, f"{prefix}holes", config=QUICK_COMPACTION)
    write(connection, topic, ("kept", b"first"), *[("busy", b"%d" % n) for n in range(40)])
    write(connection, topic, ("gone", b"here"), *[("busy", b"%d" % n) for n in range(40)])
    write(connection, topic, ("last", b"here"), ("gone", None))

    def compacted() -> bool:
        write(connection, topic, ("closer", b"x"))
        offsets = {one.offset for one in read_compacted(connection, topic, 0)}
        return not offsets & set(range(1, 81))

    wait_until(compacted, "all superseded records are cleaned away")

    everything = list(read_compacted(connection, topic, 0))
    assert (everything[0].offset, everything[0].value) == (0, b"first")
    assert (everything[1].key, everything[1].offset) == (b"busy", 81)
    # The position 60 lies in a hole: nothing has offset 59, and the next record lies beyond.
    assert [one.key for one in read_compacted(connection, topic, 0, until=60)] == [b"kept"]


@pytest.mark.parametrize("end", ["commit", "abort"])
def test_a_hole_at_the_very_end_is_no_record_to_wait_for(
    connection: KafkaConnection, prefix: str, end: str
) -> None:
    # offset   0       1        2
    # key      before  within   the mark of the transaction: the end is 3 and nothing has offset 2
    topic = make_topic(connection, f"{prefix}tail", config=QUICK_COMPACTION)
    write(connection, topic, ("before", b"1"))
    producer = RawProducer({**client_options(connection), "transactional.id": f"{prefix}writer"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, key="within", value=b"2", partition=0)
    assert producer.flush(20) == 0
    producer.commit_transaction(30) if end == "commit" else producer.abort_transaction(30)

    started = time.monotonic()
    found = list(read_compacted(connection, topic, 0, no_progress_timeout_s=20))

    assert [one.key for one in found] == [b"before", b"within"]
    assert time.monotonic() - started < 15
    assert list(read_compacted(connection, topic, 0, since=2, until=3)) == []


def test_a_stop_ends_the_read_with_an_error_and_never_as_if_complete(
    connection: KafkaConnection, prefix: str
) -> None:
    topic = make_topic(connection, f"{prefix}stopped")
    write(connection, topic, ("a", b"1"))

    with pytest.raises(ReadStoppedError, match="stopped at offset 0 of 1"):
        list(read_compacted(connection, topic, 0, stop=lambda: True))


def test_an_end_beyond_the_partition_is_a_loss_and_said_so(
    connection: KafkaConnection, prefix: str
) -> None:
    topic = make_topic(connection, f"{prefix}short")
    write(connection, topic, ("a", b"1"))

    with pytest.raises(ContractError, match=r"came offset 9 .* expected 1 at most"):
        list(read_compacted(connection, topic, 0, until=9))


def test_a_missing_topic_is_a_matter_of_configuration(
    connection: KafkaConnection, prefix: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{prefix}absent partition 0"):
        list(read_compacted(connection, f"{prefix}absent", 0))


def test_a_broker_that_is_away_is_worth_another_try(
    connection: KafkaConnection, prefix: str
) -> None:
    away = dataclasses.replace(connection, bootstrap="127.0.0.1:1")

    with pytest.raises(RetryableError, match="partition 0"):
        list(read_compacted(away, f"{prefix}x", 0, answer_timeout_s=1.0))
