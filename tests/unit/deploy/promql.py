"""What a PromQL expression asks for: names, matchers and the labels it groups by.

Not a parser: enough to hold rules, dashboards and the runbook against the table of metrics.
promtool checks the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hub.metrics import CLOSED_LABELS, TABLE, MetricType

PROMETHEUS = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"
SCRAPED = {"job", "instance"}
"""Labels that Prometheus adds to what it scrapes."""
OTHERS = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate", "severity"})}
"""Series of Prometheus itself, with their labels."""

_SELECTOR = re.compile(r"\b(hub[_:][A-Za-z0-9_:]+|up|ALERTS)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*,?')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SUFFIXES = {MetricType.HISTOGRAM: ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, slots=True)
class Rule:
    """One recording or alerting rule."""

    name: str
    expr: str
    annotations: Mapping[str, str]
    labels: Mapping[str, str]


def rules(file: str, kind: str) -> list[Rule]:
    """Return the rules of a file, of the kind `alert` or `record`."""
    groups = yaml.safe_load((PROMETHEUS / file).read_text(encoding="utf-8"))["groups"]
    return [
        Rule(rule[kind], rule["expr"], rule.get("annotations", {}), rule.get("labels", {}))
        for group in groups
        for rule in group["rules"]
    ]


def known_series() -> dict[str, frozenset[str]]:
    """Return every series that can be asked for, with its labels."""
    known = dict(OTHERS)
    for metric in TABLE:
        labels = frozenset(metric.labels)
        known[metric.name] = labels
        for suffix in _SUFFIXES.get(metric.type, ()):
            known[metric.name + suffix] = labels | ({"le"} if suffix == "_bucket" else frozenset())
    for rule in rules("recording.yml", "record"):
        grouped = re.match(r"(?:sum|max) by \(([\w, ]+)\)", rule.expr)
        bare = rule.expr.startswith(("sum(", "histogram_quantile("))
        inner = frozenset().union(*(known[name] for name, _ in selectors(rule.expr)))
        by = frozenset(re.split(r"[\s,]+", grouped[1])) if grouped else inner
        known[rule.name] = frozenset() if bare else by
    return known


def selectors(expr: str) -> Iterator[tuple[str, str]]:
    """Yield every series that an expression names, with the text of its matchers."""
    without_templates = re.sub(r"\{\{.*?\}\}", "", expr)
    for found in _SELECTOR.finditer(without_templates):
        yield found[1], found[2] or ""


def problems(expr: str, known: Mapping[str, frozenset[str]], *, shown: str = "") -> list[str]:
    """Return what an expression asks for that does not exist; `shown` is a text with {{label}}."""
    told: list[str] = []
    labels = set(SCRAPED)
    for name, matchers in selectors(expr):
        if name not in known:
            told.append(f"{name} is no metric")
            continue
        labels |= known[name]
        told += _matcher_problems(name, matchers, known[name] | SCRAPED)
    used = {word for group in _GROUPING.findall(expr) for word in re.findall(r"\w+", group)}
    used |= set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    return told + [f"{label} is a label of none of its metrics" for label in sorted(used - labels)]


def _matcher_problems(name: str, matchers: str, labels: frozenset[str]) -> Iterator[str]:
    rest = matchers
    while found := _MATCHER.match(rest):
        rest = rest[found.end() :]
        label, operator, value = found.groups()
        if label not in labels:
            yield f"{name} has no label {label}"
        elif operator == "=" and label in CLOSED_LABELS and value not in CLOSED_LABELS[label]:
            yield f"{name}: {label} is never {value}"
    if rest.strip():
        yield f"{name}: {matchers} cannot be read"


def dashboard_panels(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield title, expression and legend of every query of a dashboard."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]
