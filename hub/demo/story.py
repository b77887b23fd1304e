"""The street in which it happens: the sewer leads, heat and redesign ride along or collide.

| work | what it does today | after the sewer has moved two years |
|---|---|---|
| W-001 | rides along with the first sewer, hears residents late | stays behind in its room |
| W-002 | digs beside the third sewer at the same time | is free |
| W-003 | could wait for the fourth sewer and share its trench | would have to wait for years |
| W-004 | builds a station along the last sewer for two years | overlaps it longer |
| H-1   | redesigns the street after the sewer | comes before it, in asphalt |
| E-001, E-002 | lay cables in three years, after the sewer | meet the sewer |
| the street | rests until the first sewer is half way | rests no longer |

The first sewer also still needs a council decision that cannot be in time today. A sewer that slips
two years is fed back to its owner, block after block.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from hub.demo.drafting import Drafts
from hub.demo.months import month
from hub.demo.plans import Moratorium, Phases, PlannedWork
from hub.demo.town import Street
from hub.model.vocabulary import DecisionLevel, Firmness, MoratoriumEffect

FIRST_BLOCK = 2
SEWERS = 5
MOVED_YEARS = 2

_SEWER_STARTS = 4
_MONTHS_PER_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Story:
    """The works and the resting street of the story, per owner."""

    sewer: tuple[PlannedWork, ...]
    heat: tuple[PlannedWork, ...]
    power: tuple[PlannedWork, ...]
    redesign: Phases
    moratorium: Moratorium


def tell(street: Street, drafts: Drafts) -> Story:
    """Return the plans of the street as they are before the sewer moves."""
    sewer = _sewer(street, drafts)
    return Story(
        sewer,
        _heat(street, drafts, sewer),
        _power(street, drafts),
        _redesign(street, drafts, sewer),
        Moratorium(
            "rust-vlasbloemstraat",
            street.stretch(FIRST_BLOCK),
            month(drafts.day, -30),
            month(drafts.day, _SEWER_STARTS + 2),
            MoratoriumEffect.REVIEW,
        ),
    )


def _sewer(street: Street, drafts: Drafts) -> tuple[PlannedWork, ...]:
    """Return the sewer: block after block, with a month of room on either side.

    Its surface is only put back provisionally, because the redesign follows.
    """
    works = []
    for index in range(SEWERS):
        first = _SEWER_STARTS + index * _MONTHS_PER_BLOCK
        end = first + _MONTHS_PER_BLOCK
        work = drafts.sewer(
            street.stretch(FIRST_BLOCK + index),
            first,
            end,
            firmness=Firmness.ADOPTED,
            earliest=month(drafts.day, first - 1),
            latest=month(drafts.day, end + 1),
        )
        works.append(work)
    credit = drafts.to_decide(DecisionLevel.MUNICIPAL_COUNCIL)
    return (dataclasses.replace(works[0], decision=credit), *works[1:])


def _heat(
    street: Street, drafts: Drafts, sewer: tuple[PlannedWork, ...]
) -> tuple[PlannedWork, ...]:
    adopted = {"firmness": Firmness.ADOPTED}
    return (
        drafts.heat(
            street.stretch(FIRST_BLOCK),
            4,
            7,
            rides_with=sewer[0].key,
            participation_until=month(drafts.day, 5),
            latest=month(drafts.day, 9),
            **adopted,
        ),
        drafts.heat(street.stretch(FIRST_BLOCK + 2), 11, 14, **adopted),
        drafts.heat(
            street.stretch(FIRST_BLOCK + 3),
            7,
            9,
            earliest=month(drafts.day, 6),
            latest=month(drafts.day, 17),
            **adopted,
        ),
        drafts.substation(street.stretch(FIRST_BLOCK + 4), 18, 42, **adopted),
    )


def _power(street: Street, drafts: Drafts) -> tuple[PlannedWork, ...]:
    """Return two cables whose owner has decided on distant dates all the same."""
    decided: dict[str, Any] = {"firmness": Firmness.ADOPTED, "exact": True}
    return (
        drafts.power(street.stretch(FIRST_BLOCK + 2), 35, 37, **decided),
        drafts.power(street.stretch(FIRST_BLOCK + 4), 41, 43, under="pavement", **decided),
    )


def _redesign(street: Street, drafts: Drafts, sewer: tuple[PlannedWork, ...]) -> Phases:
    blocks = ((0, 1), (2, 3), (4, 4))
    starts = (20, 23, 26)
    works = tuple(
        drafts.phase(
            f"H-1-{index + 1}",
            f"Herinrichting {street.name} fase {index + 1}",
            street.stretch(FIRST_BLOCK + first, FIRST_BLOCK + last),
            start,
            start + 3,
            waits_for=sewer[last].key,
            wait_days=28,
        )
        for index, ((first, last), start) in enumerate(zip(blocks, starts, strict=True))
    )
    return Phases("H-1", f"Herinrichting {street.name}", works)
