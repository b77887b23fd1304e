"""Several files, one programme: programme files, reference files, every file of a connector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from hub.check.programme_file import FORMAT, Programme, read_programme, system_of
from hub.connect.files import read_file
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason
from hub.model.intervention import Intervention
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
    ReferenceItem,
    reference_key,
)
from hub.reference.files import Reading, is_reference_file, read_reference_files

T = TypeVar("T")
R = TypeVar("R", bound=ReferenceItem)
MAX_PROGRAMME_FILE_BYTES = 512 * 1024 * 1024
_SNIFFED_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Intake:
    """What was read from all files together.

    `read` counts rows or works read per source; `notes` what a source passed over or did not know;
    `refused_whole` tells that a programme or reference file was refused; `usable` whether there is
    anything to evaluate. `warnings` are for people and change nothing.
    """

    programme: Programme
    refused: tuple[Refusal, ...]
    read: dict[str, int]
    refused_whole: bool
    notes: dict[str, int] = field(default_factory=dict)
    warnings: tuple[Refusal, ...] = ()

    @property
    def usable(self) -> bool:
        """Tell whether there is anything to evaluate."""
        return not self.refused_whole and (bool(self.read) or not self.refused)

    def refusing(self, refusals: tuple[Refusal, ...]) -> Intake:
        """Return this intake with more refused, and nothing left to evaluate."""
        return replace(self, refused=(*self.refused, *refusals), refused_whole=True)


@dataclass(slots=True)
class _Pile:
    """What has been read so far."""

    programmes: list[tuple[str, Programme]] = field(default_factory=list)
    reference: Reading = field(default_factory=lambda: Reading((), ()))
    interventions: list[tuple[str, Intervention]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    refused_whole: bool = False


def read_files(
    paths: Sequence[Path],
    *,
    mappings: dict[Path, Path] | None = None,
    default_mapping: Path | None = None,
    reference_date: date | None,
    today: date,
) -> Intake:
    """Return the merged programme of all files.

    The reference date is the one given, else the latest of the programme files, else today.

    :raises ConfigurationError: if a mapping is wrong or missing
    """
    pile = _Pile()
    of_reference = [
        path for path in paths if not is_programme_file(path) and is_reference_file(path)
    ]
    _take_reference(of_reference, pile)
    for path in paths:
        if path in of_reference:
            continue
        if is_programme_file(path):
            _take_programme(path, pile)
        else:
            mapping = (mappings or {}).get(path, default_mapping)
            _take_source_file(path, mapping, pile)
    return _merged(pile, reference_date, today)


def is_programme_file(path: Path) -> bool:
    """Tell whether a file says of itself that it is a programme file, of whatever version."""
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as stream:
        return b'"programme/' in stream.read(_SNIFFED_BYTES)


def _take_programme(path: Path, pile: _Pile) -> None:
    name = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_PROGRAMME_FILE_BYTES:
            limit = f"at most {MAX_PROGRAMME_FILE_BYTES >> 20} MiB; split the programme"
            raise RejectedRecordError(
                Refusal("", f"a file of {size >> 20} MiB", limit, name, RejectReason.TOO_LARGE)
            )
        programme = read_programme(path.read_bytes(), file=name)
    except RejectedRecordError as error:
        pile.refused += error.refusals
        pile.refused_whole = True
        return
    pile.programmes.append((name, programme))
    pile.interventions += ((name, work) for work in programme.interventions)
    pile.read.update(system_of(work) or name for work in programme.interventions)


def _take_reference(paths: Sequence[Path], pile: _Pile) -> None:
    pile.reference = read_reference_files(paths)
    pile.refused += pile.reference.refused
    pile.refused_whole = bool(pile.reference.refused)
    pile.read.update(placed.file for placed in pile.reference.placed)


def _take_source_file(path: Path, mapping: Path | None, pile: _Pile) -> None:
    reading = read_file(path, mapping=mapping)
    pile.refused += reading.refusals
    pile.notes.update(reading.notes)
    pile.interventions += ((str(path), work) for work in reading.interventions)
    if reading.interventions:
        pile.read[reading.system] += len(reading.interventions)


def _merged(pile: _Pile, reference_date: date | None, today: date) -> Intake:
    programmes = [programme for _, programme in pile.programmes]
    latest = max((programme.reference_date for programme in programmes), default=None)
    if reference_date is not None and latest is not None and reference_date < latest:
        raise ConfigurationError(
            f"--reference-date: came {reference_date}; expected {latest} or later, the latest "
            "reference date of the programme files, because time only advances"
        )
    steps = [step for programme in programmes for step in programme.changes]
    merged = Programme(
        format=FORMAT,
        reference_date=reference_date or latest or today,
        description=programmes[0].description if len(programmes) == 1 else None,
        interventions=_first_of_each(
            pile, pile.interventions, lambda work: f"{work.id} of {system_of(work) or 'the file'}"
        ),
        goals=_reference(pile, PolicyGoal, lambda programme: programme.goals),
        calendar=_reference(pile, CalendarEntry, lambda programme: programme.calendar),
        moratoria=_reference(pile, DigMoratorium, lambda programme: programme.moratoria),
        areas=_reference(pile, AreaProfile, lambda programme: programme.areas),
        policy=_reference(pile, PolicyConfig, lambda programme: programme.policy),
        decisions=tuple(item for programme in programmes for item in programme.decisions),
        changes=tuple(sorted(steps, key=lambda step: step.at)),
    )
    return Intake(
        merged,
        tuple(pile.refused),
        dict(sorted(pile.read.items())),
        pile.refused_whole,
        dict(sorted(pile.notes.items())),
        pile.reference.warnings,
    )


def _reference(
    pile: _Pile, cls: type[R], items_of: Callable[[Programme], tuple[R, ...]]
) -> tuple[R, ...]:
    items = [(name, item) for name, programme in pile.programmes for item in items_of(programme)]
    items += [
        (placed.file, placed.item)
        for placed in pile.reference.placed
        if isinstance(placed.item, cls)
    ]
    return _first_of_each(pile, items, reference_key)


def _first_of_each(
    pile: _Pile, items: Iterable[tuple[str, T]], identity: Callable[[T], str]
) -> tuple[T, ...]:
    """Return one item per identity; the same again with other content is refused."""
    first: dict[str, T] = {}
    for name, item in items:
        key = identity(item)
        known = first.setdefault(key, item)
        if known != item:
            pile.refused.append(
                Refusal(
                    key,
                    "other content under a key that an earlier file uses",
                    "one state per key and source",
                    name,
                    RejectReason.DUPLICATE_KEY,
                )
            )
    return tuple(first.values())
