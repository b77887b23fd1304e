"""The two stages as pure logic: records in, records out, and what cannot be written is undone."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.engine.merge import SourcePrecedence
from hub.errors import RejectedRecordError, RejectReason
from hub.metrics import ProcessedResult
from hub.model.change import PlanChange
from hub.model.finding import Finding
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Source
from hub.model.programme import LogEntry, Tick
from hub.streams.detect_stage import DetectLogic, DetectProgramme
from hub.streams.logic import Received, Restored, Step
from hub.streams.plausibility import Plausibility
from hub.streams.register_stage import RegisterLogic, RegisterProgramme
from tests.stream.story import TODAY, Story

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = Plausibility(ZoneInfo("Europe/Amsterdam"))


def register() -> RegisterProgramme:
    logic = RegisterLogic(
        Codec(), precedence=SourcePrecedence(), plausibility=HOME, today=lambda _: TODAY
    )
    return logic.restore(Restored(partition=0, records={"facets": []}))


def detect(*log: Received, findings: tuple[Received, ...] = ()) -> DetectProgramme:
    records: dict[str, list[Received]] = {
        "programme-log": list(log),
        "conflicts": list(findings),
        "opportunities": [],
        "feedback": [],
    }
    return DetectLogic(Codec(), plausibility=HOME).restore(Restored(partition=0, records=records))


def arrived(record: Record, offset: int) -> Received:
    return Received(
        topic=record.topic,
        partition=0,
        offset=offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        at=NOW,
    )


def log_of(steps: list[Step | None]) -> list[Received]:
    written = [
        item
        for step in steps
        if step is not None
        for group in step.outputs
        for item in group
        if item.topic == "programme-log"
    ]
    return [arrived(item, offset) for offset, item in enumerate(written)]


def quiet_story() -> list[Received]:
    programme, story = register(), Story(seed=4)
    inputs = story.reference() + story.announcements() + story.changes(20)
    steps: list[Step | None] = [programme.start()]
    steps += [programme.apply(arrived(item, offset)) for offset, item in enumerate(inputs)]
    return log_of(steps)


def round_polygon(points: int) -> Geometry:
    ring = [
        (
            155000 + 50 * math.cos(2 * math.pi * n / points),
            463000 + 50 * math.sin(2 * math.pi * n / points),
        )
        for n in range(points)
    ]
    return Geometry(GeometryType.POLYGON, ((*ring, ring[0]),))


def test_a_change_whose_state_is_too_large_leaves_the_work_as_it_was() -> None:
    programme, codec = register(), Codec()
    (first, *_) = Story(seed=1).announcements()
    work = codec.decode_plan_change(first.value).intervention
    assert work is not None

    def heavy(number: int) -> Received:
        source = Source(system=f"s{number}", key="1", revision=1)
        plan = replace(work, source=source, geometry=round_polygon(12_000 + number))
        change = PlanChange(at=TODAY, intervention=plan)
        return arrived(codec.encode_plan_change(change, cause=Cause(time=NOW), partition=0), number)

    states = []

    def until_refused() -> None:
        for number in range(8):
            states.append(programme.register.states.get(work.id))
            programme.apply(heavy(number))

    with pytest.raises(RejectedRecordError) as caught:
        until_refused()

    assert caught.value.refusal.reason is RejectReason.TOO_LARGE
    assert programme.register.states.get(work.id) == states[-1]


def test_a_replayed_record_is_skipped_by_its_offset() -> None:
    programme = register()
    (first, *_) = Story(seed=1).announcements()
    programme.apply(arrived(first, 5))

    assert programme.apply(arrived(first, 5)) == Step(ProcessedResult.SKIPPED)


def test_the_sequence_of_a_state_grows_with_every_record_applied() -> None:
    programme, story = register(), Story(seed=1, works=1)
    inputs = story.announcements() + story.changes(5)
    sequences = [
        item.header("ce_sequence")
        for offset, record in enumerate(inputs)
        for item in programme.apply(arrived(record, offset)).state
    ]

    assert sequences == sorted(set(sequences), key=str)
    assert len(sequences) > 3


def test_a_day_is_ticked_once() -> None:
    programme = register()

    assert programme.start() is not None
    assert programme.tick() is None


def test_a_tick_from_the_future_is_refused() -> None:
    day = date(2026, 11, 27)
    tick = Codec().encode_log_entry(LogEntry(day, Tick(day)), cause=Cause(time=NOW), partition=0)

    with pytest.raises(RejectedRecordError) as caught:
        detect().apply(arrived(tick, 0))
    assert caught.value.refusal.reason is RejectReason.IMPLAUSIBLE_DATE


def test_tomorrow_is_plausible_where_the_day_begins_earlier() -> None:
    HOME.check(date(2026, 11, 25), path="at", at=NOW)
    with pytest.raises(RejectedRecordError):
        HOME.check(date(2026, 11, 26), path="at", at=NOW)
    HOME.check(date(2026, 11, 26), path="at", at=NOW + timedelta(hours=11, minutes=30))


def test_a_lower_revision_behind_a_higher_one_is_no_step() -> None:
    log = quiet_story()
    works = [record for record in log if (record.key or b"").startswith(b"work:")]
    moved = next(
        (old, new)
        for old in works
        for new in works
        if old.key == new.key and old.offset < new.offset
    )
    programme = detect(*log)

    assert programme.apply(replace(moved[0], offset=1000)) == Step(ProcessedResult.SKIPPED)


def test_findings_from_before_a_crash_are_not_said_twice() -> None:
    log = quiet_story()
    live = detect()
    written: list[Record] = []
    for record in log:
        written += [item for group in live.apply(record).outputs for item in group]
    last = {item.key: item for item in written if item.topic == "conflicts"}
    known = tuple(arrived(item, n) for n, item in enumerate(last.values()))
    assert known

    restored = detect(*log[:10], findings=known)
    again = [
        item
        for record in log[10:]
        for group in restored.apply(record).outputs
        for item in group
        if item.topic == "conflicts"
    ]

    assert again == []


def test_a_chance_that_is_gone_is_acknowledged_before_the_end_it_records() -> None:
    log = quiet_story()
    live = detect()
    for record in log:
        live.apply(record)
    some = next(iter(live.detect.findings.values()))
    gone: Finding = replace(some, rule="O04", id=f"O04:{some.id}")

    step = live._step([some, gone, some], log[-1])

    assert [[item.key.decode()[:3] for item in group] for group in step.outputs] == [
        [some.id[:3], "O04"],
        [some.id[:3]],
    ]


def test_a_log_record_nobody_can_read_does_not_stop_a_restore() -> None:
    log = quiet_story()
    broken = replace(log[3], value=b"no avro")

    programme = detect(*log[:3], broken, *log[4:])

    assert programme.detect.reference_date == TODAY
