"""The life of a finding: what follows from what it was and what is found now (rules 2).

Pure functions from a record and a new content to the next record; None where nothing changes.

Decision. A record must stay true in what nobody may read wrongly: who may see it, which work is
asked to move and by which criterion, and the area of its goal. When one of these changes and
nothing that is material does, the record is written again with the next revision and keeps its
status: nobody has to assess anything anew, and a chance that was declined does not come back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from hub.model.decision import Decision
from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    FindingKind,
    MustAct,
    ResolutionCause,
    Severity,
    Status,
)
from hub.model.vocabulary import Classification, DecisionKind

Told = tuple[MustAct, str | None, Classification]
"""Who must act and why, the area, and who may see it: what no open record may say wrongly."""

Material = tuple[Certainty, Severity, tuple[str, ...], str | None, tuple[Evidence, ...]]


def material(
    certainty: Certainty,
    severity: Severity,
    *,
    parties: tuple[str, ...],
    must_act: MustAct,
    evidence: Iterable[Evidence],
) -> Material:
    """Return the part of a content whose change is news (rules 2.1).

    A measured fact counts with its unit and threshold: measured against another limit it is another
    fact.
    """
    lasting = tuple(item for item in evidence if not item.volatile)
    return certainty, severity, parties, must_act.organisation, lasting


def material_of(finding: Finding) -> Material:
    """Return the material content of a record."""
    return material(
        finding.certainty,
        finding.severity,
        parties=finding.parties,
        must_act=finding.must_act,
        evidence=finding.evidence,
    )


def material_text(content: Material) -> str:
    """Return material content as text that is equal exactly when the content is."""
    certainty, severity, parties, organisation, evidence = content
    facts = [
        [item.name, _plain(item.value), item.unit, _plain(item.threshold)] for item in evidence
    ]
    return json.dumps(
        [certainty.value, severity.value, list(parties), organisation, facts],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _plain(value: Any) -> Any:
    """Return a value as any codec brings it back: whole numbers as integers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple) else value


def told_by(finding: Finding) -> Told:
    """Return what a record tells besides its material content that has to stay true."""
    return finding.must_act, finding.area, finding.classification


def status_when_found(
    record: Finding | None, content: Material, told: Told | None = None
) -> Status | None:
    """Return the status a finding that holds goes to, None when its record stays as it is.

    `told` is what the record would tell now; a record that tells it wrongly is written again.
    """
    if record is None:
        return Status.DETECTED
    if record.status is Status.RESOLVED:
        declined = record.facts.declined_material
        is_declined = record.cause is ResolutionCause.DECLINED
        return None if is_declined and declined == material_text(content) else Status.DETECTED
    if material_of(record) == content:
        return None if told is None or told == told_by(record) else record.status
    if record.status in (Status.ACKNOWLEDGED, Status.TO_BE_REASSESSED):
        return Status.TO_BE_REASSESSED
    return Status.UPDATED


def resolved(record: Finding, cause: ResolutionCause, today: date) -> Finding:
    """Return the record of a finding that no longer holds; there is nothing left to choose."""
    return replace(
        record,
        status=Status.RESOLVED,
        cause=cause,
        revision=record.revision + 1,
        last_changed=today,
        options=(),
        answer_overdue=None if record.answer_overdue is None else False,
    )


def decided(
    record: Finding, decision: Decision, today: date, *, is_lasting: bool = False
) -> Finding | None:
    """Return what an answer makes of an open finding, None when it stays as it is.

    To decline what lasts, the record of something that happened, is to acknowledge it.
    """
    facts = replace(record.facts, ever_answered=True)
    is_chance = record.kind is FindingKind.OPPORTUNITY and not is_lasting
    if decision.kind is DecisionKind.DECLINE and is_chance:
        declined = material_text(material_of(record))
        facts = replace(record.facts, declined_material=declined)
        return replace(resolved(record, ResolutionCause.DECLINED, today), facts=facts)
    if record.status is Status.ACKNOWLEDGED:
        return None
    return replace(
        record,
        status=Status.ACKNOWLEDGED,
        revision=record.revision + 1,
        last_changed=today,
        facts=facts,
        answer_overdue=None if record.answer_overdue is None else False,
    )
