"""Which kinds of change apply between two states (model 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.model.change import ChangeKind, changed_fields, classify
from hub.model.dates import PlanDate, Window
from hub.model.intervention import INTERVENTION_FIELDS, Intervention
from hub.model.vocabulary import Classification, Discipline, Firmness, Role, TrafficImpact

WORK = Intervention(
    id="sewer:1", plan_owner="water", discipline=Discipline.SEWER, firmness=Firmness.ADOPTED
)
WINDOW = Window(PlanDate.parse("2029"), PlanDate.parse("2029"))


def test_a_new_work_is_added_and_a_work_that_comes_back_too():
    withdrawn = replace(WORK, firmness=Firmness.WITHDRAWN)

    assert classify(None, WORK) == (ChangeKind.ADDED,)
    assert classify(withdrawn, WORK) == (ChangeKind.ADDED,)


def test_a_withdrawal_is_told_once():
    withdrawn = replace(WORK, firmness=Firmness.WITHDRAWN)

    assert classify(WORK, withdrawn) == (ChangeKind.WITHDRAWN,)
    assert classify(withdrawn, withdrawn) == (ChangeKind.UNCHANGED,)


def test_a_work_that_arrives_withdrawn_is_known_as_that():
    withdrawn = replace(WORK, firmness=Firmness.WITHDRAWN)

    assert classify(None, withdrawn) == (ChangeKind.WITHDRAWN,)


def test_what_changes_of_a_withdrawn_work_is_told():
    withdrawn = replace(WORK, firmness=Firmness.WITHDRAWN)
    closed = replace(withdrawn, classification=Classification.RESTRICTED)

    assert classify(withdrawn, closed) == (ChangeKind.DESCRIBED,)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("window", WINDOW, ChangeKind.RESCHEDULED),
        ("duration_days", 30, ChangeKind.RESCHEDULED),
        ("traffic_impact", TrafficImpact.CLOSED, ChangeKind.RESCOPED),
        ("cost_cents", 100, ChangeKind.REFUNDED),
        ("firmness", Firmness.COMMITTED, ChangeKind.FIRMNESS_CHANGED),
        ("role", Role.LEADING, ChangeKind.RELATION_CHANGED),
        ("approach_adapted", True, ChangeKind.PROCESS_CHANGED),
        ("title", "Lindestraat", ChangeKind.DESCRIBED),
    ],
)
def test_each_field_has_its_kind(field, value, kind):
    after = replace(WORK, **{field: value})

    assert classify(WORK, after) == (kind,)
    assert changed_fields(WORK, after) == (field,)


def test_all_kinds_that_apply_are_listed_in_their_fixed_order():
    after = replace(WORK, title="x", window=WINDOW, cost_cents=5)

    assert classify(WORK, after) == (
        ChangeKind.RESCHEDULED,
        ChangeKind.REFUNDED,
        ChangeKind.DESCRIBED,
    )


def test_an_equal_state_is_unchanged():
    assert classify(WORK, replace(WORK)) == (ChangeKind.UNCHANGED,)


def test_every_field_of_an_intervention_belongs_to_a_kind():
    everything = Intervention(**{name: object() for name in INTERVENTION_FIELDS})

    assert set(changed_fields(None, everything)) == set(INTERVENTION_FIELDS) - {"id"}
