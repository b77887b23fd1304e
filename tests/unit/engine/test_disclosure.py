"""Who may see a finding follows its parties, whatever else changes, and also once it is past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.engine.detect import Detect
from hub.model.dates import PlanDate, Window
from hub.model.decision import Decision
from hub.model.finding import Finding, MustAct, Status
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, WorkState
from hub.model.vocabulary import Classification, DecisionKind, Discipline, Firmness, TrafficImpact
from tests.unit.engine.programmes import START, box

PUBLIC, PARTNERS, RESTRICTED = Classification
CLASH = "C01:gas:1|sewer:1"
CHANCE = "O01:gas:1|sewer:1"


def work(name: str, discipline: Discipline, first_month: int) -> Intervention:
    start = date(2028, first_month, 1)
    return Intervention(
        id=name,
        plan_owner=f"{name[:3]}-co",
        discipline=discipline,
        firmness=Firmness.ADOPTED,
        window=Window(PlanDate.of_day(start), PlanDate.of_day(start + timedelta(days=60))),
        geometry=box(0, 0, 100, 8),
        opens_surface=True,
        traffic_impact=TrafficImpact.CLOSED,
        classification=PUBLIC,
    )


SEWER = work("sewer:1", Discipline.SEWER, 3)
GAS = work("gas:1", Discipline.GAS, 4)
YEAR_2028 = Window(PlanDate.parse("2028"), PlanDate.parse("2028"))
ELSEWHERE = replace(GAS, geometry=box(5000, 0, 100, 8))


class Programme:
    """Two works of which one changes, with the offsets a stream would give."""

    def __init__(self, *works: Intervention) -> None:
        self.detect = Detect(reference_date=START)
        self.detect.load([LogEntry(START, WorkState(one)) for one in works])
        self.detect.evaluate()
        self.offset = 0

    def put(self, plan: Intervention) -> list[Finding]:
        self.offset += 1
        return self.detect.apply(LogEntry(START, WorkState(plan)), offset=self.offset)

    def answer(self, finding: str, kind: DecisionKind) -> None:
        self.offset += 1
        decision = Decision(id=f"d{self.offset}", kind=kind, by="gas-co", on=START, finding=finding)
        self.detect.apply(LogEntry(START, decision), offset=self.offset)

    def shown(self, finding: str) -> tuple[Status, int, Classification]:
        record = self.detect.findings[finding]
        return record.status, record.revision, record.classification


def test_an_open_finding_closes_and_opens_with_its_parties_and_keeps_its_status() -> None:
    programme = Programme(SEWER, GAS)
    assert programme.shown(CLASH) == (Status.DETECTED, 1, PUBLIC)
    programme.put(replace(GAS, classification=RESTRICTED))
    assert programme.shown(CLASH) == (Status.DETECTED, 2, RESTRICTED)
    programme.answer(CLASH, DecisionKind.ACKNOWLEDGE)
    programme.put(replace(GAS, classification=PARTNERS))
    assert programme.shown(CLASH) == (Status.ACKNOWLEDGED, 4, PARTNERS)


def test_a_work_that_stops_saying_who_may_see_it_closes_its_findings() -> None:
    programme = Programme(SEWER, GAS)
    programme.put(replace(GAS, classification=None))
    assert programme.shown(CLASH) == (Status.DETECTED, 2, RESTRICTED)


def test_a_finding_that_ends_by_a_change_that_closes_the_work_is_closed() -> None:
    programme = Programme(SEWER, GAS)
    programme.put(replace(ELSEWHERE, classification=RESTRICTED))
    assert programme.shown(CLASH) == (Status.RESOLVED, 2, RESTRICTED)


def test_a_finding_that_ends_by_a_change_that_opens_the_work_stays_closed() -> None:
    programme = Programme(SEWER, replace(GAS, classification=RESTRICTED))
    programme.put(ELSEWHERE)
    assert programme.shown(CLASH) == (Status.RESOLVED, 2, RESTRICTED)


def test_a_resolved_finding_closes_with_a_party_and_never_opens_again() -> None:
    programme = Programme(SEWER, GAS)
    programme.put(ELSEWHERE)
    resolved_on = programme.detect.findings[CLASH].last_changed
    [again] = programme.put(replace(ELSEWHERE, classification=RESTRICTED))
    assert programme.shown(CLASH) == (Status.RESOLVED, 3, RESTRICTED)
    assert again.id == CLASH
    assert again.last_changed == resolved_on
    assert again.facts.as_of == programme.offset
    assert programme.put(ELSEWHERE) == []
    assert programme.shown(CLASH) == (Status.RESOLVED, 3, RESTRICTED)


@pytest.mark.parametrize("closed", [PARTNERS, RESTRICTED])
def test_a_declined_chance_and_the_record_of_its_loss_close_with_a_party(
    closed: Classification,
) -> None:
    programme = Programme(replace(SEWER, window=YEAR_2028), replace(GAS, window=YEAR_2028))
    programme.answer(CHANCE, DecisionKind.DECLINE)
    assert programme.shown(CHANCE) == (Status.RESOLVED, 2, PUBLIC)
    assert programme.shown(f"O04:{CHANCE}") == (Status.DETECTED, 1, PUBLIC)
    programme.put(replace(GAS, window=YEAR_2028, classification=closed))
    assert programme.shown(CHANCE) == (Status.RESOLVED, 3, closed)
    assert programme.shown(f"O04:{CHANCE}") == (Status.DETECTED, 2, closed)


def test_a_start_that_lost_its_place_in_the_log_closes_what_is_past() -> None:
    """The findings of before, the works of after: as when the committed offset is gone."""
    programme = Programme(SEWER, GAS)
    programme.put(ELSEWHERE)
    afresh = Detect(reference_date=START)
    closed = replace(ELSEWHERE, classification=RESTRICTED)
    afresh.load([LogEntry(START, WorkState(one)) for one in (SEWER, closed)])
    afresh.restore_findings(programme.detect.findings.values())
    assert [one.id for one in afresh.evaluate(offset=9)] == [CLASH]
    assert afresh.findings[CLASH].classification is RESTRICTED


def test_a_replay_of_the_change_that_closed_a_finding_writes_it_once() -> None:
    programme = Programme(SEWER, GAS)
    programme.put(ELSEWHERE)
    before = [LogEntry(START, WorkState(one)) for one in (SEWER, ELSEWHERE)]
    programme.put(replace(ELSEWHERE, classification=RESTRICTED))
    crashed = Detect(reference_date=START)
    crashed.load(before)
    crashed.restore_findings(programme.detect.findings.values())
    entry = LogEntry(START, WorkState(replace(ELSEWHERE, classification=RESTRICTED)))
    assert crashed.apply(entry, offset=programme.offset) == []


def test_the_work_that_is_asked_to_move_is_told_though_its_owner_stays_the_same() -> None:
    """One owner with two works: the less firm one is asked, until it is the one that runs."""
    road = replace(SEWER, plan_owner="city", discipline=Discipline.ROAD)
    gas = replace(GAS, plan_owner="city", firmness=Firmness.COMMITTED)
    programme = Programme(road, gas)
    assert programme.detect.findings[CLASH].must_act == MustAct("city", "sewer:1", "firmness")
    programme.answer(CLASH, DecisionKind.ACKNOWLEDGE)
    programme.put(replace(road, firmness=Firmness.IN_EXECUTION))
    assert programme.detect.findings[CLASH].must_act == MustAct("city", "gas:1", "running")
    assert programme.shown(CLASH) == (Status.ACKNOWLEDGED, 3, PUBLIC)
