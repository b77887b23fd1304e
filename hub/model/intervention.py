"""The intervention (*maatregel, werk*): one planned work of one owner, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from hub.model.dates import PlanDate, ShiftRoom, Span, Window
from hub.model.geometry import Geometry
from hub.model.problems import Problem, end_not_after_start
from hub.model.text import (
    Cents,
    Days,
    Id,
    MunicipalityCode,
    PositiveDecimal,
    Revision,
    SignedDays,
    Year,
)
from hub.model.vocabulary import (
    Capacity,
    Classification,
    DecisionLevel,
    DependencyType,
    Discipline,
    Exemption,
    Firmness,
    FundingStatus,
    Nobody,
    ParticipationStatus,
    RequiredDecisionStatus,
    Role,
    Support,
    SurfaceType,
    TrafficImpact,
    WorkType,
)


@dataclass(frozen=True, slots=True)
class Dependency:
    """This work waits for another: it may start only `lag_days` after `on` has ended."""

    on: Id
    type: DependencyType = DependencyType.FINISH_TO_START
    lag_days: SignedDays = 0


@dataclass(frozen=True, slots=True)
class FundingLine:
    """One money line, in euro cents."""

    source: str
    amount_cents: Cents
    status: FundingStatus
    budget_year: Year | None = None
    decided_by: DecisionLevel | None = None


@dataclass(frozen=True, slots=True)
class RequiredDecision:
    """A formal decision the work needs, or has had."""

    id: Id
    level: DecisionLevel
    status: RequiredDecisionStatus
    submitted_on: date | None = None
    needed_by: date | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """The process with residents (*participatie*)."""

    status: ParticipationStatus
    start: PlanDate | None = None
    end: PlanDate | None = None
    duration_days: Days | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the process is still to come or going on."""
        return self.status in (ParticipationStatus.PLANNED, ParticipationStatus.RUNNING)

    @property
    def earliest_and_latest_start(self) -> tuple[int, int] | None:
        """Return the first and last day it may start, or None when unknown."""
        if self.start is None:
            return None
        if self.end is None:
            return self.start.lo, self.start.lo if self.start.is_day else self.start.hi - 1
        span = Window(self.start, self.end).span(self.duration_days)
        return span.s_lo, span.s_hi

    @property
    def earliest_and_latest_end(self) -> tuple[int, int] | None:
        """Return the first and last day it may end (exclusive), None if unknown (model 2.7)."""
        if self.end is not None:
            if self.start is not None:
                span = Window(self.start, self.end).span(self.duration_days)
                return span.e_lo, span.e_hi
            end = self.end
            return (end.lo, end.lo) if end.is_day else (end.lo + 1, end.hi)
        starts = self.earliest_and_latest_start
        if starts is None or self.duration_days is None:
            return None
        return starts[0] + self.duration_days, starts[1] + self.duration_days

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong within the process."""
        if self.start is not None and self.end is not None:
            yield from end_not_after_start(
                "end", self.start.lo, self.end.as_exclusive_end, str(self.start), str(self.end)
            )


@dataclass(frozen=True, slots=True)
class Governance:
    """Who steers, and with which means; functions, never names of persons."""

    political_client: str | Nobody | None = None
    official_client: str | Nobody | None = None
    delivery_lead: str | Nobody | None = None
    mandate_cents: Cents | None = None
    support: Support | None = None
    capacity: Capacity | None = None
    portfolios: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class GoalContribution:
    """What a work adds to a policy goal, in the goal's unit."""

    goal: Id
    amount: Decimal
    instrument: Id | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a work comes from (*herkomst*)."""

    system: Id | None = None
    key: str | None = None
    revision: Revision | None = None
    registered_on: date | None = None
    updated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """The full state of one planned work as far as it is known; `None` is unknown.

    A facet (what one source says) and a merge of facets have the same fields; only an intervention
    with `plan_owner`, `discipline` and `firmness` is complete and takes part in the programme.
    """

    id: Id
    title: str | None = None
    plan_owner: Id | None = None
    municipality: MunicipalityCode | None = None
    discipline: Discipline | None = None
    work_type: WorkType | None = None
    firmness: Firmness | None = None
    role: Role | None = None
    window: Window | None = None
    duration_days: Days | None = None
    shift_room: ShiftRoom | None = None
    baseline_start: PlanDate | None = None
    geometry: Geometry | None = None
    opens_surface: bool | None = None
    renews_surface: bool | None = None
    surface_type: SurfaceType | None = None
    traffic_impact: TrafficImpact | None = None
    below_ground_width_m: PositiveDecimal | None = None
    exemption: Exemption | None = None
    ride_along_with: Id | None = None
    dependencies: tuple[Dependency, ...] | None = None
    cost_cents: Cents | None = None
    funding: tuple[FundingLine, ...] | None = None
    required_decisions: tuple[RequiredDecision, ...] | None = None
    participation: Participation | None = None
    governance: Governance | None = None
    goal_contributions: tuple[GoalContribution, ...] | None = None
    approach_adapted: bool | None = None
    classification: Classification | None = None
    project_number: str | None = None
    source: Source | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the fields that a complete intervention must have and this one lacks."""
        return tuple(name for name in COMPLETE_FIELDS if getattr(self, name) is None)

    @property
    def span(self) -> Span | None:
        """Return the four days of the window, or None without one."""
        return None if self.window is None else self.window.span(self.duration_days)

    def problems(self) -> Iterator[Problem]:
        """Yield what contradicts itself within one state."""
        if self.window is not None and self.window.is_empty:
            yield Problem(
                "window",
                f"{self.window.start} to {self.window.end}",
                "an end after the start; day ends are exclusive",
            )
        room = self.shift_room
        if room is not None and room.earliest_start is not None and room.latest_end is not None:
            yield from end_not_after_start(
                "shift_room.latest_end",
                room.earliest_start.lo,
                room.latest_end.as_exclusive_end,
                str(room.earliest_start),
                str(room.latest_end),
            )
        if self.ride_along_with == self.id:
            yield Problem("ride_along_with", f"'{self.id}'", "the id of another work")
        seen: set[tuple[str, str]] = set()
        for index, dependency in enumerate(self.dependencies or ()):
            if dependency.on == self.id:
                yield Problem(f"dependencies[{index}].on", f"'{self.id}'", "the id of another work")
            pair = (dependency.on, dependency.type)
            if pair in seen:
                yield Problem(
                    f"dependencies[{index}]",
                    f"{dependency.type} on '{dependency.on}' a second time",
                    "one dependency per work and type",
                )
            seen.add(pair)
        decisions: set[str] = set()
        for index, decision in enumerate(self.required_decisions or ()):
            if decision.id in decisions:
                yield Problem(
                    f"required_decisions[{index}].id", f"'{decision.id}' twice", "an id used once"
                )
            decisions.add(decision.id)


COMPLETE_FIELDS = ("plan_owner", "discipline", "firmness")
"""What an intervention must have besides its id to enter the programme (model 2)."""

INTERVENTION_FIELDS = tuple(field.name for field in fields(Intervention))
