"""Finds the cases: those of the shared folder, where it is there, and the project's own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hub.rules import installed
from tests.cases.expectations import rules_named
from tests.support.shared import SHARED

OWN = Path(__file__).parent / "own"
SHARED_CASES = SHARED / "design" / "cases"


@dataclass(frozen=True)
class Case:
    """One case file and what it expects."""

    path: Path
    expect: dict[str, Any]

    @property
    def name(self) -> str:
        """Return the name of the case in test reports."""
        return self.path.stem

    @property
    def missing_rules(self) -> set[str]:
        """Return the rules it names that are not installed: it waits for them."""
        return rules_named(self.expect) - installed().keys()


@lru_cache(maxsize=2)
def cases_in(folder: Path) -> tuple[Case, ...]:
    """Return the cases of a folder by name; none where the folder is absent."""
    return tuple(
        Case(path, json.loads(path.read_bytes())["expect"])
        for path in sorted(folder.glob("*.json"))
    )


def waiting(cases: Iterable[Case]) -> str | None:
    """Return how many cases wait for which rules, None when none does."""
    waiting_cases = [case for case in cases if case.missing_rules]
    if not waiting_cases:
        return None
    rules = Counter(rule for case in waiting_cases for rule in case.missing_rules)
    listed = ", ".join(f"{rule} ({count})" for rule, count in sorted(rules.items()))
    return f"{len(waiting_cases)} cases wait for rules that are not installed yet: {listed}"
