"""Reads a file with one connector, as `hub check` and a running connector do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.connect.discovery import find_connector, validated_settings
from hub.connect.reading import AcceptedRow, read_rows
from hub.model.intervention import Intervention


@dataclass(frozen=True)
class Read:
    """What one file gave."""

    works: dict[str, Intervention]
    refusals: list[str]
    keys: list[str]


def read_with(connector_name: str, path: Path, mapping: Path, **settings: object) -> Read:
    """Return the works by id and the refusals as texts, the folder taken out of them."""
    connector = find_connector(connector_name)
    values = {"path": path, "mapping": mapping, **settings}
    works, refusals, keys = {}, [], []
    for row in read_rows(connector, validated_settings(connector, values)):
        if isinstance(row, AcceptedRow):
            works[row.intervention.id] = row.intervention
            keys.append(row.key)
        else:
            refusals += [str(item).replace(f"{path.parent}/", "") for item in row.refusals]
    return Read(works, refusals, keys)
