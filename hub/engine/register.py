"""Register: what is planned. A pure fold of plan changes, decisions and reference into one log.

Keeps per intervention what each source says, merges it, classifies what changed, and says what must
be written: the state of that intervention, its programme entry and its log record. The log is
complete and ordered in itself; what detect concludes depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from hub.engine.merge import Merge, SourcePrecedence, merge
from hub.errors import Refusal, RejectedRecordError, RejectReason
from hub.model.change import ChangeKind, PlanChange, changed_fields, classify
from hub.model.decision import Decision
from hub.model.facets import Facet, FacetState, TakenDecision
from hub.model.intervention import Intervention
from hub.model.programme import LastChange, LogEntry, ProgrammeEntry, Tick, WorkState
from hub.model.reference import ReferenceItem
from hub.model.vocabulary import DecisionKind, Firmness


@dataclass(frozen=True, slots=True)
class InputPosition:
    """Where an input record stands in its topic; None of it outside the stream."""

    topic: str
    offset: int


class Outcome(StrEnum):
    """What register made of one input record. Closed list: each value labels a metric."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER_REVISION = "older_revision"
    INCOMPLETE = "incomplete"
    REPLAYED = "replayed"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Registered:
    """What follows from one input record: what to write, state last."""

    outcome: Outcome
    state: FacetState | None = None
    entry: ProgrammeEntry | None = None
    log: tuple[LogEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An intervention that does not take part yet: what it lacks and which sources speak of it."""

    id: str
    missing: tuple[str, ...]
    sources: tuple[str, ...]


class Register:
    """The planned works of one programme."""

    def __init__(
        self,
        precedence: SourcePrecedence | None = None,
        *,
        states: MutableMapping[str, FacetState] | None = None,
    ) -> None:
        self._precedence = precedence or SourcePrecedence()
        self._states: MutableMapping[str, FacetState] = {} if states is None else states
        self._last_tick: date | None = None

    @property
    def states(self) -> Mapping[str, FacetState]:
        """Return the state of every intervention that was ever named."""
        return self._states

    def restore(self, state: FacetState) -> None:
        """Take over a state written earlier; of two, the one with the later entry stays."""
        known = self._states.get(state.id)
        if known is None or _age(known) <= _age(state):
            self._states[state.id] = state

    def put_back(self, intervention: str, state: FacetState | None) -> None:
        """Undo the last step of one intervention: what follows from it cannot be written."""
        if state is None:
            self._states.pop(intervention, None)
        else:
            self._states[intervention] = state

    def incomplete(self) -> list[Incomplete]:
        """Return the interventions that lack a required field, sorted by id."""
        found = []
        for state in self._states.values():
            missing = self.missing(state)
            if missing:
                systems = sorted(facet.system or "-" for facet in state.facets)
                found.append(Incomplete(state.id, missing, tuple(systems)))
        return sorted(found, key=lambda item: item.id)

    def missing(self, state: FacetState) -> tuple[str, ...]:
        """Return what an intervention lacks to take part; nothing for one that takes part."""
        if not state.facets or (state.entry is not None and not _is_withdrawn(state.entry)):
            return ()  # what was complete and no longer is, stays in the programme as withdrawn
        return self._merge(state).intervention.missing

    def apply_change(self, change: PlanChange, position: InputPosition | None = None) -> Registered:
        """Apply one plan change.

        :raises RejectedRecordError: if a revision comes again with other content
        """
        state = self._states.get(change.intervention_id) or FacetState(id=change.intervention_id)
        if _is_replay(state, position):
            return Registered(Outcome.REPLAYED)
        if change.intervention is not None:
            verdict = _compare_revisions(state, change.intervention)
            if verdict is not None:
                return Registered(verdict)
            facets = _with_facet(state, change, change.intervention)
        else:
            facets = _without_facet(state, change)
            if facets == state.facets:
                return Registered(Outcome.UNCHANGED)
        moved = replace(state, facets=facets, positions=_moved(state, position))
        return self._settle(moved, at=change.at, cause=change.cause)

    def apply_decision(
        self, decision: Decision, position: InputPosition | None = None
    ) -> Registered:
        """Apply a formal decision to its work, or copy an answer to a finding into the log."""
        if decision.kind is not DecisionKind.TAKEN:
            return Registered(Outcome.COPIED, log=(LogEntry(decision.on, decision),))
        assert decision.intervention is not None
        assert decision.required_decision is not None
        state = self._states.get(decision.intervention) or FacetState(id=decision.intervention)
        if _is_replay(state, position):
            return Registered(Outcome.REPLAYED)
        if any(item.decision == decision.id for item in state.taken):
            return Registered(Outcome.UNCHANGED)
        taken = TakenDecision(decision.id, decision.required_decision, decision.on)
        moved = replace(state, taken=(*state.taken, taken), positions=_moved(state, position))
        return self._settle(moved, at=decision.on, cause=decision.reason)

    def apply_reference(self, item: ReferenceItem, *, at: date) -> Registered:
        """Copy a reference item into the log; an equal one again is no step there."""
        return Registered(Outcome.COPIED, log=(LogEntry(at, item),))

    def tick(self, day: date) -> Registered:
        """Let the reference date become `day`; a day that was reached before is no step."""
        if self._last_tick is not None and day <= self._last_tick:
            return Registered(Outcome.UNCHANGED)
        self._last_tick = day
        return Registered(Outcome.COPIED, log=(LogEntry(day, Tick(day)),))

    def _merge(self, state: FacetState) -> Merge:
        return merge(state.facets, precedence=self._precedence, taken=state.taken)

    def _settle(self, state: FacetState, *, at: date, cause: str | None) -> Registered:
        """Merge the new facets, classify, and remember the state."""
        merged = self._merge(state) if state.facets else None
        before = state.entry
        if merged is not None and not merged.intervention.missing:
            after, provenance = merged.intervention, merged.provenance
        elif before is not None:
            after = replace(before.intervention, firmness=Firmness.WITHDRAWN)
            provenance = before.provenance
        else:
            self._states[state.id] = state
            return Registered(Outcome.INCOMPLETE, state)
        kinds = classify(before.intervention if before else None, after)
        if kinds == (ChangeKind.UNCHANGED,):
            self._states[state.id] = state
            return Registered(Outcome.UNCHANGED, state)
        entry = _next_entry(before, after, LastChange(kinds, at, cause), provenance)
        state = replace(state, entry=entry)
        self._states[state.id] = state
        return Registered(Outcome.CHANGED, state, entry, (LogEntry(at, work_state(entry)),))


def work_state(entry: ProgrammeEntry) -> WorkState:
    """Return what the log says of a work."""
    return WorkState(
        entry.intervention, entry.revision, entry.first_adopted_start, entry.window_cause
    )


def _next_entry(
    before: ProgrammeEntry | None,
    after: Intervention,
    change: LastChange,
    provenance: Mapping[str, str],
) -> ProgrammeEntry:
    previous = before.intervention if before else None
    first_adopted = before.first_adopted_start if before else None
    if first_adopted is None and after.window is not None and _is_adopted(after):
        first_adopted = after.window.start
    window_moved = previous is not None and previous.window != after.window
    return ProgrammeEntry(
        intervention=after,
        revision=before.revision + 1 if before else 1,
        change=replace(change, fields=changed_fields(previous, after), before=previous),
        provenance=provenance,
        first_adopted_start=first_adopted,
        window_cause=change.cause if window_moved else before.window_cause if before else None,
    )


def _is_withdrawn(entry: ProgrammeEntry) -> bool:
    return entry.intervention.firmness is Firmness.WITHDRAWN


def _is_adopted(work: Intervention) -> bool:
    return work.firmness is not None and work.firmness.rank >= Firmness.ADOPTED.rank


def _compare_revisions(state: FacetState, new: Intervention) -> Outcome | None:
    """Return why a facet is dropped, or None when it must be applied."""
    known = state.facet_of(_system(new))
    if known is None:
        return None
    if known.intervention == new:
        return Outcome.UNCHANGED
    old_revision, new_revision = _revision(known.intervention), _revision(new)
    if old_revision is None or new_revision is None or new_revision > old_revision:
        return None
    if new_revision < old_revision:
        return Outcome.OLDER_REVISION
    raise RejectedRecordError(
        Refusal(
            "intervention.source.revision",
            f"revision {new_revision} of '{new.id}' again, with other content",
            f"a revision above {old_revision} for other content",
            reason=RejectReason.CONFLICTING_REVISION,
        )
    )


def _system(work: Intervention) -> str | None:
    return None if work.source is None else work.source.system


def _revision(work: Intervention) -> int | None:
    return None if work.source is None else work.source.revision


def _with_facet(state: FacetState, change: PlanChange, work: Intervention) -> tuple[Facet, ...]:
    system = _system(work)
    others = [facet for facet in state.facets if facet.system != system]
    others.append(Facet(system, work, change.at, change.cause))
    return tuple(sorted(others, key=lambda facet: facet.system or ""))


def _without_facet(state: FacetState, change: PlanChange) -> tuple[Facet, ...]:
    if change.source is None:
        return ()
    return tuple(facet for facet in state.facets if facet.system != change.source.system)


def _is_replay(state: FacetState, position: InputPosition | None) -> bool:
    return position is not None and state.positions.get(position.topic, -1) >= position.offset


def _moved(state: FacetState, position: InputPosition | None) -> Mapping[str, int]:
    if position is None:
        return state.positions
    return {**state.positions, position.topic: position.offset}


def _age(state: FacetState) -> tuple[int, int]:
    return (state.entry.revision if state.entry else 0, sum(state.positions.values()))
