"""A generated town: planned works in rotated street grids, the same for the same seed.

Each district has its own angle, because envelopes of streets that run along the axes are kinder to
an index than those of a real town. Every work draws from its own random stream, so a small town
is the beginning of a larger one with as many works per square kilometre.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import (
    Dependency,
    FundingLine,
    Governance,
    Intervention,
    Participation,
    RequiredDecision,
    Source,
)
from hub.model.reference import AreaProfile, CalendarEntry, KnownNetwork, ReferenceItem
from hub.model.vocabulary import (
    NOBODY,
    AreaKind,
    CalendarKind,
    DecisionLevel,
    Discipline,
    Firmness,
    FundingStatus,
    ParticipationStatus,
    PartnerAnswer,
    RequiredDecisionStatus,
    Role,
    SurfaceType,
    TrafficImpact,
)

REFERENCE_DATE = date(2026, 11, 23)
WORKS_PER_KM2 = 250
_DISTRICT_M = 1_000.0
_STREET_M = 100.0
_ORIGIN = (155_000.0, 463_000.0)
_OWNERS = {
    Discipline.SEWER: ("gm-water",),
    Discipline.DRINKING_WATER: ("water-co",),
    Discipline.GAS: ("grid-co",),
    Discipline.ELECTRICITY: ("grid-co",),
    Discipline.HEAT: ("heat-co", "warm-co"),
    Discipline.TELECOM: ("tel-co", "fibre-co", "glass-co"),
    Discipline.ROAD: ("gm-roads",),
    Discipline.PUBLIC_SPACE: ("gm-space",),
    Discipline.GREENERY: ("gm-green",),
}
_WEIGHTS = (18, 12, 10, 14, 8, 10, 16, 8, 4)
_FIRMNESS = (Firmness.INDICATIVE, Firmness.DRAFT, Firmness.ADOPTED, Firmness.COMMITTED)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a work lies: its street, and from where to where along it in metres."""

    street: tuple[int, int, int, bool]
    begins: float
    ends: float

    def shared_m(self, other: Site) -> float:
        """Return how many metres of one street two works share; 0 in different streets."""
        if self.street != other.street:
            return 0.0
        return max(0.0, min(self.ends, other.ends) - max(self.begins, other.begins))


def town(works: int, *, seed: int = 1) -> Iterator[Intervention]:
    """Yield the works of a town."""
    side = districts_per_side(works)
    for number in range(works):
        yield planned_work(number, districts_per_side=side, seed=seed)


def districts_per_side(works: int) -> int:
    """Return how many districts of 1 km lie side by side in a town of so many works."""
    return math.ceil(math.sqrt(works / WORKS_PER_KM2) / (_DISTRICT_M / 1_000))


def town_reference(works: int, *, seed: int = 1) -> Iterator[ReferenceItem]:
    """Yield the streets and neighbourhoods of a town, and its calendar."""
    side = districts_per_side(works)
    for east in range(side):
        for north in range(side):
            yield from _areas(east, north, random.Random(f"{seed}:{east}:{north}:areas"))
    yield CalendarEntry(
        id="breeding",
        kind=CalendarKind.SENSITIVE_PERIOD,
        start=date(2025, 3, 15),
        end=date(2025, 7, 15),
        repeat_yearly=True,
        disciplines=(Discipline.GREENERY,),
    )
    for year in range(REFERENCE_DATE.year, REFERENCE_DATE.year + 3):
        gate = date(year, 11, 5)
        yield CalendarEntry(id=f"budget-{year}", kind=CalendarKind.BUDGET_GATE, start=gate)
        for month in (1, 2, 3, 4, 5, 6, 9, 10, 11, 12):
            meeting = date(year, month, 20)
            name = f"council-{year}-{month}"
            yield CalendarEntry(id=name, kind=CalendarKind.COUNCIL_MEETING, start=meeting)


def _areas(east: int, north: int, draw: random.Random) -> Iterator[AreaProfile]:
    """Yield a district as four neighbourhoods, and each of its streets in pieces of 100 m."""
    turned = _turning(east, north)
    half = _DISTRICT_M / 2
    for number, (x, y) in enumerate([(-half, -half), (0.0, -half), (-half, 0.0), (0.0, 0.0)]):
        yield AreaProfile(
            id=f"nb:{east}-{north}-{number}",
            kind=AreaKind.NEIGHBOURHOOD,
            geometry=_ring(turned, [(x, y), (x + half, y), (x + half, y + half), (x, y + half)]),
            vulnerable_share=Decimal(draw.randrange(5, 40)) / 100,
        )
    for street in range(-5, 6):
        for piece in range(-5, 5):
            for across in (False, True):
                middle, along = street * _STREET_M, piece * _STREET_M
                corners = [(0, -5), (_STREET_M, -5), (_STREET_M, 5), (0, 5)]
                laid = [_laid(along + x, middle + y, across) for x, y in corners]
                known = draw.random()
                yield AreaProfile(
                    id=f"seg:{east}-{north}-{street}-{piece}-{across:d}",
                    kind=AreaKind.STREET_SEGMENT,
                    geometry=_ring(turned, laid),
                    below_ground_free_width_m=Decimal("3.5") if known < 0.05 else None,
                    past_openings=(date(2025, 5, 1),) if draw.random() < 0.1 else None,
                    known_networks=_networks(draw) if draw.random() < 0.05 else None,
                )


def _networks(draw: random.Random) -> tuple[KnownNetwork, ...]:
    answer = draw.choice([None, *PartnerAnswer])
    return (KnownNetwork(Discipline.GAS, "grid-co", answer, date(2026, 9, 1)),)


def planned_work(
    number: int, *, districts_per_side: int, seed: int, again: int = 0
) -> Intervention:
    """Return one work; `again` draws a later revision of it at the same place."""
    return sited_work(number, districts_per_side=districts_per_side, seed=seed, again=again)[0]


def sited_work(
    number: int, *, districts_per_side: int, seed: int, again: int = 0
) -> tuple[Intervention, Site]:
    """Return one work, and where it lies."""
    place = random.Random(f"{seed}:{number}:place")
    draw = random.Random(f"{seed}:{number}:{again}")
    discipline = place.choices(list(_OWNERS), _WEIGHTS)[0]
    opens = place.random() < 0.9
    owner = place.choice(_OWNERS[discipline])
    geometry, site = _laid_out(place, districts_per_side)
    work = Intervention(
        id=f"{discipline.value}:{number:06d}",
        plan_owner=owner,
        municipality="GM0999",
        discipline=discipline,
        firmness=draw.choices(_FIRMNESS, (2, 3, 4, 2))[0],
        role=Role.LEADING if discipline is Discipline.SEWER else None,
        geometry=geometry,
        opens_surface=opens if place.random() < 0.9 else None,
        renews_surface=discipline in (Discipline.ROAD, Discipline.PUBLIC_SPACE),
        surface_type=place.choice([SurfaceType.ASPHALT, SurfaceType.PAVING, None]),
        traffic_impact=place.choice([TrafficImpact.CLOSED, TrafficImpact.PARTIAL, None]),
        source=Source("plan", str(number), again + 1, date(2024, 1, 1), date(2026, 6, 1)),
        **_timing(draw),
        **_process(draw, number),
        **_means(draw),
    )
    return work, site


def _timing(draw: random.Random) -> dict[str, object]:
    start = REFERENCE_DATE + timedelta(days=draw.randrange(3_650))
    days = min(900, max(5, round(draw.lognormvariate(math.log(90), 0.9))))
    end = start + timedelta(days=days)
    if draw.random() < 0.4:
        return {
            "window": Window(PlanDate.parse(f"{start.year}"), PlanDate.parse(f"{end.year}")),
            "duration_days": days if draw.random() < 0.5 else None,
        }
    room = None
    if draw.random() < 0.6:
        slack = draw.randrange(90) if draw.random() < 0.3 else draw.randrange(1_000)
        room = ShiftRoom(
            PlanDate.of_day(start - timedelta(days=slack)),
            PlanDate.of_day(end + timedelta(days=slack)),
        )
    return {"window": Window(PlanDate.of_day(start), PlanDate.of_day(end)), "shift_room": room}


def _process(draw: random.Random, number: int) -> dict[str, object]:
    fields: dict[str, object] = {}
    if draw.random() < 0.3:
        level = draw.choice([DecisionLevel.MUNICIPAL_COUNCIL, DecisionLevel.OWN_ORGANISATION])
        status = RequiredDecisionStatus.NOT_STARTED
        fields["required_decisions"] = (RequiredDecision("credit", level, status),)
    if draw.random() < 0.1:
        fields["participation"] = Participation(
            ParticipationStatus.PLANNED, PlanDate.parse("2027-03"), PlanDate.parse("2027-09")
        )
    if number and draw.random() < 0.05:
        fields["dependencies"] = (Dependency(on=f"sewer:{draw.randrange(number):06d}"),)
    return fields


def _means(draw: random.Random) -> dict[str, object]:
    """Return what few sources tell: money, and who steers."""
    fields: dict[str, object] = {}
    if draw.random() < 0.15:
        cost, approved = 50_000_00, draw.choice([0, 30_000_00, 50_000_00])
        fields["cost_cents"] = cost
        fields["funding"] = (FundingLine("levy", approved, FundingStatus.APPROVED),)
    if draw.random() < 0.1:
        lead = draw.choice([NOBODY, "project office"])
        fields["governance"] = Governance("alderman", "director", lead)
    return fields


Turn = Callable[[float, float], tuple[float, float]]


def _ring(turned: Turn, corners: list[tuple[float, float]]) -> Geometry:
    return Geometry(
        GeometryType.POLYGON, (tuple(turned(*corner) for corner in [*corners, corners[0]]),)
    )


def _turning(east: int, north: int) -> Turn:
    """Return what turns a position in a district, from its middle, into one of the country."""
    angle = random.Random(f"district:{east}:{north}").uniform(0, math.pi / 2)
    centre_x = _ORIGIN[0] + (east + 0.5) * _DISTRICT_M
    centre_y = _ORIGIN[1] + (north + 0.5) * _DISTRICT_M

    def turned(x: float, y: float) -> tuple[float, float]:
        return (
            round(centre_x + x * math.cos(angle) - y * math.sin(angle), 2),
            round(centre_y + x * math.sin(angle) + y * math.cos(angle), 2),
        )

    return turned


def _laid_out(place: random.Random, districts_per_side: int) -> tuple[Geometry, Site]:
    east, north = place.randrange(districts_per_side), place.randrange(districts_per_side)
    turned = _turning(east, north)
    along = place.uniform(-_DISTRICT_M / 2, _DISTRICT_M / 2)
    row = round(place.uniform(-5, 5))
    street = row * _STREET_M + place.gauss(0, 1.5)
    across = place.random() < 0.5
    kind = place.random()
    name = (east, north, row, across)
    if kind < 0.05:
        point = Geometry(GeometryType.POINT, turned(*_laid(along, street, across)))
        return point, Site(name, along, along)
    length = place.uniform(200, 900) if kind < 0.15 else place.uniform(30, 300)
    if kind < 0.4:
        ends = [_laid(along, street, across), _laid(along + length, street, across)]
        line = Geometry(GeometryType.LINE_STRING, tuple(turned(*end) for end in ends))
        return line, Site(name, along, along + length)
    width = place.uniform(2, 14)
    ring = [
        _laid(along, street - width / 2, across),
        _laid(along + length, street - width / 2, across),
        _laid(along + length, street + width / 2, across),
        _laid(along, street + width / 2, across),
    ]
    return _ring(turned, ring), Site(name, along, along + length)


def _laid(along: float, street: float, across: bool) -> tuple[float, float]:
    return (street, along) if across else (along, street)
