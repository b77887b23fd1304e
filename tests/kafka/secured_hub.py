"""The hub as processes on a secured Kafka: each command as the user of a role, and what it says."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import confluent_kafka

from hub.check.programme_file import read_programme
from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.demo.files import DemoFiles, write_files
from hub.demo.municipality import plan_municipality
from hub.kafka.client_config import client_options
from hub.kafka.producer import Producer
from hub.model.finding import Finding
from tests.stream.harness import REPOSITORY
from tests.support.brokers import wait_until
from tests.support.secured import SecuredBroker

HUB = (sys.executable, "-c", "from hub.cli import main; main()")
DEADLINE_S = 90.0


def hub(
    broker: SecuredBroker, user: str, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command as a user, and return what it said and how it ended."""
    return subprocess.run(
        [*HUB, *arguments],
        cwd=REPOSITORY,
        env=broker.environment(user, **more),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


class HubProcess:
    """`hub` running as a user until it is stopped; killed when its context ends."""

    def __init__(self, broker: SecuredBroker, user: str, *arguments: str, **more: str) -> None:
        self.log = broker.folder / f"{user}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [*HUB, *arguments],
                cwd=REPOSITORY,
                env=broker.environment(user, **more),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_says(self, text: str, count: int = 1) -> None:
        def said() -> bool:
            assert self.process.poll() is None or self.output().count(text) >= count, self.output()
            return self.output().count(text) >= count

        wait_until(said, f"{text} in the log", seconds=DEADLINE_S)

    def metrics(self) -> str:
        (line,) = [line for line in self.output().splitlines() if "http.serves" in line]
        port = line.split('"port": ')[1].split("}")[0].split(",")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait(10)


def today() -> date:
    return datetime.now(UTC).date()


def write_plans(folder: Path) -> DemoFiles:
    """Write the demo's plans, each with the settings of its connector."""
    files = write_files(plan_municipality(seed=1, day=today()), folder)
    for plan in files.plans:
        plan.path.with_suffix(".connector.toml").write_text(
            f'path = "{plan.path.name}"\nmapping = "{plan.mapping.name}"\n'
            "poll_interval_seconds = 0.5\n",
            encoding="utf-8",
        )
    return files


def connector_arguments(name: str, plan: Path, *, once: bool = True) -> tuple[str, ...]:
    settings = str(plan.with_suffix(".connector.toml"))
    return ("connect", "run", name, "--settings", settings, *(("--once",) if once else ()))


def publish_reference(broker: SecuredBroker, files: DemoFiles) -> None:
    """Publish the demo's reference data as the desk."""
    programme = read_programme(files.reference.read_bytes())
    codec, cause = Codec(source="/test"), Cause(time=datetime.now(UTC))
    with Producer(broker.connection("desk"), load_catalogue(broker.prefix)) as producer:
        producer.publish(
            codec.encode_reference_item(item, cause=cause, partition=0)
            for item in programme.reference_items
        )


def followed(
    broker: SecuredBroker,
    topic: str,
    *,
    at_least: int = 0,
    until: Callable[[list[Finding]], bool] = lambda _: True,
) -> list[Finding]:
    """Read as an application would: in a group of its own, with no right but to read."""
    consumer = confluent_kafka.Consumer(
        {
            **client_options(broker.connection("subscriber")),
            "group.id": f"{broker.prefix}subscriber.app-{time.monotonic_ns()}",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([f"{broker.prefix}{topic}"])
    found: list[Finding] = []
    deadline = time.monotonic() + DEADLINE_S
    try:
        while (len(found) < at_least or not until(found)) and time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None:
                assert message.error() is None, message.error()
                found.append(Codec().decode_finding(message.value()))
    finally:
        consumer.close()
    assert len(found) >= at_least, f"{len(found)} of {at_least} records on {topic}"
    assert until(found), f"what was waited for is not among {len(found)} records on {topic}"
    return found
