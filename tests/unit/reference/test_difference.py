"""Publishing sends what differs, and says what it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.model.reference import CalendarEntry, PolicyConfig, ReferenceItem, reference_key
from hub.model.vocabulary import CalendarKind
from hub.reference.difference import changed_in_words, difference, difference_text

MEETING = CalendarEntry(id="m", kind=CalendarKind.COUNCIL_MEETING, start=date(2027, 1, 7))
POLICY = PolicyConfig(version="a", values={"moratorium_years": {"paving": 3}, "stale_days": 30})


def by_key(*items: ReferenceItem) -> dict[str, ReferenceItem]:
    return {reference_key(item): item for item in items}


def test_an_unchanged_item_is_not_sent_again():
    found = difference([MEETING, POLICY], by_key(MEETING, POLICY))

    assert found.to_send == ()
    assert found.unchanged == 2


def test_new_and_changed_items_are_sent_in_the_order_of_the_files():
    moved = replace(MEETING, start=date(2027, 1, 14))

    found = difference([POLICY, moved], by_key(MEETING))

    assert found.added == (POLICY,)
    assert found.changed == (moved,)


def test_numbers_that_are_written_differently_are_the_same_item():
    one = PolicyConfig(version="a", values={"workability_limit": Decimal("55.0"), "x": (1, 2)})
    other = PolicyConfig(version="a", values={"workability_limit": 55, "x": [1, 2]})

    assert difference([one], by_key(other)).to_send == ()


def test_what_changed_is_told_field_by_field_and_key_by_key():
    after = replace(POLICY, values={"moratorium_years": {"paving": 4}, "answer_days": 9})

    assert changed_in_words(POLICY, after) == [
        "values.answer_days: – → 9",
        "values.moratorium_years.paving: 3 → 4",
        "values.stale_days: 30 → –",
    ]


def test_leaving_an_item_out_removes_nothing_and_that_is_said():
    found = difference([MEETING], by_key(MEETING, POLICY))

    text = difference_text(found, sent=True)

    assert found.only_on_topic == ("policy:*:a",)
    assert "Leaving an item out removes nothing" in text
    assert "policy:*:a" in text


values: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["stale_days", "answer_days", "missed_limit"]), st.integers(0, 99)
)
policies = st.lists(
    st.builds(PolicyConfig, version=st.sampled_from("abcd"), values=values),
    unique_by=lambda item: item.version,
)


@given(known=policies, wanted=policies)
def test_what_is_sent_makes_the_topic_hold_the_files_and_nothing_is_sent_twice(
    known: list[PolicyConfig], wanted: list[PolicyConfig]
):
    before = by_key(*known)

    sent = difference(wanted, before).to_send
    after = {**before, **by_key(*sent)}

    assert all(after[reference_key(item)] == item for item in wanted)
    assert difference(wanted, after).to_send == ()
    assert not any(before.get(reference_key(item)) == item for item in sent)
