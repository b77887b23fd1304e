"""Rules are found by being there, each with what a reader needs of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hub.rules
from hub.check.offline import run
from hub.check.programme_file import read_programme
from hub.model.finding import Finding, FindingKind
from hub.model.policy import THRESHOLDS
from hub.rules import explain, installed
from hub.rules.rule import Language, Rule, Scope, key_of

CORE = {"C01", "C02", "C03", "C04", "C05", "C07", "C18", "O01", "O02", "O03", "O04"}
_KINDS = {
    "C": FindingKind.CONFLICT,
    "O": FindingKind.OPPORTUNITY,
    "F": FindingKind.FEEDBACK,
}
NAMED_AT_MOST = 5
OWN_CASES = Path(__file__).parents[2] / "cases" / "own"


def test_the_core_rules_are_installed_in_order() -> None:
    assert installed().keys() >= CORE
    assert list(installed()) == sorted(installed())


def test_every_rule_module_is_a_rule_and_every_rule_a_module() -> None:
    folder = Path(hub.rules.__path__[0])
    modules = {path.stem[:3].upper() for path in folder.glob("[cof][0-9][0-9]_*.py")}
    assert modules == installed().keys()


@pytest.mark.parametrize("rule", installed().values(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.version >= 1
    assert rule.find.keys() <= set(Scope)
    assert all(name in THRESHOLDS for name in rule.thresholds)
    assert rule.title.nl != rule.title.en
    assert rule.purpose.nl.endswith(".")
    assert rule.purpose.en.endswith(".")
    assert rule.kind is _KINDS[rule.id[0]]


def findings_of_own_cases() -> list[Finding]:
    found: list[Finding] = []
    for path in sorted(OWN_CASES.glob("[co]*.json")):
        programme = read_programme(path.read_bytes())
        assert "expect" in json.loads(path.read_bytes())
        found += run(programme).findings
    return found


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return findings_of_own_cases()


def test_every_finding_is_explained_in_both_languages(findings: list[Finding]) -> None:
    assert {finding.rule for finding in findings} >= CORE
    for finding in findings:
        dutch = explain(finding, language=Language.NL, name=lambda work: f"«{work}»")
        english = explain(finding, language=Language.EN, name=lambda work: f"«{work}»")
        assert dutch != english
        for text in (dutch, english):
            assert "None" not in text
            assert "  " not in text
            assert text.endswith(".")
            assert all(f"«{party}»" in text for party in _named(finding))


def _named(finding: Finding) -> tuple[str, ...]:
    """Return the parties that must be named: those that must act together, of many the first."""
    if finding.kind is FindingKind.FEEDBACK:
        return ()
    return finding.parties[: 1 if finding.rule == "C18" else NAMED_AT_MOST]


def test_an_explanation_says_what_who_and_what_could_be_done(findings: list[Finding]) -> None:
    finding = next(item for item in findings if item.rule == "C01" and item.options)
    text = explain(finding, language=Language.EN)
    assert "at the same place at the same time" in text
    assert "days" in text
    assert finding.must_act.organisation is None or finding.must_act.organisation in text
    assert "Possible:" in text


def test_a_finding_lives_in_a_unit_of_a_scope_its_rule_looks_at(findings: list[Finding]) -> None:
    for finding in findings:
        rule = installed()[finding.rule]
        unit = rule.unit_of(key_of(finding.id))
        assert Scope(unit[0]) in rule.find
        assert finding.id.startswith(f"{rule.id}:")


def test_rules_and_facts_need_neither_geometry_nor_broker_libraries() -> None:
    text = "\n".join(path.read_text() for path in Path(hub.rules.__path__[0]).glob("*.py"))
    for library in ("shapely", "numpy", "faust", "confluent_kafka", "hub.engine", "hub.contracts"):
        assert f"import {library}" not in text
        assert f"from {library}" not in text
