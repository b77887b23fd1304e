"""After every step of a random programme, detect says what the independent oracle says.

`ORACLE_STORIES` sets how many stories are drawn anew in each test (1,000 in a long run); without it
12 are, the same ones every time. `ORACLE_OPTIONS` sets in how many of a
hundred evenly drawn stories every option is weighed anew (20 without it).
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.engine.detect import Detect
from hub.engine.register import Register
from hub.errors import RejectedRecordError
from hub.model.change import PlanChange
from hub.model.dates import iso
from hub.model.decision import Decision
from hub.model.finding import Finding, FindingKind
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.vocabulary import DecisionKind
from hub.rules import installed
from tests.unit.engine.programmes import START, Story, drawn_at_random, initial_works, steps

from .inputs import Door, Input
from .lifecycle import KEPT, RULES, Delivered, Oracle, Record
from .options import difference
from .register import EqualRevisionError, OracleRegister
from .world import Seen, World

STORIES = int(os.environ.get("ORACLE_STORIES", "12"))
WEIGHED = int(os.environ.get("ORACLE_OPTIONS", "20"))
STEPS = st.lists(steps, min_size=1, max_size=14)
LIMITS = settings(
    max_examples=STORIES,
    deadline=None,
    derandomize="ORACLE_STORIES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def said_by_detect(finding: Finding) -> dict[str, Any]:
    """Return all that a record says, but its options."""
    saved = finding.savings
    said = {
        "status": finding.status.value,
        "revision": finding.revision,
        "cause": None if finding.cause is None else finding.cause.value,
        "first_seen": finding.first_seen.isoformat(),
        "last_changed": finding.last_changed.isoformat(),
        "certainty": finding.certainty.value,
        "severity": finding.severity.value,
        "parties": finding.parties,
        "area": finding.area,
        "goal": finding.goal,
        "must_act": finding.must_act.organisation,
        "asked_work": (finding.must_act.intervention, finding.must_act.reason),
        "evidence": {item.name: item.value for item in finding.evidence},
        "volatile": {item.name for item in finding.evidence if item.volatile},
        "classification": finding.classification,
        "policy_version": finding.policy_version,
        "savings": (saved.area_m2, saved.amount_cents, saved.nuisance_days) if saved else None,
        "addressee": finding.addressee,
        "answer_by": finding.answer_by.isoformat() if finding.answer_by else None,
        "possible_answers": {kind.value for kind in finding.possible_answers},
        "answer_overdue": finding.answer_overdue,
    }
    if finding.rule == "O01" and finding.status.is_open:
        said["moves"] = dict(finding.moves or {})
    return said


def said_by_oracle(
    record: Record, seen: Seen, delivered: Delivered, *, overdue: bool | None
) -> dict[str, Any]:
    """Return the same in the oracle's words."""
    chance = seen.rule in ("O01", "O02")
    said = {
        "status": record.status,
        "revision": record.revision,
        "cause": record.cause,
        "first_seen": iso(record.first_seen),
        "last_changed": iso(record.last_changed),
        "certainty": seen.certainty,
        "severity": seen.severity,
        "parties": seen.parties,
        "area": seen.area,
        "goal": seen.goal,
        "must_act": seen.organisation,
        "asked_work": (seen.intervention, seen.reason),
        "evidence": seen.evidence,
        "volatile": set(seen.volatile) & seen.evidence.keys(),
        "classification": delivered.classification,
        "policy_version": delivered.policy_version,
        "savings": (*seen.savings, seen.nuisance_days) if chance else None,
        "addressee": delivered.addressee,
        "answer_by": iso(delivered.answer_by) if delivered.answer_by else None,
        "possible_answers": set(delivered.possible_answers),
        "answer_overdue": overdue,
    }
    if seen.rule == "O01" and record.open:
        said["moves"] = seen.moves
    return said


def written(record: Record) -> dict[str, Any]:
    """Return what a record said when it was last written."""
    return said_by_oracle(record, record.seen, record.delivered, overdue=record.was_overdue)


def shown(record: Record, today: int) -> dict[str, Any]:
    """Return what is shown of a record now: of an open one what holds at this moment."""
    if not record.open or record.seen.rule == "O04":
        return written(record)
    overdue = record.overdue(today, record.now_delivered)
    return said_by_oracle(record, record.now, record.now_delivered, overdue=overdue)


def differences(product: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return, per finding, what the two say of it where that differs."""
    found: dict[str, Any] = {}
    for key in sorted(product.keys() | expected.keys()):
        one, other = product.get(key), expected.get(key)
        if one is None or other is None:
            found[key] = {"detect": one, "oracle": other}
        elif one != other:
            found[key] = {
                name: {"detect": one[name], "oracle": other[name]}
                for name in one
                if one[name] != other[name]
            }
    return found


def disagreement(detect: Detect, oracle: Oracle) -> dict[str, Any]:
    """Return everything on which the two differ after a step."""
    today = oracle.world.today
    records = oracle.records.items()
    as_written = {key: said_by_detect(one) for key, one in detect.findings.items()}
    as_shown = {one.id: said_by_detect(one) for one in detect.present()}
    taken = {
        (one.on.toordinal(), key, one.work)
        for key, finding in detect.findings.items()
        for one in finding.facts.realised
    }
    bundles = [
        {
            "id": one.id,
            "anchor": one.anchor,
            "members": list(one.members),
            "riders": list(one.riders),
            "score": one.score,
            "score_max": one.score_max,
            "parts": dict(one.parts),
            "unknown_parts": list(one.unknown_parts),
            "window": one.window and {"start": iso(one.window[0]), "end": iso(one.window[1])},
        }
        for one in detect.bundles()
    ]
    found = {
        "written": differences(as_written, {key: written(one) for key, one in records}),
        "shown": differences(as_shown, {key: shown(one, today) for key, one in records}),
        "taken": taken ^ oracle.realised,
        "bundles": [] if bundles == oracle.bundles() else [bundles, oracle.bundles()],
        "ignored": detect.decisions_without_finding - oracle.ignored_decisions,
        "refused": len(detect.refused_answers) - oracle.refused_decisions,
    }
    return {name: value for name, value in found.items() if value}


def ill_weighed(detect: Detect, world: World) -> dict[str, Any]:
    """Return the shifts whose closed and opened conflicts are not those of two evaluations."""
    found = {}
    for finding in detect.present():
        joint = frozenset(finding.parties) if finding.rule == "O01" else frozenset[str]()
        for option in finding.options if finding.status.is_open else ():
            if option.action != "shift" or option.intervention is None or option.days is None:
                continue
            expected = difference(world, option.intervention, option.days, joint)
            if (option.closes, option.opens) != expected:
                found[finding.id, option.intervention, option.days] = {
                    "detect": (option.closes, option.opens),
                    "oracle": expected,
                }
    return found


def answerable(detect: Detect) -> list[str]:
    """Return what people answer to: mostly open chances and feedback, at times what is over."""
    found = detect.findings
    open_ones = [key for key, one in found.items() if one.status.is_open]
    asked = [key for key in open_ones if found[key].kind is not FindingKind.CONFLICT]
    return sorted([*found, *open_ones, *asked, *asked])


def told_alike(first: list[Intervention], changes: list[object], *, weighed: bool) -> int:
    """Tell a story to both and return the number of steps after which they agreed."""
    rules = frozenset(installed()) & frozenset({*RULES, *KEPT})
    story = Story()
    detect = Detect(reference_date=START)
    oracle = Oracle(World(START.toordinal()), rules)
    begun: list[LogEntry] = [entry for work in first if (entry := story.entry(work, ()))]
    detect.load(begun)
    oracle.load(begun)
    detect.evaluate()
    oracle.evaluate()
    assert disagreement(detect, oracle) == {}
    agreed = 1
    for number, step in enumerate(changes):
        entry = story.entry(step, answerable(detect))
        if entry is not None:
            detect.apply(entry)
            oracle.apply(entry)
            assert disagreement(detect, oracle) == {}, f"after step {number}: {step}"
            agreed += 1
    if weighed:
        assert ill_weighed(detect, oracle.world) == {}
    assert detect.rule_failures == []
    return agreed


@dataclass
class Hub:
    """Register and detect as the hub has them, and as the oracle has them."""

    register: Register
    detect: Detect
    known: OracleRegister
    oracle: Oracle
    refusals: int = 0

    def take(self, one: Input, today: date) -> bool:
        """Give one input to both; tell whether it was a step."""
        entries = self._log(one, today)
        expected = self._expected(one, today)
        assert [entry.body for entry in entries] == [entry.body for entry in expected]
        for entry in entries:
            self.detect.apply(entry)
            self.oracle.apply(entry)
        return bool(entries)

    def _log(self, one: Input, today: date) -> list[LogEntry]:
        match one:
            case PlanChange():
                try:
                    return list(self.register.apply_change(one).log)
                except RejectedRecordError:
                    self.refusals += 1
                    return []
            case Decision():
                return list(self.register.apply_decision(one).log)
            case Tick(day=day):
                return list(self.register.tick(day).log)
            case _:
                return list(self.register.apply_reference(one, at=today).log)

    def _expected(self, one: Input, today: date) -> list[LogEntry]:
        """Return what the log gets by the specification; both must refuse the same."""
        state: WorkState | None = None
        match one:
            case PlanChange():
                try:
                    state = self.known.change(one)
                except EqualRevisionError:
                    self.refusals -= 1
            case Decision(kind=DecisionKind.TAKEN):
                state = self.known.take(one)
            case Tick(day=day) if day.toordinal() <= self.oracle.world.today:
                return []
            case _:
                return [LogEntry(today, one)]
        return [] if state is None else [LogEntry(today, state)]


def taken_in_alike(seed: int) -> int:
    """Let a story come in by the front door; return the number of steps that agreed."""
    door = Door(seed)
    register = Register()
    register.tick(START)
    world = World(START.toordinal())
    hub = Hub(register, Detect(reference_date=START), OracleRegister(), Oracle(world))
    agreed = 0
    for one in door.begin():
        agreed += hub.take(one, door.today)
        assert disagreement(hub.detect, hub.oracle) == {}, f"at the beginning: {one}"
    findings: list[str] = []
    for one in door.next(findings):
        agreed += hub.take(one, door.today)
        assert disagreement(hub.detect, hub.oracle) == {}, f"after {len(door.sent)}: {one}"
        assert hub.refusals == 0
        findings[:] = answerable(hub.detect)
    assert hub.detect.rule_failures == []
    return agreed


@LIMITS
@given(st.integers(0, 2**32))
def test_what_comes_in_by_the_front_door_is_taken_in_as_the_oracle_does(seed: int) -> None:
    assert taken_in_alike(seed) > 0


@LIMITS
@given(initial_works, STEPS)
def test_detect_says_what_the_oracle_says_after_every_step(first: list, changes: list) -> None:
    assert told_alike(first, changes, weighed=False) > 0


@LIMITS
@given(st.integers(0, 2**32))
def test_detect_says_what_the_oracle_says_of_evenly_drawn_stories(seed: int) -> None:
    weighed = random.Random(seed).randrange(100) < WEIGHED
    assert told_alike(*drawn_at_random(seed), weighed=weighed) > 0


def test_every_installed_rule_has_an_oracle() -> None:
    assert installed().keys() <= {*RULES, *KEPT}
