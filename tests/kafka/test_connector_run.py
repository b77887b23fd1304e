"""Connectors on a real Kafka: the same ports as in memory, the lease, and a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hub.broker import launch
from hub.connect.discovery import find_connector, load_connector_settings
from hub.connect.kafka_adapter import KafkaPublisher, KafkaStateStore, group_of, kafka_ports
from hub.connect.memory import MemoryStateStore
from hub.connect.ports import RejectedRow, StateStore
from hub.connect.runner import Runner
from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.connector_state import ConnectorState
from hub.contracts.dead_letters import reason_of
from hub.contracts.records import header
from hub.errors import Refusal, RejectReason, RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.lease import SESSION_TIMEOUT_S, GroupLease
from hub.kafka.producer import Producer
from hub.kafka.reader import RawRecord, read_compacted
from hub.metrics import ConnectorStatus
from hub.model.change import PlanChange
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Intervention, Source
from tests.support.brokers import scratch_folder

pytestmark = pytest.mark.kafka
CODEC = Codec()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CATALOGUE_OF_OWN_BROKER = load_catalogue("own.")
MOST_SECONDS_TO_TAKE_OVER = SESSION_TIMEOUT_S + 30
"""The session of the one that was killed has to end first; the rest is a slow machine's."""


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


def test_a_waiting_instance_takes_over_when_the_working_one_is_killed(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    """What the killed one had published and not remembered is put right by the next."""
    rows = {str(number): "0" for number in range(2_000)}
    write_plan(plan, rows)
    first = connector(plan, connection, catalogue)
    topic = catalogue.topic("plan-changes")
    wait_for(lambda: len(records(connection, topic)) > 0, "the first batch")
    second = connector(plan, connection, catalogue)
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed = time.monotonic()
    rows = {number: "1" for number in rows if number != "7"}
    write_plan(plan, rows)

    expected = {f"x:{number}": title for number, title in rows.items()}
    wait_for(lambda: held_by_readers(connection, catalogue) == expected, "the take-over")

    assert time.monotonic() - killed < MOST_SECONDS_TO_TAKE_OVER
    second.send_signal(signal.SIGTERM)
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0, output


def test_a_broker_that_stands_still_holds_a_connector_back_and_nothing_is_lost(
    plan: Path,
) -> None:
    """It is away for longer than a delivery may take, and the queue is far smaller than the plan.

    time     |-- rows of "0" --|== broker stopped ==|-- rows of "1" --
    a run    published           refused, again       published
    """
    with scratch_folder() as folder, launch(folder) as broker:
        own = KafkaConnection(bootstrap=broker.bootstrap)
        topics.ensure(own, CATALOGUE_OF_OWN_BROKER)
        rows = {str(number): "0" for number in range(600)}
        write_plan(plan, rows)
        with Producer(
            own, CATALOGUE_OF_OWN_BROKER, delivery_timeout_s=2.0, queue_records=50
        ) as producer:
            runner = runner_of(plan, own, CATALOGUE_OF_OWN_BROKER, producer)
            running = Thread(target=runner.run)
            running.start()
            try:
                first = {f"x:{number}": "0" for number in rows}
                wait_for(lambda: held_by_readers(own, CATALOGUE_OF_OWN_BROKER) == first, "the plan")
                wait_for(lambda: state_of(runner) == ConnectorStatus.RUNNING, "a run that ended")
                os.kill(broker.pid, signal.SIGSTOP)
                write_plan(plan, dict.fromkeys(rows, "1"))
                wait_for(lambda: state_of(runner) == ConnectorStatus.FAILED, "a run that failed")
                os.kill(broker.pid, signal.SIGCONT)
                last = {f"x:{number}": "1" for number in rows}
                held = partial(held_at_last, own, CATALOGUE_OF_OWN_BROKER)
                wait_for(lambda: held() == last, "the rest", 120)
            finally:
                os.kill(broker.pid, signal.SIGCONT)
                runner.stop.set()
                running.join(60)
        assert not running.is_alive()
        assert titles_in_order(own, CATALOGUE_OF_OWN_BROKER, "x:599") == ["0", "1"]


def held_at_last(connection: KafkaConnection, catalogue: Catalogue) -> dict[str, str]:
    """Return what readers hold, nothing while the broker finds its feet."""
    try:
        return held_by_readers(connection, catalogue)
    except RetryableError:
        return {}


def state_of(runner: Runner) -> str | None:
    for status in ConnectorStatus:
        value = runner.metrics.value("hub_connector_state", connector="tabular", state=status)
        if value == 1:
            return status
    return None


def titles_in_order(connection: KafkaConnection, catalogue: Catalogue, work: str) -> list[str]:
    """Return what was said of a work, a repeat of the word before left out."""
    said: list[str] = []
    for item in records(connection, catalogue.topic("plan-changes")):
        change = CODEC.decode_plan_change(item.value)
        if change.intervention is not None and change.intervention.id == work:
            title = change.intervention.title or ""
            said += [title] if said[-1:] != [title] else []
    return said


def runner_of(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue, producer: Producer
) -> Runner:
    """Return a connector in this process, with a producer of the test's own."""
    tabular = find_connector("tabular")
    settings_file = plan.with_name("s.toml")
    ports = kafka_ports(
        tabular,
        load_connector_settings(tabular, settings_file),
        producer=producer,
        connection=connection,
        catalogue=catalogue,
        programmes={"main": 0},
    )
    return Runner(
        tabular,
        lambda: load_connector_settings(tabular, settings_file),
        ports,
        today=lambda: date(2026, 11, 24),
    )


def test_a_connector_stopped_in_the_middle_remembers_what_was_taken(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    rows = {str(number): "0" for number in range(2_000)}
    write_plan(plan, rows)
    process = connector(plan, connection, catalogue)
    topic = catalogue.topic("plan-changes")
    wait_for(lambda: len(records(connection, topic)) > 0, "the first batch")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output

    done = connector(plan, connection, catalogue, "--once")
    output, _ = done.communicate(timeout=90)

    assert done.returncode == 0, output
    assert len(records(connection, topic)) == len(rows), "each row once: nothing is repeated"
    assert held_by_readers(connection, catalogue) == {f"x:{number}": "0" for number in rows}


def test_a_plan_that_shrinks_too_much_withdraws_none_and_says_so(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue
) -> None:
    rows = {str(number): "0" for number in range(20)}
    for content, more in ((rows, ()), ({"0": "0"}, ()), ({"0": "0"}, ("--allow-mass-withdrawal",))):
        write_plan(plan, content)
        process = connector(plan, connection, catalogue, "--once", *more)
        output, _ = process.communicate(timeout=90)
        held = held_by_readers(connection, catalogue)
        if more:
            assert held == {"x:0": "0"}, output
        else:
            assert held == {f"x:{number}": "0" for number in rows}, output
            assert ("19 works are gone" in output) == (content != rows), output


def test_state_of_a_newer_version_ends_the_process_and_sends_nothing(
    plan: Path, connection: KafkaConnection, catalogue: Catalogue, producer: Producer
) -> None:
    store = KafkaStateStore(
        producer, Codec(), connection, catalogue, connector="tabular", stream="list"
    )
    newer = ConnectorState(
        connector="tabular", stream="list/doubts/0", cursor="{}", cursor_version=2
    )
    store.save([newer])
    write_plan(plan, {"1": "a"})

    process = connector(plan, connection, catalogue, "--once")
    output, _ = process.communicate(timeout=90)

    assert process.returncode == 2, output
    assert "a newer version of the hub has run here" in output
    assert held_by_readers(connection, catalogue) == {}
