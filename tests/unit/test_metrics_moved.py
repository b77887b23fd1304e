"""Every metric of the table is moved by the part of the hub that it speaks of.

One that nothing sets would read as "all is well" for ever. What is done here: both stages take a
small story with a bad record, an incomplete work and an answer to nothing; one stage is flooded;
one is restored without a usable offset; a connector runs twice, the second time without most rows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.contracts.codec import Codec
from hub.contracts.dead_letters import Breaker
from hub.contracts.records import Cause
from hub.metrics import TABLE, Metrics
from hub.model.change import PlanChange
from hub.model.finding import Finding
from hub.model.intervention import Intervention, Source
from hub.serve.health import Health
from hub.streams import counting
from hub.streams.batches import PoisonedInputError, evaluate
from hub.streams.logic import Programme, Received
from hub.streams.telemetry import Telemetry
from hub.streams.worker import _dead_letter
from tests.stream.story import TODAY, Story
from tests.unit.connect.test_runner import World, rows
from tests.unit.streams.test_stage_logic import arrived, detect, log_of, register

NAMES = {metric.name for metric in TABLE}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """Give the metrics after everything was done."""
    metrics = Metrics()
    log = _register_takes(metrics)
    _detect_takes(metrics, log)
    _a_flood_opens_the_breaker(metrics)
    _a_connector_runs(metrics)
    return metrics


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_metric_is_moved(metrics: Metrics, name: str) -> None:
    assert _moved(metrics)[name], f"nothing sets {name}"


def test_a_metric_that_nothing_moves_is_seen() -> None:
    at_start = {"hub_build_info", "hub_process_start_timestamp_seconds"}

    assert _moved(Metrics()) == {name: name in at_start for name in NAMES}


def test_what_was_counted_is_what_happened(metrics: Metrics) -> None:
    value = metrics.value
    assert value("hub_interventions_incomplete") == 1
    assert value("hub_decisions_without_finding_total") == 1
    assert value("hub_stage_full_evaluations_total", stage="detect") == 1
    assert value("hub_stage_full_evaluations_total", stage="register") == 0
    assert value("hub_dead_letters_total", stage="register", reason="unreadable") == 1


def _moved(metrics: Metrics) -> dict[str, bool]:
    """Return for every metric whether any of its series is other than 0."""
    samples: Counter[str] = Counter()
    for family in metrics.registry.collect():
        for sample in family.samples:
            name = sample.name.removesuffix("_count")
            samples[name] += sample.value != 0
    return {metric.name: samples[metric.name] > 0 for metric in TABLE}


def _register_takes(metrics: Metrics) -> list[Received]:
    """Let register take the story, and return the log it wrote."""
    programme, telemetry = register(), Telemetry("register", metrics, Health(parts=("register",)))
    telemetry.restored(seconds=0.1, records=0, evaluated_once=0)
    programme.start()
    story = Story(seed=4)
    records = [
        arrived(item, offset)
        for offset, item in enumerate([*story.reference(), *story.announcements()], 1)
    ]
    records += [
        arrived(_incomplete(), 100),
        replace(records[-1], offset=101, value=b"no avro"),
        arrived(story.answer("C01:no|where"), 102),
    ]
    batch = evaluate(
        records, {0: programme}, dead_letter=_dead_letter("register"), breaker=Breaker()
    )
    telemetry.processed(
        consumed=Counter(record.topic for record in records), batch=batch, seconds=0.1
    )
    _count(metrics, "register", programme)
    fresh = register()
    steps = [fresh.start(), *(fresh.apply(record) for record in records if record.offset != 101)]
    return log_of(steps)


def _incomplete() -> Any:
    work = Intervention(id="heat:half", source=Source("heat-net", "half"))
    change = PlanChange(at=TODAY, intervention=work)
    return Codec().encode_plan_change(change, cause=Cause(time=datetime.now(UTC)), partition=0)


def _detect_takes(metrics: Metrics, log: list[Received]) -> None:
    """Let detect take the log; before that it had to evaluate the whole state once."""
    programme, telemetry = detect(), Telemetry("detect", metrics, Health(parts=("detect",)))
    telemetry.restored(seconds=0.2, records=7, evaluated_once=1)
    batch = evaluate(log, {0: programme}, dead_letter=_dead_letter("detect"), breaker=Breaker())
    telemetry.processed(consumed={"programme-log": len(log)}, batch=batch, seconds=0.1)
    telemetry.lag(topic="programme-log", partition=0, records=3)
    telemetry.committed()
    _count(metrics, "detect", programme)
    assert [one for one in programme.detect.findings.values() if isinstance(one, Finding)]


def _count(metrics: Metrics, stage: str, programme: Programme) -> None:
    """Count once as the worker does every few seconds."""

    class Looked:
        async def look(self, ask: Any) -> dict[int, Any]:
            return {0: ask(0, programme)}

    async def once() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(
                counting.keep_counting(Looked(), metrics, interval_seconds=0.01),  # type: ignore[arg-type]
                0.2,
            )

    asyncio.run(once())


def _a_flood_opens_the_breaker(metrics: Metrics) -> None:
    telemetry = Telemetry("register", metrics, Health(parts=("register",)))
    rubbish = replace(arrived(_incomplete(), 1), value=b"rubbish")
    with pytest.raises(PoisonedInputError):
        evaluate(
            [replace(rubbish, offset=number) for number in range(80)],
            {0: register()},
            dead_letter=_dead_letter("register"),
            breaker=Breaker(),
        )
    telemetry.breaker_opened()


def _a_connector_runs(metrics: Metrics) -> None:
    world = World(metrics=metrics)
    twice = [("0", "w:twice", "a key that was there before")]
    many = [*rows(*(str(number) for number in range(30))), *twice]
    world.run(many)
    world.run(many[:1])  # 29 of 30 are gone at once: none is withdrawn
