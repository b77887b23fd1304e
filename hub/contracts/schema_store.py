"""The schemas as they lie in `schemas/`: current types, released versions and their fixed ids.

`types/<Name>.avsc` holds one named type each and refers to others by full name; a schema is made
self-contained when it is loaded. `released/<Type>/<n>.avsc` is frozen. `ids.toml` gives every
released version the id that stands in front of each record, so that no registry is needed.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub.errors import ContractError

NAMESPACE = "programmehub"
RECORD_TYPES = (
    "PlanChange",
    "Decision",
    "ReferenceItem",
    "ProgrammeEntry",
    "FacetState",
    "LogEntry",
    "Conflict",
    "CouplingOpportunity",
    "PolicyFeedback",
    "ConnectorState",
)
"""The types that stand in a record of their own; all others are parts of them."""

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReleasedSchema:
    """One frozen version of a record type, with the id it travels under."""

    type_name: str
    version: int
    id: int
    schema: Schema


class SchemaStore:
    """Reads the schema folder once, on first use of each part."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(str(files("schemas"))) if folder is None else folder

    @cached_property
    def types(self) -> Mapping[str, Schema]:
        """All named types as they are written, by simple name."""
        return {path.stem: _loaded(path) for path in sorted((self.folder / "types").glob("*.avsc"))}

    def current(self, type_name: str) -> Schema:
        """Return the current schema of a type, self-contained."""
        if type_name not in self.types:
            raise ContractError(
                f"schemas: there is no type '{type_name}'; expected a file "
                f"types/{type_name}.avsc; add it or correct the name"
            )
        resolved = self._resolved(f"{NAMESPACE}.{type_name}", set())
        assert isinstance(resolved, dict)
        return resolved

    def _resolved(self, node: Any, seen: set[str]) -> Any:
        """Return a schema with the first use of each named type written out in its place."""
        if isinstance(node, str):
            name = node.removeprefix(f"{NAMESPACE}.")
            if name == node or name in seen:
                return node
            if name not in self.types:
                raise ContractError(
                    f"schemas: '{node}' is referred to; expected a file types/{name}.avsc"
                )
            seen.add(name)
            return self._resolved(self.types[name], seen)
        if isinstance(node, list):
            return [self._resolved(item, seen) for item in node]
        resolved = dict(node)
        for key in ("type", "items", "values"):
            if key in node and not (key == "type" and node[key] in ("record", "enum")):
                resolved[key] = self._resolved(node[key], seen)
        if "fields" in node:
            resolved["fields"] = [self._resolved(field, seen) for field in node["fields"]]
        return resolved

    @cached_property
    def ids(self) -> Mapping[str, tuple[int, ...]]:
        """The fixed schema ids per type, in the order of its versions."""
        text = (self.folder / "ids.toml").read_text(encoding="utf-8")
        return {name: tuple(ids) for name, ids in tomllib.loads(text)["ids"].items()}

    @cached_property
    def released(self) -> Mapping[str, tuple[ReleasedSchema, ...]]:
        """The released versions of each record type, oldest first."""
        return {name: tuple(self._released(name)) for name in RECORD_TYPES}

    def _released(self, type_name: str) -> Iterator[ReleasedSchema]:
        for version, schema_id in enumerate(self.ids.get(type_name, ()), 1):
            path = self.folder / "released" / type_name / f"{version}.avsc"
            if not path.exists():
                raise ContractError(
                    f"schemas/ids.toml: {type_name} version {version} has id {schema_id}; "
                    f"expected the file {path.relative_to(self.folder)}; restore it"
                )
            yield ReleasedSchema(type_name, version, schema_id, _loaded(path))

    @cached_property
    def by_id(self) -> Mapping[int, ReleasedSchema]:
        """All released versions by id."""
        return {item.id: item for versions in self.released.values() for item in versions}


def _loaded(path: Path) -> Schema:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ContractError(f"schemas: {path.name}: {error}; expected JSON; correct it") from None
    if not isinstance(schema, dict):
        raise ContractError(f"schemas: {path.name}: no object; expected a record or an enum")
    return schema


def without_logical_types(node: Any) -> Any:
    """Return a schema in which days are plain whole numbers.

    The mapping turns them into days itself, so that a day that is none is refused with its path.
    """
    if isinstance(node, list):
        return [without_logical_types(item) for item in node]
    if isinstance(node, dict):
        if "logicalType" in node:
            return node["type"]
        return {
            key: value if key in ("default", "doc", "symbols") else without_logical_types(value)
            for key, value in node.items()
        }
    return node
