"""The live integral programme: merged works, and the ordered log everything is concluded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.model.change import ChangeKind
from hub.model.dates import PlanDate
from hub.model.decision import Decision
from hub.model.intervention import Intervention
from hub.model.reference import ReferenceItem, reference_key


@dataclass(frozen=True, slots=True)
class LastChange:
    """What the last change of a work was: kinds, business day, cause in the owner's words.

    `before` is the merged state it replaced; `fields` names what differs.
    """

    kinds: tuple[ChangeKind, ...]
    at: date
    cause: str | None = None
    fields: tuple[str, ...] = ()
    before: Intervention | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeEntry:
    """One work as the programme holds it; exists for every work that is or was complete.

    `first_adopted_start` is the start of the first revision that was adopted or firmer;
    `window_cause` the cause of the last change that moved the window.
    """

    intervention: Intervention
    revision: int
    change: LastChange
    provenance: Mapping[str, str] = field(default_factory=dict)
    first_adopted_start: PlanDate | None = None
    window_cause: str | None = None


@dataclass(frozen=True, slots=True)
class WorkState:
    """What the log says of one work: the merged state and the history that rules read."""

    intervention: Intervention
    revision: int = 1
    first_adopted_start: PlanDate | None = None
    window_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """The reference date has become `day`; only ticks move time."""

    day: date


LogBody = WorkState | ReferenceItem | Decision | Tick


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One record of the programme log; `at` is the business day of its cause."""

    at: date
    body: LogBody


def log_key(body: LogBody) -> str:
    """Return the `type:id` key under which a log record is kept."""
    match body:
        case WorkState():
            return f"work:{body.intervention.id}"
        case Decision():
            return f"decision:{body.id}"
        case Tick():
            return "tick:reference-date"
        case _:
            return reference_key(body)
