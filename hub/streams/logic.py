"""What a stage is, apart from how it is run: raw records in, records to send out.

The runner (`stage.py`) knows Kafka and no programme; the logic knows programmes and no Kafka. One
`Programme` holds the state of one partition and is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hub.contracts.records import Headers, Record
from hub.errors import RejectedRecordError
from hub.metrics import ProcessedResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One record as it was read; `topic` is the name of the catalogue, `at` is broker time."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    at: datetime

    @property
    def position(self) -> str:
        """Return where the record stands, as an id."""
        return f"{self.topic}-{self.partition}-{self.offset}"


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one record.

    `outputs` are sent in this order, each group acknowledged before the next is sent; `state` is
    sent when all outputs of the batch are acknowledged. `rejections` are faults of parts of the
    step (a rule that failed on one key): the input goes to the dead letters, the rest stands.
    `without_finding` counts answers to a finding that is unknown or resolved.
    """

    result: ProcessedResult
    outputs: tuple[tuple[Record, ...], ...] = ()
    state: tuple[Record, ...] = ()
    rejections: tuple[RejectedRecordError, ...] = ()
    without_finding: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What one partition's topics hold: per topic the record of the highest revision per key.

    `applied_up_to` names inputs that are part of the state already, with the next offset to
    apply; `evaluate_once` tells that the log can no longer be replayed step by step.
    """

    partition: int
    records: Mapping[str, list[Received]]
    applied_up_to: Mapping[str, int] = field(default_factory=dict)
    evaluate_once: bool = False


class Programme(Protocol):
    """The state of one partition."""

    def apply(self, received: Received) -> Step:
        """Apply one record.

        :raises RejectedRecordError: if the record cannot be used; the state is as before
        """

    def start(self) -> Step | None:
        """Return what is to be written before the first record, right after a restore."""


@dataclass(frozen=True, slots=True)
class RestoredTopic:
    """One topic a stage restores from.

    `is_input` means: up to the committed offset, what comes later is still to be processed;
    otherwise to the end. `feeds_state` is False where it is only read to repair it.
    """

    name: str
    is_input: bool = False
    feeds_state: bool = True


class StageLogic(Protocol):
    """A stage: what it reads, what it restores from, and how a programme comes to be."""

    name: str
    inputs: tuple[str, ...]
    read_first: tuple[str, ...]
    restores: tuple[RestoredTopic, ...]

    def restore(self, restored: Restored) -> Programme:
        """Return the programme of one partition."""
