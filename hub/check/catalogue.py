"""`hub rules`: the catalogue of installed rules as text."""

from __future__ import annotations

from hub.errors import ConfigurationError
from hub.model.policy import THRESHOLDS
from hub.rules import installed
from hub.rules.rule import Language


def list_rules(lang: str) -> str:
    """Return one line per installed rule."""
    language = Language(lang)
    return "\n".join(
        f"{rule.id}  v{rule.version}  {rule.title.in_language(language)}"
        for rule in installed().values()
    )


def show_rule(rule_id: str, lang: str) -> str:
    """Return what one rule is for and the thresholds it uses.

    :raises ConfigurationError: if no such rule is installed
    """
    language = Language(lang)
    rule = installed().get(rule_id.upper())
    if rule is None:
        known = ", ".join(installed())
        raise ConfigurationError(f"rules show: came '{rule_id}'; expected one of {known}")
    lines = [
        f"{rule.id} — {rule.title.in_language(language)} (version {rule.version}, {rule.kind})",
        rule.purpose.in_language(language),
    ]
    for name in rule.thresholds:
        threshold = THRESHOLDS[name]
        lines.append(f"  {name} = {threshold.default} ({threshold.source})")
    return "\n".join(lines)
