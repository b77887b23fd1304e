"""Small programmes that touch each other in every way: what property tests draw from."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.decision import Decision
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import (
    Dependency,
    FundingLine,
    GoalContribution,
    Governance,
    Intervention,
    Participation,
    RequiredDecision,
    Source,
)
from hub.model.programme import LogBody, LogEntry, Tick, WorkState, log_key
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    Instrument,
    KnownNetwork,
    PolicyConfig,
    PolicyGoal,
)
from hub.model.vocabulary import (
    NOBODY,
    AreaKind,
    CalendarKind,
    Capacity,
    Classification,
    DecisionKind,
    DecisionLevel,
    DependencyType,
    Discipline,
    Exemption,
    Firmness,
    FundingStatus,
    MoratoriumEffect,
    ParticipationStatus,
    PartnerAnswer,
    RequiredDecisionStatus,
    Role,
    Support,
    SurfaceType,
    TrafficImpact,
    WorkType,
)

START = date(2026, 11, 23)
WORKS = ("gas:1", "heat:1", "road:1", "sewer:1", "space:1")
_OWNERS = ("a-co", "b-co", "c-co")
_MUNICIPALITIES = (None, None, "GM0001", "GM0002")


def box(x: float, y: float, width: float, height: float) -> Geometry:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    return Geometry(GeometryType.POLYGON, (corners,))


def line(x: float, y: float, length: float) -> Geometry:
    return Geometry(GeometryType.LINE_STRING, ((x, y), (x + length, y)))


_PLACES = [
    None,
    box(0, 0, 100, 8),
    box(0, 0, 100, 8),
    box(20, 2, 100, 4),
    box(0, 18, 100, 6),
    box(0, 19.5, 100, 6),
    box(0, 19.9, 100, 6),
    box(0, 25, 100, 6),
    box(0, 29.5, 100, 6),
    box(40, -30, 4, 80),
    box(500, 0, 50, 8),
    line(0, 4, 120),
    line(0, 16, 120),
    Geometry(GeometryType.POINT, (50.0, 12.0)),
]
_STARTS = (
    "2026-12",
    "2027-02",
    "2027-01-04",
    "2027-03-01",
    "2027-04-10",
    "2027-Q3",
    "2028",
    "2028-05",
    "2029-06-01",
)
_ENDS = (
    "2027-03",
    "2027-05",
    "2027-03-01",
    "2027-04-02",
    "2027-06-30",
    "2027-Q4",
    "2028",
    "2028-07",
    "2029-12-31",
)
_WINDOWS = [
    None,
    *(
        window
        for start in _STARTS
        for end in _ENDS
        if not (window := Window(PlanDate.parse(start), PlanDate.parse(end))).is_empty
    ),
]
_ROOMS = [
    None,
    *(
        ShiftRoom(
            None if earliest is None else PlanDate.parse(earliest),
            None if latest is None else PlanDate.parse(latest),
        )
        for earliest in (None, "2026-12-01", "2027-02-01")
        for latest in (None, "2028-02-01", "2029-03-01", "2031")
    ),
]
_DECISIONS = [
    None,
    (),
    *(
        (RequiredDecision("credit", level, status, submitted_on=submitted, needed_by=needed),)
        for level in DecisionLevel
        for status in RequiredDecisionStatus
        for submitted in (None, date(2026, 11, 1), date(2027, 1, 10))
        for needed in (None, date(2027, 2, 1))
    ),
]
_SOURCES = [
    None,
    *(
        Source(system=system, registered_on=registered, updated_on=updated)
        for system in (None, "plan", "money")
        for registered in (None, date(2025, 1, 1), date(2025, 6, 1))
        for updated in (None, date(2025, 11, 1), date(2026, 10, 1))
    ),
]
_GOVERNANCE = [
    None,
    Governance(),
    Governance(NOBODY, "director", "lead", 50_000, Support.LOW, Capacity.SUFFICIENT, ("w", "r")),
    Governance("alderman", NOBODY, None, 500_000, Support.HIGH, Capacity.INSUFFICIENT, ("w",)),
    Governance("alderman", "director", "lead", portfolios=("w", "r", "s")),
]
_FUNDING = [
    None,
    (),
    *(
        (
            FundingLine("levy", first, FundingStatus.APPROVED, year),
            FundingLine(source, 40_000, status, None),
        )
        for first in (0, 60_000, 100_000)
        for year in (None, 2027, 2030)
        for source, status in (
            ("levy", FundingStatus.REJECTED),
            ("grant", FundingStatus.REQUESTED),
        )
    ),
]
_CONTRIBUTIONS = [
    None,
    None,
    (),
    (),
    (GoalContribution("rain", Decimal(5)),),
    (GoalContribution("rain", Decimal("2.5"), "rule"), GoalContribution("trees", Decimal(1))),
    (GoalContribution("trees", Decimal(40), "plant"),),
]
_OTHERS = [None, *WORKS, "sewer:1", "sewer:1", "gone:1"]
_FIELDS: dict[str, list[Any]] = {
    "plan_owner": list(_OWNERS),
    "municipality": list(_MUNICIPALITIES),
    "discipline": [Discipline.GAS, Discipline.SEWER, Discipline.ROAD],
    "firmness": [firmness for firmness in Firmness if firmness is not Firmness.WITHDRAWN],
    "role": [None, Role.LEADING, Role.FOLLOWING],
    "window": _WINDOWS,
    "duration_days": [None, 40],
    "shift_room": _ROOMS,
    "geometry": _PLACES,
    "opens_surface": [True, False, None],
    "renews_surface": [True, False, None],
    "surface_type": [None, SurfaceType.ASPHALT, SurfaceType.GREEN],
    "traffic_impact": [None, TrafficImpact.NONE, TrafficImpact.CLOSED],
    "exemption": [None, Exemption.EMERGENCY],
    "ride_along_with": _OTHERS,
    "dependencies": [
        None,
        *((Dependency(on, tie, 30),) for on in _OTHERS[1:] for tie in DependencyType),
    ],
    "required_decisions": _DECISIONS,
    "below_ground_width_m": [None, Decimal("0.8"), Decimal("1.6")],
    "cost_cents": [None, 0, 100_000, 100_000],
    "funding": _FUNDING,
    "governance": _GOVERNANCE,
    "approach_adapted": [None, True, False],
    "work_type": [None, WorkType.GROUND_RAISING, WorkType.REPLACE],
    "participation": [
        None,
        Participation(ParticipationStatus.PLANNED, PlanDate.parse("2027-02"), duration_days=400),
        Participation(ParticipationStatus.RUNNING),
        Participation(ParticipationStatus.RUNNING, end=PlanDate.parse("2027-Q1")),
        Participation(ParticipationStatus.PLANNED, end=PlanDate.parse("2028-02-01")),
    ],
    "goal_contributions": _CONTRIBUTIONS,
    "baseline_start": [None, *map(PlanDate.parse, ("2026", "2026-12", "2027-02-10"))],
    "classification": [None, *Classification],
    "project_number": [None, "P1"],
    "source": _SOURCES,
}
_WEIGHTY = (
    *("window", "window", "window", "geometry", "geometry", "geometry"),
    *("ride_along_with", "ride_along_with", "required_decisions", "dependencies"),
    *("firmness", "shift_room", "participation", "goal_contributions"),
)


@st.composite
def _field_values(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from([*_WEIGHTY, *_FIELDS]))
    return name, draw(st.sampled_from(_FIELDS[name]))


def _changed(work: Intervention, changes: Iterable[tuple[str, Any]]) -> Intervention:
    fields = dict(changes)
    if fields.get("ride_along_with") == work.id:
        del fields["ride_along_with"]
    if any(tie.on == work.id for tie in fields.get("dependencies") or ()):
        del fields["dependencies"]
    return replace(work, **fields)


def _begin(number: int, name: str) -> Intervention:
    """Return a work in the one street, firm, with a window and some room: all meet each other."""
    start = START + timedelta(days=60 + 70 * number)
    return Intervention(
        id=name,
        plan_owner=f"{name[:2]}-co",
        discipline=list(Discipline)[number],
        firmness=Firmness.ADOPTED,
        window=Window(PlanDate.of_day(start), PlanDate.of_day(start + timedelta(days=100))),
        shift_room=ShiftRoom(
            PlanDate.of_day(START + timedelta(days=15)),
            PlanDate.of_day(start + timedelta(days=300 + 20 * number)),
        ),
        geometry=box(10 * number, 0, 100, 8),
        opens_surface=True,
        renews_surface=number % 2 == 0,
        surface_type=SurfaceType.ASPHALT,
        source=Source("plan", registered_on=date(2025, 1, 1), updated_on=date(2026, 1, 1)),
    )


@st.composite
def works(draw: st.DrawFn) -> Intervention:
    name = draw(st.sampled_from(WORKS))
    changes = draw(st.lists(_field_values(), max_size=4))
    return _changed(_begin(WORKS.index(name), name), changes)


class Change:
    """Changes some fields of a work, whatever it is then."""

    def __init__(self, work: str, fields: list[tuple[str, Any]]) -> None:
        self.work = work
        self.fields = fields

    def __repr__(self) -> str:
        return f"Change({self.work}, {self.fields})"


_moratoria = st.builds(
    DigMoratorium,
    id=st.sampled_from(["dm:1", "dm:2"]),
    geometry=st.sampled_from([box(0, 0, 60, 8), box(95, 0, 60, 8), line(0, 5, 50)]),
    start=st.just(date(2026, 1, 1)),
    end=st.sampled_from([date(2027, 3, 15), date(2029, 1, 1)]),
    effect=st.sampled_from(MoratoriumEffect),
    exempt=st.sampled_from([(), (Exemption.EMERGENCY,)]),
    caused_by=st.sampled_from([None, *WORKS]),
)
_ITEM_FIELDS: dict[str, dict[str, list[Any]]] = {
    "calendar": {
        "id": ["m:1", "m:2", "m:3", "m:4"],
        "kind": [*CalendarKind, CalendarKind.BUDGET_GATE],
        "start": [date(2026, 12, 20), date(2027, 1, 25), date(2027, 3, 8), date(2024, 2, 29)],
        "end": [date(2027, 3, 9), date(2027, 6, 30), date(2029, 2, 28)],
        "repeat_yearly": [False, True],
        "municipality": [None, None, "GM0001"],
        "disciplines": [None, None, (Discipline.SEWER, Discipline.GAS)],
        "work_types": [None, None, (WorkType.REPLACE,)],
        "geometry": [None, None, box(0, 0, 60, 8), line(0, 5, 50)],
    },
    "area": {
        "id": ["seg:1", "seg:2", "nb:1"],
        "geometry": [box(0, 0, 120, 12), box(0, 0, 120, 12), box(0, 0, 60, 8), box(0, 8, 90, 40)],
        "kind": [AreaKind.STREET_SEGMENT, AreaKind.STREET_SEGMENT, AreaKind.NEIGHBOURHOOD],
        "vulnerable_share": [None, Decimal("0.25"), Decimal("0.6")],
        "below_ground_free_width_m": [None, Decimal("0.5"), Decimal("1.6"), Decimal(3)],
        "past_openings": [None, (date(2025, 5, 1), date(2026, 9, 1)), (date(2023, 4, 10),)],
        "known_networks": [
            None,
            *(
                (
                    KnownNetwork(discipline, owner, answer, asked),
                    KnownNetwork(Discipline.HEAT, "elsewhere-co", answer, asked),
                )
                for discipline, owner in ((Discipline.GAS, "a-co"), (Discipline.SEWER, "ga-co"))
                for answer in (None, *PartnerAnswer)
                for asked in (None, date(2026, 11, 1))
            ),
        ],
    },
}


def _calendar_entry(**fields: Any) -> CalendarEntry:
    entry = CalendarEntry(**fields)
    if entry.kind.is_period and entry.start.replace(day=28) < fields["end"]:
        return entry
    return replace(entry, kind=CalendarKind.COUNCIL_MEETING) if entry.kind.is_period else entry


def _drawn_of(kind: str) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.sampled_from(values) for name, values in _ITEM_FIELDS[kind].items()}


_entries = st.builds(_calendar_entry, **_drawn_of("calendar"))
_GOALS: dict[str, list[Any]] = {
    "id": ["rain", "trees"],
    "target_amount": [None, Decimal(5), Decimal(12)],
    "due_year": [None, 2026, 2028, 2030],
    "area": [None, None, "seg:1"],
    "municipality": [None, None, "GM0001"],
    "rides_on_disciplines": [None, (Discipline.SEWER, Discipline.ROAD), tuple(Discipline)],
    "instruments": [
        None,
        (),
        (Instrument("rule", None, Decimal(8), 2026, 2027), Instrument("plant")),
        (Instrument("plant", None, Decimal(40), 2025, 2028),),
    ],
}
_goals = st.builds(
    PolicyGoal,
    policy_owner=st.just("pol"),
    **{name: st.sampled_from(values) for name, values in _GOALS.items()},
)
_areas = st.builds(AreaProfile, **_drawn_of("area"))
_VALUES: list[dict[str, Any]] = [
    {"coupling_distance_m": 2},
    {"ride_along_min_days": 30, "coupling_years": 1},
    {"missed_limit": 1, "missed_period_days": 60, "missed_share": 0},
    {"missed_limit": 1, "missed_share": Decimal("0.6"), "answer_days": 3},
    {"slippage_days": 20, "goal_horizon_years": 1, "goal_required_disciplines": ("road",)},
    {"instrument_min_elapsed": Decimal("0.1"), "instrument_min_ratio": Decimal("0.9")},
    {"buffer_other_m": 0},
    {"hysteresis_m": 20},
    {"line_half_width_m": 6},
    {"match_within_owner": True},
    {"leading_disciplines": ("road",)},
    {"stale_days": 30, "ended_grace_days": 400},
    {"moratorium_years": {"asphalt": 0}, "preparation_days": 10},
    {"required_fields": {"draft": ("role", "geometry")}},
    {"lead_days_council": 10, "sequence_heavy_days": 0},
    {"workability_limit": 20, "workability_min_riders": 1, "governance_horizon_days": 100},
    {"workability_limit": 12, "workability_min_riders": 0, "workability_hysteresis": 8},
    {"area_work_limit": 2, "area_owner_limit": 2, "partner_horizon_days": 90},
    {"area_work_limit": 3, "area_owner_limit": 1, "partner_answer_days": 200},
    {"repeat_openings_limit": 2, "nuisance_days_limit": 60, "min_segment_share": 0},
    {"nuisance_days_limit": 90, "nuisance_period_days": 200, "vulnerable_share_limit": 0},
    {"funding_horizon_days": 90, "funding_heavy_days": 60, "participation_max_days": 30},
]
_policies = st.builds(
    PolicyConfig,
    version=st.sampled_from(["p", "q"]),
    municipality=st.sampled_from(["*", "GM0001"]),
    valid_from=st.sampled_from([None, date(2027, 2, 1)]),
    valid_to=st.sampled_from([None, date(2027, 6, 1)]),
    values=st.sampled_from(_VALUES),
)


class Withdrawal:
    """Takes a work off the programme, whatever it is then."""

    def __init__(self, work: str) -> None:
        self.work = work

    def __repr__(self) -> str:
        return f"Withdrawal({self.work})"


class Passing:
    """Lets days pass."""

    def __init__(self, days: int) -> None:
        self.days = days

    def __repr__(self) -> str:
        return f"Passing({self.days})"


class Answer:
    """An answer to one of the findings there are then."""

    def __init__(self, place: int, kind: DecisionKind) -> None:
        self.place = place
        self.kind = kind

    def __repr__(self) -> str:
        return f"Answer({self.place}, {self.kind})"


_changes = st.builds(
    Change, st.sampled_from(WORKS), st.lists(_field_values(), min_size=1, max_size=2)
)
steps = st.one_of(
    works(),
    _changes,
    _changes,
    _changes,
    st.builds(Withdrawal, st.sampled_from(WORKS)),
    st.builds(Passing, st.sampled_from([1, 1, 3, 20, 90, 400])),
    st.builds(Answer, st.integers(0, 20), st.sampled_from(DecisionKind)),
    st.one_of(_moratoria, _entries, _goals, _areas, _areas, _policies),
)
initial_works = st.lists(works(), min_size=2, max_size=6, unique_by=lambda work: work.id)


_ADOPTED = [firmness for firmness in Firmness if firmness.rank >= 2]


class Story:
    """Turns drawn steps into log entries, knowing what the steps before them did."""

    def __init__(self) -> None:
        self.today = START
        self.log: list[LogEntry] = []
        self._states: dict[str, WorkState] = {}

    def entry(self, step: object, findings: Iterable[str]) -> LogEntry | None:
        """Return the log entry of a step, None where it says nothing at this point."""
        body = self._body(step, sorted(findings))
        if body is None:
            return None
        entry = LogEntry(self.today, body)
        self.log.append(entry)
        return entry

    def _body(self, step: object, findings: list[str]) -> LogBody | None:
        match step:
            case Passing(days=days):
                self.today += timedelta(days=days)
                return Tick(self.today)
            case Withdrawal(work=work):
                if work not in self._states:
                    return None
                plan = self._states[work].intervention
                return self._state(replace(plan, firmness=Firmness.WITHDRAWN))
            case Answer(place=place, kind=kind):
                finding = findings[place % len(findings)] if findings else "C01:x|y"
                return Decision(
                    id=f"d{len(self.log)}", kind=kind, by="someone", on=self.today, finding=finding
                )
            case Change(work=work, fields=fields):
                if work not in self._states:
                    return None
                return self._state(_changed(self._states[work].intervention, fields))
            case Intervention():
                return self._state(step)
            case _:
                return step  # type: ignore[return-value]

    def _state(self, plan: Intervention) -> WorkState:
        """Return what register would say of a work: with its first adopted start and its cause."""
        known = self._states.get(plan.id)
        first = known.first_adopted_start if known else None
        if first is None and plan.window is not None and plan.firmness in _ADOPTED:
            first = plan.window.start
        cause = known.window_cause if known else None
        if known is not None and known.intervention.window != plan.window:
            cause = f"step {len(self.log)}"
        revision = known.revision + 1 if known else 1
        self._states[plan.id] = WorkState(plan, revision, first, cause)
        return self._states[plan.id]


def compacted(log: Iterable[LogEntry]) -> list[LogEntry]:
    """Return a log as compaction leaves it: the last record of each key, in its place."""
    last: dict[str, LogEntry] = {}
    for entry in log:
        key = log_key(entry.body)
        last.pop(key, None)
        last[key] = entry
    return list(last.values())


_PROFILES = (
    (10, 45, 5, 15, 10, 15),
    (5, 20, 2, 60, 5, 8),  # time passes
    (5, 25, 2, 15, 3, 50),  # reference data and policy
    (5, 30, 3, 12, 45, 5),  # people answer
)
"""Shares of the kinds of step: new, change, withdraw, pass, answer, item."""


def drawn_at_random(seed: int, *, length: int = 14) -> tuple[list[Intervention], list[object]]:
    """Return first works and steps out of one seed.

    Drawn evenly: hypothesis prefers few and small choices, which are easy to read when they fail
    but seldom bring rare states together.
    """
    rng = random.Random(seed)

    def field() -> tuple[str, Any]:
        name = rng.choice([*_WEIGHTY, *_FIELDS])
        return name, rng.choice(_FIELDS[name])

    def work(name: str) -> Intervention:
        changes = [field() for _ in range(rng.randrange(6))]
        return _changed(_begin(WORKS.index(name), name), changes)

    shares = _PROFILES[seed % len(_PROFILES)]

    def step() -> object:
        match rng.choices(("new", "change", "withdraw", "pass", "answer", "item"), shares)[0]:
            case "new":
                return work(rng.choice(WORKS))
            case "change":
                return Change(rng.choice(WORKS), [field() for _ in range(rng.randint(1, 2))])
            case "withdraw":
                return Withdrawal(rng.choice(WORKS))
            case "pass":
                return Passing(rng.choice([1, 1, 1, 2, 5, 20, 60, 150]))
            case "answer":
                return Answer(rng.randrange(30), rng.choice(list(DecisionKind)))
            case _:
                return _item(rng)

    first = [work(name) for name in rng.sample(WORKS, rng.randint(3, len(WORKS)))]
    setting = [_item(rng) for _ in range(rng.randrange(5))]
    if seed % 2:
        first = [_changed(plan, _telling(rng)) for plan in first]
        setting += _crowded(rng)
    if seed % 3:
        setting += _ambitious(rng)
    return first, [*setting, *(step() for _ in range(length))]


def _telling(rng: random.Random) -> list[tuple[str, Any]]:
    """Return fields of a work that tells of its money and governance and often rides along."""
    return [
        ("ride_along_with", rng.choice([None, "sewer:1", "sewer:1", "heat:1"])),
        ("traffic_impact", TrafficImpact.CLOSED),
        ("cost_cents", 100_000),
        ("funding", rng.choice(_FUNDING)),
        ("governance", rng.choice(_GOVERNANCE)),
        ("municipality", None),
    ]


def _crowded(rng: random.Random) -> list[object]:
    """Return a street and neighbourhood where little is too much, and a budget gate."""
    values = {
        "workability_limit": rng.choice([15, 25, 40]),
        "workability_min_riders": rng.choice([0, 1, 2]),
        "area_work_limit": rng.choice([1, 2, 3]),
        "area_owner_limit": rng.choice([1, 2]),
        "nuisance_days_limit": rng.choice([90, 130, 180]),
        "funding_heavy_days": rng.choice([90, 200]),
    }
    street = _chosen(rng, "area") | {"id": "seg:3", "geometry": box(0, 0, 120, 12)}
    gate = rng.choice([date(2026, 12, 20), date(2027, 3, 8), date(2028, 5, 1)])
    return [
        PolicyConfig(version="low", values=values),
        AreaProfile(**(street | {"kind": AreaKind.STREET_SEGMENT})),
        AreaProfile(id="nb:2", geometry=box(-50, -50, 400, 200), kind=AreaKind.NEIGHBOURHOOD),
        CalendarEntry(id="gate", kind=CalendarKind.BUDGET_GATE, start=gate),
    ]


def _ambitious(rng: random.Random) -> list[object]:
    """Return goals that works can serve and carry, and values by which chances are soon lost."""
    values = {
        "ride_along_min_days": rng.choice([10, 40, 90]),
        "missed_limit": rng.choice([1, 1, 2]),
        "missed_period_days": rng.choice([5, 30, 365]),
        "missed_share": rng.choice([0, Decimal("0.4"), Decimal("0.7")]),
    }
    goals: list[object] = []
    for name in ("rain", "trees"):
        drawn = {key: rng.choice(options) for key, options in _GOALS.items()}
        drawn |= {"id": name, "target_amount": Decimal(rng.choice([3, 12])), "due_year": 2029}
        drawn |= {"rides_on_disciplines": tuple(Discipline)}
        goals.append(PolicyGoal(policy_owner="pol", **drawn))
    return [PolicyConfig(version="hope", values=values), *goals]


def _item(rng: random.Random) -> object:
    kind = rng.random()
    if kind < 0.2:
        return DigMoratorium(
            id=rng.choice(["dm:1", "dm:2"]),
            geometry=rng.choice([box(0, 0, 60, 8), box(95, 0, 60, 8), line(0, 5, 50)]),
            start=date(2026, 1, 1),
            end=rng.choice([date(2027, 3, 15), date(2029, 1, 1)]),
            effect=rng.choice(list(MoratoriumEffect)),
            exempt=rng.choice([(), (Exemption.EMERGENCY,)]),
            caused_by=rng.choice([None, *WORKS]),
        )
    if kind < 0.4:
        return _calendar_entry(**_chosen(rng, "calendar"))
    if kind < 0.65:
        return AreaProfile(**_chosen(rng, "area"))
    if kind < 0.75:
        drawn = {name: rng.choice(values) for name, values in _GOALS.items()}
        return PolicyGoal(policy_owner="pol", **drawn)
    return PolicyConfig(
        version=rng.choice(["p", "q"]),
        municipality=rng.choice(["*", "GM0001"]),
        valid_from=rng.choice([None, date(2027, 2, 1)]),
        valid_to=rng.choice([None, date(2027, 6, 1)]),
        values=rng.choice(_VALUES),
    )


def _chosen(rng: random.Random, kind: str) -> dict[str, Any]:
    return {name: rng.choice(values) for name, values in _ITEM_FIELDS[kind].items()}
