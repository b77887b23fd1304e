"""The comparison of cases can fail in each of its parts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.cases.expectations import disagreements, rules_named

FINDING = {
    "id": "C01:a|b",
    "rule": "C01",
    "parties": ["a", "b"],
    "certainty": "certain",
    "status": "detected",
    "evidence": [{"name": "distance_m", "value": 2.0}, {"name": "overlaps", "value": True}],
    "must_act": {"organisation": "a-co", "intervention": "a", "reason": "role"},
    "options": [{"action": "shift", "intervention": "a", "days": 5, "feasible": "ask"}],
    "savings": {"area_m2": 10.0, "amount_cents": None, "nuisance_days": 3},
    "moves": {"a": 5, "b": 0},
}
REPORT = {
    "findings": [FINDING],
    "steps": [
        {"step": 0, "changes": [{"id": "C01:a|b", "status": "detected"}]},
        {"step": 1, "changes": [{"id": "C01:a|b", "status": "updated"}]},
    ],
    "bundles": [{"id": "bundle:a", "score": 12, "members": ["b"]}],
    "refused": [],
}
EXPECT: dict[str, Any] = {
    "findings": [
        {
            "rule": "C01",
            "parties": ["b", "a"],
            "certainty": "certain",
            "evidence": {"distance_m": 2.005, "overlaps": True},
            "must_act": {"organisation": "a-co"},
            "options": [{"action": "shift", "days": 5}],
            "savings": {"area_m2": 10},
            "moves": {"a": 5, "b": 0},
        }
    ],
    "absent": [{"rule": "C03"}, {"rule": "C01", "parties": ["a", "c"]}, {"id": "C01:a|c"}],
    "bundles": {"bundle:a": {"score": 12}},
    "only": True,
    "steps": [{"after": 0, "statuses": {"C01:a|b": "detected", "C02:a|m": "none"}}],
}


def test_a_report_that_is_as_expected_has_no_disagreements() -> None:
    assert disagreements(EXPECT, REPORT, 0) == []


def _wrong(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    expect = copy.deepcopy(EXPECT)
    change(expect)
    return expect


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e["findings"][0].update(parties=["a"]),
        lambda e: e["findings"][0].update(certainty="possible"),
        lambda e: e["findings"][0]["evidence"].update(distance_m=2.02),
        lambda e: e["findings"][0]["evidence"].update(overlaps=1),
        lambda e: e["findings"][0]["evidence"].update(unheard_of=1),
        lambda e: e["findings"][0]["must_act"].update(organisation="b-co"),
        lambda e: e["findings"][0]["options"][0].update(days=6),
        lambda e: e["findings"][0]["savings"].update(nuisance_days=None),
        lambda e: e["findings"][0].update(moves={"a": 5}),
        lambda e: e["findings"][0].update(goal="rain"),
        lambda e: e["absent"].append({"id": "C01:a|b"}),
        lambda e: e["absent"].append({"rule": "C01"}),
        lambda e: e["bundles"]["bundle:a"].update(score=13),
        lambda e: e.update(bundles={}),
        lambda e: e["bundles"].update({"bundle:z": {}}),
        lambda e: e.update(findings=[]),
        lambda e: e["steps"].append({"after": 1, "statuses": {"C01:a|b": "detected"}}),
        lambda e: e["steps"].append({"after": 0, "statuses": {"C01:a|b": "none"}}),
        lambda e: (e.clear(), e.update(refused="interventions[0].id")),
    ],
)
def test_each_part_of_an_expectation_can_fail(change: Callable[[dict[str, Any]], None]) -> None:
    assert disagreements(_wrong(change), REPORT, 0) != []


def test_a_refusal_must_name_the_path_and_end_with_code_2() -> None:
    refused = {"findings": [], "refused": [{"path": "changes[0].at"}]}
    assert disagreements({"refused": "changes[0].at"}, refused, 2) == []
    assert disagreements({"refused": "changes[0].at"}, refused, 0) != []
    assert disagreements({"refused": "changes[1].at"}, refused, 2) != []
    assert disagreements({"findings": []}, refused, 2) != []


def test_the_rules_a_case_names_are_read_from_all_its_parts() -> None:
    assert rules_named(EXPECT) == {"C01", "C02", "C03"}
