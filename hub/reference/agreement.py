"""Whether reference items agree with each other: ids used twice, policies that overlap in time.

Two policies of one municipality may be valid at the same time (one adds to the other). Where they
set the same threshold to different values, which one holds would depend on the order of files, or
of records on a topic: that is an error. Otherwise it is a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from hub.errors import Refusal, RejectReason
from hub.model.reference import PolicyConfig, ReferenceItem, reference_key


@dataclass(frozen=True, slots=True)
class Placed:
    """A reference item and where it was read: file and path; both empty where it is no file's."""

    item: ReferenceItem
    file: str = ""
    path: str = ""

    @property
    def where(self) -> str:
        """Return the place in words."""
        return f"{self.file}: {self.path}" if self.file else "the reference topic"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Errors and warnings about items that do not go together."""

    errors: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...]


def keys_used_twice(items: Iterable[Placed]) -> Iterator[Refusal]:
    """Yield each item whose key was used before, in whatever file."""
    first: dict[str, Placed] = {}
    for placed in items:
        key = reference_key(placed.item)
        known = first.setdefault(key, placed)
        if known is not placed:
            came = f"'{key}' a second time; first in {known.where}"
            yield Refusal(
                placed.path, came, "an id used once", placed.file, RejectReason.DUPLICATE_KEY
            )


def overlapping_policies(items: Iterable[Placed]) -> Disagreement:
    """Return where policies of one municipality are valid on the same day."""
    of: dict[str, list[tuple[Placed, PolicyConfig]]] = defaultdict(list)
    for placed in items:
        if isinstance(placed.item, PolicyConfig):
            of[placed.item.municipality].append((placed, placed.item))
    errors: list[Refusal] = []
    warnings: list[Refusal] = []
    for group in of.values():
        for (first, one), (second, other) in combinations(group, 2):
            both = _days_of_both(one, other)
            if both is None:
                continue
            contested = sorted(_contested(one.values, other.values))
            reported, against = (second, one) if second.file else (first, other)
            reported_policy = other if reported is second else one
            came = (
                f"policy '{reported_policy.version}' of {reported_policy.municipality} is valid"
                f" together with '{against.version}' {both}"
            )
            if contested:
                what = f", and both set {', '.join(contested)} to different values"
                expected = "validity that does not overlap: set valid_to of the earlier one"
                errors.append(Refusal(reported.path, came + what, expected, reported.file))
            else:
                expected = "that one adds to the other; they set no threshold differently"
                warnings.append(Refusal(reported.path, came, expected, reported.file))
    return Disagreement(tuple(errors), tuple(warnings))


def _days_of_both(one: PolicyConfig, other: PolicyConfig) -> str | None:
    """Return the period in which both are valid, in words; None when there is none."""
    start = max(one.valid_from or date.min, other.valid_from or date.min)
    end = min(one.valid_to or date.max, other.valid_to or date.max)
    if start >= end:
        return None
    since = "" if start == date.min else f"from {start}"
    until = "" if end == date.max else f"until {end}"
    return " ".join(part for part in (since, until) if part) or "always"


def _contested(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Yield the thresholds, or keys in them, that both set and set differently."""
    for name in one.keys() & other.keys():
        mine, theirs = one[name], other[name]
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            for key in mine.keys() & theirs.keys():
                if mine[key] != theirs[key]:
                    yield f"{name}.{key}"
        elif mine != theirs:
            yield name
