"""What the cause of a work says, as far as it says it in known words.

NDW fills `causeDescription` from a form: a category, for some categories what it is about, and a
line of free text, with commas between. The free line is read here and nowhere else, and only to
look for words of a closed list. What leaves is the list's own spelling of category, subject and
words; the text itself, in which people write names and telephone numbers, does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.model.vocabulary import Discipline, WorkType

DISCIPLINE_OF_CATEGORY = {
    "Aanleg van": None,
    "Bouw/Takel": Discipline.OTHER,
    "Herinrichting / onderhoud van": None,
    "Kabels / Leidingen": None,
    "Kappen / Snoeien": Discipline.GREENERY,
    "Overig": None,
    "Rioleringswerkzaamheden": Discipline.SEWER,
}
"""The categories of works, with their discipline where they have one."""

WORK_TYPE_OF_CATEGORY = {"Aanleg van": WorkType.NEW, "Kappen / Snoeien": WorkType.MAINTAIN}
PLACED_CATEGORIES = frozenset({"Aanleg van", "Herinrichting / onderhoud van"})
"""Categories whose second part names what is built or maintained."""

DISCIPLINE_OF_PLACE = {
    "Berm": Discipline.GREENERY,
    "Brug": Discipline.ROAD,
    "Fietspad": Discipline.ROAD,
    "Groen": Discipline.GREENERY,
    "Kruispunt": Discipline.ROAD,
    "Overig": None,
    "Rotonde": Discipline.ROAD,
    "Trottoir": Discipline.ROAD,
    "Tunnel": Discipline.ROAD,
    "Viaduct": Discipline.ROAD,
    "Weg": Discipline.ROAD,
}

CABLES_AND_PIPES = "Kabels / Leidingen"


@dataclass(frozen=True, slots=True)
class Word:
    """A known word: its spelling in titles, how it is found, and what it tells."""

    name: str
    pattern: re.Pattern[str]
    discipline: Discipline
    work_type: WorkType | None = None
    only_in: str | None = None


def _word(
    name: str,
    pattern: str,
    discipline: Discipline,
    *,
    work_type: WorkType | None = None,
    only_in: str | None = None,
) -> Word:
    return Word(name, re.compile(pattern, re.IGNORECASE), discipline, work_type, only_in)


WORDS = (
    _word("warmtenet", r"warmte(net|leiding|linq)|stadsverwarming", Discipline.HEAT),
    _word("relining", r"\brelin", Discipline.SEWER, work_type=WorkType.RENOVATE),
    _word("riolering", r"\briool|\briol", Discipline.SEWER),
    _word("hemelwaterafvoer", r"hemelwater|\bHWA\b", Discipline.SEWER),
    _word("glasvezel", r"glasvezel|\bfiber", Discipline.TELECOM),
    _word("telecom", r"telecom|\bKPN\b|\bziggo\b|\bodido\b|\bcoax", Discipline.TELECOM),
    _word("laadpaal", r"laadpa(al|len)", Discipline.ELECTRICITY, work_type=WorkType.NEW),
    _word(
        "elektriciteit",
        r"elektri|elektra|(laag|midden|hoog)spanning|\b[LMH]S\b|\btennet\b|schakelstation|\btrafo",
        Discipline.ELECTRICITY,
    ),
    _word("gas", r"\bgas(?!tvrij|ten)", Discipline.GAS),
    _word("drinkwater", r"drinkwater|waterleiding", Discipline.DRINKING_WATER),
    _word("drinkwater", r"\bwater\b", Discipline.DRINKING_WATER, only_in=CABLES_AND_PIPES),
    _word("bestrating", r"bestrat|herstrat", Discipline.ROAD, work_type=WorkType.RESURFACE),
    _word("asfalt", r"\basfalt", Discipline.ROAD, work_type=WorkType.RESURFACE),
    _word("fietspad", r"\bfietspad", Discipline.ROAD),
    _word("groen", r"\bsno(ei|eien)|\bbomen\b|\bboom\b|beplanting", Discipline.GREENERY),
    _word("baggeren", r"\bbagger", Discipline.SURFACE_WATER, work_type=WorkType.MAINTAIN),
    _word("kade", r"\bkade(muur)?\b|\bbeschoeiing", Discipline.SURFACE_WATER),
)
"""Searched in the whole free line. Where it names two networks ("gas- en waterleiding") the first
named gives the discipline; both stand in the title."""

EVENT_CATEGORIES = frozenset({"Festival", "Marathon", "Markt", "Overig", "Wielerronde"})
MAX_SEARCHED_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Cause:
    """The known part of a cause; every text in it comes from the lists above."""

    category: str | None = None
    place: str | None = None
    words: tuple[str, ...] = ()
    discipline: Discipline | None = None
    work_type: WorkType | None = None

    @property
    def title(self) -> str | None:
        """Return what a planner reads, such as `Kabels / Leidingen: warmtenet`."""
        if self.category is None:
            return None
        known = [self.place] if self.place is not None else []
        known += [word for word in self.words if word not in known]
        return f"{self.category}: {', '.join(known)}" if known else self.category


def read_cause(text: str) -> Cause:
    """Return what is known of a cause description."""
    parts = [part.strip() for part in text[:MAX_SEARCHED_CHARACTERS].split(",")]
    category = parts[0] if parts[0] in DISCIPLINE_OF_CATEGORY else None
    place = None
    if category in PLACED_CATEGORIES and len(parts) > 1 and parts[1] in DISCIPLINE_OF_PLACE:
        place = parts[1]
    free = ", ".join(parts[1:] if category is not None else parts)
    found = _named(free, category)
    return Cause(
        category,
        place,
        tuple(dict.fromkeys(word.name for word in found)),
        _discipline(category, place, found),
        _work_type(category, found),
    )


def _named(text: str, category: str | None) -> list[Word]:
    """Return the known words in the order in which the text names them."""
    found = []
    for word in WORDS:
        if word.only_in is not None and word.only_in != category:
            continue
        match = word.pattern.search(text)
        if match is not None:
            found.append((match.start(), word))
    return [word for _, word in sorted(found, key=lambda item: item[0])]


def _discipline(category: str | None, place: str | None, words: list[Word]) -> Discipline | None:
    by_category = DISCIPLINE_OF_CATEGORY.get(category) if category is not None else None
    by_place = DISCIPLINE_OF_PLACE.get(place) if place is not None else None
    known = by_category or by_place
    if known is not None:
        return known
    return words[0].discipline if words else None


def _work_type(category: str | None, words: list[Word]) -> WorkType | None:
    by_word = next((word.work_type for word in words if word.work_type is not None), None)
    if by_word is not None:
        return by_word
    return WORK_TYPE_OF_CATEGORY.get(category) if category is not None else None
