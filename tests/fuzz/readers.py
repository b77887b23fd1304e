"""Every file the hub reads, through the door that `hub check` and the connectors use.

A reader takes a path and tells what became of it. What it raises besides the hub's own errors is a
find; so is a refusal that says "a fault of the connector", which is how the kit reports a crash.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.check.intake import read_files
from hub.connect.field_mapping import load_mapping
from hub.connect.files import read_file
from hub.errors import HubError, Refusal
from hub.reference.files import read_reference_files
from hub.settings import PREFIX, load_settings

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 24)
MOST_REFUSAL_CHARACTERS = 4_000
FAULT = "a fault of the connector"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: how much was accepted, and why the rest was not."""

    accepted: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """One kind of file: the suffix it has, how it is read, and files of ours to begin with."""

    suffix: str
    read: Callable[[Path], Outcome]
    seeds: tuple[str, ...]

    def seed_files(self) -> list[Path]:
        """Return the files to begin with."""
        return sorted(path for pattern in self.seeds for path in ROOT.glob(pattern))


class UnclearRefusalError(AssertionError):
    """A refusal that does not say what a person needs to know."""


def checked(refusals: tuple[Refusal, ...] | list[Refusal]) -> tuple[str, ...]:
    """Return refusals as texts, each of them in the four parts and without a crash behind it."""
    for refusal in refusals:
        text = str(refusal)
        if not refusal.came or not refusal.expected or FAULT in text:
            raise UnclearRefusalError(text)
        if len(text) > MOST_REFUSAL_CHARACTERS or not text.isprintable():
            raise UnclearRefusalError(f"{len(text)} characters: {text[:200]!r}")
    return tuple(str(refusal) for refusal in refusals)


def _with_mapping(mapping: str | None) -> Callable[[Path], Outcome]:
    def read(path: Path) -> Outcome:
        named = None if mapping is None else ROOT / mapping
        reading = read_file(path, mapping=named)
        return Outcome(len(reading.interventions), checked(reading.refusals))

    return read


def _programme(path: Path) -> Outcome:
    intake = read_files([path], reference_date=None, today=TODAY)
    return Outcome(sum(intake.read.values()), checked(intake.refused))


def _reference(path: Path) -> Outcome:
    reading = read_reference_files([path])
    return Outcome(len(reading.items), checked(reading.refused))


def _mapping(path: Path) -> Outcome:
    load_mapping(path)
    return Outcome(1)


def _settings(path: Path) -> Outcome:
    """Read each line as one variable of the environment, `NAME=value`."""
    text = path.read_bytes().decode("utf-8", "surrogateescape").replace("\0", "")
    given = dict(
        line.split("=", 1) for line in text.splitlines() if line.startswith(PREFIX) and "=" in line
    )
    kept = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in kept:
        del os.environ[name]
    os.environ.update(given)
    try:
        load_settings().password()
    finally:
        for name in given:
            del os.environ[name]
        os.environ.update(kept)
    return Outcome(len(given))


def told(read: Callable[[Path], Outcome], path: Path) -> Outcome:
    """Read a file; an error of the hub is a refusal of the whole."""
    try:
        return read(path)
    except HubError as error:
        text = str(error)
        if not text or len(text) > 10 * MOST_REFUSAL_CHARACTERS:
            raise UnclearRefusalError(f"{len(text)} characters: {text[:200]!r}") from error
        return Outcome(0, (text,))


_TABULAR = "connectors/tabular/samples"
_SEEDS = "tests/fuzz/seeds"
DOORS: Mapping[str, Door] = {
    "programme": Door(".json", _programme, ("docs/examples/*.json",)),
    "reference-toml": Door(".toml", _reference, ("deploy/reference/*.toml",)),
    "reference-json": Door(".json", _reference, ("tests/fuzz/seeds/reference.json",)),
    "reference-yaml": Door(".yaml", _reference, ("tests/fuzz/seeds/reference.yaml",)),
    "mapping": Door(
        ".toml",
        _mapping,
        (
            f"{_TABULAR}/*.mapping.toml",
            "connectors/*/profiles/*.toml",
            "connectors/mspdi/samples/*.mapping.toml",
            "connectors/geojson/samples/*.mapping.toml",
        ),
    ),
    "settings": Door(".env", _settings, ("tests/fuzz/seeds/settings.env",)),
    "table": Door(".csv", _with_mapping(f"{_SEEDS}/table.mapping.toml"), (f"{_SEEDS}/table.csv",)),
    "csv": Door(
        ".csv", _with_mapping(f"{_TABULAR}/rioolplan.mapping.toml"), (f"{_TABULAR}/rioolplan.csv",)
    ),
    "xlsx": Door(
        ".xlsx", _with_mapping(f"{_TABULAR}/strengen.mapping.toml"), (f"{_TABULAR}/*.xlsx",)
    ),
    "features": Door(
        ".geojson",
        _with_mapping(f"{_SEEDS}/features.mapping.toml"),
        (f"{_SEEDS}/features.geojson",),
    ),
    "geojson": Door(
        ".geojson",
        _with_mapping("connectors/geojson/samples/electricity-plan.mapping.toml"),
        ("connectors/geojson/samples/*.geojson",),
    ),
    "json-records": Door(".json", _with_mapping(None), ("connectors/geojson/samples/*-up.json",)),
    "mspdi": Door(
        ".xml",
        _with_mapping("connectors/mspdi/profiles/any-schedule.toml"),
        ("connectors/mspdi/samples/*.xml",),
    ),
    "datex2": Door(".xml", _with_mapping(None), ("connectors/datex2/samples/*.xml",)),
}
