"""Reading straight to the model gives what the long way gives, or gives up."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts.avro_direct import OutOfTheOrdinaryError, direct_reader
from hub.contracts.avro_read import from_avro
from hub.contracts.codec import FRAME_BYTES, Codec
from hub.contracts.connector_state import ConnectorState
from hub.contracts.records import Cause
from hub.contracts.schema_store import SchemaStore, without_logical_types
from hub.errors import RejectedRecordError
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.facets import FacetState
from hub.model.finding import Finding
from hub.model.programme import LogEntry, ProgrammeEntry
from tests.support import strategies as given_
from tests.support.wire_examples import INVALID, VALID

STORE = SchemaStore()
CODEC = Codec()
CLASSES: dict[str, Any] = {
    "PlanChange": PlanChange,
    "Decision": Decision,
    "FacetState": FacetState,
    "ProgrammeEntry": ProgrammeEntry,
    "LogEntry": LogEntry,
    "Conflict": Finding,
    "CouplingOpportunity": Finding,
    "PolicyFeedback": Finding,
    "ConnectorState": ConnectorState,
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "plan_change": given_.plan_changes(),
    "decision": given_.decisions(),
    "facet_state": given_.facet_states,
    "programme_entry": given_.programme_entries,
    "log_entry": given_.log_entries(),
    "finding": given_.findings(),
    "connector_state": given_.connector_states(),
}

CAUSE = Cause(time=datetime(2026, 11, 24, tzinfo=UTC))
SCHEMAS = {
    name: fastavro.parse_schema(without_logical_types(STORE.released[name][-1].schema))
    for name in CLASSES
}
READERS = {name: direct_reader(cls, SCHEMAS[name]) for name, cls in CLASSES.items()}
HOSTILE = [b"\xfe\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80" * 30, b"\x01", b"\x02", b"\xff"]


def long_way(type_name: str, record: bytes) -> Any:
    """Return what a record is by the library and `avro_read`; None where they refuse it."""
    source = io.BytesIO(record[FRAME_BYTES:])
    try:
        wire: Any = fastavro.schemaless_reader(source, SCHEMAS[type_name], None)
        if source.read(1):
            return None
        return from_avro(CLASSES[type_name], wire)
    except Exception:  # the library raises many kinds
        return None


def directly(type_name: str, record: bytes) -> Any:
    try:
        return READERS[type_name](record, FRAME_BYTES)
    except OutOfTheOrdinaryError:
        return None


def type_of(record: bytes) -> str:
    return STORE.by_id[int.from_bytes(record[1:FRAME_BYTES], "big")].type_name


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_record_is_read_as_the_long_way_reads_it(kind: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[kind])
    record = getattr(CODEC, f"encode_{kind}")(value, cause=CAUSE, partition=0).value
    type_name = type_of(record)

    read = directly(type_name, record)

    assert repr(read) == repr(long_way(type_name, record)) or holds_reference(value)


def holds_reference(value: Any) -> bool:
    """Tell whether a log entry holds what is rare, which is read the long way."""
    return isinstance(value, LogEntry) and type(value.body).__name__ not in (
        "WorkState",
        "Decision",
        "Tick",
    )


VALID_RECORDS = [
    (example.type_name, example.name, example.encode().value)
    for example in VALID
    if example.type_name in CLASSES
]


@pytest.mark.parametrize(("type_name", "name", "record"), VALID_RECORDS)
def test_an_example_is_read_directly(type_name: str, name: str, record: bytes) -> None:
    expected = long_way(type_name, record)

    assert expected is not None
    assert repr(directly(type_name, record)) == repr(expected) or holds_reference(expected)


@given(data=st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_record_is_read_as_the_long_way_reads_it_or_not(data: st.DataObject) -> None:
    type_name, _, record = data.draw(st.sampled_from(VALID_RECORDS))
    damaged = bytearray(record)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(FRAME_BYTES, len(damaged) - 1))
        piece = data.draw(st.sampled_from(HOSTILE) | st.binary(max_size=4))
        damaged[at : at + data.draw(st.integers(0, 4))] = piece

    read = directly(type_name, bytes(damaged))

    assert read is None or repr(read) == repr(long_way(type_name, bytes(damaged)))


@pytest.mark.parametrize(
    "example", INVALID, ids=lambda example: f"{example.type_name} {example.name}"
)
def test_what_must_be_refused_is_not_read_directly(example: Any) -> None:
    if example.type_name in CLASSES and example.reason not in ("unknown_schema", "unreadable"):
        assert directly(example.type_name, example.value) is None


def test_a_codec_that_gave_up_still_tells_what_is_wrong() -> None:
    (_, _, record), *_ = [item for item in VALID_RECORDS if item[0] == "PlanChange"]

    with pytest.raises(RejectedRecordError, match="PlanChange"):
        CODEC.decode_plan_change(record[:-3])
