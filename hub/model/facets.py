"""What the sources say of one intervention, kept apart: facets, and the state that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.model.intervention import Intervention
from hub.model.programme import ProgrammeEntry


@dataclass(frozen=True, slots=True)
class Facet:
    """The last state one source sent of one intervention; `system` is None only in files."""

    system: str | None
    intervention: Intervention
    at: date
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class TakenDecision:
    """A required decision that was reported taken; holds for later revisions that still have it."""

    decision: str
    required_decision: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetState:
    """Everything register needs to know of one intervention.

    `entry` is the merge, None while the intervention is incomplete and never was complete;
    `positions` holds the last applied offset per input topic, so that a replay is recognised.
    """

    id: str
    facets: tuple[Facet, ...] = ()
    entry: ProgrammeEntry | None = None
    taken: tuple[TakenDecision, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)

    def facet_of(self, system: str | None) -> Facet | None:
        """Return the facet of a source, or None."""
        return next((facet for facet in self.facets if facet.system == system), None)
