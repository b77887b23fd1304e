"""Answers to what rules ask, out of the state at one moment.

A `View` is the state as it is, or as it would be with one work moved or one pair taken as joint:
options are weighed by asking the same rules in another view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from hub.engine.places import PairGeometry
from hub.engine.sources import GroupKey
from hub.engine.state import PlacedWork, State
from hub.model.intervention import Dependency
from hub.model.policy import PolicyValues
from hub.model.reference import DigMoratorium
from hub.model.vocabulary import CalendarKind
from hub.rules.rule import Draft, Rule, Scope
from hub.rules.work import Work

_MOST_GEOMETRIES = 200_000


class GeometryCache:
    """Measured pairs, so that weighing options in time measures nothing again. Bounded."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], PairGeometry] = {}

    def of(self, a: PlacedWork, b: PlacedWork) -> PairGeometry | None:
        """Return what two works have in common in space, None where a place is unknown."""
        if a.place is None or b.place is None:
            return None
        known = self._known.get((a.id, b.id))
        if known is None or known.a is not a.place or known.b is not b.place:
            known = PairGeometry(a.place, b.place)
            self.keep(a.id, b.id, known)
        return known

    def keep(self, a: str, b: str, geometry: PairGeometry) -> None:
        """Remember a measured pair; the smaller id comes first."""
        if len(self._known) >= _MOST_GEOMETRIES:
            self._known.clear()
        self._known[a, b] = geometry


class View:
    """The state, with at most one work replaced and one pair taken as joint."""

    __slots__ = ("_as_joint", "_replaced", "geometries", "pair_rules", "ref", "state")

    def __init__(
        self,
        state: State,
        *,
        geometries: GeometryCache,
        pair_rules: Mapping[str, Rule],
        replaced: PlacedWork | None = None,
        as_joint: frozenset[str] = frozenset(),
    ) -> None:
        assert state.ref is not None, "nothing is evaluated before the first reference date"
        self.state = state
        self.ref: int = state.ref
        self.geometries = geometries
        self.pair_rules = pair_rules
        self._replaced = replaced
        self._as_joint = as_joint

    def imagined(self, replaced: PlacedWork, as_joint: frozenset[str]) -> View:
        """Return the view in which a work is replaced and a pair is joint."""
        return View(
            self.state,
            geometries=self.geometries,
            pair_rules=self.pair_rules,
            replaced=replaced,
            as_joint=as_joint,
        )

    def work(self, work_id: str) -> PlacedWork | None:
        """Return a work of the programme."""
        if self._replaced is not None and work_id == self._replaced.id:
            return self._replaced
        return self.state.works.get(work_id)

    def is_active(self, work_id: str) -> bool:
        """Tell whether a work is in the programme and active."""
        work = self.work(work_id)
        return work is not None and work.is_active(self.ref)

    def is_joint(self, a: PlacedWork, b: PlacedWork) -> bool:
        """Tell whether two works are done together (model 2.10); `a` has the smaller id."""
        if a.id in self._as_joint and b.id in self._as_joint:
            return True
        leader_a, leader_b = a.plan.ride_along_with, b.plan.ride_along_with
        rides = leader_a == b.id or leader_b == a.id
        if not rides and (leader_a is None or leader_a != leader_b or not self.is_active(leader_a)):
            return False
        if not a.is_active(self.ref) or not b.is_active(self.ref):
            return False
        if a.span is not None and b.span is not None and a.span.overlap_possible(b.span) < 1:
            return False
        geometry = self.geometries.of(a, b)
        reach = float(self.state.policy_of(a)["coupling_distance_m"])
        return geometry is None or geometry.distance_m <= reach


class UnitFacts:
    """What the facts of every scope share."""

    def __init__(self, view: View, policy: PolicyValues) -> None:
        self.view = view
        self.policy = policy
        self.until: int | None = None

    @property
    def ref(self) -> int:
        """Return the reference date."""
        return self.view.ref

    def holds_until(self, day: int) -> None:
        """Remember the first day on which the answer may be another one."""
        if self.until is None or day < self.until:
            self.until = day

    def drafts_of(self, rule: Rule, scope: Scope) -> list[Draft]:
        """Return what a rule concludes on this unit."""
        return list(rule.find[scope](self))


class WorkUnitFacts(UnitFacts):
    """One work and what surrounds it."""

    def __init__(self, view: View, work: PlacedWork) -> None:
        super().__init__(view, view.state.policy_of(work))
        self.work = work

    @property
    def leader(self) -> Work | None:
        """Return the work it rides along with, if it is in the programme."""
        leader = self.work.plan.ride_along_with
        return None if leader is None else self.view.work(leader)

    @property
    def moratoria(self) -> Sequence[DigMoratorium]:
        """Return the moratoria over the work's footprint."""
        return self.view.state.moratoria_over(self.work)

    def policy_with(self, other: Work) -> PolicyValues:
        """Return the values in force for a finding about this work and another one."""
        return self.view.state.policy_of(self.work if self.work.id < other.id else other)

    def first_meeting(self, kind: CalendarKind, day: int) -> int | None:
        """Return the first meeting on or after a day in the work's municipality."""
        return self.view.state.first_meeting(kind, self.work.plan.municipality, day)

    def is_known(self, reference: str) -> bool:
        """Tell whether an id names a work of the programme."""
        return self.view.work(reference) is not None

    def is_goal(self, reference: str) -> bool:
        """Tell whether an id names a goal."""
        return reference in self.view.state.goals


class DependencyUnitFacts(UnitFacts):
    """A work and another one it waits for."""

    def __init__(
        self, view: View, *, work: PlacedWork, on: PlacedWork, dependency: Dependency
    ) -> None:
        super().__init__(view, view.state.policy_of(work if work.id < on.id else on))
        self.work = work
        self.on = on
        self.dependency = dependency


class PairUnitFacts(UnitFacts):
    """Two works; `a` has the smaller id."""

    def __init__(self, view: View, a: PlacedWork, b: PlacedWork) -> None:
        super().__init__(view, view.state.policy_of(a))
        self.a = a
        self.b = b
        self._found: dict[str, list[Draft] | Exception] = {}

    @cached_property
    def _geometry(self) -> PairGeometry | None:
        return self.view.geometries.of(self.a, self.b)

    @property
    def distance_m(self) -> float | None:
        """Return the shortest distance."""
        geometry = self._geometry
        return None if geometry is None else geometry.distance_m

    @property
    def overlaps(self) -> bool:
        """Tell whether the footprints overlap."""
        return self._geometry is not None and self._geometry.overlaps

    @property
    def overlap_area_m2(self) -> float:
        """Return the area that both footprints cover."""
        return 0.0 if self._geometry is None else self._geometry.overlap_area_m2

    @property
    def shared_extent(self) -> float:
        """Return which part of the smaller widened footprint both share."""
        if self._geometry is None:
            return 0.0
        return self._geometry.shared_extent(self.policy["coupling_distance_m"])

    @cached_property
    def is_joint(self) -> bool:
        """Tell whether the works are done together."""
        return self.view.is_joint(self.a, self.b)

    def has_moratorium(self, work: Work) -> bool:
        """Tell whether a registered moratorium was caused by a work."""
        return bool(self.view.state.moratoria_of.get(work.id))

    def fires(self, rule: str) -> bool:
        """Tell whether another rule of this pair holds; a rule that is not installed does not."""
        installed = self.view.pair_rules.get(rule)
        return installed is not None and bool(self.drafts_of(installed, Scope.PAIR))

    def drafts_of(self, rule: Rule, scope: Scope) -> list[Draft]:
        """Return what a rule concludes on this pair; asked twice it is worked out once."""
        found = self._found.get(rule.id)
        if found is None:
            try:
                found = list(rule.find[scope](self))
            except Exception as error:
                found = error
            self._found[rule.id] = found
        if isinstance(found, Exception):
            raise found
        return found


class SourceUnitFacts(UnitFacts):
    """The live works of one owner from one source system."""

    def __init__(self, view: View, key: GroupKey) -> None:
        super().__init__(view, view.state.policy_of(None))
        self.owner, self.system = key

    @property
    def stale(self) -> tuple[int, int | None]:
        """Return how many works were confirmed too long ago, and when the oldest was."""
        key = (self.owner, self.system)
        first = self.view.state.sources.first_stale_on(key)
        if first is not None and first > self.ref:
            self.holds_until(first)
        return self.view.state.sources.stale(key, self.ref)
