"""The essay's story from beginning to end: what happens on each day, and what the hub then says.

The chronicle below is what a reader would write down: `+` a finding that opened, `~` one that
changed, `-` one that closed and why, and who is asked. It is compared word for word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hub.check.offline import Outcome, run
from hub.check.programme_file import read_programme
from hub.check.words import CAUSES
from hub.model.finding import Certainty, Finding, FindingKind, Severity, Status
from hub.rules import installed
from hub.rules.rule import Language
from tests.scenario.test_essay_story import HEAT, QUARTER, RAIN, REDESIGN, SEWER

SILENT_SEWER = {
    **{key: value for key, value in SEWER.items() if key != "role"},
    "cost_cents": 840_000_00,
    "funding": [
        {"source": "sewer_levy", "amount_cents": 840_000_00, "status": "approved",
         "budget_year": 2029},
    ],
}  # fmt: skip
KIND_SEWER = {**SILENT_SEWER, "approach_adapted": True}
LEADING_SEWER = {**KIND_SEWER, "role": "leading"}
CLIMATE_SEWER = {**LEADING_SEWER, "goal_contributions": [{"goal": "rain-2030", "amount": 700}]}
LATE_SEWER = {
    **CLIMATE_SEWER,
    "window": {"start": "2030-03-01", "end": "2030-09-01"},
    "shift_room": {"earliest_start": "2030-01-01", "latest_end": "2030-12-01"},
}
FUNDED_REDESIGN = {
    **REDESIGN,
    "cost_cents": 400_000_00,
    "funding": [
        {"source": "general_means", "amount_cents": 400_000_00, "status": "requested",
         "budget_year": 2031},
    ],
}  # fmt: skip
JOINING_HEAT = {**HEAT, "ride_along_with": "sewer:K-118", "window": SEWER["window"]}
FOLLOWING_REDESIGN = {
    **FUNDED_REDESIGN,
    "window": LATE_SEWER["window"],
    "funding": [
        {"source": "general_means", "amount_cents": 400_000_00, "status": "approved",
         "budget_year": 2030},
    ],
}  # fmt: skip
FOLLOWING_HEAT = {
    **{key: value for key, value in JOINING_HEAT.items() if key != "shift_room"},
    "window": LATE_SEWER["window"],
}
FINISHED = [
    {**work, "firmness": "completed"} for work in (FOLLOWING_HEAT, FOLLOWING_REDESIGN, LATE_SEWER)
]


CALENDAR = [
    *(
        {"id": f"council-{day}", "kind": "council_meeting", "start": day}
        for day in ("2028-06-22", "2028-09-14", "2028-12-14")
    ),
    *(
        {"id": f"budget-{day}", "kind": "budget_gate", "start": day}
        for day in ("2027-11-05", "2028-11-05", "2029-11-05")
    ),
]
TAKEN = {
    "id": "d-1",
    "kind": "taken",
    "by": "council",
    "on": "2028-12-14",
    "intervention": "space:12",
    "required_decision": "credit",
}
ANSWER = {
    "id": "a-1",
    "kind": "accept",
    "finding": "F01:rain-2030",
    "by": "pol-climate",
    "on": "2027-05-10",
    "reason": "we look for two more streets",
}

STORY: list[tuple[str, str, dict[str, Any]]] = [
    ("2027-01-10", "the social domain is asked, and the sand is brought another way",
     {"intervention": KIND_SEWER}),
    ("2027-02-01", "a redesign of the street joins the sewer",
     {"intervention": FUNDED_REDESIGN}),
    ("2027-02-15", "it is said out loud that the sewer leads",
     {"intervention": LEADING_SEWER}),
    ("2027-04-01", "the sewer takes rain water from the roofs along",
     {"intervention": CLIMATE_SEWER}),
    ("2027-05-10", "the owner of the climate goal answers", {"decision": ANSWER}),
    ("2027-06-01", "heat joins as well", {"intervention": JOINING_HEAT}),
    ("2028-05-01", "the council is not asked before the summer", {}),
    ("2028-11-01", "nor after it", {}),
    ("2028-12-14", "the council decides on the redesign", {"decision": TAKEN}),
    ("2028-12-20", "inspection: the sewer can wait a year", {"intervention": LATE_SEWER}),
    ("2029-01-15", "the redesign moves along, and the council finds its money",
     {"intervention": FOLLOWING_REDESIGN}),
    ("2029-02-01", "heat moves along", {"intervention": FOLLOWING_HEAT}),
    ("2030-03-01", "the day of the start: nothing can begin earlier any more", {}),
    ("2030-08-28", "the heat pipes lie", {"intervention": FINISHED[0]}),
    ("2030-08-29", "the street is laid out anew", {"intervention": FINISHED[1]}),
    ("2030-08-30", "the sewer is ready", {"intervention": FINISHED[2]}),
]  # fmt: skip

CHRONICLE = """
2026-11-24 a sewer is planned in a street with many elderly people
  + Same place, same time: heat:7, sewer:K-118 → heat-co (heavy)
  + Approach does not suit the residents: sewer:K-118 → gm-water (light, possible)
  + Tactical gap: rain-2030 → pol-climate (light)
  + A policy goal can ride along: sewer:K-118 → pol-climate (info)
2027-01-10 the social domain is asked, and the sand is brought another way
  - Approach does not suit the residents: sewer:K-118 (the plan changed)
2027-02-01 a redesign of the street joins the sewer
  + Same place, same time: heat:7, space:12 → nobody in particular (heavy)
  + Partner's money in another year: sewer:K-118, space:12 → gm-space (heavy)
  + Client, mandate, means or support missing: sewer:K-118 → gm-water (light)
  + Tactical gap: F05:space:12|no_goal → gm-space (light)
2027-02-15 it is said out loud that the sewer leads
  ~ Same place, same time: heat:7, sewer:K-118 → heat-co (heavy)
  - Client, mandate, means or support missing: sewer:K-118 (the plan changed)
2027-04-01 the sewer takes rain water from the roofs along
  + Money not covered: space:12 → gm-space (light, possible)
  + Goal will not be reached: rain-2030 → pol-climate (heavy)
  - Tactical gap: rain-2030 (the plan changed)
  - A policy goal can ride along: sewer:K-118 (the chance was taken)
2027-05-10 the owner of the climate goal answers
  ! Goal will not be reached: rain-2030 → pol-climate (heavy)
2027-06-01 heat joins as well
  - Same place, same time: heat:7, sewer:K-118 (the plan changed)
  - Same place, same time: heat:7, space:12 (the plan changed)
  + Too much in one bundle: heat:7, sewer:K-118, space:12 → gm-water (light, possible)
2028-05-01 the council is not asked before the summer
2028-11-01 nor after it
  + Process of a rider does not fit the leading work: sewer:K-118, space:12 → gm-space (light)
2028-12-14 the council decides on the redesign
  - Process of a rider does not fit the leading work: sewer:K-118, space:12 (the plan changed)
  - Too much in one bundle: heat:7, sewer:K-118, space:12 (the plan changed)
  + The budget gate comes too late: space:12 → gm-space (heavy)
2028-12-20 inspection: the sewer can wait a year
  ~ Partner's money in another year: sewer:K-118, space:12 → gm-space (light)
  + Rider and leading work do not fit: heat:7, sewer:K-118 → heat-co (heavy)
  + Rider and leading work do not fit: sewer:K-118, space:12 → gm-space (heavy)
  + Leading work keeps slipping: F03:sewer:K-118 → gm-water (light)
  + Same place within a few years: heat:7, sewer:K-118 → heat-co (info)
  + Same place within a few years: sewer:K-118, space:12 → gm-space (info)
2029-01-15 the redesign moves along, and the council finds its money
  - Money not covered: space:12 (the plan changed)
  - Partner's money in another year: sewer:K-118, space:12 (the plan changed)
  - Rider and leading work do not fit: sewer:K-118, space:12 (the plan changed)
  - The budget gate comes too late: space:12 (the plan changed)
  + Same place within a few years: heat:7, space:12 → nobody in particular (info)
  - Same place within a few years: sewer:K-118, space:12 (the chance was taken)
2029-02-01 heat moves along
  - Rider and leading work do not fit: heat:7, sewer:K-118 (the plan changed)
  - Same place within a few years: heat:7, sewer:K-118 (the chance was taken)
  - Same place within a few years: heat:7, space:12 (the chance was taken)
2030-03-01 the day of the start: nothing can begin earlier any more
  + Too much in one bundle: heat:7, sewer:K-118, space:12 → gm-water (light, possible)
2030-08-28 the heat pipes lie
  - Too much in one bundle: heat:7, sewer:K-118, space:12 (a work was completed)
  ~ Leading work keeps slipping: F03:sewer:K-118 → gm-water (light)
2030-08-29 the street is laid out anew
  ~ Leading work keeps slipping: F03:sewer:K-118 → gm-water (light)
  - Tactical gap: F05:space:12|no_goal (a work was completed)
2030-08-30 the sewer is ready
  - Leading work keeps slipping: F03:sewer:K-118 (a work was completed)
"""


def outcome() -> Outcome:
    programme = {
        "format": "programme/1",
        "reference_date": "2026-11-24",
        "interventions": [SILENT_SEWER, HEAT],
        "goals": [RAIN],
        "calendar": CALENDAR,
        "areas": [
            {
                "id": "linden",
                "kind": "neighbourhood",
                "geometry": QUARTER,
                "vulnerable_share": 0.34,
            }
        ],
        "changes": [
            {"at": day, **what, **({"cause": why} if "intervention" in what else {})}
            for day, why, what in STORY
        ],
    }
    return run(read_programme(json.dumps(programme)))


def chronicle(told: Outcome) -> Iterator[str]:
    happened = [("2026-11-24", "a sewer is planned in a street with many elderly people"), *STORY]
    for (day, what, *_), step in zip(happened, told.steps, strict=True):
        yield f"{day} {what}"
        for finding in step.changed:
            yield f"  {line_of(finding)}"


def line_of(finding: Finding) -> str:
    title = installed()[finding.rule].title.in_language(Language.EN).partition(":")[0]
    works = ", ".join(finding.parties) if finding.kind is not FindingKind.FEEDBACK else ""
    about = works or finding.goal or finding.id
    if finding.status is Status.RESOLVED:
        assert finding.cause is not None
        return f"- {title}: {about} ({CAUSES[finding.cause].en})"
    who = finding.must_act.organisation or "nobody in particular"
    sign = {Status.DETECTED: "+", Status.ACKNOWLEDGED: "!"}.get(finding.status, "~")
    weight = str(finding.severity)
    if finding.certainty is Certainty.POSSIBLE and finding.severity is not Severity.INFO:
        weight = f"{weight}, possible"
    return f"{sign} {title}: {about} → {who} ({weight})"


def test_the_story_is_told_as_it_happens():
    assert "\n".join(chronicle(outcome())) == CHRONICLE.strip("\n")


def test_the_policy_cycle_is_closed_at_the_end():
    left = [finding for finding in outcome().findings if finding.status.is_open]

    assert [finding.id for finding in left] == ["F01:rain-2030"]
    assert left[0].status is Status.ACKNOWLEDGED
