"""A record counts as published when the broker has it; everything else is a named error."""

from __future__ import annotations

import dataclasses
import time

import pytest

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.errors import (
    ConfigurationError,
    HubError,
    RejectedRecordError,
    RejectReason,
    RetryableError,
)
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer, record_bytes
from hub.kafka.reader import read_compacted
from tests.support.topics import make_topic, record

pytestmark = pytest.mark.kafka


@pytest.fixture
def catalogue(prefix: str, connection: KafkaConnection) -> Catalogue:
    catalogue = load_catalogue(prefix)
    topics.ensure(connection, catalogue, programme_partitions=2)
    return catalogue


def test_published_records_arrive_byte_for_byte_in_their_partition_and_order(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    headers = (("ce_id", b"sewer:K-1@1"), ("odd", b"\xff\x00"), ("odd", b"twice"))
    sent = [
        record(
            "plan-changes", f"sewer:K-{number}", b"\x00%d" % number, headers=headers, partition=1
        )
        for number in range(500)
    ]

    with Producer(connection, catalogue) as producer:
        assert producer.publish(sent) == 500

    topic = catalogue.topic("plan-changes")
    came = list(read_compacted(connection, topic, 1, with_headers=True))
    assert [(one.key, one.value) for one in came] == [(one.key, one.value) for one in sent]
    assert came[0].headers == headers
    assert list(read_compacted(connection, topic, 0)) == []


def test_a_record_above_the_limit_is_refused_and_nothing_of_the_call_is_sent(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    limit = catalogue.spec("plan-changes").max_record_bytes
    large = record("plan-changes", "sewer:K-2", b"x" * limit)

    with (
        Producer(connection, catalogue) as producer,
        pytest.raises(RejectedRecordError, match=r"plan-changes key 'sewer:K-2'") as caught,
    ):
        producer.publish([record("plan-changes", "sewer:K-1"), large])

    assert caught.value.refusal.reason is RejectReason.TOO_LARGE
    assert f"{record_bytes(large)} bytes" in str(caught.value)
    assert list(read_compacted(connection, catalogue.topic("plan-changes"), 0)) == []


@pytest.mark.parametrize("name", ["plan-changes", "dead-letters"])
def test_a_record_of_exactly_the_limit_is_taken_by_the_broker(
    connection: KafkaConnection, catalogue: Catalogue, name: str
) -> None:
    headers = tuple((f"header-{number}", b"v" * 40) for number in range(25))
    empty = record(name, "k", b"", headers=headers)
    room = catalogue.spec(name).max_record_bytes - record_bytes(empty)
    full = record(name, "k", b"x" * room, headers=headers)

    with Producer(connection, catalogue) as producer:
        producer.publish([full])

    assert [one.value for one in read_compacted(connection, catalogue.topic(name), 0)] == [
        full.value
    ]


def test_a_topic_with_a_smaller_limit_than_the_catalogue_is_a_matter_of_configuration(
    connection: KafkaConnection, prefix: str
) -> None:
    """The broker refuses whole batches, so the records beside the large one must not be parked."""
    catalogue = load_catalogue(prefix)
    topic = make_topic(connection, catalogue.topic("facets"), config={"max.message.bytes": "2000"})
    records = [record("facets", "small"), record("facets", "large", b"x" * 3000)]

    with Producer(connection, catalogue) as producer:
        with pytest.raises(ConfigurationError, match="hub topics plan"):
            producer.publish(records)
        producer.publish(records[:1])

    assert [one.key for one in read_compacted(connection, topic, 0)] == [b"small"]


def test_a_broker_that_is_away_gives_a_retryable_error_that_names_topic_and_key(
    connection: KafkaConnection, prefix: str
) -> None:
    away = dataclasses.replace(connection, bootstrap="127.0.0.1:1")
    producer = Producer(away, load_catalogue(prefix), delivery_timeout_s=1.0)

    with pytest.raises(RetryableError, match=r"reference key 'goal:1'.*and 1 more"):
        producer.publish([record("reference", "goal:1"), record("reference", "goal:2")])


def test_a_sender_that_fails_does_not_wait_for_a_broker_that_is_away(
    connection: KafkaConnection, prefix: str
) -> None:
    away = dataclasses.replace(connection, bootstrap="127.0.0.1:1")
    reports: list[HubError | None] = []

    def send_and_fail() -> None:
        with Producer(away, load_catalogue(prefix), delivery_timeout_s=60) as producer:
            producer.send(record("reference", "goal:1"), on_delivery=reports.append)
            raise ZeroDivisionError

    started = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        send_and_fail()

    assert time.monotonic() - started < 30
    assert None not in reports


def test_a_missing_topic_is_a_matter_of_configuration(
    connection: KafkaConnection, prefix: str
) -> None:
    producer = Producer(connection, load_catalogue(prefix), delivery_timeout_s=2.0)

    with pytest.raises(ConfigurationError, match="hub topics apply"):
        producer.publish([record("reference", "goal:1")])


def test_a_missing_partition_is_a_matter_of_configuration(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    producer = Producer(connection, catalogue, delivery_timeout_s=2.0)

    with pytest.raises(ConfigurationError, match="hub topics apply"):
        producer.publish([record("reference", "goal:1", partition=9)])


def test_a_full_queue_holds_the_sender_back_and_drops_nothing(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    reports: list[HubError | None] = []

    with Producer(connection, catalogue, queue_records=10) as producer:
        for number in range(1000):
            producer.send(record("reference", f"goal:{number}"), on_delivery=reports.append)
        producer.flush()

    assert reports == [None] * 1000
    assert len(list(read_compacted(connection, catalogue.topic("reference"), 0))) == 1000


def test_a_flush_that_ends_too_early_says_how_many_are_not_acknowledged(
    connection: KafkaConnection, prefix: str
) -> None:
    away = dataclasses.replace(connection, bootstrap="127.0.0.1:1")
    producer = Producer(away, load_catalogue(prefix), delivery_timeout_s=1.0)
    reports: list[HubError | None] = []
    producer.send(record("reference", "goal:1"), on_delivery=reports.append)

    with pytest.raises(RetryableError, match="1 records without a delivery report"):
        producer.flush(timeout_s=0.1)

    producer.flush(timeout_s=10)
    assert [type(report) for report in reports] == [RetryableError]
