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

from .lifecycle import Oracle, Record
from .world import World, iso

NOT_OF_THE_ORACLE = ("options",)
"""What a case may say and the oracle does not: what may be done."""


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
        log: list[LogEntry] = []
        if step.at > today:  # the day comes first, as a step of its own (architecture, Time)
            today = step.at
            oracle.apply(LogEntry(today, Tick(today)))
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
    return [_finding(record, oracle.world.today) for _, record in sorted(oracle.records.items())]


def _finding(record: Record, today: int) -> dict[str, Any]:
    is_live = record.open and record.seen.rule != "O04"
    seen = record.now if is_live else record.seen
    delivered = record.now_delivered if is_live else record.delivered
    return {
        "id": seen.id,
        "rule": seen.rule,
        "certainty": seen.certainty,
        "severity": seen.severity,
        "parties": list(seen.parties),
        "area": seen.area,
        "goal": seen.goal,
        "status": record.status,
        "revision": record.revision,
        "first_seen": iso(record.first_seen),
        "cause": record.cause,
        "must_act": {
            "organisation": seen.organisation,
            "intervention": seen.intervention,
            "reason": seen.reason,
        },
        "evidence": [
            {"name": name, "value": list(value) if isinstance(value, tuple) else value}
            for name, value in seen.evidence.items()
        ],
        "savings": {
            "area_m2": seen.savings[0],
            "amount_cents": seen.savings[1],
            "nuisance_days": seen.nuisance_days,
        },
        "moves": seen.moves if seen.rule == "O01" else {},
        "classification": delivered.classification.value,
        "policy_version": delivered.policy_version,
        "last_changed": iso(record.last_changed),
        "addressee": delivered.addressee,
        "answer_by": iso(delivered.answer_by) if delivered.answer_by else None,
        "possible_answers": list(delivered.possible_answers),
        "answer_overdue": record.overdue(today, delivered),
    }


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
