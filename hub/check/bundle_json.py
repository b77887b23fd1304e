"""`hub bundle --format json`: one bundle as data, along the five questions.

Stable: fields are added, never renamed or taken away, without another format name. What no source
said is null, what is known to be nobody is the text "nobody".
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from hub.check.bundle_facts import BundleFacts, find_bundle
from hub.check.findings_json import bundle_json
from hub.check.scene import Scene
from hub.contracts.json_codec import write
from hub.model.intervention import Governance, Intervention
from hub.model.vocabulary import NOBODY

FORMAT = "bundle/1"


def bundle_report_json(bundle_id: str, scene: Scene, *, where: str) -> str:
    """Return what is known of a bundle as one JSON object.

    :raises ConfigurationError: if there is no such bundle; the message lists those there are
    """
    facts = find_bundle(bundle_id, scene, where=where)
    value = {
        "format": FORMAT,
        "reference_date": scene.reference_date.isoformat(),
        "bundle": bundle_json(facts.bundle),
        "workability_limit": write(facts.policy("workability_limit")),
        "works": [_work(work, facts) for work in facts.works],
        "overview": _overview(facts),
        "steering": {work.id: _steering(work) for work in facts.combined},
        "means": {
            "works": {work.id: _means(work) for work in facts.combined},
            "cost_cents": facts.cost_cents,
            "cost_is_complete": facts.cost_is_complete,
            "approved_cents": facts.approved_cents,
        },
        "goals": {
            work.id: None
            if work.goal_contributions is None
            else [write(part) for part in work.goal_contributions]
            for work in facts.combined
        },
        "could_move": [dataclasses.asdict(move) for move in facts.could_move()],
        "path": [dataclasses.asdict(step) for step in facts.path()],
        "open_findings": [
            {
                "id": finding.id,
                "severity": finding.severity.value,
                "must_act": finding.must_act.organisation,
            }
            for finding in facts.open_findings()
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _work(work: Intervention, facts: BundleFacts) -> dict[str, Any]:
    return {
        "id": work.id,
        "title": work.title,
        "part": facts.part_of(work),
        "plan_owner": work.plan_owner,
        "discipline": None if work.discipline is None else work.discipline.value,
        "firmness": None if work.firmness is None else work.firmness.value,
        "window": None if work.window is None else write(work.window),
    }


def _overview(facts: BundleFacts) -> dict[str, Any]:
    governance = facts.anchor.governance or Governance()
    return {
        "plan_owner": facts.anchor.plan_owner,
        "official_client": _known(governance.official_client),
        "programme_owner": write(facts.policy("programme_owner")),
    }


def _steering(work: Intervention) -> dict[str, Any]:
    governance = work.governance or Governance()
    names = ("political_client", "official_client", "delivery_lead", "portfolios", "support")
    return {name: _known(getattr(governance, name)) for name in names}


def _means(work: Intervention) -> dict[str, Any]:
    governance = work.governance or Governance()
    return {
        "cost_cents": work.cost_cents,
        "mandate_cents": governance.mandate_cents,
        "capacity": _known(governance.capacity),
        "funding": None if work.funding is None else [write(line) for line in work.funding],
    }


def _known(value: Any) -> Any:
    return "nobody" if value is NOBODY else write(value)
