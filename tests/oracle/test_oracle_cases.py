"""The oracle itself: it reads the specification as the shared cases do."""

from __future__ import annotations

from typing import Any

import pytest

from hub.check.programme_file import Programme, read_programme
from hub.engine.register import Register
from hub.model.change import PlanChange
from hub.model.programme import LogEntry, Tick
from tests.cases.case_files import OWN, SHARED_CASES, Case, cases_in
from tests.cases.expectations import disagreements
from tests.support.shared import needs_shared

from .lifecycle import Oracle
from .world import World, iso

NOT_OF_THE_ORACLE = (
    *("options", "moves", "savings", "addressee", "answer_by", "classification"),
    *("answer_overdue", "possible_answers", "policy_version", "last_changed"),
)
"""What a case may say and the oracle does not: what may be done, and how it is delivered."""


def reported(programme: Programme) -> dict[str, Any]:
    """Return what the oracle concludes, in the form in which cases are held against reports."""
    register = Register()
    today = programme.reference_date
    oracle = Oracle(World(today.toordinal()))
    entries: list[LogEntry] = []
    for item in programme.reference_items:
        entries += register.apply_reference(item, at=today).log
    for work in programme.interventions:
        entries += register.apply_change(PlanChange(at=today, intervention=work)).log
    oracle.load(entries)
    oracle.evaluate()
    for decision in programme.decisions:
        if log := register.apply_decision(decision).log:
            oracle.apply(*log)
    steps = [_statuses(oracle, 0)]
    for number, step in enumerate(programme.changes, 1):
        log = []
        if step.at > today:
            today = step.at
            log.append(LogEntry(today, Tick(today)))
        if step.change is not None:
            log += register.apply_change(step.change).log
        elif step.decision is not None:
            log += register.apply_decision(step.decision).log
        elif step.reference_item is not None:
            log += register.apply_reference(step.reference_item, at=today).log
        if log:
            oracle.apply(*log)
        steps.append(_statuses(oracle, number))
    return {"findings": _findings(oracle), "steps": steps, "bundles": oracle.bundles()}


def _statuses(oracle: Oracle, number: int) -> dict[str, Any]:
    changes = [{"id": key, "status": one.status} for key, one in sorted(oracle.records.items())]
    return {"step": number, "changes": changes}


def _findings(oracle: Oracle) -> list[dict[str, Any]]:
    return [
        {
            "id": key,
            "rule": record.seen.rule,
            "certainty": record.seen.certainty,
            "severity": record.seen.severity,
            "parties": list(record.seen.parties),
            "area": record.seen.area,
            "goal": record.seen.goal,
            "status": record.status,
            "revision": record.revision,
            "first_seen": iso(record.first_seen),
            "cause": record.cause,
            "must_act": {
                "organisation": record.seen.organisation,
                "intervention": record.seen.intervention,
                "reason": record.seen.reason,
            },
            "evidence": [
                {"name": name, "value": list(value) if isinstance(value, tuple) else value}
                for name, value in record.seen.evidence.items()
            ],
        }
        for key, record in sorted(oracle.records.items())
    ]


def _content(expect: dict[str, Any]) -> dict[str, Any]:
    findings = [
        {name: value for name, value in item.items() if name not in NOT_OF_THE_ORACLE}
        for item in expect.get("findings", ())
    ]
    return {**expect, "findings": findings}


def held_against(case: Case) -> list[str]:
    if "refused" in case.expect:
        return []  # the door refuses it before anything is concluded
    programme = read_programme(case.path.read_bytes())
    return disagreements(_content(case.expect), reported(programme), 0)


@needs_shared
@pytest.mark.parametrize("case", cases_in(SHARED_CASES), ids=lambda case: case.name)
def test_the_oracle_reads_the_specification_as_a_shared_case_does(case: Case) -> None:
    assert held_against(case) == []


@pytest.mark.parametrize("case", cases_in(OWN), ids=lambda case: case.name)
def test_the_oracle_concludes_what_an_own_case_says(case: Case) -> None:
    assert held_against(case) == []
