"""Which fields of a work each rule reads, and their values in words (model 2, "used by")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hub.contracts.json_codec import write
from hub.model.dates import ShiftRoom, Window
from hub.model.geometry import Geometry
from hub.model.intervention import INTERVENTION_FIELDS, Intervention
from hub.rules.rule import Language, Texts

_UNKNOWN = Texts("onbekend", "unknown")
_MOST_CHARACTERS = 200
_EVERY_RULE = ("plan_owner", "discipline", "firmness", "window", "duration_days", "geometry")
_MOVER = "C01 C02 C03 C04 C13 C14 C15 O01 O02"
_RULES_OF: Mapping[str, str] = {
    "municipality": "C07 C08 C12 C20 F01 F05 O03",
    "work_type": "C12 C17",
    "role": f"C05 C09 C10 C11 C16 C19 F03 {_MOVER}",
    "shift_room": f"C05 C11 C19 {_MOVER}",
    "baseline_start": "F03",
    "opens_surface": "C01 C02 C03 C11 C13 C15 C16 C21 O01 O02 O03 O04",
    "renews_surface": "C03",
    "surface_type": "C03 O01 O02",
    "traffic_impact": "C01 C14",
    "below_ground_width_m": "C15",
    "exemption": "C02 C03",
    "ride_along_with": "C05 C06 C09 C10 C11 C17 C18 C19 F03 O03",
    "dependencies": "C04 C18",
    "cost_cents": "C08 C10 C11 C20 F05",
    "funding": "C08 C09 C11 C20 F05",
    "required_decisions": "C05 C07 C11",
    "participation": "C05 C06 C11 C17 C18",
    "governance": "C10 C11",
    "goal_contributions": "F01 F02 F03 F05 O03 O04",
    "approach_adapted": "C17",
    "project_number": "C01 C18 O01 O02",
    "source": "C18",
}


def fields_of(rule: str) -> tuple[str, ...]:
    """Return the fields that a rule reads, in the order of the model."""
    return tuple(
        name
        for name in INTERVENTION_FIELDS
        if name in _EVERY_RULE or rule in _RULES_OF.get(name, "").split()
    )


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
