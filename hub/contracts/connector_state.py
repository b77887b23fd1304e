"""What a connector remembers on `connector-state`: per row what it last sent, and one cursor.

The record is written only after the broker acknowledged the plan change it stands for, so a crash
in between sends the change once more and never loses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.model.intervention import Intervention
from hub.model.problems import Problem
from hub.model.text import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """The last content sent for one row, or (without `row_key`) the cursor of a stream.

    `content_hash` tells a changed row without comparing; `intervention` is what was sent, for the
    diff that a preview shows; a withdrawn row keeps its last content. `cursor` is a text only the
    connector understands, written under `cursor_version`.
    """

    connector: Id
    stream: Id
    row_key: str | None = None
    content_hash: str | None = None
    intervention: Intervention | None = None
    withdrawn: bool = False
    cursor: str | None = None
    cursor_version: int = 1

    @property
    def is_cursor(self) -> bool:
        """Tell whether this is the cursor of the stream and not a row."""
        return self.row_key is None

    def problems(self) -> Iterator[Problem]:
        """Yield what does not belong together."""
        if self.is_cursor and (self.intervention is not None or self.content_hash is not None):
            yield Problem("row_key", "nothing beside a content", "the key of the row")
        if not self.is_cursor and self.cursor is not None:
            yield Problem("cursor", "a cursor in the record of a row", "a record without row_key")


def connector_state_key(connector: str, stream: str, row_key: str | None = None) -> str:
    """Return the key of a row's record, or of the cursor's; quoted so that no two keys meet."""
    parts = [connector, stream] if row_key is None else [connector, stream, row_key]
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
