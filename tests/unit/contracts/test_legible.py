"""Bytes shown to people: as what they are where that can be told, and never as commands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.contracts.legible import legible, one_line
from tests.stream.story import Story


def test_a_record_of_ours_is_shown_as_the_fields_of_its_schema() -> None:
    shown = legible(Story(seed=1).announcements()[0].value)

    assert shown.startswith("PlanChange {")
    assert '"plan_owner": "heat-co"' in shown


def test_a_record_that_is_cut_off_is_shown_as_bytes() -> None:
    value = Story(seed=1).announcements()[0].value

    assert legible(value[:-3]).startswith("000000  00 ")


def test_text_stays_text_and_other_bytes_are_dumped_within_bounds() -> None:
    assert legible(b'{"a": 1}') == '{"a": 1}'
    assert legible(None) == "no value"
    assert legible(b"") == "an empty value"
    assert legible(b"\xff" * 5_000).endswith("… 4488 bytes more")


@given(st.text(max_size=400))
def test_a_line_stays_one_line(text: str) -> None:
    shown = one_line(text)

    assert shown.isprintable()
