"""The judgement at the end: what the topics hold against folds over the same logs, offline.

Nothing of the running workers is asked. What should be there follows from `plan-changes` alone (for
the works) and from `programme-log` alone (for the findings); every difference is one sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest

from hub.check.offline import run
from hub.check.programme_file import FORMAT, Programme
from hub.contracts.codec import Codec
from hub.contracts.records import header
from hub.engine.detect import Detect
from hub.engine.register import InputPosition, Register
from hub.errors import RejectedRecordError
from hub.kafka.reader import RawRecord
from hub.model.decision import Decision
from hub.model.finding import Finding, ResolutionCause
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState, log_key
from hub.model.reference import DigMoratorium, PolicyConfig
from hub.model.vocabulary import Firmness
from tests.stream.folding import TOPIC_OF
from tests.stream.harness import Topics
from tests.unit.engine.test_detect_equivalence import OF_HISTORY, is_held

OF_THE_LOG = {"hub check": ("F03",)}
"""Rules that read when a work was first adopted: the log tells it, a file of the end does not."""


@dataclass
class Verdict:
    """Counts, and every difference in words; the moments say which fault it belongs to."""

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    contradictory: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost_at: list[float] = field(default_factory=list)
    duplicated_at: list[float] = field(default_factory=list)
    contradicted_at: list[float] = field(default_factory=list)
    delays: list[tuple[float, float]] = field(default_factory=list)
    """When something was said, and how many seconds later it was answered."""

    def contradict(self, at: float, difference: str) -> None:
        self.contradicted_at.append(at)
        self.contradictory.append(difference)

    @property
    def differences(self) -> list[str]:
        return [*self.lost, *self.contradictory, *self.wrong]


def judge(topics: Topics, *, planted: Sequence[bytes] = ()) -> Verdict:
    """Return what is wrong in any programme, and how much there was.

    `planted` are values that nobody can read; they and nothing else must be in the dead letters.
    """
    verdict = Verdict()
    for partition in range(topics.partitions):
        _Judged(topics, partition, verdict).judge()
    _judge_letters(topics, planted, verdict)
    return verdict


def _judge_letters(topics: Topics, planted: Sequence[bytes], verdict: Verdict) -> None:
    """Hold the dead letters against what was planted, byte for byte and each under its place."""
    letters = topics.read("dead-letters", 0, headers=True)
    kept: dict[bytes, RawRecord] = {}
    for letter in letters:
        known = kept.setdefault(letter.key or b"", letter)
        if known.value != letter.value:
            at = letter.timestamp_ms / 1000
            verdict.contradict(at, f"dead letter {letter.key!r} has two contents")
    verdict.counts["dead letters"] = len(kept)
    verdict.counts["duplicates"] += len(letters) - len(kept)
    there = Counter(letter.value for letter in kept.values())
    for value in planted:
        if there.pop(value, 0) != 1:
            verdict.lost.append(f"the planted record {value!r} is not one dead letter")
    for letter in kept.values():
        if letter.value in there:
            verdict.wrong.append(
                f"dead letter {letter.key!r}: {header(letter.headers, 'hub-error-message')}"
            )


class _Judged:
    """One programme."""

    def __init__(self, topics: Topics, partition: int, verdict: Verdict) -> None:
        self._topics = topics
        self._partition = partition
        self._verdict = verdict
        self._codec = Codec()
        self._name = f"programme {partition}"
        self._log = topics.read("programme-log", partition, headers=True)
        self._entries = [self._codec.decode_log_entry(record.value) for record in self._log]
        self._log_at = {record.offset: record.timestamp_ms / 1000 for record in self._log}

    def judge(self) -> None:
        self._every_change_applied()
        self._everything_else_in_the_log()
        self._findings_as_folded()
        self._open_as_checked()

    def _every_change_applied(self) -> None:
        register, expected = Register(), []
        said: list[RawRecord] = []
        changes = self._topics.read("plan-changes", self._partition, headers=True)
        self._verdict.counts["plan changes"] += len(changes)
        for record in changes:
            try:
                change = self._codec.decode_plan_change(record.value)
            except RejectedRecordError:  # held against the dead letters
                continue
            position = InputPosition("plan-changes", record.offset)
            for entry in register.apply_change(change, position).log:
                expected.append(entry)
                said.append(record)
        self._register = register
        written = self._once("programme-log", self._log)
        works = [
            entry
            for record in written
            if isinstance((entry := self._codec.decode_log_entry(record.value)).body, WorkState)
        ]
        self._verdict.counts["works in the log"] += len(works)
        self._compare_works(expected, works, said)
        self._last_words("programme-log", self._log)
        self._last_words("programme", self._topics.read("programme", self._partition, headers=True))

    def _compare_works(
        self, expected: Sequence[LogEntry], works: Sequence[LogEntry], said: Sequence[RawRecord]
    ) -> None:
        """Tell which changes are in no log record, and which records say something else.

        Who loses a change counts on from there: its later records have another revision. A change
        counts as lost when its content is nowhere.
        """
        there = {_work(entry): entry for entry in works}
        contents = Counter(_content(entry) for entry in works)
        for entry, change in zip(expected, said, strict=True):
            content = _content(entry)
            contents[content] -= 1
            if contents[content] < 0:
                self._verdict.lost_at.append(change.timestamp_ms / 1000)
                self._verdict.lost.append(
                    f"{self._name}: the plan change at offset {change.offset}"
                    f" ({(change.key or b'').decode()}) is in no log record;"
                    f" expected {_work(entry)}"
                )
            known = there.get(_work(entry))
            if known is not None and known != entry:
                self._verdict.contradict(
                    change.timestamp_ms / 1000,
                    f"{self._name}: {_work(entry)}: {_first_difference(entry, known)}",
                )
        for number, (entry, found) in enumerate(zip_longest(expected, works)):
            if entry != found:
                self._verdict.wrong.append(
                    f"{self._name}: log record {number} of a work is"
                    f" {found and _work(found)}, expected {entry and _work(entry)}"
                )
                break

    def _everything_else_in_the_log(self) -> None:
        there = {
            repr(entry.body) for entry in self._entries if not isinstance(entry.body, WorkState)
        }
        decode = {
            "decisions": self._codec.decode_decision,
            "reference": self._codec.decode_reference_item,
        }
        for topic, decoded in decode.items():
            for record in self._topics.read(topic, self._partition):
                self._verdict.counts[topic] += 1
                item = decoded(record.value)
                if repr(item) not in there:
                    self._verdict.lost_at.append(record.timestamp_ms / 1000)
                    self._verdict.lost.append(f"{self._name}: {topic} {item.id} is not in the log")
        self._days = days = [
            entry.body.day for entry in self._entries if isinstance(entry.body, Tick)
        ]
        self._verdict.counts["ticks"] += len(set(days))
        if not days:
            self._verdict.wrong.append(f"{self._name}: no tick")

    def _findings_as_folded(self) -> None:
        expected = self._folded()
        for topic in TOPIC_OF.values():
            records = self._topics.read(topic, self._partition, headers=True)
            written = [
                self._codec.decode_finding(record.value) for record in self._once(topic, records)
            ]
            self._verdict.counts["findings"] += len(written)
            self._compare_findings(expected[topic], written)
            self._last_words(topic, records)
            self._measure(records)

    def _folded(self) -> dict[str, list[Finding]]:
        """Return what the log says must be on each topic; a lower sequence is no step."""
        detect = Detect()
        self._highest: dict[str, int] = {}
        found: dict[str, list[Finding]] = {topic: [] for topic in TOPIC_OF.values()}
        for record, entry in zip(self._log, self._entries, strict=True):
            key = log_key(entry.body)
            sequence = int(header(record.headers, "ce_sequence") or 0)
            if sequence < self._highest.get(key, 0):
                continue
            self._highest[key] = sequence
            for finding in detect.apply(entry, offset=record.offset):
                found[TOPIC_OF[finding.kind]].append(finding)
        self._detect = detect
        return found

    def _compare_findings(self, expected: Sequence[Finding], written: Sequence[Finding]) -> None:
        there = {(finding.id, finding.revision): finding for finding in written}
        for finding in expected:
            known = there.pop((finding.id, finding.revision), None)
            if known is None:
                self._verdict.lost_at.append(self._said_at(finding))
                self._verdict.lost.append(
                    f"{self._name}: no record of {finding.id} revision {finding.revision}"
                    f" ({finding.status})"
                )
            elif known != finding:
                self._verdict.contradict(
                    self._said_at(finding),
                    f"{self._name}: {finding.id} revision {finding.revision}:"
                    f" {_first_difference(finding, known)}",
                )
        self._verdict.wrong += [
            f"{self._name}: {key} revision {revision} follows from nothing in the log"
            for key, revision in there
        ]

    def _said_at(self, finding: Finding) -> float:
        return self._log_at.get(finding.facts.as_of, 0.0)

    def _open_as_checked(self) -> None:
        """Hold the open findings against one look at the final state, and against `hub check`.

        A look at the end cannot know what only time tells: how a work moved (rules of history), a
        conflict that hysteresis still holds, an answer that ended a finding.
        """
        if not self._days:
            return
        shown = self._detect.present()
        stream = {f.id for f in shown if f.status.is_open}
        self._verdict.counts["open at the end"] += len(stream)
        settled = {f.id for f in shown if f.cause is ResolutionCause.DECLINED or is_held(f)}
        once = Detect()
        once.load(self._entries_by_last_revision())
        once.evaluate()
        others = {"one look at the log": once.present(), "hub check": run(self._final()).findings}
        for name, findings in others.items():
            other = {f.id for f in findings if f.status.is_open}
            for key in sorted((other ^ stream) - settled):
                if key.partition(":")[0] in (*OF_HISTORY, *OF_THE_LOG.get(name, ())):
                    continue
                self._verdict.wrong.append(
                    f"{self._name}: {key} is open for {'the stream' if key in stream else name}"
                    f" and not for {name if key in stream else 'the stream'}"
                )

    def _entries_by_last_revision(self) -> Iterator[LogEntry]:
        for record, entry in zip(self._log, self._entries, strict=True):
            sequence = int(header(record.headers, "ce_sequence") or 0)
            if sequence == self._highest[log_key(entry.body)]:
                yield entry

    def _final(self) -> Programme:
        """Return the programme as a file would describe it at the end."""
        bodies = [entry.body for entry in self._entries_by_last_revision()]
        policies = {item.version: item for item in bodies if isinstance(item, PolicyConfig)}
        moratoria = {item.id: item for item in bodies if isinstance(item, DigMoratorium)}
        decisions = {item.id: item for item in bodies if isinstance(item, Decision)}
        return Programme(
            format=FORMAT,
            reference_date=max(item.day for item in bodies if isinstance(item, Tick)),
            interventions=tuple(_present(self._register)),
            moratoria=tuple(moratoria.values()),
            policy=tuple(policies.values()),
            decisions=tuple(decisions.values()),
        )

    def _once(self, topic: str, records: Iterable[RawRecord]) -> list[RawRecord]:
        """Return records without repeats, which are the same byte for byte under one event id."""
        seen: dict[str, RawRecord] = {}
        for record in records:
            event = header(record.headers, "ce_id") or ""
            known = seen.setdefault(event, record)
            if known is record:
                continue
            self._verdict.counts["duplicates"] += 1
            self._verdict.duplicated_at.append(record.timestamp_ms / 1000)
            if (known.key, known.value) != (record.key, record.value):
                self._verdict.contradict(
                    record.timestamp_ms / 1000,
                    f"{self._name}: two contents under {event} on {topic}, offsets"
                    f" {known.offset} and {record.offset}",
                )
        return list(seen.values())

    def _last_words(self, topic: str, records: Sequence[RawRecord]) -> None:
        """Check that the last record of every key has its highest revision."""
        highest: dict[bytes, int] = {}
        last: dict[bytes, int] = {}
        for record in records:
            key, sequence = record.key or b"", int(header(record.headers, "ce_sequence") or 0)
            highest[key] = max(highest.get(key, 0), sequence)
            if sequence < last.get(key, 0):
                self._verdict.counts["lower after higher"] += 1
            last[key] = sequence
        self._verdict.wrong += [
            f"{self._name}: the last word on {key!r} of {topic} is revision {last[key]},"
            f" not {revision}"
            for key, revision in highest.items()
            if last[key] != revision
        ]

    def _measure(self, records: Iterable[RawRecord]) -> None:
        """Note how long after a plan change its findings came, each counted once."""
        seen: set[str] = set()
        ticks = {
            header(record.headers, "ce_time")
            for record, entry in zip(self._log, self._entries, strict=True)
            if isinstance(entry.body, Tick)
        }
        for record in records:
            event, said = header(record.headers, "ce_id"), header(record.headers, "ce_time")
            if event is None or said is None or event in seen or said in ticks:
                continue
            seen.add(event)
            at = datetime.fromisoformat(said).astimezone(UTC).timestamp()
            self._verdict.delays.append((at, record.timestamp_ms / 1000 - at))


def _work(entry: LogEntry) -> str:
    assert isinstance(entry.body, WorkState)
    return f"{entry.body.intervention.id} revision {entry.body.revision}"


def _present(register: Register) -> Iterator[Intervention]:
    for state in register.states.values():
        if state.entry is not None and state.entry.intervention.firmness != Firmness.WITHDRAWN:
            yield state.entry.intervention


def _content(entry: LogEntry) -> str:
    """Return what a log record of a work says, without how often it was said before."""
    assert isinstance(entry.body, WorkState)
    return repr(replace(entry.body, revision=0))


def _first_difference(expected: object, found: object) -> str:
    """Return the name and the values of the first field that differs, however deep it stands."""
    if type(expected) is type(found) and is_dataclass(expected):
        for part in fields(expected):
            one, other = getattr(expected, part.name), getattr(found, part.name)
            if one != other:
                inner = _first_difference(one, other)
                return f"{part.name}{' ' if inner.startswith('is ') else '.'}{inner}"
    return f"is {found!r}, expected {expected!r}"
