"""The Kafka that a test run talks to: its own, or the one `HUB_TEST_BROKER` names."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.broker import Cluster, launch, launch_cluster
from hub.broker.launcher import free_ports, jvm_command
from hub.broker.node_config import (
    HOST,
    Node,
    new_cluster_id,
    node_properties,
    properties_text,
    write_node,
)
from hub.broker.node_process import NodeProcess, locked
from hub.contracts.catalogue import load_catalogue
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection

OVERRIDE = "HUB_TEST_BROKER"


@contextmanager
def broker_of_this_run() -> Iterator[str]:
    """Give a bootstrap address; a broker that was started for it is gone afterwards."""
    if given := os.environ.get(OVERRIDE):
        check_reachable(given)
        yield given
        return
    with scratch_folder() as folder, launch(folder) as broker:
        yield broker.bootstrap


def check_reachable(bootstrap: str) -> None:
    """Return if a Kafka answers there.

    :raises HubError: when none does
    """
    topics.plan(KafkaConnection(bootstrap=bootstrap), load_catalogue(), answer_timeout_s=10)


@contextmanager
def three_nodes() -> Iterator[Cluster]:
    """Give three nodes with three copies of each record, two of which must be written."""
    with scratch_folder() as folder, launch_cluster(folder, nodes=3) as cluster:
        yield cluster


@contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hub-kafka-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 30.0) -> None:
    """Return once the condition holds; fail with what was waited for when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def process_exists(pid: int) -> bool:
    """Tell whether a process runs; one that ended but was not collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def processes_with(text: str) -> list[int]:
    """Return the processes that have a text in their command line, this one excepted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return sorted(found)


@contextmanager
def broker_with_users(*users: str) -> Iterator[str]:
    """Give a broker that asks for a password (`<user>-password`); the first user may do anything.

    Passwords travel in the clear: the broker listens on this machine only.
    """
    with scratch_folder() as folder:
        port, inner, controller = free_ports(3)
        node = Node(1, folder, port, controller)
        command = jvm_command(os.environ, heap_mb=256)
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        known = " ".join(f'user_{user}="{user}-password"' for user in users)
        settings = {
            **node_properties(node, nodes=(node,), durable=False),
            "listeners": f"USERS://{node.bootstrap},INNER://{HOST}:{inner},"
            f"CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"USERS://{node.bootstrap},INNER://{HOST}:{inner}",
            "inter.broker.listener.name": "INNER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,"
            "USERS:SASL_PLAINTEXT",
            "listener.name.users.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.users.plain.sasl.jaas.config": f"{login} {known};",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{users[0]}",
        }
        with locked(folder) as lock:
            properties = write_node(node, nodes=(node,), cluster_id=new_cluster_id(), durable=False)
            properties.write_text(properties_text(settings))
            process = NodeProcess(node, [*command, str(properties)], lock=lock)
        try:
            wait_until(lambda: port_is_open(port), "the broker with users listens")
            yield node.bootstrap
        finally:
            process.stop()


def port_is_open(port: int) -> bool:
    """Tell whether something accepts connections."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.5):
        return True
    return False
