"""Evaluates a batch: its records one by one and in order, and what is to be sent for all of them.

A batch serves decoding, sending and committing only; what follows from a record does not depend on
where its batch happened to end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.contracts.dead_letters import Breaker
from hub.contracts.records import Record
from hub.errors import RejectedRecordError
from hub.metrics import ProcessedResult
from hub.streams.logic import Programme, Received, Step

DeadLetter = Callable[[Received, RejectedRecordError], Record]


class PoisonedInputError(Exception):
    """Most of the last records were rejected; the last rejection is told."""

    def __init__(self, received: Received, rejection: RejectedRecordError) -> None:
        super().__init__(f"last of them {received.position}: {rejection}")


@dataclass(slots=True)
class Batch:
    """What a batch of records leads to.

    Each phase is acknowledged before the next is sent; `state` comes after them, one record per
    key: the last, because it replaces those before it.
    """

    phases: list[list[Record]] = field(default_factory=list)
    state: dict[tuple[str, int, bytes], Record] = field(default_factory=dict)
    results: Counter[ProcessedResult] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    without_finding: int = 0

    def add(self, step: Step) -> None:
        """Put what follows from one record behind what is there."""
        self.results[step.result] += 1
        self.without_finding += step.without_finding
        for number, group in enumerate(step.outputs):
            if number > 0 or not self.phases:
                self.phases.append([])
            self.phases[-1].extend(group)
        for record in step.state:
            self.state[record.topic, record.partition, record.key] = record

    def park(self, letter: Record, rejection: RejectedRecordError) -> None:
        """Put a dead letter behind what is there."""
        self.rejected[rejection.refusal.reason.value] += 1
        if not self.phases:
            self.phases.append([])
        self.phases[-1].append(letter)

    def writes(self) -> list[list[Record]]:
        """Return the phases that have something to send, state last."""
        return [phase for phase in (*self.phases, list(self.state.values())) if phase]


def evaluate(
    received: Sequence[Received],
    programmes: Mapping[int, Programme],
    *,
    dead_letter: DeadLetter,
    breaker: Breaker,
) -> Batch:
    """Apply every record to its programme, parking those that cannot be used.

    :raises PoisonedInputError: if the breaker opens
    """
    batch = Batch()
    for record in received:
        try:
            step = programmes[record.partition].apply(record)
        except RejectedRecordError as rejection:
            if breaker.record(rejected=True):
                raise PoisonedInputError(record, rejection) from rejection
            batch.results[ProcessedResult.DEAD_LETTER] += 1
            batch.park(dead_letter(record, rejection), rejection)
            continue
        breaker.record(rejected=False)
        batch.add(step)
        for fault in step.rejections:
            batch.park(dead_letter(record, fault), fault)
    return batch
