"""What cannot be used is kept byte for byte, and put back it counts as if it had come right."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from hub.contracts.codec import Codec
from hub.contracts.dead_letters import Failure, Original, of_record, original_of, reason_of
from hub.contracts.records import Cause, Headers, Record, header
from hub.contracts.resolutions import resolution_of
from hub.errors import Refusal, RejectedRecordError, RejectReason
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.reader import RawRecord
from hub.model.finding import Finding
from hub.model.programme import LogEntry, Tick
from hub.parking.letters import Letter, Selection, full_record
from hub.parking.settling import DeadLetters
from hub.replay.fold import Conditions, Replay
from hub.replay.history import of_log
from hub.streams.exit_codes import POISONED
from tests.stream.folding import emitted, folded, open_findings
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"
FAILING_WORKER = "tests.stream.failing_rule_worker"
EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"
FAR_AHEAD = TODAY + timedelta(days=40)
ODD_HEADERS: Headers = (
    ("twice", b"1"),
    ("twice", b"2"),
    ("bytes", b"\xff\x00\x1b[2J"),
    ("nothing", None),
    ("hub-error-reason", b"forged"),
)


@dataclass(frozen=True)
class Bad:
    """A record that a stage must refuse, and the reason it must give."""

    original: Original
    stage: str
    reason: str


def test_every_reason_of_every_stage_is_parked_byte_for_byte(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=11)
    first = story.reference() + story.announcements()
    sent = [*_refused_by_register(story), *_refused_by_detect()]
    bad = {item.original.key: item for item in sent if item.stage}
    good = [_as_original(record) for record in story.changes(len(sent))]
    _send(topics, map(_as_original, first))
    _send(
        topics,
        (one for pair in zip(good, sent, strict=True) for one in (pair[0], pair[1].original)),
    )
    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        assert worker.stop() == 0
        refused = worker.output()

    letters = [full_record(raw) for raw in topics.read("dead-letters", 0, headers=True)]
    found = {}
    for letter in letters:
        original = original_of(letter)
        assert original is not None
        found[original.key] = letter
        was = bad[original.key].original
        assert (original.topic, original.value) == (was.topic, was.value)
        assert original.headers == tuple(
            item for item in was.headers if not item[0].startswith("hub-error-")
        )
        assert topics.read(original.topic, 0)[original.offset].value == was.value
    assert found.keys() == bad.keys()
    said = {
        key: (header(letter.headers, "hub-error-stage"), reason_of(letter.headers))
        for key, letter in found.items()
    }
    assert said == {key: (item.stage, item.reason) for key, item in bad.items()}
    for letter in letters:
        assert header(letter.headers, "hub-error-attempts") == "1"
        for name in ("message", "class", "version", "first-at", "last-at", "offset"):
            assert header(letter.headers, f"hub-error-{name}"), name
    # rules of detect fail, and its findings refuse an answer, in tests of their own; a key comes
    # twice in connectors, unknown fields exist in files only
    assert {item.reason for item in bad.values()} >= set(RejectReason) - {
        RejectReason.RULE_FAILED, RejectReason.UNKNOWN_FIELD, RejectReason.DUPLICATE_KEY,
    }  # fmt: skip
    assert "\x1b" not in refused


def test_a_poison_flood_ends_the_worker_with_its_own_code_and_commits_nothing_of_it(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    flood = [
        Original("plan-changes", 0, 0, f"x:{number}".encode(), b"no plan change", ())
        for number in range(400)
    ]
    _send(topics, flood)
    day = topics.conditions(today=TODAY.isoformat(), session_timeout_seconds=6)
    with WorkerProcess(WORKER, **day) as worker:
        assert worker.exit_code() == POISONED
        (left,) = worker.events("worker.leaves")
        assert "no plan change" not in worker.output()

    assert "most of the last records are rejected" in left["reason"]
    _assert_not_flooded(topics)
    with WorkerProcess(WORKER, **day, park_all=True) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        assert worker.stop() == 0
    assert len(DeadLetters(connection, topics.catalogue).open()) == len(flood)


def _assert_not_flooded(topics: Topics) -> None:
    committed = topics.committed("register", "plan-changes")[0]
    parked = len(topics.read("dead-letters", 0))
    assert max(committed, 0) <= parked < 50, "parked on after the breaker had opened"


def test_after_a_fix_retry_empties_the_list_and_findings_are_as_if_it_had_come_right(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=2)
    ahead = {"today": TODAY.isoformat(), "most_days_ahead": 60}
    stories = [Story(seed=5, partition=number) for number in range(2)]
    early, late = (_with_late_records(story) for story in stories)
    topics.publish(early)  # programme 0 under a worker that refuses days so far ahead
    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        worker.stop()
    parked = DeadLetters(connection, topics.catalogue)
    refused = parked.open()
    assert {letter.reason for letter in refused} == {RejectReason.IMPLAUSIBLE_DATE}
    assert len(refused) == 8
    topics.publish(late)  # programme 1 under one that takes them, from the first

    with WorkerProcess(WORKER, **topics.conditions(**ahead)) as worker:
        worker.wait_ready(2)
        done = parked.retry(Selection(reason=RejectReason.IMPLAUSIBLE_DATE), by="operations")
        again = parked.retry(Selection(), by="operations")
        topics.wait_drained(worker)
        assert worker.stop() == 0

    assert (done.letters, done.left, again.letters) == (8, [], 0)
    assert parked.open() == []
    first, second = (_last_words(topics, number) for number in range(2))
    assert len(first) > 5
    assert first == second
    _assert_put_back_as_they_were(topics, refused)


def test_a_rule_that_was_mended_says_after_a_retry_what_it_should_have_said(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=2)
    broken = {"failing_rule": "C01", "failing_works": "sewer:"}
    topics.publish(story.reference() + story.announcements())
    with WorkerProcess(FAILING_WORKER, **topics.conditions(today=TODAY.isoformat(), **broken)) as w:
        w.wait_ready(2)
        topics.wait_drained(w)
        w.stop()
    parked = DeadLetters(connection, topics.catalogue)
    letters = parked.open()
    assert {letter.reason for letter in letters} == {RejectReason.RULE_FAILED}
    assert {letter.stage for letter in letters} == {"detect"}
    _assert_kept_as_they_are_in_the_log(topics)
    before = open_findings(topics, 0)

    with WorkerProcess(WORKER, **topics.conditions(today=TODAY.isoformat())) as worker:
        worker.wait_ready(2)
        parked.retry(Selection(), by="operations")
        topics.publish(story.changes(5))  # register goes on beside what was put into its log
        topics.wait_drained(worker)
        assert worker.stop() == 0, worker.output()

    assert parked.open() == []
    assert not [key for key in before if key.startswith("C01:") and "sewer:" in key]
    after, expected = open_findings(topics, 0), _folded_with_the_mended_rule(topics)
    assert [key for key in expected if key.startswith("C01:") and "sewer:" in key]
    assert {key: _said(one) for key, one in after.items()} == {
        key: _said(one) for key, one in expected.items()
    }
    replay = Replay(Conditions())
    log = of_log(connection, topics.catalogue, 0)
    replay.run(log.events(replay.note_rejected))
    assert {
        key: _said(one) for key, one in replay.detect.findings.items() if one.status.is_open
    } == {key: _said(one) for key, one in after.items()}


def _assert_kept_as_they_are_in_the_log(topics: Topics) -> None:
    log = topics.read("programme-log", 0, headers=True)
    letters = [full_record(raw) for raw in topics.read("dead-letters", 0, headers=True)]
    assert letters
    for letter in letters:
        original = original_of(letter)
        assert original is not None
        was = log[original.offset]
        assert (original.topic, original.partition) == ("programme-log", 0)
        assert (original.key, original.value, original.headers) == (
            was.key, was.value, was.headers,
        )  # fmt: skip
        assert "came ZeroDivisionError failed at" in (
            header(letter.headers, "hub-error-message") or ""
        )


def _folded_with_the_mended_rule(topics: Topics) -> dict[str, Finding]:
    last = {one.id: one for findings in folded(topics, 0).values() for one in findings}
    return {key: one for key, one in last.items() if one.status.is_open}


def test_a_discarded_letter_is_no_longer_listed_and_who_and_why_is_kept(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    topics.publish(
        [
            _letter(Original("plan-changes", 0, 0, None, None, (("ce_id", b"a"),))),
            _letter(Original("plan-changes", 0, 1, b"a:2", b"\x1b[31mred", ())),
        ]
    )
    parked = DeadLetters(connection, topics.catalogue)
    keys = [letter.key for letter in parked.open()]
    assert keys == ["plan-changes-0-0", "plan-changes-0-1"]

    first = parked.discard(
        Selection(keys=(keys[1],)), by="team roads", why="a test of the supplier"
    )
    again = parked.discard(
        Selection(keys=(keys[1],)), by="team roads", why="a test of the supplier"
    )
    retried = parked.retry(Selection(keys=(keys[0], "nobody-0-1")), by="team roads")

    assert again.left == [], "it was settled already"
    assert retried.left == [
        "nobody-0-1: there is no such letter; 'hub dead-letters list' names them"
    ]
    assert (first.letters, again.letters, retried.letters) == (1, 0, 1)
    assert parked.open() == []
    raw = topics.read("dead-letters", 0, headers=True)
    trace = [found for one in raw if (found := resolution_of(full_record(one)))]
    assert [(one.how, one.by, one.why) for one in trace] == [
        ("discarded", "team roads", "a test of the supplier"),
        ("retried", "team roads", ""),
    ]
    (put_back,) = topics.read("plan-changes", 0, headers=True)
    assert (put_back.key, put_back.value, put_back.headers[0]) == (None, None, ("ce_id", b"a"))


def _letter(original: Original) -> Record:
    error = RejectedRecordError(Refusal("", "bytes", "a plan change"))
    at = datetime.now(UTC)
    failure = Failure.of_error(error, stage="register", version="0", at=at)
    return of_record(original, failure)


def _send(topics: Topics, originals: Iterable[Original]) -> None:
    """Publish as any other client would, without a look at what it is."""
    client = confluent_kafka.Producer(
        {**client_options(topics.connection), "message.max.bytes": 2_000_000}
    )
    failed = []
    for one in originals:
        client.produce(
            topics.catalogue.topic(one.topic),
            key=one.key,
            value=one.value,
            headers=list(one.headers),
            partition=one.partition,
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
    assert client.flush(30) == 0
    assert not failed


def _as_original(record: Record) -> Original:
    return Original(record.topic, record.partition, 0, record.key, record.value, record.headers)


# --- what comes wrong ---


def _refused_by_register(story: Story) -> Iterator[Bad]:
    for name, topic in (
        ("PlanChange", "plan-changes"), ("Decision", "decisions"), ("ReferenceItem", "reference"),
    ):  # fmt: skip
        files = sorted((EXAMPLES / name / "invalid").glob("*.json"))
        assert files
        for file in files:
            example = json.loads(file.read_text())
            value = base64.b64decode(example["value_base64"])
            original = Original(topic, 0, 0, f"{name}:{file.stem}".encode(), value, ODD_HEADERS)
            yield Bad(original, "register", example["refused"]["reason"])
    twice = story.changes(1)[0]
    while Codec().decode_plan_change(twice.value).intervention is None:
        twice = story.changes(1)[0]
    codec = Codec(source="/test")
    change = codec.decode_plan_change(twice.value)
    assert change.intervention is not None
    for title in ("once", "again"):
        other = replace(change, intervention=replace(change.intervention, title=title))
        record = codec.encode_plan_change(other, cause=_cause(), partition=0)
        if title == "again":
            yield _bad(record, "register", RejectReason.CONFLICTING_REVISION)
        else:
            yield _bad(record, "", "")
    late = codec.encode_plan_change(replace(change, at=FAR_AHEAD), cause=_cause(), partition=0)
    yield _bad(late, "register", RejectReason.IMPLAUSIBLE_DATE)
    large = b"\0\0\0\0\1" + b"x" * 1_000_000
    yield Bad(
        Original("plan-changes", 0, 0, b"large", large, ()), "register", RejectReason.TOO_LARGE
    )


def _refused_by_detect() -> Iterator[Bad]:
    entry = LogEntry(FAR_AHEAD, Tick(FAR_AHEAD))
    record = Codec(source="/test").encode_log_entry(entry, cause=_cause(), partition=0)
    yield _bad(record, "detect", RejectReason.IMPLAUSIBLE_DATE)
    for key, value, reason in (
        (b"log:1", b"rubbish", RejectReason.UNREADABLE),
        (b"log:2", None, RejectReason.UNREADABLE),
        (b"log:3", b"\0\0\0\x27\x0f\0\0", RejectReason.UNKNOWN_SCHEMA),
    ):
        yield Bad(Original("programme-log", 0, 0, key, value, ODD_HEADERS), "detect", reason)


def _bad(record: Record, stage: str, reason: str) -> Bad:
    key = record.key + reason.encode()
    return Bad(Original(record.topic, 0, 0, key, record.value, record.headers), stage, reason)


def _cause() -> Cause:
    return Cause(time=datetime.now(UTC))


# --- what came right in the end ---


def _with_late_records(story: Story) -> list[Record]:
    """Return a story whose last changes are dated far ahead."""
    codec = Codec(source="/test")
    records = story.reference() + story.announcements() + story.changes(20)
    for record in story.changes(8):
        change = replace(codec.decode_plan_change(record.value), at=FAR_AHEAD)
        records.append(codec.encode_plan_change(change, cause=_cause(), partition=story.partition))
    return records


def _last_words(topics: Topics, partition: int) -> dict[str, Finding]:
    last = {one.id: one for found in emitted(topics, partition).values() for one in found}
    return {
        key: replace(one, facts=replace(one.facts, as_of=None, made_as_of=None))
        for key, one in last.items()
    }


def _said(finding: Finding) -> Any:
    return replace(
        finding,
        revision=1,
        options=(),
        status="",  # type: ignore[arg-type]
        facts=replace(finding.facts, as_of=None, made_as_of=None),
    )


def _assert_put_back_as_they_were(topics: Topics, letters: list[Letter]) -> None:
    records: list[RawRecord] = topics.read("plan-changes", 0, headers=True)
    by_mark = {
        mark: raw for raw in records if (mark := header(raw.headers, "hub-retry-of")) is not None
    }
    assert by_mark.keys() == {letter.key for letter in letters}
    for letter in letters:
        was = records[int(letter.said("offset") or "")]
        now = by_mark[letter.key]
        assert (now.key, now.value) == (was.key, was.value)
        assert now.headers[: len(was.headers)] == was.headers
        assert [name for name, _ in now.headers[len(was.headers) :]] == [
            "hub-retry-of", "hub-retry-attempts", "hub-retry-first-at",
        ]  # fmt: skip
