"""The hub's own released schemas as a read-only schema registry.

Only what real clients call (confluent clients, kafkajs) of the registry's REST interface: schemas
by id, subjects and their versions, look-up of a schema under a subject. Schemas are registered by
a release of the hub, never over HTTP. A subject is the topic's full name with `-value`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.contracts.catalogue import Catalogue
from hub.contracts.compatibility import canonical
from hub.contracts.schema_store import ReleasedSchema, SchemaStore


@dataclass(frozen=True, slots=True)
class NotFound:
    """The registry's answer for what it does not have, with the code its clients know."""

    error_code: int
    message: str


SUBJECT_NOT_FOUND = NotFound(40401, "Subject not found.")
VERSION_NOT_FOUND = NotFound(40402, "Version not found.")
SCHEMA_NOT_FOUND = NotFound(40403, "Schema not found.")


class Registry:
    """Answers what clients ask about released schemas.

    `types_by_subject` says which record type a subject's topic carries.
    """

    def __init__(
        self, types_by_subject: Mapping[str, str], store: SchemaStore | None = None
    ) -> None:
        self._store = store or SchemaStore()
        self._types = dict(types_by_subject)

    @classmethod
    def of_catalogue(cls, catalogue: Catalogue, store: SchemaStore | None = None) -> Registry:
        """Return the registry of all topics that carry records with a schema."""
        types = {
            f"{catalogue.topic(spec.name)}-value": spec.value
            for spec in catalogue
            if spec.value is not None
        }
        return cls(types, store)

    def subjects(self) -> list[str]:
        """Return the names of all subjects."""
        return sorted(self._types)

    def schema(self, schema_id: int) -> dict[str, Any] | NotFound:
        """Return the schema of an id."""
        released = self._store.by_id.get(schema_id)
        if released is None:
            return SCHEMA_NOT_FOUND
        return {"schema": json.dumps(released.schema), "schemaType": "AVRO"}

    def uses(self, schema_id: int) -> list[dict[str, Any]] | NotFound:
        """Return the subjects and versions under which an id is known."""
        released = self._store.by_id.get(schema_id)
        if released is None:
            return SCHEMA_NOT_FOUND
        return [
            {"subject": subject, "version": released.version}
            for subject, type_name in sorted(self._types.items())
            if type_name == released.type_name
        ]

    def versions(self, subject: str) -> list[int] | NotFound:
        """Return the version numbers of a subject."""
        versions = self._of(subject)
        return SUBJECT_NOT_FOUND if versions is None else [item.version for item in versions]

    def version(self, subject: str, version: str) -> dict[str, Any] | NotFound:
        """Return one version of a subject: a number, `latest` or `-1`."""
        versions = self._of(subject)
        if versions is None:
            return SUBJECT_NOT_FOUND
        if version in ("latest", "-1"):
            return self._described(subject, versions[-1])
        for item in versions:
            if str(item.version) == version:
                return self._described(subject, item)
        return VERSION_NOT_FOUND

    def look_up(self, subject: str, schema_text: str) -> dict[str, Any] | NotFound:
        """Return the version of a subject that equals a schema, whatever its docs and spacing."""
        versions = self._of(subject)
        if versions is None:
            return SUBJECT_NOT_FOUND
        try:
            wanted = canonical(json.loads(schema_text))
        except (ValueError, RecursionError):
            return SCHEMA_NOT_FOUND
        for item in versions:
            if canonical(item.schema) == wanted:
                return self._described(subject, item)
        return SCHEMA_NOT_FOUND

    def _of(self, subject: str) -> tuple[ReleasedSchema, ...] | None:
        type_name = self._types.get(subject)
        return None if type_name is None else self._store.released[type_name]

    def _described(self, subject: str, item: ReleasedSchema) -> dict[str, Any]:
        return {
            "subject": subject,
            "id": item.id,
            "version": item.version,
            "schemaType": "AVRO",
            "schema": json.dumps(item.schema),
        }
