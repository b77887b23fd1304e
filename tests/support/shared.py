"""The shared folder beside the repository: design cases and real sample files.

It is no part of the repository. Tests that read it carry `needs_shared` and are skipped, with the
reason, where it is absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest

Test = TypeVar("Test")

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"

_absent = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="reads design cases and samples: no folder 'shared' beside the project",
)


def needs_shared(test: Test) -> Test:
    """Mark a test, or a class of tests, as one that reads the shared folder."""
    return pytest.mark.shared(_absent(test))
