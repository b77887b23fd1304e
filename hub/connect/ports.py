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


class SentRows(Protocol):
    """What one stream of one connector last sent."""

    def load(self) -> Sequence[ConnectorState]:
        """Return the last record of every row, and those of the doubts (without a row key).

        :raises RetryableError: if it cannot be read now
        """
        ...


class StateStore(SentRows, Protocol):
    """Where it is kept."""

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


class Vitals(Protocol):
    """Told how a running connector is, for whoever asks over HTTP; one part, named `source`."""

    def beat(self) -> None:
        """Say that the connector is not stuck."""
        ...

    def started(self) -> None:
        """Say that start-up is done."""
        ...

    def assigned(self, part: str) -> None:
        """Say that this instance works now."""
        ...

    def revoked(self, part: str) -> None:
        """Say that another instance works."""
        ...

    def restored(self, part: str) -> None:
        """Say that what was sent before is known and the source was read once."""
        ...

    def committed(self, part: str) -> None:
        """Say that a run has come to its end."""
        ...

    def failed(self, part: str, why: str) -> None:
        """Say that the last run failed, in words without data."""
        ...
