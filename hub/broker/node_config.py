"""What one KRaft node is told: `server.properties` and the identity of its storage.

The storage is formatted by writing `meta.properties` ourselves, which saves one start of a JVM; the
node then takes the newest metadata version that its jars know.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"

_TEN_YEARS_MINUTES = 10 * 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a cluster in which every node is broker and controller."""

    id: int
    folder: Path
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """Return the address that clients connect to."""
        return f"{HOST}:{self.port}"


def new_cluster_id() -> str:
    """Return an id as Kafka's own storage tool makes them: 22 characters of base64."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # Kafka's tools would read it as an option
            return text


def write_node(node: Node, *, nodes: tuple[Node, ...], cluster_id: str, durable: bool) -> Path:
    """Write the files of a node and return the path of its `server.properties`.

    An identity that is already there stays: it belongs to the data beside it.
    """
    data = node.folder / "log"
    data.mkdir(parents=True, exist_ok=True)
    identity = data / "meta.properties"
    if not identity.exists():
        identity.write_text(
            f"version=1\ncluster.id={cluster_id}\nnode.id={node.id}\n"
            f"directory.id={new_cluster_id()}\n",
            encoding="utf-8",
        )
    path = node.folder / "server.properties"
    path.write_text(properties_text(node_properties(node, nodes=nodes, durable=durable)), "utf-8")
    return path


def node_properties(
    node: Node, *, nodes: tuple[Node, ...], durable: bool
) -> dict[str, str | int | bool]:
    """Return the settings of a node, by Kafka's names."""
    copies = min(len(nodes), 3)
    enough = max(1, copies - 1)
    voters = ",".join(f"{one.id}@{HOST}:{one.controller_port}" for one in nodes)
    settings: dict[str, str | int | bool] = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{node.bootstrap},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{node.bootstrap}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": (node.folder / "log").as_posix(),
        "auto.create.topics.enable": False,  # topics come from the catalogue only
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        "unclean.leader.election.enable": False,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": copies,
        "offsets.retention.minutes": _TEN_YEARS_MINUTES,  # a group that was off keeps its place
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
        "group.initial.rebalance.delay.ms": 0,  # one machine: nobody else is about to join
        "log.cleaner.backoff.ms": 1000,
        "log.cleaner.dedupe.buffer.size": 16 << 20,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "broker.heartbeat.interval.ms": 1000,
        "broker.session.timeout.ms": 4000 if len(nodes) > 1 else 3000,
    }
    if durable:
        settings["log.flush.interval.messages"] = 1  # one copy only: it must be on the disk
    return settings


def properties_text(settings: dict[str, str | int | bool]) -> str:
    """Return settings in the syntax of a Java properties file."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).replace("\\", "\\\\")
    return "".join(c if c.isascii() else _unicode_escape(c) for c in text)


def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
