"""Connectors on a real Kafka: the same ports as in memory, the lease, and a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.connect.kafka_adapter import KafkaPublisher, KafkaStateStore, group_of
from hub.connect.memory import MemoryStateStore
from hub.connect.ports import RejectedRow, StateStore
from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.connector_state import ConnectorState
from hub.contracts.dead_letters import reason_of
from hub.contracts.records import header
from hub.errors import Refusal, RejectReason
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.lease import GroupLease
from hub.kafka.producer import Producer
from hub.kafka.reader import RawRecord, read_compacted
from hub.model.change import PlanChange
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Intervention, Source

pytestmark = pytest.mark.kafka
CODEC = Codec()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def catalogue(connection: KafkaConnection, prefix: str) -> Catalogue:
    found = load_catalogue(prefix)
    topics.ensure(connection, found, programme_partitions=2)
    return found


@pytest.fixture
def producer(connection: KafkaConnection, catalogue: Catalogue) -> Iterator[Producer]:
    with Producer(connection, catalogue) as made:
        yield made


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def records(connection: KafkaConnection, topic: str, partition: int = 0) -> list[RawRecord]:
    return list(read_compacted(connection, topic, partition, with_headers=True))


def work(name: str, title: str = "x") -> Intervention:
    return Intervention(id=f"w:{name}", title=title, source=Source(system="s", key=name))


def state(name: str, title: str = "x", **more: Any) -> ConnectorState:
    return ConnectorState(
        connector="c",
        stream="s",
        row_key=name,
        content_hash=title,
        intervention=work(name, title),
        **more,
    )


# --- the state store, in memory and on Kafka ---


@pytest.fixture(params=["memory", "kafka"])
def store(request: pytest.FixtureRequest) -> StateStore:
    if request.param == "memory":
        return MemoryStateStore()
    producer = request.getfixturevalue("producer")
    connection = request.getfixturevalue("connection")
    catalogue = request.getfixturevalue("catalogue")
    return KafkaStateStore(producer, Codec(), connection, catalogue, connector="c", stream="s")


def test_a_store_gives_back_the_last_record_of_every_row(store: StateStore) -> None:
    assert list(store.load()) == []
    store.save([state("a"), state("b")])
    store.save([state("a", "y"), state("b", withdrawn=True)])
    store.save([ConnectorState(connector="c", stream="s/doubts/0", cursor="[1]")])
    loaded = {item.row_key: item for item in store.load()}
    assert loaded["a"].intervention == work("a", "y")
    assert loaded["b"].withdrawn
    assert loaded[None].cursor == "[1]"
    assert len(loaded) == 3


def test_streams_of_one_connector_do_not_meet(
    producer: Producer, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    def store_of(stream: str) -> KafkaStateStore:
        return KafkaStateStore(
            producer, Codec(), connection, catalogue, connector="c", stream=stream
        )

    store_of("s").save([state("a")])
    assert list(store_of("s2").load()) == []
    assert [item.row_key for item in store_of("s").load()] == ["a"]


# --- the publisher ---


def test_changes_go_to_the_partition_of_their_programme_in_order(
    producer: Producer, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    publisher = KafkaPublisher(
        producer, Codec(), connector="c", stream="s", partition=1, clock=lambda: NOW
    )
    changes = [
        PlanChange(at=date(2026, 11, 24), intervention=work("a", title)) for title in ("1", "2")
    ]
    assert publisher.publish_changes(changes) == {}
    found = records(connection, catalogue.topic("plan-changes"), 1)
    titles = [CODEC.decode_plan_change(item.value).intervention.title for item in found]  # type: ignore[union-attr]
    assert titles == ["1", "2"]
    assert records(connection, catalogue.topic("plan-changes"), 0) == []


def test_a_change_that_no_reader_would_take_does_not_hold_back_the_others(
    producer: Producer, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    line = tuple((155000.0 + i / 100, 463000.0 + i % 7) for i in range(60_000))
    huge = Intervention(
        id="w:huge",
        geometry=Geometry(GeometryType.LINE_STRING, line),
        source=Source(system="s", key="huge"),
    )
    at = date(2026, 11, 24)
    publisher = KafkaPublisher(producer, Codec(), connector="c", stream="s", partition=0)
    refused = publisher.publish_changes(
        [PlanChange(at=at, intervention=huge), PlanChange(at=at, intervention=work("a"))]
    )
    assert refused[0].refusal.reason is RejectReason.TOO_LARGE
    keys = [item.key for item in records(connection, catalogue.topic("plan-changes"))]
    assert keys == [b"w:a"]


def test_a_rejected_row_is_parked_with_its_reason_and_its_mapped_columns(
    producer: Producer, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    publisher = KafkaPublisher(producer, Codec(), connector="c", stream="s", partition=0)
    refusal = Refusal("row 7, column 'Eind'", "'ooit'", "a day", "plan.csv")
    publisher.publish_rejected([RejectedRow("K-7", (refusal,), {"Eind": "ooit"})])
    (letter,) = records(connection, catalogue.topic("dead-letters"))
    assert letter.key == b"c|s|K-7"
    assert letter.value == b'{"Eind": "ooit"}'
    assert reason_of(letter.headers) is RejectReason.INVALID_VALUE
    assert "row 7, column 'Eind'" in (header(letter.headers, "hub-error-message") or "")


# --- the lease ---


def test_one_instance_works_and_the_next_takes_over(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    group = group_of(catalogue, "c", "s")
    topic = catalogue.topic("connector-state")
    first = GroupLease(connection, topic, group=group)
    try:
        assert first.wait(30)
        second = GroupLease(connection, topic, group=group)
        try:
            wait_for(lambda: first.held != second.held, "one of the two works")
            assert not (first.held and second.held)
            working, waiting = (first, second) if first.held else (second, first)
            working.close()
            assert waiting.wait(30)
            assert not working.held
        finally:
            second.close()
    finally:
        first.close()


def test_two_streams_work_side_by_side(connection: KafkaConnection, catalogue: Catalogue) -> None:
    topic = catalogue.topic("connector-state")
    leases = [
        GroupLease(connection, topic, group=group_of(catalogue, "c", stream)) for stream in "ab"
    ]
    try:
        assert all(lease.wait(30) for lease in leases)
    finally:
        for lease in leases:
            lease.close()


# --- whole processes ---

MAPPING = """format = "mapping/1"
[source]
system = "list"
[fields]
id = "x:{Nr}"
title = "{Titel}"
plan_owner = "owner"
discipline = "sewer"
firmness = "adopted"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "s.toml").write_text(
        'path = "plan.csv"\nmapping = "m.toml"\npoll_interval_seconds = 0.1\n'
    )
    return tmp_path / "plan.csv"


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def write_plan(path: Path, titles: dict[str, str]) -> None:
    text = "Nr;Titel\n" + "".join(f"{number};{title}\n" for number, title in titles.items())
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


def connector(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue, *more: str
) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "HUB_BOOTSTRAP_SERVERS": connection.bootstrap,
        "HUB_TOPIC_PREFIX": catalogue.prefix,
        "HUB_HTTP_PORT": "0",
    }
    command = [sys.executable, "-m", "hub", "connect", "run", "tabular"]
    process = subprocess.Popen(
        [*command, "--settings", str(plan.with_name("s.toml")), *more],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    STARTED.append(process)
    return process


def held_by_readers(connection: KafkaConnection, catalogue: Catalogue) -> dict[str, str]:
    held: dict[str, str] = {}
    for item in records(connection, catalogue.topic("plan-changes")):
        change = CODEC.decode_plan_change(item.value)
        if change.intervention is not None:
            held[change.intervention.id] = change.intervention.title or ""
        elif change.withdraw is not None:
            held.pop(change.withdraw, None)
    return held


def test_a_connector_killed_at_random_points_loses_nothing(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    rows = {str(number): "0" for number in range(2_000)}
    for round_number in range(2):  # each costs the lease's session time-out
        rows = {number: str(round_number) for number in rows}
        rows.pop(str(round_number))
        write_plan(plan, rows)
        process = connector(plan, connection, catalogue)
        topic = catalogue.topic("plan-changes")
        before = len(records(connection, topic))
        wait_for(lambda n=before, t=topic: len(records(connection, t)) > n, "the first batch")
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = connector(plan, connection, catalogue, "--once")
    output, _ = done.communicate(timeout=90)
    assert done.returncode == 0, output
    assert held_by_readers(connection, catalogue) == {
        f"x:{number}": title for number, title in rows.items()
    }
    again = connector(plan, connection, catalogue, "--once")
    output, _ = again.communicate(timeout=60)
    assert "0 plan changes published" in output


def test_a_waiting_instance_takes_over_when_the_working_one_is_stopped(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    write_plan(plan, {"1": "a"})
    first = connector(plan, connection, catalogue)
    wait_for(lambda: held_by_readers(connection, catalogue) == {"x:1": "a"}, "the first change")
    second = connector(plan, connection, catalogue)
    try:
        first.send_signal(signal.SIGTERM)
        output, _ = first.communicate(timeout=30)
        assert first.returncode == 0, output
        write_plan(plan, {"1": "b"})
        wait_for(lambda: held_by_readers(connection, catalogue) == {"x:1": "b"}, "the take-over")
    finally:
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=30)
    assert second.returncode == 0
