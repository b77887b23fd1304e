"""Every field survives the wire exactly, and the same cause gives the same bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.contracts.schema_store import RECORD_TYPES
from hub.model.change import PlanChange
from hub.model.intervention import Intervention
from tests.support import strategies as given_

CODEC = Codec()
CAUSE = Cause(time=datetime(2026, 11, 24, 10, 0, 0, 7, tzinfo=UTC))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "plan_change": given_.plan_changes(),
    "decision": given_.decisions(),
    "reference_item": given_.reference_items(),
    "facet_state": given_.facet_states,
    "programme_entry": given_.programme_entries,
    "log_entry": given_.log_entries(),
    "finding": given_.findings(),
    "connector_state": given_.connector_states(),
}


def exactly(value: Any) -> Any:
    """Return a value in which 1, 1.0 and True, and decimals of other digits, are different."""
    return repr(value) if isinstance(value, bool | int | float) else value


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_written_is_read_back_exactly(kind: str, data: st.DataObject) -> None:
    value = data.draw(KINDS[kind])

    record = getattr(CODEC, f"encode_{kind}")(value, cause=CAUSE, partition=3)

    assert getattr(CODEC, f"decode_{kind}")(record.value) == value
    assert record.partition == 3
    assert record.key.decode() == record.header("ce_subject")


@given(finding=given_.findings())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_measured_fact_keeps_its_kind_of_value(finding: Any) -> None:
    record = CODEC.encode_finding(finding, cause=CAUSE, partition=0)
    facts = CODEC.decode_finding(record.value).evidence

    assert [exactly(fact.value) for fact in facts] == [exactly(f.value) for f in finding.evidence]
    assert [type(fact.threshold) for fact in facts] == [type(f.threshold) for f in finding.evidence]


@given(policy=given_.policies())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_threshold_keeps_its_kind_of_value(policy: Any) -> None:
    record = CODEC.encode_reference_item(policy, cause=CAUSE, partition=0)
    values = CODEC.decode_reference_item(record.value).values

    assert {name: type(value) for name, value in values.items()} == {
        name: type(value) for name, value in policy.values.items()
    }


@given(change=given_.plan_changes())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_same_change_with_the_same_cause_gives_the_same_record(change: Any) -> None:
    first = Codec().encode_plan_change(change, cause=CAUSE, partition=0)

    assert Codec().encode_plan_change(change, cause=CAUSE, partition=0) == first


def test_every_record_type_has_a_mapper() -> None:
    assert len(KINDS) == len(RECORD_TYPES) - 2  # one mapper for the three kinds of findings


@pytest.mark.parametrize("text", ["0.1", "0.3", "123456789.012345", "1200", "0.000001", "7.25"])
def test_a_decimal_comes_back_as_it_was_written(text: str) -> None:
    work = Intervention(id="a", below_ground_width_m=Decimal(text))
    record = CODEC.encode_plan_change(
        PlanChange(at=date(2027, 1, 1), intervention=work), cause=CAUSE, partition=0
    )
    back = CODEC.decode_plan_change(record.value).intervention

    assert back is not None
    assert str(back.below_ground_width_m) == text
