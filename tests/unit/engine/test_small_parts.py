"""Agenda, source groups, records and the lifecycle table, each by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.agenda import Agenda
from hub.engine.lifecycle import (
    decided,
    material_of,
    material_text,
    resolved,
    status_when_found,
    told_by,
)
from hub.engine.records import Records
from hub.engine.sources import SourceGroups
from hub.model.decision import Decision
from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    FindingKind,
    MustAct,
    ResolutionCause,
    Severity,
    Status,
)
from hub.model.intervention import Intervention, Source
from hub.model.policy import DEFAULT_VALUES
from hub.model.vocabulary import Classification, DecisionKind, Discipline, Firmness
from hub.rules.work import Work

TODAY = date(2027, 1, 5)
FINDING = Finding(
    id="O01:a|b",
    kind=FindingKind.OPPORTUNITY,
    rule="O01",
    rule_version=1,
    policy_version="default",
    certainty=Certainty.CERTAIN,
    severity=Severity.INFO,
    parties=("a", "b"),
    must_act=MustAct("a-co", "a", "role"),
    evidence=(Evidence("m", 20, "m", 10), Evidence("room", 5, volatile=True)),
    first_seen=date(2026, 11, 23),
    last_changed=date(2026, 11, 23),
)


# -- agenda ---------------------------------------------------------------------------------------


def test_a_key_is_due_once_on_its_last_day() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.put("a", 10)
    agenda.put("b", 12)
    agenda.put("a", 11)
    agenda.put("c", 9)
    agenda.put("c", None)
    assert agenda.take_until(10) == []
    assert agenda.take_until(11) == ["a"]
    assert agenda.take_until(20) == ["b"]
    assert agenda.take_until(20) == []


def test_a_key_put_back_on_its_old_day_is_due_once() -> None:
    agenda: Agenda[str] = Agenda()
    for day in (10, 11, 10):
        agenda.put("a", day)
    assert agenda.take_until(11) == ["a"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 20)), st.integers(0, 9)
        ),
        max_size=60,
    )
)
def test_the_agenda_is_a_table_of_days(changes: list) -> None:
    agenda: Agenda[str] = Agenda()
    table: dict[str, int] = {}
    for key, day, asked in changes:
        agenda.put(key, day)
        table.pop(key, None)
        if day is not None:
            table[key] = day
        due = {name for name, when in table.items() if when <= asked}
        assert set(agenda.take_until(asked)) == due
        table = {name: when for name, when in table.items() if name not in due}


def test_an_agenda_that_is_changed_without_end_does_not_grow_without_end() -> None:
    agenda: Agenda[str] = Agenda()
    for day in range(20_000):
        agenda.put("a", day)
    assert len(agenda._heap) < 3_000


# -- sources --------------------------------------------------------------------------------------


def dated(name: str, updated: date | None, firmness: Firmness = Firmness.ADOPTED) -> Work:
    return Work(
        Intervention(
            id=name,
            plan_owner="gas-co",
            discipline=Discipline.GAS,
            firmness=firmness,
            source=Source("plan", updated_on=updated),
        )
    )


def test_a_group_knows_its_oldest_work_and_how_many_are_stale() -> None:
    groups, key = SourceGroups(), ("gas-co", "plan")
    old, young = date(2025, 1, 1), date(2026, 1, 1)
    for work in (dated("a", young), dated("b", old), dated("c", None)):
        groups.put(work, DEFAULT_VALUES)
    groups.put(dated("d", old, Firmness.COMPLETED), DEFAULT_VALUES)
    assert groups.first_stale_on(key) == old.toordinal() + 366
    assert groups.stale(key, old.toordinal() + 365) == (0, None)
    assert groups.stale(key, old.toordinal() + 366) == (1, old.toordinal())
    assert groups.stale(key, young.toordinal() + 366) == (2, old.toordinal())
    groups.remove("b")
    groups.remove("never put")
    assert groups.stale(key, young.toordinal() + 366) == (1, young.toordinal())
    assert groups.first_stale_on(("gas-co", "other")) is None


# -- records --------------------------------------------------------------------------------------


def test_records_find_open_findings_by_unit_and_party_and_forget_resolved_ones() -> None:
    records = Records(lambda finding: ("pair", *finding.parties))
    records.put(FINDING)
    records.put(replace(FINDING, revision=2))
    assert records.open_in(("pair", "a", "b")) == ["O01:a|b"]
    assert list(records.units_of("a")) == [("pair", "a", "b")]
    assert records.open_units() == [("pair", "a", "b")]
    records.put(resolved(FINDING, ResolutionCause.TIME, TODAY))
    assert records.open_units() == []
    assert list(records.units_of("b")) == []
    assert records.all["O01:a|b"].cause is ResolutionCause.TIME


def test_records_find_what_is_past_by_party_until_it_comes_back() -> None:
    records = Records(lambda finding: ("pair", *finding.parties))
    records.put(FINDING)
    assert records.past_of("a") == []
    records.put(resolved(FINDING, ResolutionCause.TIME, TODAY))
    assert records.past_of("a") == records.past() == ["O01:a|b"]
    records.put(replace(FINDING, revision=3))
    assert records.past_of("a") == records.past() == []


# -- lifecycle ------------------------------------------------------------------------------------

OTHER = replace(FINDING, certainty=Certainty.POSSIBLE)


@pytest.mark.parametrize(
    ("record", "content", "expected"),
    [
        (None, FINDING, Status.DETECTED),
        (Status.DETECTED, FINDING, None),
        (Status.UPDATED, FINDING, None),
        (Status.DETECTED, OTHER, Status.UPDATED),
        (Status.UPDATED, OTHER, Status.UPDATED),
        (Status.ACKNOWLEDGED, FINDING, None),
        (Status.ACKNOWLEDGED, OTHER, Status.TO_BE_REASSESSED),
        (Status.TO_BE_REASSESSED, FINDING, None),
        (Status.TO_BE_REASSESSED, OTHER, Status.TO_BE_REASSESSED),
        (Status.RESOLVED, FINDING, Status.DETECTED),
        (Status.RESOLVED, OTHER, Status.DETECTED),
    ],
)
def test_what_is_found_goes_through_the_table(
    record: Status | None, content: Finding, expected: Status | None
) -> None:
    before = None if record is None else replace(FINDING, status=record)
    assert status_when_found(before, material_of(content)) is expected


@pytest.mark.parametrize(
    "change",
    [
        {"severity": Severity.LIGHT},
        {"parties": ("a", "c")},
        {"must_act": MustAct("b-co", "a", "role")},
        {"evidence": (Evidence("m", 21, "m", 10),)},
        {"evidence": (Evidence("m", 20, "m", 11),)},
        {"evidence": ()},
    ],
)
def test_each_part_of_the_material_content_is_news(change: dict) -> None:
    assert material_of(replace(FINDING, **change)) != material_of(FINDING)


@pytest.mark.parametrize(
    "change",
    [
        {"must_act": MustAct("a-co", "c", "firmness")},
        {"evidence": (Evidence("m", 20.0, "m", 10.0), Evidence("room", 9, volatile=True))},
        {"policy_version": "p"},
        {"options": ()},
    ],
)
def test_what_is_not_material_is_no_news(change: dict) -> None:
    after = replace(FINDING, **change)
    assert material_of(after) == material_of(FINDING)
    assert material_text(material_of(after)) == material_text(material_of(FINDING))


@pytest.mark.parametrize(
    "change",
    [
        {"must_act": MustAct("a-co", "c", "role")},
        {"must_act": MustAct("a-co", "a", "firmness")},
        {"area": "seg:1"},
        {"classification": Classification.PARTNERS},
    ],
)
@pytest.mark.parametrize("status", [status for status in Status if status.is_open])
def test_a_record_that_tells_wrongly_is_written_again_and_keeps_its_status(
    change: dict, status: Status
) -> None:
    record = replace(FINDING, status=status)
    assert status_when_found(record, material_of(record), told_by(record)) is None
    now = replace(record, **change)
    assert status_when_found(record, material_of(now), told_by(now)) is status


def test_a_declined_chance_does_not_come_back_because_fewer_may_see_it() -> None:
    decline = Decision(id="d", kind=DecisionKind.DECLINE, by="a-co", on=TODAY, finding=FINDING.id)
    declined = decided(FINDING, decline, TODAY)
    now = replace(FINDING, classification=Classification.PUBLIC)
    assert told_by(now) != told_by(FINDING)
    assert status_when_found(declined, material_of(now), told_by(now)) is None


def test_a_declined_chance_comes_back_only_when_it_is_another_one() -> None:
    decline = Decision(id="d", kind=DecisionKind.DECLINE, by="a-co", on=TODAY, finding=FINDING.id)
    declined = decided(FINDING, decline, TODAY)
    assert declined is not None
    assert (declined.status, declined.cause, declined.revision) == (
        Status.RESOLVED,
        ResolutionCause.DECLINED,
        2,
    )
    assert status_when_found(declined, material_of(FINDING)) is None
    assert status_when_found(declined, material_of(OTHER)) is Status.DETECTED


def test_declining_a_conflict_acknowledges_it() -> None:
    conflict = replace(FINDING, kind=FindingKind.CONFLICT)
    decline = Decision(id="d", kind=DecisionKind.DECLINE, by="a-co", on=TODAY, finding=FINDING.id)
    after = decided(conflict, decline, TODAY)
    assert after is not None
    assert after.status is Status.ACKNOWLEDGED
    assert decided(after, decline, TODAY) is None


def test_numbers_read_back_by_another_codec_are_the_same_content() -> None:
    whole = replace(FINDING, evidence=(Evidence("m", 20, threshold=3),))
    floating = replace(FINDING, evidence=(Evidence("m", 20.0, threshold=3.0),))
    assert material_text(material_of(whole)) == material_text(material_of(floating))
