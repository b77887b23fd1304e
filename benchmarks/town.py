"""A generated town: planned works in rotated street grids, the same for the same seed.

Each district has its own angle, because envelopes of streets that run along the axes are kinder to
an index than those of a real town. Every work draws from its own random stream, so a small town
is the beginning of a larger one with as many works per square kilometre.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, timedelta

from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import (
    Dependency,
    Intervention,
    Participation,
    RequiredDecision,
    Source,
)
from hub.model.vocabulary import (
    DecisionLevel,
    Discipline,
    Firmness,
    ParticipationStatus,
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


def town(works: int, *, seed: int = 1) -> Iterator[Intervention]:
    """Yield the works of a town."""
    districts_per_side = math.ceil(math.sqrt(works / WORKS_PER_KM2) / (_DISTRICT_M / 1_000))
    for number in range(works):
        yield planned_work(number, districts_per_side=districts_per_side, seed=seed)


def planned_work(
    number: int, *, districts_per_side: int, seed: int, again: int = 0
) -> Intervention:
    """Return one work; `again` draws a later revision of it at the same place."""
    place = random.Random(f"{seed}:{number}:place")
    draw = random.Random(f"{seed}:{number}:{again}")
    discipline = place.choices(list(_OWNERS), _WEIGHTS)[0]
    opens = place.random() < 0.9
    return Intervention(
        id=f"{discipline.value}:{number:06d}",
        plan_owner=place.choice(_OWNERS[discipline]),
        municipality="GM0999",
        discipline=discipline,
        firmness=draw.choices(_FIRMNESS, (2, 3, 4, 2))[0],
        role=Role.LEADING if discipline is Discipline.SEWER else None,
        geometry=_geometry(place, districts_per_side),
        opens_surface=opens if place.random() < 0.9 else None,
        renews_surface=discipline in (Discipline.ROAD, Discipline.PUBLIC_SPACE),
        surface_type=place.choice([SurfaceType.ASPHALT, SurfaceType.PAVING, None]),
        traffic_impact=place.choice([TrafficImpact.CLOSED, TrafficImpact.PARTIAL, None]),
        source=Source("plan", str(number), again + 1, date(2024, 1, 1), date(2026, 6, 1)),
        **_timing(draw),
        **_process(draw, number),
    )


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


def _geometry(place: random.Random, districts_per_side: int) -> Geometry:
    east, north = place.randrange(districts_per_side), place.randrange(districts_per_side)
    angle = random.Random(f"district:{east}:{north}").uniform(0, math.pi / 2)
    centre_x = _ORIGIN[0] + (east + 0.5) * _DISTRICT_M
    centre_y = _ORIGIN[1] + (north + 0.5) * _DISTRICT_M

    def turned(x: float, y: float) -> tuple[float, float]:
        return (
            round(centre_x + x * math.cos(angle) - y * math.sin(angle), 2),
            round(centre_y + x * math.sin(angle) + y * math.cos(angle), 2),
        )

    along = place.uniform(-_DISTRICT_M / 2, _DISTRICT_M / 2)
    street = round(place.uniform(-5, 5)) * _STREET_M + place.gauss(0, 1.5)
    across = place.random() < 0.5
    kind = place.random()
    if kind < 0.05:
        return Geometry(GeometryType.POINT, turned(*_laid(along, street, across)))
    length = place.uniform(200, 900) if kind < 0.15 else place.uniform(30, 300)
    if kind < 0.4:
        ends = [_laid(along, street, across), _laid(along + length, street, across)]
        return Geometry(GeometryType.LINE_STRING, tuple(turned(*end) for end in ends))
    width = place.uniform(2, 14)
    ring = [
        _laid(along, street - width / 2, across),
        _laid(along + length, street - width / 2, across),
        _laid(along + length, street + width / 2, across),
        _laid(along, street + width / 2, across),
    ]
    return Geometry(GeometryType.POLYGON, (tuple(turned(*corner) for corner in [*ring, ring[0]]),))


def _laid(along: float, street: float, across: bool) -> tuple[float, float]:
    return (street, along) if across else (along, street)
