"""The programme file (`programme/1`): a whole programme, and steps that happen to it, as one JSON.

A programme file is refused whole: everything that is wrong in it is told, with its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from hub.contracts.json_codec import Refusals, joined, load_json, read, write
from hub.errors import Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.decision import Decision
from hub.model.geometry import CRS
from hub.model.intervention import COMPLETE_FIELDS, Intervention
from hub.model.problems import Problem
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.model.text import Id

FORMAT = "programme/1"
_ONE_OF = ("intervention", "withdraw", "decision", "policy", "moratorium", "area")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens at a day; with only `at`, time passes."""

    at: date
    intervention: Intervention | None = None
    withdraw: Id | None = None
    source: WithdrawnSource | None = None
    cause: str | None = None
    decision: Decision | None = None
    policy: PolicyConfig | None = None
    moratorium: DigMoratorium | None = None
    area: AreaProfile | None = None

    @property
    def change(self) -> PlanChange | None:
        """Return the plan change in this step, if it is one."""
        if self.intervention is None and self.withdraw is None:
            return None
        return PlanChange(
            at=self.at,
            intervention=self.intervention,
            withdraw=self.withdraw,
            source=self.source,
            cause=self.cause,
        )

    @property
    def reference_item(self) -> ReferenceItem | None:
        """Return the reference item in this step, if it has one."""
        return self.policy or self.moratorium or self.area

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the step as a whole."""
        given = [name for name in _ONE_OF if getattr(self, name) is not None]
        if len(given) > 1:
            yield Problem("", " and ".join(given), f"at most one of {', '.join(_ONE_OF)}")
        elif self.change is not None:
            yield from self.change.problems()


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A programme as files describe it: the state at the reference date, and steps after it."""

    format: str
    reference_date: date
    crs: str = CRS
    description: str | None = None
    interventions: tuple[Intervention, ...]
    goals: tuple[PolicyGoal, ...] = ()
    calendar: tuple[CalendarEntry, ...] = ()
    moratoria: tuple[DigMoratorium, ...] = ()
    areas: tuple[AreaProfile, ...] = ()
    policy: tuple[PolicyConfig, ...] = ()
    decisions: tuple[Decision, ...] = ()
    changes: tuple[Step, ...] = ()
    expect: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reference_items(self) -> tuple[ReferenceItem, ...]:
        """Return all reference data, policies in their order."""
        return (*self.goals, *self.calendar, *self.moratoria, *self.areas, *self.policy)

    def problems(self) -> Iterator[Problem]:
        """Yield what contradicts itself between the parts."""
        yield from _ids_used_twice("goals", self.goals, lambda goal: goal.id)
        yield from _ids_used_twice("calendar", self.calendar, lambda entry: entry.id)
        yield from _ids_used_twice("moratoria", self.moratoria, lambda item: item.id)
        yield from _ids_used_twice("areas", self.areas, lambda area: area.id)
        yield from _ids_used_twice(
            "policy",
            self.policy,
            lambda policy: (policy.municipality, policy.version),
            name="version",
        )
        yield from _ids_used_twice(
            "interventions", self.interventions, lambda work: (work.id, system_of(work))
        )
        for index, work in enumerate(self.interventions):
            yield from _incomplete(f"interventions[{index}]", work)
        reached = self.reference_date
        for index, step in enumerate(self.changes):
            if step.at < reached:
                yield Problem(
                    f"changes[{index}].at",
                    f"'{step.at}'",
                    f"{reached} or later; time only advances",
                )
            reached = max(reached, step.at)
            if step.intervention is not None:
                yield from _incomplete(f"changes[{index}].intervention", step.intervention)


def system_of(work: Intervention) -> str | None:
    """Return the source system that speaks of this work, None where the file itself does."""
    return None if work.source is None else work.source.system


def _incomplete(path: str, work: Intervention) -> Iterator[Problem]:
    if system_of(work) is None:
        for name in work.missing:
            expected = f"a value ({', '.join(COMPLETE_FIELDS)} are required without source.system)"
            yield Problem(joined(path, name), "nothing", expected)


def _ids_used_twice(
    path: str, items: Iterable[T], identity: Callable[[T], object], *, name: str = "id"
) -> Iterator[Problem]:
    seen: set[object] = set()
    for index, item in enumerate(items):
        key = identity(item)
        if key in seen:
            shown = getattr(item, name)
            yield Problem(f"{path}[{index}].{name}", f"'{shown}' a second time", "an id used once")
        seen.add(key)


def read_programme(text: bytes | str, *, file: str = "") -> Programme:
    """Return the programme that a file describes.

    :raises RejectedRecordError: with everything that is wrong in it
    """
    value = load_json(text, file=file)
    if not isinstance(value, dict):
        raise RejectedRecordError(
            Refusal("", quoted(value), "a programme file: one JSON object", file)
        )
    refusals = Refusals(file)
    if value.get("format") != FORMAT:
        came = quoted(value["format"]) if "format" in value else "nothing"
        refusals.add("format", came, f"'{FORMAT}'", RejectReason.UNREADABLE)
    if value.get("crs", CRS) != CRS:
        refusals.add("crs", quoted(value["crs"]), f"{CRS}; convert on intake")
    refusals.raise_if_any()
    return read(Programme, value, file=file)


def write_programme(programme: Programme) -> dict[str, Any]:
    """Return a programme as the JSON value of a programme file; empty lists are left out."""
    value: dict[str, Any] = write(programme)
    required = ("format", "reference_date", "interventions")
    return {key: item for key, item in value.items() if key in required or item not in ([], {})}
