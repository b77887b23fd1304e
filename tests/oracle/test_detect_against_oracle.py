"""After every step of a random programme, detect says what the independent oracle says.

`ORACLE_STORIES` sets how many stories are drawn in each test (12 without it; 1,000 in a long run).
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.engine.detect import Detect
from hub.model.finding import Finding
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry
from hub.rules import installed
from tests.unit.engine.programmes import START, Story, drawn_at_random, initial_works, steps

from .lifecycle import KEPT, RULES, Oracle, Record
from .world import World

STORIES = int(os.environ.get("ORACLE_STORIES", "12"))
STEPS = st.lists(steps, min_size=1, max_size=14)
LIMITS = settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def said_by_detect(finding: Finding) -> dict[str, Any]:
    return {
        "status": finding.status.value,
        "revision": finding.revision,
        "cause": None if finding.cause is None else finding.cause.value,
        "first_seen": finding.first_seen.toordinal(),
        "certainty": finding.certainty.value,
        "severity": finding.severity.value,
        "parties": finding.parties,
        "area": finding.area,
        "goal": finding.goal,
        "must_act": (
            finding.must_act.organisation,
            finding.must_act.intervention,
            finding.must_act.reason,
        )
        if finding.status.is_open
        else finding.must_act.organisation,
        "evidence": {item.name: item.value for item in finding.evidence if not item.volatile},
    }


def said_by_oracle(record: Record) -> dict[str, Any]:
    seen = record.seen
    act = (seen.organisation, seen.intervention, seen.reason)
    return {
        "status": record.status,
        "revision": record.revision,
        "cause": record.cause,
        "first_seen": record.first_seen,
        "certainty": seen.certainty,
        "severity": seen.severity,
        "parties": seen.parties,
        "area": seen.area,
        "goal": seen.goal,
        "must_act": act if record.open else seen.organisation,
        "evidence": seen.material_evidence,
    }


def differences(detect: Detect, oracle: Oracle) -> dict[str, Any]:
    """Return, per finding, what the two say of it where that differs."""
    found: dict[str, Any] = {}
    for key in sorted(detect.findings.keys() | oracle.records.keys()):
        finding, record = detect.findings.get(key), oracle.records.get(key)
        product = None if finding is None else said_by_detect(finding)
        expected = None if record is None else said_by_oracle(record)
        if product is None or expected is None:
            found[key] = {"detect": product, "oracle": expected}
        elif product != expected:
            found[key] = {
                name: {"detect": product[name], "oracle": expected[name]}
                for name in product
                if product[name] != expected[name]
            }
    return found


def told_alike(first: list[Intervention], changes: list[object]) -> int:
    """Tell a story to both and return the number of steps after which they agreed."""
    rules = frozenset(installed()) & frozenset({*RULES, *KEPT})
    story = Story()
    detect = Detect(reference_date=START, write_options=False)
    oracle = Oracle(World(START.toordinal()), rules)
    begun: list[LogEntry] = [entry for work in first if (entry := story.entry(work, ()))]
    detect.load(begun)
    oracle.load(begun)
    detect.evaluate()
    oracle.evaluate()
    assert differences(detect, oracle) == {}
    agreed = 1
    for number, step in enumerate(changes):
        entry = story.entry(step, detect.findings)
        if entry is not None:
            detect.apply(entry)
            oracle.apply(entry)
            assert differences(detect, oracle) == {}, f"after step {number}: {step}"
            agreed += 1
    assert detect.rule_failures == []
    return agreed


@LIMITS
@given(initial_works, STEPS)
def test_detect_says_what_the_oracle_says_after_every_step(first: list, changes: list) -> None:
    assert told_alike(first, changes) > 0


@LIMITS
@given(st.integers(0, 2**32))
def test_detect_says_what_the_oracle_says_of_evenly_drawn_stories(seed: int) -> None:
    assert told_alike(*drawn_at_random(seed)) > 0


def test_every_installed_rule_has_an_oracle() -> None:
    assert installed().keys() <= {*RULES, *KEPT}
