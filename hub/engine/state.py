"""The programme as detect holds it: works with places and relations, reference data, the date."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import shapely

from hub.engine.agenda import Agenda
from hub.engine.area_works import AreaWorks
from hub.engine.goals import GoalWorks
from hub.engine.index import SpatialIndex, TreeIndex
from hub.engine.layers import Layer
from hub.engine.places import MITRE_LIMIT, Bounds, Place, Shape
from hub.engine.sources import SourceGroups
from hub.model.dates import Span
from hub.model.intervention import Intervention
from hub.model.policy import THRESHOLDS, Policies, PolicyValues
from hub.model.programme import WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
    reference_key,
)
from hub.model.vocabulary import CalendarKind
from hub.rules.work import Work


class PlacedWork(Work):
    """A work with its place; the place is shared by the same work moved in time."""

    __slots__ = ("place", "state")

    def __init__(self, state: WorkState, place: Place | None, span: Span | None = None) -> None:
        super().__init__(state.intervention, span)
        self.state = state
        self.place = place

    def shifted(self, days: int) -> PlacedWork:
        """Return the work as it would be a number of days later."""
        span = None if self.span is None else self.span.shifted(days)
        return PlacedWork(self.state, self.place, span)


class State:
    """Everything that findings follow from, except the findings themselves."""

    def __init__(self, reference_date: int | None) -> None:
        self.ref = reference_date
        self.works: dict[str, PlacedWork] = {}
        self.riders: dict[str, set[str]] = defaultdict(set)
        self.waiting: dict[str, set[str]] = defaultdict(set)
        self.contributing: dict[str, set[str]] = defaultdict(set)
        self.in_project: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.deciding: set[str] = set()
        self.sources = SourceGroups()
        self.endings: Agenda[str] = Agenda()
        self.index: SpatialIndex = TreeIndex()
        self.goals: dict[str, PolicyGoal] = {}
        self.goal_works = GoalWorks(self._is_in_area)
        self.areas: dict[str, AreaProfile] = {}
        self.calendar: dict[str, CalendarEntry] = {}
        self.moratoria: dict[str, DigMoratorium] = {}
        self.moratoria_of: dict[str, set[str]] = defaultdict(set)
        self.moratorium_layer = Layer()
        self.area_layer = Layer()
        self._area_works = AreaWorks(self.area_layer)
        self.network_areas: set[str] = set()
        self.periods: dict[str, CalendarEntry] = {}
        self.period_layer = Layer()
        self._meetings: dict[tuple[CalendarKind, str | None], list[int]] = defaultdict(list)
        self._configs: dict[str, PolicyConfig] = {}
        self.policies = Policies((), date.min)
        self.search_m = 0.0
        self.judges_lone_anchors = False
        self._measure_search()

    # -- policy ---------------------------------------------------------------------------------

    def policy_of(self, work: Work | None) -> PolicyValues:
        """Return the values in force in the municipality of a work."""
        return self.policies.in_force(None if work is None else work.plan.municipality)

    def advance(self, day: int) -> bool:
        """Move the reference date forward; tell whether a value in force has become another one."""
        if self.ref is not None and day <= self.ref:
            return False
        self.ref = day
        return self.refresh_policies()

    def put_policy(self, config: PolicyConfig) -> bool:
        """Take in a policy and tell whether any value in force has become another one.

        A policy that came before moves to the end of the list: the later of equals wins, and a
        restored log lists it there too.
        """
        key = reference_key(config)
        self._configs.pop(key, None)
        self._configs[key] = config
        return self.refresh_policies()

    def refresh_policies(self) -> bool:
        """Work out the values in force on the reference date; tell whether any has changed."""
        before = self.policies
        today = date.min if self.ref is None else date.fromordinal(self.ref)
        self.policies = Policies(self._configs.values(), today)
        names: set[str | None] = {None}
        names |= {config.municipality for config in self._configs.values()}
        names.discard("*")
        changed = {name for name in names if _differs(before, self.policies, name)}
        if changed:
            self._measure_search()
            self._place_again()
            self._group_again()
        return bool(changed)

    def _measure_search(self) -> None:
        """Set how far apart two works may lie and still concern each other, in metres."""
        names: set[str | None] = {config.municipality for config in self._configs.values()}
        names = (names - {"*"}) | {None}
        values = [self.policies.in_force(name) for name in names]
        half = max(value["line_half_width_m"] for value in values)
        self.judges_lone_anchors = any(value["workability_min_riders"] == 0 for value in values)
        self.search_m = float(
            max(
                *(2 * value["buffer_important_m"] for value in values),
                *(2 * value["buffer_other_m"] for value in values),
                *(value["coupling_distance_m"] for value in values),
                2 * Decimal(MITRE_LIMIT) * half,
            )
        )

    def _place_again(self) -> None:
        for work in self.works.values():
            if work.place is None:
                continue
            half = self.policy_of(work)["line_half_width_m"]
            if work.place.half_width_m != half:
                work.place = self._place(work.plan)
                self._index(work)
                self._area_works.forget()
                self._weigh_for_goals(work)

    def _group_again(self) -> None:
        self.sources = SourceGroups()
        for work in self.works.values():
            self.sources.put(work, self.policy_of(work))

    # -- works ----------------------------------------------------------------------------------

    def put_work(self, state: WorkState) -> tuple[PlacedWork | None, PlacedWork]:
        """Take in a work and return it as it was and as it is."""
        plan = state.intervention
        before = self.works.get(plan.id)
        same_place = (
            before is not None
            and before.plan.geometry == plan.geometry
            and before.plan.municipality == plan.municipality
        )
        place = before.place if same_place and before is not None else self._place(plan)
        after = PlacedWork(state, place)
        if before is not None:
            self._unlink(before)
        self.works[plan.id] = after
        self._link(after)
        self._index(after)
        self._area_works.moved(after.id, _lies(before), _lies(after))
        self._weigh_for_goals(after)
        return before, after

    def _weigh_for_goals(self, work: PlacedWork) -> None:
        for goal in self.goals.values():
            self.goal_works.put(goal, work, work.place)

    def _is_in_area(self, area: str, place: Place | None) -> bool:
        return area in self.area_layer.over(place)

    def _place(self, plan: Intervention) -> Place | None:
        if plan.geometry is None:
            return None
        values = self.policies.in_force(plan.municipality)
        return Place(plan.geometry, values["line_half_width_m"])

    def _index(self, work: PlacedWork) -> None:
        if work.place is None or work.is_withdrawn:
            self.index.remove(work.id)
        else:
            self.index.put(work.id, work.place.bounds)

    def _link(self, work: PlacedWork) -> None:
        for relation, key in self._relations(work):
            relation[key].add(work.id)
        if work.plan.required_decisions:
            self.deciding.add(work.id)
        if work.plan.project_number is not None:
            self.in_project[work.owner, work.plan.project_number].add(work.id)
        self.sources.put(work, self.policy_of(work))
        ends = work.span.e_hi if work.span is not None and work.is_live else None
        self.endings.put(work.id, ends)

    def _unlink(self, work: PlacedWork) -> None:
        for relation, key in self._relations(work):
            relation[key].discard(work.id)
            if not relation[key]:
                del relation[key]
        self.deciding.discard(work.id)
        if work.plan.project_number is not None:
            self.in_project[work.owner, work.plan.project_number].discard(work.id)
        self.sources.remove(work.id)

    def _relations(self, work: PlacedWork) -> Iterator[tuple[dict[str, set[str]], str]]:
        if work.plan.ride_along_with is not None:
            yield self.riders, work.plan.ride_along_with
        for other in {dependency.on for dependency in work.plan.dependencies or ()}:
            yield self.waiting, other
        for goal in {contribution.goal for contribution in work.plan.goal_contributions or ()}:
            yield self.contributing, goal

    def project_peers(self, work: PlacedWork) -> Iterable[str]:
        """Return the other works of the same owner's project."""
        if work.plan.project_number is None:
            return ()
        return self.in_project[work.owner, work.plan.project_number] - {work.id}

    def near(self, work: PlacedWork) -> list[str]:
        """Return the works within search distance of a work; none near a withdrawn one."""
        return [] if work.is_withdrawn else self.around(work)

    def around(self, work: PlacedWork) -> list[str]:
        """Return the works within search distance of where a work is, or was before it went."""
        if work.place is None:
            return []
        found = self.index.near(work.place.bounds, self.search_m)
        shapes = [self._shape(other) for other in found]
        is_near = shapely.dwithin(work.place.shape, shapes, self.search_m)
        return [key for key, yes in zip(found, is_near, strict=True) if yes and key != work.id]

    def near_pairs(self) -> Iterator[tuple[str, str]]:
        """Yield all pairs of works within search distance of each other."""
        for left, right in self.index.pairs(self.search_m):
            is_near = shapely.dwithin(
                [self._shape(key) for key in left],
                [self._shape(key) for key in right],
                self.search_m,
            )
            for a, b, yes in zip(left, right, is_near, strict=True):
                if yes:
                    yield a, b

    def _shape(self, work: str) -> Shape:
        place = self.works[work].place
        assert place is not None, "only placed works are indexed"
        return place.shape

    # -- reference data -------------------------------------------------------------------------

    def put_item(self, item: ReferenceItem) -> tuple[ReferenceItem | None, bool]:
        """Take in reference data; return what it replaces and whether policy in force changed."""
        before: ReferenceItem | None = None
        match item:
            case PolicyConfig():
                return None, self.put_policy(item)
            case DigMoratorium():
                before = self.put_moratorium(item)
            case CalendarEntry():
                before = self.put_calendar(item)
            case PolicyGoal():
                before = self.put_goal(item)
            case AreaProfile():
                before = self.put_area(item)
        return before, False

    def put_moratorium(self, item: DigMoratorium) -> DigMoratorium | None:
        """Take in a moratorium and return what it replaces."""
        before = self.moratoria.get(item.id)
        if before is not None and before.caused_by is not None:
            self.moratoria_of[before.caused_by].discard(item.id)
        if item.caused_by is not None:
            self.moratoria_of[item.caused_by].add(item.id)
        self.moratoria[item.id] = item
        self.moratorium_layer.put(item.id, item.geometry)
        return before

    def moratoria_over(self, work: PlacedWork) -> tuple[DigMoratorium, ...]:
        """Return the moratoria that overlap the footprint of a work, by id."""
        return tuple(self.moratoria[key] for key in self.moratorium_layer.over(work.place))

    def put_goal(self, item: PolicyGoal) -> PolicyGoal | None:
        """Take in a goal and return what it replaces."""
        before, self.goals[item.id] = self.goals.get(item.id), item
        if before != item:
            self._find_works_of(item)
        return before

    def _find_works_of(self, goal: PolicyGoal) -> None:
        self.goal_works.put_all(goal, ((work, work.place) for work in self.works.values()))

    def put_area(self, item: AreaProfile) -> AreaProfile | None:
        """Take in an area and return what it replaces."""
        before, self.areas[item.id] = self.areas.get(item.id), item
        if before is None or before.geometry != item.geometry:
            self.area_layer.put(item.id, item.geometry)
            self._find_works_in(item.id)
            for goal in self.goals.values():
                if goal.area == item.id:
                    self._find_works_of(goal)
        self.network_areas.discard(item.id)
        if item.known_networks:
            self.network_areas.add(item.id)
        return before

    def areas_over(self, work: PlacedWork) -> tuple[AreaProfile, ...]:
        """Return the areas that overlap the footprint of a work, by id."""
        return tuple(self.areas[key] for key in self.area_layer.over(work.place))

    def _find_works_in(self, area: str) -> None:
        if self._area_works.is_known:
            near = self.works_under(self.area_layer.bounds(area))
            self._area_works.redrawn(area, self._placed(self.works[key] for key in near))

    def _placed(self, works: Iterable[PlacedWork]) -> Iterator[tuple[str, Place]]:
        for work in works:
            if (place := _lies(work)) is not None:
                yield work.id, place

    def works_in(self, area: str) -> list[str]:
        """Return the works whose footprint overlaps an area, sorted."""
        if not self._area_works.is_known:
            self._area_works.sort(self._placed(self.works.values()))
        return self._area_works.of(area)

    def works_under(self, bounds: Bounds) -> list[str]:
        """Return the works whose envelope meets bounds."""
        return self.index.near(bounds, 0.0)

    def put_calendar(self, entry: CalendarEntry) -> CalendarEntry | None:
        """Take in a calendar entry and return what it replaces."""
        before = self.calendar.get(entry.id)
        if before is not None and not before.kind.is_period:
            meetings = self._meetings[before.kind, before.municipality]
            del meetings[bisect_left(meetings, before.start.toordinal())]
        self.periods.pop(entry.id, None)
        self.period_layer.remove(entry.id)
        if not entry.kind.is_period:
            insort(self._meetings[entry.kind, entry.municipality], entry.start.toordinal())
        else:
            self.periods[entry.id] = entry
            if entry.geometry is not None:
                self.period_layer.put(entry.id, entry.geometry)
        self.calendar[entry.id] = entry
        return before

    def periods_of(self, work: PlacedWork) -> list[CalendarEntry]:
        """Return the closed and sensitive periods that apply to a work, by id."""
        return [
            self.periods[key]
            for key in sorted(self.periods)
            if self._applies(self.periods[key], work)
        ]

    def _applies(self, entry: CalendarEntry, work: PlacedWork) -> bool:
        plan = work.plan
        return (
            (entry.municipality is None or entry.municipality == plan.municipality)
            and (entry.disciplines is None or plan.discipline in entry.disciplines)
            and (entry.work_types is None or plan.work_type in entry.work_types)
            and (entry.geometry is None or entry.id in self.period_layer.over(work.place))
        )

    def first_meeting(self, kind: CalendarKind, municipality: str | None, day: int) -> int | None:
        """Return the first meeting on or after a day that counts in a municipality."""
        names = (None,) if municipality is None else (None, municipality)
        days = []
        for name in names:
            meetings = self._meetings.get((kind, name), [])
            place = bisect_left(meetings, day)
            if place < len(meetings):
                days.append(meetings[place])
        return min(days, default=None)

    def last_meeting(self, kind: CalendarKind, municipality: str | None, day: int) -> int | None:
        """Return the last meeting before a day that counts in a municipality."""
        names = (None,) if municipality is None else (None, municipality)
        days = []
        for name in names:
            meetings = self._meetings.get((kind, name), [])
            place = bisect_left(meetings, day)
            if place > 0:
                days.append(meetings[place - 1])
        return max(days, default=None)


def _lies(work: PlacedWork | None) -> Place | None:
    """Return where a work lies, None where it is unknown or the work is off the programme."""
    return None if work is None or work.is_withdrawn else work.place


def _differs(before: Policies, after: Policies, municipality: str | None) -> bool:
    old, new = before.in_force(municipality), after.in_force(municipality)
    return any(old[name] != new[name] for name in THRESHOLDS)
