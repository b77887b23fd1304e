"""Every passage of the essay has a rule, and every rule a case that shows it."""

from __future__ import annotations

from hub.rules import installed

from .essay_table import PAGE, PASSAGES, cases_of_rules, page


def watched() -> set[str]:
    return {rule for _, _, rules in PASSAGES for rule in rules.split()}


def test_the_page_is_what_the_rules_and_cases_say() -> None:
    told = "docs/essay.md is stale: run `python -m tests.oracle.essay_table`"
    assert PAGE.read_text(encoding="utf-8") == page(), told


def test_every_passage_has_a_rule_that_is_installed() -> None:
    for chapter, passage, rules in PASSAGES:
        assert rules.split(), f"{chapter} {passage}: no rule"
    assert watched() <= installed().keys()


def test_every_rule_watches_a_passage() -> None:
    assert installed().keys() <= watched()


def test_every_rule_has_a_case_in_which_it_fires() -> None:
    assert sorted(installed().keys() - cases_of_rules().keys()) == []
