"""A running programme for tests of commands: settings in the environment, works sent by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.contracts.codec import Codec
from hub.contracts.json_codec import read
from hub.contracts.records import Cause, Record
from hub.kafka.client_config import KafkaConnection
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.decision import Decision
from hub.model.intervention import Intervention
from tests.stream.harness import Topics, WorkerProcess

WORKER = "tests.stream.worker_process"


class LiveProgramme:
    """The topics of a test with what commands need to find them."""

    def __init__(
        self, connection: KafkaConnection, prefix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HUB_BOOTSTRAP_SERVERS", connection.bootstrap)
        monkeypatch.setenv("HUB_TOPIC_PREFIX", prefix)
        monkeypatch.setenv("HUB_PROGRAMMES", json.dumps({"main": 0}))
        self.topics = Topics(connection, prefix, partitions=1)
        self._codec = Codec(source="/test")
        self._today = datetime.now(UTC).date()

    def worker(self) -> WorkerProcess:
        return WorkerProcess(WORKER, **self.topics.conditions())

    def send(self, *works: dict[str, Any], cause: str | None = None) -> None:
        self._publish(
            PlanChange(at=self._today, intervention=read(Intervention, work), cause=cause)
            for work in works
        )

    def withdraw(self, work: str, system: str) -> None:
        self._publish(
            [PlanChange(at=self._today, withdraw=work, source=WithdrawnSource(system=system))]
        )

    @property
    def today(self) -> date:
        """Return the day on which everything is sent."""
        return self._today

    def decide(self, decision: Decision) -> None:
        """Send a decision as any other client would, without a look at what it is about."""
        now = Cause(time=datetime.now(UTC))
        self.topics.publish([self._codec.encode_decision(decision, cause=now, partition=0)])

    def _publish(self, changes: Iterable[PlanChange]) -> None:
        now = Cause(time=datetime.now(UTC))
        self.topics.publish(
            [self._codec.encode_plan_change(one, cause=now, partition=0) for one in changes]
        )

    def records(self, topic: str) -> list[Record]:
        return self.topics.read(topic, 0)  # type: ignore[return-value]

    def count(self, topic: str) -> int:
        return self.topics.ends(topic)[0]
