"""Reference data: goals, calendar, moratoria, areas and policy per municipality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.model.geometry import Geometry
from hub.model.problems import Problem, end_not_after_start
from hub.model.text import (
    Id,
    MunicipalityCode,
    MunicipalityOrAll,
    NonNegativeDecimal,
    PositiveDecimal,
    Share,
    Year,
)
from hub.model.vocabulary import (
    AreaKind,
    CalendarKind,
    Discipline,
    Exemption,
    MoratoriumEffect,
    PartnerAnswer,
    WorkType,
)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A policy instrument and what it should bring, in the goal's unit; both years included."""

    id: Id
    title: str | None = None
    expected_amount: NonNegativeDecimal | None = None
    from_year: Year | None = None
    to_year: Year | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the instrument."""
        if (
            self.from_year is not None
            and self.to_year is not None
            and self.to_year < self.from_year
        ):
            yield Problem("to_year", str(self.to_year), f"{self.from_year} or later")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyGoal:
    """A policy goal (*beleidsdoel*), reached at the end of its due year."""

    id: Id
    policy_owner: Id
    title: str | None = None
    policy_field: str | None = None
    target_amount: PositiveDecimal | None = None
    unit: str | None = None
    due_year: Year | None = None
    area: Id | None = None
    municipality: MunicipalityCode | None = None
    rides_on_disciplines: tuple[Discipline, ...] | None = None
    instruments: tuple[Instrument, ...] | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the goal."""
        seen: set[str] = set()
        for index, instrument in enumerate(self.instruments or ()):
            if instrument.id in seen:
                yield Problem(
                    f"instruments[{index}].id", f"'{instrument.id}' twice", "an id used once"
                )
            seen.add(instrument.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """A closed or sensitive period, a meeting or a budget gate.

    A recess (*reces*) is no entry: it is the absence of meetings.
    """

    id: Id
    kind: CalendarKind
    start: date
    end: date | None = None
    repeat_yearly: bool = False
    municipality: MunicipalityCode | None = None
    disciplines: tuple[Discipline, ...] | None = None
    work_types: tuple[WorkType, ...] | None = None
    geometry: Geometry | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the entry."""
        if self.end is None:
            if self.kind.is_period:
                yield Problem("end", "nothing", f"the first free day after a {self.kind}")
            return
        yield from end_not_after_start(
            "end",
            self.start.toordinal(),
            self.end.toordinal(),
            self.start.isoformat(),
            self.end.isoformat(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DigMoratorium:
    """A period in which a street must not be opened (*graafrust*)."""

    id: Id
    geometry: Geometry
    start: date
    end: date
    effect: MoratoriumEffect = MoratoriumEffect.REVIEW
    exempt: tuple[Exemption, ...] = ()
    caused_by: Id | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the moratorium."""
        yield from end_not_after_start(
            "end",
            self.start.toordinal(),
            self.end.toordinal(),
            self.start.isoformat(),
            self.end.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """An organisation with assets in an area, and what it answered."""

    discipline: Discipline
    organisation: Id
    answer: PartnerAnswer | None = None
    asked_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaProfile:
    """What is known of a street segment or neighbourhood."""

    id: Id
    geometry: Geometry
    kind: AreaKind
    vulnerable_share: Share | None = None
    below_ground_free_width_m: NonNegativeDecimal | None = None
    past_openings: tuple[date, ...] | None = None
    known_networks: tuple[KnownNetwork, ...] | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the area."""
        if not self.geometry.type.is_surface:
            yield Problem("geometry", self.geometry.type, "a Polygon or MultiPolygon")
        seen: set[tuple[str, str]] = set()
        for index, network in enumerate(self.known_networks or ()):
            pair = (network.discipline, network.organisation)
            if pair in seen:
                yield Problem(
                    f"known_networks[{index}]",
                    f"{network.discipline} of '{network.organisation}' a second time",
                    "one row per discipline and organisation",
                )
            seen.add(pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyConfig:
    """Threshold values that differ from the defaults, valid for a municipality and a period."""

    version: Id
    municipality: MunicipalityOrAll = "*"
    valid_from: date | None = None
    valid_to: date | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the period; values are checked against the threshold table."""
        from hub.model.policy import threshold_problems

        if self.valid_from is not None and self.valid_to is not None:
            yield from end_not_after_start(
                "valid_to",
                self.valid_from.toordinal(),
                self.valid_to.toordinal(),
                self.valid_from.isoformat(),
                self.valid_to.isoformat(),
            )
        yield from threshold_problems(self.values)


ReferenceItem = PolicyGoal | CalendarEntry | DigMoratorium | AreaProfile | PolicyConfig


def reference_key(item: ReferenceItem) -> str:
    """Return the `type:id` key under which an item travels.

    A policy is known by its version and municipality together: two municipalities may use one name.
    """
    match item:
        case PolicyGoal():
            return f"goal:{item.id}"
        case CalendarEntry():
            return f"calendar:{item.id}"
        case DigMoratorium():
            return f"moratorium:{item.id}"
        case AreaProfile():
            return f"area:{item.id}"
        case PolicyConfig():
            return f"policy:{item.municipality}:{item.version}"
