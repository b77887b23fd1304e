"""What is planned, as the specification says it: facets merged, revisions compared (2.5, 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.intervention import Intervention, Source
from hub.model.programme import WorkState
from hub.model.vocabulary import Firmness, RequiredDecisionStatus

REQUIRED = ("plan_owner", "discipline", "firmness")
Facets = dict[str, Intervention]


class EqualRevisionError(Exception):
    """An equal revision came with other content."""


@dataclass
class OracleRegister:
    """Keeps the last state each source sent of each work, and merges all of it at every step."""

    facets: dict[str, Facets] = field(default_factory=dict)
    taken: dict[str, set[str]] = field(default_factory=dict)
    decisions: set[str] = field(default_factory=set)
    states: dict[str, WorkState] = field(default_factory=dict)

    def change(self, change: PlanChange) -> WorkState | None:
        """Return the state of the work where it became another one, None where it did not."""
        facets = self.facets.setdefault(change.intervention_id, {})
        new = change.intervention
        if new is None:
            for system in [change.source.system] if change.source else list(facets):
                facets.pop(system, None)
            return self._state(change.intervention_id, change.cause)
        system = (new.source.system if new.source else None) or ""
        known = facets.get(system)
        if known is not None and known != new and not _is_newer(known, new):
            return None
        facets[system] = new
        return self._state(new.id, change.cause)

    def take(self, decision: Decision) -> WorkState | None:
        """Return the state of a work whose required decision was taken, where that changed it."""
        assert decision.intervention is not None
        assert decision.required_decision is not None
        if decision.id in self.decisions:
            return None
        self.decisions.add(decision.id)
        self.taken.setdefault(decision.intervention, set()).add(decision.required_decision)
        return self._state(decision.intervention, decision.reason)

    def _state(self, work: str, cause: str | None) -> WorkState | None:
        before = self.states.get(work)
        plan = self._merged(work)
        if plan is None or any(getattr(plan, name) is None for name in REQUIRED):
            if before is None:
                return None
            plan = replace(before.intervention, firmness=Firmness.WITHDRAWN)
        if before is not None and before.intervention == plan:
            return None
        first = before.first_adopted_start if before else None
        assert plan.firmness is not None
        if first is None and plan.window is not None and plan.firmness.rank >= 2:
            first = plan.window.start
        moved = before is not None and before.intervention.window != plan.window
        why = cause if moved else before.window_cause if before else None
        self.states[work] = WorkState(plan, before.revision + 1 if before else 1, first, why)
        return self.states[work]

    def _merged(self, work: str) -> Intervention | None:
        """Return the merge: of each field what the first source by name says."""
        facets = self.facets.get(work, {})
        if not facets:
            return None
        said = [facets[system] for system in sorted(facets)]
        values: dict[str, Any] = {}
        for one in fields(Intervention):
            told = (getattr(facet, one.name) for facet in said)
            values[one.name] = next((value for value in told if value is not None), None)
        taken = self.taken.get(work, set())
        if values["required_decisions"] is not None:
            values["required_decisions"] = tuple(
                replace(one, status=RequiredDecisionStatus.TAKEN) if one.id in taken else one
                for one in values["required_decisions"]
            )
        values["source"] = _source(said)
        return Intervention(**values)


def _source(said: list[Intervention]) -> Source | None:
    """Return the source of the facet that gives the window, registered when the first one was."""
    giver = next((facet for facet in said if facet.window is not None), said[0]).source
    days = [one.source.registered_on for one in said if one.source and one.source.registered_on]
    if giver is None:
        return Source(registered_on=min(days)) if days else None
    return replace(giver, registered_on=min(days, default=None))


def _is_newer(known: Intervention, new: Intervention) -> bool:
    """Tell whether a facet replaces what its source said before."""
    was, now = (facet.source.revision if facet.source else None for facet in (known, new))
    if was is None or now is None or now > was:
        return True
    if now == was:
        raise EqualRevisionError
    return False
