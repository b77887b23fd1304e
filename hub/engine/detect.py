"""Detect: what follows from the programme. A pure fold over the programme log of one programme.

It keeps the state, evaluates after each step what the step can have touched, and returns the
findings that changed. The result equals that of evaluating everything, which tests hold it to.
"""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hub.engine.agenda import Agenda
from hub.engine.bundles import bundles_of
from hub.engine.facts import GeometryCache, UnitFacts, View
from hub.engine.lifecycle import (
    Material,
    decided,
    material,
    resolved,
    status_when_found,
)
from hub.engine.scopes import SCOPES, ItemChange, WorkChange, touched_by_item, touched_by_work
from hub.engine.state import PlacedWork, State
from hub.model.bundle import Bundle
from hub.model.decision import Decision
from hub.model.finding import (
    Certainty,
    Finding,
    FindingKind,
    LifecycleFacts,
    Option,
    ResolutionCause,
    Severity,
    report_order,
)
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.vocabulary import Classification, DecisionKind
from hub.rules.catalogue import installed_rules
from hub.rules.rule import Draft, Rule, Scope, Unit, key_of
from hub.rules.work import SOFT_FIRMNESS

Progress = Callable[[int, int], None]
"""Is told how far a long evaluation is: units done, units in all as far as known."""

_UNITS_BETWEEN_PAUSES = 256


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that failed on one key; `message` says where in the code, never what the data is."""

    rule: str
    key: str
    error_class: str
    message: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rules say of one unit: drafts by finding id, and the rules that failed there."""

    rules: tuple[Rule, ...]
    drafts: dict[str, tuple[Rule, Draft]]
    failed: frozenset[str]


_Standing = tuple[Unit, str, str]
"""A conflict that holds: its unit, rule and finding id."""


class Detect:
    """The findings of one programme. Does no input or output and reads no clock.

    Without a reference date nothing is evaluated: the first tick evaluates all that came before it.
    `write_options` tells whether changed findings are returned with their options worked out; who
    shows only the final state saves that work, `present` has them anyway.
    """

    def __init__(self, *, reference_date: date | None = None, write_options: bool = True) -> None:
        ref = None if reference_date is None else reference_date.toordinal()
        self._state = State(ref)
        self._rules = installed_rules()
        self._rules_of = {
            scope: tuple(rule for rule in self._rules.values() if scope in rule.find)
            for scope in Scope
        }
        self._pair_rules = {rule.id: rule for rule in self._rules_of[Scope.PAIR]}
        self._geometries = GeometryCache()
        self._findings: dict[str, Finding] = {}
        self._open_in: dict[Unit, set[str]] = defaultdict(set)
        self._units_of_party: dict[str, dict[Unit, int]] = defaultdict(dict)
        self._agenda: Agenda[Unit] = Agenda()
        self._knows_agenda = ref is not None
        self._seen_decisions: set[str] = set()
        self._write_options = write_options
        self._standing: dict[tuple[str, bool], tuple[set[_Standing], set[tuple[Unit, str]]]] = {}
        self._failures: list[RuleFailure] = []
        self.decisions_without_finding = 0

    # -- what can be asked ----------------------------------------------------------------------

    @property
    def reference_date(self) -> date | None:
        """Return the reference date reached, None before the first tick."""
        return None if self._state.ref is None else date.fromordinal(self._state.ref)

    @property
    def findings(self) -> Mapping[str, Finding]:
        """Return all findings as last written, by id."""
        return MappingProxyType(self._findings)

    @property
    def rule_failures(self) -> Sequence[RuleFailure]:
        """Return the failures since they were last taken."""
        return tuple(self._failures)

    def take_rule_failures(self) -> list[RuleFailure]:
        """Return the failures and forget them."""
        failures, self._failures = self._failures, []
        return failures

    def present(self, *, progress: Progress | None = None) -> list[Finding]:
        """Return all findings in report order, with what is not kept worked out for this moment."""
        shown = dict(self._findings)
        if self._state.ref is not None:
            self._standing.clear()
            view = self._view()
            for unit in _unhurried(list(self._open_in), progress):
                shown.update(self._shown_in(unit, view))
            self._standing.clear()
        return sorted(shown.values(), key=report_order)

    def _shown_in(self, unit: Unit, view: View) -> Iterator[tuple[str, Finding]]:
        facts = SCOPES[Scope(unit[0])].facts(view, unit)
        if facts is None:
            return
        found = self._found(facts, unit)
        for finding_id in sorted(self._open_in[unit]):
            record = self._findings[finding_id]
            rule = self._rules[record.rule]
            drafted = found.drafts.get(finding_id)
            with self._failing(rule, finding_id):
                draft = drafted[1] if drafted else self._held(rule, facts, record)
                if draft is not None:
                    yield finding_id, self._with_content(record, rule, draft, view=view)

    def bundles(self) -> list[Bundle]:
        """Return all bundles, by id."""
        return [] if self._state.ref is None else bundles_of(self._view())

    # -- taking in a past -----------------------------------------------------------------------

    def load(self, entries: Iterable[LogEntry]) -> None:
        """Take in state without evaluating: the initial state of a file, or a restored log."""
        for entry in entries:
            self._take(entry)
        self._knows_agenda = False

    def restore_findings(self, findings: Iterable[Finding]) -> None:
        """Take in findings with their lifecycle; of several records of one the highest counts."""
        for finding in findings:
            known = self._findings.get(finding.id)
            if known is None or finding.revision > known.revision:
                self._keep(finding)
        self._knows_agenda = False

    def _take(self, entry: LogEntry) -> None:
        state, body = self._state, entry.body
        match body:
            case WorkState():
                state.put_work(body)
            case Decision():
                self._seen_decisions.add(body.id)
            case Tick():
                self._advance(body.day)
            case _:
                self._take_item(body)

    def _advance(self, day: date) -> bool:
        """Move the reference date; tell whether values in force became others."""
        if self._state.ref is not None and day.toordinal() <= self._state.ref:
            return False
        self._state.ref = day.toordinal()
        return self._state.refresh_policies()

    def _take_item(self, item: ReferenceItem) -> tuple[ReferenceItem | None, bool]:
        """Take in reference data; return what it replaces and whether policy in force changed."""
        state = self._state
        before: ReferenceItem | None = None
        match item:
            case PolicyConfig():
                return None, state.put_policy(item)
            case DigMoratorium():
                before = state.put_moratorium(item)
            case CalendarEntry():
                before = state.put_calendar(item)
            case PolicyGoal():
                before, state.goals[item.id] = state.goals.get(item.id), item
            case AreaProfile():
                before, state.areas[item.id] = state.areas.get(item.id), item
        return before, False

    # -- steps ----------------------------------------------------------------------------------

    def evaluate(self, *, progress: Progress | None = None) -> list[Finding]:
        """Evaluate the whole state as one step and return the findings that changed."""
        if self._state.ref is None:
            return []
        return self._step(self._everything(), ResolutionCause.CHANGED, progress=progress)

    def apply(
        self, entry: LogEntry, *, offset: int | None = None, progress: Progress | None = None
    ) -> list[Finding]:
        """Take one step and return the findings that changed, in the order to write them.

        With the offset of the entry a restored finding that changed at or after it stays as it is.
        """
        body = entry.body
        if isinstance(body, Decision):
            return self._decide(body, offset)
        cause = _CAUSE_OF_STEP.get(type(body), ResolutionCause.CHANGED)
        if self._state.ref is None and not isinstance(body, Tick):
            self._take(entry)
            return []
        return self._step(self._touched(body), cause, offset=offset, progress=progress)

    def _touched(self, body: WorkState | ReferenceItem | Tick) -> Collection[Unit]:
        """Take in a change and return the units it can have touched."""
        match body:
            case WorkState():
                return self._touched_by_work(body)
            case Tick():
                return self._touched_by_tick(body)
            case _:
                before, policy_changed = self._take_item(body)
                if policy_changed:
                    return self._everything()
                if isinstance(body, PolicyConfig) or before == body:
                    return ()
                return set(touched_by_item(self._state, ItemChange(before, body)))

    def _touched_by_work(self, body: WorkState) -> Collection[Unit]:
        state = self._state
        assert state.ref is not None
        before, after = state.put_work(body)
        was_active = before is not None and before.is_active(state.ref)
        change = WorkChange(before, after, was_active, after.is_active(state.ref))
        return self._units_around(change)

    def _units_around(self, change: WorkChange) -> set[Unit]:
        units = set(touched_by_work(self._state, change))
        units.update(self._units_of_party.get(change.after.id, ()))
        return units

    def _touched_by_tick(self, tick: Tick) -> Collection[Unit]:
        state, first = self._state, self._state.ref is None
        if not first and tick.day.toordinal() <= (state.ref or 0):
            return ()
        policy_changed = self._advance(tick.day)
        assert state.ref is not None
        ended = state.endings.take_until(state.ref)
        due = self._agenda.take_until(state.ref)
        if first or policy_changed or not self._knows_agenda:
            return self._everything()
        units = set(due)
        for work_id in ended:
            work = state.works[work_id]
            units |= self._units_around(WorkChange(work, work, was_active=True, is_active=False))
        return units

    def _everything(self) -> Collection[Unit]:
        """Return every unit, and start the agenda anew."""
        self._agenda.clear()
        self._knows_agenda = True
        units = {unit for scope in SCOPES.values() for unit in scope.all(self._state)}
        units.update(unit for unit, ids in self._open_in.items() if ids)
        return units

    def _step(
        self,
        units: Collection[Unit],
        cause: ResolutionCause,
        *,
        offset: int | None = None,
        progress: Progress | None = None,
    ) -> list[Finding]:
        self._standing.clear()
        view = self._view()
        changed: list[Finding] = []
        for unit in _unhurried(units, progress):
            changed += self._evaluate(unit, view, cause, offset)
        self._standing.clear()
        return sorted(changed, key=lambda finding: finding.id)

    def _decide(self, decision: Decision, offset: int | None) -> list[Finding]:
        """Apply an answer; the state stays as it is, so nothing else can change."""
        if decision.id in self._seen_decisions:
            return []
        self._seen_decisions.add(decision.id)
        if decision.kind is DecisionKind.TAKEN:
            return []
        record = self._findings.get(decision.finding or "")
        if record is None or not record.status.is_open:
            self.decisions_without_finding += 1
            return []
        today = self.reference_date
        assert today is not None, "a finding exists only after a reference date"
        after = decided(record, decision, today)
        if after is None or _is_ahead(record, offset):
            return []
        if after.status.is_open:
            after = self._refreshed(after)
        after = replace(after, facts=replace(after.facts, as_of=offset))
        self._keep(after)
        return [after]

    def _refreshed(self, finding: Finding) -> Finding:
        """Return an open finding with the options and volatile evidence of this moment."""
        if not self._write_options:
            return finding
        self._standing.clear()
        unit = self._rules[finding.rule].unit_of(key_of(finding.id))
        shown = dict(self._shown_in(unit, self._view())).get(finding.id, finding)
        self._standing.clear()
        return replace(
            shown,
            status=finding.status,
            revision=finding.revision,
            last_changed=finding.last_changed,
            facts=finding.facts,
        )

    # -- one unit -------------------------------------------------------------------------------

    def _evaluate(
        self, unit: Unit, view: View, cause: ResolutionCause, offset: int | None
    ) -> Iterator[Finding]:
        scope = Scope(unit[0])
        facts = SCOPES[scope].facts(view, unit)
        open_ids = frozenset(self._open_in.get(unit, ()))
        if facts is None:
            self._agenda.put(unit, None)
            for finding_id in sorted(open_ids):
                yield from self._gone(finding_id, view, cause, offset)
            return
        found = self._found(facts, unit)
        for finding_id, (rule, draft) in found.drafts.items():
            with self._failing(rule, finding_id):
                yield from self._there(finding_id, rule, draft, view=view, offset=offset)
        for finding_id in sorted(open_ids - found.drafts.keys()):
            record = self._findings[finding_id]
            if record.rule in found.failed:
                continue
            rule = self._rules[record.rule]
            with self._failing(rule, finding_id):
                held = self._held(rule, facts, record)
                if held is not None:
                    yield from self._there(finding_id, rule, held, view=view, offset=offset)
                else:
                    yield from self._gone(finding_id, view, cause, offset)
        self._agenda.put(unit, facts.until)

    def _found(self, facts: UnitFacts, unit: Unit) -> _Found:
        """Return what the rules of a unit's scope say of it."""
        scope = Scope(unit[0])
        rules = self._rules_of[scope]
        drafts: dict[str, tuple[Rule, Draft]] = {}
        failed: list[str] = []
        for rule in rules:
            try:
                for draft in facts.drafts_of(rule, scope):
                    drafts[f"{rule.id}:{'|'.join(draft.key)}"] = (rule, draft)
            except Exception as error:
                self._note_failure(rule.id, "|".join(unit[1:]), error)
                failed.append(rule.id)
        return _Found(rules, drafts, frozenset(failed))

    def _held(self, rule: Rule, facts: UnitFacts, record: Finding) -> Draft | None:
        return None if rule.hold is None else rule.hold(facts, record)

    def _there(
        self, finding_id: str, rule: Rule, draft: Draft, *, view: View, offset: int | None
    ) -> Iterator[Finding]:
        """Yield the record of a finding that holds, if it changes."""
        record = self._findings.get(finding_id)
        if _is_ahead(record, offset):
            return
        status = status_when_found(record, _material_of(rule, draft, view))
        if status is None:
            return
        today = date.fromordinal(view.ref)
        revision = 1 if record is None else record.revision + 1
        came_back = record is not None and not record.status.is_open
        facts = LifecycleFacts() if record is None else record.facts
        if came_back:
            facts = replace(facts, declined_material=None)
        after = Finding(
            id=finding_id,
            kind=rule.kind,
            rule=rule.id,
            rule_version=rule.version,
            status=status,
            revision=revision,
            first_seen=today if record is None else record.first_seen,
            last_changed=today,
            facts=replace(facts, as_of=offset),
            **self._content(rule, draft, view, with_options=self._write_options),
        )
        self._keep(after)
        yield after

    def _gone(
        self, finding_id: str, view: View, cause: ResolutionCause, offset: int | None
    ) -> Iterator[Finding]:
        """Yield the record of a finding that no longer holds."""
        record = self._findings[finding_id]
        if _is_ahead(record, offset):
            return
        why = self._cause(record, view, cause)
        after = resolved(record, why, date.fromordinal(view.ref))
        after = replace(after, facts=replace(after.facts, as_of=offset))
        self._keep(after)
        yield after

    def _cause(self, record: Finding, view: View, cause: ResolutionCause) -> ResolutionCause:
        parties = [work for party in record.parties if (work := view.work(party)) is not None]
        if any(work.is_withdrawn for work in parties):
            return ResolutionCause.WITHDRAWN
        if any(work.is_completed for work in parties):
            return ResolutionCause.COMPLETED
        rule = self._rules[record.rule]
        if rule.realised_when_joint and len(parties) == 2 and view.is_joint(*parties):
            return ResolutionCause.REALISED
        return cause

    # -- content --------------------------------------------------------------------------------

    def _with_content(self, record: Finding, rule: Rule, draft: Draft, *, view: View) -> Finding:
        return replace(
            record,
            rule_version=rule.version,
            **self._content(rule, draft, view, with_options=True),
        )

    def _content(
        self, rule: Rule, draft: Draft, view: View, *, with_options: bool
    ) -> dict[str, Any]:
        works = [view.work(party) for party in draft.parties]
        policy = view.state.policy_of(works[0] if works else None)
        options = draft.options() if with_options else ()
        return {
            "policy_version": policy.version,
            "certainty": draft.certainty,
            "severity": _capped(rule, draft, view),
            "parties": draft.parties,
            "must_act": draft.must_act,
            "area": draft.area,
            "goal": draft.goal,
            "evidence": draft.evidence,
            "options": tuple(self._weighed(option, rule, draft, view) for option in options),
            "classification": _classification(works),
            "savings": None if draft.savings is None else draft.savings(),
            "moves": None if draft.moves is None else draft.moves(),
        }

    def _weighed(self, option: Option, rule: Rule, draft: Draft, view: View) -> Option:
        """Return an option with the conflicts that it alone would close and open."""
        if option.action != "shift" or option.intervention is None or option.days is None:
            return option
        work = view.work(option.intervention)
        if work is None or (work.place is None and work.span is None):
            return option
        joint = frozenset(draft.parties) if rule.realised_when_joint else frozenset[str]()
        shifted = work.shifted(option.days)
        change = WorkChange(work, shifted, work.is_active(view.ref), shifted.is_active(view.ref))
        units = [unit for unit in touched_by_work(self._state, change) if unit[0] != Scope.SOURCE]
        before, failed_before = self._standing_around(change, units, view)
        after, failed_after = self._conflicts(units, view.imagined(shifted, joint))
        failed = failed_before | failed_after
        return replace(
            option,
            closes=_ids(before - after, failed),
            opens=_ids(after - before, failed),
        )

    def _standing_around(
        self, change: WorkChange, units: Collection[Unit], view: View
    ) -> tuple[set[_Standing], set[tuple[Unit, str]]]:
        """Return the conflicts around a work as it is; within a step they stay the same."""
        key = (change.after.id, change.activity_changed)
        if key not in self._standing:
            self._standing[key] = self._conflicts(units, view)
        return self._standing[key]

    def _conflicts(
        self, units: Iterable[Unit], view: View
    ) -> tuple[set[_Standing], set[tuple[Unit, str]]]:
        """Return the conflicts that hold in units without hysteresis, and what failed there."""
        standing: set[_Standing] = set()
        failed: set[tuple[Unit, str]] = set()
        for unit in units:
            facts = SCOPES[Scope(unit[0])].facts(view, unit)
            if facts is None:
                continue
            found = self._found(facts, unit)
            failed.update((unit, rule) for rule in found.failed)
            standing.update(
                (unit, rule.id, finding_id)
                for finding_id, (rule, _) in found.drafts.items()
                if rule.kind is FindingKind.CONFLICT
            )
        return standing, failed

    # -- keeping --------------------------------------------------------------------------------

    def _view(self) -> View:
        return View(self._state, geometries=self._geometries, pair_rules=self._pair_rules)

    def _keep(self, finding: Finding) -> None:
        """Keep a record and the ways to find it while it is open."""
        before = self._findings.get(finding.id)
        if before is not None and before.status.is_open:
            self._forget_open(before)
        self._findings[finding.id] = finding
        if finding.status.is_open:
            unit = self._unit_of(finding)
            self._open_in[unit].add(finding.id)
            for party in finding.parties:
                count = self._units_of_party[party]
                count[unit] = count.get(unit, 0) + 1

    def _forget_open(self, finding: Finding) -> None:
        unit = self._unit_of(finding)
        self._open_in[unit].discard(finding.id)
        if not self._open_in[unit]:
            del self._open_in[unit]
        for party in finding.parties:
            count = self._units_of_party[party]
            count[unit] -= 1
            if not count[unit]:
                del count[unit]

    def _unit_of(self, finding: Finding) -> Unit:
        return self._rules[finding.rule].unit_of(key_of(finding.id))

    # -- failing --------------------------------------------------------------------------------

    @contextmanager
    def _failing(self, rule: Rule, finding_id: str) -> Iterator[None]:
        """Keep what a rule does wrong on one key from ending the step."""
        try:
            yield
        except Exception as error:
            self._note_failure(rule.id, finding_id, error)

    def _note_failure(self, rule: str, key: str, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1] if frames else None
        where = "unknown place" if last is None else f"{Path(last.filename).name}:{last.lineno}"
        self._failures.append(RuleFailure(rule, key, type(error).__name__, f"failed at {where}"))


_CAUSE_OF_STEP: dict[type, ResolutionCause] = {
    PolicyConfig: ResolutionCause.POLICY,
    DigMoratorium: ResolutionCause.DATA,
    AreaProfile: ResolutionCause.DATA,
    Tick: ResolutionCause.TIME,
}


def _is_ahead(record: Finding | None, offset: int | None) -> bool:
    """Tell whether a restored record already knows what happened at an offset or later."""
    if record is None or offset is None or record.facts.as_of is None:
        return False
    return record.facts.as_of >= offset


def _material_of(rule: Rule, draft: Draft, view: View) -> Material:
    return material(
        draft.certainty,
        _capped(rule, draft, view),
        parties=draft.parties,
        must_act=draft.must_act,
        evidence=draft.evidence,
    )


def _capped(rule: Rule, draft: Draft, view: View) -> Severity:
    """Return the severity after the cap: what is not sure cannot be heavy (model 1.7)."""
    if draft.severity is not Severity.HEAVY or not rule.is_capped:
        return draft.severity
    if draft.certainty is Certainty.POSSIBLE:
        return Severity.LIGHT
    if rule.kind is FindingKind.CONFLICT:
        works = (view.work(party) for party in draft.parties)
        if any(work is not None and work.firmness in SOFT_FIRMNESS for work in works):
            return Severity.LIGHT
    return Severity.HEAVY


_OPENNESS = (Classification.PUBLIC, Classification.PARTNERS, Classification.RESTRICTED)


def _classification(works: Iterable[PlacedWork | None]) -> Classification:
    """Return that of the most closed party; a work that does not say is restricted."""
    found = [
        (None if work is None else work.plan.classification) or Classification.RESTRICTED
        for work in works
    ]
    return max(found, key=_OPENNESS.index) if found else Classification.PARTNERS


def _ids(standing: Iterable[_Standing], failed: Collection[tuple[Unit, str]]) -> tuple[str, ...]:
    return tuple(sorted(key for unit, rule, key in standing if (unit, rule) not in failed))


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
