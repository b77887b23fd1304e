"""Asks the rules: what they find in a unit, what a finding says, what its options would change."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hub.engine.bearings import Bearings
from hub.engine.facts import AreaUnitFacts, GeometryCache, PairUnitFacts, UnitFacts, View
from hub.engine.lifecycle import Material, Told, material
from hub.engine.records import Records
from hub.engine.scopes import SCOPES, WorkChange, touched_by_work
from hub.engine.state import PlacedWork, State
from hub.model.finding import Certainty, Finding, FindingKind, Option, Severity, Status
from hub.model.policy import PolicyValues
from hub.model.vocabulary import Classification
from hub.rules.catalogue import installed
from hub.rules.rule import EVER, Draft, Meeting, Rule, Scope, Unit, key_of
from hub.rules.work import SOFT_FIRMNESS


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that failed on one key; `message` says where in the code, never what the data is."""

    rule: str
    key: str
    error_class: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules say of one unit: drafts by finding id, and the rules that failed there."""

    drafts: dict[str, tuple[Rule, Draft]]
    failed: frozenset[str]


_Standing = tuple[Unit, str, str]
"""A conflict that holds: its unit, rule and finding id."""
_Failed = tuple[Unit, str]
_Standings = tuple[list[_Standing], list[_Failed]]
"""The conflicts that hold in one unit, and the rules that failed there."""
_MOST_SURROUNDINGS = 2_000
_NOTHING: _Standings = ([], [])
_Ids = tuple[str, ...]


class _Met:
    """By which moves a rule finds a conflict in a pair: `there` if it matches, else asked anew."""

    __slots__ = ("facts", "first", "is_match", "key", "last", "rule", "there", "unit")

    def __init__(self, unit: Unit, rule: Rule, facts: UnitFacts, meeting: Meeting) -> None:
        self.unit = unit
        self.rule = rule
        self.facts = facts
        self.first = meeting.first
        self.last = meeting.last
        self.key = meeting.key
        self.there = (unit, rule.id, f"{rule.id}:{'|'.join(meeting.key or ())}")
        self.is_match: bool | None = None

    def matches(self) -> bool:
        """Tell whether the pair matches, which no move can change; it is asked once."""
        if self.is_match is None:
            assert self.rule.matches is not None
            assert self.key is not None
            self.is_match = self.rule.matches(self.facts, self.key)
        return self.is_match


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a shift of a work could touch: pairs by when they meet, other units; what stands now."""

    units: tuple[Unit, ...]
    meetings: list[_Met]
    standing: frozenset[_Standing]
    failed: frozenset[_Failed]


class Judge:
    """The installed rules over one state."""

    def __init__(self, state: State, rules: Mapping[str, Rule] | None = None) -> None:
        self._state = state
        self.rules = installed() if rules is None else rules
        self._rules_of = {
            scope: tuple(rule for rule in self.rules.values() if scope in rule.find)
            for scope in Scope
        }
        self._conflict_rules_of = {
            scope: tuple(rule for rule in rules if rule.kind is FindingKind.CONFLICT)
            for scope, rules in self._rules_of.items()
        }
        self._pair_rules = {rule.id: rule for rule in self._rules_of[Scope.PAIR]}
        self._geometries = GeometryCache()
        self._bearings = Bearings()
        self._surroundings: dict[tuple[str, bool], _Surroundings] = {}
        self._conflict_rules = {r.id for r in self.rules.values() if r.kind is FindingKind.CONFLICT}
        self._standing: dict[Unit, _Standings] = {}
        self._unsettled: set[Unit] | None = None
        self._parties: dict[Unit, dict[str, tuple[str, ...]]] = {}
        self._differences: dict[tuple[str, int, frozenset[str]], tuple[_Ids, _Ids]] = {}
        self.records = Records(self.unit_of)
        self.failures: list[RuleFailure] = []

    def view(self, *, as_of: int | None = None) -> View:
        """Return the state as it is; of what happened after the log offset nothing is told."""
        return View(
            self._state,
            geometries=self._geometries,
            bearings=self._bearings,
            pair_rules=self._pair_rules,
            records=self.records,
            as_of=as_of,
        )

    def forget(self) -> None:
        """Forget all that was worked out: the state has become another one."""
        self._surroundings.clear()
        self._differences.clear()
        self._standing.clear()
        self._unsettled = None
        self._parties.clear()
        self._bearings.forget()

    def changed(self, touched: Collection[Unit], work: str | None) -> None:
        """Forget what a step can have changed: the touched units are all whose answer may differ.

        Only where a work changed, and not reference data or the date, is known what bears on areas.
        """
        self._surroundings.clear()
        self._differences.clear()
        for unit in touched:
            self._standing.pop(unit, None)
            self._parties.pop(unit, None)
        if self._unsettled is not None:
            self._unsettled.update(touched)
        if work is None:
            self._bearings.forget()
        else:
            self._bearings.changed(work, [unit[1] for unit in touched if unit[0] == Scope.AREA])

    def stands(self, unit: Unit, found: Found | None) -> None:
        """Remember which conflicts hold in a unit that was looked at; None where it is gone."""
        standings = _NOTHING if found is None else self._standing_of(unit, found)
        if self._unsettled is None:
            self._standing[unit] = standings
            return
        self._unsettled.discard(unit)
        if standings is not _NOTHING:
            self._standing[unit] = standings

    def _standing_of(self, unit: Unit, found: Found) -> _Standings:
        if not found.drafts and not found.failed:
            return _NOTHING
        there = [
            (unit, rule.id, key)
            for key, (rule, _) in found.drafts.items()
            if rule.id in self._conflict_rules
        ]
        failed = [(unit, rule) for rule in found.failed if rule in self._conflict_rules]
        if unit[0] == Scope.AREA:
            self._parties[unit] = {key: draft.parties for key, (_, draft) in found.drafts.items()}
        return (there, failed) if there or failed else _NOTHING

    def all_stand(self) -> None:
        """Remember that every unit was looked at: where nothing is known to hold, nothing does."""
        self._standing = {
            unit: standings
            for unit, standings in self._standing.items()
            if standings[0] or standings[1]
        }
        self._unsettled = set()

    def rules_in(self, scope: Scope) -> tuple[Rule, ...]:
        """Return the rules that look at a scope."""
        return self._rules_of[scope]

    def unit_of(self, finding: Finding) -> Unit:
        """Return the unit a finding lives in."""
        return self.rules[finding.rule].unit_of(key_of(finding.id))

    def facts(self, unit: Unit, view: View) -> UnitFacts | None:
        """Return the facts of a unit, None when it is no longer there."""
        return SCOPES[Scope(unit[0])].facts(view, unit)

    def found(self, unit: Unit, facts: UnitFacts) -> Found:
        """Return what all rules of a unit's scope say of it."""
        scope = Scope(unit[0])
        return self._asked(self._rules_of[scope], scope, unit, facts)

    def _asked(self, rules: Iterable[Rule], scope: Scope, unit: Unit, facts: UnitFacts) -> Found:
        drafts: dict[str, tuple[Rule, Draft]] = {}
        failed: list[str] = []
        for rule in rules:
            try:
                for draft in facts.drafts_of(rule, scope):
                    drafts[f"{rule.id}:{'|'.join(draft.key)}"] = (rule, draft)
            except Exception as error:
                self._note(rule.id, "|".join(unit[1:]), error)
                failed.append(rule.id)
        return Found(drafts, frozenset(failed))

    @contextmanager
    def failing(self, rule: Rule, finding_id: str) -> Iterator[None]:
        """Keep what a rule does wrong on one key from ending the step."""
        try:
            yield
        except Exception as error:
            self._note(rule.id, finding_id, error)

    def _note(self, rule: str, key: str, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        self.failures.append(RuleFailure(rule, key, type(error).__name__, f"failed at {where}"))

    # -- what a finding says --------------------------------------------------------------------

    def material_of(self, rule: Rule, draft: Draft, view: View) -> Material:
        """Return the part of a draft whose change is news."""
        return material(
            draft.certainty,
            _capped(rule, draft, view),
            parties=draft.parties,
            must_act=draft.must_act,
            evidence=draft.evidence,
        )

    def told_of(self, draft: Draft, view: View) -> Told:
        """Return what else of a draft has to stay true in the record of an open finding."""
        return draft.must_act, draft.area, self.classification_of(draft.parties, view)

    def classification_of(self, parties: Iterable[str], view: View) -> Classification:
        """Return who may see what is said of parties: as closed as the most closed of them."""
        return _classification([view.work(party) for party in parties])

    def as_closed_as_parties(self, record: Finding, view: View) -> Classification:
        """Return who may see a record of the past: never more than could, nor than its parties."""
        now = self.classification_of(record.parties, view)
        return max(record.classification, now, key=_OPENNESS.index)

    def content(
        self,
        rule: Rule,
        draft: Draft,
        view: View,
        *,
        first_seen: date,
        status: Status,
        with_options: bool,
    ) -> dict[str, Any]:
        """Return the fields of a finding that follow from the state, by name.

        The day by which an answer is due follows from the day it was first seen, and whether that
        is over from its status as well.
        """
        works = [view.work(party) for party in draft.parties]
        policy = draft.policy or self._state.policy_of(works[0] if works else None)
        options = draft.options() if with_options else ()
        return {
            "rule_version": rule.version,
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
            **self._answering(rule, draft, policy, first_seen=first_seen, status=status),
        }

    def _answering(
        self, rule: Rule, draft: Draft, policy: PolicyValues, *, first_seen: date, status: Status
    ) -> dict[str, Any]:
        """Return who is to answer, how, and by when; nothing for what asks no answer."""
        if rule.kind is not FindingKind.FEEDBACK:
            return {}
        due = first_seen + timedelta(days=policy["answer_days"])
        assert self._state.ref is not None
        is_over = self._state.ref > due.toordinal()
        return {
            "addressee": draft.addressee,
            "answer_by": due,
            "possible_answers": draft.possible_answers,
            "answer_overdue": is_over and status.awaits_answer,
        }

    # -- what an option would change ------------------------------------------------------------

    def _weighed(self, option: Option, rule: Rule, draft: Draft, view: View) -> Option:
        """Return an option with the conflicts that this move alone would close and open."""
        if option.action != "shift" or option.intervention is None or option.days is None:
            return option
        joint = frozenset(draft.parties) if rule.realised_when_joint else frozenset[str]()
        closes, opens = self._difference(option.intervention, option.days, joint, view)
        return replace(option, closes=closes, opens=opens)

    def _difference(
        self, work_id: str, days: int, joint: frozenset[str], view: View
    ) -> tuple[_Ids, _Ids]:
        """Return the conflicts that a move closes and opens; for one state it is worked out once.

        In a crowded street many findings offer the same move of the same work.
        """
        key = (work_id, days, joint)
        known = self._differences.get(key)
        if known is None:
            known = self._differences[key] = self._measured(work_id, days, joint, view)
        return known

    def _measured(
        self, work_id: str, days: int, joint: frozenset[str], view: View
    ) -> tuple[_Ids, _Ids]:
        work = view.work(work_id)
        if work is None:
            return (), ()
        moved = work.shifted(days)
        around = self._around(work, moved, view)
        imagined = view.imagined(moved, joint)
        then, failed = self._conflicts(around.units, imagined)
        there, unsure = self._met(around.meetings, days, imagined)
        then, failed = then.union(there), around.failed.union(failed, unsure)
        return _ids(around.standing - then, failed), _ids(then - around.standing, failed)

    def _around(self, work: PlacedWork, moved: PlacedWork, view: View) -> _Surroundings:
        """Return what surrounds a work as it is; for one state it is worked out once."""
        change = WorkChange(work, moved, work.is_active(view.ref), moved.is_active(view.ref))
        key = (work.id, change.activity_changed)
        known = self._surroundings.get(key)
        if known is None:
            touched = touched_by_work(self._state, change)
            units = tuple(unit for unit in touched if unit[0] != Scope.SOURCE)
            standing, failed = self._conflicts(units, view)
            others = tuple(unit for unit in units if unit[0] != Scope.PAIR)
            pairs = (unit for unit in units if unit[0] == Scope.PAIR)
            meetings = [met for unit in pairs for met in self._meetings(unit, work, view)]
            known = _Surroundings(others, meetings, standing, failed)
            if len(self._surroundings) >= _MOST_SURROUNDINGS:
                self._surroundings.clear()
            self._surroundings[key] = known
        return known

    def _meetings(self, unit: Unit, work: PlacedWork, view: View) -> Iterator[_Met]:
        """Yield by which moves of a work the rules find conflicts in a pair."""
        facts = self.facts(unit, view)
        if not isinstance(facts, PairUnitFacts):
            return
        is_tied = work.id not in unit or facts.is_tied
        for rule in self._conflict_rules_of[Scope.PAIR]:
            if rule.meets is None or is_tied:
                yield _Met(unit, rule, facts, Meeting(-EVER, EVER))
                continue
            for meeting in rule.meets(facts, work):
                if meeting.first <= meeting.last:
                    yield _Met(unit, rule, facts, meeting)

    def _met(self, meetings: Iterable[_Met], days: int, view: View) -> _Standings:
        """Return the conflicts in pairs after a move, and what failed there."""
        standings: _Standings = [], []
        for met in meetings:
            if not met.first <= days <= met.last:
                continue
            if met.key is None or view.made_joint.issuperset(met.unit[1:]):
                facts = self.facts(met.unit, view)
                if facts is not None:
                    self._stand(met.unit, facts, (met.rule,), standings)
            elif met.matches():
                standings[0].append(met.there)
        return standings

    def _conflicts(
        self, units: Iterable[Unit], view: View
    ) -> tuple[frozenset[_Standing], frozenset[_Failed]]:
        """Return the conflicts that hold in units without hysteresis, and what failed there."""
        standing: list[_Standing] = []
        failed: list[_Failed] = []
        for unit in units:
            there, unsure = self._conflicts_in(unit, view)
            standing += there
            failed += unsure
        return frozenset(standing), frozenset(failed)

    def _conflicts_in(self, unit: Unit, view: View) -> _Standings:
        """Return those of one unit; of the state as it is they are worked out once."""
        if not view.is_imagined:
            known = self._standing.get(unit)
            if known is None and self._unsettled is not None and unit not in self._unsettled:
                known = _NOTHING
            if known is not None:
                return known
        scope = Scope(unit[0])
        rules: Sequence[Rule] = self._conflict_rules_of[scope]
        facts = self.facts(unit, view) if rules else None
        standings: _Standings = [], []
        if isinstance(facts, AreaUnitFacts) and view.is_imagined:
            rules = self._kept(unit, facts, rules, standings)
        if facts is not None and rules:
            self._stand(unit, facts, rules, standings)
        if not view.is_imagined:
            self._standing[unit] = standings
        return standings

    def _stand(
        self, unit: Unit, facts: UnitFacts, rules: Iterable[Rule], standings: _Standings
    ) -> None:
        """Add what rules find in a unit; of no use but to know that it is there."""
        scope, there, failed = Scope(unit[0]), *standings
        for rule in rules:
            try:
                if rule.stands is None:
                    keys = ["|".join(draft.key) for draft in facts.drafts_of(rule, scope)]
                else:
                    keys = [unit[1]] if rule.stands(facts) else []
                there += [(unit, rule.id, f"{rule.id}:{key}") for key in keys]
            except Exception as error:
                self._note(rule.id, "|".join(unit[1:]), error)
                failed.append((unit, rule.id))

    def _kept(
        self, unit: Unit, facts: AreaUnitFacts, rules: Sequence[Rule], standings: _Standings
    ) -> list[Rule]:
        """Add what stays as it is: the moved work bears on the area as before, or is no party.

        Returns the rules that have to be asked again.
        """
        there, failed = self._conflicts_in(unit, facts.view.unmoved)
        again: list[Rule] = []
        for rule in rules:
            stood = [one for one in there if one[1] == rule.id]
            if (
                rule.bearing is None
                or (stood and facts.view.is_made_joint)
                or not (self._is_apart_from(stood, facts) or facts.bears_as_before(rule.bearing))
            ):
                again.append(rule)
                continue
            standings[0].extend(stood)
            standings[1].extend(one for one in failed if one[1] == rule.id)
        return again

    def _is_apart_from(self, stood: Sequence[_Standing], facts: AreaUnitFacts) -> bool:
        """Tell whether what stands is there without the moved work, wherever that goes."""
        moved = facts.view.moved
        if not stood or moved is None or facts.view.is_tied(moved[1]):
            return False
        unit, _, finding_id = stood[0]
        parties = self._parties.get(unit, {}).get(finding_id)
        return parties is not None and moved[1].id not in parties


def _ids(standing: Iterable[_Standing], unsure: Collection[_Failed]) -> tuple[str, ...]:
    return tuple(sorted(key for unit, rule, key in standing if (unit, rule) not in unsure))


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
