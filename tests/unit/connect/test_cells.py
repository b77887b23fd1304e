"""What a cell says: nothing, yes or no, an exact number."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connect.cells import (
    AmbiguousNumberError,
    as_text,
    is_empty,
    read_number,
    read_truth,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1250", "1250"),
        ("1.250,00", "1250.00"),
        ("1,250.00", "1250.00"),
        ("1 250,5", "1250.5"),
        ("1'250.5", "1250.5"),
        ("€ 1.250.000,-", "1250000"),
        ("€ 1.250.000", "1250000"),
        ("-3,5", "-3.5"),
        ("0,125", "0.125"),
        ("12,5 euro", "12.5"),
        ("1.2500,00", None),
        ("12,34,56", None),
        ("1e6", None),
        ("0x10", None),
        ("=1+1", None),
        ("veel", None),
    ],
)
def test_a_written_number_is_exact_or_none(text: str, number: str | None) -> None:
    expected = None if number is None else Decimal(number)
    assert read_number(text, "auto") == expected


def test_a_number_that_can_be_read_in_two_ways_is_left_to_the_mapping() -> None:
    with pytest.raises(AmbiguousNumberError):
        read_number("1.234", "auto")
    assert read_number("1.234", ",") == 1234
    assert read_number("1.234", ".") == Decimal("1.234")


def test_a_spreadsheet_number_has_the_digits_its_author_sees() -> None:
    assert read_number(0.1 + 0.2, "auto") == Decimal("0.3")
    assert read_number(84000.1, "auto") == Decimal("84000.1")


@pytest.mark.parametrize("value", [math.nan, math.inf, Decimal("NaN"), True, None, b"1", [1]])
def test_what_is_no_number_is_none(value: object) -> None:
    assert read_number(value, "auto") is None


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_every_dutch_amount_is_read_back(whole: int, cents: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{cents:02}"
    assert read_number(text, ",") == Decimal(f"{whole}.{cents:02}")
    assert read_number(text, "auto") == Decimal(f"{whole}.{cents:02}")


@pytest.mark.parametrize(
    ("word", "truth"), [("Ja", True), ("nee", False), (" X ", True), (1.0, True)]
)
def test_yes_and_no_in_dutch_and_english(word: object, truth: bool) -> None:
    assert read_truth(word) is truth


def test_another_word_is_neither_yes_nor_no() -> None:
    assert read_truth("misschien") is None


def test_an_empty_cell_says_nothing_and_zero_says_zero() -> None:
    assert is_empty(None)
    assert is_empty(" \t")
    assert not is_empty(0)
    assert not is_empty(False)


def test_a_whole_spreadsheet_number_is_text_without_a_point() -> None:
    assert as_text(118.0) == "118"
