"""What an operator would start for the demo: a broker, a worker, a connector per plan."""

from __future__ import annotations

import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from hub.broker import Broker, launch
from hub.demo.files import DemoFiles
from hub.demo.processes import HubProcess
from hub.errors import RetryableError
from hub.settings import Settings

CONNECTOR_POLL_S = 0.25
"""How often the demo's connectors look at their file; a real one looks once a minute."""

_HOST = "127.0.0.1"
_POLL_S = 0.05


class Services:
    """The processes of one demo. `stop` ends all of them, in the order in which none is missed."""

    def __init__(self, folder: Path, *, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s
        self._processes: list[HubProcess] = []
        self._broker: Broker | None = None

    def start_broker(self, progress: Callable[[int, int], None]) -> str:
        """Start a Kafka of our own and return its address.

        :raises HubError: when it cannot be fetched or started
        """
        self._broker = launch(self._folder / "kafka", progress=progress)
        return self._broker.bootstrap

    def start_worker(self, settings: Settings) -> None:
        """Start a worker and return once it is ready to take records.

        :raises RetryableError: when it ended or is not ready in time, with the end of its log
        """
        with socket.socket() as one:
            one.bind((_HOST, 0))
            port: int = one.getsockname()[1]
        worker = self._start("worker", ["worker"], settings, http_port=port)
        ready = f"http://{_HOST}:{port}/health/ready"
        deadline = time.monotonic() + self._patience_s
        while not _answers(ready):
            self.check()
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"worker: not ready after {self._patience_s:.0f} s; expected {ready} to say "
                    f"ok; is the machine overloaded?{worker.log_tail()}"
                )
            time.sleep(_POLL_S)

    def start_connectors(self, files: DemoFiles, settings: Settings) -> None:
        """Start a connector on each plan; they read their file again and again."""
        for plan in files.plans:
            settings_file = plan.path.with_suffix(".connector.toml")
            settings_file.write_text(
                f'path = "{plan.path.name}"\n'
                f'mapping = "{plan.mapping.name}"\n'
                f"poll_interval_seconds = {CONNECTOR_POLL_S}\n",
                encoding="utf-8",
            )
            arguments = ["connect", "run", plan.connector, "--settings", str(settings_file)]
            self._start(f"connector-{plan.path.stem}", arguments, settings)

    def check(self) -> None:
        """Return while everything runs that was started.

        :raises RetryableError: with what ended, and the end of its log
        """
        for process in self._processes:
            process.check()
        if self._broker is not None and not self._broker.running:
            raise RetryableError(
                "Apache Kafka: ended by itself; expected it to run until the demo ends; is there "
                "memory left? Start the demo again"
            )

    def log_tails(self) -> str:
        """Return the ends of all logs, for an error that no single process explains."""
        return "".join(f"\n{one.name}:{one.log_tail()}" for one in self._processes)

    def stop_hub(self) -> None:
        """End the worker and the connectors; the broker stays."""
        for process in self._processes:
            process.ask_to_end()
        while self._processes:
            self._processes.pop().end()

    def stop(self) -> None:
        """End everything: first who reads and writes, then the broker."""
        self.stop_hub()
        if self._broker is not None:
            self._broker.stop()

    def _start(
        self, name: str, arguments: list[str], settings: Settings, *, http_port: int = 0
    ) -> HubProcess:
        process = HubProcess(
            name,
            arguments,
            log=self._folder / f"{name}.log",
            environ=self._environment(settings, http_port=http_port),
        )
        self._processes.append(process)
        return process

    def _environment(self, settings: Settings, *, http_port: int) -> Mapping[str, str]:
        """Return the settings of a process; what it puts aside goes where the demo cleans up."""
        environ = {
            **os.environ,
            "TMPDIR": str(self._folder),
            "HUB_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "HUB_TOPIC_PREFIX": settings.topic_prefix,
            "HUB_SECURITY_PROTOCOL": settings.security_protocol,
            "HUB_PROGRAMMES": '{"main": 0}',
            "HUB_HTTP_HOST": _HOST,
            "HUB_HTTP_PORT": str(http_port),
            "HUB_LOG_FORMAT": "text",
        }
        environ.pop("HUB_WORKER_ID", None)  # one of another worker would take over its partitions
        return environ


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
