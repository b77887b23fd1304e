"""Where a mapping can write to: the fields of an intervention, taken from the model itself.

The tree is derived from the dataclasses of `hub.model`, so a new field of the model can be mapped
without a change here.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Any

from hub.model.dates import PlanDate
from hub.model.intervention import Intervention
from hub.model.vocabulary import Nobody


class Kind(StrEnum):
    """What a single value of the model is."""

    TEXT = "text"
    TRUTH = "truth"
    NUMBER = "number"
    WHOLE = "whole"
    DAY = "day"
    PLAN_DATE = "plan_date"
    CHOICE = "choice"
    TEXTS = "texts"


class Quantity(StrEnum):
    """What a number counts, as the suffix of its name says."""

    CENTS = "cents"
    DAYS = "days"
    METRES = "m"
    PLAIN = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value: its kind, the words it may have, whether *nobody* is one of them."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    nobody: bool = False
    required: bool = False
    limits: tuple[Any, ...] = ()

    @property
    def quantity(self) -> Quantity:
        """Return what a number counts."""
        suffix = self.name.rpartition("_")[2]
        return Quantity(suffix) if suffix in ("cents", "days", "m") else Quantity.PLAIN

    @property
    def is_end(self) -> bool:
        """Tell whether a plan date is the end of something."""
        return self.kind is Kind.PLAN_DATE and self.name.endswith("end")


@dataclass(frozen=True, slots=True)
class Group:
    """An object of the model: its fields, and whether one cell can hold it as a period."""

    fields: Mapping[str, Leaf | Group | Rows]
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of objects of the model."""

    item: Group


Target = Leaf | Group | Rows

NOT_MAPPED = frozenset({"geometry"})
"""Fields that have a section of their own in the mapping."""

_KINDS: dict[Any, Kind] = {
    str: Kind.TEXT,
    bool: Kind.TRUTH,
    int: Kind.WHOLE,
    Decimal: Kind.NUMBER,
    date: Kind.DAY,
    PlanDate: Kind.PLAN_DATE,
}


@cache
def intervention_targets() -> Group:
    """Return the tree of everything a mapping can write to."""
    return _group(Intervention)


def _group(cls: type) -> Group:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields: dict[str, Target] = {}
    for item in dataclasses.fields(cls):
        if item.name in NOT_MAPPED:
            continue
        required = (
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        )
        fields[item.name] = _target(item.name, hints[item.name], required=required)
    dates = [name for name, target in fields.items() if _is_plan_date(target)]
    whole = len(dates) == len(fields) == 2
    return Group(fields, dates[0], dates[1]) if whole else Group(fields)


def _target(name: str, annotation: Any, *, required: bool) -> Target:
    nobody = False
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        nobody = Nobody in members
        (annotation,) = [m for m in members if m not in (Nobody, type(None))]
    limits: tuple[Any, ...] = ()
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, *given = typing.get_args(annotation)
        limits = tuple(given)
    if typing.get_origin(annotation) is tuple:
        item = typing.get_args(annotation)[0]
        if dataclasses.is_dataclass(item):
            return Rows(_group(typing.cast(type, item)))
        return Leaf(name, Kind.TEXTS, required=required)
    if annotation in _KINDS:
        return Leaf(name, _KINDS[annotation], nobody=nobody, required=required, limits=limits)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        choices = tuple(str(member.value) for member in annotation)
        return Leaf(name, Kind.CHOICE, choices, nobody=nobody, required=required)
    return _group(typing.cast(type, annotation))


def _is_plan_date(target: Target) -> bool:
    return isinstance(target, Leaf) and target.kind is Kind.PLAN_DATE
