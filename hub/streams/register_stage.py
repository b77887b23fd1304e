"""The register stage: plan changes, decisions and reference in; programme and log out.

`facets` is its state: one record per intervention with everything register knows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time

from hub.contracts.codec import SEQUENCE_DIGITS, Codec
from hub.contracts.records import Cause, Record
from hub.engine.merge import SourcePrecedence
from hub.engine.register import InputPosition, Outcome, Register, Registered
from hub.errors import RejectedRecordError
from hub.metrics import ProcessedResult
from hub.model.facets import FacetState
from hub.model.vocabulary import Firmness
from hub.streams.kept_states import KeptStates
from hub.streams.logic import Received, Restored, RestoredTopic, Step
from hub.streams.plausibility import Plausibility
from hub.streams.restore import SEQUENCE_HEADER

INCOMPLETE = "incomplete"
"""As what an intervention is counted that does not take part yet; no discipline has this name."""
_GONE = (Firmness.WITHDRAWN, Firmness.COMPLETED)
PLAN_CHANGES, DECISIONS, REFERENCE = "plan-changes", "decisions", "reference"

_RESULTS = {
    Outcome.CHANGED: ProcessedResult.APPLIED,
    Outcome.COPIED: ProcessedResult.APPLIED,
    Outcome.INCOMPLETE: ProcessedResult.APPLIED,
    Outcome.UNCHANGED: ProcessedResult.UNCHANGED,
    Outcome.OLDER_REVISION: ProcessedResult.SKIPPED,
    Outcome.REPLAYED: ProcessedResult.SKIPPED,
}

Today = Callable[[int], date | None]
"""Says which business day it is for the programme of a partition; None writes no tick."""


class RegisterProgramme:
    """What is planned in one programme, and the records that follow from each input."""

    def __init__(
        self,
        partition: int,
        *,
        precedence: SourcePrecedence,
        codec: Codec,
        plausibility: Plausibility,
        today: Today,
    ) -> None:
        self._partition = partition
        self._states = KeptStates(codec, label_of=self._label_of)
        self._register = Register(precedence, states=self._states)
        self._codec = codec
        self._plausibility = plausibility
        self._today = today

    @property
    def register(self) -> Register:
        """Return the pure register, for those who look at what is in it."""
        return self._register

    def load(self, states: Iterable[Received]) -> None:
        """Take over what `facets` holds; a state is read when it is asked for."""
        for record in states:
            assert record.key is not None
            assert record.value is not None
            self._states.load(record.key.decode(), record.value)

    def count_works(self) -> Counter[str] | None:
        """Return how many works there are by discipline, and how many are `INCOMPLETE`.

        None right after a restore, as long as not every state was looked at.
        """
        return self._states.tally()

    def _label_of(self, state: FacetState) -> str | None:
        if self._register.missing(state):
            return INCOMPLETE
        work = None if state.entry is None else state.entry.intervention
        if work is None or work.discipline is None or work.firmness in _GONE:
            return None
        return work.discipline.value

    def start(self) -> Step | None:
        """Return the tick of today, so that the log says which day it is before all else."""
        return self.tick()

    def tick(self) -> Step | None:
        """Return the tick of a new business day; nothing while the day lasts."""
        day = self._today(self._partition)
        if day is None:
            return None
        registered = self._register.tick(day)
        if not registered.log:
            return None
        return self._step(registered, Cause(time=datetime.combine(day, time(), UTC)))

    def apply(self, received: Received) -> Step:
        """Apply one input record.

        :raises RejectedRecordError: if it cannot be used, or what follows cannot be written
        """
        cause = Cause.of_record(
            received.headers, fallback_id=received.position, broker_time=received.at
        )
        position = InputPosition(received.topic, received.offset)
        if received.topic == PLAN_CHANGES:
            change = self._codec.decode_plan_change(received.value)
            self._plausibility.check(change.at, path="at", at=received.at)
            return self._undoable(
                change.intervention_id, lambda: self._register.apply_change(change, position), cause
            )
        if received.topic == DECISIONS:
            decision = self._codec.decode_decision(received.value)
            self._plausibility.check(decision.on, path="on", at=received.at)
            return self._undoable(
                decision.intervention,
                lambda: self._register.apply_decision(decision, position),
                cause,
            )
        item = self._codec.decode_reference_item(received.value)
        day = self._plausibility.business_day(received.at)
        step = self._step(self._register.apply_reference(item, at=day), cause)
        return replace(step, outputs=_in_order_of(received, step.outputs))

    def _undoable(
        self, intervention: str | None, apply: Callable[[], Registered], cause: Cause
    ) -> Step:
        """Apply and encode; what cannot be written leaves the intervention as it was."""
        before = None if intervention is None else self._register.states.get(intervention)
        try:
            return self._step(apply(), cause)
        except RejectedRecordError:
            if intervention is not None:
                self._register.put_back(intervention, before)
            raise

    def _step(self, registered: Registered, cause: Cause) -> Step:
        encode, partition = self._codec, self._partition
        outputs: list[Record] = []
        if registered.entry is not None:
            outputs.append(
                encode.encode_programme_entry(registered.entry, cause=cause, partition=partition)
            )
        outputs += [
            encode.encode_log_entry(entry, cause=cause, partition=partition)
            for entry in registered.log
        ]
        state = () if registered.state is None else (self._state(registered.state, cause),)
        return Step(_RESULTS[registered.outcome], (tuple(outputs),) if outputs else (), state)

    def _state(self, state: FacetState, cause: Cause) -> Record:
        """Encode a state with a sequence that grows with each, so that a restore can compare."""
        record = self._codec.encode_facet_state(state, cause=cause, partition=self._partition)
        self._states.written(state.id, record.value)
        return _with_sequence(record, sum(offset + 1 for offset in state.positions.values()))


def _in_order_of(
    received: Received, outputs: tuple[tuple[Record, ...], ...]
) -> tuple[tuple[Record, ...], ...]:
    """Give copies of an item the place of its input, by which a late copy is known."""
    return tuple(
        tuple(_with_sequence(record, received.offset + 1) for record in group) for group in outputs
    )


def _with_sequence(record: Record, sequence: int) -> Record:
    value = f"{sequence:0{SEQUENCE_DIGITS}d}".encode()
    return replace(record, headers=(*record.headers, (SEQUENCE_HEADER, value)))


class RegisterLogic:
    """How register's programmes come to be."""

    name = "register"
    inputs: tuple[str, ...] = (PLAN_CHANGES, DECISIONS, REFERENCE)
    read_first: tuple[str, ...] = (REFERENCE,)
    restores: tuple[RestoredTopic, ...] = (
        RestoredTopic("facets"),
        RestoredTopic("programme", feeds_state=False),
        RestoredTopic("programme-log", feeds_state=False),
    )

    def __init__(
        self,
        codec: Codec,
        *,
        precedence: SourcePrecedence,
        plausibility: Plausibility,
        today: Today,
    ) -> None:
        self._codec = codec
        self._precedence = precedence
        self._plausibility = plausibility
        self._today = today

    def restore(self, restored: Restored) -> RegisterProgramme:
        """Return the programme that `facets` holds.

        :raises ContractError: if states are of a schema that this version does not know
        """
        programme = RegisterProgramme(
            restored.partition,
            precedence=self._precedence,
            codec=self._codec,
            plausibility=self._plausibility,
            today=self._today,
        )
        programme.load(restored.records["facets"])
        return programme
