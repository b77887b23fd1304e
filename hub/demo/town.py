"""The map of a town that does not exist: straight streets on a slightly turned grid, in RD metres.

Names and distances between streets come from the seed. The street of the story has the same name
and place in every town.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

NAME = "Elzerveen"
MUNICIPALITY = "GM0999"
STORY_STREET = "Vlasbloemstraat"

BLOCKS = 8
"""Blocks between crossings, of every street."""

_CENTRE = (155_000.0, 463_000.0)
_TURN = math.radians(11)
_BLOCK_LENGTHS_M = (84, 136)
_SETBACK_M = 11.0
_NAMES = (
    *("Turfschip", "Kuipers", "Wevers", "Rietdekkers", "Zwanen", "Kievits", "Elzen", "Lisdodde"),
    *("Hooiwagen", "Schuiten", "Klinker", "Klompen", "Touwslagers", "Waterpomp", "Ganzen"),
    *("Veerman", "Spuisluis", "Zaaiers", "Honing", "Braambes", "Tuinders", "Dijkgraaf"),
    *("Graanmolen", "Meetketting"),
)
_ENDINGS = (("straat", "laan", "hof"), ("weg", "kade", "singel"))

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Street:
    """A street with the points at which it crosses others, one more than it has blocks."""

    name: str
    crossings: tuple[Point, ...]

    def stretch(self, first: int, last: int | None = None) -> Stretch:
        """Return the blocks from `first` up to and including `last`, counted from 1."""
        return Stretch(self, first, first if last is None else last)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some blocks of one street in a row: where a work is."""

    street: Street
    first: int
    last: int

    @property
    def name(self) -> str:
        """Return what a planner would call it."""
        if self.first == self.last:
            return f"{self.street.name}, blok {self.first}"
        return f"{self.street.name}, blok {self.first} t/m {self.last}"

    @property
    def length_m(self) -> float:
        """Return its length between the crossings, in whole metres."""
        return round(math.dist(*self._ends) - 2 * _SETBACK_M)

    def line(self, offset_m: float = 0.0) -> tuple[Point, ...]:
        """Return a line along the street, beside its middle (to the left when positive)."""
        return (self._at(0, offset_m), self._at(1, offset_m))

    def strip(self, right_m: float, left_m: float) -> tuple[Point, ...]:
        """Return a closed ring along the street between two distances from its middle."""
        ring = (
            self._at(0, right_m),
            self._at(1, right_m),
            self._at(1, left_m),
            self._at(0, left_m),
        )
        return (*ring, ring[0])

    @property
    def _ends(self) -> tuple[Point, Point]:
        return self.street.crossings[self.first - 1], self.street.crossings[self.last]

    def _at(self, end: int, offset_m: float) -> Point:
        (x1, y1), (x2, y2) = self._ends
        length = math.dist((x1, y1), (x2, y2))
        along_x, along_y = (x2 - x1) / length, (y2 - y1) / length
        x, y = ((x1, y1), (x2, y2))[end]
        inwards = _SETBACK_M if end == 0 else -_SETBACK_M
        return (
            round(x + inwards * along_x - offset_m * along_y, 2),
            round(y + inwards * along_y + offset_m * along_x, 2),
        )


@dataclass(frozen=True, slots=True)
class Town:
    """All streets; the story's is the middle one of those that run east."""

    streets: tuple[Street, ...]

    @property
    def story_street(self) -> Street:
        """Return the street of the story."""
        return next(street for street in self.streets if street.name == STORY_STREET)

    @property
    def other_streets(self) -> tuple[Street, ...]:
        """Return all streets but that of the story."""
        return tuple(street for street in self.streets if street.name != STORY_STREET)


def build_town(random: Random) -> Town:
    """Return the town of a seed."""
    across, along = _distances(random), _distances(random)
    names = list(_NAMES)
    random.shuffle(names)
    eastward = [
        Street(
            STORY_STREET if row == BLOCKS // 2 else names.pop() + random.choice(_ENDINGS[0]),
            tuple(_turned(x, y) for x in across),
        )
        for row, y in enumerate(along)
    ]
    northward = [
        Street(names.pop() + random.choice(_ENDINGS[1]), tuple(_turned(x, y) for y in along))
        for x in across
    ]
    return Town((*eastward, *northward))


def _distances(random: Random) -> tuple[float, ...]:
    """Return where streets lie on one axis, with the middle at 0."""
    places = [0.0]
    for _ in range(BLOCKS):
        places.append(places[-1] + random.randint(*_BLOCK_LENGTHS_M))
    return tuple(place - places[-1] / 2 for place in places)


def _turned(x: float, y: float) -> Point:
    return (
        _CENTRE[0] + x * math.cos(_TURN) - y * math.sin(_TURN),
        _CENTRE[1] + x * math.sin(_TURN) + y * math.cos(_TURN),
    )
