"""Odd input costs bounded work and gives no wrong finding: crowds, lengths, ages, circles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from hub.engine.detect import Detect
from hub.model.dates import PlanDate, Window
from hub.model.finding import Finding
from hub.model.intervention import Intervention
from hub.model.programme import LogBody, LogEntry, WorkState
from hub.model.reference import AreaProfile, CalendarEntry, KnownNetwork
from hub.model.vocabulary import (
    AreaKind,
    CalendarKind,
    Discipline,
    Firmness,
    PartnerAnswer,
    Role,
    TrafficImpact,
)

from .programmes import START, box

STREET = AreaProfile(
    id="seg:1",
    geometry=box(0, 0, 100, 10),
    kind=AreaKind.STREET_SEGMENT,
    known_networks=(KnownNetwork(Discipline.HEAT, "heat-co", PartnerAnswer.HAS_NEED),),
)


def work(name: str, start: str = "2028-03-01", end: str = "2028-04-01", **f: object) -> WorkState:
    plan = Intervention(
        id=name,
        plan_owner=f"{name.partition(':')[0]}-co",
        discipline=Discipline.GAS,
        firmness=Firmness.ADOPTED,
        window=Window(PlanDate.parse(start), PlanDate.parse(end)),
        geometry=box(0, 0, 100, 10),
        opens_surface=True,
        traffic_impact=TrafficImpact.CLOSED,
    )
    return WorkState(replace(plan, **f))  # type: ignore[arg-type]


def found_in(bodies: Iterable[LogBody]) -> tuple[Detect, dict[str, Finding]]:
    detect = Detect(reference_date=START, write_options=False)
    detect.load(LogEntry(START, body) for body in bodies)
    detect.evaluate()
    assert detect.rule_failures == []
    return detect, dict(detect.findings)


def evidence(finding: Finding) -> dict[str, object]:
    return {item.name: item.value for item in finding.evidence}


def test_five_hundred_works_in_one_street_are_one_finding_per_street_and_rule() -> None:
    crowd = [work(f"gas:{number:03d}") for number in range(500)]
    detect, found = found_in([STREET, *crowd])
    openings = found["C13:seg:1"]
    assert evidence(openings)["openings_count"] == 500
    assert len(openings.parties) == 500
    assert openings.must_act.reason == "undecided"
    assert "C14:seg:1" not in found, "thirty-one days of hindrance, however many hinder"
    assert {finding.rule for finding in found.values()} == {"C13"}
    changed = detect.apply(LogEntry(START, work("gas:000", "2028-03-02")))
    assert [finding.id for finding in changed] == ["C13:seg:1"]


def test_five_hundred_riders_of_one_work_are_one_opening() -> None:
    riders = [
        work(f"gas:{number:03d}", ride_along_with="sewer:1", window=None)
        if number % 2
        else work(f"gas:{number:03d}", ride_along_with="sewer:1")
        for number in range(500)
    ]
    sewer = work("sewer:1", discipline=Discipline.SEWER, role=Role.LEADING)
    detect, found = found_in([STREET, sewer, *riders])
    assert "C13:seg:1" not in found
    (bundle,) = detect.bundles()
    assert len(bundle.riders) == 500
    assert "C11:sewer:1" not in found, "two owners and two disciplines are workable"


def test_a_work_of_five_kilometres_meets_each_street_once() -> None:
    streets = [
        replace(STREET, id=f"seg:{number}", geometry=box(100 * number, 0, 100, 10))
        for number in range(50)
    ]
    long = work("road:1", geometry=box(0, 2, 5_000, 6), discipline=Discipline.ROAD)
    local = [
        work(f"gas:{number}", f"{2029 + number}-03-01", f"{2029 + number}-04-01")
        for number in range(2)
    ]
    _, found = found_in([*streets, long, *local])
    openings = {key for key in found if key.startswith("C13:")}
    assert openings == {"C13:seg:0"}
    assert set(found["C13:seg:0"].parties) == {"gas:0", "gas:1", "road:1"}


def test_windows_of_thirty_years_and_of_ages_fill_each_year_once() -> None:
    area = AreaProfile(id="nb:1", geometry=box(0, 0, 100, 10), kind=AreaKind.NEIGHBOURHOOD)
    ages = [
        work(f"o{number % 4}:{number}", "1990", "2999" if number < 6 else "2050")
        for number in range(12)
    ]
    season = CalendarEntry(
        id="season",
        kind=CalendarKind.CLOSED_PERIOD,
        start=date(1990, 11, 1),
        end=date(1991, 2, 1),
        repeat_yearly=True,
    )
    _, found = found_in([area, season, *ages])
    years = evidence(found["C21:nb:1"])["years"]
    assert years == tuple(range(2026, 3000))
    assert evidence(found["C21:nb:1"])["works"] == 12
    seasons = evidence(found["C12:o0:0|season"])
    assert seasons["period_start"] == "1990-11-01"
    assert seasons["overlap_days_possible"] == 92_889


def test_a_circle_of_riders_is_each_judged_once_and_ends() -> None:
    names = ["sewer:1", "gas:1", "heat:1"]
    circle = [
        work(
            name,
            ride_along_with=names[(place + 1) % 3],
            discipline=list(Discipline)[place],
            role=Role.LEADING,
        )
        for place, name in enumerate(names)
    ]
    detect, found = found_in([STREET, *circle])
    assert not [key for key in found if key.startswith(("C01", "C10", "C19", "O01"))]
    assert "C13:seg:1" not in found, "three works that go together are one opening"
    changed = detect.apply(LogEntry(START, work("gas:1", discipline=Discipline.GAS)))
    assert detect.rule_failures == []
    fresh, now = found_in([STREET, circle[0], work("gas:1", discipline=Discipline.GAS), circle[2]])
    assert {key for key, one in detect.findings.items() if one.status.is_open} == set(now)
    assert fresh.bundles() == detect.bundles()
    assert changed is not None


def test_a_season_that_ends_as_it_starts_holds_nobody() -> None:
    season = CalendarEntry(
        id="odd",
        kind=CalendarKind.CLOSED_PERIOD,
        start=date(2024, 2, 28),
        end=date(2024, 2, 29),
        repeat_yearly=True,
    )
    _, found = found_in([season, work("gas:1", "2028-02-01", "2028-03-01")])
    assert found == {}
