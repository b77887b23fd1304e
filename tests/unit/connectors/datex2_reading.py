"""Reads a made-up DATEX II publication as `hub check` and a running connector do."""

from __future__ import annotations

from pathlib import Path

from hub.connect.discovery import find_connector, validated_settings
from hub.connect.reading import AcceptedRow, read_rows
from hub.model.intervention import Intervention
from tests.support.datex2_feed import publication, situation
from tests.unit.connectors.reading import Read


def read_feed(folder: Path, text: str | bytes, **settings: object) -> Read:
    """Return the works by id and the refusals as texts."""
    path = folder / "feed.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_path(path, **settings)


def read_path(path: Path, **settings: object) -> Read:
    """Return what a file or folder gives."""
    connector = find_connector("datex2")
    works, refusals, keys = {}, [], []
    for row in read_rows(connector, validated_settings(connector, {"path": path, **settings})):
        if isinstance(row, AcceptedRow):
            works[row.intervention.id] = row.intervention
            keys.append(row.key)
        else:
            refusals += [str(item).replace(f"{path.parent}/", "") for item in row.refusals]
    return Read(works, refusals, keys)


def read_one(folder: Path, *records: str, **settings: object) -> Intervention:
    """Return the only work of a publication with one situation, A_1."""
    read = read_feed(folder, publication(situation("A_1", *records)), **settings)
    assert read.refusals == []
    assert len(read.works) == 1
    return next(iter(read.works.values()))
