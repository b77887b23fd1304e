"""The demo's files through connectors and rules, offline: what is found, what the move does.

The line of time, in months after the day of the demo (the sewer in five blocks):

    before   R-101 ██ R-102 ██ R-103 ██ R-104 ██ R-105 ██ · redesign ██████
             4                                          19  20           29
    after                                                  redesign ██████ R-101 ██ … R-105 ██
                                                           20           29 28              43
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from hub.model.finding import Finding, Severity
from tests.support.demo_story import WHY, played

DAY = date(2026, 11, 24)
TOWNS = [(DAY, 1), (DAY + timedelta(days=98), 2), (DAY + timedelta(days=250), 3)]
"""Days in different seasons, the recess of the council among them, each with another town."""
RULES = ("C01", "C02", "C03", "C04", "C05", "C07", "C18", "O01", "O02")

OPENED = {
    "C01:power:E-001|sewer:R-103",
    "C01:power:E-002|sewer:R-105",
    "C03:redesign:H-1-1|sewer:R-101",
    "C03:redesign:H-1-1|sewer:R-102",
    "C03:redesign:H-1-2|sewer:R-103",
    "C03:redesign:H-1-2|sewer:R-104",
    "C03:redesign:H-1-3|sewer:R-105",
    "C04:redesign:H-1-1|sewer:R-102|finish_to_start",
    "C04:redesign:H-1-2|sewer:R-104|finish_to_start",
    "C04:redesign:H-1-3|sewer:R-105|finish_to_start",
    "C19:heat:W-001|sewer:R-101|outside_room",
    "O02:heat:W-001|sewer:R-101",
    "O02:heat:W-002|sewer:R-103",
    "O02:heat:W-003|sewer:R-104",
    *(f"F03:sewer:R-10{number}" for number in range(1, 6)),
}
CHANGED = {"C01:heat:W-004|sewer:R-105"}
CLOSED = {
    "C01:heat:W-002|sewer:R-103",
    "C02:sewer:R-101|rust-vlasbloemstraat",
    "C05:heat:W-001|sewer:R-101",
    "C07:sewer:R-101|krediet",
    "O01:heat:W-003|sewer:R-104",
    "O02:power:E-001|sewer:R-103",
    "O02:power:E-002|sewer:R-105",
    "O02:redesign:H-1-1|sewer:R-101",
    "O02:redesign:H-1-1|sewer:R-102",
    "O02:redesign:H-1-2|sewer:R-103",
    "O02:redesign:H-1-2|sewer:R-104",
    "O02:redesign:H-1-3|sewer:R-105",
}


def ids(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.id for finding in findings}


def test_the_connectors_read_every_work_and_refuse_none() -> None:
    intake, outcome, _ = played(DAY, 1)

    assert intake.refused == ()
    assert intake.read == {
        "herinrichtingen": 19,
        "netverzwaring": 57,
        "rioolplan": 72,
        "warmteplan": 50,
    }
    assert outcome.incomplete == ()


@pytest.mark.parametrize(("day", "seed"), TOWNS, ids=str)
def test_a_planner_finds_several_of_each_rule_and_no_flood(day: date, seed: int) -> None:
    _, outcome, _ = played(day, seed)

    counts = Counter(finding.rule for finding in outcome.findings)
    assert set(counts) == set(RULES)
    assert min(counts.values()) >= 3
    assert 60 <= len(outcome.findings) <= 160


@pytest.mark.parametrize(("day", "seed"), TOWNS, ids=str)
def test_the_move_opens_changes_and_closes_the_findings_of_the_story(day: date, seed: int) -> None:
    _, _, effect = played(day, seed)

    assert ids(effect.opened) >= OPENED
    assert {changed.finding.id for changed in effect.changed} >= CHANGED
    assert ids(effect.closed) >= CLOSED


def test_the_move_has_no_other_effect_in_the_first_town() -> None:
    _, _, effect = played(DAY, 1)

    assert ids(effect.opened) == OPENED
    assert {changed.finding.id for changed in effect.changed} == CHANGED
    assert ids(effect.closed) == CLOSED


def test_the_effect_tells_by_how_much_and_why_the_works_moved() -> None:
    _, _, effect = played(DAY, 1)

    assert [moved.work for moved in effect.moved] == [f"sewer:R-10{n}" for n in range(1, 6)]
    first = effect.moved[0]
    assert (first.before, first.after) == ("2027-03-01", "2029-03-01")
    assert (first.days, first.cause) == (731, WHY)


def test_the_changed_conflict_says_what_differs() -> None:
    _, _, effect = played(DAY, 1)

    (changed,) = effect.changed
    facts = {fact.name: (fact.before, fact.after) for fact in changed.facts}
    assert facts["overlap_days_certain"] == (31, 61)


def test_the_sewer_leads_so_the_redesign_must_move() -> None:
    _, _, effect = played(DAY, 1)

    redesigns = [finding for finding in effect.opened if "redesign:" in finding.id]
    assert len(redesigns) == 8
    assert {finding.must_act.organisation for finding in redesigns} == {"elzerveen-ruimte"}
    assert {finding.must_act.reason for finding in redesigns} == {"role"}
    assert {finding.severity for finding in redesigns} == {Severity.HEAVY}
