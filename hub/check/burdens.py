"""`hub burdens`: how the burdens are shared: who is asked to move, by how much, and who gave.

*Asked*: a conflict or opportunity between works of more than one party names the organisation, with
a work of its own, as the one to move. It is one ask from the first record that says so until the
finding is resolved or names another. Its size is the smallest shift that the finding offered for
that work: one inside the known room if there is one, else one to be asked, else one outside it.

*Gave*: a change of the window of that work after the ask began and not after it ended. A move
counts once, however many asks it met; it is as many days as the earliest start went, or the latest
end where the start stayed. Whether it moved because of the ask nobody can know: this is what was
asked and what then happened.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hub.check.programme_file import Programme
from hub.check.scene import Scene
from hub.engine.merge import SourcePrecedence
from hub.engine.register import Register
from hub.errors import RejectedRecordError
from hub.model.change import PlanChange
from hub.model.dates import Span
from hub.model.finding import Feasibility, Finding, FindingKind
from hub.model.programme import ProgrammeEntry
from hub.rules.rule import Language, Texts

FORMAT = "burdens/1"
At = int
"""A place in the order of events: a step of a file, or a moment of the broker."""

_BEST_FIRST = (Feasibility.YES, Feasibility.ASK, Feasibility.NO)


@dataclass(frozen=True, slots=True)
class Ask:
    """One organisation asked to move one work; `days` is unknown where no record tells options."""

    finding: str
    organisation: str
    work: str
    began: At
    ended: At | None
    days: int | None

    def covers(self, at: At) -> bool:
        """Tell whether something happened while the ask stood."""
        return self.began < at and (self.ended is None or at <= self.ended)


@dataclass(frozen=True, slots=True)
class Move:
    """A work whose window went some days later (positive) or earlier."""

    work: str
    at: At
    days: int


@dataclass(frozen=True, slots=True)
class Burden:
    """What one organisation was asked and what it gave, in times and days.

    `asks_without_size` counts asks of which no record tells the options any more.
    """

    organisation: str
    asked: int
    still_asked: int
    asked_days: int
    asks_without_size: int
    asks_met: int
    gave: int
    gave_days: int


def burdens(asks: Iterable[Ask], moves: Iterable[Move]) -> list[Burden]:
    """Return the burden of every organisation that was asked, the most asked first."""
    of: dict[str, list[Ask]] = defaultdict(list)
    for ask in asks:
        of[ask.organisation].append(ask)
    moves_of: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        moves_of[move.work].append(move)
    found = [_burden(organisation, group, moves_of) for organisation, group in of.items()]
    return sorted(found, key=lambda item: (-item.asked, item.organisation))


def _burden(organisation: str, asks: list[Ask], moves_of: Mapping[str, list[Move]]) -> Burden:
    given: set[Move] = set()
    met = 0
    for ask in asks:
        answers = [move for move in moves_of.get(ask.work, ()) if ask.covers(move.at)]
        given.update(answers)
        met += bool(answers)
    return Burden(
        organisation=organisation,
        asked=len(asks),
        still_asked=sum(1 for ask in asks if ask.ended is None),
        asked_days=sum(ask.days or 0 for ask in asks),
        asks_without_size=sum(1 for ask in asks if ask.days is None),
        asks_met=met,
        gave=len(given),
        gave_days=sum(abs(move.days) for move in given),
    )


def asks_of(
    records: Iterable[tuple[At, Finding]], *, first_seen_at: Callable[[Finding], At] | None = None
) -> Iterator[Ask]:
    """Yield the asks in the records of findings, each finding's in their order.

    `first_seen_at` places the first sight of a finding whose earlier records are gone.
    """
    of: dict[str, list[tuple[At, Finding]]] = defaultdict(list)
    for at, finding in records:
        of[finding.id].append((at, finding))
    for own in of.values():
        at, first = own[0]
        if first.revision > 1 and first_seen_at is not None:
            at = first_seen_at(first)
            if not first.status.is_open:
                yield from _lost_ask(first, began=at, ended=own[0][0])
        yield from _asks_in([(at, first), *own[1:]])


def _lost_ask(finding: Finding, *, began: At, ended: At) -> Iterator[Ask]:
    """Yield the ask of a finding of which only the end is left, without its options."""
    asked = _named(finding)
    moves = finding.moves or {}
    if asked is not None and (finding.kind is FindingKind.CONFLICT or moves.get(asked[1])):
        days = moves.get(asked[1])
        yield Ask(finding.id, *asked, began, ended, None if days is None else abs(days))


def _asks_in(records: list[tuple[At, Finding]]) -> Iterator[Ask]:
    current: Ask | None = None
    for at, finding in records:
        asked = _asked(finding)
        if current is not None and asked != (current.organisation, current.work):
            yield _ended(current, at)
            current = None
        if asked is None:
            continue
        days = _smallest_shift(finding, asked[1])
        if current is None:
            current = Ask(finding.id, *asked, began=at, ended=None, days=days)
        elif days is not None and (current.days is None or days < current.days):
            current = Ask(finding.id, *asked, began=current.began, ended=None, days=days)
    if current is not None:
        yield current


def _ended(ask: Ask, at: At) -> Ask:
    return Ask(ask.finding, ask.organisation, ask.work, ask.began, at, ask.days)


def _asked(finding: Finding) -> tuple[str, str] | None:
    """Return who is asked to move which work by an open finding, None where nobody is."""
    asked = _named(finding)
    if asked is None or not finding.status.is_open:
        return None
    return None if _smallest_shift(finding, asked[1]) is None else asked


def _named(finding: Finding) -> tuple[str, str] | None:
    """Return the organisation and work that a finding between works names, None without both."""
    act = finding.must_act
    if finding.kind is FindingKind.FEEDBACK or len(finding.parties) < 2:
        return None
    if act.organisation is None or act.intervention is None:
        return None
    return act.organisation, act.intervention


def _smallest_shift(finding: Finding, work: str) -> int | None:
    for feasible in _BEST_FIRST:
        days = [
            abs(option.days)
            for option in finding.options
            if option.action == "shift"
            and option.intervention == work
            and option.days
            and option.feasible is feasible
        ]
        if days:
            return min(days)
    return None


def moves_of(
    changes: Iterable[tuple[At, PlanChange]], precedence: SourcePrecedence | None = None
) -> Iterator[Move]:
    """Yield the moves in plan changes, in their order; a change nobody could use moves nothing."""
    register = Register(precedence)
    for at, change in changes:
        try:
            entry = register.apply_change(change).entry
        except RejectedRecordError:
            continue
        days = 0 if entry is None else _moved_days(entry)
        if entry is not None and days:
            yield Move(entry.intervention.id, at, days)


def _moved_days(entry: ProgrammeEntry) -> int:
    before = None if entry.change.before is None else entry.change.before.span
    after = entry.intervention.span
    if not isinstance(before, Span) or after is None:
        return 0
    return after.s_lo - before.s_lo or after.e_hi - before.e_hi


def burdens_of_files(
    programme: Programme, scene: Scene, precedence: SourcePrecedence | None = None
) -> list[Burden]:
    """Return the burdens in a programme and its steps."""
    initial = [
        (0, PlanChange(at=programme.reference_date, intervention=work))
        for work in programme.interventions
    ]
    later = [
        (2 * index, step.change)
        for index, step in enumerate(programme.changes, start=1)
        if step.change is not None
    ]
    records = [
        (2 * moment.at + 1, moment.finding)
        for moments in scene.moments.values()
        for moment in moments
    ]
    return burdens(asks_of(records), moves_of([*initial, *later], precedence))


def burdens_text(found: Iterable[Burden], language: Language) -> str:
    """Return the burdens as a table."""
    rows = [[texts.in_language(language) for texts in _HEADINGS]]
    for item in found:
        size = f"{item.asked_days}" + (
            f" (+{item.asks_without_size}?)" * bool(item.asks_without_size)
        )
        numbers = (item.asked, item.still_asked, size, item.asks_met, item.gave, item.gave_days)
        rows.append([item.organisation, *map(str, numbers)])
    if len(rows) == 1:
        return _NOBODY.in_language(language) + "\n"
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return "\n".join([*lines, "", _LEGEND.in_language(language)]) + "\n"


def burdens_json(found: Iterable[Burden]) -> str:
    """Return the burdens as one JSON object; stable: fields are added, never renamed."""
    value = {"format": FORMAT, "burdens": [dataclasses.asdict(item) for item in found]}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


_HEADINGS = (
    Texts("organisatie", "organisation"),
    Texts("gevraagd", "asked"),
    Texts("waarvan open", "still open"),
    Texts("gevraagde dagen", "days asked"),
    Texts("beantwoord", "met"),
    Texts("keer geschoven", "moves made"),
    Texts("dagen geschoven", "days moved"),
)
_NOBODY = Texts("Niemand is gevraagd te schuiven.", "Nobody is asked to move.")
_LEGEND = Texts(
    "Gevraagd: conflict of koppelkans tussen partijen, met een eigen werk aan zet; dagen: de"
    " kleinste geboden schuif (?: niet meer bekend). Geschoven: venster van dat werk gewijzigd"
    " terwijl het gevraagd was; een schuif telt eenmaal.",
    "Asked: a conflict or opportunity between parties, with a work of its own to move; days: the"
    " smallest shift offered (?: no longer known). Moved: the window of that work changed while it"
    " was asked; a move counts once.",
)
