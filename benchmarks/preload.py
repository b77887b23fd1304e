"""A large programme as the stages would have left it on its topics, without waiting for them.

Its works go through register's own logic and its log through detect's, as one step, in this
process; what they give is published and committed. Workers then begin as after a restart.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from confluent_kafka import Consumer, TopicPartition

from benchmarks.programme import Setting
from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.engine.merge import SourcePrecedence
from hub.kafka.client_config import client_options
from hub.kafka.producer import Producer
from hub.model.change import PlanChange
from hub.model.intervention import Intervention, Source
from hub.streams.detect_stage import DetectLogic
from hub.streams.logic import Received, Restored, Step
from hub.streams.plausibility import Plausibility
from hub.streams.register_stage import RegisterLogic
from tests.stream.harness import Topics

SYSTEM = "town-plan"
INPUTS = {"register": ("plan-changes", "reference"), "detect": ("programme-log",)}
PLAUSIBLE = Plausibility(ZoneInfo("Europe/Amsterdam"))
RECORDS_AT_ONCE = 5_000


class Preloaded:
    """One programme in its partition, and the changes that go on from there."""

    def __init__(self, setting: Setting, *, partition: int) -> None:
        self._setting = setting
        self._partition = partition
        self._codec = Codec(source="/benchmark")
        self._plans = [_of_source(plan, 1) for plan in setting.plans]

    def write(self, topics: Topics) -> int:
        """Publish all there is before the first change; return how many findings that are."""
        log: list[Record] = []
        with Producer(topics.connection, topics.catalogue) as producer:
            for records in _in_parts(self._registered(log)):
                producer.publish(records)
            producer.publish(log)
            findings = list(_outputs(self._detected(log)))
            for records in _in_parts(iter(findings)):
                producer.publish(records)
        for stage, names in INPUTS.items():
            _commit(topics, stage, names, self._partition)
        return len(findings)

    def changes(self, count: int, *, seed: int) -> list[Record]:
        """Return changes that follow: a work gets the dates of another one."""
        draw = random.Random(seed)
        return [self._change(draw) for _ in range(count)]

    def _change(self, draw: random.Random) -> Record:
        place = draw.randrange(len(self._plans))
        plan, other = self._plans[place], draw.choice(self._plans)
        moved = replace(plan, window=other.window, duration_days=other.duration_days)
        assert plan.source is not None
        self._plans[place] = _of_source(moved, (plan.source.revision or 0) + 1)
        return self._encoded(self._plans[place])

    def _encoded(self, plan: Intervention) -> Record:
        change = PlanChange(at=self._setting.day, intervention=plan)
        return self._codec.encode_plan_change(change, cause=_now(), partition=self._partition)

    def _registered(self, log: list[Record]) -> Iterator[Record]:
        """Yield the inputs and what register makes of them, but for its log, which goes aside."""
        logic = RegisterLogic(
            Codec(source="/programmehub/register"),
            precedence=SourcePrecedence(),
            plausibility=PLAUSIBLE,
            today=lambda _: self._setting.day,
        )
        programme = logic.restore(Restored(partition=self._partition, records={"facets": []}))
        log += _outputs(programme.start())
        inputs = [
            *(
                self._codec.encode_reference_item(item, cause=_now(), partition=self._partition)
                for item in self._setting.items
            ),
            *(self._encoded(plan) for plan in self._plans),
        ]
        offsets = dict.fromkeys(INPUTS["register"], -1)
        for record in inputs:
            offsets[record.topic] += 1
            step = programme.apply(_received(record, offsets[record.topic]))
            yield record
            for output in _outputs(step):
                if output.topic in INPUTS["detect"]:
                    log.append(output)
                else:
                    yield output
            yield from step.state

    def _detected(self, log: list[Record]) -> Step | None:
        (name,) = INPUTS["detect"]
        logic = DetectLogic(Codec(source="/programmehub/detect"), plausibility=PLAUSIBLE)
        records: dict[str, list[Received]] = {topic.name: [] for topic in logic.restores}
        records[name] = [_received(record, offset) for offset, record in enumerate(log)]
        restored = Restored(partition=self._partition, records=records, evaluate_once=True)
        return logic.restore(restored).start()


def _of_source(plan: Intervention, revision: int) -> Intervention:
    source = replace(plan.source or Source(), system=SYSTEM, key=plan.id, revision=revision)
    return replace(plan, source=source)


def _now() -> Cause:
    return Cause(time=datetime.now(UTC))


def _received(record: Record, offset: int) -> Received:
    return Received(
        topic=record.topic,
        partition=record.partition,
        offset=offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        at=datetime.now(UTC),
    )


def _outputs(step: Step | None) -> Iterable[Record]:
    return [] if step is None else [record for group in step.outputs for record in group]


def _in_parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    for record in records:
        part.append(record)
        if len(part) == RECORDS_AT_ONCE:
            yield part
            part = []
    yield part


def _commit(topics: Topics, stage: str, names: Iterable[str], partition: int) -> None:
    """Commit, for the group of a stage, that all of a partition was applied."""
    options = {**client_options(topics.connection), "group.id": topics.prefix + stage}
    group = Consumer({**options, "enable.auto.commit": False})
    try:
        places = [
            TopicPartition(topics.catalogue.topic(name), partition, topics.ends(name)[partition])
            for name in names
        ]
        group.commit(offsets=places, asynchronous=False)
    finally:
        group.close()
