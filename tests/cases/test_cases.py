"""Every case through `hub check --format json`: its findings, steps, bundles and refusals."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest

from hub.check.command import CheckOptions, check_files
from tests.cases.case_files import OWN, SHARED_CASES, Case, cases_in, waiting
from tests.cases.expectations import disagreements
from tests.support.shared import needs_shared


def checked(case: Case) -> tuple[dict[str, Any], int]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exit_code = check_files(CheckOptions(files=(case.path,), form="json"))
    return json.loads(printed.getvalue()), exit_code


@needs_shared
@pytest.mark.parametrize("case", cases_in(SHARED_CASES), ids=lambda case: case.name)
def test_a_shared_case_comes_out_as_it_says(case: Case) -> None:
    report, exit_code = checked(case)
    assert disagreements(case.expect, report, exit_code) == []


@pytest.mark.parametrize("case", cases_in(OWN), ids=lambda case: case.name)
def test_an_own_case_comes_out_as_it_says(case: Case) -> None:
    report, exit_code = checked(case)
    assert disagreements(case.expect, report, exit_code) == []


def test_own_cases_are_found() -> None:
    assert len(cases_in(OWN)) >= 50


@needs_shared
def test_shared_cases_are_found_and_most_of_them_run() -> None:
    cases = cases_in(SHARED_CASES)
    assert len(cases) >= 200
    assert sum(not case.missing_rules for case in cases) >= 140


def test_a_case_waits_for_a_rule_that_is_not_installed_and_is_counted() -> None:
    case = Case(OWN / "imagined.json", {"findings": [{"rule": "C99", "parties": []}]})
    assert case.missing_rules == {"C99"}
    told = waiting([case])
    assert told == "1 cases wait for rules that are not installed yet: C99 (1)"
