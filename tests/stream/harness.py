"""Real worker processes and a real broker, and the few things tests ask of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.records import Record
from hub.errors import RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.offsets import EndOffsets
from hub.kafka.producer import Producer
from hub.kafka.reader import RawRecord, read_compacted
from tests.support.brokers import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """One worker as a process of its own; killed when its context ends."""

    def __init__(self, module: str, **conditions: Any) -> None:
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # lives as long as the process
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(conditions)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self, *, seconds: float = 30.0) -> int:
        self.signal(signal.SIGTERM)
        return self.exit_code(seconds=seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def exit_code(self, *, seconds: float = 30.0) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"no exit within {seconds:.0f} s:\n{self.output()}") from error

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [line for line in self.output().splitlines() if line.startswith("{")]
        return [line for line in map(json.loads, lines) if line.get("event") == name]

    def wait_ready(self, stages: int = 1, *, seconds: float = 40.0) -> None:
        def ready() -> bool:
            assert self.running, self.output()
            return self.output().count("stage.ready") >= stages

        wait_until(ready, f"{stages} stages ready", seconds=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if error is not None:
            print(f"--- worker {self.process.pid} ---\n{self.output()[-6000:]}")
        self.kill()
        self.log.close()


class Topics:
    """The topics of one prefix: made, written, read and measured."""

    def __init__(self, connection: KafkaConnection, prefix: str, *, partitions: int) -> None:
        self.connection = connection
        self.prefix = prefix
        self.partitions = partitions
        self.catalogue: Catalogue = load_catalogue(prefix)
        self._ends = EndOffsets(connection)
        self._groups: dict[str, Consumer] = {}
        topics.ensure(connection, self.catalogue, programme_partitions=partitions)

    def conditions(self, **more: Any) -> dict[str, Any]:
        return {
            "bootstrap": self.connection.bootstrap,
            "prefix": self.prefix,
            "partitions": self.partitions,
            **more,
        }

    def publish(self, records: Iterable[Record]) -> None:
        with Producer(self.connection, self.catalogue) as producer:
            producer.publish(records)

    def read(self, topic: str, partition: int, *, headers: bool = False) -> list[RawRecord]:
        return list(
            read_compacted(
                self.connection, self.catalogue.topic(topic), partition, with_headers=headers
            )
        )

    def ends(self, topic: str) -> dict[int, int]:
        name = self.catalogue.topic(topic)
        places = [(name, number) for number in range(self.partitions)]
        while True:
            try:
                found = self._ends.of(places)
            except RetryableError:  # a leader is being elected
                time.sleep(0.1)
                continue
            return {partition: end for (_, partition), end in found.items()}

    def committed(self, stage: str, topic: str) -> dict[int, int]:
        """Return what a group has committed.

        Asked as a member would: librdkafka 2.16 ends the process (an assertion on `eonce->refcnt`)
        when its admin client asks for a group whose coordinator is being replaced.
        """
        name = self.catalogue.topic(topic)
        places = [TopicPartition(name, number) for number in range(self.partitions)]
        group = self.prefix + stage
        if group not in self._groups:
            options = {**client_options(self.connection), "group.id": group}
            self._groups[group] = Consumer({**options, "enable.auto.commit": False})
        try:
            found = self._groups[group].committed(places, timeout=10)
        except KafkaException:  # no coordinator yet
            return dict.fromkeys(range(self.partitions), -1)
        return {item.partition: item.offset for item in found}

    def is_drained(self, stage: str, *names: str) -> bool:
        return all(
            self.committed(stage, name)[partition] >= end
            for name in names
            for partition, end in self.ends(name).items()
            if end
        )

    def wait_drained(self, *workers: WorkerProcess, seconds: float = 60.0) -> None:
        """Wait until register and then detect have committed all there is."""
        self._wait("register", "plan-changes", "decisions", "reference", workers=workers, s=seconds)
        self._wait("detect", "programme-log", workers=workers, s=seconds)

    def _wait(self, stage: str, *names: str, workers: tuple[WorkerProcess, ...], s: float) -> None:
        def drained() -> bool:
            assert not workers or any(worker.running for worker in workers), workers[0].output()
            return self.is_drained(stage, *names)

        wait_until(drained, f"{stage} drained", seconds=s)
