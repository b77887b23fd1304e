"""How works in doubt are written down: the cursor record of a connector stream.

A full snapshot needs no cursor to read on from; what it must find after a crash is which works it
was publishing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from hub.connect.comparison import Doubt
from hub.contracts.connector_state import ConnectorState
from hub.errors import ConfigurationError
from hub.model.intervention import Intervention, Source

VERSION = 1


def doubts_record(connector: str, stream: str, doubts: Sequence[Doubt]) -> ConnectorState:
    """Return the record that names the works in doubt."""
    rows = [_row(doubt) for doubt in doubts]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return ConnectorState(connector=connector, stream=stream, cursor=text, cursor_version=VERSION)


def doubts_of(record: ConnectorState) -> tuple[Doubt, ...]:
    """Return the works in doubt that a record names.

    :raises ConfigurationError: if a newer version of the hub wrote it
    """
    where = f"state of {record.connector} {record.stream}"
    if record.cursor_version > VERSION:
        raise ConfigurationError(
            f"{where}: came version {record.cursor_version}; expected at most {VERSION}; a newer "
            "version of the hub has run here: run that one"
        )
    try:
        return tuple(_doubt(row) for row in json.loads(record.cursor or "[]"))
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{where}: came a cursor that cannot be read; expected the works in doubt; the record "
            "is damaged"
        ) from error


def _row(doubt: Doubt) -> list[str | int | None]:
    source = doubt.work.source or Source()
    return [doubt.key, doubt.work.id, source.system, source.key, source.revision]


def _doubt(row: list[str | int | None]) -> Doubt:
    key, work, system, source_key, revision = row
    source = Source(system=system, key=source_key, revision=revision)  # type: ignore[arg-type]
    return Doubt(str(key), Intervention(id=str(work), source=source))
