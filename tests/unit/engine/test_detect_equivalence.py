"""Each step gives what evaluating everything gives, and restoring changes nothing."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.detect import Detect
from hub.model.finding import Finding, FindingKind, ResolutionCause
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import ReferenceItem
from hub.rules.rule import Unit

from .programmes import START, Story, compacted, drawn_at_random, initial_works, steps

STEPS = st.lists(steps, min_size=1, max_size=14)


class EvaluatesEverything(Detect):
    """The oracle: takes in a change and evaluates every unit there is."""

    def _touched(self, body: WorkState | ReferenceItem | Tick) -> Collection[Unit]:
        super()._touched(body)
        return self._everything()


def begun(detect: Detect, story: Story, first: list[Intervention]) -> Detect:
    entries = [entry for work in first if (entry := story.entry(work, ())) is not None]
    detect.load(entries)
    detect.evaluate()
    return detect


def content(finding: Finding) -> object:
    """Return what a finding says, without the history of its record."""
    return (
        finding.id,
        finding.certainty,
        finding.severity,
        finding.parties,
        finding.must_act,
        finding.evidence,
        finding.options,
        finding.savings,
        finding.moves,
        finding.classification,
        finding.policy_version,
    )


OF_HISTORY = ("O04", "F04")
"""Rules about what happened: what they say does not follow from the state."""


def is_held(finding: Finding) -> bool:
    return any(item.name == "held" for item in finding.evidence)


@settings(max_examples=80, deadline=None)
@given(initial_works, STEPS)
def test_every_step_gives_what_evaluating_everything_gives(first: list, changes: list) -> None:
    _hold_against_evaluating_everything(first, changes)


def _hold_against_evaluating_everything(first: list, changes: list) -> None:
    story = Story()
    detect = begun(Detect(reference_date=START), story, first)
    oracle = begun(EvaluatesEverything(reference_date=START), Story(), first)
    assert dict(detect.findings) == dict(oracle.findings)
    for step in changes:
        entry = story.entry(step, detect.findings)
        if entry is not None:
            assert detect.apply(entry) == oracle.apply(entry)
            assert dict(detect.findings) == dict(oracle.findings)
    assert detect.present() == oracle.present()
    assert detect.rule_failures == []


@settings(max_examples=50, deadline=None)
@given(initial_works, STEPS)
def test_open_findings_are_those_of_a_fresh_start_on_the_same_state(
    first: list, changes: list
) -> None:
    story = Story()
    detect = begun(Detect(reference_date=START), story, first)
    for step in changes:
        entry = story.entry(step, detect.findings)
        if entry is None:
            continue
        detect.apply(entry)
        fresh = Detect(reference_date=story.today)
        fresh.load(compacted(story.log))
        fresh.evaluate()
        shown = {finding.id: finding for finding in detect.present()}
        declined = {key for key, one in shown.items() if one.cause is ResolutionCause.DECLINED}
        here = {
            key: content(one)
            for key, one in shown.items()
            if one.status.is_open and not is_held(one) and one.rule not in OF_HISTORY
        }
        there = {one.id: content(one) for one in fresh.present() if one.id not in declined}
        assert {key: value for key, value in here.items() if key not in declined} == there


@settings(max_examples=50, deadline=None)
@given(initial_works, STEPS, st.integers(0, 14))
def test_restoring_after_any_step_continues_identically(
    first: list, changes: list, restored_after: int
) -> None:
    story = Story()
    kept = begun(Detect(reference_date=START), story, first)
    other = kept
    for number, step in enumerate(changes):
        if number == restored_after:
            other = Detect(reference_date=story.today)
            other.load(compacted(story.log))
            other.restore_findings(kept.findings.values())
        entry = story.entry(step, kept.findings)
        if entry is not None:
            expected = kept.apply(entry, offset=number)
            if other is not kept:
                assert other.apply(entry, offset=number) == expected
    assert other.present() == kept.present()
    assert other.bundles() == kept.bundles()


@settings(max_examples=50, deadline=None)
@given(initial_works, STEPS, st.integers(0, 14), st.integers(0, 14))
def test_a_replay_over_findings_that_are_ahead_repeats_and_contradicts_nothing(
    first: list, changes: list, committed: int, crashed: int
) -> None:
    """State of an earlier step, findings of a later one: as after a crash before the commit."""
    committed, crashed = sorted((committed, crashed))
    story = Story()
    kept = begun(Detect(reference_date=START), story, first)
    at_commit: tuple[list[LogEntry], object] | None = None
    replay: list[tuple[int, LogEntry]] = []
    restored: Detect | None = None
    for number, step in enumerate(changes):
        if number == committed:
            at_commit = (compacted(story.log), story.today)
        if number == crashed and at_commit is not None:
            log, day = at_commit
            restored = Detect(reference_date=day)  # type: ignore[arg-type]
            restored.load(log)
            restored.restore_findings(kept.findings.values())
            for offset, entry in replay:
                assert restored.apply(entry, offset=offset) == []
        entry = story.entry(step, kept.findings)
        if entry is None:
            continue
        if number >= committed:
            replay.append((number, entry))
        expected = kept.apply(entry, offset=number)
        if restored is not None:
            assert restored.apply(entry, offset=number) == expected
    if restored is not None:
        assert restored.present() == kept.present()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_every_step_of_an_evenly_drawn_story_gives_what_evaluating_everything_gives(
    seed: int,
) -> None:
    first, changes = drawn_at_random(seed)
    _hold_against_evaluating_everything(first, changes)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(0, 20), st.lists(st.integers(0, 20), min_size=3, max_size=3)
)
def test_a_replay_writes_exactly_what_each_topic_lacks(
    seed: int, committed: int, written: list[int]
) -> None:
    """After a crash each topic may have been written up to another step.

    ---- committed ------- conflicts ------- feedback ------ opportunities ---- crash
         the log begins here; each topic holds what was written up to its own step
    """
    first, changes = drawn_at_random(seed, length=20)
    up_to = dict(zip(FindingKind, written, strict=False))
    story = Story()
    kept = begun(Detect(reference_date=START), story, first)
    topics = dict(kept.findings)
    outputs: list[tuple[int, LogEntry, list[Finding]]] = []
    log, day = compacted(story.log), story.today
    for number, step in enumerate(changes):
        if number == committed:
            log, day = compacted(story.log), story.today
        entry = story.entry(step, kept.findings)
        if entry is None:
            continue
        changed = kept.apply(entry, offset=number)
        if number >= committed:
            outputs.append((number, entry, changed))
        for finding in changed:
            if number < committed or number < up_to[finding.kind]:
                topics[finding.id] = finding
    restored = Detect(reference_date=day)
    restored.load(log)
    restored.restore_findings(topics.values())
    for number, entry, changed in outputs:
        lacking = [one for one in changed if number >= up_to[one.kind]]
        assert restored.apply(entry, offset=number) == lacking
    assert restored.present() == kept.present()
