"""A municipality as its sources tell it: the town of `town.py`, with what real programmes have.

Dates mostly as years; few works with money or governance; sewers planned per pipe string, with a
project number of their own; streets that cross. Some works ride along with a sewer, some wait for
another one, a few large projects are fully arranged. There are goals with instruments, dig
moratoria, a calendar of meetings, budget gates and seasons, vulnerable neighbourhoods, plans that
slipped since they were adopted, and data that is not in order. The shares are assumptions, each
named below; the same seed gives the same municipality.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.town import (
    REFERENCE_DATE,
    Site,
    districts_per_side,
    sited_work,
    town_reference,
)
from hub.model.dates import PlanDate, ShiftRoom, Window
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
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    Instrument,
    KnownNetwork,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.vocabulary import (
    NETWORK_DISCIPLINES,
    NOBODY,
    AreaKind,
    CalendarKind,
    Capacity,
    DecisionLevel,
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
    WorkType,
)

MUNICIPALITY = "GM0999"
_STRING_M = 60.0
_YEARS, _QUARTERS, _MONTHS = 0.60, 0.10, 0.12
_SHIFT_ROOM = 0.30
_NO_WINDOW, _NO_PLACE = 0.02, 0.015
_MONEY, _DECISIONS, _PARTICIPATION, _GOVERNANCE = 0.10, 0.08, 0.06, 0.05
_LEADING_SAID = 0.3
_RIDES, _WAITS, _UNKNOWN_ID, _TWICE = 0.08, 0.04, 0.003, 0.004
_WHOLE_PROJECT = 0.05
_CONTRIBUTES = 0.06
_SLIPPED = 0.25
_STALE, _BEGUN, _DONE = 0.10, 0.06, 0.03
_STREETS = (
    "Linden",
    "Beuken",
    "Eiken",
    "Iepen",
    "Kastanje",
    "Berken",
    "Wilgen",
    "Populieren",
    "Esdoorn",
    "Meidoorn",
    "Vlier",
    "Hazelaar",
    "Merel",
    "Lijster",
    "Zwaluw",
    "Reiger",
    "Kievit",
    "Leeuwerik",
    "Molen",
    "Kerk",
    "School",
    "Haven",
    "Markt",
    "Brug",
    "Toren",
    "Poort",
    "Dijk",
    "Kanaal",
    "Tulpen",
    "Rozen",
    "Lelie",
)
_KINDS = ("straat", "laan", "weg", "kade", "hof")
_WORDS = {
    Discipline.SEWER: "Rioolvervanging",
    Discipline.DRINKING_WATER: "Waterleiding",
    Discipline.GAS: "Gasleiding",
    Discipline.ELECTRICITY: "Kabels",
    Discipline.HEAT: "Warmtenet",
    Discipline.TELECOM: "Glasvezel",
    Discipline.ROAD: "Onderhoud rijbaan",
    Discipline.PUBLIC_SPACE: "Herinrichting",
    Discipline.GREENERY: "Bomen",
}
_SERVING = {
    Discipline.SEWER: ("rain", Decimal(250)),
    Discipline.ROAD: ("rain", Decimal(150)),
    Discipline.PUBLIC_SPACE: ("heat-stress", Decimal(400)),
    Discipline.GREENERY: ("trees", Decimal(12)),
    Discipline.HEAT: ("gas-free", Decimal(60)),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One work and where it lies."""

    plan: Intervention
    site: Site


def municipality(works: int, *, seed: int = 1) -> tuple[list[ReferenceItem], list[Intervention]]:
    """Return the reference data and the plans of a municipality of so many works."""
    planned = list(_related(list(_told(works, seed=seed)), random.Random(f"{seed}:related")))
    return list(_reference(works, seed=seed)), [one.plan for one in planned]


def street_name(site: Site) -> str:
    """Return what people call a street; a large city has several of one name, as it should."""
    east, north, row, across = site.street
    number = 131 * east + 17 * north + 7 * row + across
    return _STREETS[number % len(_STREETS)] + _KINDS[number // 3 % len(_KINDS)]


# -- one work -------------------------------------------------------------------------------------


def _told(works: int, *, seed: int) -> Iterator[Planned]:
    """Yield so many works, each from its own random stream."""
    side = districts_per_side(works)
    made = number = 0
    while made < works:
        plan, site = sited_work(number, districts_per_side=side, seed=seed)
        draw = random.Random(f"{seed}:{number}:told")
        told = replace(
            _timed(plan, draw),
            title=f"{_WORDS[plan.discipline]} {street_name(site)}",
            **_kind(plan, draw),
            **_arranged(plan, draw),
            **_origin(plan, draw),
        )
        for piece in _pieces(Planned(told, site), draw):
            if made < works:
                made += 1
                yield piece
        number += 1


def _timed(plan: Intervention, draw: random.Random) -> Intervention:
    """Return a plan as exact in time as its source, and as firm as it is near."""
    assert plan.window is not None
    start = date.fromordinal(plan.window.start.lo)
    days = max(5, plan.window.end.as_exclusive_end - plan.window.start.lo)
    begun = draw.random()
    if begun < _BEGUN + _DONE:
        start = REFERENCE_DATE - timedelta(days=draw.randrange(20, 1_200 if begun < _DONE else 300))
        days = min(days, 240)
    end = start + timedelta(days=days)
    window = _window(start, end, draw)
    firmness = _firmness(start, end, draw, is_done=begun < _DONE)
    has_room = draw.random() < _SHIFT_ROOM
    return replace(
        plan,
        window=None if firmness.rank < 2 and draw.random() < _NO_WINDOW * 3 else window,
        duration_days=days
        if draw.random() < 0.2 and window.start.text[:4] == window.start.text
        else None,
        shift_room=_room(window, draw) if has_room else None,
        geometry=None if firmness.rank < 2 and draw.random() < _NO_PLACE * 3 else plan.geometry,
        firmness=firmness,
        baseline_start=_baseline(start, draw) if firmness.rank >= 2 else None,
    )


def _window(start: date, end: date, draw: random.Random) -> Window:
    last = end - timedelta(days=1)
    exact = draw.random()
    if exact < _YEARS:
        return Window(PlanDate.parse(str(start.year)), PlanDate.parse(str(last.year)))
    if exact < _YEARS + _QUARTERS:
        return Window(PlanDate.parse(_quarter(start)), PlanDate.parse(_quarter(last)))
    if exact < _YEARS + _QUARTERS + _MONTHS:
        return Window(PlanDate.parse(f"{start:%Y-%m}"), PlanDate.parse(f"{last:%Y-%m}"))
    return Window(PlanDate.of_day(start), PlanDate.of_day(end))


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _room(window: Window, draw: random.Random) -> ShiftRoom:
    """Return the room to shift, in whole years around the window as owners give it."""
    first = int(window.start.text[:4]) - draw.choice((0, 0, 1))
    last = int(window.end.text[:4]) + draw.choice((0, 1, 1, 2, 3))
    return ShiftRoom(PlanDate.parse(str(first)), PlanDate.parse(str(last)))


def _firmness(start: date, end: date, draw: random.Random, *, is_done: bool) -> Firmness:
    if is_done:
        return Firmness.COMPLETED
    if start <= REFERENCE_DATE:
        return Firmness.IN_EXECUTION
    years = (start - REFERENCE_DATE).days / 365
    weights = (0, 1, 5, 4) if years < 2 else (1, 3, 5, 1) if years < 5 else (5, 4, 1, 0)
    ladder = (Firmness.INDICATIVE, Firmness.DRAFT, Firmness.ADOPTED, Firmness.COMMITTED)
    return draw.choices(ladder, weights)[0]


def _baseline(start: date, draw: random.Random) -> PlanDate | None:
    """Return the year a plan was first adopted for; one in four has slipped since."""
    if draw.random() >= _SLIPPED:
        return None
    return PlanDate.parse(str(start.year - draw.choice((1, 1, 1, 2, 3))))


def _kind(plan: Intervention, draw: random.Random) -> dict[str, Any]:
    """Return what a work does, where its source says so."""
    types = {
        Discipline.SEWER: (WorkType.REPLACE, WorkType.REPLACE, WorkType.RENOVATE),
        Discipline.ROAD: (WorkType.RESURFACE, WorkType.MAINTAIN),
        Discipline.PUBLIC_SPACE: (WorkType.REDESIGN,),
        Discipline.GREENERY: (WorkType.NEW, WorkType.REMOVE),
    }.get(plan.discipline, (WorkType.NEW, WorkType.REPLACE))
    raises = plan.discipline is Discipline.PUBLIC_SPACE and draw.random() < 0.15
    width = draw.choice((0.4, 0.6, 0.8, 1.2)) if draw.random() < 0.08 else None
    is_network = plan.discipline in NETWORK_DISCIPLINES
    return {
        "work_type": WorkType.GROUND_RAISING if raises else draw.choice(types),
        "role": Role.LEADING if plan.role and draw.random() < _LEADING_SAID else None,
        "approach_adapted": draw.choice((True, False)) if draw.random() < 0.3 else None,
        "below_ground_width_m": Decimal(str(width)) if width and is_network else None,
        "exemption": Exemption.NEW_CONNECTION if draw.random() < 0.01 else None,
        "goal_contributions": _contributions(plan, draw),
    }


def _contributions(plan: Intervention, draw: random.Random) -> tuple[GoalContribution, ...] | None:
    serving = _SERVING.get(plan.discipline)
    if serving is not None and draw.random() < _CONTRIBUTES:
        goal, amount = serving
        through = f"{goal}-rule" if draw.random() < 0.5 else None
        return (GoalContribution(goal, amount, through),)
    is_told = plan.discipline in (Discipline.PUBLIC_SPACE, Discipline.GREENERY)
    return () if is_told and draw.random() < 0.3 else None


def _arranged(plan: Intervention, draw: random.Random) -> dict[str, Any]:
    """Return what few sources tell: money, decisions, participation, who steers."""
    fields: dict[str, Any] = {
        "cost_cents": None,
        "funding": None,
        "governance": None,
        "required_decisions": None,
        "participation": None,
        "dependencies": None,
    }
    if draw.random() < _MONEY:
        fields |= _money(plan, draw)
    if draw.random() < _DECISIONS:
        fields["required_decisions"] = (_decision(draw),)
    if draw.random() < _PARTICIPATION:
        fields["participation"] = _participation(plan, draw)
    if draw.random() < _GOVERNANCE:
        fields["governance"] = Governance(
            draw.choice(("alderman of water", "alderman of streets", NOBODY, None)),
            draw.choice(("director of public works", "director of public works", None)),
            draw.choice(("project office", NOBODY)),
            support=draw.choice((Support.LOW, Support.MEDIUM, None)),
        )
    return fields


def _money(plan: Intervention, draw: random.Random) -> dict[str, Any]:
    cost = draw.randrange(40, 2_500) * 1_000_00
    year = None if plan.window is None else int(plan.window.start.text[:4])
    approved = draw.choice((0, cost * 6 // 10, cost, cost, cost))
    lines = [FundingLine("sewer_levy", approved, FundingStatus.APPROVED, year)] if approved else []
    if approved < cost and draw.random() < 0.5:
        lines.append(FundingLine("grant", cost - approved, FundingStatus.REQUESTED, year))
    return {"cost_cents": cost, "funding": tuple(lines)}


def _decision(draw: random.Random, name: str = "credit") -> RequiredDecision:
    level = draw.choice(list(DecisionLevel))
    status = draw.choices(list(RequiredDecisionStatus), (5, 3, 3, 0.3))[0]
    submitted = None
    if status is RequiredDecisionStatus.SUBMITTED:
        submitted = REFERENCE_DATE - timedelta(days=draw.randrange(60))
    return RequiredDecision(name, level, status, submitted)


def _participation(plan: Intervention, draw: random.Random) -> Participation:
    start = REFERENCE_DATE if plan.window is None else date.fromordinal(plan.window.start.lo)
    begins = max(REFERENCE_DATE, start - timedelta(days=draw.randrange(150, 700)))
    ends = begins + timedelta(days=draw.randrange(90, 520))
    end = None if draw.random() < 0.1 else PlanDate.parse(f"{ends:%Y-%m}")
    return Participation(ParticipationStatus.PLANNED, PlanDate.parse(f"{begins:%Y-%m}"), end)


def _origin(plan: Intervention, draw: random.Random) -> dict[str, Any]:
    """Return where a plan comes from and when it was last confirmed; one in ten long ago."""
    assert plan.source is not None
    ago = draw.randrange(366, 1_500) if draw.random() < _STALE else draw.randrange(360)
    updated = REFERENCE_DATE - timedelta(days=ago)
    registered = updated - timedelta(days=draw.randrange(1_500))
    system = f"{plan.plan_owner}-plan"
    revision = draw.choice((1, 2, 3, 4, 4, 5, 7, 12))
    return {"source": Source(system, plan.source.key, revision, registered, updated)}


def _pieces(one: Planned, draw: random.Random) -> Iterator[Planned]:
    """Yield a sewer as one work per pipe string, and now and then a work from two sources."""
    plan, geometry = one.plan, one.plan.geometry
    if plan.discipline is Discipline.SEWER:
        plan = replace(plan, project_number=plan.id)
        if geometry is not None and geometry.type is not GeometryType.POINT:
            yield from _strings(plan, geometry, one.site)
            return
    if draw.random() < _TWICE and plan.source is not None:
        plan = replace(plan, project_number=plan.id)
        twin = replace(plan.source, system="register")
        yield Planned(replace(plan, id=f"{plan.id}-register", source=twin), one.site)
    yield replace(one, plan=plan)


def _strings(plan: Intervention, geometry: Geometry, site: Site) -> Iterator[Planned]:
    (x, y), (to_x, to_y) = list(geometry.positions())[:2]
    count = max(1, round(math.hypot(to_x - x, to_y - y) / _STRING_M))
    manholes = [
        (round(x + (to_x - x) * step / count, 2), round(y + (to_y - y) * step / count, 2))
        for step in range(count + 1)
    ]
    length = (site.ends - site.begins) / count
    for step in range(count):
        yield Planned(
            replace(
                plan,
                id=f"{plan.id}-{step + 1}",
                geometry=Geometry(GeometryType.LINE_STRING, (manholes[step], manholes[step + 1])),
            ),
            Site(site.street, site.begins + step * length, site.begins + (step + 1) * length),
        )


# -- works together -------------------------------------------------------------------------------


def _related(planned: Sequence[Planned], draw: random.Random) -> Iterator[Planned]:
    """Yield the works with what ties them: riders, order, whole projects."""
    in_street: dict[tuple[int, int, int, bool], list[Planned]] = defaultdict(list)
    for one in planned:
        in_street[one.site.street].append(one)
    tied: dict[str, Intervention] = {}
    for street in in_street.values():
        for sewer in _middles(street):
            beside = [one.plan for one in street if _could_join(sewer, one)]
            if len(beside) >= 3 and draw.random() < _WHOLE_PROJECT:
                tied |= {one.id: one for one in _whole_project(sewer.plan, beside[:5], draw)}
                continue
            for plan in beside:
                if plan.id not in tied:
                    tied[plan.id] = _tied(plan, sewer.plan, draw)
    for one in planned:
        plan = tied.get(one.plan.id, one.plan)
        if draw.random() < _UNKNOWN_ID:
            plan = replace(plan, dependencies=(Dependency(on="sewer:gone"),))
        yield replace(one, plan=plan)


def _middles(street: Iterable[Planned]) -> Iterator[Planned]:
    """Yield the middle string of each sewer: the one that others name when they join it."""
    strings: dict[str, list[Planned]] = defaultdict(list)
    for one in street:
        if one.plan.discipline is Discipline.SEWER and one.plan.firmness.is_live:
            strings[one.plan.project_number or one.plan.id].append(one)
    for group in strings.values():
        yield group[len(group) // 2]


def _could_join(sewer: Planned, one: Planned) -> bool:
    plan = one.plan
    return (
        plan.discipline is not Discipline.SEWER
        and plan.firmness.is_live
        and one.site.shared_m(sewer.site) > 0
    )


def _tied(plan: Intervention, sewer: Intervention, draw: random.Random) -> Intervention:
    luck = draw.random()
    if luck < _RIDES:
        keeps_own_dates = draw.random() < 0.3
        return replace(
            plan,
            ride_along_with=sewer.id,
            window=plan.window if keeps_own_dates else sewer.window or plan.window,
            duration_days=None,
            shift_room=None,
            required_decisions=(_decision(draw),) if draw.random() < 0.4 else None,
            **(_money(plan, draw) if draw.random() < 0.4 else {}),
        )
    if luck < _RIDES + _WAITS:
        lag = draw.choice((0, 30, 60))
        return replace(plan, dependencies=(Dependency(on=sewer.id, lag_days=lag),))
    return plan


def _whole_project(
    sewer: Intervention, beside: Sequence[Intervention], draw: random.Random
) -> Iterator[Intervention]:
    """Yield a sewer and what joins it, as a large project is arranged: everything is told."""
    ladder = ("water", "streets", "green", "energy", "social")
    for place, plan in enumerate((sewer, *beside)):
        money = _money(plan, draw)
        source = FundingLine(f"source-{place}", 100_000_00, FundingStatus.RESERVED, None)
        yield replace(
            plan,
            window=sewer.window or plan.window,
            duration_days=None,
            role=Role.LEADING if plan is sewer else None,
            ride_along_with=None if plan is sewer else sewer.id,
            opens_surface=True,
            firmness=Firmness.ADOPTED,
            cost_cents=money["cost_cents"],
            funding=(*money["funding"], source),
            governance=Governance(
                "alderman of water" if place < 2 else draw.choice(("alderman of streets", NOBODY)),
                "director of public works",
                draw.choice(("project office", NOBODY)),
                mandate_cents=draw.choice((500_000_00, 3_000_000_00)),
                support=draw.choice((Support.LOW, Support.MEDIUM)),
                capacity=draw.choice(list(Capacity)),
                portfolios=(ladder[place % len(ladder)],),
            ),
            required_decisions=(_decision(draw), _decision(draw, "design")),
            participation=_participation(sewer, draw),
        )


# -- reference data -------------------------------------------------------------------------------


def _reference(works: int, *, seed: int) -> Iterator[ReferenceItem]:
    """Yield areas, calendar, moratoria and goals."""
    neighbourhoods = []
    for item in town_reference(works, seed=seed):
        if not isinstance(item, AreaProfile):
            yield item
            continue
        draw = random.Random(f"{seed}:{item.id}:told")
        if item.kind is AreaKind.NEIGHBOURHOOD:
            neighbourhoods.append(item.id)
            share = draw.uniform(0.25, 0.55) if draw.random() < 0.15 else draw.uniform(0.03, 0.24)
            yield replace(item, vulnerable_share=Decimal(round(100 * share)) / 100)
            continue
        yield replace(
            item, past_openings=_past_openings(draw), known_networks=_known_networks(draw)
        )
        if draw.random() < 0.04:
            yield _moratorium(item, draw)
    yield from _calendar()
    yield from _goals(works, neighbourhoods, random.Random(f"{seed}:goals"))


def _past_openings(draw: random.Random) -> tuple[date, ...] | None:
    if draw.random() >= 0.15:
        return None
    days = {
        REFERENCE_DATE - timedelta(days=draw.randrange(1_900))
        for _ in range(draw.choice((1, 1, 2)))
    }
    return tuple(sorted(days))


def _known_networks(draw: random.Random) -> tuple[KnownNetwork, ...] | None:
    if draw.random() >= 0.08:
        return None
    discipline, organisation = draw.choice(
        ((Discipline.GAS, "grid-co"), (Discipline.HEAT, "heat-co"), (Discipline.TELECOM, "tel-co"))
    )
    answer = draw.choices([None, *PartnerAnswer], (4, 1, 2, 3))[0]
    asked = REFERENCE_DATE - timedelta(days=draw.randrange(120))
    return (KnownNetwork(discipline, organisation, answer, asked),)


def _moratorium(street: AreaProfile, draw: random.Random) -> DigMoratorium:
    start = REFERENCE_DATE - timedelta(days=draw.randrange(1_200))
    return DigMoratorium(
        id=f"rest:{street.id}",
        geometry=street.geometry,
        start=start,
        end=date(start.year + 5, start.month, min(start.day, 28)),
        effect=draw.choice(list(MoratoriumEffect)),
        exempt=(Exemption.EMERGENCY, Exemption.NEW_CONNECTION),
    )


def _calendar() -> Iterator[CalendarEntry]:
    yield CalendarEntry(
        id="frost",
        kind=CalendarKind.CLOSED_PERIOD,
        start=date(2025, 12, 15),
        end=date(2026, 1, 15),
        repeat_yearly=True,
        disciplines=(Discipline.ROAD,),
    )
    yield CalendarEntry(
        id="planting",
        kind=CalendarKind.SENSITIVE_PERIOD,
        start=date(2025, 4, 15),
        end=date(2025, 11, 1),
        repeat_yearly=True,
        disciplines=(Discipline.GREENERY,),
        work_types=(WorkType.NEW,),
    )
    for week in range(2 * 52):
        day = date(2026, 12, 1) + timedelta(weeks=week)
        if day.month not in (7, 8):
            yield CalendarEntry(
                id=f"executive-{day}", kind=CalendarKind.EXECUTIVE_MEETING, start=day
            )


def _goals(works: int, neighbourhoods: Sequence[str], draw: random.Random) -> Iterator[PolicyGoal]:
    """Yield the goals of the municipality, and one of one neighbourhood in six."""
    serve = works * _CONTRIBUTES
    wide = (
        ("rain", "Dakoppervlak afkoppelen", "pol-climate", "m2_disconnected", serve * 60, 2030),
        ("heat-stress", "Koele plekken", "pol-climate", "m2_shade", serve * 25, 2031),
        ("trees", "Bomen bijplanten", "pol-green", "trees", serve * 0.5, 2028),
        ("gas-free", "Woningen van het gas", "pol-energy", "homes", serve * 5, 2030),
        ("meeting", "Ontmoetingsplekken", "pol-social", "places", 20, 2029),
    )
    rides = {
        "rain": (Discipline.SEWER, Discipline.ROAD),
        "heat-stress": (Discipline.PUBLIC_SPACE,),
        "trees": (Discipline.GREENERY, Discipline.PUBLIC_SPACE),
        "gas-free": (Discipline.HEAT,),
        "meeting": (Discipline.PUBLIC_SPACE,),
    }
    for name, title, owner, unit, target, due in wide:
        rule = Instrument(f"{name}-rule", expected_amount=Decimal(round(target * 0.6)),
                          from_year=2024, to_year=due)  # fmt: skip
        yield PolicyGoal(
            id=name,
            title=title,
            policy_owner=owner,
            target_amount=Decimal(max(1, round(target))),
            unit=unit,
            due_year=due,
            municipality=MUNICIPALITY,
            rides_on_disciplines=rides[name],
            instruments=() if name == "meeting" else (rule,),
        )
    for area in neighbourhoods:
        if draw.random() < 1 / 6:
            yield PolicyGoal(
                id=f"cool:{area}",
                title="Koele buurt",
                policy_owner="pol-climate",
                target_amount=Decimal(draw.randrange(500, 3_000, 100)),
                unit="m2_shade",
                due_year=draw.choice((2028, 2030, 2033)),
                area=area,
                municipality=MUNICIPALITY,
                rides_on_disciplines=(Discipline.PUBLIC_SPACE, Discipline.ROAD),
            )
