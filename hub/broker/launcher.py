"""Launch one Kafka node, or three as a cluster, and stop them again.

`launch` serves the demo, the tests and a pilot on one machine; `launch_cluster` is for tests that
need a broker to fail while others go on.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.broker.jars import Progress, ensure_jars
from hub.broker.java import Java, find_java
from hub.broker.lock_file import read_lock
from hub.broker.node_config import HOST, Node, new_cluster_id, write_node
from hub.broker.node_process import NodeProcess, locked
from hub.errors import ConfigurationError

DEFAULT_HEAP_MB = 384
CLUSTER_HEAP_MB = 256

_PORT_ATTEMPTS = 3


class Broker:
    """A running Kafka node. Leaving its context stops it."""

    def __init__(self, process: NodeProcess) -> None:
        self._process = process

    @property
    def bootstrap(self) -> str:
        """Return the address that clients connect to."""
        return self._process.node.bootstrap

    @property
    def pid(self) -> int:
        """Return the process id of the JVM."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether the node has not ended."""
        return self._process.running

    def stop(self) -> None:
        """Stop the node in an orderly way; a second call does nothing."""
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()


class Cluster:
    """Running Kafka nodes that share their data, counted from 0. Leaving its context ends them."""

    def __init__(self) -> None:
        self._processes: list[NodeProcess] = []

    def add(self, process: NodeProcess) -> None:
        """Take in a node that was started."""
        self._processes.append(process)

    @property
    def bootstrap(self) -> str:
        """Return the addresses of all nodes, those that are down included."""
        return ",".join(process.node.bootstrap for process in self._processes)

    @property
    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the JVMs, by node."""
        return tuple(process.pid for process in self._processes)

    def kill(self, index: int) -> None:
        """End one node at once, as a power failure would."""
        self._processes[index].kill()

    def restart(self, index: int) -> None:
        """Start a node that was ended, and return once all running nodes see it."""
        ended = self._processes[index]
        ended.kill()
        with locked(ended.node.folder) as lock:
            self._processes[index] = NodeProcess(ended.node, ended.command, lock=lock)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return once every running node sees every running node in service."""
        running = [process for process in self._processes if process.running]
        for process in running:
            process.wait_until_ready(brokers=len(running))

    def stop(self) -> None:
        """End all nodes by force: an orderly stop waits for a majority that is leaving too."""
        for process in self._processes:
            process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()


def launch(
    data_dir: Path,
    *,
    port: int | None = None,
    durable: bool = False,
    heap_mb: int = DEFAULT_HEAP_MB,
    progress: Progress | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Broker:
    """Start one node on a data folder, new or used before, and return it ready for clients.

    A node that is `durable` puts every batch on the disk before it acknowledges it. Without a port
    a free one is taken. `progress` is told the bytes of jars that have to be fetched first.

    :raises ConfigurationError: no Java, a port or folder in use, a refused jar, Kafka that ends
    :raises RetryableError: a jar that cannot be fetched now, a node that is not ready in time
    """
    folder = _made(data_dir)
    command = jvm_command(environ, heap_mb=heap_mb, progress=progress)
    if port is not None:
        _check_free(port)
    attempts_left = _PORT_ATTEMPTS if port is None else 1
    while True:
        chosen, controller_port = _ports(port)
        node = Node(1, folder, chosen, controller_port)
        with locked(folder) as lock:
            properties = write_node(
                node, nodes=(node,), cluster_id=new_cluster_id(), durable=durable
            )
            process = NodeProcess(node, [*command, str(properties)], lock=lock)
        try:
            process.wait_until_ready(brokers=1)
            return Broker(process)
        except BaseException as error:
            process.kill()
            attempts_left -= 1
            if not attempts_left or not _lost_its_port(error):
                raise


def launch_cluster(
    data_dir: Path,
    *,
    nodes: int = 3,
    heap_mb: int = CLUSTER_HEAP_MB,
    progress: Progress | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Cluster:
    """Start several nodes that replicate to each other, and return them ready for clients.

    With three nodes topics get three copies and a write needs two of them.

    :raises ConfigurationError: as `launch`
    :raises RetryableError: as `launch`
    """
    folder = _made(data_dir)
    command = jvm_command(environ, heap_mb=heap_mb, progress=progress)
    ports = free_ports(2 * nodes)
    members = tuple(
        Node(i + 1, _made(folder / f"node-{i}"), ports[2 * i], ports[2 * i + 1])
        for i in range(nodes)
    )
    cluster_id = new_cluster_id()
    cluster = Cluster()
    try:
        for node in members:
            with locked(node.folder) as lock:
                properties = write_node(node, nodes=members, cluster_id=cluster_id, durable=False)
                cluster.add(NodeProcess(node, [*command, str(properties)], lock=lock))
        cluster.wait_until_ready()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"data folder {folder}: {error.strerror}; expected a folder to write to; name another"
        ) from error
    return folder.resolve()


def jvm_command(
    environ: Mapping[str, str], *, heap_mb: int, progress: Progress | None = None
) -> list[str]:
    """Return the command of a node, to be followed by the path of its properties.

    :raises ConfigurationError: no Java, a refused jar
    :raises RetryableError: a jar that cannot be fetched now
    """
    java = find_java(environ)
    jars = ensure_jars(read_lock(), environ=environ, home=Path.home(), progress=progress)
    return [
        str(java.program),
        *_jvm_options(java, heap_mb),
        "-classpath",
        os.pathsep.join(map(str, jars)),
        "kafka.Kafka",
    ]


def _jvm_options(java: Java, heap_mb: int) -> list[str]:
    options = [
        "-Xms64m",
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # quick to start matters more than peak speed here
        "-XX:-UsePerfData",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    ]
    if java.release >= 24:  # Kafka's libraries use what these releases warn about
        options += ["--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED"]
    return options


def _ports(port: int | None) -> tuple[int, int]:
    first, second = free_ports(2)
    return (first, second) if port is None else (port, first if first != port else second)


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _check_free(port: int) -> None:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"port {port}: {getattr(error, 'strerror', None) or error}; expected a free port "
                "from 1 to 65535; name another one or none"
            ) from error


def _lost_its_port(error: BaseException) -> bool:
    """Tell whether another program took a port between our look and Kafka's bind."""
    return isinstance(error, ConfigurationError) and "Address already in use" in str(error)
