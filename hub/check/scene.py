"""What commands look at to explain: a programme at one moment with its findings and their past.

It comes from files (here) or from the topics of a running programme (the composition root).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.check.offline import Outcome
from hub.check.programme_file import Programme, Step
from hub.model.bundle import Bundle
from hub.model.decision import Decision
from hub.model.facets import FacetState
from hub.model.finding import Finding
from hub.model.intervention import Intervention
from hub.model.reference import PolicyConfig, PolicyGoal, ReferenceItem, reference_key
from hub.rules.rule import Language, Texts


@dataclass(frozen=True, slots=True)
class Moment:
    """One record of a finding, and what it followed from, as far as that is known.

    `at` orders it among all records: a step of a file, or the moment the broker took it in.
    `texts` is the explanation that its event carries, per language; empty where none was sent.
    """

    finding: Finding
    followed_from: Texts | None = None
    at: int = 0
    texts: Mapping[Language, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A programme at one moment.

    `moments` are, per finding, the records that are still there, oldest first.
    """

    reference_date: date
    states: Mapping[str, FacetState] = field(default_factory=dict)
    items: tuple[ReferenceItem, ...] = ()
    findings: Mapping[str, Finding] = field(default_factory=dict)
    bundles: tuple[Bundle, ...] = ()
    moments: Mapping[str, tuple[Moment, ...]] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    @property
    def works(self) -> dict[str, Intervention]:
        """Return the merged works by id."""
        return {
            key: state.entry.intervention
            for key, state in self.states.items()
            if state.entry is not None
        }

    @property
    def policy(self) -> tuple[PolicyConfig, ...]:
        """Return the policies in their order."""
        return tuple(item for item in self.items if isinstance(item, PolicyConfig))

    @property
    def goals(self) -> dict[str, PolicyGoal]:
        """Return the goals by id."""
        return {item.id: item for item in self.items if isinstance(item, PolicyGoal)}


def scene_of_files(programme: Programme, outcome: Outcome) -> Scene:
    """Return what an offline run left: the programme at its last step."""
    moments: dict[str, list[Moment]] = defaultdict(list)
    for result in outcome.steps:
        step = programme.changes[result.step - 1] if result.step else None
        followed = _INITIAL if step is None else _told(result.step - 1, step)
        for finding in result.changed:
            moments[finding.id].append(Moment(finding, followed, result.step))
    answers = (step.decision for step in programme.changes)
    return Scene(
        reference_date=outcome.reference_date,
        states=outcome.states,
        items=_latest(programme),
        findings={finding.id: finding for finding in outcome.findings},
        bundles=outcome.bundles,
        moments={key: tuple(records) for key, records in moments.items()},
        decisions=(*programme.decisions, *(one for one in answers if one is not None)),
    )


def _latest(programme: Programme) -> tuple[ReferenceItem, ...]:
    """Return the reference data after all steps; an item that came again moves to the end."""
    items: dict[str, ReferenceItem] = {}
    steps = (step.reference_item for step in programme.changes)
    for item in (*programme.reference_items, *steps):
        if item is not None:
            key = reference_key(item)
            items.pop(key, None)
            items[key] = item
    return tuple(items.values())


_INITIAL = Texts("beginstand", "initial state")


def _told(index: int, step: Step) -> Texts:
    """Return what a step was."""
    what = _what(step)
    return Texts(f"changes[{index}]: {what.nl}", f"changes[{index}]: {what.en}")


def _what(step: Step) -> Texts:
    if step.change is not None:
        work, why = step.change.intervention_id, f", {step.cause}" if step.cause else ""
        if step.withdraw is not None:
            return Texts(f"intrekking van {work}{why}", f"withdrawal of {work}{why}")
        return Texts(f"wijziging van {work}{why}", f"change of {work}{why}")
    if step.decision is not None:
        said = step.decision
        return Texts(f"besluit {said.id} van {said.by}", f"decision {said.id} by {said.by}")
    if step.reference_item is not None:
        key = reference_key(step.reference_item)
        return Texts(key, key)
    return Texts("de tijd verstreek", "time passed")
