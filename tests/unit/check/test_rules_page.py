"""The documentation page of the rules is made from the rules."""

from __future__ import annotations

from pathlib import Path

from hub.check.catalogue import rules_page
from hub.rules import installed

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


def test_the_page_is_what_the_rules_say():
    made = rules_page()

    assert PAGE.read_text(encoding="utf-8") == made, (
        "docs/rules.md is stale: run `hub rules doc > docs/rules.md`"
    )


def test_every_rule_has_its_section_with_both_languages_and_its_thresholds():
    page = rules_page()

    assert len(installed()) > 5
    for rule in installed().values():
        section = page.split(f"\n## {rule.id} ")[1].split("\n## ")[0]
        assert rule.title.nl in section
        assert rule.purpose.en in section
        for name in rule.thresholds:
            assert f"`{name}`" in section
