"""Decoders and readers under one roof: each is a function of bytes with bytes to begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.readers import DOORS, told
from tests.fuzz.records import TARGETS, seeds_of

Run = Callable[[bytes], None]


def names() -> list[str]:
    """Return what there is to run."""
    return [*TARGETS, *(f"file {name}" for name in DOORS)]


def subject(name: str) -> tuple[Run, list[bytes]]:
    """Return the function and its seeds."""
    if name in TARGETS:
        return TARGETS[name], seeds_of(name)
    door = DOORS[name.removeprefix("file ")]
    path = Path(tempfile.mkdtemp(prefix="fuzz-")) / f"input{door.suffix}"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        told(door.read, path)

    return run, [seed.read_bytes() for seed in door.seed_files()]
