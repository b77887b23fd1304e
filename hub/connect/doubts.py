"""How works in doubt are written down: cursor records beside those of the rows.

A full snapshot needs no cursor to read on from; what it must find after a crash is which works it
was publishing. A text of the contract holds 2,000 characters, so they are spread over as many
records as it takes, each under a stream name of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from hub.connect.comparison import Doubt
from hub.contracts.connector_state import ConnectorState
from hub.errors import ConfigurationError
from hub.model.intervention import Intervention, Source
from hub.model.text import MAX_TEXT_CHARACTERS

VERSION = 1

_SUFFIX = "/doubts/"


def doubts_stream(stream: str) -> str:
    """Return what the names of the records of a stream's doubts begin with."""
    return f"{stream}{_SUFFIX}"


def doubts_records(
    connector: str, stream: str, doubts: Sequence[Doubt], *, former: int = 0
) -> list[ConnectorState]:
    """Return the records that name the works in doubt, and no others.

    `former` is how many records the doubts before these took: what is too many is emptied.
    """
    texts = list(_texts(doubts))
    texts += ["[]"] * (former - len(texts))
    return [
        ConnectorState(
            connector=connector,
            stream=f"{doubts_stream(stream)}{number}",
            cursor=text,
            cursor_version=VERSION,
        )
        for number, text in enumerate(texts)
    ]


def _texts(doubts: Sequence[Doubt]) -> Iterator[str]:
    """Yield JSON lists that are short enough for a record each."""
    part: list[str] = []
    length = 2
    for doubt in doubts:
        text = json.dumps(_row(doubt), ensure_ascii=False, separators=(",", ":"))
        if part and length + len(text) + 1 > MAX_TEXT_CHARACTERS:
            yield f"[{','.join(part)}]"
            part, length = [], 2
        part.append(text)
        length += len(text) + 1
    if part:
        yield f"[{','.join(part)}]"


def doubts_of(records: Iterable[ConnectorState]) -> tuple[Doubt, ...]:
    """Return the works in doubt that records name.

    :raises ConfigurationError: if a newer version of the hub wrote them
    """
    return tuple(doubt for record in records for doubt in _doubts_of_one(record))


def _doubts_of_one(record: ConnectorState) -> Iterator[Doubt]:
    where = f"state of {record.connector} {record.stream}"
    if record.cursor_version > VERSION:
        raise ConfigurationError(
            f"{where}: came version {record.cursor_version}; expected at most {VERSION}; a newer "
            "version of the hub has run here: run that one"
        )
    try:
        yield from [_doubt(row) for row in json.loads(record.cursor or "[]")]
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
