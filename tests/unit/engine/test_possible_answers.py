"""Feedback names the answers it takes; any other is refused, whenever and however often it comes.

F03 asks its owner to accept or to counter that a leading work slipped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.contracts.json_codec import read
from hub.engine.detect import Detect
from hub.model.decision import Decision
from hub.model.finding import Finding, Status
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.vocabulary import DecisionKind

START = date(2026, 11, 23)
F03 = "F03:sewer:1"
SLIPPED = WorkState(
    read(
        Intervention,
        {
            "id": "sewer:1",
            "plan_owner": "sewer-co",
            "discipline": "sewer",
            "role": "leading",
            "firmness": "adopted",
            "window": {"start": "2031-03-01", "end": "2031-09-01"},
            "baseline_start": "2028-03-01",
        },
    ),
    1,
)


def log(*kinds: DecisionKind) -> list[LogEntry]:
    answers = [
        Decision(id=f"d{number}", kind=kind, by="sewer-co", on=START, finding=F03)
        for number, kind in enumerate(kinds)
    ]
    return [LogEntry(START, body) for body in (SLIPPED, Tick(START), *answers)]


def folded(entries: list[LogEntry], *, first: int = 0, findings: list[Finding] = []) -> Detect:  # noqa: B006
    detect = Detect()
    detect.load(entries[:first])
    detect.restore_findings(findings)
    for offset, entry in enumerate(entries[first:], first):
        detect.apply(entry, offset=offset)
    return detect


def test_an_answer_outside_the_possible_ones_changes_nothing_and_is_told() -> None:
    detect = folded(log(DecisionKind.DECLINE))

    (refused,) = detect.refused_answers
    assert detect.findings[F03].status is Status.DETECTED
    assert detect.findings[F03].revision == 1
    assert refused.decision.id == "d0"
    assert "'decline' as the answer to F03:sewer:1" in str(refused.refusal)
    assert "one of its possible answers: accept, counter" in str(refused.refusal)
    assert detect.decisions_without_finding == 0


@pytest.mark.parametrize(
    "kind", [DecisionKind.ACKNOWLEDGE, DecisionKind.ACCEPT, DecisionKind.COUNTER]
)
def test_the_possible_answers_and_taking_it_in_hand_are_taken(kind: DecisionKind) -> None:
    detect = folded(log(kind))

    assert detect.refused_answers == []
    assert detect.findings[F03].status is Status.ACKNOWLEDGED


def test_another_answer_after_a_refused_one_counts() -> None:
    detect = folded(log(DecisionKind.DECLINE, DecisionKind.COUNTER))

    assert len(detect.refused_answers) == 1
    assert detect.findings[F03].status is Status.ACKNOWLEDGED


def test_after_a_crash_it_is_refused_again_although_the_finding_went_on() -> None:
    entries = log(DecisionKind.DECLINE, DecisionKind.COUNTER)
    gone_on = list(folded(entries).findings.values())

    again = folded(entries, first=2, findings=gone_on)

    assert [answer.decision.id for answer in again.refused_answers] == ["d0"]
    assert again.findings[F03] == next(one for one in gone_on if one.id == F03)


def test_an_answer_from_before_the_finding_was_made_is_no_refusal_after_a_crash_either() -> None:
    _, tick, answer = log(DecisionKind.DECLINE)
    on_time = replace(SLIPPED.intervention, baseline_start=None)
    later = LogEntry(START, replace(SLIPPED, revision=2))
    entries = [LogEntry(START, WorkState(on_time, 1)), tick, answer, later]
    live = folded(entries)
    assert live.refused_answers == []
    assert live.decisions_without_finding == 1

    again = folded(entries, first=2, findings=list(live.findings.values()))

    assert again.refused_answers == []
