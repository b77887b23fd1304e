"""The state of a programme and the common functions of the catalogue, as the specification says.

Nothing is indexed or remembered between steps: this is what the engine is held against, so every
line is meant to be read beside the specification, not to be fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import shapely
import shapely.geometry as sg
from shapely.geometry.base import BaseGeometry

from hub.model.dates import Span
from hub.model.geometry import Geometry
from hub.model.intervention import Intervention, RequiredDecision
from hub.model.policy import THRESHOLDS
from hub.model.programme import WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.vocabulary import CalendarKind, DecisionLevel, Firmness, Role

Mover = tuple["Work | None", str, bool]
"""Who is asked to move, by which criterion, and whether an assumed leading role decided."""

REASONS = ("running", "role", "firmness", "shift_room", "registered_later", "undecided")


class Policy(dict[str, Any]):
    """The values in force somewhere on one day, and the names of what gave them."""

    version: str


def policy_of_layers(configs: Iterable[PolicyConfig]) -> Policy:
    """Return the defaults overlaid by configs in this order; objects are merged per key."""
    configs = list(configs)
    policy = Policy({name: threshold.default for name, threshold in THRESHOLDS.items()})
    for config in configs:
        for name, value in config.values.items():
            merged = isinstance(value, Mapping)
            policy[name] = {**policy[name], **value} if merged else value
    policy.version = "+".join(config.version for config in configs) or "default"
    return policy


def shape(geometry: Geometry) -> BaseGeometry:
    return sg.shape({"type": geometry.type.value, "coordinates": geometry.coordinates})


def overlaps(a: BaseGeometry | None, b: BaseGeometry | None) -> bool:
    return a is not None and b is not None and a.intersects(b) and not a.touches(b)


def rounded(value: float | Decimal | Fraction, places: int) -> float:
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def year(day: int) -> int:
    return date.fromordinal(day).year


@dataclass(frozen=True)
class Work:
    """One work with what follows from its own fields on the reference date."""

    plan: Intervention
    state: WorkState
    today: int
    half_width: float
    moved: int = 0

    @property
    def id(self) -> str:
        return self.plan.id

    @cached_property
    def span(self) -> Span | None:
        span = self.plan.span
        if span is None or not self.moved:
            return span
        days = (span.s_lo, span.s_hi, span.e_lo, span.e_hi)
        return Span(*(day + self.moved for day in days))

    @property
    def rank(self) -> int:
        assert self.plan.firmness is not None
        return self.plan.firmness.rank

    @property
    def live(self) -> bool:
        return 0 <= self.rank <= 4

    @property
    def active(self) -> bool:
        return self.live and (self.span is None or self.span.e_hi > self.today)

    @property
    def running(self) -> bool:
        return self.plan.firmness is Firmness.IN_EXECUTION

    @property
    def seasonal(self) -> bool:
        return self.plan.window is not None and self.plan.window.is_seasonal

    @property
    def precise(self) -> bool:
        return self.plan.window is not None and self.plan.window.is_precise

    @property
    def length(self) -> int | None:
        if self.plan.duration_days is not None:
            return self.plan.duration_days
        return self.span.e_hi - self.span.s_lo if self.span and self.precise else None

    @cached_property
    def shape(self) -> BaseGeometry | None:
        return None if self.plan.geometry is None else shape(self.plan.geometry)

    @cached_property
    def footprint(self) -> BaseGeometry | None:
        drawn = self.shape
        if drawn is None or "Polygon" in drawn.geom_type:
            return drawn
        if "Point" in drawn.geom_type:
            half = self.half_width
            points = getattr(drawn, "geoms", [drawn])
            return shapely.union_all(
                [sg.box(p.x - half, p.y - half, p.x + half, p.y + half) for p in points]
            )
        return drawn.buffer(self.half_width, cap_style="flat", join_style="mitre", mitre_limit=5)

    @property
    def room_later(self) -> int | None:
        if self.running:
            return 0
        room = self.plan.shift_room
        if self.span is None or room is None or room.latest_end is None:
            return None
        return max(0, room.latest_end.as_exclusive_end - self.span.e_hi)

    @property
    def room_earlier(self) -> int | None:
        if self.running:
            return 0
        room = self.plan.shift_room
        if self.span is None or room is None or room.earliest_start is None:
            return None
        return max(0, self.span.s_lo - max(room.earliest_start.lo, self.today))

    @property
    def room_window(self) -> tuple[int, int]:
        assert self.span is not None
        start, end = self.span.s_lo, self.span.e_hi
        room = self.plan.shift_room
        if room is not None and room.earliest_start is not None:
            start = min(start, room.earliest_start.lo)
        if room is not None and room.latest_end is not None:
            end = max(end, room.latest_end.as_exclusive_end)
        return start, end


@dataclass
class Seen:
    """What one rule concludes from the state; `facts` never make an update."""

    rule: str
    key: tuple[str, ...]
    parties: tuple[str, ...]
    certain: bool
    severity: str
    organisation: str | None
    intervention: str | None
    reason: str
    evidence: dict[str, Any]
    volatile: frozenset[str] = frozenset()
    thresholds: tuple[Any, ...] = ()
    area: str | None = None
    goal: str | None = None
    savings: tuple[float | None, int | None] = (None, None)
    sure: frozenset[str] = frozenset()
    moves: dict[str, int] | None = None
    nuisance_days: int | None = None

    @property
    def id(self) -> str:
        return f"{self.rule}:{'|'.join(self.key)}"

    @property
    def certainty(self) -> str:
        return "certain" if self.certain else "possible"

    @property
    def material_evidence(self) -> dict[str, Any]:
        return {name: item for name, item in self.evidence.items() if name not in self.volatile}

    @property
    def material(self) -> object:
        return (
            *(self.certain, self.severity, self.parties, self.organisation),
            *(self.material_evidence, self.thresholds),
        )


@dataclass
class World:
    """Everything the rules read."""

    today: int
    states: dict[str, WorkState] = field(default_factory=dict)
    goals: dict[str, PolicyGoal] = field(default_factory=dict)
    calendar: dict[str, CalendarEntry] = field(default_factory=dict)
    moratoria: dict[str, DigMoratorium] = field(default_factory=dict)
    areas: dict[str, AreaProfile] = field(default_factory=dict)
    configs: dict[tuple[str, str], PolicyConfig] = field(default_factory=dict)

    def put(self, item: ReferenceItem) -> None:
        match item:
            case PolicyGoal():
                self.goals[item.id] = item
            case CalendarEntry():
                self.calendar[item.id] = item
            case DigMoratorium():
                self.moratoria[item.id] = item
            case AreaProfile():
                self.areas[item.id] = item
            case PolicyConfig():
                self.configs.pop((item.municipality, item.version), None)
                self.configs[(item.municipality, item.version)] = item

    def look(self) -> View:
        """Return the state as the rules see it on this day."""
        return View(self)


class View:
    """One evaluation: all works with what follows, and the functions over two of them.

    Works can be imagined to be moved by some days, and some of them to be joint.
    """

    def __init__(
        self,
        world: World,
        moved: Mapping[str, int] | None = None,
        as_joint: frozenset[str] = frozenset(),
    ) -> None:
        self.world = world
        self.today = world.today
        self.as_joint = as_joint
        day = date.fromordinal(world.today)
        self._valid = [
            config
            for config in world.configs.values()
            if (config.valid_from or day) <= day
            and (config.valid_to is None or day < config.valid_to)
        ]
        self._policies: dict[str | None, Policy] = {}
        self.works = {
            key: Work(
                state.intervention,
                state,
                world.today,
                float(self.policy(state.intervention.municipality)["line_half_width_m"]),
                (moved or {}).get(key, 0),
            )
            for key, state in sorted(world.states.items())
        }
        self.active = [work for work in self.works.values() if work.active]
        self.live = [work for work in self.works.values() if work.live]
        self._extents: dict[tuple[str, str], float] = {}

    def policy(self, municipality: str | None) -> Policy:
        """Return the values in force in a municipality, None for those that hold everywhere."""
        if municipality not in self._policies:
            general = [config for config in self._valid if config.municipality == "*"]
            own = [config for config in self._valid if config.municipality == municipality]
            self._policies[municipality] = policy_of_layers([*general, *own])
        return self._policies[municipality]

    def policy_of(self, *works: Work) -> Policy:
        return self.policy(min(works, key=lambda work: work.id).plan.municipality)

    def pairs(self) -> Iterator[tuple[Work, Work]]:
        yield from combinations(self.active, 2)

    # relations -----------------------------------------------------------------------------

    def distance(self, a: Work, b: Work) -> float:
        assert a.shape is not None
        assert b.shape is not None
        return float(a.shape.distance(b.shape))

    def joint(self, a: Work, b: Work) -> bool:
        if {a.id, b.id} <= self.as_joint:
            return True
        if not (a.active and b.active and self._one_rides(a, b)):
            return False
        near = self.policy_of(a, b)["coupling_distance_m"]
        if a.shape is not None and b.shape is not None and self.distance(a, b) > near:
            return False
        return not (a.span and b.span) or a.span.overlap_possible(b.span) >= 1

    def _one_rides(self, a: Work, b: Work) -> bool:
        if a.plan.ride_along_with == b.id or b.plan.ride_along_with == a.id:
            return True
        third = a.plan.ride_along_with
        if third is None or third != b.plan.ride_along_with:
            return False
        return third in self.works and self.works[third].active

    def groups(self, works: Iterable[Work]) -> list[list[Work]]:
        """Return the classes of the relation joint among works, closed transitively."""
        found: list[list[Work]] = []
        for work in works:
            mine = [group for group in found if any(self.joint(work, other) for other in group)]
            found = [group for group in found if group not in mine]
            found.append([work, *(other for group in mine for other in group)])
        return found

    def riders(self, a: Work) -> list[Work]:
        return [work for work in self.active if work.plan.ride_along_with == a.id]

    def same_project(self, a: Work, b: Work) -> bool:
        number = a.plan.project_number
        same_owner = a.plan.plan_owner == b.plan.plan_owner
        return number is not None and number == b.plan.project_number and same_owner

    def own_pair(self, a: Work, b: Work, policy: Policy) -> bool:
        same = (a.plan.plan_owner, a.plan.discipline) == (b.plan.plan_owner, b.plan.discipline)
        return same and not policy["match_within_owner"]

    def assumed_leading(self, a: Work, policy: Policy) -> bool:
        return a.plan.role is None and a.plan.discipline in policy["leading_disciplines"]

    def leading(self, a: Work, policy: Policy) -> bool:
        return a.plan.role is Role.LEADING or self.assumed_leading(a, policy)

    def shared_extent(self, a: Work, b: Work) -> float:
        """Return the shared extent; it is measured once per evaluation, for speed alone."""
        pair = (min(a.id, b.id), max(a.id, b.id))
        if pair not in self._extents:
            wide = float(self.policy_of(a, b)["coupling_distance_m"]) / 2
            first, second = (self.widened(self.works[key], wide) for key in pair)
            smallest = min(first.area, second.area)
            shared = first.intersection(second).area
            self._extents[pair] = float(shared / smallest) if smallest else 0.0
        return self._extents[pair]

    def widened(self, a: Work, by: float) -> BaseGeometry:
        assert a.footprint is not None
        return a.footprint.buffer(by, join_style="mitre", mitre_limit=5)

    # who moves, when something is decided --------------------------------------------------

    def mover(self, a: Work, b: Work, policy: Policy | None = None) -> Mover:
        """Return who moves by the values of the finding: those of the first party by default."""
        policy = policy or self.policy_of(a, b)
        stages = [5 if w.rank == 5 else 4 if w.rank == 4 else 0 for w in (a, b)]
        if stages == [4, 4]:
            return None, "both_running", False
        if stages[0] != stages[1]:
            return (a if stages[0] < stages[1] else b), "running", False
        if self.leading(a, policy) != self.leading(b, policy):
            stays, moves = (a, b) if self.leading(a, policy) else (b, a)
            return moves, "role", self.assumed_leading(stays, policy)
        if a.rank != b.rank:
            return (a if a.rank < b.rank else b), "firmness", False
        rooms = [a.room_later, a.room_earlier, b.room_later, b.room_earlier]
        known = [room for room in rooms if room is not None]
        if len(known) == 4 and sum(known[:2]) != sum(known[2:]):
            return (a if sum(known[:2]) > sum(known[2:]) else b), "shift_room", False
        days = [w.plan.source.registered_on if w.plan.source else None for w in (a, b)]
        if days[0] is not None and days[1] is not None and days[0] != days[1]:
            return (a if days[0] > days[1] else b), "registered_later", False
        return None, "undecided", False

    def mover_of_all(self, works: list[Work]) -> Mover:
        """Return who moves in an area, where only the values hold that hold everywhere."""
        policy = self.policy(None)
        if len(works) == 1:
            return works[0], "only_party", False
        for work in works:
            compared = [self.mover(work, other, policy) for other in works if other is not work]
            if all(moves is work for moves, _, _ in compared):
                return work, max((why for _, why, _ in compared), key=REASONS.index), False
        running = all(work.running for work in works)
        return None, "both_running" if running else "undecided", False

    def decided(
        self, a: Work, d: RequiredDecision, policy: Policy
    ) -> tuple[int, bool | None, bool]:
        """Return the expected day, whether a meeting is known, and whether the day drifts."""
        names = {
            DecisionLevel.MUNICIPAL_EXECUTIVE: ("executive", CalendarKind.EXECUTIVE_MEETING),
            DecisionLevel.MUNICIPAL_COUNCIL: ("council", CalendarKind.COUNCIL_MEETING),
            DecisionLevel.OWN_ORGANISATION: ("own", None),
        }
        word, kind = names[d.level]
        lead = policy[f"lead_days_{word}"]
        begun = d.submitted_on.toordinal() if d.submitted_on else None
        base = max(self.today, (self.today if begun is None else begun) + lead)
        drifts = begun is None or begun + lead <= self.today
        if kind is None:
            return base, None, drifts
        meetings = [day for day in self.calendar_days(kind, a) if day >= base]
        return (min(meetings), True, False) if meetings else (base, False, drifts)

    def calendar_days(self, kind: CalendarKind, a: Work) -> list[int]:
        return [
            entry.start.toordinal()
            for entry in self.world.calendar.values()
            if entry.kind is kind and entry.municipality in (None, a.plan.municipality)
        ]

    # conclusions ---------------------------------------------------------------------------

    def conflict(
        self,
        rule: str,
        key: Iterable[str],
        parties: Iterable[Work],
        *,
        certain: bool,
        severity: str,
        act: tuple[Work | str | None, str] | Mover,
        evidence: dict[str, Any],
        volatile: Iterable[str] = (),
        thresholds: tuple[Any, ...] = (),
        area: str | None = None,
        capped_by: Iterable[Work] | None = None,
    ) -> Seen:
        parties = list(parties)
        cap = parties if capped_by is None else list(capped_by)
        soft = any(work.plan.firmness in (Firmness.INDICATIVE, Firmness.DRAFT) for work in cap)
        if severity == "heavy" and (soft or not certain):
            severity = "light"
        who, why = act[0], act[1]
        return Seen(
            rule,
            tuple(key),
            tuple(sorted({work.id for work in parties})),
            certain,
            severity,
            who.plan.plan_owner if isinstance(who, Work) else who,
            who.id if isinstance(who, Work) else None,
            why,
            evidence,
            frozenset(volatile),
            thresholds,
            area,
        )
