"""Detect: what follows from the programme. A pure fold over the programme log of one programme.

It keeps the state, evaluates after each step what the step can have touched, and returns the
findings that changed. The result equals that of evaluating everything, which tests hold it to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hub.engine.agenda import Agenda
from hub.engine.bundles import bundles_of
from hub.engine.facts import UnitFacts, View
from hub.engine.goal_facts import LossUnitFacts
from hub.engine.judge import Judge, RuleFailure
from hub.engine.lifecycle import decided, resolved, status_when_found
from hub.engine.losses import STILL_SEEN, Ending, endings, is_taken, with_taken
from hub.engine.scopes import (
    PROGRAMME,
    SCOPES,
    ItemChange,
    WorkChange,
    touched_by_item,
    touched_by_work,
)
from hub.engine.state import PlacedWork, State
from hub.errors import Refusal
from hub.model.bundle import Bundle
from hub.model.decision import Decision
from hub.model.finding import Finding, LifecycleFacts, ResolutionCause, report_order
from hub.model.policy import PolicyValues
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.vocabulary import DecisionKind
from hub.rules.rule import Draft, Rule, Scope, Unit

Progress = Callable[[int, int], None]
"""Is told how far a long evaluation is: units done, units in all."""

_UNITS_BETWEEN_PAUSES = 256

_GOAL = "goal:"


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """An answer that its feedback does not accept; the finding stays as it was."""

    decision: Decision
    possible: tuple[DecisionKind, ...]

    @property
    def refusal(self) -> Refusal:
        """Return what came and what the finding takes, with what to do."""
        taken = ", ".join(kind.value for kind in self.possible)
        return Refusal(
            "kind",
            f"'{self.decision.kind.value}' as the answer to {self.decision.finding}"
            f" (decision {self.decision.id})",
            f"one of its possible answers: {taken}; decide again with one of these",
        )


class Detect:
    """The findings of one programme. Does no input or output and reads no clock.

    Without a reference date nothing is evaluated: the first tick evaluates all that came before it.
    `write_options` tells whether changed findings are returned with their options worked out; who
    shows only the final state saves that work, `present` has them anyway. `rules` are those that
    speak, by id; all that are installed when it is absent.
    """

    def __init__(
        self,
        *,
        reference_date: date | None = None,
        write_options: bool = True,
        rules: Mapping[str, Rule] | None = None,
    ) -> None:
        self._state = State(None if reference_date is None else reference_date.toordinal())
        self._judge = Judge(self._state, rules)
        self._records = self._judge.records
        self._agenda: Agenda[Unit] = Agenda()
        self._knows_agenda = True
        self._seen_decisions: set[str] = set()
        self._ahead_until = -1
        self._write_options = write_options
        self.decisions_without_finding = 0
        self.refused_answers: list[RefusedAnswer] = []

    # -- what can be asked ----------------------------------------------------------------------

    @property
    def reference_date(self) -> date | None:
        """Return the reference date reached, None before the first tick."""
        return None if self._state.ref is None else date.fromordinal(self._state.ref)

    @property
    def findings(self) -> Mapping[str, Finding]:
        """Return all findings as last written, by id."""
        return self._records.all

    def title_of(self, key: str) -> str | None:
        """Return what people call a work, or a goal as `goal:` and its id; None if nobody said."""
        if key.startswith(_GOAL):
            goal = self._state.goals.get(key.removeprefix(_GOAL))
            return None if goal is None else goal.title
        known = self._state.works.get(key)
        return None if known is None else known.plan.title

    @property
    def rule_failures(self) -> list[RuleFailure]:
        """Return the rules that failed on a key; the caller takes them out of this list."""
        return self._judge.failures

    def present(self, *, progress: Progress | None = None) -> list[Finding]:
        """Return all findings in report order, with what is not kept worked out for this moment."""
        shown = dict(self._records.all)
        if self._state.ref is not None:
            view = self._judge.view()
            for unit in _unhurried(self._records.open_units(), progress):
                shown.update(self._shown_in(unit, view))
        return sorted(shown.values(), key=report_order)

    def _shown_in(self, unit: Unit, view: View) -> Iterator[tuple[str, Finding]]:
        """Yield the open findings of a unit with their content of this moment."""
        records = [self._records.all[key] for key in self._records.open_in(unit)]
        for record, content in self._contents(unit, records, view, with_options=True):
            yield record.id, replace(record, **content)

    def _contents(
        self, unit: Unit, records: Iterable[Finding], view: View, *, with_options: bool
    ) -> Iterator[tuple[Finding, dict[str, Any]]]:
        """Yield open findings of a unit, each with the fields that follow from the state now."""
        facts = self._judge.facts(unit, view)
        if facts is None:
            return
        found = self._judge.found(unit, facts)
        for record in records:
            finding_id = record.id
            rule = self._judge.rules[record.rule]
            if rule.id in found.failed:
                continue
            with self._judge.failing(rule, finding_id):
                drafted = found.drafts.get(finding_id)
                draft = self._held(rule, facts, record) if drafted is None else drafted[1]
                if draft is not None:
                    content = self._judge.content(
                        rule,
                        draft,
                        view,
                        first_seen=record.first_seen,
                        status=record.status,
                        with_options=with_options,
                    )
                    yield record, content

    def policy_in(self, municipality: str | None) -> PolicyValues:
        """Return the threshold values in force in a municipality (None: what holds everywhere)."""
        return self._state.policies.in_force(municipality)

    def municipality_of(self, finding: Finding) -> str | None:
        """Return the municipality whose policy holds for a finding: that of its first party."""
        work = self._state.works.get(finding.parties[0]) if finding.parties else None
        return None if work is None else work.plan.municipality

    def bundles(self) -> list[Bundle]:
        """Return all bundles, by id."""
        return [] if self._state.ref is None else bundles_of(self._judge.view())

    # -- taking in a past -----------------------------------------------------------------------

    def load(self, entries: Iterable[LogEntry]) -> None:
        """Take in state without evaluating: the initial state of a file, or a restored log."""
        for entry in entries:
            self._take(entry)
        self._judge.forget()
        self._knows_agenda = False

    def restore_findings(self, findings: Iterable[Finding]) -> None:
        """Take in findings with their lifecycle; of several records of one the highest counts."""
        for finding in findings:
            known = self._records.get(finding.id)
            if known is None or finding.revision > known.revision:
                self._records.put(finding)
                as_of = finding.facts.as_of
                self._ahead_until = max(self._ahead_until, -1 if as_of is None else as_of)
        self._knows_agenda = False

    def _take(self, entry: LogEntry) -> None:
        body = entry.body
        match body:
            case WorkState():
                self._state.put_work(body)
            case Decision():
                self._seen_decisions.add(body.id)
            case Tick():
                self._state.advance(body.day.toordinal())
            case _:
                self._state.put_item(body)

    # -- steps ----------------------------------------------------------------------------------

    def evaluate(
        self, *, offset: int | None = None, progress: Progress | None = None
    ) -> list[Finding]:
        """Evaluate the whole state as one step and return the findings that changed."""
        if self._state.ref is None:
            return []
        return self._step(
            None,
            ResolutionCause.CHANGED,
            offset=offset,
            past=self._records.past(),
            progress=progress,
        )

    def apply(
        self,
        entry: LogEntry,
        *,
        offset: int | None = None,
        everywhere: bool = False,
        progress: Progress | None = None,
    ) -> list[Finding]:
        """Take one step and return the findings that changed, in the order to write them.

        With the offset of the entry, a restored finding that changed at or after it stays as it is.
        `everywhere` evaluates all there is: for an entry on which a rule failed before.
        """
        body = entry.body
        if isinstance(body, Decision):
            return self._decide(body, offset)
        if self._state.ref is None and not isinstance(body, Tick):
            self._take(entry)
            self._knows_agenda = False
            return []
        cause = _CAUSE_OF_STEP.get(type(body), ResolutionCause.CHANGED)
        work = body.intervention.id if isinstance(body, WorkState) else None
        before = None if work is None else self._state.works.get(work)
        touched = self._touched(body)
        return self._step(
            None if everywhere else touched,
            cause,
            offset=offset,
            work=work,
            before=before,
            past=self._past_touched(before, body),
            progress=progress,
        )

    def _past_touched(
        self, before: PlacedWork | None, body: WorkState | ReferenceItem | Tick
    ) -> Collection[str]:
        """Return the findings of the past that a work takes part in which others may see now."""
        if before is None or not isinstance(body, WorkState):
            return ()
        if before.plan.classification is body.intervention.classification:
            return ()
        return self._records.past_of(before.id)

    def _touched(self, body: WorkState | ReferenceItem | Tick) -> Collection[Unit] | None:
        """Take in a change and return the units whose answer it can have changed; None for all."""
        match body:
            case WorkState():
                return self._touched_by_work(body)
            case Tick():
                return self._touched_by_tick(body)
            case _:
                before, policy_changed = self._state.put_item(body)
                if policy_changed:
                    return None
                if isinstance(body, PolicyConfig) or before == body:
                    return ()
                return touched_by_item(self._state, ItemChange(before, body))

    def _touched_by_work(self, body: WorkState) -> Collection[Unit]:
        ref = self._state.ref
        assert ref is not None
        before, after = self._state.put_work(body)
        was_active = before is not None and before.is_active(ref)
        return self._units_around(WorkChange(before, after, was_active, after.is_active(ref)))

    def _units_around(self, change: WorkChange) -> set[Unit]:
        units = touched_by_work(self._state, change)
        units.update(self._records.units_of(change.after.id))
        return units

    def _touched_by_tick(self, tick: Tick) -> Collection[Unit] | None:
        state, day = self._state, tick.day.toordinal()
        if state.ref is not None and day <= state.ref:
            return ()
        policy_changed = state.advance(day)
        due, ended = self._agenda.take_until(day), state.endings.take_until(day)
        if policy_changed or not self._knows_agenda:
            return None
        units = set(due)
        for work_id in ended:
            work = state.works[work_id]
            units |= self._units_around(WorkChange(work, work, was_active=True, is_active=False))
        return units

    def _everything(self) -> Collection[Unit]:
        """Return every unit; evaluating them all gives the whole agenda."""
        self._agenda.clear()
        self._knows_agenda = True
        units = {unit for scope in SCOPES.values() for unit in scope.all(self._state)}
        units.update(self._records.open_units())
        return units

    def _step(
        self,
        touched: Collection[Unit] | None,
        cause: ResolutionCause,
        *,
        offset: int | None = None,
        work: str | None = None,
        before: PlacedWork | None = None,
        past: Collection[str] = (),
        progress: Progress | None = None,
    ) -> list[Finding]:
        """Evaluate the units whose answer can have changed since the last step; None for all.

        `work` is the one that changed, `before` what it was. `past` are the findings that no unit
        speaks of any more whose parties are to be looked at.
        """
        if touched is None:
            self._judge.forget()
            units = self._everything()
        else:
            units = touched
            self._judge.changed(units, work)
        step = _Step(self._judge.view(as_of=offset), cause, offset, before)
        first = [unit for unit in units if unit[0] not in _AFTERWARDS]
        for unit in _unhurried(first, progress):
            self._write(self._evaluated(unit, step), step)
        if touched is None:
            self._judge.all_stand()
        self._write(self._lost(step), step)
        self._judge_programme(step, is_due=PROGRAMME in units)
        self._write(self._closed(past, step), step)
        return step.in_order()

    def _closed(self, past: Collection[str], step: _Step) -> Iterator[Finding]:
        """Yield the findings of the past that fewer may see since a party became more closed.

        A topic keeps its last record for ever. What was closed is never opened again.
        """
        for finding_id in past:
            record = self._records.all[finding_id]
            closed = self._judge.as_closed_as_parties(record, step.view)
            if closed is record.classification or _is_ahead(record, step.offset):
                continue
            yield replace(
                record,
                classification=closed,
                revision=record.revision + 1,
                facts=replace(record.facts, as_of=step.offset),
            )

    def _write(self, findings: Iterable[Finding], step: _Step) -> None:
        for finding in findings:
            self._records.put(finding)
            step.changed.append(finding)

    # -- what comes after all else --------------------------------------------------------------

    def _lost(self, step: _Step) -> Iterator[Finding]:
        """Yield the records of the chances that ended in this step without being taken."""
        for ending in step.endings:
            unit = self._judge.unit_of(ending.opportunity)
            held = any(
                self._records.all[key].rule in STILL_SEEN for key in self._records.open_in(unit)
            )
            yield from self._recorded(
                LossUnitFacts(
                    step.view,
                    ending.opportunity,
                    candidate=ending.candidate,
                    around=ending.around,
                    before=step.before,
                    by_reference=step.cause in (ResolutionCause.POLICY, ResolutionCause.DATA),
                    held=held,
                ),
                step,
            )

    def _recorded(self, facts: LossUnitFacts, step: _Step) -> Iterator[Finding]:
        """Yield the record of a loss; it is made once, whatever is lost again later."""
        for rule in self._judge.rules_in(Scope.LOSS):
            with self._judge.failing(rule, facts.opportunity.id):
                for draft in facts.drafts_of(rule, Scope.LOSS):
                    finding_id = f"{rule.id}:{'|'.join(draft.key)}"
                    if self._records.get(finding_id) is None:
                        step.is_settled = True
                        yield from self._there(finding_id, rule, draft, step)

    def _judge_programme(self, step: _Step, *, is_due: bool) -> None:
        """Look at the programme as a whole, where chances were lost or taken or a day has come.

        Restored findings may be ahead of the log. Those of the programme may then be the only ones
        that were not written, so they are looked at again until the log is where they are.
        """
        is_behind = step.offset is not None and step.offset <= self._ahead_until
        if is_due or step.is_settled or is_behind:
            self._write(self._evaluated(PROGRAMME, step), step)

    def _decide(self, decision: Decision, offset: int | None) -> list[Finding]:
        """Apply an answer; the state stays as it is, so nothing else can change."""
        if decision.id in self._seen_decisions:
            return []
        self._seen_decisions.add(decision.id)
        if decision.kind is DecisionKind.TAKEN:
            return []
        record = self._records.get(decision.finding or "")
        if record is not None and _was_known(record, offset) and not record.accepts(decision.kind):
            self.refused_answers.append(RefusedAnswer(decision, record.possible_answers))
            return []
        if self._state.ref is None:
            self.decisions_without_finding += 1
            return []
        step = _Step(self._judge.view(as_of=offset), ResolutionCause.TIME, offset)
        if _is_ahead(record, offset):
            pass
        elif record is None or not record.status.is_open:
            self.decisions_without_finding += 1
        else:
            self._answer(record, decision, step)
        self._judge_programme(step, is_due=False)
        return step.in_order()

    def _answer(self, record: Finding, decision: Decision, step: _Step) -> None:
        """Write what an answer makes of an open finding; a chance that is declined is lost."""
        is_lasting = self._judge.rules[record.rule].is_record
        after = decided(record, decision, step.today, is_lasting=is_lasting)
        if after is None:
            return
        if after.status.is_open:
            after = self._refreshed(after)
        after = replace(after, facts=replace(after.facts, as_of=step.offset))
        if not after.status.is_open:
            self._write(
                self._recorded(LossUnitFacts(step.view, record, is_declined=True), step), step
            )
        self._write((after,), step)

    def _refreshed(self, finding: Finding) -> Finding:
        """Return an open finding with what is not material as it is at this moment."""
        unit, view = self._judge.unit_of(finding), self._judge.view()
        for record, content in self._contents(
            unit, (finding,), view, with_options=self._write_options
        ):
            return replace(record, **content)
        return finding

    # -- one unit -------------------------------------------------------------------------------

    def _evaluated(self, unit: Unit, step: _Step) -> Iterator[Finding]:
        """Yield the findings of a unit that change, and note which chances ended."""
        facts = self._judge.facts(unit, step.view)
        changed = self._without_facts(unit, step)
        if facts is not None:
            changed = self._with_facts(unit, facts, step)
        for after in changed:
            yield self._ended(after, facts, step)

    def _ended(self, after: Finding, facts: UnitFacts | None, step: _Step) -> Finding:
        """Return a changed finding that remembers whether its chance was taken."""
        rule = self._judge.rules[after.rule]
        for ending in endings(rule, self._records.get(after.id), after, facts):
            if is_taken(ending, after, step.view):
                after = with_taken(after, ending.candidate, on=step.today, as_of=step.offset)
                step.is_settled = True
            else:
                step.endings.append(ending)
        return after

    def _without_facts(self, unit: Unit, step: _Step) -> Iterator[Finding]:
        """Yield the findings of a unit that is no longer there."""
        self._agenda.put(unit, None)
        self._judge.stands(unit, None)
        for finding_id in self._records.open_in(unit):
            yield from self._gone(finding_id, None, step)

    def _with_facts(self, unit: Unit, facts: UnitFacts, step: _Step) -> Iterator[Finding]:
        """Yield the findings of a unit that change."""
        found = self._judge.found(unit, facts)
        self._judge.stands(unit, found)
        left = [key for key in self._records.open_in(unit) if key not in found.drafts]
        for finding_id, (rule, draft) in found.drafts.items():
            with self._judge.failing(rule, finding_id):
                yield from self._there(finding_id, rule, draft, step)
        for finding_id in left:
            record = self._records.all[finding_id]
            rule = self._judge.rules[record.rule]
            if rule.id in found.failed:
                continue
            with self._judge.failing(rule, finding_id):
                held = self._held(rule, facts, record)
                if held is None:
                    yield from self._gone(finding_id, facts, step)
                else:
                    yield from self._there(finding_id, rule, held, step)
        self._agenda.put(unit, facts.until)

    def _held(self, rule: Rule, facts: UnitFacts, record: Finding) -> Draft | None:
        return None if rule.hold is None else rule.hold(facts, record)

    def _there(self, finding_id: str, rule: Rule, draft: Draft, step: _Step) -> Iterator[Finding]:
        """Yield the record of a finding that holds, if it changes."""
        record = self._records.get(finding_id)
        if _is_ahead(record, step.offset):
            return
        status = status_when_found(
            record,
            self._judge.material_of(rule, draft, step.view),
            self._judge.told_of(draft, step.view),
        )
        if status is None:
            return
        facts = LifecycleFacts(made_as_of=step.offset) if record is None else record.facts
        if record is not None and not record.status.is_open:
            facts = replace(facts, declined_material=None)
        first_seen = step.today if record is None else record.first_seen
        yield Finding(
            id=finding_id,
            kind=rule.kind,
            rule=rule.id,
            status=status,
            revision=1 if record is None else record.revision + 1,
            first_seen=first_seen,
            last_changed=step.today,
            facts=replace(facts, as_of=step.offset),
            **self._judge.content(
                rule,
                draft,
                step.view,
                first_seen=first_seen,
                status=status,
                with_options=self._write_options,
            ),
        )

    def _gone(self, finding_id: str, facts: UnitFacts | None, step: _Step) -> Iterator[Finding]:
        """Yield the record of a finding that no longer holds."""
        record = self._records.all[finding_id]
        if _is_ahead(record, step.offset):
            return
        after = resolved(record, self._cause(record, facts, step), step.today)
        yield replace(
            after,
            classification=self._judge.as_closed_as_parties(record, step.view),
            facts=replace(after.facts, as_of=step.offset),
        )

    def _cause(self, record: Finding, facts: UnitFacts | None, step: _Step) -> ResolutionCause:
        """Return why a finding no longer holds: the first cause that applies (rules 2.2)."""
        view, rule = step.view, self._judge.rules[record.rule]
        if Scope.PROGRAMME in rule.find:
            return ResolutionCause.TIME
        parties = [work for party in record.parties if (work := view.work(party)) is not None]
        if any(work.is_withdrawn for work in parties):
            return ResolutionCause.WITHDRAWN
        if any(work.is_completed for work in parties):
            return ResolutionCause.COMPLETED
        if rule.is_realised is not None and facts is not None and rule.is_realised(facts, record):
            return ResolutionCause.REALISED
        if rule.realised_when_joint and len(parties) == 2 and view.is_joint(*parties):
            return ResolutionCause.REALISED
        return step.cause


class _Step:
    """One step: the state it is seen in, what resolves by it, its place in the log, what it did.

    `before` is the work that it changed as it was; `endings` are the chances that ended without
    being taken; `is_settled` tells that a chance was lost or taken.
    """

    __slots__ = (
        "before",
        "cause",
        "changed",
        "endings",
        "is_settled",
        "offset",
        "today",
        "view",
    )

    def __init__(
        self,
        view: View,
        cause: ResolutionCause,
        offset: int | None,
        before: PlacedWork | None = None,
    ) -> None:
        self.view = view
        self.cause = cause
        self.offset = offset
        self.before = before
        self.today = date.fromordinal(view.ref)
        self.changed: list[Finding] = []
        self.endings: list[Ending] = []
        self.is_settled = False

    def in_order(self) -> list[Finding]:
        """Return what changed by id, but the record of a loss before the chance it ends.

        Were only the end written, nobody would ever know of the loss.
        """
        return sorted(self.changed, key=lambda one: (not one.id.startswith(_LOSS), one.id))


_AFTERWARDS = (Scope.LOSS, Scope.PROGRAMME)
_LOSS = "O04:"

_CAUSE_OF_STEP: dict[type, ResolutionCause] = {
    PolicyConfig: ResolutionCause.POLICY,
    DigMoratorium: ResolutionCause.DATA,
    AreaProfile: ResolutionCause.DATA,
    PolicyGoal: ResolutionCause.DATA,
    CalendarEntry: ResolutionCause.DATA,
    Tick: ResolutionCause.TIME,
}


def _is_ahead(record: Finding | None, offset: int | None) -> bool:
    """Tell whether a restored record already knows what happened at an offset or later."""
    if record is None or offset is None or record.facts.as_of is None:
        return False
    return record.facts.as_of >= offset


def _was_known(record: Finding, offset: int | None) -> bool:
    """Tell whether a finding was there before an offset, also where its record is ahead of it.

    What an answer may be is asked again after a crash; it must then be refused, or not, as before.
    """
    made_as_of = record.facts.made_as_of
    return offset is None or made_as_of is None or made_as_of < offset


def _unhurried(units: Collection[Unit], progress: Progress | None) -> Iterator[Unit]:
    """Yield units, and let other threads of the process run now and then."""
    total = len(units)
    for done, unit in enumerate(units):
        if done and done % _UNITS_BETWEEN_PAUSES == 0:
            time.sleep(0)
            if progress is not None:
                progress(done, total)
        yield unit
    if progress is not None:
        progress(total, total)
