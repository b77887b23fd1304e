"""What people tell the hub: acknowledgements, answers, and formal decisions taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hub.model.problems import Problem
from hub.model.text import FindingId, Id
from hub.model.vocabulary import DecisionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of an organisation; the same id twice is applied once."""

    id: Id
    kind: DecisionKind
    by: Id
    on: date
    finding: FindingId | None = None
    intervention: Id | None = None
    required_decision: Id | None = None
    reason: str | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield which reference is missing for this kind of decision."""
        if self.kind is DecisionKind.TAKEN:
            for name in ("intervention", "required_decision"):
                if getattr(self, name) is None:
                    yield Problem(name, "nothing", "an id, because the kind is taken")
        elif self.finding is None:
            yield Problem("finding", "nothing", f"a finding id, because the kind is {self.kind}")
