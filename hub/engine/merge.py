"""Several sources make one work: facets merged field by field, with where each field came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.model.facets import Facet, TakenDecision
from hub.model.intervention import INTERVENTION_FIELDS, Intervention, Source
from hub.model.vocabulary import RequiredDecisionStatus

_FROM_FACETS = tuple(name for name in INTERVENTION_FIELDS if name not in ("id", "source"))


@dataclass(frozen=True, slots=True)
class SourcePrecedence:
    """Which source is believed first; `by_field` overrides the general order for one field.

    Systems that are not listed follow, sorted by name.
    """

    systems: tuple[str, ...] = ()
    by_field: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ordered(self, facets: Sequence[Facet], field_name: str | None = None) -> list[Facet]:
        """Return the facets, most believed first, for a field or in general."""
        listed = (*self.by_field.get(field_name or "", ()), *self.systems)
        places = {system: place for place, system in reversed(list(enumerate(listed)))}
        return sorted(
            facets,
            key=lambda facet: (places.get(facet.system or "", len(listed)), facet.system or ""),
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged state of one work and, per field, the system that gave it."""

    intervention: Intervention
    provenance: Mapping[str, str]


def merge(
    facets: Sequence[Facet], *, precedence: SourcePrecedence, taken: Sequence[TakenDecision] = ()
) -> Merge:
    """Return the merge of at least one facet (model 3.1).

    Objects and lists are taken whole from one source; a required decision that was reported taken
    is `taken` in the merge whatever its source says.
    """
    general = precedence.ordered(facets)
    values: dict[str, object] = {}
    provenance: dict[str, str] = {}
    for name in _FROM_FACETS:
        order = precedence.ordered(facets, name) if name in precedence.by_field else general
        for facet in order:
            value = getattr(facet.intervention, name)
            if value is not None:
                values[name] = value
                if facet.system is not None:
                    provenance[name] = facet.system
                break
    merged = Intervention(
        id=facets[0].intervention.id,
        source=_merged_source(general, provenance.get("window")),
        **values,  # type: ignore[arg-type]
    )
    return Merge(_with_taken(merged, taken), provenance)


def _merged_source(facets: Sequence[Facet], window_system: str | None) -> Source | None:
    giver = next((facet for facet in facets if facet.system == window_system), facets[0])
    known = [facet.intervention.source for facet in facets if facet.intervention.source is not None]
    registered = [source.registered_on for source in known if source.registered_on is not None]
    source = giver.intervention.source
    if source is None:
        return Source(registered_on=min(registered)) if registered else None
    return replace(source, registered_on=min(registered) if registered else None)


def _with_taken(merged: Intervention, taken: Sequence[TakenDecision]) -> Intervention:
    ids = {item.required_decision for item in taken}
    if merged.required_decisions is None or not ids:
        return merged
    decisions = tuple(
        replace(decision, status=RequiredDecisionStatus.TAKEN) if decision.id in ids else decision
        for decision in merged.required_decisions
    )
    return replace(merged, required_decisions=decisions)
