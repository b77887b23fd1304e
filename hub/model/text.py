"""What texts and numbers of the model may look like; each type names its own limits.

The limits stand beside the types so that every reader (JSON, Avro, mapping) enforces the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

MAX_ID_CHARACTERS = 120
MAX_TEXT_CHARACTERS = 2_000
MAX_FINDING_ID_CHARACTERS = 600
MAX_SIGNIFICANT_DIGITS = 15
"""A decimal survives its way through a double unharmed up to this many digits (IEEE 754)."""
MAX_INTEGER = 2**53 - 1
"""The largest whole number every JSON reader keeps exact."""

_ID = re.compile(rf"[A-Za-z0-9._:/-]{{1,{MAX_ID_CHARACTERS}}}")
_MUNICIPALITY = re.compile(r"GM\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TextForm:
    """A form that a text must have: a pattern, and the words for it in an error."""

    pattern: re.Pattern[str]
    expected: str

    def accepts(self, text: str) -> bool:
        """Tell whether the whole text has this form."""
        return self.pattern.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number that must not be smaller than `least`."""

    least: int


@dataclass(frozen=True, slots=True)
class MoreThan:
    """A number that must be greater than `bound`."""

    bound: int


@dataclass(frozen=True, slots=True)
class AtMost:
    """A number that must not be greater than `most`."""

    most: int


Id = Annotated[
    str, TextForm(_ID, f"an id of 1 to {MAX_ID_CHARACTERS} characters out of A-Z a-z 0-9 . _ : / -")
]
FindingId = Annotated[
    str,
    TextForm(
        re.compile(rf"[A-Za-z0-9._:/|-]{{1,{MAX_FINDING_ID_CHARACTERS}}}"),
        "a finding id such as C01:heat:7|sewer:K-118",
    ),
]
MunicipalityCode = Annotated[str, TextForm(_MUNICIPALITY, "GM and four digits, such as GM0363")]
MunicipalityOrAll = Annotated[
    str, TextForm(re.compile(r"GM\d{4}|\*", re.ASCII), "GM and four digits, or *")
]
Cents = Annotated[int, AtLeast(0), AtMost(MAX_INTEGER)]
Days = Annotated[int, AtLeast(1), AtMost(36_525)]
SignedDays = Annotated[int, AtLeast(-36_525), AtMost(36_525)]
Year = Annotated[int, AtLeast(1900), AtMost(2999)]
Revision = Annotated[int, AtLeast(-(2**53) + 1), AtMost(MAX_INTEGER)]
PositiveDecimal = Annotated[Decimal, MoreThan(0)]
NonNegativeDecimal = Annotated[Decimal, AtLeast(0)]
Share = Annotated[Decimal, AtLeast(0), AtMost(1)]
