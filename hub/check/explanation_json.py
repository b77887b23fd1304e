"""`hub explain --format json`: everything behind one finding as data, with the text beside it.

Stable: fields are added, never renamed or taken away, without another format name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hub.check.explain import explanation_text
from hub.check.findings_json import finding_json
from hub.check.inputs import fields_of
from hub.check.policy_origin import ValueInForce, municipality_of, values_in_force
from hub.check.scene import Moment, Scene
from hub.contracts.json_codec import write
from hub.model.dates import Span, iso
from hub.model.facets import FacetState
from hub.model.finding import Finding, Option
from hub.model.intervention import Intervention
from hub.model.policy import THRESHOLDS
from hub.model.reference import PolicyConfig, reference_key
from hub.rules import installed
from hub.rules.rule import Language, Rule, Texts, key_of

FORMAT = "explanation/1"


def explanation_json(finding_id: str, scene: Scene, *, where: str) -> str:
    """Return the whole explanation of a finding as one JSON object.

    :raises ConfigurationError: if the finding is nowhere; `where` says what was looked through
    """
    text = {
        language.value: explanation_text(finding_id, scene, language, where=where)
        for language in Language
    }
    finding = scene.findings[finding_id]
    rule = installed()[finding.rule]
    value = {
        "format": FORMAT,
        "reference_date": scene.reference_date.isoformat(),
        "finding": finding_json(finding),
        "rule": _rule(rule, finding),
        "policy": [_value(item) for item in _values(rule, finding, scene)],
        "inputs": [_input(party, finding, scene) for party in finding.parties],
        "reference": list(_reference(finding, scene)),
        "options": [_option(option, scene.works) for option in finding.options],
        "history": [_moment(moment) for moment in _moments(finding, scene)],
        "decisions": [
            write(decision) for decision in scene.decisions if decision.finding == finding.id
        ],
        "text": text,
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _rule(rule: Rule, finding: Finding) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": finding.rule_version,
        "installed_version": rule.version,
        "title": _texts(rule.title),
        "purpose": _texts(rule.purpose),
    }


def _texts(texts: Texts) -> dict[str, str]:
    return {language.value: texts.in_language(language) for language in Language}


def _values(rule: Rule, finding: Finding, scene: Scene) -> Iterator[ValueInForce]:
    return values_in_force(
        rule.thresholds,
        configs=scene.policy,
        on=scene.reference_date,
        municipality=municipality_of(finding, scene.works, scene.goals),
    )


def _value(item: ValueInForce) -> dict[str, Any]:
    config = item.config
    if config is None:
        source = THRESHOLDS[item.name.partition(".")[0]].source
        origin: dict[str, Any] = {"default": source}
    else:
        origin = {
            "policy": config.version,
            "municipality": config.municipality,
            "valid_from": None if config.valid_from is None else config.valid_from.isoformat(),
            "valid_to": None if config.valid_to is None else config.valid_to.isoformat(),
        }
    return {"name": item.name, "value": write(item.value), "origin": origin}


def _input(party: str, finding: Finding, scene: Scene) -> dict[str, Any]:
    """Return what the rule read of one work; nothing but its id where it is not there any more."""
    state = scene.states.get(party)
    if state is None or state.entry is None:
        return {"intervention": party, "revision": None, "span": None, "fields": []}
    work = state.entry.intervention
    known = write(work)
    return {
        "intervention": party,
        "revision": state.entry.revision,
        "span": None if work.span is None else _span(work.span),
        "fields": [
            {"name": name, "value": known.get(name), "given_by": _given_by(state, name)}
            for name in fields_of(installed()[finding.rule])
        ],
    }


def _span(span: Span) -> dict[str, str]:
    return {name: iso(getattr(span, name)) for name in ("s_lo", "s_hi", "e_lo", "e_hi")}


def _given_by(state: FacetState, name: str) -> dict[str, Any] | None:
    """Return the source of a field with its mark; None where the file itself or nobody gave it."""
    assert state.entry is not None
    system = state.entry.provenance.get(name)
    if system is None:
        return None
    facet = state.facet_of(system)
    source = None if facet is None else facet.intervention.source
    updated_on = None if source is None else source.updated_on
    return {
        "system": system,
        "key": None if source is None else source.key,
        "revision": None if source is None else source.revision,
        "updated_on": None if updated_on is None else updated_on.isoformat(),
    }


def _reference(finding: Finding, scene: Scene) -> Iterator[dict[str, Any]]:
    """Yield the reference data that the finding is about, by its area, goal and key."""
    named = {finding.area, finding.goal, *key_of(finding.id)}
    for item in scene.items:
        if not isinstance(item, PolicyConfig) and item.id in named:
            yield {"key": reference_key(item), "item": write(item)}


def _option(option: Option, works: dict[str, Intervention]) -> dict[str, Any]:
    """Return an option with the window that a shift would lead to."""
    work = works.get(option.intervention or "")
    leads_to = None
    if option.action == "shift" and option.days and work is not None and work.span is not None:
        leads_to = _span(work.span.shifted(option.days))
    return {
        "action": option.action,
        "intervention": option.intervention,
        "days": option.days,
        "feasible": option.feasible.value,
        "leads_to": leads_to,
    }


def _moments(finding: Finding, scene: Scene) -> tuple[Moment, ...]:
    return scene.moments.get(finding.id) or (Moment(finding),)


def _moment(moment: Moment) -> dict[str, Any]:
    record = moment.finding
    followed = moment.followed_from
    return {
        "revision": record.revision,
        "on": record.last_changed.isoformat(),
        "status": record.status.value,
        "severity": record.severity.value,
        "certainty": record.certainty.value,
        "cause": None if record.cause is None else record.cause.value,
        "followed_from": None if followed is None else _texts(followed),
    }
