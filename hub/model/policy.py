"""The thresholds of the rules: name, default, form and source, and which values are in force.

One table, because several rules share a threshold and a policy file may name any of them; a rule
module lists the names it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.model.problems import Problem
from hub.model.vocabulary import Discipline, Exemption, Firmness, SurfaceType, WorkType

if TYPE_CHECKING:
    from hub.model.reference import PolicyConfig

_ID = re.compile(r"[A-Za-z0-9._:/-]{1,120}")


@dataclass(frozen=True, slots=True)
class Form:
    """How a threshold value must be written: a check and the words for it in an error."""

    expected: str
    kind: str  # days, years, metres, cents, count, points, share, flag, list, table, organisation
    keys: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Threshold:
    """One named threshold."""

    name: str
    default: Any
    form: Form
    source: str


_DAYS = Form("a whole number of days, 0 or more", "days")
_YEARS = Form("a whole number of years, 0 to 500", "years")
_METRES = Form("a number of metres, 0 or more", "metres")
_COUNT = Form("a whole number, 0 or more", "count")
_POINTS = Form("a number of points, 0 or more", "points")
_SHARE = Form("a number from 0 to 1", "share")
_FLAG = Form("true or false", "flag")
_SURFACES = frozenset(SurfaceType)
_SURFACE_YEARS = Form(
    "an object of whole years per surface type (asphalt, concrete, paving, green, other)",
    "years",
    keys=_SURFACES,
)
_SURFACE_CENTS = Form(
    "an object of whole cents per surface type (asphalt, concrete, paving, green, other)",
    "cents",
    keys=_SURFACES,
)


def _list_of(words: Iterable[str], what: str) -> Form:
    members = frozenset(words)
    return Form(f"a list of {what}: {', '.join(sorted(members))}", "list", members=members)


_FIELDS = frozenset(
    {
        *("title", "municipality", "work_type", "role", "window", "duration_days", "shift_room"),
        *("geometry", "opens_surface", "renews_surface", "surface_type", "traffic_impact"),
        *("below_ground_width_m", "cost_cents", "funding", "required_decisions", "participation"),
        *("governance", "goal_contributions", "approach_adapted", "classification"),
        *("project_number", "source"),
    }
)
_LIVE = [firmness for firmness in Firmness if firmness.is_live]
_REQUIRED = Form(
    "an object of field lists per firmness (indicative, draft, adopted, committed, in_execution)",
    "fields",
    keys=frozenset(_LIVE),
    members=_FIELDS,
)

_ASSUMPTION = "assumption"
THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        name: Threshold(name, default, form, source)
        for name, default, form, source in (
            ("buffer_important_m", Decimal(10), _METRES, "GIPOD"),
            ("buffer_other_m", Decimal(5), _METRES, "GIPOD"),
            ("coupling_distance_m", Decimal(10), _METRES, _ASSUMPTION),
            ("coupling_years", 5, _YEARS, "San Francisco; assumption for NL"),
            (
                "moratorium_years",
                {"asphalt": 5, "concrete": 7, "paving": 3, "green": 1, "other": 3},
                _SURFACE_YEARS,
                "Japan (asphalt, concrete); rest assumption",
            ),
            (
                "moratorium_exemptions",
                ("emergency", "unforeseeable", "new_connection"),
                _list_of(Exemption, "exemptions"),
                "New York, Merton",
            ),
            ("sequence_heavy_days", 30, _DAYS, _ASSUMPTION),
            ("preparation_days", 90, _DAYS, "assumption (tender and notice)"),
            ("participation_max_days", 365, _DAYS, _ASSUMPTION),
            ("lead_days_executive", 28, _DAYS, _ASSUMPTION),
            ("lead_days_council", 56, _DAYS, "assumption (6-10 weeks for the council)"),
            ("lead_days_own", 28, _DAYS, _ASSUMPTION),
            ("funding_horizon_days", 730, _DAYS, _ASSUMPTION),
            ("funding_heavy_days", 365, _DAYS, _ASSUMPTION),
            ("funding_gap_min_share", Decimal("0.05"), _SHARE, _ASSUMPTION),
            ("governance_horizon_days", 1095, _DAYS, _ASSUMPTION),
            ("governance_heavy_gaps", 3, _COUNT, _ASSUMPTION),
            ("workability_limit", Decimal(60), _POINTS, _ASSUMPTION),
            ("workability_heavy", Decimal(80), _POINTS, _ASSUMPTION),
            ("workability_min_riders", 2, _COUNT, _ASSUMPTION),
            ("workability_hysteresis", Decimal(5), _POINTS, "design of the detector"),
            ("hysteresis_m", Decimal(2), _METRES, "design of the detector"),
            ("hysteresis_days", 7, _DAYS, "design of the detector"),
            ("repeat_openings_years", 5, _YEARS, _ASSUMPTION),
            ("repeat_openings_limit", 3, _COUNT, _ASSUMPTION),
            ("nuisance_period_days", 365, _DAYS, _ASSUMPTION),
            ("nuisance_days_limit", 180, _DAYS, _ASSUMPTION),
            ("min_network_width_m", Decimal("0.5"), _METRES, _ASSUMPTION),
            ("partner_horizon_days", 1095, _DAYS, _ASSUMPTION),
            ("partner_answer_days", 45, _DAYS, "GIPOD second deadline"),
            (
                "sensitive_work_types",
                ("ground_raising",),
                _list_of(WorkType, "work types"),
                "essay",
            ),
            ("vulnerable_share_limit", Decimal("0.25"), _SHARE, _ASSUMPTION),
            (
                "required_fields",
                {
                    "indicative": (),
                    "draft": ("window",),
                    "adopted": ("window", "geometry"),
                    "committed": ("window", "geometry"),
                    "in_execution": ("window", "geometry"),
                },
                _REQUIRED,
                _ASSUMPTION,
            ),
            ("stale_days", 365, _DAYS, _ASSUMPTION),
            ("ended_grace_days", 30, _DAYS, _ASSUMPTION),
            ("leading_disciplines", ("sewer",), _list_of(Discipline, "disciplines"), "essay 1.3"),
            (
                "reopening_cost_cents_per_m2",
                {"asphalt": 9000, "concrete": 12000, "paving": 6000, "green": 2500, "other": 6000},
                _SURFACE_CENTS,
                _ASSUMPTION,
            ),
            ("ride_along_min_days", 540, _DAYS, _ASSUMPTION),
            ("goal_horizon_years", 5, _YEARS, _ASSUMPTION),
            ("goal_heavy_shortfall_share", Decimal("0.25"), _SHARE, _ASSUMPTION),
            ("instrument_min_elapsed", Decimal("0.25"), _SHARE, _ASSUMPTION),
            ("instrument_min_ratio", Decimal("0.5"), _SHARE, _ASSUMPTION),
            ("slippage_days", 180, _DAYS, _ASSUMPTION),
            ("slippage_heavy_days", 365, _DAYS, _ASSUMPTION),
            ("missed_limit", 2, _COUNT, _ASSUMPTION),
            ("missed_period_days", 365, _DAYS, _ASSUMPTION),
            ("missed_share", Decimal("0.5"), _SHARE, _ASSUMPTION),
            (
                "programme_owner",
                "programme-board",
                Form("the id of an organisation", "organisation"),
                "assumption; told by F04 and C21, may read all",
            ),
            ("line_half_width_m", Decimal(2), _METRES, "assumption (trench and work strip)"),
            ("min_shared_extent", Decimal("0.25"), _SHARE, _ASSUMPTION),
            ("min_segment_share", Decimal("0.25"), _SHARE, _ASSUMPTION),
            (
                "match_within_owner",
                False,
                _FLAG,
                "assumption: one owner programmes his own strings",
            ),
            ("area_owner_limit", 4, _COUNT, _ASSUMPTION),
            ("area_work_limit", 6, _COUNT, _ASSUMPTION),
            ("answer_days", 45, _DAYS, "GIPOD second deadline"),
            (
                "goal_required_disciplines",
                ("public_space", "greenery"),
                _list_of(Discipline, "disciplines"),
                _ASSUMPTION,
            ),
        )
    }
)


def threshold_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield unknown names and values of the wrong form; paths start at `values`."""
    for name, value in values.items():
        threshold = THRESHOLDS.get(name)
        if threshold is None:
            yield Problem(f"values.{name}", "an unknown threshold", "a name that `hub rules` lists")
            continue
        yield from _value_problems(f"values.{name}", value, threshold.form)


def _value_problems(path: str, value: Any, form: Form) -> Iterator[Problem]:
    if not form.keys:
        if not _fits(value, form):
            yield Problem(path, _came(value), form.expected)
        return
    if not isinstance(value, Mapping):
        yield Problem(path, _came(value), form.expected)
        return
    for key, item in value.items():
        if key not in form.keys:
            yield Problem(f"{path}.{key}", "an unknown key", form.expected)
        elif not _fits(item, form):
            yield Problem(f"{path}.{key}", _came(item), form.expected)


def _fits(value: Any, form: Form) -> bool:
    if form.kind == "flag":
        return isinstance(value, bool)
    if form.kind in ("list", "fields"):
        return isinstance(value, list | tuple) and all(
            isinstance(item, str) and item in form.members for item in value
        )
    if form.kind == "organisation":
        return isinstance(value, str) and _ID.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    whole = form.kind in ("days", "years", "cents", "count")
    upper = {"years": 500, "days": 36_525, "share": 1}.get(form.kind, 10**12)
    return 0 <= value <= upper and not (whole and not isinstance(value, int))


def _came(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value[:60]}'"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else str(value)[:60]


class PolicyValues:
    """The threshold values in force for one municipality on one day, and their versions.

    >>> DEFAULT_VALUES["stale_days"]
    365
    """

    __slots__ = ("_values", "version")

    def __init__(self, values: Mapping[str, Any], version: str) -> None:
        self._values = values
        self.version = version

    def __getitem__(self, name: str) -> Any:
        """Return the value of a threshold; an unknown name is a programming error."""
        return self._values[name]


DEFAULT_VALUES = PolicyValues(
    MappingProxyType({name: threshold.default for name, threshold in THRESHOLDS.items()}), "default"
)


class Policies:
    """All policy configs of a programme, in the order in which they came.

    Built anew when a config is added or the reference date moves; answers are remembered.
    """

    def __init__(self, configs: Iterable[PolicyConfig], reference_date: date) -> None:
        self._valid = [config for config in configs if _is_valid(config, reference_date)]
        self.in_force = lru_cache(maxsize=None)(self._in_force)

    def _in_force(self, municipality: str | None = None) -> PolicyValues:
        """Return the values for a municipality (None: only what holds everywhere)."""
        layers = [config for config in self._valid if config.municipality == "*"]
        if municipality is not None:
            layers += [config for config in self._valid if config.municipality == municipality]
        if not layers:
            return DEFAULT_VALUES
        values: dict[str, Any] = {name: item.default for name, item in THRESHOLDS.items()}
        for config in layers:
            for name, value in config.values.items():
                if isinstance(value, Mapping):
                    values[name] = {**values[name], **value}
                else:
                    values[name] = tuple(value) if isinstance(value, list) else value
        return PolicyValues(MappingProxyType(values), "+".join(config.version for config in layers))


def _is_valid(config: PolicyConfig, day: date) -> bool:
    return (config.valid_from is None or config.valid_from <= day) and (
        config.valid_to is None or day < config.valid_to
    )
