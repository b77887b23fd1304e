"""The embedded Kafka, really started: it serves, it ends when it should, and it leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.broker import Broker, launch, launcher
from hub.broker.node_process import locked
from hub.contracts.catalogue import load_catalogue
from hub.errors import ConfigurationError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from tests.support.brokers import process_exists, processes_with, wait_until
from tests.support.shared import REPOSITORY
from tests.support.topics import record

pytestmark = pytest.mark.kafka

LAUNCH_AND_WAIT = """
import sys, time
from pathlib import Path
from hub.broker import launch
broker = launch(Path(sys.argv[1]))
print(broker.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "broker"
    shutil.rmtree(tmp_path / "broker", ignore_errors=True)


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    with launch(folder) as running:
        yield running


def test_a_durable_node_keeps_its_records_over_a_stop_and_leaves_no_process(folder: Path) -> None:
    catalogue = load_catalogue()
    with launch(folder, durable=True) as first:
        connection = KafkaConnection(bootstrap=first.bootstrap)
        topics.ensure(connection, catalogue)
        with Producer(connection, catalogue) as producer:
            producer.publish([record("reference", "goal:1")])

    first.stop()  # a second stop does nothing
    assert not first.running
    assert processes_with(str(folder)) == []
    with launch(folder, durable=True) as second:
        connection = KafkaConnection(bootstrap=second.bootstrap)
        kept = list(read_compacted(connection, catalogue.topic("reference"), 0))
    assert [one.key for one in kept] == [b"goal:1"]
    assert processes_with(str(folder)) == []


def test_a_second_launcher_on_the_folder_or_port_is_refused(
    broker: Broker, folder: Path, tmp_path: Path
) -> None:
    port = int(broker.bootstrap.rsplit(":", 1)[1])
    properties = (folder / "server.properties").read_text()

    with pytest.raises(ConfigurationError, match="another broker runs on it"):
        launch(folder)
    with pytest.raises(ConfigurationError, match=rf"port {port}: .*expected a free port"):
        launch(tmp_path / "other", port=port)

    assert broker.running
    assert (folder / "server.properties").read_text() == properties
    assert processes_with(str(tmp_path / "other")) == []


def test_the_broker_ends_when_its_parent_is_killed_and_frees_the_folder(folder: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", LAUNCH_AND_WAIT, str(folder)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert process_exists(pid)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: processes_with(str(folder)) == [], "broker and guard are gone")
    with locked(folder):
        pass  # the folder is free again


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_broker_ends_when_its_guard_is_killed(broker: Broker, folder: Path) -> None:
    guards = [pid for pid in processes_with(str(folder)) if pid != broker.pid]
    assert len(guards) == 1

    os.kill(guards[0], signal.SIGKILL)

    wait_until(lambda: not process_exists(broker.pid), "the broker is gone")


def test_the_broker_outlives_the_thread_that_launched_it(folder: Path) -> None:
    launched: list[Broker] = []
    thread = threading.Thread(target=lambda: launched.append(launch(folder)))
    thread.start()
    thread.join()

    (broker,) = launched
    with broker:
        assert topics.plan(KafkaConnection(bootstrap=broker.bootstrap), load_catalogue()).missing


def test_a_broker_that_hangs_is_killed_at_the_deadline(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.broker.node_process.STOP_GRACE_S", 0.5)
    broker = launch(folder)
    os.kill(broker.pid, signal.SIGSTOP)

    broker.stop()

    assert processes_with(str(folder)) == []


def test_another_port_is_taken_when_a_program_takes_the_first_while_kafka_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_ports = launcher.free_ports
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choices = iter([[taken.getsockname()[1], *free_ports(1)], free_ports(2)])
        monkeypatch.setattr(launcher, "free_ports", lambda _count: next(choices))

        with launch(folder) as broker:
            assert broker.bootstrap != f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_broker_that_cannot_start_shows_the_end_of_its_log(folder: Path) -> None:
    (folder / "log").mkdir(parents=True)
    (folder / "log" / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=7\n")

    with pytest.raises(ConfigurationError, match="ended with code 1 while starting") as caught:
        launch(folder)

    assert "Stored node id 7 doesn't match" in str(caught.value)
    assert "\tat " not in str(caught.value)
    assert processes_with(str(folder)) == []


def test_a_listener_that_is_no_kafka_is_not_taken_for_one() -> None:
    from hub.broker.readiness import brokers_in_service

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert brokers_in_service("127.0.0.1", port) == 0
        thread.join()


def test_the_broker_of_the_run_is_ready_for_topics_at_once(
    connection: KafkaConnection, prefix: str
) -> None:
    assert len(topics.ensure(connection, load_catalogue(prefix)).missing) == 11
