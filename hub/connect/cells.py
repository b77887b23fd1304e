"""What a cell says: nothing, a truth value, an exact number, or a text.

Cells come as the source has them. A spreadsheet's number is a double that shows 15 digits, so these
are what its author sees. Text numbers follow the decimal habit of the source, and one that can be
read in two ways (`1.234`) is refused until the mapping settles it.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

DecimalHabit = Literal["auto", ",", "."]

TRUE_WORDS = ("ja", "j", "yes", "y", "true", "waar", "1", "x")
FALSE_WORDS = ("nee", "neen", "n", "no", "false", "onwaar", "0")
EXPECTED_TRUTH = "ja or nee, yes or no, true or false, 1 or 0, x"
EXPECTED_NUMBER = "a number such as 1250, 1.250,00 or 1250.5"
AMBIGUOUS = (
    "a number that can be read in one way; set cells.decimal in the mapping to ',' or '.' to say "
    "which of the two it is"
)
MAX_NUMBER_CHARACTERS = 40

_TRUTH = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
_CURRENCY = re.compile(r"^(?:€|eur(?:o)?)\s*|\s*(?:€|eur(?:o)?|,-|,--)$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d[\d.,' ]*", re.ASCII)
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+")
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+")


class AmbiguousNumberError(ValueError):
    """A number whose separator may be of thousands or of decimals."""


def is_empty(value: Any) -> bool:
    """Tell whether a cell says nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def as_text(value: Any) -> str:
    """Return a cell as a person reads it, without blanks around it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip()


def read_truth(value: Any) -> bool | None:
    """Return what a cell says of yes or no, or None when it says neither."""
    return value if isinstance(value, bool) else _TRUTH.get(as_text(value).casefold())


def read_number(value: Any, habit: DecimalHabit) -> Decimal | None:
    """Return the exact number in a cell, or None when there is none.

    :raises AmbiguousNumberError: if it can be read in two ways
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value) if Decimal(value).is_finite() else None
    if isinstance(value, float):
        return Decimal(f"{value:.15g}") if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = _CURRENCY.sub("", _CURRENCY.sub("", value.strip())).replace("\u00a0", " ")
    if len(text) > MAX_NUMBER_CHARACTERS or _NUMBER.fullmatch(text) is None:
        return None
    sign = "-" if text[0] == "-" else ""
    plain = _plain(text.lstrip("+-").replace(" ", "").replace("'", ""), habit)
    try:
        return None if plain is None else Decimal(sign + plain)
    except InvalidOperation:
        return None


def _plain(text: str, habit: DecimalHabit) -> str | None:
    """Return digits with a point before the decimals, or None for no number."""
    points, commas = text.count("."), text.count(",")
    if not points and not commas:
        return text
    if habit == "auto":
        habit = _habit_of(text, points, commas)
    grouped, separator = (".", ",") if habit == "," else (",", ".")
    whole, _, fraction = text.partition(separator)
    pattern = _GROUPED_BY_POINT if grouped == "." else _GROUPED_BY_COMMA
    if grouped in whole and pattern.fullmatch(whole) is None:
        return None
    if not fraction.isdecimal() and separator in text:
        return None
    digits = whole.replace(grouped, "")
    return f"{digits}.{fraction}" if fraction else digits


def _habit_of(text: str, points: int, commas: int) -> DecimalHabit:
    if points and commas:
        return "," if text.rfind(",") > text.rfind(".") else "."
    separator = "." if points else ","
    other: DecimalHabit = "," if points else "."
    if points + commas > 1:
        return other
    if len(text) - text.index(separator) - 1 == 3 and not text.startswith(f"0{separator}"):
        raise AmbiguousNumberError(text)
    return "." if points else ","
