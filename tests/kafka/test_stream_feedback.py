"""Goals, chances and answers in the stream, with a worker that is killed on the way.

The line of time, with the step at which something happens:

    start ─ declined ── KILLED ─ started alone ─ served ─ slipped ─ declined ─ 1 February ─ end
            O04         restored  O04             realised  F03       F04        overdue
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.codec import Codec
from hub.contracts.json_codec import read
from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.finding import Finding, ResolutionCause, Status
from hub.model.intervention import Intervention
from hub.model.reference import PolicyGoal
from hub.model.vocabulary import DecisionKind, Discipline
from tests.stream.folding import TOPIC_OF, folded, read_findings, without_repeats
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, _cause, _strip
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"
_CODEC = Codec(source="/test")


def work(name: str, number: int, revision: int = 1, **fields: Any) -> Record:
    """Return a revision of a sewer, or of the heat beside it that could wait for it."""
    start, end = ("2029-03-01", "2029-06-01") if name == "sewer" else ("2029-06-01", "2029-08-01")
    plan: dict[str, Any] = {
        "id": f"{name}:{number}",
        "plan_owner": f"{name}-co",
        "discipline": name,
        "firmness": "adopted",
        "window": {"start": start, "end": end},
        "geometry": _strip(155000 + 1000 * number, length=100),
        "opens_surface": True,
        "goal_contributions": [],
        "source": {"system": name, "key": str(number), "revision": revision},
    }
    if name == "heat":
        plan["shift_room"] = {"earliest_start": "2029-01-01"}
    change = PlanChange(
        at=TODAY, intervention=read(Intervention, plan | fields), cause=f"revision {revision}"
    )
    return _CODEC.encode_plan_change(change, cause=_cause(), partition=0)


def answer(name: str, kind: DecisionKind, finding: str) -> Record:
    decision = Decision(id=name, kind=kind, by="somebody", on=TODAY, finding=finding)
    return _CODEC.encode_decision(decision, cause=_cause(), partition=0)


def chance(number: int) -> str:
    return f"O01:heat:{number}|sewer:{number}"


GOAL = PolicyGoal(
    id="rain",
    policy_owner="pol-climate",
    target_amount=Decimal(100),
    unit="m2",
    due_year=2030,
    rides_on_disciplines=(Discipline.SEWER,),
    instruments=(),
)


def test_goals_losses_and_answers_outlive_a_killed_worker(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    days = tmp_path / "days.json"
    days.write_text(json.dumps({"0": TODAY.isoformat()}))
    topics = Topics(connection, prefix, partitions=1)
    conditions = topics.conditions(today=str(days), tick_interval_seconds=0.1, most_days_ahead=400)
    topics.publish([_CODEC.encode_reference_item(GOAL, cause=_cause(), partition=0)])
    topics.publish([work(name, n) for n in range(1, 5) for name in ("sewer", "heat")])
    with WorkerProcess(WORKER, **conditions) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        topics.publish([answer("d1", DecisionKind.DECLINE, chance(1))])
        topics.publish([work("heat", 2, 2, title="renamed")])
        wait_until(lambda: topics.ends("opportunities")[0] >= 7, "the loss is written")
        worker.kill()
    with WorkerProcess(WORKER, **conditions) as worker:
        worker.wait_ready(2)
        topics.publish(
            [
                work("heat", 2, 3, firmness="in_execution"),
                work("sewer", 4, 2, goal_contributions=[{"goal": "rain", "amount": 30}]),
                work("sewer", 4, 3, goal_contributions=[{"goal": "rain", "amount": 30}]),
                work("sewer", 3, 2, window={"start": "2030-06-01", "end": "2030-09-01"}),
            ]
        )
        topics.wait_drained(worker)
        topics.publish(
            [
                answer("d2", DecisionKind.DECLINE, chance(4)),
                answer("d3", DecisionKind.COUNTER, "F05:rain|no_instrument"),
            ]
        )
        topics.wait_drained(worker)
        before = topics.ends("programme-log")[0]
        days.write_text('{"0": "2027-02-01"}')
        wait_until(lambda: topics.ends("programme-log")[0] > before, "the later day's tick")
        topics.wait_drained(worker)
        topics.publish([work("sewer", 4, 4, goal_contributions=[{"goal": "rain", "amount": 20}])])
        topics.wait_drained(worker)
        assert worker.stop() == 0

    written = {
        topic: read_findings(without_repeats(topics.read(topic, 0, headers=True)))
        for topic in TOPIC_OF.values()
    }
    assert written == folded(topics, 0)
    _the_loss_stands_before_the_end_it_records(written["opportunities"])
    _it_ends_as_the_story_says(written)


def _the_loss_stands_before_the_end_it_records(opportunities: list[Finding]) -> None:
    losses = {one.id for one in opportunities if one.rule == "O04"}
    assert losses == {f"O04:{chance(1)}", f"O04:{chance(2)}", f"O04:{chance(4)}"}
    for loss in losses:
        made = next(n for n, one in enumerate(opportunities) if one.id == loss)
        ended = next(
            n
            for n, one in enumerate(opportunities)
            if f"O04:{one.id}" == loss and one.status is Status.RESOLVED
        )
        assert made < ended


def _it_ends_as_the_story_says(written: dict[str, list[Finding]]) -> None:
    last = {one.id: one for findings in written.values() for one in findings}
    causes = {
        key: next(item.value for item in one.evidence if item.name == "cause")
        for key, one in last.items()
        if one.rule == "O04"
    }
    assert sorted(causes.values()) == ["declined", "declined", "started"]
    served = [one.work for one in last["O03:rain"].facts.realised]
    assert served == ["sewer:4"], "counted once"
    missed = last["F04:declined"]
    assert {item.name: item.value for item in missed.evidence}["realised"] == 1
    assert last["F03:sewer:3"].addressee == "sewer-co"
    answered = last["F05:rain|no_instrument"]
    assert (answered.status, answered.answer_overdue) == (Status.ACKNOWLEDGED, False)
    short = last["F01:rain"]
    assert {item.name: item.value for item in short.evidence}["firm_amount"] == 20
    assert short.answer_overdue is True
    assert last[chance(1)].cause is ResolutionCause.DECLINED
