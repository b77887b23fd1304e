"""The scopes of the rules: which units there are, and which a change can have touched.

A scope is one class. To give rules a new one (bundle, area, goal) add it to `Scope`, write its
facts in `hub/rules/facts.py` and `facts.py`, and its class here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from hub.engine.bundles import is_bundle, score_of, tightness_holds_until
from hub.engine.facts import (
    AreaUnitFacts,
    BundleUnitFacts,
    DependencyUnitFacts,
    PairUnitFacts,
    PartnerUnitFacts,
    SourceUnitFacts,
    UnitFacts,
    View,
    WorkUnitFacts,
)
from hub.engine.goal_facts import GoalUnitFacts, ProgrammeUnitFacts
from hub.engine.places import shape_of
from hub.engine.sources import GroupKey, group_of
from hub.engine.state import PlacedWork, State
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.vocabulary import AreaKind, CalendarKind
from hub.rules.rule import Scope, Unit


@dataclass(frozen=True, slots=True)
class WorkChange:
    """A work as it was and is, and whether it was and is active; `before` is None for a new one."""

    before: PlacedWork | None
    after: PlacedWork
    was_active: bool
    is_active: bool

    @property
    def activity_changed(self) -> bool:
        """Tell whether the work became active or stopped being so."""
        return self.was_active != self.is_active

    @property
    def is_only_shifted(self) -> bool:
        """Tell whether the same plan is only seen at another time, as active as it was."""
        before = self.before
        return before is not None and before.state is self.after.state and not self.activity_changed

    @property
    def relation_changed(self) -> bool:
        """Tell whether it may count as a rider where it did not before, or the other way round."""
        before = None if self.before is None else self.before.plan.ride_along_with
        return self.activity_changed or before != self.after.plan.ride_along_with

    @property
    def contribution_changed(self) -> bool:
        """Tell whether it serves other goals than it did."""
        before = None if self.before is None else self.before.plan.goal_contributions
        return before != self.after.plan.goal_contributions

    @property
    def municipality_changed(self) -> bool:
        """Tell whether other values may hold where it is the first party."""
        before = None if self.before is None else self.before.plan.municipality
        return before != self.after.plan.municipality

    @property
    def leaders(self) -> set[str]:
        """Return the works it rode or rides along with."""
        works = (self.before, self.after)
        leaders = {None if work is None else work.plan.ride_along_with for work in works}
        return {leader for leader in leaders if leader is not None}

    @property
    def places(self) -> list[PlacedWork]:
        """Return the work as it was and is, once where it did not move in space."""
        if self.before is None or self.before.place is self.after.place:
            return [self.after]
        return [self.before, self.after]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A piece of reference data as it was and is."""

    before: ReferenceItem | None
    after: ReferenceItem


class ScopeUnits(Protocol):
    """What the engine must know of a scope. Units with open findings are looked at anyway."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every unit in which something could be found."""

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the units whose answer a changed work may change; the state has the new work."""

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield the units whose answer changed reference data may change."""

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a unit, None when it is no longer there."""


def pair_unit(a: str, b: str) -> Unit:
    """Return the unit of two works, the smaller id first."""
    return (Scope.PAIR, a, b) if a < b else (Scope.PAIR, b, a)


class WorkUnits:
    """Each work by itself."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every work."""
        for work in state.works:
            yield (Scope.WORK, work)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the work, its riders, the works it rides with; of a new one all that name it."""
        work = change.after.id
        yield (Scope.WORK, work)
        if change.relation_changed or change.contribution_changed or change.municipality_changed:
            for leader in change.leaders:
                yield (Scope.WORK, leader)
        for rider in state.riders.get(work, ()):
            yield (Scope.WORK, rider)
        if change.before is None:
            for waiting in state.waiting.get(work, ()):
                yield (Scope.WORK, waiting)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield works under a moratorium or area, works the calendar may hold, works of a goal."""
        match change.after:
            case DigMoratorium() | AreaProfile():
                yield from self._under(state, change)
            case CalendarEntry():
                yield from self._in_calendar(state, change)
            case PolicyGoal() as goal if change.before is None:
                for work in state.contributing.get(goal.id, ()):
                    yield (Scope.WORK, work)
            case _:
                return

    def _under(self, state: State, change: ItemChange) -> Iterator[Unit]:
        for item in (change.before, change.after):
            if isinstance(item, DigMoratorium | AreaProfile):
                for work in state.works_under(shape_of(item.geometry).bounds):
                    yield (Scope.WORK, work)

    def _in_calendar(self, state: State, change: ItemChange) -> Iterator[Unit]:
        entries = (change.before, change.after)
        kinds = {item.kind for item in entries if isinstance(item, CalendarEntry)}
        for work in state.works.values():
            if (
                any(kind.is_period for kind in kinds)
                or (CalendarKind.BUDGET_GATE in kinds and work.plan.funding is not None)
                or work.id in state.deciding
            ):
                yield (Scope.WORK, work.id)

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a work."""
        work = view.work(unit[1])
        return None if work is None else WorkUnitFacts(view, work)


class DependencyUnits:
    """Each tie of a work to one it waits for."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every tie."""
        for work in state.works.values():
            yield from self._of(work)

    def _of(self, work: PlacedWork) -> Iterator[Unit]:
        for dependency in work.plan.dependencies or ():
            yield (Scope.DEPENDENCY, work.id, dependency.on, dependency.type.value)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the ties of the work and those of the works that wait for it."""
        work = change.after
        yield from self._of(work)
        for waiting in state.waiting.get(work.id, ()):
            for unit in self._of(state.works[waiting]):
                if unit[2] == work.id:
                    yield unit

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield nothing: no reference data matters to a tie."""
        yield from ()

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a tie that still exists, to a work that is in the programme."""
        work, on = view.work(unit[1]), view.work(unit[2])
        if work is None or on is None:
            return None
        for dependency in work.plan.dependencies or ():
            if dependency.on == on.id and dependency.type.value == unit[3]:
                return DependencyUnitFacts(view, work=work, on=on, dependency=dependency)
        return None


class PairUnits:
    """Two works near each other, or of one project."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every pair near each other, then the pairs of projects that lie further apart."""
        for a, b in state.near_pairs():
            yield pair_unit(a, b)
        for works in state.in_project.values():
            members = sorted(works)
            for place, a in enumerate(members):
                for b in members[place + 1 :]:
                    yield (Scope.PAIR, a, b)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the pairs of the work; those of its riders with each other if it (in)activates."""
        work = change.after
        yield from self._of(state, work)
        if change.activity_changed:
            riders = state.riders.get(work.id, set())
            for rider in riders:
                for other in state.near(state.works[rider]):
                    if other in riders:
                        yield pair_unit(rider, other)

    def _of(self, state: State, work: PlacedWork) -> Iterator[Unit]:
        for other in state.near(work):
            yield pair_unit(work.id, other)
        for other in state.project_peers(work):
            yield pair_unit(work.id, other)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield the pairs of the renewal that a moratorium says it was caused by."""
        for item in (change.before, change.after):
            if isinstance(item, DigMoratorium) and item.caused_by is not None:
                work = state.works.get(item.caused_by)
                if work is not None:
                    yield from self._of(state, work)

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a pair."""
        a, b = view.work(unit[1]), view.work(unit[2])
        return None if a is None or b is None else PairUnitFacts(view, a, b)


class SourceUnits:
    """The works of one owner from one source system."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every group."""
        for key in state.sources:
            yield (Scope.SOURCE, *key)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the groups the work left and entered."""
        keys: list[GroupKey] = [group_of(change.after)]
        if change.before is not None and group_of(change.before) != keys[0]:
            keys.append(group_of(change.before))
        for key in keys:
            yield (Scope.SOURCE, *key)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield nothing: no reference data matters to a source."""
        yield from ()

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a group."""
        return SourceUnitFacts(view, (unit[1], unit[2]))


class BundleUnits:
    """Each leading work that others ride along with."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every work that is ridden along with; all works where policy asks for no rider."""
        for work in state.works if state.judges_lone_anchors else state.riders:
            yield (Scope.BUNDLE, work)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the bundles of the work, of its leaders, and of theirs: their gaps count there."""
        yield (Scope.BUNDLE, change.after.id)
        for leader in change.leaders:
            yield (Scope.BUNDLE, leader)
            above = state.works.get(leader)
            top = None if above is None else above.plan.ride_along_with
            if change.relation_changed and top is not None:
                yield (Scope.BUNDLE, top)
        if state.judges_lone_anchors:
            for work in change.places:
                for other in state.around(work):
                    yield (Scope.BUNDLE, other)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield nothing: no reference data matters to a bundle."""
        yield from ()

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a bundle, None where nothing is led."""
        anchor = view.work(unit[1])
        if anchor is None or not is_bundle(view, anchor):
            return None
        score = score_of(anchor, view.riders_of(anchor.id), view.ref)
        facts = BundleUnitFacts(view, anchor, score)
        tight = tightness_holds_until(anchor, view.ref)
        if tight is not None:
            facts.holds_until(tight)
        return facts


class AreaUnits:
    """Each street segment, neighbourhood, or area of which the room below ground is known."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every area in which works are added up."""
        for area in state.areas.values():
            if _adds_up(area):
                yield (Scope.AREA, area.id)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the areas of the work; those of its riders if it (in)activates."""
        for work in change.places:
            yield from self._over(state, work)
        if change.activity_changed:
            for rider in state.riders.get(change.after.id, ()):
                yield from self._over(state, state.works[rider])

    def _over(self, state: State, work: PlacedWork) -> Iterator[Unit]:
        for area in state.areas_over(work):
            if _adds_up(area):
                yield (Scope.AREA, area.id)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield the area that changed."""
        if isinstance(change.after, AreaProfile):
            yield (Scope.AREA, change.after.id)

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of an area."""
        area = view.state.areas.get(unit[1])
        return None if area is None else AreaUnitFacts(view, area)


def _adds_up(area: AreaProfile) -> bool:
    return area.kind is not AreaKind.OTHER or area.below_ground_free_width_m is not None


class PartnerUnits:
    """Each work over networks that are known."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every work in an area with known networks."""
        for area in sorted(state.network_areas):
            for work in state.works_in(area):
                yield (Scope.PARTNER, work)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the work, and the works over known networks near where it was and is."""
        if not state.network_areas:
            return
        yield (Scope.PARTNER, change.after.id)
        if change.is_only_shifted:
            return
        for work in change.places:
            for other in state.around(work):
                over = state.area_layer.over(state.works[other].place)
                if not state.network_areas.isdisjoint(over):
                    yield (Scope.PARTNER, other)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield the works under the area as it was and is."""
        for item in (change.before, change.after):
            if isinstance(item, AreaProfile) and item.known_networks:
                for work in state.works_under(shape_of(item.geometry).bounds):
                    yield (Scope.PARTNER, work)

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a work and what lies under it."""
        work = view.work(unit[1])
        return None if work is None else PartnerUnitFacts(view, work)


class GoalUnits:
    """Each policy goal with the works that serve it or could."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield every goal."""
        for goal in state.goals:
            yield (Scope.GOAL, goal)

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield the goals it serves or served, could carry, or has become silent or clear about."""
        states = [work for work in (change.before, change.after) if work is not None]
        named = {
            contribution.goal
            for work in states
            for contribution in work.plan.goal_contributions or ()
        }
        known = state.goal_works
        for goal in state.goals.values():
            silent = {known.is_silent(goal, work, work.place) for work in states}
            if (
                goal.id in named
                or len(silent) > 1
                or (change.before is None and True in silent)
                or any(known.is_rideable(goal, work, work.place) for work in states)
            ):
                yield (Scope.GOAL, goal.id)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield the goal itself, and the goals of an area."""
        match change.after:
            case PolicyGoal() as item:
                yield (Scope.GOAL, item.id)
            case AreaProfile() as area:
                for goal in state.goals.values():
                    if goal.area == area.id:
                        yield (Scope.GOAL, goal.id)
            case _:
                return

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of a goal."""
        goal = view.state.goals.get(unit[1])
        return None if goal is None else GoalUnitFacts(view, goal)


class LossUnits:
    """Chances that are gone: recorded at the step that ends them, never looked at again."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield nothing: what is gone follows from a step, not from the state."""
        yield from ()

    def touched_by_work(self, state: State, change: WorkChange) -> Iterator[Unit]:
        """Yield nothing."""
        yield from ()

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield nothing."""
        yield from ()

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return None: the record stays as it was made."""
        return None


class ProgrammeUnits(LossUnits):
    """The programme as a whole: what became of its chances. Looked at after all else."""

    def all(self, state: State) -> Iterator[Unit]:
        """Yield the one unit."""
        yield PROGRAMME

    def facts(self, view: View, unit: Unit) -> UnitFacts | None:
        """Return the facts of the programme."""
        return ProgrammeUnitFacts(view)


PROGRAMME: Unit = (Scope.PROGRAMME,)

SCOPES: Mapping[Scope, ScopeUnits] = MappingProxyType(
    {
        Scope.WORK: WorkUnits(),
        Scope.DEPENDENCY: DependencyUnits(),
        Scope.PAIR: PairUnits(),
        Scope.SOURCE: SourceUnits(),
        Scope.BUNDLE: BundleUnits(),
        Scope.AREA: AreaUnits(),
        Scope.PARTNER: PartnerUnits(),
        Scope.GOAL: GoalUnits(),
        Scope.LOSS: LossUnits(),
        Scope.PROGRAMME: ProgrammeUnits(),
    }
)


def touched_by_work(state: State, change: WorkChange) -> set[Unit]:
    """Return the units whose answer a changed work may change."""
    return {unit for scope in SCOPES.values() for unit in scope.touched_by_work(state, change)}


def touched_by_item(state: State, change: ItemChange) -> set[Unit]:
    """Return the units whose answer changed reference data may change."""
    return {unit for scope in SCOPES.values() for unit in scope.touched_by_item(state, change)}
