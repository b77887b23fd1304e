"""Every failure that the hub is to survive has a test, and docs/delivery.md says which."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "delivery.md"
NAMES = [
    *(f"F{number}" for number in range(1, 26)),
    *(f"L{number}" for number in range(1, 8)),
    *("SIGKILL", "SIGSTOP", "broker"),
]
ROW = re.compile(r"^\| (F\d+|L\d+|SIGKILL|SIGSTOP|broker) \| .+ \| `(tests/[\w/]+\.py)::(\w+)` \|$")


def table(text: str) -> dict[str, tuple[str, str]]:
    rows = [match.groups() for line in text.splitlines() if (match := ROW.match(line))]
    return {name: (file, test) for name, file, test in rows}


def defines(file: str, test: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.FunctionDef) and node.name == test for node in nodes)


def test_every_failure_has_its_row() -> None:
    assert list(table(PAGE.read_text(encoding="utf-8"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_test_that_covers_a_failure_exists(name: str) -> None:
    file, test = table(PAGE.read_text(encoding="utf-8"))[name]
    assert defines(file, test), f"{name}: {file} has no {test}; name the test that covers it"


def test_a_missing_row_and_a_test_that_is_gone_are_noticed() -> None:
    rows = table("| F1 | lost | `tests/gone.py::test_x` |\n| F2 | nothing named | |")

    assert list(rows) == ["F1"]
    assert not defines(*rows["F1"])
    assert not defines("tests/architecture/test_failure_names.py", "test_x")
