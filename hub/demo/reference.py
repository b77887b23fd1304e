"""The framework the plans meet: meetings with a recess, resting streets and one policy.

Written as a programme file without works, so that `hub check` reads it beside the plans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

from hub.check.programme_file import FORMAT, Programme, write_programme
from hub.demo.months import month
from hub.demo.plans import Moratorium, Plans
from hub.demo.town import MUNICIPALITY, NAME
from hub.model.geometry import Geometry, GeometryType
from hub.model.reference import CalendarEntry, DigMoratorium, PolicyConfig
from hub.model.vocabulary import CalendarKind, Exemption

_COUNCIL_MONTHS, _EXECUTIVE_MONTHS = 48, 24
_STREET_HALF_WIDTH_M = 7.0
_THURSDAY, _TUESDAY = 3, 1


def reference_programme(plans: Plans) -> Programme:
    """Return the reference data of the town, as a programme without works."""
    return Programme(
        format=FORMAT,
        reference_date=plans.day,
        description=f"Kader van de gemeente {NAME}: vergaderingen, graafrust en beleid (verzonnen)",
        interventions=(),
        calendar=(*_council(plans.day), *_executive(plans.day)),
        moratoria=tuple(_resting(one) for one in plans.moratoria),
        policy=(
            PolicyConfig(
                version=f"elzerveen-{plans.day.year}",
                municipality=MUNICIPALITY,
                values={"moratorium_years": {"paving": 4}, "lead_days_council": 63},
            ),
        ),
    )


def reference_json(plans: Plans) -> str:
    """Return the reference data as the text of a programme file."""
    value = write_programme(reference_programme(plans))
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n"


def _council(day: date) -> Iterator[CalendarEntry]:
    """Yield the council's meetings: every second Thursday of a month, none in July and August."""
    for ahead in range(_COUNCIL_MONTHS):
        first = month(day, ahead)
        if first.month not in (7, 8):
            yield _meeting(CalendarKind.COUNCIL_MEETING, _weekday_from(first, _THURSDAY, week=2))


def _executive(day: date) -> Iterator[CalendarEntry]:
    """Yield the executive's meetings: the first and third Tuesday, none in August."""
    for ahead in range(_EXECUTIVE_MONTHS):
        first = month(day, ahead)
        if first.month != 8:
            for week in (1, 3):
                meeting = _weekday_from(first, _TUESDAY, week=week)
                yield _meeting(CalendarKind.EXECUTIVE_MEETING, meeting)


def _weekday_from(first: date, weekday: int, *, week: int) -> date:
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))


def _meeting(kind: CalendarKind, day: date) -> CalendarEntry:
    body = "raad" if kind is CalendarKind.COUNCIL_MEETING else "college"
    return CalendarEntry(id=f"{body}-{day}", kind=kind, start=day, municipality=MUNICIPALITY)


def _resting(moratorium: Moratorium) -> DigMoratorium:
    ring = moratorium.stretch.strip(-_STREET_HALF_WIDTH_M, _STREET_HALF_WIDTH_M)
    return DigMoratorium(
        id=moratorium.id,
        geometry=Geometry(GeometryType.POLYGON, (ring,)),
        start=moratorium.start,
        end=moratorium.end,
        effect=moratorium.effect,
        exempt=(Exemption.EMERGENCY, Exemption.NEW_CONNECTION),
    )
