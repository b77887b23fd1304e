"""The change rule: every kind of change is judged right, and every version reads every other."""

from __future__ import annotations

import copy
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts import compatibility
from hub.contracts.codec import Codec
from hub.contracts.compatibility import check, incompatibilities, release
from hub.contracts.records import Cause
from hub.contracts.schema_store import RECORD_TYPES, SchemaStore
from hub.errors import ConfigurationError, ContractError
from tests.support import strategies as given_
from tests.support.wire_examples import TIME, VALID

STORE = SchemaStore()
CAUSE = Cause(time=TIME)
Change = Callable[[dict[str, Any]], None]


def field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a field of the outermost record."""
    return next(item for item in schema["fields"] if item["name"] == name)


def named(node: Any, name: str) -> Any:
    """Return the definition of a named type anywhere in a schema."""
    if isinstance(node, list):
        return next((hit for item in node if (hit := named(item, name))), None)
    if isinstance(node, dict):
        if node.get("name") == name and node.get("type") in ("record", "enum"):
            return node
        return next(
            (hit for key in ("type", "items", "values", "fields")
             if (hit := named(node.get(key), name))), None)  # fmt: skip
    return None


def add(name: str, **more: Any) -> Change:
    return lambda s: named(s, "Intervention")["fields"].append({"name": name, **more})


def drop(type_name: str, name: str) -> Change:
    def change(schema: dict[str, Any]) -> None:
        record = named(schema, type_name)
        record["fields"] = [item for item in record["fields"] if item["name"] != name]

    return change


def retype(type_name: str, name: str, new: Any, **more: Any) -> Change:
    def change(schema: dict[str, Any]) -> None:
        target = field(named(schema, type_name), name)
        target.pop("default", None)
        target |= {"type": new, **more}

    return change


def symbols(type_name: str, new: Callable[[list[str]], list[str]]) -> Change:
    def change(schema: dict[str, Any]) -> None:
        enum = named(schema, type_name)
        enum["symbols"] = new(enum["symbols"])

    return change


def undefault(type_name: str) -> Change:
    return lambda schema: named(schema, type_name).pop("default")


def rename(type_name: str, name: str, new: str) -> Change:
    return lambda schema: field(named(schema, type_name), name).update(name=new)


def redocument(schema: dict[str, Any]) -> None:
    schema["doc"] = "other words"


def nothing(schema: dict[str, Any]) -> None:
    pass


MICROS = {"type": "long", "logicalType": "timestamp-micros"}
GOOD: dict[str, Change] = {
    "nothing": nothing,
    "other words in a doc": redocument,
    "a new field with a default": add("depth_m", type=["null", "double"], default=None),
    "a field with a default removed": drop("Intervention", "project_number"),
    "a new symbol in an enum": symbols("Discipline", lambda old: [*old, "hydrogen"]),
    "symbols in another order": symbols("Role", lambda old: [old[0], *reversed(old[1:])]),
}
BAD: dict[str, Change] = {
    "a new field without a default": add("depth_m", type="double"),
    "a field without a default removed": drop("Intervention", "id"),
    "a renamed identity": rename("Intervention", "id", "work_id"),
    "an identity that is a number": retype("Intervention", "id", "long"),
    "cents that shrink": retype("FundingLine", "amount_cents", ["null", "int"], default=None),
    "cents that grow to double": retype(
        "FundingLine", "amount_cents", ["null", "double"], default=None
    ),
    "a list that becomes one": retype("Governance", "portfolios", ["null", "string"], default=None),
    "null no longer allowed": retype("Intervention", "title", "string", default=""),
    "a day that loses its logical type": retype(
        "PlanChange", "at", ["null", "int"], default=None
    ),
    "a day that becomes a time of day": retype(
        "PlanChange", "at", ["null", {"type": "int", "logicalType": "time-millis"}], default=None
    ),
    "a symbol removed": symbols("Discipline", lambda old: [s for s in old if s != "heat"]),
    "a symbol renamed": symbols("Firmness", lambda old: [s.replace("draft", "d") for s in old]),
    "a new branch in a union": retype(
        "Intervention", "title", ["null", "string", "long"], default=None
    ),
    "an enum that becomes text": retype("Intervention", "role", "string", default=""),
}  # fmt: skip


def changed(change: Change) -> dict[str, Any]:
    schema = copy.deepcopy(STORE.current("PlanChange"))
    change(schema)
    return schema


@pytest.mark.parametrize("what", GOOD)
def test_a_change_that_every_reader_survives_is_let_through(what: str) -> None:
    assert incompatibilities(changed(GOOD[what]), STORE.current("PlanChange")) == []


@pytest.mark.parametrize("what", BAD)
def test_a_change_that_breaks_a_reader_is_refused(what: str) -> None:
    assert incompatibilities(changed(BAD[what]), STORE.current("PlanChange"))


def test_the_precision_of_a_time_and_the_scale_of_a_decimal_may_not_change() -> None:
    def record(type_: Any) -> dict[str, Any]:
        return {"type": "record", "name": "R", "fields": [{"name": "f", "type": type_}]}

    millis = {"type": "long", "logicalType": "timestamp-millis"}
    decimal = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}

    assert incompatibilities(record(millis), record(MICROS))
    assert incompatibilities(record({**decimal, "scale": 3}), record(decimal))
    assert incompatibilities(record(decimal), record(decimal)) == []


def test_the_released_schemas_are_the_current_ones() -> None:
    assert check() == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the schema folder that may be changed."""
    target = tmp_path / "schemas"
    shutil.copytree(STORE.folder, target, ignore=shutil.ignore_patterns("*.py", "examples"))
    return target


def edit(folder: Path, type_name: str, change: Change) -> SchemaStore:
    path = folder / "types" / f"{type_name}.avsc"
    schema = json.loads(path.read_text())
    change(schema)
    path.write_text(json.dumps(schema))
    return SchemaStore(folder)


def test_a_change_that_is_not_released_is_named(folder: Path) -> None:
    store = edit(folder, "Intervention", add("depth_m", type=["null", "double"], default=None))

    problems = check(store)

    assert any(p.startswith("PlanChange: differs from its released version 1") for p in problems)
    assert not any("cannot read" in problem for problem in problems)


def test_a_change_that_breaks_a_reader_is_named_with_type_and_version(folder: Path) -> None:
    store = edit(folder, "Intervention", add("depth_m", type="double"))

    assert any("PlanChange against version 1: the new cannot read" in p for p in check(store))


def test_a_schema_that_is_none_is_named(folder: Path) -> None:
    store = edit(folder, "Intervention", add("depth_m", type="strin", default=""))

    assert any("is no Avro schema" in problem for problem in check(store))


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_schema_file_that_is_no_schema_is_named(folder: Path, text: str) -> None:
    (folder / "types" / "Role.avsc").write_text(text, encoding="latin-1")

    with pytest.raises(ContractError, match=r"Role\.avsc"):
        check(SchemaStore(folder))


def test_an_id_used_twice_and_a_version_without_id_are_named(folder: Path) -> None:
    ids = folder / "ids.toml"
    ids.write_text(ids.read_text().replace("Decision = [2]", "Decision = [1]"))
    (folder / "released" / "Decision" / "2.avsc").write_text("{}")

    problems = check(SchemaStore(folder))

    assert any("id 1 of Decision is also PlanChange's" in problem for problem in problems)
    assert any("released/Decision/2.avsc: has no id" in problem for problem in problems)


def test_a_frozen_version_that_is_gone_stops_the_hub(folder: Path) -> None:
    (folder / "released" / "Decision" / "1.avsc").unlink()

    with pytest.raises(ContractError, match=r"released/Decision/1\.avsc; restore it"):
        SchemaStore(folder).released  # noqa: B018


def test_a_release_freezes_the_next_version_under_a_new_id(folder: Path) -> None:
    frozen = (folder / "released" / "Decision" / "1.avsc").read_text()
    signed = {"name": "signed", "type": "boolean", "default": False, "doc": "signed (getekend)"}
    store = edit(folder, "Decision", lambda schema: schema["fields"].append(signed))

    version = release("Decision", store)
    release("LogEntry", SchemaStore(folder))  # decisions travel in the log as well

    after = SchemaStore(folder)
    old_id, new_id = after.ids["Decision"]
    assert version == 2
    assert old_id == 2
    assert new_id not in STORE.by_id
    assert check(after) == []
    assert (folder / "released" / "Decision" / "1.avsc").read_text() == frozen


def test_a_release_refuses_what_breaks_the_rule_and_what_has_not_changed(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to release"):
        release("Decision", SchemaStore(folder))
    with pytest.raises(ConfigurationError, match="expected one of PlanChange"):
        release("Dossier", SchemaStore(folder))
    store = edit(folder, "Decision", lambda s: s["fields"].append({"name": "x", "type": "long"}))
    with pytest.raises(ContractError, match="breaks the change rule"):
        release("Decision", store)
    assert SchemaStore(folder).ids["Decision"] == (2,)


def test_without_the_checker_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "avro.compatibility", None)

    with pytest.raises(ConfigurationError, match=r"programme-hub\[schemas\]"):
        compatibility.check()


# --- every version by every other ---------------------------------------------------------------


@pytest.mark.parametrize("type_name", RECORD_TYPES)
def test_the_current_record_is_read_by_every_released_version_and_back(type_name: str) -> None:
    records = [e.encode().value for e in VALID if e.type_name == type_name]
    assert records
    current = fastavro.parse_schema(STORE.current(type_name))

    for released in STORE.released[type_name]:
        old = fastavro.parse_schema(released.schema)
        for record in records:
            value = fastavro.schemaless_reader(io.BytesIO(record[5:]), current, old)
            out = io.BytesIO()
            fastavro.schemaless_writer(out, old, value)
            again = fastavro.schemaless_reader(io.BytesIO(out.getvalue()), old, current)
            assert again == fastavro.schemaless_reader(io.BytesIO(record[5:]), current, None)


@given(change=given_.plan_changes())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hub_of_the_next_version_and_one_of_this_read_each_other(
    next_folder: Path, change: Any
) -> None:
    older, newer = Codec(), Codec(SchemaStore(next_folder))

    by_older = older.encode_plan_change(change, cause=CAUSE, partition=0).value
    by_newer = newer.encode_plan_change(change, cause=CAUSE, partition=0).value

    assert newer.decode_plan_change(by_older) == change
    assert by_newer[1:5] != by_older[1:5]
    assert newer.decode_plan_change(by_newer) == change


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_symbol_of_the_next_version_reads_as_unknown(next_folder: Path, data: Any) -> None:
    newer = SchemaStore(next_folder)
    writer = fastavro.parse_schema(newer.released["PlanChange"][-1].schema)
    reader = fastavro.parse_schema(STORE.released["PlanChange"][-1].schema)
    change = data.draw(given_.plan_changes().filter(lambda c: c.intervention is not None))
    record = Codec(newer).encode_plan_change(change, cause=CAUSE, partition=0).value
    value = fastavro.schemaless_reader(io.BytesIO(record[5:]), writer, None)
    value["intervention"]["discipline"] = "hydrogen"
    out = io.BytesIO()
    fastavro.schemaless_writer(out, writer, value)

    read = fastavro.schemaless_reader(io.BytesIO(out.getvalue()), writer, reader)

    assert read["intervention"]["discipline"] == "unknown"


@pytest.fixture(scope="module")
def next_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A schema folder in which a next version of PlanChange is released."""
    folder = tmp_path_factory.mktemp("next") / "schemas"
    shutil.copytree(STORE.folder, folder, ignore=shutil.ignore_patterns("*.py", "examples"))
    edit(folder, "Intervention", add("depth_m", type=["null", "double"], default=None, doc="d"))
    edit(folder, "Discipline", symbols("Discipline", lambda old: [*old, "hydrogen"]))
    release("PlanChange", SchemaStore(folder))
    return folder
