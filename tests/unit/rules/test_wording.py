"""Texts that a planner reads: days, amounts and counts in words, and nothing of the machine."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.check.offline import run
from hub.check.programme_file import read_programme
from hub.errors import RejectedRecordError
from hub.model.finding import Finding
from hub.rules import explain, installed
from hub.rules.rule import Language, key_of
from hub.rules.wording import counted, day, days, euros, measured, measured_in

NL, EN = Language.NL, Language.EN
CASES = sorted((Path(__file__).parents[2] / "cases" / "own").glob("*.json"))
_QUOTED = re.compile(r"'[^']*'|«[^»]*»")
_OF_THE_MACHINE = {
    "a day as 2029-03-01": re.compile(r"\d{4}-\d{2}"),
    "a name with underscores": re.compile(r"\w_\w"),
    "a value that is not there": re.compile(r"\bNone\b|\bnull\b|\?"),
    "a truth of Python": re.compile(r"\b(True|False)\b"),
    "a list of Python": re.compile(r"[\[\]{}]"),
    "a needless decimal": re.compile(r"\d[.,]0\b(?!\d)"),
}


@pytest.mark.parametrize(
    ("written", "dutch", "english"),
    [
        ("2029", "2029", "2029"),
        ("2029-Q3", "derde kwartaal van 2029", "third quarter of 2029"),
        ("2029-03", "maart 2029", "March 2029"),
        ("2029-03-01", "1 maart 2029", "1 March 2029"),
    ],
)
def test_a_day_is_said_no_more_exactly_than_it_is_known(written: str, dutch: str, english: str):
    assert (day(written, NL), day(written, EN)) == (dutch, english)


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [
        (0, "0", "0"),
        (100, "100", "100"),
        (105.0, "105", "105"),
        (12.5, "12,5", "12.5"),
        (12345.678, "12.345,68", "12,345.68"),
        (-1200, "-1.200", "-1,200"),
        (Decimal("0.30"), "0,3", "0.3"),
    ],
)
def test_a_number_has_the_separators_of_its_language(amount: float, dutch: str, english: str):
    assert (measured(amount, NL), measured(amount, EN)) == (dutch, english)


@given(st.integers(-(10**9), 10**9))
def test_every_whole_number_can_be_read_back(amount: int):
    assert int(measured(amount, NL).replace(".", "")) == amount
    assert int(measured(amount, EN).replace(",", "")) == amount


def test_money_is_whole_euros():
    assert euros(123_456_789, NL) == "€ 1.234.567"
    assert euros(123_456_789, EN) == "€ 1,234,567"


@pytest.mark.parametrize(
    ("count", "dutch", "english"),
    [
        (1, "1 dag", "1 day"),
        (365, "365 dagen", "365 days"),
        (366, "366 dagen (ongeveer 1 jaar)", "366 days (about 1 year)"),
        (548, "548 dagen (ongeveer 1,5 jaar)", "548 days (about 1.5 years)"),
        (1461, "1.461 dagen (ongeveer 4 jaar)", "1,461 days (about 4 years)"),
    ],
)
def test_days_of_more_than_a_year_are_told_in_years_too(count: int, dutch: str, english: str):
    assert (days(count, NL), days(count, EN)) == (dutch, english)


def test_one_is_one_and_two_are_two():
    assert counted(1, "werk", "werken", NL) == "1 werk"
    assert counted(2, "werk", "werken", NL) == "2 werken"


def test_a_unit_is_read_as_words():
    assert measured_in(1200, "m2_disconnected", EN) == "1,200 m² disconnected"
    assert measured_in(12, "trees", NL) == "12 trees"
    assert measured_in(12, None, NL) == "12"


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    found: list[Finding] = []
    for path in CASES:
        try:
            found += run(read_programme(path.read_bytes())).findings
        except RejectedRecordError:
            continue  # a case of what is refused
    return found


def told(finding: Finding, language: Language) -> str:
    """Return what a finding says of its own accord: without the ids that people gave."""
    text = explain(finding, language=language, name=lambda key: f"«{key}»")
    given_by_people = {*key_of(finding.id), finding.area, finding.goal}
    given_by_people.add(finding.must_act.organisation)
    given_by_people |= {str(item.value) for item in finding.evidence if item.name == "organisation"}
    text = _QUOTED.sub("", text)
    for key in sorted((one for one in given_by_people if one), key=len, reverse=True):
        text = text.replace(key, "")
    return text


@pytest.mark.parametrize("language", list(Language))
def test_no_finding_speaks_of_the_machine(findings: list[Finding], language: Language):
    assert {finding.rule for finding in findings} == set(installed())
    for finding in findings:
        text = told(finding, language)
        for what, form in _OF_THE_MACHINE.items():
            assert not form.search(text), f"{finding.id} has {what}: {text}"


def test_the_machine_is_noticed_where_it_speaks():
    seen = {
        what: [text for text in ("op 2029-03-01", "late_days 3", "None m", "True", "[1]", "5.0 m")
               if form.search(text)]
        for what, form in _OF_THE_MACHINE.items()
    }  # fmt: skip

    assert all(seen.values())
