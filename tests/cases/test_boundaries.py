"""Every boundary that the specification names has an own case: no cell of the table is empty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hub.rules import installed
from tests.cases.boundaries import (
    COLUMNS,
    LIFECYCLE,
    PRECISIONS,
    columns_of,
    own_cases,
    table,
)
from tests.cases.case_files import OWN

NO_DATES = {
    "C15": "what is claimed below ground stays claimed, whenever the work is",
    "C17": "what suits the residents does not depend on when the work is",
    "F02": "an instrument has years, not the dates of works",
    "F04": "counts what was lost, on days that are known",
    "F05": "asks whether money and goals are there, not when",
    "O04": "records a chance; its dates are those of the chance",
}
"""Rules that compare no date of a work: they need no case for each precision."""

LEFT_OUT: dict[str, dict[str, str]] = {
    "C01": {
        "window": "c01-no-window-no-conflict",
        "geometry": "c01-no-geometry-no-conflict",
        "traffic_impact": "c01-traffic-and-opening-unknown",
        "opens_surface": "c01-traffic-and-opening-unknown",
    },
    "C02": {"opens_surface": "c02-opening-unknown-is-possible", "exemption": "c02-last-day"},
    "C03": {
        "renews_surface": "c03-renewal-unknown",
        "opens_surface": "c03-opener-of-unknown-opening-is-possible",
    },
    "C04": {"window": "c04-window-of-the-other-unknown"},
    "C05": {"shift_room": "c05-months-and-years", "participation.end": "c05-end-unknown"},
    "C06": {
        "participation": "c06-participation-unknown",
        "participation.end": "c06-end-unknown",
    },
    "C07": {"calendar": "c07-drifting-day-is-no-update"},
    "C08": {"cost_cents": "c08-no-cost", "funding": "c08-funding-unknown"},
    "C09": {"window": "c09-leader-without-window"},
    "C10": {"governance": "c10-leading-role-without-governance"},
    "C11": {"shift_room": "c11-unknown-needs-half-the-limit"},
    "C12": {"municipality": "c12-limits-that-are-unknown"},
    "C13": {
        "past_openings": "c13-past-unknown",
        "opens_surface": "c13-unknown-opening-is-not-counted",
    },
    "C14": {"traffic_impact": "c14-traffic-unknown"},
    "C15": {"below_ground_width_m": "c15-certain-with-unknown-claims"},
    "C16": {"answer": "c16-answer-unknown", "opens_surface": "c16-opening-unknown"},
    "C17": {
        "vulnerable_share": "c17-share-unknown",
        "approach_adapted": "c17-approach-unknown-is-possible",
        "work_type": "c17-type-unknown-with-participation",
    },
    "C18": {
        "geometry": "c18-adopted-needs-a-place",
        "updated_on": "c18-updated-unknown-is-not-stale",
    },
    "C19": {"window": "c19-window-unknown"},
    "C20": {
        "cost_cents": "c20-cost-unknown",
        "funding": "c20-funding-unknown",
        "calendar": "c20-no-calendar",
    },
    "C21": {"opens_surface": "c21-opening-unknown-is-possible"},
    "F01": {
        "window": "f01-window-unknown-is-uncertain",
        "goal_contributions": "f01-contribution-unknown-is-possible",
    },
    "F02": {"from_year": "f02-years-unknown"},
    "F03": {"baseline_start": "f03-a-draft-has-no-baseline"},
    "F05": {
        "funding": "f05-money-of-a-contributor-unknown",
        "goal_contributions": "f05-silent-in-the-area-without-a-place",
    },
    "O01": {"shift_room": "o01-rooms-unknown", "surface_type": "o01-rooms-unknown"},
    "O02": {
        "shift_room": "o02-one-room-unknown",
        "opens_surface": "o02-opening-unknown-is-possible",
    },
    "O03": {
        "target_amount": "o03-no-target-no-chance",
        "opens_surface": "o03-opening-unknown-is-possible",
        "municipality": "o03-work-of-unknown-municipality",
    },
}
"""Per rule what a source may leave out, and the case in which it does."""

NOTHING_TO_LEAVE_OUT = {
    "F04": "reads records that the hub made itself",
    "O04": "reads the record of the chance",
}


def test_the_table_covers_the_whole_catalogue() -> None:
    assert table().keys() == installed().keys()
    assert LEFT_OUT.keys() | NOTHING_TO_LEAVE_OUT.keys() == installed().keys()
    assert not LEFT_OUT.keys() & NOTHING_TO_LEAVE_OUT.keys()
    assert installed().keys() >= NO_DATES.keys()


@pytest.mark.parametrize("rule", sorted(installed()))
def test_each_boundary_of_a_rule_has_an_own_case(rule: str) -> None:
    needed = [one for one in COLUMNS if one not in PRECISIONS or rule not in NO_DATES]
    empty = [column for column in needed if not table()[rule][column]]
    assert not empty, f"no own case whose name begins with {rule.lower()}- shows: {empty}"


@pytest.mark.parametrize(
    ("rule", "left_out", "name"),
    [(rule, field, name) for rule, cases in LEFT_OUT.items() for field, name in cases.items()],
)
def test_what_a_source_may_leave_out_is_left_out_in_a_case(
    rule: str, left_out: str, name: str
) -> None:
    case = own_cases()[name]
    assert rule in _rules_of(case), f"{name} says nothing of {rule}"
    key = left_out.rpartition(".")[2]
    assert any(key not in part for part in _parts(case, left_out)), f"{name} leaves out no {key}"


def _rules_of(case: Mapping[str, Any]) -> set[str]:
    """Return the rules a case speaks of; with `only`, of all."""
    if case["expect"].get("only"):
        return set(installed())
    return {rule for rule in installed() if any(columns_of(rule, case))}


def _parts(case: Mapping[str, Any], path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a case in which the field of a path can stand."""
    works = case["interventions"]
    match path:
        case "calendar":
            yield case
        case "participation.end":
            yield from (work["participation"] for work in works if "participation" in work)
        case "past_openings" | "vulnerable_share":
            yield from case["areas"]
        case "answer":
            yield from (one for area in case["areas"] for one in area["known_networks"])
        case "target_amount":
            yield from case["goals"]
        case "from_year":
            yield from (one for goal in case["goals"] for one in goal["instruments"])
        case "updated_on":
            yield from (work["source"] for work in works if "source" in work)
        case _:
            yield from works


def test_a_case_fills_only_the_cells_that_it_shows() -> None:
    """A name that promises and expects nothing fills nothing."""
    work = {"id": "a", "window": {"start": "2028-Q1", "end": "2028-12"}}
    silent: dict[str, Any] = {"interventions": [work], "expect": {}}
    assert list(columns_of("C01", silent)) == []
    found = {"rule": "C01", "parties": ["a", "b"], "status": "resolved"}
    over = {"interventions": [work], "expect": {"findings": [found]}}
    assert list(columns_of("C01", over)) == [LIFECYCLE, "month", "quarter"]
    assert list(columns_of("C02", over)) == []


def test_every_own_case_says_what_it_is_about_and_expects_something() -> None:
    for path in sorted(OWN.glob("*.json")):
        case = json.loads(path.read_bytes())
        assert case.get("description"), f"{path.stem} has no description"
        assert case["expect"], f"{path.stem} expects nothing"
