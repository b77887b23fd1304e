"""One row per way to be wrong; good ones between them."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.connect.api import SourceRow
from hub.errors import Refusal, RetryableError

from .settings import Settings

GOOD: dict[str, Any] = {
    "title": "Lindestraat",
    "discipline": "riool",
    "period": "2028",
    "cost": 1250,
    "duration": 30,
    "opens": True,
    "place": {"type": "Point", "coordinates": [155000, 463000]},
}
MANY = [[155000 + i / 100, 463000 + (i % 7)] for i in range(100_001)]
BOW_TIE = [
    [[155000, 463000], [155010, 463010], [155010, 463000], [155000, 463010], [155000, 463000]]
]
NASTY: dict[str, dict[str, Any]] = {
    "a list as period": {"period": [1, 2]},
    "an object as title": {"title": {"a": 1}, "discipline": {}},
    "bytes as cost": {"cost": b"\xff\xfe"},
    "a title of a megabyte": {"title": "x" * 1_000_000},
    "NUL in the title": {"title": "a\0b"},
    "half a character": {"title": "\ud800"},
    "a terminal escape": {"discipline": "\x1b[2J\x1b[31mriool"},
    "30 February": {"period": "30-02-2028"},
    "a period backwards": {"period": "2030-2028"},
    "an absurd year": {"period": "99999-99999"},
    "a year of ten thousand digits": {"period": "9" * 10_000},
    "the end of time": {"period": datetime.max},
    "a duration": {"duration": timedelta(days=10**6)},
    "a negative cost": {"cost": -5},
    "an infinite cost": {"cost": math.inf},
    "no number at all": {"cost": Decimal("NaN")},
    "a cost of a hundred digits": {"cost": "9" * 100},
    "a cost beyond all integers": {"cost": 10**400},
    "two numbers in one": {"cost": "1.234"},
    "an unknown code": {"discipline": "telepathie"},
    "neither yes nor no": {"opens": "misschien"},
    "coordinates that are none": {"place": {"type": "Point", "coordinates": [math.nan, 1]}},
    "text as coordinates": {"place": {"type": "Point", "coordinates": ["x", "y"]}},
    "too many corners": {"place": {"type": "LineString", "coordinates": MANY}},
    "a bow tie": {"place": {"type": "Polygon", "coordinates": BOW_TIE}},
    "deeply nested": {"place": {"type": "Polygon", "coordinates": [[[[[[1]]]]]]}},
    "no geometry type": {"place": {"type": "Blob", "coordinates": []}},
    "on the moon": {"place": {"type": "Point", "coordinates": [4.9, 52.3]}},
    "a fault of ours": {"title": "make me divide by zero"},
}
KEYS = ["", " ", "x" * 400, "tab\tkey", "no id\u00e9"]


class HostileSource:
    """Sends good rows, bad rows, duplicate keys and refusals, and may break off."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def columns(self) -> tuple[str, ...]:
        """Return the names of the fields."""
        return ("key", *GOOD)

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield rows of all kinds."""
        if self._settings.unreachable:
            raise RetryableError("hostile source: came nothing; expected an answer; wait")
        yield _row("good-1", "record 1")
        for number, (name, change) in enumerate(NASTY.items(), start=100):
            yield _row(f"nasty-{number}", f"record {number} ({name})", change)
        for number, key in enumerate(KEYS, start=200):
            yield SourceRow(key, f"record {number}", {**GOOD, "key": key})
        yield _row("good-1", "record 300")
        yield Refusal("record 301", "half a record", "a whole one")
        if self._settings.breaks_in_the_middle:
            raise KeyError("personal data that must not be shown")
        yield _row("good-2", "record 302")


def _row(key: str, where: str, change: dict[str, Any] | None = None) -> SourceRow:
    return SourceRow(key, where, {**GOOD, "key": key, **(change or {})})


def open_source(settings: Settings) -> HostileSource:
    """Return the source."""
    return HostileSource(settings)
