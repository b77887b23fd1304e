"""The story of the essay, told to the hub step by step.

A sewer must be replaced in a street where elderly people live. Heat and a redesign of the street
would like to join. The sewer cannot wait, the council has a recess, money and answers come late.
Each chapter changes one thing and reads what the hub says of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from hub.check.offline import Outcome, run
from hub.check.programme_file import read_programme
from hub.model.finding import Finding, Severity

STREET = {
    "type": "Polygon",
    "coordinates": [
        [[155000, 463000], [155120, 463000], [155120, 463012], [155000, 463012], [155000, 463000]]
    ],
}
QUARTER = {
    "type": "Polygon",
    "coordinates": [
        [[154900, 462900], [155300, 462900], [155300, 463200], [154900, 463200], [154900, 462900]]
    ],
}
SEWER = {
    "id": "sewer:K-118",
    "title": "Sewer replacement Lindestraat",
    "plan_owner": "gm-water",
    "municipality": "GM0999",
    "discipline": "sewer",
    "work_type": "ground_raising",
    "firmness": "adopted",
    "role": "leading",
    "window": {"start": "2029-03-01", "end": "2029-09-01"},
    "shift_room": {"earliest_start": "2029-01-01", "latest_end": "2029-12-01"},
    "geometry": STREET,
    "opens_surface": True,
    "traffic_impact": "closed",
    "goal_contributions": [],
}
HEAT = {
    "id": "heat:7",
    "title": "Heat network Lindestraat",
    "plan_owner": "heat-co",
    "municipality": "GM0999",
    "discipline": "heat",
    "firmness": "adopted",
    "window": {"start": "2029-07-01", "end": "2029-10-01"},
    "shift_room": {"earliest_start": "2029-01-01", "latest_end": "2029-12-31"},
    "geometry": STREET,
    "opens_surface": True,
    "traffic_impact": "partial",
    "goal_contributions": [],
}
REDESIGN = {
    "id": "space:12",
    "title": "Redesign Lindestraat",
    "plan_owner": "gm-space",
    "municipality": "GM0999",
    "discipline": "public_space",
    "firmness": "adopted",
    "window": {"start": "2029-03-01", "end": "2029-09-01"},
    "geometry": STREET,
    "opens_surface": True,
    "ride_along_with": "sewer:K-118",
    "required_decisions": [{"id": "credit", "level": "municipal_council", "status": "not_started"}],
    "approach_adapted": True,
    "goal_contributions": [],
}
RAIN = {
    "id": "rain-2030",
    "policy_owner": "pol-climate",
    "target_amount": 1200,
    "unit": "m2_disconnected",
    "due_year": 2030,
    "rides_on_disciplines": ["sewer"],
    "instruments": [{"id": "subsidy"}],
}
COUNCIL = [
    {"id": f"council-{day}", "kind": "council_meeting", "start": day}
    for day in ("2028-06-22", "2028-09-14", "2028-12-14")
]


@dataclass
class Story:
    """Collects what happens; every reading runs the whole story so far."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    def happens(self, on: str, **what: Any) -> Story:
        """Return this story with one more thing that happens."""
        return Story([*self.steps, {"at": on, **what}])

    def read(self) -> Outcome:
        """Return what the hub says at the end of the story so far."""
        return run(
            read_programme(
                json.dumps(
                    {
                        "format": "programme/1",
                        "reference_date": "2026-11-24",
                        "interventions": [SEWER, HEAT],
                        "goals": [RAIN],
                        "calendar": COUNCIL,
                        "areas": [
                            {
                                "id": "linden",
                                "kind": "neighbourhood",
                                "geometry": QUARTER,
                                "vulnerable_share": 0.34,
                            }
                        ],
                        "changes": self.steps,
                    }
                )
            )
        )

    def open(self) -> dict[str, Finding]:
        """Return the open findings by id."""
        return {f.id: f for f in self.read().findings if f.status.is_open}


BEGINNING = Story()


def test_heat_collides_with_the_sewer_that_leads():
    found = BEGINNING.open()

    conflict = found["C01:heat:7|sewer:K-118"]
    assert conflict.severity is Severity.HEAVY
    assert (conflict.must_act.organisation, conflict.must_act.reason) == ("heat-co", "role")
    later = conflict.options[0]
    assert (later.action, later.days, later.feasible) == ("shift", 62, "yes")
    assert "C01:heat:7|sewer:K-118" in later.closes


def test_sand_on_the_drive_is_no_service_to_the_very_old():
    found = BEGINNING.open()

    assert found["C17:sewer:K-118|linden|approach"].must_act.organisation == "gm-water"
    adapted = BEGINNING.happens(
        "2027-01-10", intervention={**SEWER, "approach_adapted": True}
    ).open()
    assert "C17:sewer:K-118|linden|approach" not in adapted


def test_the_climate_goal_is_told_that_the_street_opens_anyway():
    chance = BEGINNING.open()["O03:rain-2030"]

    assert chance.must_act.organisation == "pol-climate"
    assert chance.parties == ("sewer:K-118",)


JOINED = BEGINNING.happens("2027-02-01", intervention=REDESIGN)


def test_a_rider_is_not_in_the_way_of_the_work_it_joins():
    found = JOINED.open()

    assert not [i for i in found if i.startswith("C01") and "space:12|" in i and "sewer" in i]
    assert "C01:heat:7|space:12" in found


def test_a_work_that_is_led_needs_a_leader_who_says_so():
    silent = {key: value for key, value in SEWER.items() if key != "role"}

    found = JOINED.happens("2027-02-02", intervention=silent).open()

    assert "C10:sewer:K-118" in found
    evidence = {item.name: item.value for item in found["C10:sewer:K-118"].evidence}
    assert evidence["gaps"] == ("leading_role",)


RECESS = JOINED.happens("2028-05-01").happens("2028-11-01")


def test_the_sewer_cannot_wait_for_a_council_in_recess():
    # 2028-05-01 + 8 weeks = 06-26: four days after the last meeting before the summer recess,
    # so 09-14, and with 90 days of preparation 12-13: in time. Half a year later it is not:
    # 2028-11-01 + 8 weeks = 12-27, after the last meeting in the calendar, + 90 = 2029-03-27.
    in_time = JOINED.happens("2028-05-01").open()
    assert "C05:space:12|sewer:K-118" not in in_time

    squeezed = RECESS.open()["C05:space:12|sewer:K-118"]
    assert squeezed.must_act.organisation == "gm-space"
    assert {option.action for option in squeezed.options} == {
        "shorten_process",
        "shift",
        "decouple",
    }


def test_the_decision_of_the_council_sets_the_redesign_free():
    taken = {
        "id": "d-1",
        "kind": "taken",
        "by": "council",
        "on": "2028-12-14",
        "intervention": "space:12",
        "required_decision": "credit",
    }

    outcome = RECESS.happens("2028-12-14", decision=taken).read()

    squeezed = next(f for f in outcome.findings if f.id == "C05:space:12|sewer:K-118")
    assert (squeezed.status, squeezed.cause) == ("resolved", "changed")


def test_heat_joins_and_the_collision_becomes_a_shared_street():
    joins = {
        **HEAT,
        "ride_along_with": "sewer:K-118",
        "window": {"start": "2029-03-01", "end": "2029-09-01"},
    }

    outcome = JOINED.happens("2027-03-01", intervention=joins).read()

    conflict = next(f for f in outcome.findings if f.id == "C01:heat:7|sewer:K-118")
    assert conflict.status == "resolved"
    bundle = next(b for b in outcome.bundles if b.anchor == "sewer:K-118")
    assert set(bundle.riders) == {"heat:7", "space:12"}


def test_a_leader_that_slips_is_told_to_those_who_ride_along():
    moved = {
        **SEWER,
        "window": {"start": "2031-03-01", "end": "2031-09-01"},
        "shift_room": {"earliest_start": "2031-01-01", "latest_end": "2031-12-01"},
    }

    found = JOINED.happens(
        "2027-04-01", intervention=moved, cause="inspection: two more years"
    ).open()

    slipped = found["F03:sewer:K-118"]
    evidence = {item.name: item.value for item in slipped.evidence}
    assert evidence["cause"] == "inspection: two more years"
    assert evidence["slip_days"] > 365
    assert slipped.severity is Severity.HEAVY
    assert "C19:space:12|sewer:K-118|outside_room" in found


@pytest.mark.parametrize("answer", ["acknowledge", "counter"])
def test_an_answer_is_kept_until_the_matter_changes(answer):
    decision = {
        "id": "a-1",
        "kind": answer,
        "finding": "C01:heat:7|sewer:K-118",
        "by": "heat-co",
        "on": "2027-01-05",
    }
    answered = BEGINNING.happens("2027-01-05", decision=decision)
    later = {**HEAT, "window": {"start": "2029-08-01", "end": "2029-11-01"}}

    assert answered.open()["C01:heat:7|sewer:K-118"].status == "acknowledged"
    changed = answered.happens("2027-02-05", intervention=later).open()
    assert changed["C01:heat:7|sewer:K-118"].status == "to_be_reassessed"
