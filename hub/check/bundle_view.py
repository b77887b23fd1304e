"""`hub bundle`: one bundle of works, and the five questions of integral programming about it.

Who keeps the overview, who steers, with which means, from where to where, by which path. What no
source says is shown as unknown: that the answer lacks is often the finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

from hub.check.bundle_facts import BundleFacts, PathStep, find_bundle
from hub.check.inputs import euros
from hub.check.scene import Scene
from hub.check.value_words import days_between, in_words, period, written_in_words
from hub.check.words import SEVERITIES, who_must_act
from hub.model.intervention import Governance, Intervention
from hub.model.vocabulary import (
    NOBODY,
    DecisionLevel,
    ParticipationStatus,
    RequiredDecisionStatus,
)
from hub.rules.c11_workability_limit import PARTS
from hub.rules.rule import Language, Texts
from hub.rules.wording import day, days, measured_in

_MOST_FINDINGS = 12


def bundle_text(bundle_id: str, scene: Scene, language: Language, *, where: str) -> str:
    """Return what a bundle is and what is known of its five questions.

    :raises ConfigurationError: if there is no such bundle; the message lists those there are
    """
    facts = find_bundle(bundle_id, scene, where=where)
    return "\n".join(_View(facts, language).lines()) + "\n"


class _View:
    def __init__(self, facts: BundleFacts, language: Language) -> None:
        self._facts = facts
        self._bundle = facts.bundle
        self._anchor = facts.anchor
        self._combined = facts.combined
        self._language = language

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
        return self._words(value)

    # -- what it is -------------------------------------------------------------------------------

    def _members(self) -> Iterator[str]:
        for work in self._facts.works:
            part = _PARTS[self._facts.part_of(work)]
            named = f"{work.title} ({work.id})" if work.title else work.id
            yield (
                f"{named}: {work.plan_owner}, {self._words(work.discipline)},"
                f" {self._words(work.firmness)},"
                f" {self._period(work)} — {self._in(part)}"
            )
        window = self._bundle.window
        shown = self._in(_NONE)
        if window is not None:
            shown = days_between(*window, self._language)
        yield f"{self._in(_JOINT)}: {shown}"

    def _period(self, work: Intervention) -> str:
        return period(work, self._language) or self._in(_UNKNOWN)

    def _words(self, value: Any) -> str:
        return in_words(value, self._language)

    def _written(self, values: type[StrEnum], written: str | None) -> str:
        return written_in_words(values, written, self._language)

    def _score(self) -> Iterator[str]:
        bundle = self._bundle
        yield (
            f"{bundle.score} ({self._in(_AT_MOST)} {bundle.score_max};"
            f" {self._in(_LIMIT)} {self._facts.policy('workability_limit')})"
        )
        for name, points in bundle.parts.items():
            unknown = f" ({self._in(_PARTLY)})" if name in bundle.unknown_parts else ""
            yield f"{self._in(PARTS[name])}: {points}{unknown}"

    # -- the five questions -----------------------------------------------------------------------

    def _overview(self) -> Iterator[str]:
        governance = self._anchor.governance or Governance()
        yield f"{self._in(_OWNER_OF_PLAN)}: {self._anchor.plan_owner}"
        yield f"{self._in(_OFFICIAL)}: {self._known(governance.official_client)}"
        yield f"{self._in(_PROGRAMME_OWNER)}: {self._facts.policy('programme_owner')}"

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
                    f"  {line.source}: {self._cents(line.amount_cents)} {self._words(line.status)}"
                    f"{f', {line.budget_year}' if line.budget_year else ''}"
                )
        facts = self._facts
        unknown = "" if facts.cost_is_complete else f" ({self._in(_PARTLY)})"
        yield (
            f"{self._in(_TOGETHER)}: {self._in(_COST)} {self._cents(facts.cost_cents)}{unknown},"
            f" {self._in(_APPROVED)} {self._cents(facts.approved_cents)}"
        )

    def _cents(self, cents: int | None) -> str:
        return self._in(_UNKNOWN) if cents is None else euros(cents, self._language)

    def _from_to(self) -> Iterator[str]:
        for work in self._combined:
            yield f"{work.id}: {self._in(_NOW)} {self._period(work)}"
            goals = self._facts.scene.goals
            for part in work.goal_contributions or ():
                goal = goals.get(part.goal)
                unit = goal.unit if goal is not None else None
                due = f", {goal.due_year}" if goal is not None and goal.due_year else ""
                named = goal.title if goal is not None and goal.title else part.goal
                adds = measured_in(float(part.amount), unit, self._language)
                yield f"  → {named}: {adds}{due}"
            if work.goal_contributions is None:
                yield f"  → {self._in(_GOALS)}: {self._in(_UNKNOWN)}"
        for move in self._facts.could_move():
            direction = self._in(_LATER if move.days > 0 else _EARLIER)
            size = days(abs(move.days), self._language)
            yield f"{move.work}: {self._in(_COULD_MOVE)} {size} {direction} ({move.finding})"

    def _path(self) -> Iterator[str]:
        for step in self._facts.path():
            when = day(step.day, self._language) if step.day else self._in(_NO_DAY)
            yield f"{when}: {self._step(step)}"
        for index, finding in enumerate(self._facts.open_findings()):
            if index == _MOST_FINDINGS:
                yield "…"
                break
            yield (
                f"{self._in(SEVERITIES[finding.severity]).lower()}: {finding.id} —"
                f" {who_must_act(finding, self._language)}"
            )

    def _step(self, step: PathStep) -> str:
        match step.kind:
            case "start":
                return f"{step.work}: {self._in(_STARTS)}"
            case "decision":
                level = self._written(DecisionLevel, step.level)
                marks = f"({level}, {self._written(RequiredDecisionStatus, step.status)})"
                return f"{step.work}: {self._in(_DECISION)} {step.subject} {marks}"
            case "participation":
                running = self._written(ParticipationStatus, step.status)
                return f"{step.work}: {self._in(_PARTICIPATION)} ({running})"
            case _:
                return f"{self._in(_GATE)} {step.subject}"


_MEMBERS = Texts("Wie er bij horen", "Who belong to it")
_SCORE = Texts("Complexiteit", "Complexity")
_OVERVIEW = Texts("Wie heeft het overzicht?", "Who keeps the overview?")
_STEERING = Texts("Wie stuurt?", "Who steers?")
_MEANS = Texts("Met welke middelen?", "With which means?")
_FROM_TO = Texts("Van waar naar waar?", "From where to where?")
_PATH = Texts("Langs welke weg?", "By which path?")
_PARTS = {
    "leads": Texts("leidend", "leads"),
    "rides": Texts("koppelt mee", "rides along"),
    "near": Texts("ligt ernaast en kan tegelijk", "lies beside it and could go together"),
}
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
_COULD_MOVE = Texts("kan schuiven:", "could move:")
_LATER, _EARLIER = Texts("later", "later"), Texts("eerder", "earlier")
_NO_DAY = Texts("zonder dag", "without a day")
_STARTS = Texts("start op zijn vroegst", "starts at the earliest")
_DECISION = Texts("besluit", "decision")
_PARTICIPATION = Texts("participatie klaar", "participation done")
_GATE = Texts("begrotingsmoment", "budget gate")
_UNKNOWN = Texts("onbekend", "unknown")
_NOBODY = Texts("niemand", "nobody")
_NONE = Texts("geen", "none")
