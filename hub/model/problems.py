"""What is wrong inside one object of the model, told relative to that object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A contradiction: the path within the object, what came and what was expected."""

    path: str
    came: str
    expected: str


def end_not_after_start(
    path: str, start: int, end: int, start_text: str, end_text: str
) -> Iterator[Problem]:
    """Yield a problem when a half-open period `[start, end)` has no days."""
    if end <= start:
        yield Problem(
            path, f"'{end_text}' after a start of '{start_text}'", "an end after the start"
        )
