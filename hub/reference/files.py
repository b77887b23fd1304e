"""Reference files (`reference/1`): goals, calendar, moratoria, areas and policy, one file or more.

The lists have the names and fields of the programme file. Everything that is wrong is told with
file and path; nothing of a file is used while anything in it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.contracts.json_codec import Refusals, read
from hub.errors import Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
)
from hub.reference.agreement import Placed, keys_used_twice, overlapping_policies
from hub.reference.syntax import READERS, load

FORMAT = "reference/1"
LISTS = ("goals", "calendar", "moratoria", "areas", "policy")
_SNIFFED_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFile:
    """What one reference file holds; `description` is for people."""

    format: str = FORMAT
    description: str | None = None
    goals: tuple[PolicyGoal, ...] = ()
    calendar: tuple[CalendarEntry, ...] = ()
    moratoria: tuple[DigMoratorium, ...] = ()
    areas: tuple[AreaProfile, ...] = ()
    policy: tuple[PolicyConfig, ...] = ()

    def placed(self, file: str) -> Iterator[Placed]:
        """Yield the items with their places, policies in their order."""
        for name in LISTS:
            for index, item in enumerate(getattr(self, name)):
                yield Placed(item, file, f"{name}[{index}]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from all files together: items with their places, errors, warnings."""

    placed: tuple[Placed, ...]
    refused: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...] = ()

    @property
    def items(self) -> tuple[ReferenceItem, ...]:
        """Return the items."""
        return tuple(placed.item for placed in self.placed)


def is_reference_file(path: Path) -> bool:
    """Tell whether a file is one of reference data: TOML or YAML, or JSON that says so."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        with path.open("rb") as stream:
            return b'"reference/' in stream.read(_SNIFFED_BYTES)
    return suffix in READERS


def read_reference_file(path: Path) -> ReferenceFile:
    """Return what a file holds.

    :raises RejectedRecordError: with everything that is wrong in it
    """
    value, name = load(path), str(path)
    if not isinstance(value, dict):
        expected = f"an object with some of {', '.join(LISTS)}"
        raise RejectedRecordError(Refusal("", quoted(value), expected, name))
    refusals = Refusals(name)
    if value.get("format", FORMAT) != FORMAT:
        refusals.add("format", quoted(value["format"]), f"'{FORMAT}'", RejectReason.UNREADABLE)
    refusals.raise_if_any()
    return read(ReferenceFile, value, file=name)


def read_reference_files(paths: Sequence[Path]) -> Reading:
    """Return what all files hold together, and everything that is wrong in or between them."""
    placed: list[Placed] = []
    refused: list[Refusal] = []
    for path in paths:
        try:
            placed += read_reference_file(path).placed(str(path))
        except RejectedRecordError as error:
            refused += error.refusals
    refused += keys_used_twice(placed)
    disagreement = overlapping_policies(placed)
    refused += disagreement.errors
    return Reading(tuple(placed), tuple(refused), disagreement.warnings)
