"""The rest of the town: about 190 works with the usual meetings, near misses and gaps.

Chance decides where and when; how many works stand in which relation is fixed, so that every town
gives a planner tens of findings of each kind and not hundreds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from hub.demo.drafting import Drafts
from hub.demo.months import month
from hub.demo.plans import Decision, Moratorium, Phases, PlannedWork
from hub.demo.town import BLOCKS, Stretch, Town
from hub.model.vocabulary import DecisionLevel, Firmness, MoratoriumEffect

_RUN_STARTS = (-4, 2, 4, 6, 9, 11, 13, 15, 17, 20, 23, 26, 30, 36, 42, 54, 66)
_RUN_BLOCKS = (5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3)
_MONTHS_PER_BLOCK = 3
_REDESIGNED_RUNS = 4

_ALONE = {"heat": 26, "power": 36}
_MORATORIA = (
    (MoratoriumEffect.BLOCK, -14, 22),
    (MoratoriumEffect.BLOCK, -4, 32),
    (MoratoriumEffect.FEE, -20, 16),
    (MoratoriumEffect.REVIEW, -8, 28),
)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is planned outside the street of the story."""

    sewer: tuple[PlannedWork, ...]
    heat: tuple[PlannedWork, ...]
    power: tuple[PlannedWork, ...]
    redesigns: tuple[Phases, ...]
    moratoria: tuple[Moratorium, ...]


@dataclass(frozen=True, slots=True)
class _Sewer:
    """A drawn sewer with the months in which it is done, as the others hear of it."""

    stretch: Stretch
    first: int
    end: int
    work: PlannedWork


def plan_rest(town: Town, drafts: Drafts) -> Rest:
    """Return the works and resting streets outside the street of the story."""
    runs = _sewer_runs(town, drafts)
    redesigned = [run for run in runs if 6 <= run[0].first <= 20][:_REDESIGNED_RUNS]
    redesigns = tuple(_redesign(2 + i, run, i, drafts) for i, run in enumerate(redesigned))
    near = [one for run in runs if run not in redesigned for one in run if 2 <= one.first <= 30]
    drafts.random.shuffle(near)
    free = _free_stretches(town, runs, drafts)
    neighbours = iter(near)
    heat = [*_heat_beside(neighbours, drafts), *_heat_alone(free, drafts)]
    moratoria = _moratoria(free, drafts)
    power = [
        *_power_beside(neighbours, drafts),
        *_power_in_the_same_year(runs, drafts),
        *_power_in_moratoria(moratoria, drafts),
        *_power_alone(free, drafts),
    ]
    sewer = [one.work for run in runs for one in run]
    return Rest(
        tuple(_with_gaps(sewer, drafts)),
        tuple(heat),
        tuple(power),
        redesigns,
        moratoria,
    )


def _sewer_runs(town: Town, drafts: Drafts) -> list[list[_Sewer]]:
    """Return the sewers: in each street some blocks in a row, one after the other."""
    streets = list(town.other_streets)
    drafts.random.shuffle(streets)
    runs = []
    for street, start, blocks in zip(streets, _RUN_STARTS, _RUN_BLOCKS, strict=True):
        first_block = drafts.random.randint(1, BLOCKS - blocks + 1)
        run = []
        for index in range(blocks):
            first = start + index * _MONTHS_PER_BLOCK
            end = first + _MONTHS_PER_BLOCK
            stretch = street.stretch(first_block + index)
            run.append(_Sewer(stretch, first, end, _sewer(stretch, first, end, drafts)))
        runs.append(run)
    return runs


def _sewer(stretch: Stretch, first: int, end: int, drafts: Drafts) -> PlannedWork:
    more: dict[str, Any] = {
        "renews": True,
        "surface": drafts.random.choice(("paving", "paving", "asphalt")),
    }
    if 1 <= first <= 24:
        more["earliest"] = month(drafts.day, max(1, first - 3))
        more["latest"] = month(drafts.day, end + drafts.random.choice((2, 3, 4)))
    if 3 <= first <= 5:
        more["decision"] = drafts.to_decide(DecisionLevel.MUNICIPAL_EXECUTIVE)
    elif 6 <= first <= 18:
        more["decision"] = Decision(level=DecisionLevel.MUNICIPAL_COUNCIL, taken=first <= 9)
    return drafts.sewer(stretch, first, end, **more)


def _redesign(number: int, run: list[_Sewer], order: int, drafts: Drafts) -> Phases:
    """Return a redesign behind a run of sewers; every second one starts too early."""
    lag = 4 if order % 2 == 0 else -1
    street = run[0].stretch.street.name
    works = []
    for index, one in enumerate(run):
        start = one.end + lag
        works.append(
            drafts.phase(
                f"H-{number}-{index + 1}",
                f"Herinrichting {street} fase {index + 1}",
                one.stretch,
                start,
                start + 2,
                waits_for=one.work.key,
                wait_days=14,
                exact=True,
                surface="paving",
            )
        )
        run[index] = dataclasses.replace(one, work=dataclasses.replace(one.work, renews=False))
    return Phases(f"H-{number}", f"Herinrichting {street}", tuple(works))


def _free_stretches(town: Town, runs: list[list[_Sewer]], drafts: Drafts) -> Iterator[Stretch]:
    """Yield the blocks without sewer plans, in the order of chance."""
    taken = {(one.stretch.street.name, one.stretch.first) for run in runs for one in run}
    free = [
        street.stretch(block)
        for street in town.other_streets
        for block in range(1, BLOCKS + 1)
        if (street.name, block) not in taken
    ]
    drafts.random.shuffle(free)
    return iter(free)


def _heat_beside(sewers: Iterator[_Sewer], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield heat mains that ride along, collide, could wait, or come after the new surface."""
    for index, one in enumerate(islice(sewers, 5)):
        late = index < 2
        yield drafts.heat(
            one.stretch,
            one.first,
            one.end,
            rides_with=one.work.key,
            latest=month(drafts.day, one.end + 3),
            participation_until=month(drafts.day, one.first + (1 if late else -5)),
        )
    for one in islice(sewers, 5):
        shift = drafts.random.choice((-2, -1, 1, 2))
        yield drafts.heat(one.stretch, one.first + shift, one.end + shift)
    for one in islice(sewers, 5):
        yield drafts.heat(
            one.stretch,
            one.end + 4,
            one.end + 6,
            earliest=month(drafts.day, max(1, one.first - 1)),
            latest=month(drafts.day, one.end + 9),
            exact=True,
        )
    for one in islice(sewers, 5):
        gap = drafts.random.randint(8, 26)
        yield drafts.heat(one.stretch, one.end + gap, one.end + gap + 3, exact=True)


def _power_beside(sewers: Iterator[_Sewer], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield cables that collide with a sewer, or open the street that it has just renewed."""
    for one in islice(sewers, 4):
        yield drafts.power(one.stretch, one.first + 1, one.first + 2)
    for one in islice(sewers, 3):
        yield drafts.power(one.stretch, one.first, one.first + 2, under="pavement")
    for one in islice(sewers, 4):
        gap = drafts.random.randint(3, 20)
        yield drafts.power(one.stretch, one.end + gap, one.end + gap + 2, exact=True)


def _power_in_the_same_year(runs: list[list[_Sewer]], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield cables of which no more is known than the year or quarter, that of a sewer."""
    distant = (run[0] for run in runs if run[0].first > 30)
    for one in islice(distant, 4):
        yield drafts.power(one.stretch, one.first, one.end)


def _heat_alone(free: Iterator[Stretch], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield heat mains where nothing else is planned; some still need their owner's decision."""
    for stretch in islice(free, _ALONE["heat"]):
        first = drafts.random.choice((2, 3, 5, 8, 12, 16, 20, 26, 33, 40, 52, 60))
        more: dict[str, Any] = {}
        if first <= 3:
            more["decision"] = drafts.to_decide(DecisionLevel.OWN_ORGANISATION)
        yield drafts.heat(stretch, first, first + 3, **more)


def _power_alone(free: Iterator[Stretch], drafts: Drafts) -> Iterator[PlannedWork]:
    for stretch in islice(free, _ALONE["power"]):
        first = drafts.random.choice((1, 3, 6, 9, 13, 18, 22, 28, 32, 38, 50, 62))
        yield drafts.power(
            stretch,
            first,
            first + 2,
            opens=drafts.random.choice((True, True, True, None)),
            traffic=drafts.random.choice(("none", "partial")),
        )


def _moratoria(free: Iterator[Stretch], drafts: Drafts) -> tuple[Moratorium, ...]:
    return tuple(
        Moratorium(
            f"rust-{index}",
            next(free),
            month(drafts.day, first),
            month(drafts.day, end),
            effect,
        )
        for index, (effect, first, end) in enumerate(_MORATORIA, start=1)
    )


def _power_in_moratoria(moratoria: tuple[Moratorium, ...], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield a cable in each resting street; the last one is a new connection, which may."""
    for index, moratorium in enumerate(moratoria):
        first = 5 + 2 * index
        yield drafts.power(moratorium.stretch, first, first + 2)
    yield drafts.power(moratoria[0].stretch, 15, 16, under="pavement", new_connection=True)


def _with_gaps(sewer: list[PlannedWork], drafts: Drafts) -> Iterator[PlannedWork]:
    """Yield the sewers, some with what real registers lack.

    One that ended was never reported ready, and two were not drawn yet.
    """
    ended = next(work for work in sewer if work.firmness is Firmness.COMPLETED)
    adopted = [work for work in sewer if work.firmness is Firmness.ADOPTED][-2:]
    for work in sewer:
        if work is ended:
            yield dataclasses.replace(work, firmness=Firmness.IN_EXECUTION)
        elif work in adopted:
            yield dataclasses.replace(work, shape=None)
        elif work.firmness is Firmness.INDICATIVE:
            old = drafts.day - timedelta(days=500)
            yield dataclasses.replace(
                work, updated_on=old, registered_on=min(old, work.registered_on)
            )
        else:
            yield work
