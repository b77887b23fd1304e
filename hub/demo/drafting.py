"""How each owner draws up one work: its place in the street, what it does there, how firm it is.

The sewer lies in the middle of the street, heat a little beside it, a cable in the carriageway or
under the pavement, and a redesign takes the whole width.
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from hub.demo.months import Period, month
from hub.demo.plans import Decision, PlannedWork
from hub.demo.town import Stretch
from hub.model.dates import Precision
from hub.model.vocabulary import DecisionLevel, Firmness

_HEAT_OFFSET_M = 3.0
_CABLE_OFFSETS_M = {"carriageway": -3.0, "pavement": -5.5}
_STREET_HALF_WIDTH_M = 6.5

_DAY_UNTIL_MONTH, _QUARTER_UNTIL_MONTH = 30, 48


class Drafts:
    """Draws up works as of one day; numbers them per owner."""

    def __init__(self, day: date, random: Random) -> None:
        self.day = day
        self.random = random
        self._numbers = {"R": 100, "W": 0, "E": 0}

    def sewer(self, stretch: Stretch, first: int, end: int, **more: Any) -> PlannedWork:
        """Return the replacement of a sewer."""
        number = self._numbers["R"] = self._numbers["R"] + 1
        return self._work(
            f"R-{number}",
            f"Vervangen riool {stretch.name}",
            stretch,
            stretch.line(),
            (first, end),
            {
                "traffic": "closed",
                "cost_euro": round(stretch.length_m * self.random.choice((2400, 2600, 2900)), -3),
                **more,
            },
        )

    def heat(self, stretch: Stretch, first: int, end: int, **more: Any) -> PlannedWork:
        """Return a heat main along the sewer."""
        number = self._numbers["W"] = self._numbers["W"] + 1
        return self._work(
            f"W-{number:03d}",
            f"Warmteleiding {stretch.name}",
            stretch,
            stretch.line(_HEAT_OFFSET_M),
            (first, end),
            {"cost_euro": round(stretch.length_m * 1800, -3), **more},
        )

    def substation(self, stretch: Stretch, first: int, end: int, **more: Any) -> PlannedWork:
        """Return a heat transfer station whose site takes half the street."""
        number = self._numbers["W"] = self._numbers["W"] + 1
        return self._work(
            f"W-{number:03d}",
            f"Bouw warmteoverdrachtstation {stretch.name}",
            stretch,
            stretch.strip(-1.0, 9.0),
            (first, end),
            {"cost_euro": 2_400_000, **more},
        )

    def power(
        self, stretch: Stretch, first: int, end: int, *, under: str = "carriageway", **more: Any
    ) -> PlannedWork:
        """Return an electricity cable."""
        number = self._numbers["E"] = self._numbers["E"] + 1
        return self._work(
            f"E-{number:03d}",
            f"Netverzwaring {stretch.name}",
            stretch,
            stretch.line(_CABLE_OFFSETS_M[under]),
            (first, end),
            {"cost_euro": round(stretch.length_m * 350, -3), **more},
        )

    def phase(
        self, key: str, title: str, stretch: Stretch, first: int, end: int, **more: Any
    ) -> PlannedWork:
        """Return one phase of a redesign, which gives the street a new surface."""
        return self._work(
            key,
            title,
            stretch,
            stretch.strip(-_STREET_HALF_WIDTH_M, _STREET_HALF_WIDTH_M),
            (first, end),
            {
                "traffic": "closed",
                "renews": True,
                "surface": "asphalt",
                "cost_euro": round(stretch.length_m * 3100, -3),
                **more,
            },
        )

    def to_decide(self, level: DecisionLevel) -> Decision:
        """Return a decision that nobody has asked for yet."""
        return Decision(level=level)

    def _work(
        self,
        key: str,
        title: str,
        stretch: Stretch,
        shape: tuple[tuple[float, float], ...],
        months: tuple[int, int],
        more: dict[str, Any],
    ) -> PlannedWork:
        """Return the work; `exact` keeps months that would be told as quarters or years."""
        first, end = months
        exact = more.pop("exact", False)
        given: dict[str, Any] = {
            "key": key,
            "title": title,
            "street": stretch.street.name,
            "shape": shape,
            "firmness": firmness_of(first, end),
            "period": Period.of(
                self.day, *((first, end) if exact else _whole(self.day, first, end))
            ),
            "registered_on": month(self.day, -self.random.randint(6, 40)),
            "updated_on": month(self.day, -self.random.randint(0, 5)),
            **more,
        }
        if given["updated_on"] > self.day:
            given["updated_on"] = self.day
        return PlannedWork(**given)


def firmness_of(first: int, end: int) -> Firmness:
    """Return how firm a plan usually is, by the months until it starts and ends."""
    if first <= 0:
        return Firmness.COMPLETED if end <= 0 else Firmness.IN_EXECUTION
    if first <= 8:
        return Firmness.COMMITTED
    if first <= _DAY_UNTIL_MONTH:
        return Firmness.ADOPTED
    return Firmness.DRAFT if first <= _QUARTER_UNTIL_MONTH else Firmness.INDICATIVE


def _whole(day: date, first: int, end: int) -> tuple[int, int, Precision]:
    """Return the months widened to the quarters or years in which a distant plan is written."""
    if first <= _DAY_UNTIL_MONTH:
        return first, end, Precision.DAY
    size, precision = (
        (3, Precision.QUARTER) if first <= _QUARTER_UNTIL_MONTH else (12, Precision.YEAR)
    )
    start, last = month(day, first), month(day, end - 1)
    return first - (start.month - 1) % size, end + size - 1 - (last.month - 1) % size, precision
