"""A case told record by record, as a stream tells it, ends where `hub check` ends.

`hub check` takes in the first state at once; in a stream works arrive one after another, in an
order of its own. A day comes before what happens on it in both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from hub.check.offline import run
from hub.check.programme_file import Programme, Step, read_programme
from hub.engine.detect import Detect
from hub.engine.register import Register
from hub.model.change import PlanChange
from hub.model.finding import Finding
from hub.model.programme import LogEntry
from tests.cases.case_files import OWN, SHARED_CASES, Case, cases_in

CASES = [case for case in (*cases_in(OWN), *cases_in(SHARED_CASES)) if "refused" not in case.expect]


def test_there_are_cases_to_tell() -> None:
    assert len(CASES) > 300


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.parent.name}-{case.name}")
def test_a_case_told_record_by_record_ends_where_hub_check_ends(case: Case) -> None:
    programme = read_programme(case.path.read_bytes())
    detect = Detect()
    for entry in _told(programme, random.Random(case.name)):
        detect.apply(entry)
    assert _open(detect.findings.values()) == _open(run(programme).findings)


def _told(programme: Programme, rng: random.Random) -> Iterator[LogEntry]:
    """Yield the log of a programme whose works arrive in any order."""
    register, today = Register(), programme.reference_date
    yield from register.tick(today).log
    for item in programme.reference_items:
        yield from register.apply_reference(item, at=today).log
    for work in rng.sample(programme.interventions, len(programme.interventions)):
        yield from register.apply_change(PlanChange(at=today, intervention=work)).log
    for decision in programme.decisions:
        yield from register.apply_decision(decision).log
    for step in programme.changes:
        yield from register.tick(step.at).log
        yield from _step(register, step)


def _step(register: Register, step: Step) -> tuple[LogEntry, ...]:
    if step.change is not None:
        return register.apply_change(step.change).log
    if step.decision is not None:
        return register.apply_decision(step.decision).log
    if step.reference_item is not None:
        return register.apply_reference(step.reference_item, at=step.at).log
    return ()


def _open(findings: Any) -> dict[str, object]:
    """Return what the open findings say, without how they came about."""
    return {finding.id: _said(finding) for finding in findings if finding.status.is_open}


def _said(finding: Finding) -> object:
    lasting = tuple(fact for fact in finding.evidence if not fact.volatile)
    return (
        *(finding.certainty, finding.severity, finding.parties, finding.must_act),
        *(finding.area, finding.goal, finding.classification, finding.addressee, lasting),
    )
