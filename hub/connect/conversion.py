"""One cell becomes one value of the model, or a refusal in words.

Constants, defaults and code lists of a mapping are written in the model's own words and are checked
when the mapping is read; cells are written as the source's people write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.connect.cells import (
    AMBIGUOUS,
    EXPECTED_NUMBER,
    EXPECTED_TRUTH,
    AmbiguousNumberError,
    DecimalHabit,
    as_text,
    read_number,
    read_truth,
)
from hub.connect.periods import (
    EXPECTED_DAY,
    EXPECTED_PERIOD,
    DateHabits,
    Period,
    next_day,
    read_day,
    read_period,
)
from hub.connect.targets import Kind, Leaf, Quantity
from hub.contracts.json_codec import outside, text_problem
from hub.errors import quoted
from hub.model.dates import PLAN_DATE_FORMS, PlanDate, parse_day

UNITS: dict[str, tuple[Quantity, Decimal]] = {
    "euro": (Quantity.CENTS, Decimal(100)),
    "thousand_euro": (Quantity.CENTS, Decimal(100_000)),
    "million_euro": (Quantity.CENTS, Decimal(100_000_000)),
    "cents": (Quantity.CENTS, Decimal(1)),
    "days": (Quantity.DAYS, Decimal(1)),
    "weeks": (Quantity.DAYS, Decimal(7)),
    "m": (Quantity.METRES, Decimal(1)),
    "cm": (Quantity.METRES, Decimal("0.01")),
    "mm": (Quantity.METRES, Decimal("0.001")),
}
"""What each unit measures, and how many of the model's own unit one of it is."""
MAX_CODES_SHOWN = 20


class CellError(ValueError):
    """A cell that cannot be used: what came and what was expected; the caller knows where."""

    def __init__(self, came: str, expected: str) -> None:
        self.came = came
        self.expected = expected
        super().__init__(f"came {came}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Habits:
    """How the cells of one source are written."""

    decimal: DecimalHabit
    dates: DateHabits


@dataclass(frozen=True, slots=True)
class Reading:
    """How one value is read: the field, its unit, and whether an end day is the last one."""

    leaf: Leaf
    habits: Habits
    unit: str | None = None
    last_day: bool = True

    def value(self, cell: Any) -> Any:
        """Return the value of a cell as the JSON codec takes it; None where it leaves it open.

        :raises CellError: with what came and what was expected
        """
        match self.leaf.kind:
            case Kind.TEXT:
                return " ".join(as_text(cell).split())
            case Kind.TRUTH:
                truth = read_truth(cell)
                if truth is None:
                    raise CellError(quoted(cell), EXPECTED_TRUTH)
                return truth
            case Kind.NUMBER | Kind.WHOLE:
                return self._number(cell)
            case Kind.DAY:
                day = read_day(cell, self.habits.dates)
                if day is None:
                    raise CellError(shown(cell), EXPECTED_DAY)
                return day.isoformat()
            case Kind.PLAN_DATE:
                return self.plan_date(period_of(cell, self.habits.dates))
            case Kind.CHOICE:
                word = as_text(cell).casefold()
                if word not in self.leaf.choices:
                    raise CellError(
                        quoted(cell), f"{words(self.leaf.choices)}; or add codes to the mapping"
                    )
                return word
            case Kind.TEXTS:
                return [as_text(cell)]

    def plan_date(self, period: Period) -> str | None:
        """Return the start or end of a period, an inclusive last day made exclusive."""
        if not self.leaf.is_end:
            return period.start
        return exclusive_end(period.end, last_day=self.last_day)

    def _number(self, cell: Any) -> Decimal | int:
        number = exact_number(cell, self.habits.decimal)
        if self.unit is not None:
            number *= UNITS[self.unit][1]
        if self.leaf.kind is Kind.NUMBER:
            return number
        if isinstance(cell, float) and self.leaf.quantity is Quantity.CENTS:
            number = number.quantize(Decimal(1), ROUND_HALF_UP)  # a computed amount in a sheet
        if number != number.to_integral_value():
            what = "whole cents" if self.leaf.quantity is Quantity.CENTS else "a whole number"
            raise CellError(quoted(cell), what)
        return int(number)


def exact_number(cell: Any, decimal: DecimalHabit) -> Decimal:
    """Return the number in a cell.

    :raises CellError: if there is none, or it can be read in two ways
    """
    try:
        number = read_number(cell, decimal)
    except AmbiguousNumberError:
        raise CellError(quoted(cell), AMBIGUOUS) from None
    if number is None:
        raise CellError(shown(cell), EXPECTED_NUMBER)
    return number


def period_of(cell: Any, habits: DateHabits) -> Period:
    """Return the period in a cell.

    :raises CellError: if there is none
    """
    if isinstance(cell, float):
        cell = as_text(cell)
    period = read_period(cell, habits)
    if period is None:
        raise CellError(shown(cell), EXPECTED_PERIOD)
    return period


def exclusive_end(end: str | None, *, last_day: bool) -> str | None:
    """Return an end as the model has it: day ends are the first free day."""
    if end is None or not last_day or not PlanDate.parse(end).is_day:
        return end
    return next_day(end)


def constant_value(leaf: Leaf, constant: Any) -> Any:
    """Return a constant of a mapping as the JSON codec takes it.

    :raises CellError: if the field cannot have it
    """
    value = _typed_constant(leaf, constant)
    expected = None if leaf.kind is Kind.TEXTS else outside(value, leaf.limits)
    if isinstance(value, str) and text_problem(value) is not None:
        expected = "a text of normal length"
    if expected is not None:
        raise CellError(quoted(constant), expected)
    return value


def _typed_constant(leaf: Leaf, constant: Any) -> Any:
    number = isinstance(constant, int | float) and not isinstance(constant, bool)
    match leaf.kind:
        case Kind.TEXT if isinstance(constant, str) or number:
            return str(constant)
        case Kind.TRUTH if isinstance(constant, bool):
            return constant
        case Kind.NUMBER if number:
            return Decimal(str(constant))
        case Kind.WHOLE if isinstance(constant, int) and not isinstance(constant, bool):
            return constant
        case Kind.CHOICE if constant in leaf.choices:
            return constant
        case Kind.DAY | Kind.PLAN_DATE if isinstance(constant, str | int):
            return _constant_date(leaf, str(constant))
        case Kind.TEXTS if isinstance(constant, str | list | tuple):
            return [constant] if isinstance(constant, str) else [str(item) for item in constant]
    raise CellError(quoted(constant), _EXPECTED_CONSTANT.get(leaf.kind) or words(leaf.choices))


def _constant_date(leaf: Leaf, text: str) -> str:
    try:
        if leaf.kind is Kind.DAY:
            parse_day(text)
        else:
            PlanDate.parse(text)
    except ValueError:
        raise CellError(quoted(text), _EXPECTED_CONSTANT[leaf.kind]) from None
    return text


_EXPECTED_CONSTANT = {
    Kind.TEXT: "a text",
    Kind.TRUTH: "true or false",
    Kind.NUMBER: "a number",
    Kind.WHOLE: "a whole number",
    Kind.DAY: "a day as YYYY-MM-DD",
    Kind.PLAN_DATE: PLAN_DATE_FORMS,
    Kind.TEXTS: "a list of texts",
}


def words(choices: tuple[str, ...]) -> str:
    """Return a list of words as an error names it."""
    shown_choices = choices[:MAX_CODES_SHOWN]
    more = (
        f" and {len(choices) - len(shown_choices)} more" if len(choices) > MAX_CODES_SHOWN else ""
    )
    return f"one of {', '.join(shown_choices)}{more}"


def shown(cell: Any) -> str:
    """Return a cell as an error quotes it."""
    return quoted(as_text(cell))
