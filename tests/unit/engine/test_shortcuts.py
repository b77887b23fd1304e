"""What rules say to save time changes nothing but the time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.engine.detect import Detect
from hub.model.finding import Finding
from hub.rules.catalogue import installed
from hub.rules.rule import Rule

from .programmes import START, Story, drawn_at_random

SEEDS = range(24)


def without_shortcuts(rule: Rule) -> Rule:
    return replace(rule, stands=None, bearing=None, meets=None, matches=None)


def with_nothing_bearing(rule: Rule) -> Rule:
    return replace(rule, bearing=None if rule.bearing is None else lambda _facts, _work: None)


def shown_after(seed: int, rules: dict[str, Rule]) -> list[list[Finding]]:
    """Return what is shown after each step of a story."""
    first, changes = drawn_at_random(seed)
    story, detect = Story(), Detect(reference_date=START, rules=rules, write_options=False)
    detect.load(entry for work in first if (entry := story.entry(work, ())) is not None)
    detect.evaluate()
    shown = [detect.present()]
    for step in changes:
        entry = story.entry(step, detect.findings)
        if entry is not None:
            detect.apply(entry)
            shown.append(detect.present())
    assert detect.rule_failures == []
    return shown


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_shortcuts_of_rules_the_same_is_shown(seed: int) -> None:
    plain = {name: without_shortcuts(rule) for name, rule in installed().items()}
    assert shown_after(seed, dict(installed())) == shown_after(seed, plain)


def test_a_rule_that_overlooks_what_bears_on_an_area_would_be_noticed() -> None:
    careless = {name: with_nothing_bearing(rule) for name, rule in installed().items()}
    assert any(
        shown_after(seed, dict(installed())) != shown_after(seed, careless) for seed in SEEDS
    )


def with_no_meeting(rule: Rule) -> Rule:
    return replace(rule, meets=None if rule.meets is None else lambda _facts, _moved: ())


def test_a_rule_that_overlooks_when_works_meet_would_be_noticed() -> None:
    careless = {name: with_no_meeting(rule) for name, rule in installed().items()}
    assert any(
        shown_after(seed, dict(installed())) != shown_after(seed, careless) for seed in SEEDS
    )
