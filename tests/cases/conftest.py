"""Cases of rules that are not installed are left out, counted and told; they run by themselves
as soon as the rule's file is there."""

from __future__ import annotations

import pytest

from tests.cases.case_files import OWN, SHARED_CASES, Case, cases_in, waiting


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _waits(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _waits(item)]


def _waits(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    case = spec.params.get("case") if spec is not None else None
    return isinstance(case, Case) and bool(case.missing_rules)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = waiting((*cases_in(SHARED_CASES), *cases_in(OWN)))
    if told is not None:
        terminalreporter.write_line(f"cases: {told}")
