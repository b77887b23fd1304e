"""Which fields of a work each rule reads, and their values in words (model 2, "used by")."""

from __future__ import annotations

import json
from typing import Any

from hub.contracts.json_codec import write
from hub.model.dates import ShiftRoom, Window
from hub.model.geometry import Geometry
from hub.model.intervention import INTERVENTION_FIELDS, Intervention
from hub.rules.rule import Language, Rule, Texts

_UNKNOWN = Texts("onbekend", "unknown")
_MOST_CHARACTERS = 200
_EVERY_RULE = ("plan_owner", "discipline", "firmness", "window", "duration_days", "geometry")


def fields_of(rule: Rule) -> tuple[str, ...]:
    """Return the fields that a rule reads, in the order of the model."""
    return tuple(name for name in INTERVENTION_FIELDS if name in (*_EVERY_RULE, *rule.reads))


def field_in_words(work: Intervention, name: str, language: Language) -> str:
    """Return the value of a field as a person reads it, in one line."""
    value = getattr(work, name)
    match value:
        case None:
            return _UNKNOWN.in_language(language)
        case Window():
            return f"{value.start} – {value.end}"
        case ShiftRoom():
            unknown = _UNKNOWN.in_language(language)
            return f"{value.earliest_start or unknown} – {value.latest_end or unknown}"
        case Geometry():
            return _place(value)
    if name == "cost_cents":
        return euros(value, language)
    return value_in_words(write(value), language)


def value_in_words(value: Any, language: Language) -> str:
    """Return a JSON value in one bounded line."""
    text = _written(value, language)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def euros(cents: int, language: Language) -> str:
    """Return an amount as people write it."""
    text = f"{cents / 100:,.2f}"
    if language is Language.NL:
        text = text.translate(str.maketrans(",.", ".,"))
    return f"€ {text}"


def _place(geometry: Geometry) -> str:
    positions = list(geometry.positions())
    xs, ys = [x for x, _ in positions], [y for _, y in positions]
    return f"{geometry.type} x {min(xs):.0f}–{max(xs):.0f}, y {min(ys):.0f}–{max(ys):.0f} (RD)"


def _written(value: Any, language: Language) -> str:
    if isinstance(value, bool):
        yes, no = ("ja", "nee") if language is Language.NL else ("yes", "no")
        return yes if value else no
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
