"""The calendar that is shipped as data: made from the library, and right by the reader."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import CalendarKind
from hub.reference.files import read_reference_files
from hub.reference.holidays import holiday_entries, holidays_toml, public_holidays, years_of

SHIPPED = Path(__file__).resolve().parents[3] / "deploy" / "reference"
FILES = sorted(SHIPPED.glob("*.toml"))


def entries() -> list[CalendarEntry]:
    items = read_reference_files(FILES).items
    return [item for item in items if isinstance(item, CalendarEntry)]


def test_the_shipped_files_are_right_together():
    reading = read_reference_files(FILES)

    assert len(FILES) >= 4
    assert reading.refused == ()
    assert reading.warnings == ()


def test_every_shipped_entry_has_its_source_or_is_called_an_assumption():
    table = (SHIPPED / "README.md").read_text(encoding="utf-8")
    named = [name.removesuffix("…") for name in re.findall(r"`([a-z0-9-]+…?)`", table)]

    assert entries()
    missing = [entry.id for entry in entries() if not any(map(entry.id.startswith, named))]
    assert missing == []


def test_the_shipped_holidays_are_what_the_command_makes():
    shipped = (SHIPPED / "nl-holidays.toml").read_text(encoding="utf-8")

    assert shipped == holidays_toml("2027-2035")


def test_holidays_are_those_of_the_netherlands():
    days = dict(public_holidays(years_of("2027")))

    assert days[date(2027, 4, 27)] == "Koningsdag"
    assert date(2027, 5, 17) in days, "Whit Monday"
    assert all(day.year == 2027 for day in days)


def test_a_holiday_is_sensitive_for_one_day_and_closed_for_nobody():
    found = list(holiday_entries(years_of("2027-2028"), "GM0999"))

    assert {entry.kind for entry in found} == {CalendarKind.SENSITIVE_PERIOD}
    assert all(entry.end is not None and (entry.end - entry.start).days == 1 for entry in found)
    assert {entry.municipality for entry in found} == {"GM0999"}
    assert len({entry.id for entry in found}) == len(found)


@pytest.mark.parametrize("text", ["", "27", "2028-2027", "2027-", "2027-2028-2029", "1900", "2999"])
def test_years_that_are_none_are_told(text: str):
    with pytest.raises(ConfigurationError, match="--years"):
        years_of(text)


def test_a_municipality_that_is_none_is_told():
    with pytest.raises(ConfigurationError, match="GM and four digits"):
        holidays_toml("2027", 'GM0999"\nkind = "x')


def test_the_example_council_has_its_recess_and_its_budget_gates():
    example = [entry for entry in entries() if entry.municipality == "GM0999"]
    council = [entry.start for entry in example if entry.kind is CalendarKind.COUNCIL_MEETING]
    gates = [entry.start for entry in example if entry.kind is CalendarKind.BUDGET_GATE]

    assert not [day for day in council if day.month == 8 and day.day < 28]
    assert {(day.year, day.month) for day in gates} == {
        (year, month) for year in range(2027, 2031) for month in (7, 11)
    }
    assert set(gates) <= set(council), "the council meets on the day it decides"
