"""Gives the rows of its settings."""

from collections.abc import Iterator

from hub.connect.api import SourceRow
from hub.errors import Refusal

from .settings import Settings


class ListSource:
    """The rows of a test."""

    def __init__(self, settings: Settings) -> None:
        self._rows = settings.rows

    def columns(self) -> tuple[str, ...]:
        """Return the names of the fields."""
        return ("id", "title")

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield the rows."""
        for number, (key, work, title) in enumerate(self._rows, start=1):
            where = f"row {number}"
            if key == "?":
                yield Refusal(where, "no key", "a key")
            else:
                yield SourceRow(key, where, {"id": work, "title": title})


def open_source(settings: Settings) -> ListSource:
    """Return the source."""
    return ListSource(settings)
