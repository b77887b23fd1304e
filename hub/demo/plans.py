"""What the organisations of the town plan, before each writes it down in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from hub.demo.months import Period
from hub.demo.town import Point, Stretch, Town
from hub.model.vocabulary import DecisionLevel, Firmness, MoratoriumEffect

Surface = Literal["paving", "asphalt"]
Traffic = Literal["none", "partial", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision that a work still needs, or has had."""

    level: DecisionLevel
    taken: bool = False
    submitted_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """One work as its owner sees it. Without a shape it has not been drawn yet."""

    key: str
    title: str
    street: str
    shape: tuple[Point, ...] | None
    firmness: Firmness
    period: Period | None
    earliest: date | None = None
    latest: date | None = None
    opens: bool | None = True
    renews: bool = False
    surface: Surface = "paving"
    traffic: Traffic = "partial"
    cost_euro: int = 0
    decision: Decision | None = None
    participation_until: date | None = None
    rides_with: str | None = None
    waits_for: str | None = None
    wait_days: int = 0
    new_connection: bool = False
    registered_on: date
    updated_on: date

    @property
    def is_area(self) -> bool:
        """Tell whether the shape is a closed ring instead of a line."""
        return self.shape is not None and self.shape[0] == self.shape[-1]


@dataclass(frozen=True, slots=True)
class Moratorium:
    """A street that must stay closed for a while (*graafrust*)."""

    id: str
    stretch: Stretch
    start: date
    end: date
    effect: MoratoriumEffect


@dataclass(frozen=True, slots=True)
class Phases:
    """A redesign of one street, in phases that follow each other."""

    key: str
    title: str
    works: tuple[PlannedWork, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """Everything planned in the town on a day."""

    town: Town
    day: date
    sewer: tuple[PlannedWork, ...]
    heat: tuple[PlannedWork, ...]
    power: tuple[PlannedWork, ...]
    redesigns: tuple[Phases, ...]
    moratoria: tuple[Moratorium, ...]

    @property
    def works(self) -> tuple[PlannedWork, ...]:
        """Return the works of all owners."""
        phases = tuple(work for redesign in self.redesigns for work in redesign.works)
        return (*self.sewer, *self.heat, *self.power, *phases)
