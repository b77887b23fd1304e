"""The verdict sees what is wrong: each wrong is done to topics that were right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.kafka.reader import RawRecord
from hub.streams.logic import Step
from tests.chaos.verdict import Verdict, judge
from tests.stream.story import TODAY, Story
from tests.unit.streams.test_stage_logic import NOW, arrived, detect, register

CODEC = Codec()
PLANTED = b"\x00 no plan change"


class TopicsInMemory:
    """The topics of one programme, as the verdict reads them."""

    partitions = 1

    def __init__(self) -> None:
        self.records: dict[str, list[RawRecord]] = defaultdict(list)

    def write(self, records: Iterable[Record]) -> None:
        for record in records:
            self.add(record.topic, record.key, record.value, record.headers)

    def add(
        self, topic: str, key: bytes, value: bytes, headers: tuple[tuple[str, bytes | None], ...]
    ) -> None:
        at = round(NOW.timestamp() * 1000)
        there = self.records[topic]
        there.append(RawRecord(len(there), key, value, at, headers))

    def read(self, topic: str, partition: int, *, headers: bool = False) -> list[RawRecord]:
        return self.records[topic]


@cache
def _written() -> dict[str, tuple[RawRecord, ...]]:
    """Return what the stages write about a lively programme, nobody dying."""
    topics, story = TopicsInMemory(), Story(seed=9, works=8)
    works, findings = register(), detect()
    inputs = [*story.reference(), *story.announcements(), *story.changes(40)]
    _log(topics, works.start(), findings)
    offsets: dict[str, int] = defaultdict(int)
    for record in inputs:
        topics.write([record])
        _log(topics, works.apply(arrived(record, offsets[record.topic])), findings)
        offsets[record.topic] += 1
    works._today = lambda _: TODAY + timedelta(days=1)
    _log(topics, works.tick(), findings)
    return {topic: tuple(records) for topic, records in topics.records.items()}


def _log(topics: TopicsInMemory, step: Step | None, findings: object) -> None:
    assert step is not None
    for record in (record for group in step.outputs for record in group):
        offset = len(topics.records["programme-log"])
        topics.write([record])
        if record.topic == "programme-log":
            followed = findings.apply(arrived(record, offset))  # type: ignore[attr-defined]
            topics.write(record for group in followed.outputs for record in group)


@pytest.fixture
def topics() -> TopicsInMemory:
    made = TopicsInMemory()
    for topic, records in _written().items():
        made.records[topic] = list(records)
    return made


def judged(topics: TopicsInMemory, **more: object) -> Verdict:
    return judge(topics, **more)  # type: ignore[arg-type]


def renumbered(records: list[RawRecord]) -> list[RawRecord]:
    return [record._replace(offset=offset) for offset, record in enumerate(records)]


def test_what_was_written_right_is_right(topics: TopicsInMemory) -> None:
    verdict = judged(topics)

    assert verdict.differences == []
    assert verdict.counts["findings"] > 30
    assert verdict.counts["plan changes"] == 48


def test_a_change_that_is_in_no_log_record_is_named(topics: TopicsInMemory) -> None:
    log = topics.records["programme-log"]
    gone = next(record for record in log[30:] if (record.key or b"").startswith(b"work:"))
    topics.records["programme-log"] = renumbered([record for record in log if record != gone])

    verdict = judged(topics)

    assert "is in no log record; expected" in verdict.differences[0]
    assert "the plan change at offset" in verdict.differences[0]
    assert verdict.lost_at


@pytest.mark.parametrize("topic", ["conflicts", "opportunities"])
def test_a_finding_that_was_not_written_is_lost(topics: TopicsInMemory, topic: str) -> None:
    del topics.records[topic][3]

    verdict = judged(topics)

    assert any("no record of" in difference for difference in verdict.lost)


def test_a_repeat_is_counted_and_no_difference(topics: TopicsInMemory) -> None:
    records = topics.records["conflicts"]
    records.append(records[-1]._replace(offset=len(records)))

    verdict = judged(topics)

    assert verdict.differences == []
    assert verdict.counts["duplicates"] == 1


def test_a_repeat_that_says_something_else_contradicts(topics: TopicsInMemory) -> None:
    records = topics.records["conflicts"]
    other = next(record for record in records if record.value != records[-1].value)
    records.append(records[-1]._replace(offset=len(records), value=other.value))

    assert any("two contents under" in said for said in judged(topics).contradictory)


def test_a_finding_with_another_status_contradicts_field_by_field(topics: TopicsInMemory) -> None:
    records = topics.records["conflicts"]
    finding = CODEC.decode_finding(records[0].value)
    wrong = replace(finding, first_seen=finding.first_seen - timedelta(days=400))
    encoded = CODEC.encode_finding(wrong, cause=_cause(records[0]), partition=0)
    records[0] = records[0]._replace(value=encoded.value)

    assert any("first_seen" in said for said in judged(topics).contradictory)


def test_a_lower_revision_as_the_last_word_is_wrong(topics: TopicsInMemory) -> None:
    records = topics.records["conflicts"]
    keys = [record.key for record in records]
    first = next(record for record in records if keys.count(record.key) > 1)
    records.append(first._replace(offset=len(records)))

    assert any("the last word on" in said for said in judged(topics).wrong)


def test_a_finding_that_follows_from_nothing_is_wrong(topics: TopicsInMemory) -> None:
    records = topics.records["conflicts"]
    finding = replace(CODEC.decode_finding(records[0].value), revision=99)
    made = CODEC.encode_finding(finding, cause=_cause(records[0]), partition=0)
    topics.add(made.topic, made.key, made.value, made.headers)

    assert any("follows from nothing" in said for said in judged(topics).wrong)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        pytest.param([], "is not one dead letter", id="not parked"),
        pytest.param([(b"a", PLANTED), (b"b", PLANTED)], "is not one dead letter", id="twice"),
        pytest.param([(b"a", PLANTED[:-1])], "is not one dead letter", id="cut off"),
        pytest.param([(b"a", PLANTED), (b"a", b"x")], "two contents", id="overwritten"),
        pytest.param([(b"a", PLANTED), (b"b", b"x")], "dead letter b'b'", id="one too many"),
        pytest.param([(b"a", PLANTED), (b"a", PLANTED)], None, id="repeated under its place"),
    ],
)
def test_dead_letters_are_the_planted_records_and_no_others(
    topics: TopicsInMemory, letters: list[tuple[bytes, bytes]], expected: str | None
) -> None:
    for key, value in letters:
        topics.add("dead-letters", key, value, ())

    found = judged(topics, planted=[PLANTED]).differences

    assert found == [] if expected is None else any(expected in said for said in found)


def _cause(record: RawRecord) -> Cause:
    return Cause.of_record(record.headers, fallback_id="x", broker_time=NOW)
