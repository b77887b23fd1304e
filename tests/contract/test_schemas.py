"""The schema files: complete, documented, and the same shape as the model that travels in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

from hub.contracts.avro_forms import LOG_CLASSES, REFERENCE_CLASSES
from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.connector_state import ConnectorState
from hub.contracts.schema_store import NAMESPACE, RECORD_TYPES, SchemaStore
from hub.errors import ContractError
from hub.model import change, dates, decision, facets, finding, intervention, programme, reference
from hub.model import vocabulary as words

STORE = SchemaStore()
ONLY_ON_THE_WIRE = {"Wgs84Point", "Wgs84Box", "Geometry", "ReferenceItem", "LogEntry"}
FINDING_TYPES = {
    "Conflict": {"savings", "moves", *("addressee", "answer_by")}
    | {"possible_answers", "answer_overdue"},
    "CouplingOpportunity": {"addressee", "answer_by", "possible_answers", "answer_overdue"},
    "PolicyFeedback": {"savings", "moves"},
}
"""The fields of a finding that each type leaves out."""
IDENTITY = {
    *("id", "on", "goal", "organisation", "decision", "required_decision", "connector", "stream"),
    *("version", "intervention"),
}
"""Names of the fields that may be without a default: what a record is about."""


def classes_by_name() -> dict[str, Any]:
    """Return every dataclass and enum of the model that may travel."""
    modules = (
        change, dates, decision, facets, finding, intervention, programme, reference, words,
    )  # fmt: skip
    found = {name: item for module in modules for name, item in vars(module).items()}
    found |= dict.fromkeys(FINDING_TYPES, finding.Finding)
    return found | {"ConnectorState": ConnectorState}


CLASSES = classes_by_name()
RECORDS = [name for name, schema in STORE.types.items() if schema["type"] == "record"]
ENUMS = [name for name, schema in STORE.types.items() if schema["type"] == "enum"]


def names_in(node: Any) -> Iterator[str]:
    """Yield the full names a schema refers to or defines."""
    if isinstance(node, str) and node.startswith(f"{NAMESPACE}."):
        yield node.removeprefix(f"{NAMESPACE}.")
    elif isinstance(node, list):
        for item in node:
            yield from names_in(item)
    elif isinstance(node, dict):
        if node.get("type") in ("record", "enum"):
            yield node["name"]
        for key in ("type", "items", "values", "fields"):
            yield from names_in(node.get(key))


def test_there_are_schemas_to_look_at() -> None:
    assert len(RECORDS) > 30
    assert len(ENUMS) > 20


@pytest.mark.parametrize("name", [name for name in RECORDS if name not in ONLY_ON_THE_WIRE])
def test_a_record_has_the_fields_of_its_dataclass(name: str) -> None:
    cls = CLASSES[name]
    expected = {field.name for field in dataclasses.fields(cls)} - FINDING_TYPES.get(name, set())
    on_the_wire_only = {
        "Governance": {"known_nobody"},
        "Window": {"span"},
        "PlanDate": {"lo", "hi"},
        **{key: {"explanation_nl", "explanation_en"} for key in FINDING_TYPES},
    }.get(name, set())
    if name == "PlanDate":
        expected = {"text"}

    fields = {field["name"] for field in STORE.types[name]["fields"]}

    assert fields == expected | on_the_wire_only


def test_a_union_of_classes_has_one_field_per_class() -> None:
    goal_to_policy = [field["name"] for field in STORE.types["ReferenceItem"]["fields"]]
    log = {field["name"] for field in STORE.types["LogEntry"]["fields"]}

    assert goal_to_policy == list(REFERENCE_CLASSES)
    assert log == {"at", "reference", *LOG_CLASSES}


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_unknown_and_the_members_of_the_model(name: str) -> None:
    schema = STORE.types[name]
    members: type[Enum] = CLASSES[name]

    assert schema["symbols"] == ["unknown", *(member.value for member in members)]
    assert schema["default"] == "unknown"


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_has_a_default_unless_it_says_what_the_record_is_about(name: str) -> None:
    without = {f["name"] for f in STORE.types[name]["fields"] if "default" not in f}

    assert without <= IDENTITY


@pytest.mark.parametrize("name", STORE.types)
def test_every_type_and_field_says_what_it_means(name: str) -> None:
    schema = STORE.types[name]
    texts = [schema["doc"], *(field["doc"] for field in schema.get("fields", ()))]

    assert all(len(text) > 10 for text in texts)


def test_the_words_of_the_field_stand_in_the_docs_in_dutch() -> None:
    docs = {f["name"]: f["doc"] for f in STORE.types["Intervention"]["fields"]}

    assert "(hardheid)" in docs["firmness"]
    assert "(schuifruimte)" in docs["shift_room"]


def test_every_type_is_part_of_some_record() -> None:
    used = {name for record in RECORD_TYPES for name in names_in(STORE.current(record))}

    assert used == set(STORE.types)


def test_a_resolved_schema_defines_every_name_it_uses_once() -> None:
    for record in RECORD_TYPES:
        defined = list(defined_in(STORE.current(record)))
        assert len(defined) == len(set(defined))
        assert set(names_in(STORE.current(record))) == set(defined)


def defined_in(node: Any) -> Iterator[str]:
    """Yield the names a schema defines."""
    if isinstance(node, list):
        for item in node:
            yield from defined_in(item)
    elif isinstance(node, dict):
        if node.get("type") in ("record", "enum"):
            yield node["name"]
        for key in ("type", "items", "values", "fields"):
            yield from defined_in(node.get(key))


def test_a_reference_to_a_type_that_is_not_there_is_named(tmp_path: Any) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "A.avsc").write_text(
        '{"type": "record", "name": "A", "namespace": "programmehub",'
        ' "fields": [{"name": "b", "type": "programmehub.B"}]}'
    )

    with pytest.raises(ContractError, match=r"types/B\.avsc"):
        SchemaStore(tmp_path).current("A")


def test_every_topic_with_a_schema_has_a_released_type_and_every_type_its_topic() -> None:
    values = {spec.value for spec in load_catalogue() if spec.value is not None}

    assert values == set(RECORD_TYPES)
    assert all(STORE.released[name] for name in values)


def test_every_topic_has_a_mapper() -> None:
    mapped = {name.removeprefix("encode_") for name in dir(Codec) if name.startswith("encode_")}
    findings = {"conflict", "coupling_opportunity", "policy_feedback"}
    types = {"".join("_" + c.lower() if c.isupper() else c for c in n)[1:] for n in RECORD_TYPES}

    assert mapped == types - findings | {"finding"}
    assert all(hasattr(Codec, f"decode_{name}") for name in mapped)
