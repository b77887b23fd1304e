"""`hub reference validate`: from files to standard output and an exit code."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hub.model.reference import reference_key
from hub.reference.files import Reading, read_reference_files

EXIT_RIGHT, EXIT_REFUSED = 0, 2


def validate(paths: Sequence[Path]) -> int:
    """Print everything that is wrong in reference files, or what they hold."""
    reading = read_reference_files(paths)
    tell(reading)
    if reading.refused:
        return EXIT_REFUSED
    kinds = Counter(reference_key(item).partition(":")[0] for item in reading.items)
    held = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "nothing"
    sys.stdout.write(f"right: {held}\n")
    return EXIT_RIGHT


def tell(reading: Reading) -> None:
    """Print errors and warnings on standard error."""
    for refusal in reading.refused:
        sys.stderr.write(f"error: {refusal}\n")
    for warning in reading.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    if reading.refused:
        sys.stderr.write(f"{len(reading.refused)} to mend; nothing was used\n")
