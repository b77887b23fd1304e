"""Ports that live in one process: for previews without a broker, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.connect.ports import RejectedRow
from hub.contracts.connector_state import ConnectorState
from hub.errors import RejectedRecordError
from hub.model.change import PlanChange


class MemoryPublisher:
    """Keeps what was published, in order."""

    def __init__(self) -> None:
        self.changes: list[PlanChange] = []
        self.rejected: list[RejectedRow] = []

    def publish_changes(self, changes: Sequence[PlanChange]) -> Mapping[int, RejectedRecordError]:
        """Keep the changes."""
        self.changes += changes
        return {}

    def publish_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Keep the rows."""
        self.rejected += rows


class MemoryStateStore:
    """Keeps the last record per row, and those of the cursors."""

    def __init__(self, records: Iterable[ConnectorState] = ()) -> None:
        self.states: dict[str, ConnectorState] = {}
        self.cursors: dict[str, ConnectorState] = {}
        MemoryStateStore.save(self, records)

    def load(self) -> Sequence[ConnectorState]:
        """Return what was saved."""
        return [*self.states.values(), *self.cursors.values()]

    def save(self, states: Iterable[ConnectorState]) -> None:
        """Keep the records."""
        for state in states:
            if state.row_key is None:
                self.cursors[state.stream] = state
            else:
                self.states[state.row_key] = state


class OnlyInstance:
    """The lease of a connector that has no other instance."""

    held = True

    def wait(self, timeout_seconds: float) -> bool:
        """Return at once: there is nobody to wait for."""
        return True

    def close(self) -> None:
        """Do nothing: there is nobody to hand over to."""


class NobodyAsks:
    """The vitals of a connector that serves no health."""

    def beat(self) -> None:
        """Tell nobody."""

    def started(self) -> None:
        """Tell nobody."""

    def assigned(self, part: str) -> None:
        """Tell nobody."""

    def revoked(self, part: str) -> None:
        """Tell nobody."""

    def restored(self, part: str) -> None:
        """Tell nobody."""

    def committed(self, part: str) -> None:
        """Tell nobody."""

    def failed(self, part: str, why: str) -> None:
        """Tell nobody."""
