"""What is known of one bundle: its works, what they ask for, and what has to happen by which day.

The text and the JSON of `hub bundle` are both made of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hub.check.policy_origin import values_in_force
from hub.check.scene import Scene
from hub.errors import ConfigurationError
from hub.model.bundle import Bundle
from hub.model.dates import iso
from hub.model.finding import Finding, report_order
from hub.model.intervention import Intervention, RequiredDecision
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import CalendarKind, FundingStatus, RequiredDecisionStatus


@dataclass(frozen=True, slots=True)
class PathStep:
    """One thing that has to happen; `day` is None where there is none.

    `kind` is `start`, `decision`, `participation` or `budget_gate`; `subject` is the id of what it
    is about, `level` and `status` those of a decision, `status` that of participation.
    """

    day: str | None
    kind: str
    subject: str
    work: str | None = None
    level: str | None = None
    status: str | None = None

    @property
    def order(self) -> tuple[bool, str, str, str]:
        """Return the sort key: by day, what has none last."""
        return self.day is None, self.day or "", self.work or "", self.subject


@dataclass(frozen=True, slots=True)
class CouldMove:
    """How far a chance among the works of the bundle would move one of them."""

    work: str
    days: int
    finding: str


class BundleFacts:
    """One bundle in its scene."""

    def __init__(self, bundle: Bundle, scene: Scene) -> None:
        works = scene.works
        self.bundle = bundle
        self.scene = scene
        self.anchor = works[bundle.anchor]
        self.combined = [self.anchor, *(works[key] for key in bundle.riders if key in works)]
        self.works = [self.anchor, *(works[key] for key in bundle.members if key in works)]

    def part_of(self, work: Intervention) -> str:
        """Return what a work is in the bundle: it `leads`, `rides` along, or lies `near`."""
        if work.id == self.bundle.anchor:
            return "leads"
        return "rides" if work.id in self.bundle.riders else "near"

    def policy(self, name: str) -> Any:
        """Return a threshold value in force where the leading work lies."""
        (item,) = values_in_force(
            [name],
            configs=self.scene.policy,
            on=self.scene.reference_date,
            municipality=self.anchor.municipality,
        )
        return item.value

    @property
    def cost_cents(self) -> int:
        """Return what the leading work and its riders cost, as far as it is known."""
        return sum(work.cost_cents or 0 for work in self.combined)

    @property
    def cost_is_complete(self) -> bool:
        """Tell whether the cost of each of them is known."""
        return all(work.cost_cents is not None for work in self.combined)

    @property
    def approved_cents(self) -> int:
        """Return the money that was approved for them."""
        return sum(
            line.amount_cents
            for work in self.combined
            for line in work.funding or ()
            if line.status is FundingStatus.APPROVED
        )

    def could_move(self) -> Iterator[CouldMove]:
        """Yield the moves in open chances between works of the bundle only."""
        ids = self._ids()
        for finding in self.open_findings():
            for work_id, days in (finding.moves or {}).items():
                if days and {work_id, *finding.parties} <= ids:
                    yield CouldMove(work_id, days, finding.id)

    def open_findings(self) -> list[Finding]:
        """Return the open findings that any work of the bundle takes part in, heaviest first."""
        ids = self._ids()
        found = (
            finding
            for finding in self.scene.findings.values()
            if finding.status.is_open and ids.intersection(finding.parties)
        )
        return sorted(found, key=report_order)

    def path(self) -> list[PathStep]:
        """Return what has to happen, in the order of days."""
        return sorted(self._steps(), key=lambda step: step.order)

    def _steps(self) -> Iterator[PathStep]:
        starts: list[int] = []
        for work in self.combined:
            span = work.span
            if span is not None:
                starts.append(span.s_lo)
                yield PathStep(iso(span.s_lo), "start", work.id, work.id)
            for decision in work.required_decisions or ():
                level, status = str(decision.level), str(decision.status)
                day = self._needed(work, decision)
                yield PathStep(day, "decision", decision.id, work.id, level, status)
            process = work.participation
            if process is not None and process.is_open:
                ends = process.earliest_and_latest_end
                day = None if ends is None else iso(ends[1])
                status = str(process.status)
                yield PathStep(day, "participation", work.id, work.id, status=status)
        today = self.scene.reference_date
        last = date.fromordinal(max(starts)) if starts else today
        for entry in self._gates():
            if today <= entry.start <= last:
                yield PathStep(entry.start.isoformat(), "budget_gate", entry.id)

    def _needed(self, work: Intervention, decision: RequiredDecision) -> str | None:
        """Return by which day a decision must be there; one that was taken has no day left."""
        if decision.status is RequiredDecisionStatus.TAKEN:
            return None
        if decision.needed_by is not None:
            return decision.needed_by.isoformat()
        if work.span is None:
            return None
        preparation = timedelta(days=int(self.policy("preparation_days")))
        return (date.fromordinal(work.span.s_lo) - preparation).isoformat()

    def _gates(self) -> Iterator[CalendarEntry]:
        for item in self.scene.items:
            if (
                isinstance(item, CalendarEntry)
                and item.kind is CalendarKind.BUDGET_GATE
                and item.municipality in (None, self.anchor.municipality)
            ):
                yield item

    def _ids(self) -> set[str]:
        return {work.id for work in self.works}


def find_bundle(bundle_id: str, scene: Scene, *, where: str) -> BundleFacts:
    """Return what is known of a bundle, named by its leading work or by its own id.

    :raises ConfigurationError: if there is no such bundle; the message lists those there are
    """
    wanted = bundle_id if bundle_id.startswith("bundle:") else f"bundle:{bundle_id}"
    bundle = next((item for item in scene.bundles if item.id == wanted), None)
    if bundle is None:
        known = ", ".join(item.id for item in scene.bundles[:20]) or "none: nothing leads here"
        raise ConfigurationError(
            f"{where}: came '{bundle_id}'; expected a bundle, named by its leading work; there"
            f" are: {known}"
        )
    return BundleFacts(bundle, scene)
