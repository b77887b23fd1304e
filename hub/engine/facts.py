"""Answers to what rules ask, out of the state at one moment.

A `View` is the state as it is, or as it would be with one work moved or one pair taken as joint:
options are weighed by asking the same rules in another view.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from hub.engine.bearings import Bearings, with_one
from hub.engine.places import PairGeometry
from hub.engine.records import Records
from hub.engine.sources import GroupKey
from hub.engine.state import PlacedWork, State
from hub.model.dates import PlanDate
from hub.model.intervention import Dependency
from hub.model.policy import PolicyValues
from hub.model.reference import AreaProfile, CalendarEntry, DigMoratorium, KnownNetwork
from hub.model.vocabulary import CalendarKind
from hub.rules.facts import Brought, ComplexityScore
from hub.rules.rule import Bearing, Draft, Rule, Scope
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

    __slots__ = (
        "_as_joint",
        "_in_area",
        "_replaced",
        "_unmoved",
        "as_of",
        "bearings",
        "geometries",
        "pair_rules",
        "records",
        "ref",
        "state",
    )

    def __init__(
        self,
        state: State,
        *,
        geometries: GeometryCache,
        bearings: Bearings,
        pair_rules: Mapping[str, Rule],
        records: Records,
        as_of: int | None = None,
        replaced: PlacedWork | None = None,
        as_joint: frozenset[str] = frozenset(),
    ) -> None:
        assert state.ref is not None, "nothing is evaluated before the first reference date"
        self.state = state
        self.ref: int = state.ref
        self.geometries = geometries
        self.bearings = bearings
        self.pair_rules = pair_rules
        self.records = records
        self.as_of = as_of
        self._replaced = replaced
        self._as_joint = as_joint
        self._in_area: dict[str, list[PlacedWork]] = {}
        self._unmoved: View = self

    def imagined(self, replaced: PlacedWork, as_joint: frozenset[str]) -> View:
        """Return the view in which a work is replaced and a pair is joint."""
        view = View(
            self.state,
            geometries=self.geometries,
            bearings=self.bearings,
            pair_rules=self.pair_rules,
            records=self.records,
            as_of=self.as_of,
            replaced=replaced,
            as_joint=as_joint,
        )
        view._in_area = self._in_area
        view._unmoved = self._unmoved
        return view

    @property
    def unmoved(self) -> View:
        """Return the view of the state as it is."""
        return self._unmoved

    @property
    def is_imagined(self) -> bool:
        """Tell whether it differs from the state as it is."""
        return self._replaced is not None

    @property
    def moved(self) -> tuple[PlacedWork, PlacedWork] | None:
        """Return the work that is imagined elsewhere in time, as it is and as it would be."""
        if self._replaced is None:
            return None
        return self.state.works[self._replaced.id], self._replaced

    @property
    def made_joint(self) -> frozenset[str]:
        """Return the works that are imagined as joint, whether they are so or not."""
        return self._as_joint

    @property
    def is_made_joint(self) -> bool:
        """Tell whether works are imagined as joint that may not be so."""
        return len(self._as_joint) > 1

    def is_tied(self, work: PlacedWork) -> bool:
        """Tell whether a work rides along with another one or another one with it."""
        return work.plan.ride_along_with is not None or bool(self.state.riders.get(work.id))

    def work(self, work_id: str) -> PlacedWork | None:
        """Return a work of the programme."""
        if self._replaced is not None and work_id == self._replaced.id:
            return self._replaced
        return self.state.works.get(work_id)

    def is_active(self, work_id: str) -> bool:
        """Tell whether a work is in the programme and active."""
        work = self.work(work_id)
        return work is not None and work.is_active(self.ref)

    def riders_of(self, work_id: str) -> list[PlacedWork]:
        """Return the active works that ride along with a work, by id."""
        works = (self.work(rider) for rider in sorted(self.state.riders.get(work_id, ())))
        return [work for work in works if work is not None and work.is_active(self.ref)]

    def has_riders(self, work_id: str) -> bool:
        """Tell whether an active work rides along with a work."""
        return any(self.is_active(rider) for rider in self.state.riders.get(work_id, ()))

    def works_in(self, area: str) -> list[PlacedWork]:
        """Return the works whose footprint overlaps an area, by id."""
        works = self._in_area.get(area)
        if works is None:
            known = self.state.works
            works = self._in_area[area] = [known[key] for key in self.state.works_in(area)]
        moved = self._replaced
        if moved is None:
            return works
        return [moved if work.id == moved.id else work for work in works]

    def is_in_area(self, work: PlacedWork, area: str) -> bool:
        """Tell whether the footprint of a work on the programme overlaps an area."""
        return not work.is_withdrawn and area in self.state.area_layer.over(work.place)

    def distance_m(self, a: PlacedWork, b: PlacedWork) -> float:
        """Return the distance between two works, infinite where a place is unknown."""
        first, second = (a, b) if a.id < b.id else (b, a)
        geometry = self.geometries.of(first, second)
        return math.inf if geometry is None else geometry.distance_m

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


def joint_groups(view: View, works: Sequence[Work]) -> list[list[Work]]:
    """Return works in the classes of the relation joint among them, closed transitively."""
    made_joint = view.made_joint
    if not made_joint and all(work.plan.ride_along_with is None for work in works):
        return [[work] for work in works]
    group_of = {work.id: [work] for work in works}
    riders: dict[str, list[str]] = defaultdict(list)
    for work in works:
        if work.plan.ride_along_with is not None:
            riders[work.plan.ride_along_with].append(work.id)
    tied = [[leader, *ids] if leader in group_of else ids for leader, ids in riders.items()]
    tied.append([key for key in sorted(made_joint) if key in group_of])
    for together in tied:
        _join(view, together, group_of)
    groups = {id(group_of[work.id]): group_of[work.id] for work in works}
    order = {work.id: place for place, work in enumerate(works)}
    return [sorted(group, key=lambda work: order[work.id]) for group in groups.values()]


def _join(view: View, together: Sequence[str], group_of: dict[str, list[Work]]) -> None:
    """Merge the groups of works that are joint; ends as soon as all are one group."""
    for place, a in enumerate(together):
        rest = [b for b in together[place + 1 :] if group_of[a] is not group_of[b]]
        for b in rest:
            if group_of[a] is not group_of[b] and _is_joint(view, a, b):
                larger, smaller = sorted((group_of[a], group_of[b]), key=len, reverse=True)
                larger.extend(smaller)
                group_of.update((work.id, larger) for work in smaller)
        if len(group_of[a]) >= len(together) and _are_one(together, group_of):
            return


def _are_one(together: Sequence[str], group_of: dict[str, list[Work]]) -> bool:
    first = group_of[together[0]]
    return all(group_of[work] is first for work in together)


def _is_joint(view: View, a: str, b: str) -> bool:
    first, second = view.work(min(a, b)), view.work(max(a, b))
    return first is not None and second is not None and view.is_joint(first, second)


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
    def riders(self) -> Sequence[Work]:
        """Return the active works that ride along with it."""
        return self.view.riders_of(self.work.id)

    @property
    def first_adopted_start(self) -> PlanDate | None:
        """Return the start of its first revision that was adopted or firmer."""
        return self.work.state.first_adopted_start

    @property
    def window_cause(self) -> str | None:
        """Return the cause of the last change that moved its window."""
        return self.work.state.window_cause

    @property
    def has_riders(self) -> bool:
        """Tell whether an active work rides along with this one."""
        return self.view.has_riders(self.work.id)

    @property
    def moratoria(self) -> Sequence[DigMoratorium]:
        """Return the moratoria over the work's footprint."""
        return self.view.state.moratoria_over(self.work)

    @property
    def areas(self) -> Sequence[AreaProfile]:
        """Return the areas over the work's footprint."""
        return self.view.state.areas_over(self.work)

    @property
    def periods(self) -> Sequence[CalendarEntry]:
        """Return the closed and sensitive periods that apply to the work."""
        return self.view.state.periods_of(self.work)

    def policy_with(self, other: Work) -> PolicyValues:
        """Return the values in force for a finding about this work and another one."""
        return self.view.state.policy_of(self.work if self.work.id < other.id else other)

    def first_meeting(self, kind: CalendarKind, day: int) -> int | None:
        """Return the first meeting on or after a day in the work's municipality."""
        return self.view.state.first_meeting(kind, self.work.plan.municipality, day)

    def last_meeting(self, kind: CalendarKind, day: int) -> int | None:
        """Return the last meeting before a day in the work's municipality."""
        return self.view.state.last_meeting(kind, self.work.plan.municipality, day)

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

    @property
    def is_tied(self) -> bool:
        """Tell whether one of them rides along with a work: joint or not may depend on time."""
        return (self.a.plan.ride_along_with or self.b.plan.ride_along_with) is not None

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


class BundleUnitFacts(UnitFacts):
    """A bundle: a leading work and its riders."""

    def __init__(self, view: View, anchor: PlacedWork, score: ComplexityScore) -> None:
        super().__init__(view, view.state.policy_of(anchor))
        self.anchor = anchor
        self.score = score

    @cached_property
    def riders(self) -> Sequence[Work]:
        """Return the active works that ride along with it."""
        return self.view.riders_of(self.anchor.id)

    def has_riders(self, work: Work) -> bool:
        """Tell whether an active work rides along with a work."""
        return self.view.has_riders(work.id)


class AreaUnitFacts(UnitFacts):
    """A street segment or neighbourhood with the works in it."""

    def __init__(self, view: View, area: AreaProfile) -> None:
        super().__init__(view, view.state.policy_of(None))
        self.area = area

    @cached_property
    def works(self) -> Sequence[PlacedWork]:
        """Return the works whose footprint overlaps it."""
        return self.view.works_in(self.area.id)

    def covered_share(self, work: Work) -> float:
        """Return which part of the area the widened footprint of a work covers."""
        state = self.view.state
        place = state.works[work.id].place
        if place is None:
            return 0.0
        shape = state.area_layer.shape(self.area.id)
        return place.share_of(self.area.id, shape, self.policy["coupling_distance_m"])

    def bearing_on(
        self, bearing: Callable[[Any, Work], Brought | None]
    ) -> Sequence[tuple[Work, Brought]]:
        """Return the works that bear on it, each with what it brings, by id."""
        bears = self.view.bearings.of(self, bearing)
        moved = self.view.moved
        if moved is None or not self.view.is_in_area(moved[1], self.area.id):
            return bears
        brings = bearing(self, moved[1])
        return with_one(bears, moved[1].id, None if brings is None else (moved[1], brings))

    def bears_as_before(self, bearing: Bearing) -> bool:
        """Tell whether the move in time that is imagined cannot change an answer about the area.

        What is left is that works are imagined as joint.
        """
        moved = self.view.moved
        if moved is None:
            return True
        before, after = moved
        if before.is_active(self.ref) != after.is_active(self.ref):
            return False
        was, would_be = bearing(self, before), bearing(self, after)
        if was is None and would_be is None:
            return True
        return was == would_be and not self.view.is_tied(after)

    def joint_groups(self, works: Sequence[Work]) -> list[list[Work]]:
        """Return works in groups that are done together."""
        return joint_groups(self.view, works)


class PartnerUnitFacts(UnitFacts):
    """A work and the parties with assets under it."""

    def __init__(self, view: View, work: PlacedWork) -> None:
        super().__init__(view, view.state.policy_of(work))
        self.work = work

    @cached_property
    def networks(self) -> Sequence[tuple[AreaProfile, KnownNetwork]]:
        """Return the networks known in the areas over the work."""
        return [
            (area, network)
            for area in self.view.state.areas_over(self.work)
            for network in area.known_networks or ()
        ]

    def is_planned_nearby(self, network: KnownNetwork) -> bool:
        """Tell whether its organisation has an active work of its discipline near the work."""
        reach = float(self.policy["coupling_distance_m"])
        return any(
            other.plan.discipline is network.discipline
            and other.owner == network.organisation
            and other.is_active(self.ref)
            and self.view.distance_m(self.work, other) <= reach
            for other in self._near
        )

    @cached_property
    def _near(self) -> list[PlacedWork]:
        found = (self.view.work(other) for other in self.view.state.near(self.work))
        return [work for work in found if work is not None]
