"""What a batch of records leads to: order, phases, dead letters, the breaker."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.contracts.dead_letters import Breaker
from hub.contracts.records import Record
from hub.errors import Refusal, RejectedRecordError, RejectReason
from hub.metrics import ProcessedResult
from hub.streams.batches import Batch, PoisonedInputError, evaluate
from hub.streams.logic import Received, Step

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def received(offset: int, value: bytes = b"v", partition: int = 0) -> Received:
    return Received(
        topic="plan-changes",
        partition=partition,
        offset=offset,
        key=b"k",
        value=value,
        headers=(),
        at=NOW,
    )


def record(topic: str, value: str, key: str = "k") -> Record:
    return Record(topic, key.encode(), value.encode(), (), 0)


class Scripted:
    """A programme that answers from the value: `bad` is refused, `broken` is a fault of ours."""

    def apply(self, item: Received) -> Step:
        text = (item.value or b"").decode()
        if text == "bad":
            raise refused()
        if text == "broken":
            raise ZeroDivisionError
        return Step(
            ProcessedResult.APPLIED,
            outputs=((record("programme", text),),),
            state=(record("facets", text),),
            rejections=(refused(RejectReason.RULE_FAILED),) if text == "half" else (),
        )

    def start(self) -> Step | None:
        return None


def refused(reason: RejectReason = RejectReason.INVALID_VALUE) -> RejectedRecordError:
    return RejectedRecordError(Refusal("value", "bad", "good", reason=reason))


def letter(item: Received, rejection: RejectedRecordError) -> Record:
    return record("dead-letters", rejection.refusal.reason, key=item.position)


def run(*values: str, breaker: Breaker | None = None) -> Batch:
    items = [received(number, value.encode()) for number, value in enumerate(values)]
    return evaluate(items, {0: Scripted()}, dead_letter=letter, breaker=breaker or Breaker())


def test_outputs_keep_the_order_of_their_records_and_state_comes_last() -> None:
    phases = run("a", "b").writes()

    assert [[(item.topic, item.value) for item in phase] for phase in phases] == [
        [("programme", b"a"), ("programme", b"b")],
        [("facets", b"b")],
    ]


def test_a_bad_record_is_parked_and_the_next_goes_on() -> None:
    batch = run("a", "bad", "b")

    assert [item.topic for item in batch.phases[0]] == ["programme", "dead-letters", "programme"]
    assert batch.phases[0][1].key == b"plan-changes-0-1"
    assert batch.results == {ProcessedResult.APPLIED: 2, ProcessedResult.DEAD_LETTER: 1}
    assert batch.rejected == {"invalid_value": 1}


def test_what_fails_in_part_is_parked_and_the_rest_of_it_stands() -> None:
    batch = run("half")

    assert [item.topic for item in batch.phases[0]] == ["programme", "dead-letters"]
    assert batch.rejected == {"rule_failed": 1}


def test_a_fault_of_ours_is_not_parked() -> None:
    with pytest.raises(ZeroDivisionError):
        run("a", "broken")


def test_a_group_is_acknowledged_before_the_next_one_of_its_step_is_sent() -> None:
    batch = Batch()
    batch.add(Step(ProcessedResult.APPLIED, ((record("feedback", "gone"),), (record("o", "end"),))))
    batch.add(Step(ProcessedResult.APPLIED, ((record("o", "later"),),)))

    assert [[item.value for item in phase] for phase in batch.writes()] == [
        [b"gone"],
        [b"end", b"later"],
    ]


def test_nothing_of_a_batch_is_parked_when_most_of_a_window_is_bad() -> None:
    with pytest.raises(PoisonedInputError, match="plan-changes-0-9"):
        run(*["a"] * 4, *["bad"] * 6, breaker=Breaker(window=10))


def test_half_of_a_window_may_be_bad() -> None:
    assert run(*["a"] * 5, *["bad"] * 5, breaker=Breaker(window=10)).rejected
