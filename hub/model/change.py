"""Plan changes (*planwijzigingen*): how one revision travels, and what kind of change it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.model.intervention import Intervention
from hub.model.problems import Problem
from hub.model.text import Id, Revision
from hub.model.vocabulary import Firmness


@dataclass(frozen=True, slots=True)
class WithdrawnSource:
    """Whose facet goes with a withdrawal."""

    system: Id
    key: str | None = None
    revision: Revision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One revision of one intervention from one source: its full new state, or its withdrawal."""

    at: date
    intervention: Intervention | None = None
    withdraw: Id | None = None
    source: WithdrawnSource | None = None
    cause: str | None = None

    @property
    def intervention_id(self) -> str:
        """Return the id of the intervention that changes."""
        if self.intervention is not None:
            return self.intervention.id
        assert self.withdraw is not None
        return self.withdraw

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the change as a whole."""
        if (self.intervention is None) == (self.withdraw is None):
            came = "neither" if self.intervention is None else "both"
            yield Problem("", f"{came} of intervention and withdraw", "exactly one of the two")
        if self.intervention is not None and self.source is not None:
            yield Problem("source", "a source beside an intervention", "source only with withdraw")


class ChangeKind(StrEnum):
    """What changed between two states, in the order in which kinds are listed."""

    ADDED = "added"
    RESCHEDULED = "rescheduled"
    RELOCATED = "relocated"
    RESCOPED = "rescoped"
    REFUNDED = "refunded"
    FIRMNESS_CHANGED = "firmness_changed"
    RELATION_CHANGED = "relation_changed"
    PROCESS_CHANGED = "process_changed"
    DESCRIBED = "described"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


_FIELDS_OF_KIND: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.RESCHEDULED: ("window", "shift_room", "duration_days"),
    ChangeKind.RELOCATED: ("geometry",),
    ChangeKind.RESCOPED: (
        "discipline",
        "work_type",
        "surface_type",
        "below_ground_width_m",
        "traffic_impact",
        "opens_surface",
        "renews_surface",
    ),
    ChangeKind.REFUNDED: ("cost_cents", "funding"),
    ChangeKind.FIRMNESS_CHANGED: ("firmness",),
    ChangeKind.RELATION_CHANGED: ("role", "ride_along_with", "dependencies", "goal_contributions"),
    ChangeKind.PROCESS_CHANGED: (
        "required_decisions",
        "participation",
        "governance",
        "approach_adapted",
    ),
    ChangeKind.DESCRIBED: (
        "title",
        "plan_owner",
        "municipality",
        "baseline_start",
        "exemption",
        "classification",
        "project_number",
        "source",
    ),
}


def classify(before: Intervention | None, after: Intervention) -> tuple[ChangeKind, ...]:
    """Return all kinds of change that apply, in their fixed order (model 3).

    A withdrawal is a state with firmness `withdrawn`; a work that comes back from one is `added`.
    A work may be known as withdrawn only: others can depend on it or ride along with it, and who
    may see it can change.
    """
    if before == after:
        return (ChangeKind.UNCHANGED,)
    was_there = before is not None and before.firmness is not Firmness.WITHDRAWN
    if after.firmness is Firmness.WITHDRAWN and (was_there or before is None):
        return (ChangeKind.WITHDRAWN,)
    if after.firmness is not Firmness.WITHDRAWN and not was_there:
        return (ChangeKind.ADDED,)
    assert before is not None
    return tuple(
        kind
        for kind, names in _FIELDS_OF_KIND.items()
        if any(getattr(before, name) != getattr(after, name) for name in names)
    )


def changed_fields(before: Intervention | None, after: Intervention) -> tuple[str, ...]:
    """Return the names of the fields that differ, in the order of the model."""
    names = (name for kind in _FIELDS_OF_KIND.values() for name in kind)
    if before is None:
        return tuple(name for name in names if getattr(after, name) is not None)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
