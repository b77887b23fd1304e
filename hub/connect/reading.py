"""Reads one snapshot of a source: each row becomes an intervention or a refusal, never both.

Whatever a connector does, a row costs at most itself: also a fault in the connector's own code ends
as a refusal of that row, or (outside a row) as a read that did not come to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hub.connect.api import (
    ConnectorSettings,
    FileSettings,
    NotedSource,
    PlanSource,
    SourceRow,
)
from hub.connect.discovery import Connector
from hub.errors import HubError, Refusal, RejectedRecordError, RejectReason, quoted
from hub.logs import log_for
from hub.model.intervention import Intervention

_LOG = log_for(__name__)

MAX_KEY_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row that is an intervention, and why the plan is as it is where that is known."""

    key: str
    intervention: Intervention
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be used; without a key nobody can tell which one it was.

    `fields` holds what the mapping would have read of it and nothing else, so that no column that
    nobody asked for (a name, a telephone number) leaves the source.
    """

    key: str | None
    refusals: tuple[Refusal, ...]
    fields: dict[str, Any] = field(default_factory=dict)


def read_rows(
    connector: Connector, settings: ConnectorSettings, *, source: PlanSource | None = None
) -> Iterator[AcceptedRow | RefusedRow]:
    """Yield every work of a source; that it ends normally says that the snapshot was complete.

    `source` is one that was opened before, else it is opened now. What it did not know is logged.

    :raises RejectedRecordError: if the source is unreadable, from the start or half way
    :raises RetryableError: if it cannot be reached for now
    :raises ConfigurationError: if its settings or mapping are wrong
    """
    reading = _Reading(connector, settings)
    rows = _guarded_rows(connector, settings, source)
    for row in rows:
        if isinstance(row, Refusal):
            yield RefusedRow(None, (_in_file(row, reading.file),))
            continue
        if reading.is_work(row):
            yield reading.outcome(row)


def source_name(settings: ConnectorSettings) -> str:
    """Return what a person calls the source in an error: its file, else nothing."""
    return str(settings.path) if isinstance(settings, FileSettings) else ""


def notes_of(source: PlanSource) -> Mapping[str, int]:
    """Return what a source met in its last read and did not know; empty when it keeps no notes."""
    return source.notes() if isinstance(source, NotedSource) else {}


def _guarded_rows(
    connector: Connector, settings: ConnectorSettings, source: PlanSource | None
) -> Iterator[SourceRow | Refusal]:
    try:
        opened = source or connector.open_source(settings)
        yield from opened.rows()
        notes = notes_of(opened)
        if notes:
            told = "; ".join(f"{name}: {count}" for name, count in sorted(notes.items()))
            _LOG.info("connector.source_notes", connector=connector.name, notes=told)
    except RejectedRecordError as error:
        name = source_name(settings)
        raise RejectedRecordError(*(_in_file(item, name) for item in error.refusals)) from error
    except HubError:
        raise
    except Exception as error:
        raise RejectedRecordError(fault(connector, error, source_name(settings))) from error


class _Reading:
    """One pass over a source: what it has seen so far."""

    def __init__(self, connector: Connector, settings: ConnectorSettings) -> None:
        self._connector = connector
        self._settings = settings
        self._mapping = settings.field_mapping
        self._seen_keys: dict[str, str] = {}
        self._seen_ids: dict[str, str] = {}
        self.file = source_name(settings)

    def is_work(self, row: SourceRow) -> bool:
        """Tell whether a row is a work at all."""
        return self._mapping is None or self._mapping.is_work(row.fields)

    def outcome(self, row: SourceRow) -> AcceptedRow | RefusedRow:
        """Return what became of a row."""
        problem = self._key_problem(row)
        if problem is not None:
            known = row.key if row.key in self._seen_keys else None
            return self._refused(row, (problem,), key=known)
        self._seen_keys[row.key] = row.where
        try:
            work = self._connector.to_intervention(row, self._settings)
            cause = self._connector.cause_of(row, self._settings)
        except RejectedRecordError as error:
            return self._refused(row, error.refusals, key=row.key)
        except HubError:
            raise
        except Exception as error:
            refusal = fault(self._connector, error, self.file, where=row.where)
            return self._refused(row, (refusal,), key=row.key)
        first = self._seen_ids.setdefault(work.id, row.where)
        if first != row.where:
            refusal = _twice(row.where, f"the id {quoted(work.id)}", first)
            return self._refused(row, (refusal,), key=row.key)
        return AcceptedRow(row.key, work, cause)

    def _key_problem(self, row: SourceRow) -> Refusal | None:
        if not row.key or len(row.key) > MAX_KEY_CHARACTERS or not row.key.isprintable():
            expected = f"a key of 1 to {MAX_KEY_CHARACTERS} printable characters"
            return Refusal(row.where, f"the key {quoted(row.key)}", expected)
        first = self._seen_keys.get(row.key)
        return None if first is None else _twice(row.where, f"the key {quoted(row.key)}", first)

    def _refused(
        self, row: SourceRow, refusals: tuple[Refusal, ...], *, key: str | None
    ) -> RefusedRow:
        fields = {} if self._mapping is None else self._mapping.mapped_fields(row)
        return RefusedRow(key, tuple(_in_file(item, self.file) for item in refusals), fields)


def fault(connector: Connector, error: Exception, file: str, *, where: str = "") -> Refusal:
    """Return the refusal for a fault in a connector's own code; its text may hold data, so not."""
    return Refusal(
        where,
        f"a fault of the connector {connector.name} ({type(error).__name__})",
        "a connector that refuses what it cannot read; report it with the row",
        file,
        RejectReason.UNREADABLE,
    )


def _twice(where: str, what: str, first: str) -> Refusal:
    came = f"{what} a second time, first in {first}"
    expected = "a key once per source; the first is used"
    return Refusal(where, came, expected, reason=RejectReason.DUPLICATE_KEY)


def _in_file(refusal: Refusal, file: str) -> Refusal:
    return refusal if refusal.file else replace(refusal, file=file)
