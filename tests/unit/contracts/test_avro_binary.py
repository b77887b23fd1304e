"""Our own writers of Avro binary give the bytes of the Avro library, or refuse."""

from __future__ import annotations

import io
import struct
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts.avro_binary import BinaryWriters
from hub.contracts.avro_write import to_avro
from hub.contracts.schema_store import SchemaStore, without_logical_types
from tests.support import strategies as given_

STORE = SchemaStore()
SCHEMAS = {
    name: fastavro.parse_schema(without_logical_types(versions[-1].schema))
    for name, versions in STORE.released.items()
}
WRITERS = BinaryWriters(remembered={"programmehub.Intervention": 4, "programmehub.PlanDate": 4})
WRITER_OF = {name: WRITERS.of(schema) for name, schema in SCHEMAS.items()}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "PlanChange": given_.plan_changes(),
    "Decision": given_.decisions(),
    "ReferenceItem": given_.reference_items(),
    "FacetState": given_.facet_states,
    "ProgrammeEntry": given_.programme_entries,
    "LogEntry": given_.log_entries(),
    "ConnectorState": given_.connector_states(),
}
FINDING_TYPES = {
    "conflict": "Conflict",
    "opportunity": "CouplingOpportunity",
    "feedback": "PolicyFeedback",
}
REFUSALS = (ValueError, TypeError, KeyError, AttributeError, struct.error)


def of_the_library(type_name: str, wire: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMAS[type_name], wire)
    return out.getvalue()


def written(type_name: str, wire: Any) -> bytes:
    out = bytearray()
    WRITER_OF[type_name](out, wire)
    return bytes(out)


def test_every_record_type_has_a_writer_and_a_case_here() -> None:
    assert set(WRITER_OF) == {*VALUES, *FINDING_TYPES.values()}


@pytest.mark.parametrize("type_name", VALUES)
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_value_has_the_bytes_of_the_library(type_name: str, data: st.DataObject) -> None:
    wire = to_avro(data.draw(VALUES[type_name]))

    assert written(type_name, wire) == of_the_library(type_name, wire)


@given(finding=given_.findings())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_finding_has_the_bytes_of_the_library(finding: Any) -> None:
    wire, type_name = to_avro(finding), FINDING_TYPES[finding.kind]

    assert written(type_name, wire) == of_the_library(type_name, wire)


def test_a_part_that_comes_again_has_its_bytes_again() -> None:
    write = BinaryWriters(remembered={"t.Inner": 1}).of(
        fastavro.parse_schema(
            {
                "type": "record",
                "name": "t.Outer",
                "fields": [
                    {
                        "name": "first",
                        "type": {
                            "type": "record",
                            "name": "t.Inner",
                            "fields": [{"name": "text", "type": "string"}],
                        },
                    },
                    {"name": "second", "type": "t.Inner"},
                ],
            }
        )
    )
    one, other = {"text": "a"}, {"text": "b"}

    out = bytearray()
    for first, second in ((one, one), (one, other), (other, one)):
        write(out, {"first": first, "second": second})

    assert out == b"\x02a\x02a" + b"\x02a\x02b" + b"\x02b\x02a"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 1 << 31),
        ("int", -(1 << 31) - 1),
        ("long", 1 << 63),
        ("long", "1"),
        ("long", 1.5),
        ("double", "1"),
        ("string", 1),
        ("string", "\ud800"),
        ("bytes", 3),
        ("null", 0),
        (["null", "long", "string"], 1.5),
        (["null", "long"], ("string", "a")),
        ({"type": "enum", "name": "E", "symbols": ["a"]}, "b"),
        ({"type": "array", "items": "long"}, [1, None]),
        ({"type": "map", "values": "long"}, {"a": "b"}),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "long"}]}, {}),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_not_written(kind: Any, value: Any) -> None:
    write = BinaryWriters().of(fastavro.parse_schema(kind))

    with pytest.raises(REFUSALS):
        write(bytearray(), value)


@pytest.mark.parametrize("number", [0, -1, 1, 63, 64, -64, -65, 1 << 30, (1 << 63) - 1, -(1 << 63)])
def test_a_whole_number_has_the_bytes_of_the_library(number: int) -> None:
    out, theirs = bytearray(), io.BytesIO()

    BinaryWriters().of("long")(out, number)
    fastavro.schemaless_writer(theirs, "long", number)

    assert bytes(out) == theirs.getvalue()
