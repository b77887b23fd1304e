"""A worker that was cut off may leave old days and old reference items behind newer ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hub.contracts.records import header
from hub.metrics import ProcessedResult
from hub.streams.logic import Received, Step
from hub.streams.restore import HighestPerKey
from tests.stream.story import TODAY, Story
from tests.unit.streams.test_stage_logic import arrived, detect, log_of, register


def two_days_and_two_policies() -> list[Received]:
    programme, story = register(), Story(seed=4)
    programme._today = lambda _: TODAY - timedelta(days=1)
    steps: list[Step | None] = [programme.tick()]
    inputs = [story.policy_change("1", buffer_m=10), story.policy_change("1", buffer_m=3)]
    steps += [programme.apply(arrived(item, offset)) for offset, item in enumerate(inputs)]
    programme._today = lambda _: TODAY
    steps.append(programme.tick())
    return log_of(steps)


def test_an_earlier_day_or_item_behind_a_later_one_is_no_step() -> None:
    yesterday, old, new, today = two_days_and_two_policies()
    assert (yesterday.key, old.key) == (today.key, new.key)
    for first, late in ((today, yesterday), (new, old)):
        programme = detect(first)

        assert programme.apply(replace(late, offset=1000)) == Step(ProcessedResult.SKIPPED)


def test_a_restore_keeps_the_latest_day_and_item_and_writes_them_again() -> None:
    yesterday, old, new, today = two_days_and_two_policies()
    found = HighestPerKey()
    for offset, record in enumerate((yesterday, old, new, today, yesterday, old)):
        found.add(replace(record, offset=offset))

    assert {record.value for record in found.in_log_order()} == {today.value, new.value}
    assert {record.value for record in found.to_repair()} == {today.value, new.value}


def test_copies_of_an_item_carry_the_place_of_their_input() -> None:
    _, old, new, _ = two_days_and_two_policies()

    assert [int(header(item.headers, "ce_sequence") or 0) for item in (old, new)] == [1, 2]
