"""`hub bundle`: one bundle of works, and the five questions of integral programming about it.

Who keeps the overview, who steers, with which means, from where to where, by which path. What no
source says is shown as unknown: that the answer lacks is often the finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from hub.check.inputs import euros
from hub.check.policy_origin import values_in_force
from hub.check.scene import Scene
from hub.check.words import SEVERITIES, who_must_act
from hub.errors import ConfigurationError
from hub.model.bundle import Bundle
from hub.model.dates import iso
from hub.model.finding import Finding, report_order
from hub.model.intervention import Governance, Intervention, RequiredDecision
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import (
    NOBODY,
    CalendarKind,
    FundingStatus,
    RequiredDecisionStatus,
)
from hub.rules.rule import Language, Texts

_MOST_FINDINGS = 12


def bundle_text(bundle_id: str, scene: Scene, language: Language, *, where: str) -> str:
    """Return what a bundle is and what is known of its five questions.

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
    return "\n".join(_View(bundle, scene, language).lines()) + "\n"


class _View:
    def __init__(self, bundle: Bundle, scene: Scene, language: Language) -> None:
        self._bundle = bundle
        self._scene = scene
        self._language = language
        works = scene.works
        self._works = works
        self._anchor = works[bundle.anchor]
        self._combined = [self._anchor, *(works[key] for key in bundle.riders if key in works)]
        self._all = [self._anchor, *(works[key] for key in bundle.members if key in works)]

    def lines(self) -> Iterator[str]:
        yield f"{self._bundle.id} — {self._anchor.title or self._anchor.id}"
        yield from self._section(_MEMBERS, self._members())
        yield from self._section(_SCORE, self._score())
        for number, (question, answer) in enumerate(self._questions(), start=1):
            title = Texts(f"{number}. {question.nl}", f"{number}. {question.en}")
            yield from self._section(title, answer())

    def _questions(self) -> Iterator[tuple[Texts, Callable[[], Iterator[str]]]]:
        yield _OVERVIEW, self._overview
        yield _STEERING, self._steering
        yield _MEANS, self._means
        yield _FROM_TO, self._from_to
        yield _PATH, self._path

    def _in(self, texts: Texts) -> str:
        return texts.in_language(self._language)

    def _section(self, title: Texts, lines: Iterable[str]) -> Iterator[str]:
        yield ""
        yield self._in(title)
        yield from (f"  {line}" for line in lines)

    def _known(self, value: Any) -> str:
        if value is None:
            return self._in(_UNKNOWN)
        if value is NOBODY:
            return self._in(_NOBODY)
        if isinstance(value, tuple):
            return ", ".join(value) or self._in(_NONE)
        return str(value)

    def _policy(self, name: str) -> Any:
        (item,) = values_in_force(
            [name],
            configs=self._scene.policy,
            on=self._scene.reference_date,
            municipality=self._anchor.municipality,
        )
        return item.value

    # -- what it is -------------------------------------------------------------------------------

    def _members(self) -> Iterator[str]:
        for work in self._all:
            if work.id == self._bundle.anchor:
                part = _LEADS
            else:
                part = _RIDES if work.id in self._bundle.riders else _NEAR
            named = f"{work.title} ({work.id})" if work.title else work.id
            yield (
                f"{named}: {work.plan_owner}, {work.discipline}, {work.firmness},"
                f" {self._period(work)} — {self._in(part)}"
            )
        window = self._bundle.window
        shown = self._in(_NONE) if window is None else f"{iso(window[0])} – {iso(window[1])}"
        yield f"{self._in(_JOINT)}: {shown}"

    def _period(self, work: Intervention) -> str:
        return (
            self._in(_UNKNOWN)
            if work.window is None
            else (f"{work.window.start} – {work.window.end}")
        )

    def _score(self) -> Iterator[str]:
        bundle = self._bundle
        yield (
            f"{bundle.score} ({self._in(_AT_MOST)} {bundle.score_max};"
            f" {self._in(_LIMIT)} {self._policy('workability_limit')})"
        )
        for name, points in bundle.parts.items():
            unknown = f" ({self._in(_PARTLY)})" if name in bundle.unknown_parts else ""
            yield f"{name}: {points}{unknown}"

    # -- the five questions -----------------------------------------------------------------------

    def _overview(self) -> Iterator[str]:
        governance = self._anchor.governance or Governance()
        yield f"{self._in(_OWNER_OF_PLAN)}: {self._anchor.plan_owner}"
        yield f"{self._in(_OFFICIAL)}: {self._known(governance.official_client)}"
        yield f"{self._in(_PROGRAMME_OWNER)}: {self._policy('programme_owner')}"

    def _steering(self) -> Iterator[str]:
        for work in self._combined:
            governance = work.governance or Governance()
            yield (
                f"{work.id}: {self._in(_POLITICAL)} {self._known(governance.political_client)};"
                f" {self._in(_OFFICIAL)} {self._known(governance.official_client)};"
                f" {self._in(_DELIVERY)} {self._known(governance.delivery_lead)};"
                f" {self._in(_PORTFOLIOS)} {self._known(governance.portfolios)};"
                f" {self._in(_SUPPORT)} {self._known(governance.support)}"
            )

    def _means(self) -> Iterator[str]:
        for work in self._combined:
            governance = work.governance or Governance()
            yield (
                f"{work.id}: {self._in(_COST)} {self._cents(work.cost_cents)};"
                f" {self._in(_MANDATE)} {self._cents(governance.mandate_cents)};"
                f" {self._in(_CAPACITY)} {self._known(governance.capacity)}"
            )
            if work.funding is None:
                yield f"  {self._in(_FUNDING)}: {self._in(_UNKNOWN)}"
            for line in work.funding or ():
                yield (
                    f"  {line.source}: {self._cents(line.amount_cents)} {line.status}"
                    f"{f', {line.budget_year}' if line.budget_year else ''}"
                )
        costs = [work.cost_cents for work in self._combined if work.cost_cents is not None]
        approved = sum(
            line.amount_cents
            for work in self._combined
            for line in work.funding or ()
            if line.status is FundingStatus.APPROVED
        )
        complete = len(costs) == len(self._combined)
        unknown = "" if complete else f" ({self._in(_PARTLY)})"
        yield (
            f"{self._in(_TOGETHER)}: {self._in(_COST)} {self._cents(sum(costs))}{unknown},"
            f" {self._in(_APPROVED)} {self._cents(approved)}"
        )

    def _cents(self, cents: int | None) -> str:
        return self._in(_UNKNOWN) if cents is None else euros(cents, self._language)

    def _from_to(self) -> Iterator[str]:
        for work in self._combined:
            yield f"{work.id}: {self._in(_NOW)} {self._period(work)}"
            goals = self._scene.goals
            for part in work.goal_contributions or ():
                goal = goals.get(part.goal)
                unit = goal.unit if goal is not None and goal.unit else ""
                due = f", {goal.due_year}" if goal is not None and goal.due_year else ""
                yield f"  → {part.goal}: {part.amount} {unit}{due}".rstrip()
            if work.goal_contributions is None:
                yield f"  → {self._in(_GOALS)}: {self._in(_UNKNOWN)}"
        for finding in self._open_findings():
            for work_id, days in (finding.moves or {}).items():
                if days and {work_id, *finding.parties} <= self._ids():
                    yield f"{work_id}: {self._in(_COULD_MOVE)} {days:+d} ({finding.id})"

    def _path(self) -> Iterator[str]:
        for when, what in sorted(self._dated(), key=lambda step: (step[0] is None, step)):
            yield f"{when or self._in(_NO_DAY)}: {what}"
        for index, finding in enumerate(self._open_findings()):
            if index == _MOST_FINDINGS:
                yield "…"
                break
            yield (
                f"{self._in(SEVERITIES[finding.severity]).lower()}: {finding.id} —"
                f" {who_must_act(finding, self._language)}"
            )

    def _dated(self) -> Iterator[tuple[str | None, str]]:
        """Yield what has to happen, with the day by which."""
        today = self._scene.reference_date
        starts: list[int] = []
        for work in self._combined:
            span = work.span
            if span is not None:
                starts.append(span.s_lo)
                yield iso(span.s_lo), f"{work.id}: {self._in(_STARTS)}"
            for decision in work.required_decisions or ():
                yield (
                    self._needed(work, decision),
                    (
                        f"{work.id}: {self._in(_DECISION)} {decision.id} ({decision.level},"
                        f" {decision.status})"
                    ),
                )
            process = work.participation
            if process is not None and process.is_open:
                ends = process.earliest_and_latest_end
                yield (
                    None if ends is None else iso(ends[1]),
                    f"{work.id}: {self._in(_PARTICIPATION)} ({process.status})",
                )
        last = date.fromordinal(max(starts)) if starts else today
        for entry in self._gates():
            if today <= entry.start <= last:
                yield entry.start.isoformat(), f"{self._in(_GATE)} {entry.id}"

    def _needed(self, work: Intervention, decision: RequiredDecision) -> str | None:
        """Return by which day a decision must be there; one that was taken has no day left."""
        if decision.status is RequiredDecisionStatus.TAKEN:
            return None
        if decision.needed_by is not None:
            return decision.needed_by.isoformat()
        if work.span is None:
            return None
        preparation = timedelta(days=int(self._policy("preparation_days")))
        return (date.fromordinal(work.span.s_lo) - preparation).isoformat()

    def _gates(self) -> Iterator[CalendarEntry]:
        for item in self._scene.items:
            if (
                isinstance(item, CalendarEntry)
                and item.kind is CalendarKind.BUDGET_GATE
                and item.municipality in (None, self._anchor.municipality)
            ):
                yield item

    def _ids(self) -> set[str]:
        return {work.id for work in self._all}

    def _open_findings(self) -> list[Finding]:
        ids = self._ids()
        found = (
            finding
            for finding in self._scene.findings.values()
            if finding.status.is_open and ids.intersection(finding.parties)
        )
        return sorted(found, key=report_order)


_MEMBERS = Texts("Wie er bij horen", "Who belong to it")
_SCORE = Texts("Complexiteit", "Complexity")
_OVERVIEW = Texts("Wie heeft het overzicht?", "Who keeps the overview?")
_STEERING = Texts("Wie stuurt?", "Who steers?")
_MEANS = Texts("Met welke middelen?", "With which means?")
_FROM_TO = Texts("Van waar naar waar?", "From where to where?")
_PATH = Texts("Langs welke weg?", "By which path?")
_LEADS = Texts("leidend", "leads")
_RIDES = Texts("koppelt mee", "rides along")
_NEAR = Texts("ligt ernaast en kan tegelijk", "lies beside it and could go together")
_JOINT = Texts("Gezamenlijk venster", "Joint window")
_AT_MOST = Texts("hoogstens", "at most")
_LIMIT = Texts("werkbaarheidsgrens", "workability limit")
_PARTLY = Texts("deels onbekend", "partly unknown")
_OWNER_OF_PLAN = Texts("eigenaar van het leidende plan", "owner of the leading plan")
_PROGRAMME_OWNER = Texts("eigenaar van het programma", "owner of the programme")
_OFFICIAL = Texts("ambtelijk opdrachtgever", "official client")
_POLITICAL = Texts("bestuurlijk opdrachtgever", "political client")
_DELIVERY = Texts("ambtelijk opdrachtnemer", "delivery lead")
_PORTFOLIOS = Texts("portefeuilles", "portfolios")
_SUPPORT = Texts("draagvlak", "support")
_COST = Texts("kosten", "cost")
_MANDATE = Texts("mandaat", "mandate")
_CAPACITY = Texts("capaciteit", "capacity")
_FUNDING = Texts("dekking", "funding")
_TOGETHER = Texts("Samen", "Together")
_APPROVED = Texts("goedgekeurd", "approved")
_NOW = Texts("nu", "now")
_GOALS = Texts("bijdrage aan doelen", "contribution to goals")
_COULD_MOVE = Texts("kan schuiven, dagen", "could move, days")
_NO_DAY = Texts("zonder dag", "without a day")
_STARTS = Texts("start op zijn vroegst", "starts at the earliest")
_DECISION = Texts("besluit", "decision")
_PARTICIPATION = Texts("participatie klaar", "participation done")
_GATE = Texts("begrotingsmoment", "budget gate")
_UNKNOWN = Texts("onbekend", "unknown")
_NOBODY = Texts("niemand", "nobody")
_NONE = Texts("geen", "none")
