"""The installed rules, found by looking into this package."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import hub.rules
from hub.model.finding import Finding
from hub.rules.rule import Language, Rule
from hub.rules.wording import asked, certainty_note, choices

_RULE_MODULE = re.compile(r"[cof]\d\d_[a-z0-9_]+")


@lru_cache(maxsize=1)
def installed() -> Mapping[str, Rule]:
    """Return all installed rules by id, in the order of their ids."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(hub.rules.__path__)
        if _RULE_MODULE.fullmatch(module.name)
    )
    rules: dict[str, Rule] = {}
    for name in names:
        rule: Rule = importlib.import_module(f"hub.rules.{name}").RULE
        assert name.startswith(f"{rule.id.lower()}_"), f"{name} holds rule {rule.id}"
        assert rule.id not in rules, f"{rule.id} is there twice"
        rules[rule.id] = rule
    return MappingProxyType(rules)


def explain(
    finding: Finding,
    *,
    language: Language = Language.NL,
    name: Callable[[str], str] = lambda work: work,
) -> str:
    """Return what a finding means: what is the matter, who is asked, what could be done.

    `name` turns the id of a work into what people call it.
    """
    rule = installed()[finding.rule]
    sentences = (
        rule.explain(finding, language, name),
        certainty_note(finding, language),
        asked(finding, language, name),
        choices(finding, language, name),
    )
    return " ".join(sentence for sentence in sentences if sentence)
