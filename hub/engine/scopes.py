"""The scopes of the rules: which units there are, and which a change can have touched.

A scope is one class. To give rules a new one (bundle, area, goal) add it to `Scope`, write its
facts in `hub/rules/facts.py` and `facts.py`, and its class here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from hub.engine.facts import (
    DependencyUnitFacts,
    PairUnitFacts,
    SourceUnitFacts,
    UnitFacts,
    View,
    WorkUnitFacts,
)
from hub.engine.places import shape_of
from hub.engine.sources import GroupKey, group_of
from hub.engine.state import PlacedWork, State
from hub.model.reference import CalendarEntry, DigMoratorium, PolicyGoal, ReferenceItem
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
        """Yield the work and its riders; for a new one also the works that already name it."""
        work = change.after.id
        yield (Scope.WORK, work)
        for rider in state.riders.get(work, ()):
            yield (Scope.WORK, rider)
        if change.before is None:
            for waiting in state.waiting.get(work, ()):
                yield (Scope.WORK, waiting)

    def touched_by_item(self, state: State, change: ItemChange) -> Iterator[Unit]:
        """Yield works under a moratorium, works a meeting decides on, works that name a goal."""
        match change.after:
            case DigMoratorium():
                yield from self._under(state, change)
            case CalendarEntry():
                yield from self._deciding(state, change)
            case PolicyGoal() as goal if change.before is None:
                for work in state.contributing.get(goal.id, ()):
                    yield (Scope.WORK, work)
            case _:
                return

    def _under(self, state: State, change: ItemChange) -> Iterator[Unit]:
        for item in (change.before, change.after):
            if isinstance(item, DigMoratorium):
                for work in state.works_under(shape_of(item.geometry).bounds):
                    yield (Scope.WORK, work)

    def _deciding(self, state: State, change: ItemChange) -> Iterator[Unit]:
        entries = [item for item in (change.before, change.after) if item is not None]
        kinds = [item.kind for item in entries if isinstance(item, CalendarEntry)]
        if all(kind.is_period for kind in kinds):
            return
        for work in state.deciding:
            yield (Scope.WORK, work)

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


SCOPES: Mapping[Scope, ScopeUnits] = MappingProxyType(
    {
        Scope.WORK: WorkUnits(),
        Scope.DEPENDENCY: DependencyUnits(),
        Scope.PAIR: PairUnits(),
        Scope.SOURCE: SourceUnits(),
    }
)


def touched_by_work(state: State, change: WorkChange) -> set[Unit]:
    """Return the units whose answer a changed work may change."""
    return {unit for scope in SCOPES.values() for unit in scope.touched_by_work(state, change)}


def touched_by_item(state: State, change: ItemChange) -> set[Unit]:
    """Return the units whose answer changed reference data may change."""
    return {unit for scope in SCOPES.values() for unit in scope.touched_by_item(state, change)}
