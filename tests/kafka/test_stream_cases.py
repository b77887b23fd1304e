"""Every case, each a programme of its own, through a real broker and one worker.

All cases of a folder go at once, step by step: their first states, their first changes,
and so on, each after the day on which it happens has been ticked. At the end each
programme must have the open findings that `hub check` prints for the same file.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.check.offline import Outcome, run
from hub.check.programme_file import Programme, Step, read_programme
from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.errors import RejectedRecordError
from hub.kafka.client_config import KafkaConnection
from hub.model.change import PlanChange
from hub.model.finding import Finding, Status
from tests.stream.folding import open_findings
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until
from tests.support.shared import SHARED, needs_shared

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

CASES = SHARED / "design" / "cases"
OWN_CASES = Path(__file__).resolve().parents[1] / "cases" / "own"
MOST_DAYS_AHEAD = 36_525  # cases are told in days that are still to come


@dataclass
class Case:
    name: str
    partition: int
    programme: Programme
    offline: Outcome

    def __post_init__(self) -> None:
        self.today = self.programme.reference_date
        self._codec = Codec(source="/test")

    def first_state(self) -> Iterator[Record]:
        for item in self.programme.reference_items:
            yield self._codec.encode_reference_item(item, cause=_cause(), partition=self.partition)
        for work in self.programme.interventions:
            yield self._change(PlanChange(at=self.today, intervention=work))

    def first_decisions(self) -> Iterator[Record]:
        for decision in self.programme.decisions:
            yield self._codec.encode_decision(decision, cause=_cause(), partition=self.partition)

    def step(self, number: int) -> Step | None:
        steps = self.programme.changes
        return steps[number] if number < len(steps) else None

    def records(self, step: Step) -> Iterator[Record]:
        if step.change is not None:
            yield self._change(step.change)
        elif step.decision is not None:
            yield self._codec.encode_decision(
                step.decision, cause=_cause(), partition=self.partition
            )
        elif step.reference_item is not None:
            yield self._codec.encode_reference_item(
                step.reference_item, cause=_cause(), partition=self.partition
            )

    def _change(self, change: PlanChange) -> Record:
        return self._codec.encode_plan_change(change, cause=_cause(), partition=self.partition)


@needs_shared
def test_every_shared_case_gives_the_open_findings_of_hub_check(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    cases = _cases(CASES)
    topics = Topics(connection, prefix, partitions=len(cases))
    _hold_against_hub_check(cases, topics, tmp_path)


def test_every_own_case_gives_the_open_findings_of_hub_check(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    cases = _cases(OWN_CASES)
    topics = Topics(connection, prefix, partitions=len(cases))
    _hold_against_hub_check(cases, topics, tmp_path)


def _hold_against_hub_check(cases: list[Case], topics: Topics, tmp_path: Path) -> None:
    days = _Days(tmp_path / "days.json", cases)
    with WorkerProcess(
        "tests.stream.worker_process",
        **topics.conditions(
            today=str(days.path),
            tick_interval_seconds=0.2,
            most_days_ahead=MOST_DAYS_AHEAD,
            session_timeout_seconds=30,
            restore_timeout_seconds=120,
        ),
    ) as worker:
        worker.wait_ready(2, seconds=150)
        topics.publish(record for case in cases for record in case.first_state())
        topics.wait_drained(worker)
        topics.publish(record for case in cases for record in case.first_decisions())
        topics.wait_drained(worker)
        for number in range(max(len(case.programme.changes) for case in cases)):
            steps = [(case, step) for case in cases if (step := case.step(number)) is not None]
            days.pass_to({case.partition: step for case, step in steps}, topics)
            topics.publish(record for case, step in steps for record in case.records(step))
            topics.wait_drained(worker)
        assert worker.stop() == 0

    differing = {
        case.name: difference for case in cases if (difference := _difference(topics, case))
    }
    assert not differing, json.dumps(differing, indent=1, default=str)


def _cases(folder: Path) -> list[Case]:
    """Return the cases that are programmes; those that must be refused have no findings."""
    programmes = {}
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(RejectedRecordError):
            programme = read_programme(file.read_bytes())
            programmes[file.stem] = programme, run(programme)
    assert len(programmes) > 100, f"expected the cases in {folder}"
    return [
        Case(name, number, programme, outcome)
        for number, (name, (programme, outcome)) in enumerate(programmes.items())
    ]


class _Days:
    """The file in which the worker looks which day it is for each programme."""

    def __init__(self, path: Path, cases: list[Case]) -> None:
        self.path = path
        self._days = {case.partition: case.today for case in cases}
        self._write()

    def pass_to(self, steps: dict[int, Step], topics: Topics) -> None:
        """Let days come, and wait until their ticks are in the logs."""
        later = {p: step.at for p, step in steps.items() if step.at > self._days[p]}
        before = topics.ends("programme-log")
        self._days.update(later)
        self._write()
        wait_until(
            lambda: all(topics.ends("programme-log")[p] > before[p] for p in later),
            f"ticks of {len(later)} programmes",
        )

    def _write(self) -> None:
        text = json.dumps({str(number): str(day) for number, day in self._days.items()})
        draft = self.path.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path)


def _difference(topics: Topics, case: Case) -> dict[str, object]:
    offline = {f.id: f for f in case.offline.findings if f.status.is_open}
    stream = open_findings(topics, case.partition)
    different = {
        key: [repr(_said(offline.get(key))), repr(_said(stream.get(key)))]
        for key in sorted(offline.keys() | stream.keys())
        if _said(offline.get(key)) != _said(stream.get(key))
    }
    return dict(different)


def _said(finding: Finding | None) -> Finding | None:
    """Return what a finding says, without how it came about and what moves with every day.

    In the stream the works and the reference data of the first state come one by one, in an order
    of their own: a finding may have been there, gone and come back by the time all are in.
    """
    if finding is None:
        return None
    fresh = finding.status in (Status.DETECTED, Status.UPDATED)
    return replace(
        finding,
        status=Status.DETECTED if fresh else finding.status,
        revision=1,
        first_seen=date.min,
        last_changed=date.min,
        policy_version="",
        evidence=tuple(fact for fact in finding.evidence if not fact.volatile),
        options=(),
        savings=None,
        answer_by=None,
        answer_overdue=None,
        facts=replace(
            finding.facts,
            as_of=None,
            made_as_of=None,
            realised=tuple(replace(one, as_of=None) for one in finding.facts.realised),
        ),
    )


def _cause() -> Cause:
    return Cause(time=datetime.now(UTC))
