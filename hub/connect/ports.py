"""What a running connector needs of the outside world, and nothing of how it is done.

The Kafka adapters and the in-memory ones pass the same tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.contracts.connector_state import ConnectorState
from hub.errors import Refusal, RejectedRecordError
from hub.model.change import PlanChange


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row for the dead letters: its key or place, what was read of it, what was refused."""

    row: str
    refusals: tuple[Refusal, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)


class Publisher(Protocol):
    """Where plan changes and rejected rows go. What returns was acknowledged by the broker."""

    def publish_changes(self, changes: Sequence[PlanChange]) -> Mapping[int, RejectedRecordError]:
        """Publish changes in order; return those that no reader would take, by their index.

        The others are acknowledged when this returns.

        :raises RetryableError: not all were acknowledged; publishing the same again is safe
        """
        ...

    def publish_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Park rows with their reasons.

        :raises RetryableError: not all were acknowledged; publishing the same again is safe
        """
        ...


class StateStore(Protocol):
    """What one stream of one connector last sent, by row key."""

    def load(self) -> dict[str, ConnectorState]:
        """Return the last saved state of every row.

        :raises RetryableError: if it cannot be read now
        """
        ...

    def save(self, states: Iterable[ConnectorState]) -> None:
        """Save states; they are acknowledged when this returns.

        :raises RetryableError: not all were acknowledged; saving the same again is safe
        """
        ...


class Lease(Protocol):
    """Says which of several instances of one connector may work."""

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until this instance may work, at most so long, and tell whether it may."""
        ...

    @property
    def held(self) -> bool:
        """Tell whether this instance may (still) work."""
        ...

    def close(self) -> None:
        """Let another instance work."""
        ...
