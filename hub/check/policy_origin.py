"""Which threshold values are in force for a finding, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.model.finding import Finding
from hub.model.intervention import Intervention
from hub.model.policy import THRESHOLDS
from hub.model.reference import PolicyConfig, PolicyGoal
from hub.rules import installed
from hub.rules.rule import Rule, Scope, key_of

_OF_NO_MUNICIPALITY = frozenset({Scope.AREA, Scope.PROGRAMME})


@dataclass(frozen=True, slots=True)
class ValueInForce:
    """One threshold value, or one key of it; `config` is None where it is the default."""

    name: str
    value: Any
    config: PolicyConfig | None


def municipality_of(
    finding: Finding, works: Mapping[str, Intervention], goals: Mapping[str, PolicyGoal]
) -> str | None:
    """Return whose policy a finding is judged by; None is what holds everywhere (model 9)."""
    rule = installed()[finding.rule]
    if _names_everywhere(rule):
        return None
    if finding.goal is not None and finding.goal in goals:
        return goals[finding.goal].municipality
    of_bundle = Scope.BUNDLE in rule.scopes
    first = key_of(finding.id)[0] if of_bundle else next(iter(finding.parties), None)
    work = None if first is None else works.get(first)
    return None if work is None else work.municipality


def _names_everywhere(rule: Rule) -> bool:
    """Tell whether a rule about a place, the programme or many works names what holds everywhere.

    O03 takes values per work of its own municipality, and names the policy that holds everywhere.
    """
    return bool(_OF_NO_MUNICIPALITY.intersection(rule.scopes)) or rule.id == "O03"


def values_in_force(
    names: Iterable[str],
    *,
    configs: Iterable[PolicyConfig],
    on: date,
    municipality: str | None,
) -> Iterator[ValueInForce]:
    """Yield the values of thresholds on a day; later configs win, municipal ones over all.

    An object threshold is yielded per key: each key may come from another config.
    """
    valid = [config for config in configs if _is_valid(config, on)]
    layers = [config for config in valid if config.municipality == "*"]
    if municipality is not None:
        layers += [config for config in valid if config.municipality == municipality]
    for name in names:
        default = THRESHOLDS[name].default
        if not isinstance(default, Mapping):
            setting = [config for config in layers if name in config.values]
            last = setting[-1] if setting else None
            yield ValueInForce(name, default if last is None else last.values[name], last)
            continue
        for key, value in default.items():
            setting = [config for config in layers if key in config.values.get(name, {})]
            last = setting[-1] if setting else None
            yield ValueInForce(
                f"{name}.{key}", value if last is None else last.values[name][key], last
            )


def _is_valid(config: PolicyConfig, day: date) -> bool:
    return (config.valid_from is None or config.valid_from <= day) and (
        config.valid_to is None or day < config.valid_to
    )
