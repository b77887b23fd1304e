"""The same stages on plain Faust, written as its manual shows them and without the strict layer.

One agent per stage reads event by event, keeps its state in a Faust table, sends what follows with
`topic.send` and lets Faust acknowledge and commit. All settings are Faust's own defaults, except
where to connect, how many partitions there are, and a session as long as that of the real worker.
What is computed is the hub's own: only how it is delivered differs. Conditions as for the real
worker, its only argument as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import faust

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Record
from hub.engine.merge import SourcePrecedence
from hub.errors import RejectedRecordError
from hub.kafka.client_config import KafkaConnection
from hub.streams.detect_stage import DetectLogic
from hub.streams.faust_settings import faust_settings
from hub.streams.logic import Programme, Received, Restored, StageLogic, Step
from hub.streams.plausibility import Plausibility
from hub.streams.register_stage import RegisterLogic, RegisterProgramme
from hub.streams.stage import received_of
from hub.streams.worker import _dead_letter
from tests.stream.worker_process import today_of
from tests.support.topics import ensure_changelog

CRASHED = 1
"""The code with which `faust worker` ends when a service crashed."""
STOP_SECONDS = 40.0


class PlainStage:
    """One stage: an agent, a table, and the programmes that the table's entries add up to."""

    def __init__(self, app: Any, logic: StageLogic, catalogue: Catalogue) -> None:
        self.app = app
        self._logic = logic
        self._catalogue = catalogue
        self._letter = _dead_letter(logic.name)
        self._programmes: dict[int, Programme] = {}
        self._remembered = {topic.name for topic in logic.restores if topic.feeds_state}
        self._table = app.Table(
            "state",
            partitions=app.conf.topic_partitions,
            key_type=bytes,
            value_type=bytes,
        )
        raw = {"key_type": bytes, "value_type": bytes}
        raw |= {"key_serializer": "raw", "value_serializer": "raw"}
        names = [catalogue.topic(name) for name in logic.inputs]
        self._targets = {
            spec.name: app.topic(catalogue.topic(spec.name), **raw) for spec in catalogue
        }
        app.agent(app.topic(*names, **raw), name=logic.name)(self._agent)
        app.on_partitions_revoked.connect(self._forget, weak=False)

    async def _forget(self, app: Any, revoked: Any, **_: Any) -> None:
        self._programmes.clear()

    async def _agent(self, stream: Any) -> None:
        async for event in stream.events():
            received = received_of(event.message, self._catalogue)
            programme = self._programme(received.partition)
            try:
                step = programme.apply(received)
            except RejectedRecordError as rejection:
                await self._send(self._letter(received, rejection))
                continue
            await self._send_step(step, received)

    async def tick(self) -> None:
        """Say which day it is, where that is new."""
        for programme in list(self._programmes.values()):
            assert isinstance(programme, RegisterProgramme)
            step = programme.tick()
            if step is not None:
                await self._send_step(step, None)

    def _programme(self, partition: int) -> Programme:
        known = self._programmes.get(partition)
        if known is None:
            mine = f"{partition}|".encode()
            found = [
                pickle.loads(kept) for key, kept in self._table.items() if key.startswith(mine)
            ]
            found.sort(key=lambda record: record.offset)
            records: dict[str, list[Received]] = {name: [] for name in self._remembered}
            for record in found:
                records[record.topic].append(record)
            known = self._logic.restore(Restored(partition=partition, records=records))
            self._programmes[partition] = known
        return known

    async def _send_step(self, step: Step, received: Received | None) -> None:
        if received is not None:
            self._remember(received)
        for record in (record for group in step.outputs for record in group):
            await self._send(record)
            if received is not None:
                self._remember(_as_received(record, received))
        for record in step.state:
            assert received is not None, "a day changes no work"
            self._remember(_as_received(record, received))

    async def _send(self, record: Record) -> None:
        await self._targets[record.topic].send(
            key=record.key,
            value=record.value,
            partition=record.partition,
            headers=list(record.headers),
        )

    def _remember(self, record: Received) -> None:
        if record.topic in self._remembered:
            key = f"{record.partition}|{record.topic}|".encode() + (record.key or b"")
            self._table[key] = pickle.dumps(record)


def _as_received(record: Record, cause: Received) -> Received:
    return Received(
        topic=record.topic,
        partition=cause.partition,
        offset=cause.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        at=cause.at,
    )


async def main(given: dict[str, Any], folder: Path) -> int:
    catalogue = load_catalogue(given["prefix"])
    stages = [_stage(logic, given, catalogue, folder) for logic in _logics(given)]
    register = stages[0]
    register.app.timer(given.get("tick_interval_seconds", 15.0))(register.tick)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    starting = [asyncio.ensure_future(stage.app.start()) for stage in stages]
    while not stopping.is_set() and not _crashed(stages, starting):
        await asyncio.sleep(0.1)
    code = 0 if stopping.is_set() else CRASHED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await asyncio.gather(*(stage.app.stop() for stage in stages), return_exceptions=True)
    return code


def _crashed(stages: Sequence[PlainStage], starting: Sequence[asyncio.Future[Any]]) -> bool:
    failed = any(task.done() and task.exception() is not None for task in starting)
    return failed or any(stage.app.crashed for stage in stages)


def _logics(given: dict[str, Any]) -> tuple[StageLogic, ...]:
    plausibility = Plausibility(ZoneInfo("Europe/Amsterdam"), given.get("most_days_ahead", 1))
    return (
        RegisterLogic(
            Codec(source="/programmehub/register"),
            precedence=SourcePrecedence(),
            plausibility=plausibility,
            today=today_of(given["today"]),
        ),
        DetectLogic(Codec(source="/programmehub/detect"), plausibility=plausibility),
    )


def _stage(
    logic: StageLogic, given: dict[str, Any], catalogue: Catalogue, folder: Path
) -> PlainStage:
    member = given.get("worker_id")
    settings = faust_settings(
        KafkaConnection(bootstrap=given["bootstrap"]),
        session_timeout_seconds=given["session_timeout_seconds"],
        partitions=given["partitions"],
        datadir=folder / logic.name,
        member_id=None if member is None else f"{member}-{logic.name}",
    )
    del settings["producer_request_timeout"]
    group = catalogue.prefix + logic.name
    ensure_changelog(given["bootstrap"], f"{group}-state-changelog", given["partitions"])
    app = faust.App(
        group, **settings, web_enabled=False, topic_allow_declare=False, topic_disable_leader=True
    )
    return PlainStage(app, logic, catalogue)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as datadir:
        sys.exit(asyncio.run(main(json.loads(sys.argv[1]), Path(datadir))))
