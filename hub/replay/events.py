"""What happened, in order: the records of a history whatever it was kept in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from hub.contracts.records import Cause, Headers
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.programme import Tick, WorkState
from hub.model.reference import ReferenceItem, reference_key

Body = PlanChange | Decision | ReferenceItem | WorkState | Tick


@dataclass(frozen=True, slots=True)
class Event:
    """One record of a history.

    `day` is the business day on which it was taken in, `at` the one it gives itself; `where` names
    its place (topic-partition-offset, line or path). `offset` is given for the programme log.
    `headers` and `taken_in`, the moment of the broker, are those of a record of a topic.
    """

    day: date
    at: date
    where: str
    body: Body
    initial: bool = False
    offset: int | None = None
    everywhere: bool = False
    headers: Headers = ()
    taken_in: datetime | None = None

    @property
    def cause(self) -> Cause:
        """Return what a finding that follows from it names as its cause, as the stream does."""
        is_own_tick = isinstance(self.body, Tick) and self.taken_in is None
        return Cause.of_record(
            self.headers,
            fallback_id=f"tick:{self.body.day}" if is_own_tick else self.where,  # type: ignore[union-attr]
            broker_time=self.taken_in or datetime.combine(self.day, time(), UTC),
        )

    @property
    def what(self) -> str:
        """Return what happened in a few words, without any content."""
        body = self.body
        match body:
            case PlanChange():
                verb = "withdrawal of" if body.withdraw else "plan change of"
                return f"{verb} {body.intervention_id}"
            case WorkState():
                return f"new state of {body.intervention.id}"
            case Decision():
                return f"decision {body.id} ({body.kind.value})"
            case Tick():
                return f"{body.day} has come"
            case _:
                return reference_key(body)

    @property
    def why(self) -> str | None:
        """Return the cause in the words of who sent it, if there is one."""
        body = self.body
        if isinstance(body, PlanChange):
            return body.cause
        if isinstance(body, WorkState):
            return body.window_cause
        return body.reason if isinstance(body, Decision) else None
