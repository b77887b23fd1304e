"""Detect as a fold: before the first tick, failing rules, decisions, restoring, bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from hub.engine import judge
from hub.engine.detect import Detect
from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.decision import Decision
from hub.model.finding import Certainty, Status
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import PolicyConfig
from hub.model.vocabulary import DecisionKind, Discipline, Firmness, Role
from hub.rules import installed
from hub.rules.rule import Draft, Rule, Scope

from .programmes import START, box

DAY = timedelta(days=1)


def window(start: str, end: str) -> Window:
    return Window(PlanDate.parse(start), PlanDate.parse(end))


def work(number: int, discipline: Discipline = Discipline.GAS, **fields: object) -> Intervention:
    plan = Intervention(
        id=f"{discipline.value}:{number}",
        plan_owner=f"{discipline.value}-co",
        discipline=discipline,
        firmness=Firmness.ADOPTED,
        window=window("2028-03-01", "2028-06-01"),
        geometry=box(0, 0, 100, 8),
        opens_surface=True,
    )
    return replace(plan, **fields)  # type: ignore[arg-type]


GAS, HEAT = work(1), work(1, Discipline.HEAT, role=Role.LEADING)
C01 = "C01:gas:1|heat:1"


def entry(body: object, at: date = START) -> LogEntry:
    return LogEntry(at, body)  # type: ignore[arg-type]


def started(*plans: Intervention) -> Detect:
    detect = Detect(reference_date=START)
    detect.load(entry(WorkState(plan)) for plan in plans)
    detect.evaluate()
    return detect


def answer(kind: DecisionKind, finding: str = C01, name: str = "d1") -> LogEntry:
    return entry(Decision(id=name, kind=kind, by="gas-co", on=START, finding=finding))


# -- time -----------------------------------------------------------------------------------------


def test_nothing_is_found_before_the_first_tick_and_everything_with_it() -> None:
    detect = Detect()
    assert detect.reference_date is None
    assert detect.apply(entry(WorkState(GAS))) == []
    assert detect.apply(entry(WorkState(HEAT))) == []
    assert detect.evaluate() == []
    assert detect.present() == []
    assert detect.bundles() == []
    assert C01 in {finding.id for finding in detect.apply(entry(Tick(START)))}
    assert detect.reference_date == START


def test_a_tick_that_comes_twice_or_late_changes_nothing() -> None:
    detect = started(GAS, HEAT)
    assert detect.apply(entry(Tick(START + DAY))) == []
    assert detect.apply(entry(Tick(START + DAY))) == []
    assert detect.apply(entry(Tick(START))) == []
    assert detect.reference_date == START + DAY


def test_a_tick_in_a_loaded_log_sets_the_reference_date() -> None:
    detect = Detect()
    detect.load([entry(Tick(START)), entry(WorkState(GAS))])
    assert detect.reference_date == START


# -- answers --------------------------------------------------------------------------------------


def test_the_same_decision_twice_is_applied_once() -> None:
    detect = started(GAS, HEAT)
    first = detect.apply(answer(DecisionKind.ACKNOWLEDGE))
    assert [(finding.status, finding.revision) for finding in first] == [(Status.ACKNOWLEDGED, 2)]
    assert detect.apply(answer(DecisionKind.ACKNOWLEDGE)) == []
    assert detect.apply(answer(DecisionKind.ACKNOWLEDGE, name="d2")) == []
    assert detect.decisions_without_finding == 0


def test_a_restored_decision_is_not_applied_again() -> None:
    detect = Detect(reference_date=START)
    acknowledged = answer(DecisionKind.ACKNOWLEDGE)
    detect.load([entry(WorkState(GAS)), entry(WorkState(HEAT)), acknowledged])
    detect.evaluate()
    assert detect.apply(acknowledged) == []
    assert detect.findings[C01].status is Status.DETECTED


@pytest.mark.parametrize("kind", [DecisionKind.ACKNOWLEDGE, DecisionKind.DECLINE])
def test_an_answer_to_an_unknown_or_resolved_finding_is_counted(kind: DecisionKind) -> None:
    detect = started(GAS, HEAT)
    assert detect.apply(answer(kind, "C01:no|where")) == []
    detect.apply(entry(WorkState(replace(GAS, geometry=None))))
    assert detect.findings[C01].status is Status.RESOLVED
    assert detect.apply(answer(kind, name="d2")) == []
    assert detect.decisions_without_finding == 2


def test_an_answer_is_remembered_for_later_rules() -> None:
    detect = started(GAS, HEAT)
    assert detect.findings[C01].facts.ever_answered is False
    detect.apply(answer(DecisionKind.COUNTER))
    assert detect.findings[C01].facts.ever_answered is True


def test_a_decision_taken_reaches_detect_only_as_a_changed_work() -> None:
    detect = started(GAS, HEAT)
    taken = Decision(
        id="d1",
        kind=DecisionKind.TAKEN,
        by="gas-co",
        on=START,
        intervention="gas:1",
        required_decision="credit",
    )
    assert detect.apply(entry(taken)) == []
    assert detect.decisions_without_finding == 0


# -- records --------------------------------------------------------------------------------------


def test_of_several_restored_records_the_highest_revision_counts_in_any_order() -> None:
    finding = started(GAS, HEAT).findings[C01]
    newer = replace(finding, revision=3, status=Status.ACKNOWLEDGED)
    for records in ([finding, newer], [newer, finding]):
        detect = Detect(reference_date=START)
        detect.load([entry(WorkState(GAS)), entry(WorkState(HEAT))])
        detect.restore_findings(records)
        assert detect.findings[C01] == newer
        assert detect.apply(entry(WorkState(replace(GAS, title="other")))) == []


def test_a_finding_that_changes_knows_the_offset_of_its_entry() -> None:
    detect = started(GAS)
    (finding,) = (
        found for found in detect.apply(entry(WorkState(HEAT)), offset=17) if found.id == C01
    )
    assert finding.facts.as_of == 17


def test_a_record_that_is_ahead_of_the_replay_stays_as_it_is() -> None:
    ahead = replace(started(GAS, HEAT).findings[C01], revision=5, status=Status.ACKNOWLEDGED)
    ahead = replace(ahead, facts=replace(ahead.facts, as_of=9))
    detect = Detect(reference_date=START)
    detect.load([entry(WorkState(GAS)), entry(WorkState(HEAT))])
    detect.restore_findings([ahead])
    far = replace(HEAT, geometry=box(5_000, 0, 10, 10))
    assert detect.apply(entry(WorkState(far)), offset=9) == []
    assert detect.findings[C01] == ahead
    (resolved,) = detect.apply(entry(WorkState(replace(far, title="x"))), offset=10)
    assert (resolved.status, resolved.revision) == (Status.RESOLVED, 6)


def test_changed_findings_are_returned_in_the_order_of_their_ids() -> None:
    detect = started(GAS, HEAT)
    changed = detect.apply(entry(WorkState(work(1, Discipline.ELECTRICITY))))
    assert [finding.id for finding in changed] == sorted(finding.id for finding in changed)
    assert len(changed) >= 2


def test_without_written_options_the_shown_ones_are_the_same() -> None:
    written = started(GAS, HEAT)
    plain = Detect(reference_date=START, write_options=False)
    plain.load([entry(WorkState(GAS)), entry(WorkState(HEAT))])
    plain.evaluate()
    assert plain.findings[C01].options == ()
    assert written.findings[C01].options != ()
    assert plain.present() == written.present()


def test_a_resolved_finding_has_nothing_left_to_choose() -> None:
    detect = started(GAS, HEAT)
    detect.apply(entry(WorkState(replace(GAS, firmness=Firmness.WITHDRAWN))))
    shown = {finding.id: finding for finding in detect.present()}[C01]
    assert shown.options == ()
    assert shown.certainty is Certainty.CERTAIN


def test_a_policy_that_changes_no_value_in_force_is_no_news() -> None:
    detect = started(GAS, HEAT)
    later = PolicyConfig(
        version="next", valid_from=START + 30 * DAY, values={"buffer_other_m": 500}
    )
    assert detect.apply(entry(later)) == []
    assert detect.apply(entry(PolicyConfig(version="same", values={"stale_days": 365}))) == []
    shown = {finding.id: finding for finding in detect.present()}[C01]
    assert shown.policy_version == "same"


# -- a rule that fails ----------------------------------------------------------------------------


def failing_rule(rule: Rule, scope: Scope, *, fails_on: str) -> Rule:
    def find(facts: object) -> Iterator[Draft]:
        for draft in rule.find[scope](facts):
            if fails_on in draft.key:
                raise ValueError("secret content of the record")
            yield draft

    return replace(rule, find=MappingProxyType({scope: find}))


@pytest.fixture
def broken_c01(monkeypatch: pytest.MonkeyPatch) -> None:
    """C01 fails on every key with heat:2 in it."""
    rules: Mapping[str, Rule] = {
        **installed(),
        "C01": failing_rule(installed()["C01"], Scope.PAIR, fails_on="heat:2"),
    }
    monkeypatch.setattr(judge, "installed", lambda: rules)


@pytest.mark.usefixtures("broken_c01")
def test_a_rule_that_fails_on_one_key_is_told_and_stops_nothing() -> None:
    detect = started(GAS, HEAT, work(2, Discipline.HEAT))
    assert C01 in detect.findings
    assert "C01:gas:1|heat:2" not in detect.findings
    failure = next(item for item in detect.rule_failures if item.key == "gas:1|heat:2")
    assert failure.rule == "C01"
    assert failure.error_class == "ValueError"
    assert "secret" not in failure.message
    assert "test_detect.py:" in failure.message


@pytest.mark.usefixtures("broken_c01")
def test_a_rule_that_fails_leaves_the_finding_as_it_was() -> None:
    before = replace(
        started(GAS, HEAT).findings[C01],
        id="C01:gas:1|heat:2",
        parties=("gas:1", "heat:2"),
    )
    detect = Detect(reference_date=START)
    detect.load([entry(WorkState(GAS)), entry(WorkState(work(2, Discipline.HEAT)))])
    detect.restore_findings([before])
    detect.evaluate()
    assert detect.findings[before.id] == before
    assert before in detect.present()
    detect.rule_failures.clear()
    moved = replace(work(2, Discipline.HEAT), window=window("2028-05-01", "2028-07-01"))
    detect.apply(entry(WorkState(moved)))
    assert detect.findings[before.id] == before
    assert detect.rule_failures


@pytest.mark.usefixtures("broken_c01")
def test_what_failed_is_not_said_to_be_closed_or_opened_by_an_option() -> None:
    detect = started(GAS, HEAT, work(2, Discipline.HEAT))
    for finding in detect.present():
        for option in finding.options:
            assert "C01:gas:1|heat:2" not in (*option.closes, *option.opens)


# -- bounds ---------------------------------------------------------------------------------------


def test_a_long_evaluation_tells_how_far_it_is_and_lets_others_run() -> None:
    plans = [work(number, geometry=box(200 * number, 0, 50, 8)) for number in range(1_500)]
    detect = Detect(reference_date=START)
    detect.load(entry(WorkState(plan)) for plan in plans)
    told: list[tuple[int, int]] = []
    ran = threading.Event()
    other = threading.Thread(target=ran.set)

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 1:
            other.start()

    detect.evaluate(progress=progress)
    other.join(timeout=10)
    assert ran.is_set()
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] >= 1_500


def test_a_crowded_street_with_a_long_work_and_long_windows_stays_bounded() -> None:
    owners = list(Discipline)
    crowd = [
        work(
            number,
            owners[number % 6],
            geometry=box(number % 50, 0, 60, 8),
            window=window("2027", "2057") if number % 10 == 0 else window("2028-03", "2028-03"),
            shift_room=ShiftRoom(PlanDate.parse("2027"), PlanDate.parse("2057")),
        )
        for number in range(120)
    ]
    trunk = work(999, Discipline.SEWER, geometry=box(-2_500, 2, 5_000, 3))
    detect = Detect(reference_date=START, write_options=False)
    detect.load(entry(WorkState(plan)) for plan in [*crowd, trunk])
    detect.evaluate()
    detect.apply(entry(WorkState(replace(trunk, window=window("2028-04-01", "2028-05-01")))))
    assert detect.rule_failures == []
    assert len(detect.findings) <= 2 * len(crowd) ** 2
