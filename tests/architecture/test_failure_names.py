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
    *(f"L{number}" for number in range(1, 9)),
    *("SIGKILL", "SIGSTOP", "broker"),
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(rf"^\| (F\d+|L\d+|SIGKILL|SIGSTOP|broker) \| .+ \| ((?:{TEST.pattern} ?)+) \|$")


def table(text: str) -> dict[str, list[tuple[str, str]]]:
    rows = [match for line in text.splitlines() if (match := ROW.match(line))]
    return {row[1]: [(file, test) for file, test in TEST.findall(row[2])] for row in rows}


def defines(file: str, test: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.FunctionDef) and node.name == test for node in nodes)


def test_every_failure_has_its_row() -> None:
    assert list(table(PAGE.read_text(encoding="utf-8"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_that_cover_a_failure_exist(name: str) -> None:
    tests = table(PAGE.read_text(encoding="utf-8"))[name]
    assert tests
    for file, test in tests:
        assert defines(file, test), f"{name}: {file} has no {test}; name the test that covers it"


def test_a_missing_row_and_a_test_that_is_gone_are_noticed() -> None:
    first = "| F1 | lost | `tests/gone.py::test_x` `tests/gone.py::test_y` |"
    rows = table(f"{first}\n| F2 | nothing named | |")

    assert rows == {"F1": [("tests/gone.py", "test_x"), ("tests/gone.py", "test_y")]}
    assert not any(defines(*place) for place in rows["F1"])
    assert not defines("tests/architecture/test_failure_names.py", "test_x")
