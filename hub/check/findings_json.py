"""`hub check --format json`: findings as one JSON object, the same bytes for the same input."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hub.check.intake import Intake
from hub.check.offline import Outcome, StepResult
from hub.contracts.json_codec import write
from hub.errors import Refusal
from hub.model.bundle import Bundle
from hub.model.dates import iso
from hub.model.finding import Evidence, Finding, FindingKind, Option

FORMAT = "findings/1"


def render(intake: Intake, outcome: Outcome | None) -> str:
    """Return the report of a run; without an outcome only what was refused is told."""
    report: dict[str, Any] = {"format": FORMAT}
    if outcome is not None:
        report |= {
            "reference_date": outcome.reference_date.isoformat(),
            "findings": [finding_json(finding) for finding in outcome.findings],
            "steps": [_step_json(step) for step in outcome.steps],
            "bundles": [bundle_json(bundle) for bundle in outcome.bundles],
            "incomplete": [write(item) for item in outcome.incomplete],
        }
    else:
        report |= {
            "reference_date": intake.programme.reference_date.isoformat(),
            "findings": [],
            "steps": [],
            "bundles": [],
            "incomplete": [],
        }
    report["refused"] = [_refusal_json(refusal) for refusal in intake.refused]
    report["summary"] = summary(intake, outcome)
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def summary(intake: Intake, outcome: Outcome | None) -> dict[str, Any]:
    """Return the counts of a run; findings are counted while they are open."""
    still_open = [f for f in outcome.findings if f.status.is_open] if outcome else []
    return {
        "read": intake.read,
        "complete": outcome.complete if outcome else 0,
        "incomplete": len(outcome.incomplete) if outcome else 0,
        "refused": len(intake.refused),
        "findings_by_rule": _counts([finding.rule for finding in still_open]),
        "findings_by_severity": _counts([finding.severity.value for finding in still_open]),
        "resolved": len(outcome.findings) - len(still_open) if outcome else 0,
        "decisions_without_finding": outcome.decisions_without_finding if outcome else 0,
    }


def _counts(words: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding as model 10.1 and 10.2 write it."""
    return {
        "id": finding.id,
        "kind": finding.kind.value,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "policy_version": finding.policy_version,
        "certainty": finding.certainty.value,
        "severity": finding.severity.value,
        "parties": list(finding.parties),
        "area": finding.area,
        "goal": finding.goal,
        "evidence": [_evidence_json(evidence) for evidence in finding.evidence],
        "must_act": {
            "organisation": finding.must_act.organisation,
            "intervention": finding.must_act.intervention,
            "reason": finding.must_act.reason,
        },
        "options": [_option_json(option) for option in finding.options],
        **_extras(finding),
        "status": finding.status.value,
        "revision": finding.revision,
        "first_seen": finding.first_seen.isoformat(),
        "last_changed": finding.last_changed.isoformat(),
        "cause": None if finding.cause is None else finding.cause.value,
        "classification": finding.classification.value,
    }


def _extras(finding: Finding) -> dict[str, Any]:
    if finding.kind is FindingKind.OPPORTUNITY:
        saved = finding.savings
        return {
            "savings": {
                "area_m2": saved.area_m2 if saved else None,
                "amount_cents": saved.amount_cents if saved else None,
                "nuisance_days": saved.nuisance_days if saved else None,
            },
            "moves": dict(sorted((finding.moves or {}).items())),
        }
    if finding.kind is FindingKind.FEEDBACK:
        return {
            "addressee": finding.addressee,
            "answer_by": finding.answer_by.isoformat() if finding.answer_by else None,
            "possible_answers": [answer.value for answer in finding.possible_answers],
            "answer_overdue": bool(finding.answer_overdue),
        }
    return {}


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    value = list(evidence.value) if isinstance(evidence.value, tuple) else evidence.value
    result: dict[str, Any] = {"name": evidence.name, "value": value}
    if evidence.unit is not None:
        result["unit"] = evidence.unit
    if evidence.threshold is not None:
        result["threshold"] = evidence.threshold
    if evidence.volatile:
        result["volatile"] = True
    return result


def _option_json(option: Option) -> dict[str, Any]:
    return {
        "action": option.action,
        "intervention": option.intervention,
        "days": option.days,
        "feasible": option.feasible.value,
        "closes": list(option.closes),
        "opens": list(option.opens),
    }


def bundle_json(bundle: Bundle) -> dict[str, Any]:
    """Return one bundle as model 10.5 writes it."""
    window = bundle.window
    return {
        "id": bundle.id,
        "anchor": bundle.anchor,
        "members": list(bundle.members),
        "riders": list(bundle.riders),
        "score": bundle.score,
        "score_max": bundle.score_max,
        "parts": dict(bundle.parts),
        "unknown_parts": list(bundle.unknown_parts),
        "window": None if window is None else {"start": iso(window[0]), "end": iso(window[1])},
    }


def _step_json(step: StepResult) -> dict[str, Any]:
    return {
        "step": step.step,
        "reference_date": step.reference_date.isoformat(),
        "changes": [
            {
                "id": finding.id,
                "status": finding.status.value,
                "revision": finding.revision,
                "cause": None if finding.cause is None else finding.cause.value,
            }
            for finding in step.changed
        ],
    }


def _refusal_json(refusal: Refusal) -> dict[str, str]:
    return {
        "file": refusal.file,
        "path": refusal.path,
        "came": refusal.came,
        "expected": refusal.expected,
    }
