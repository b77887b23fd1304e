"""What rules may ask: facts about one work, a pair, a dependency or a source's works.

Facts are answers of the engine for one moment and one unit of work. A rule never sees the
programme behind them, so it can be read, and tested, alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hub.model.dates import PlanDate
from hub.model.intervention import Dependency
from hub.model.policy import PolicyValues
from hub.model.reference import AreaProfile, CalendarEntry, DigMoratorium, KnownNetwork
from hub.model.vocabulary import CalendarKind
from hub.rules.work import Work

Brought = TypeVar("Brought")


class Facts(Protocol):
    """What every rule may ask."""

    @property
    def ref(self) -> int:
        """Return the reference date."""

    @property
    def policy(self) -> PolicyValues:
        """Return the threshold values in force for the parties of this unit."""

    def holds_until(self, day: int) -> None:
        """Remember that the answer may be another one from this reference date on.

        A rule calls it for every comparison with the reference date, except whether works are
        active: the engine watches that by itself.
        """


class WorkFacts(Facts, Protocol):
    """One work and what surrounds it."""

    @property
    def work(self) -> Work:
        """Return the work."""

    @property
    def leader(self) -> Work | None:
        """Return the work it rides along with, if it is in the programme."""

    @property
    def riders(self) -> Sequence[Work]:
        """Return the active works that ride along with it, by id."""

    @property
    def first_adopted_start(self) -> PlanDate | None:
        """Return the start of its first revision that was adopted or firmer."""

    @property
    def window_cause(self) -> str | None:
        """Return the cause of the last change that moved its window, in the owner's words."""

    @property
    def has_riders(self) -> bool:
        """Tell whether an active work rides along with this one."""

    @property
    def moratoria(self) -> Sequence[DigMoratorium]:
        """Return the moratoria whose geometry overlaps the work's footprint, by id."""

    @property
    def areas(self) -> Sequence[AreaProfile]:
        """Return the areas whose geometry overlaps the work's footprint, by id."""

    @property
    def periods(self) -> Sequence[CalendarEntry]:
        """Return the closed and sensitive periods that apply to the work, by id (model 6)."""

    def policy_with(self, other: Work) -> PolicyValues:
        """Return the values in force for a finding about this work and another one."""

    def first_meeting(self, kind: CalendarKind, day: int) -> int | None:
        """Return the first meeting or gate on or after a day in the work's municipality."""

    def last_meeting(self, kind: CalendarKind, day: int) -> int | None:
        """Return the last meeting or gate before a day in the work's municipality."""

    def is_known(self, reference: str) -> bool:
        """Tell whether an id names a work of the programme, withdrawn ones included."""

    def is_goal(self, reference: str) -> bool:
        """Tell whether an id names a goal."""


class DependencyFacts(Facts, Protocol):
    """A work and another one it waits for."""

    @property
    def work(self) -> Work:
        """Return the work that waits."""

    @property
    def on(self) -> Work:
        """Return the work it waits for."""

    @property
    def dependency(self) -> Dependency:
        """Return what ties them together."""


class PairFacts(Facts, Protocol):
    """Two works; `a` has the smaller id. Geometry is measured when first asked for."""

    @property
    def a(self) -> Work:
        """Return the work with the smaller id."""

    @property
    def b(self) -> Work:
        """Return the work with the greater id."""

    @property
    def distance_m(self) -> float | None:
        """Return the shortest distance, None where a geometry is unknown."""

    @property
    def overlaps(self) -> bool:
        """Tell whether the footprints share more than an edge."""

    @property
    def overlap_area_m2(self) -> float:
        """Return the area that both footprints cover."""

    @property
    def shared_extent(self) -> float:
        """Return which part of the smaller widened footprint both share (rules 3.4)."""

    @property
    def is_joint(self) -> bool:
        """Tell whether the works are done together (model 2.10)."""

    def has_moratorium(self, work: Work) -> bool:
        """Tell whether a registered moratorium was caused by a work."""

    def fires(self, rule: str) -> bool:
        """Tell whether another rule of this pair holds now, without hysteresis."""


class SourceFacts(Facts, Protocol):
    """The live works of one owner from one source system."""

    @property
    def owner(self) -> str:
        """Return the organisation whose works they are."""

    @property
    def system(self) -> str:
        """Return the source system, `-` when unknown."""

    @property
    def stale(self) -> tuple[int, int | None]:
        """Return how many works were confirmed too long ago, and the day the oldest was."""


@dataclass(frozen=True, slots=True)
class ComplexityScore:
    """Points for doing works as one, at most when what is unknown turns out badly (rules 4)."""

    points: int
    most: int
    parts: Mapping[str, int]
    unknown_parts: tuple[str, ...]


class BundleFacts(Facts, Protocol):
    """A bundle: a leading work and its riders; the values are those of the leading work."""

    @property
    def anchor(self) -> Work:
        """Return the leading work."""

    @property
    def riders(self) -> Sequence[Work]:
        """Return the active works that ride along with it, by id."""

    @property
    def score(self) -> ComplexityScore:
        """Return how complex doing them as one is."""

    def has_riders(self, work: Work) -> bool:
        """Tell whether an active work rides along with a work."""


class AreaFacts(Facts, Protocol):
    """A street segment or neighbourhood; the values are those that hold everywhere."""

    @property
    def area(self) -> AreaProfile:
        """Return the area."""

    @property
    def works(self) -> Sequence[Work]:
        """Return the works whose footprint overlaps it, by id; withdrawn ones are left out."""

    def bearing_on(
        self, bearing: Callable[[Any, Work], Brought | None]
    ) -> Sequence[tuple[Work, Brought]]:
        """Return the works that bear on it, each with what it brings, by id.

        It is worked out once for one state: `bearing` looks at the work and at what stays the same.
        """

    def covered_share(self, work: Work) -> float:
        """Return which part of the area the widened footprint of a work covers (rules 3.4)."""

    def joint_groups(self, works: Sequence[Work]) -> list[list[Work]]:
        """Return works in groups that are done together, each in the order given.

        Two works are in one group where a chain of joint works among those given ties them.
        """


class PartnerFacts(Facts, Protocol):
    """A work and the parties with assets under it."""

    @property
    def work(self) -> Work:
        """Return the work."""

    @property
    def networks(self) -> Sequence[tuple[AreaProfile, KnownNetwork]]:
        """Return the networks known in the areas that overlap the work's footprint."""

    def is_planned_nearby(self, network: KnownNetwork) -> bool:
        """Tell whether its organisation has an active work of its discipline near the work."""
