"""The change rule of the contracts: FULL_TRANSITIVE over all released versions, and a rule of ours.

A new version must read every released one and be read by it (Apache Avro's own checker, no
registry needed). That checker lets some changes pass that alter what readers see without an
error: a logical type or its precision, a decimal's scale, a removed symbol that then reads as
`unknown`. Those are refused here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hub.contracts.schema_store import RECORD_TYPES, Schema, SchemaStore
from hub.errors import ConfigurationError, ContractError

_SHOWN_CHARACTERS = 160
_LOGICAL = ("logicalType", "precision", "scale")


def check(store: SchemaStore | None = None) -> list[str]:
    """Return what is wrong with the schemas: broken changes, ids, and changes not yet released."""
    store = store or SchemaStore()
    problems = list(_id_problems(store))
    for type_name in RECORD_TYPES:
        current, released = store.current(type_name), store.released[type_name]
        if not released:
            problems.append(f"{type_name}: no released version; run `hub schemas release`")
            continue
        for version in released:
            problems += [
                f"{type_name} against version {version.version}: {problem}"
                for problem in incompatibilities(current, version.schema)
            ]
        if canonical(current) != canonical(released[-1].schema):
            problems.append(
                f"{type_name}: differs from its released version {released[-1].version};"
                " run `hub schemas release` when the change is meant"
            )
    return problems


def _id_problems(store: SchemaStore) -> Iterator[str]:
    seen: dict[int, str] = {}
    for type_name, ids in store.ids.items():
        if type_name not in RECORD_TYPES:
            yield f"ids.toml: '{type_name}' is no record type; expected one of those in schemas/"
        for schema_id in ids:
            if schema_id in seen:
                yield f"ids.toml: id {schema_id} of {type_name} is also {seen[schema_id]}'s"
            seen[schema_id] = type_name
    for type_name in RECORD_TYPES:
        files = {path.name for path in (store.folder / "released" / type_name).glob("*.avsc")}
        with_id = {f"{n}.avsc" for n, _ in enumerate(store.ids.get(type_name, ()), 1)}
        for name in sorted(files - with_id):
            yield f"released/{type_name}/{name}: has no id in ids.toml"


def release(type_name: str, store: SchemaStore | None = None) -> int:
    """Freeze the current schema of a type as its next version and return that version.

    :raises ConfigurationError: if there is no such record type or nothing has changed
    :raises ContractError: if the change breaks the rule
    """
    store = store or SchemaStore()
    if type_name not in RECORD_TYPES:
        known = ", ".join(RECORD_TYPES)
        raise ConfigurationError(f"schemas: '{type_name}' came; expected one of {known}")
    current, released = store.current(type_name), store.released[type_name]
    if released and canonical(current) == canonical(released[-1].schema):
        raise ConfigurationError(
            f"schemas: {type_name} equals its released version {released[-1].version};"
            " expected a change; there is nothing to release"
        )
    problems = [p for version in released for p in incompatibilities(current, version.schema)]
    if problems:
        raise ContractError(f"schemas: {type_name} breaks the change rule: {'; '.join(problems)}")
    return _freeze(store, type_name, current)


def _freeze(store: SchemaStore, type_name: str, schema: Schema) -> int:
    ids = {name: list(store.ids.get(name, ())) for name in RECORD_TYPES}
    new_id = 1 + max((used for known in ids.values() for used in known), default=0)
    ids[type_name].append(new_id)
    path = store.folder / "released" / type_name / f"{len(ids[type_name])}.avsc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    ids_path = store.folder / "ids.toml"
    text = ids_path.read_text(encoding="utf-8")
    line = f"{type_name} = [{', '.join(map(str, ids[type_name]))}]"
    changed, count = re.subn(rf"(?m)^{type_name} = \[.*\]$", line, text)
    ids_path.write_text(changed if count else f"{text.rstrip()}\n{line}\n", encoding="utf-8")
    return len(ids[type_name])


def incompatibilities(new: Schema, old: Schema) -> list[str]:
    """Return why two versions cannot read each other, or read each other wrongly."""
    problems = [f"the new cannot read the old: {text}" for text in _cannot_read(new, old)]
    problems += [f"the old cannot read the new: {text}" for text in _cannot_read(old, new)]
    return problems + list(_silent_changes(new, old))


def _cannot_read(reader: Schema, writer: Schema) -> list[str]:
    checker, compatible, parse, parse_error = _apache_avro()
    try:
        pair = [parse(json.dumps(schema)) for schema in (reader, writer)]
    except parse_error as error:
        return [f"one of them is no Avro schema: …{str(error)[-_SHOWN_CHARACTERS:]}"]
    found = checker().get_compatibility(*pair)
    if found.compatibility is compatible:
        return []
    return [f"{'/'.join(sorted(found.locations))}: {'; '.join(sorted(found.messages))}"]


def _apache_avro() -> Any:
    try:
        from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
        from avro.errors import AvroException
        from avro.schema import parse
    except ImportError:
        raise ConfigurationError(
            "hub schemas: Apache's `avro` package is not installed; expected version 1.12 or"
            " later; install the extra `programme-hub[schemas]`"
        ) from None
    compatible = SchemaCompatibilityType.compatible
    return ReaderWriterCompatibilityChecker, compatible, parse, AvroException


def _silent_changes(new: Schema, old: Schema) -> Iterator[str]:
    """Yield changes that both sides read without an error and with another meaning."""
    before, after = dict(_places(old)), dict(_places(new))
    for place, what in before.items():
        if place not in after:
            continue
        if isinstance(what, frozenset):
            gone = sorted(what - after[place])
            if gone:
                yield f"{place}: the symbols {', '.join(gone)} are gone; old records carry them"
        elif after[place] != what:
            yield f"{place}: its logical type was {what} and is {after[place]}"


def _places(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every enum with its symbols and every primitive with its logical type, by place."""
    named: dict[str, Any] = {}
    _collect(schema, named)
    for name, node in named.items():
        if node["type"] == "enum":
            yield name, frozenset(node["symbols"])
        for field in node.get("fields", ()):
            yield f"{name}.{field['name']}", tuple(sorted(set(_logical_types(field["type"]))))


def _collect(node: Any, named: dict[str, Any]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, named)
    elif isinstance(node, dict):
        if node.get("type") in ("record", "enum", "fixed"):
            named.setdefault(node["name"], node)
        for field in node.get("fields", ()):
            _collect(field["type"], named)
        for key in ("type", "items", "values"):
            _collect(node.get(key), named)


def _logical_types(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _logical_types(item)
    elif isinstance(node, dict) and node.get("type") not in ("record", "enum"):
        if "logicalType" in node:
            yield " ".join(f"{key}={node[key]}" for key in _LOGICAL if key in node)
        for key in ("type", "items", "values"):
            yield from _logical_types(node.get(key))


def canonical(schema: Any) -> str:
    """Return a schema as text without what readers do not see: docs and the order of keys."""
    return json.dumps(_undocumented(schema), sort_keys=True, separators=(",", ":"))


def _undocumented(node: Any) -> Any:
    if isinstance(node, list):
        return [_undocumented(item) for item in node]
    if isinstance(node, dict):
        return {key: _undocumented(value) for key, value in node.items() if key != "doc"}
    return node
