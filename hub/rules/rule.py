"""What a rule is: its identity, its parts per scope, and the draft of a finding it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    FindingKind,
    MustAct,
    Option,
    Savings,
    Severity,
)
from hub.model.policy import THRESHOLDS, PolicyValues
from hub.model.vocabulary import DecisionKind
from hub.rules.work import Work


class Language(StrEnum):
    """The languages findings are explained in."""

    NL = "nl"
    EN = "en"


class Scope(StrEnum):
    """What a rule looks at: the unit that is evaluated at once.

    Each scope is one class in `hub/engine/scopes.py`, which knows its units and their facts.
    """

    WORK = "work"
    PAIR = "pair"
    DEPENDENCY = "dependency"
    SOURCE = "source"
    BUNDLE = "bundle"
    AREA = "area"
    PARTNER = "partner"
    GOAL = "goal"
    LOSS = "loss"
    PROGRAMME = "programme"


Unit = tuple[str, ...]
"""A scope and the ids that name one unit in it, such as `("pair", "gas:1", "heat:2")`."""


def _no_options() -> tuple[Option, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a rule concluded on one key; the engine makes a finding of it.

    `severity` is raw: the engine caps it. Options, savings and moves are worked out only when a
    finding is written or shown, hence the functions. `policy` holds the values it was measured by
    where these are not those of its first party. Feedback says who is told and how he may answer.
    """

    key: tuple[str, ...]
    certainty: Certainty
    severity: Severity
    parties: tuple[str, ...]
    must_act: MustAct
    evidence: tuple[Evidence, ...]
    options: Callable[[], tuple[Option, ...]] = _no_options
    savings: Callable[[], Savings] | None = None
    moves: Callable[[], Mapping[str, int]] | None = None
    area: str | None = None
    goal: str | None = None
    policy: PolicyValues | None = None
    addressee: str | None = None
    possible_answers: tuple[DecisionKind, ...] = ()


Find = Callable[[Any], Iterable[Draft]]
"""From the facts of a unit to the drafts of the findings there; none when nothing is wrong."""
Hold = Callable[[Any, Finding], Draft | None]
"""From the facts of a unit to the content of an open finding that is kept for calm's sake."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One sentence or title in both languages."""

    nl: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in a language."""
        return self.nl if language is Language.NL else self.en


@dataclass(frozen=True, slots=True)
class Meeting:
    """The moves in time of one work of a pair by which a rule finds something there, in days.

    With a key it is found by exactly these moves, if the pair `matches` and rides along with
    nobody; without one it may be found, and the rule is asked.
    """

    first: int
    last: int
    key: tuple[str, ...] | None = None


EVER = 10_000_000
"""More days than any move."""

Meets = Callable[[Any, Work], Iterable[Meeting]]
"""From the facts of a pair and the work that moves to when they meet; no date may fall outside."""
Matches = Callable[[Any, tuple[str, ...]], bool]
"""From the facts of a pair and a key to whether all holds that no move in time can change."""
Bearing = Callable[[Any, Work], object | None]
"""From the facts of an area and a work to what of the work counts there, None when nothing does.

Ties between works apart, two works that bear equally on an area can be changed for each other.
"""
Explain = Callable[[Finding, Language, Callable[[str], str]], str]
"""From a finding, a language and the names of works to sentences about what is the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the catalogue.

    `find` has a function per scope it looks at; most rules have one. `unit_of` tells from the key
    parts of a finding in which unit it lives. `realised_when_joint` marks the opportunities that
    joint parties have taken, whose options are weighed as if the pair were joint; `is_realised`
    tells of another opportunity that it was taken. `is_record` marks what is made once, of what
    happened: it never resolves, and declining it acknowledges it. `is_capped` is
    false for findings about the data itself. `meets` and `matches` save time and nothing else: with
    them all moves of a work in a crowded street are weighed by comparing days. `stands` and
    `bearing` save time likewise, of rules that find one thing in an area, with the area as its key:
    `stands` tells whether it is there without saying what it is; `bearing` tells what of a work
    counts for that, where works that become joint never make the finding appear.
    """

    id: str
    version: int = 1
    title: Texts
    purpose: Texts
    find: Mapping[Scope, Find]
    unit_of: Callable[[tuple[str, ...]], Unit]
    thresholds: tuple[str, ...]
    depends_on_date: bool
    explain: Explain
    reads: tuple[str, ...] = ()
    sums: tuple[Texts, ...] = ()
    hold: Hold | None = None
    meets: Meets | None = None
    matches: Matches | None = None
    stands: Callable[[Any], bool] | None = None
    bearing: Bearing | None = None
    realised_when_joint: bool = False
    is_realised: Callable[[Any, Finding], bool] | None = None
    is_record: bool = False
    is_capped: bool = True

    def __post_init__(self) -> None:
        unknown = [name for name in self.thresholds if name not in THRESHOLDS]
        assert not unknown, f"{self.id} uses thresholds that no table lists: {unknown}"

    @property
    def kind(self) -> FindingKind:
        """Return the family its findings belong to."""
        return _KINDS[self.id[0]]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Return the scopes it looks at."""
        return tuple(self.find)


_KINDS = {
    "C": FindingKind.CONFLICT,
    "O": FindingKind.OPPORTUNITY,
    "F": FindingKind.FEEDBACK,
}


def unit_of_work(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key that starts with the work it is about."""
    return (Scope.WORK, key[0])


def unit_of_area(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key that is an area."""
    return (Scope.AREA, key[0])


def unit_of_goal(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key that starts with the goal it is about."""
    return (Scope.GOAL, key[0])


def unit_of_pair(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key of two works, in whatever order."""
    return (Scope.PAIR, *sorted(key[:2]))


def unit_of_dependency(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key of a work, the work it waits for, and the type."""
    return (Scope.DEPENDENCY, *key)


def key_of(finding_id: str) -> tuple[str, ...]:
    """Return the key parts of a finding id: what follows the rule."""
    return tuple(finding_id.partition(":")[2].split("|"))
