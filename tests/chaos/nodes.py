"""Kafka nodes with a second listener, whose advertised addresses lead through a proxy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.broker import Cluster
from hub.broker.launcher import CLUSTER_HEAP_MB, free_ports, jvm_command
from hub.broker.node_config import (
    HOST,
    Node,
    new_cluster_id,
    node_properties,
    properties_text,
    write_node,
)
from hub.broker.node_process import NodeProcess, locked
from tests.chaos.proxy import Proxy

PROXIED = "PROXIED"


class Nodes(Cluster):
    """Running nodes; clients of `proxied_bootstrap` reach all of them through `proxy`."""

    def __init__(self, folder: Path, *, count: int) -> None:
        super().__init__()
        ports = free_ports(4 * count)
        inner, outer = ports[2 * count : 3 * count], ports[3 * count :]
        self.proxy = Proxy(dict(zip(outer, inner, strict=True)))
        self.proxied_bootstrap = ",".join(f"{HOST}:{port}" for port in outer)
        members = tuple(
            Node(i + 1, folder / f"node-{i}", ports[2 * i], ports[2 * i + 1]) for i in range(count)
        )
        cluster_id = new_cluster_id()
        command = jvm_command(os.environ, heap_mb=CLUSTER_HEAP_MB)
        try:
            for node, inside, outside in zip(members, inner, outer, strict=True):
                node.folder.mkdir(parents=True)
                with locked(node.folder) as lock:
                    path = write_node(node, nodes=members, cluster_id=cluster_id, durable=False)
                    path.write_text(_with_second_listener(node, members, inside, outside))
                    self.add(NodeProcess(node, [*command, str(path)], lock=lock))
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def count(self) -> int:
        return len(self._processes)

    def end_in_order(self, index: int) -> None:
        """Ask one node to leave; it hands its partitions over first."""
        self._processes[index].stop()

    def restart_all(self, indexes: Sequence[int]) -> None:
        """Start nodes that were ended, side by side, and return once all see each other."""
        for index in indexes:
            ended = self._processes[index]
            ended.kill()
            with locked(ended.node.folder) as lock:
                self._processes[index] = NodeProcess(ended.node, ended.command, lock=lock)
        self.wait_until_ready()

    def stop(self) -> None:
        super().stop()
        self.proxy.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()


def _with_second_listener(node: Node, members: tuple[Node, ...], inside: int, outside: int) -> str:
    settings = node_properties(node, nodes=members, durable=False)
    return properties_text(
        {
            **settings,
            "listeners": f"{settings['listeners']},{PROXIED}://{HOST}:{inside}",
            "advertised.listeners": f"{settings['advertised.listeners']},"
            f"{PROXIED}://{HOST}:{outside}",
            "listener.security.protocol.map": f"{settings['listener.security.protocol.map']},"
            f"{PROXIED}:PLAINTEXT",
        }
    )
