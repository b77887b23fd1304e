"""`hub rules`: the catalogue of installed rules as text, and as the page `docs/rules.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.errors import ConfigurationError
from hub.model.policy import THRESHOLDS
from hub.rules import installed
from hub.rules.rule import Language, Rule


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


def rules_page() -> str:
    """Return the documentation page of all installed rules, in Markdown."""
    rules = installed().values()
    lines = [
        "# The rules",
        "",
        "Made by `hub rules doc` from the rule modules (`hub/rules`, one file per rule); a test",
        "fails when it is stale. What a rule looks at exactly stands in its file; what one finding",
        "followed from is told by `hub explain FINDING`. Thresholds are set per municipality by",
        "policy (`hub reference publish`); the names below are those of a policy's `values`.",
        "",
        "| rule | kind | version | in Dutch | in English |",
        "|---|---|---|---|---|",
        *(
            f"| [{rule.id}](#{_anchor(rule)}) | {rule.kind} | {rule.version} |"
            f" {rule.title.nl} | {rule.title.en} |"
            for rule in rules
        ),
    ]
    for rule in rules:
        lines += _section(rule)
    return "\n".join(lines) + "\n"


def _section(rule: Rule) -> Iterator[str]:
    yield ""
    yield f"## {_heading(rule)}"
    yield ""
    yield f"*{rule.title.nl}.* {rule.purpose.nl}"
    yield ""
    yield rule.purpose.en
    yield ""
    yield f"Looks at: {', '.join(rule.scopes)}."
    if rule.thresholds:
        yield ""
        yield "| threshold | default | source |"
        yield "|---|---|---|"
    for name in rule.thresholds:
        threshold = THRESHOLDS[name]
        yield f"| `{name}` | {_default(threshold.default)} | {threshold.source} |"


def _heading(rule: Rule) -> str:
    return f"{rule.id} {rule.title.en}"


def _anchor(rule: Rule) -> str:
    """Return the link target that Markdown readers make of a heading."""
    kept = (char for char in _heading(rule).lower() if char.isalnum() or char in " -")
    return "".join(kept).replace(" ", "-")


def _default(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_default(item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
