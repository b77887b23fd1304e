"""The text report: one story is one paragraph, each organisation can ask for its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import cli
from tests.unit.check.programmes import work, written


def headed(text: str) -> set[str]:
    """Return the ids that stand on a line of their own."""
    return {line.strip() for line in text.splitlines() if line.startswith("    C")}


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["check", *map(str, arguments)])


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sewer of three strings with one project, and three works of others in its street."""
    strings = [
        work(f"sewer:{n}", "2029-03-01", "2029-09-01", project_number="P-1", title="Riool Dijk")
        for n in range(3)
    ]
    others = [
        work(f"{kind}:1", "2029-04-01", "2029-06-01", title=f"{kind} Dijk")
        for kind in ("gas", "heat", "telecom")
    ]
    folder = tmp_path_factory.mktemp("crowded")
    return written(folder, *strings, *others)


def test_what_tells_one_story_is_one_paragraph(crowded: Path):
    text = check(crowded, "--lang", "en").output

    assert "Around " in text
    assert "12 findings" in text
    assert text.count("- ") >= 3
    assert "and more: 9 (--full): C01:" in text


def test_in_full_each_finding_stands_by_itself(crowded: Path):
    text = check(crowded, "--full", "--lang", "en").output

    found = [one["id"] for one in json.loads(check(crowded, "--format", "json").output)["findings"]]
    assert len(found) == 12
    assert "Around " not in text
    assert set(found) <= headed(text)


def test_an_organisation_sees_what_is_asked_of_it_or_touches_its_works(crowded: Path):
    text = check(crowded, "--for", "gas-co", "--full", "--lang", "en").output

    assert "open findings, as asked" in text
    assert "C01:gas:1|sewer:0" in headed(text)
    assert "C01:heat:1|sewer:0" not in headed(text)


def test_about_a_work_shows_that_work_only(crowded: Path):
    text = check(crowded, "--about", "sewer:0", "--full").output

    assert "C01:gas:1|sewer:0" in headed(text)
    assert "C01:gas:1|sewer:1" not in headed(text)


def test_a_selection_leaves_the_exit_code_as_it_is(crowded: Path):
    assert check(crowded).exit_code == 1
    for asked in (("--for", "nobody-co"), ("--about", "nothing"), ("--min-severity", "heavy")):
        assert check(crowded, *asked).exit_code == 1


@pytest.mark.parametrize(
    "asked", [("--for", "a"), ("--about", "a"), ("--min-severity", "light"), ("--full",)]
)
def test_json_has_every_finding_and_takes_no_selection(crowded: Path, asked: tuple[str, ...]):
    ran = check(crowded, "--format", "json", *asked)

    assert ran.exit_code == 2
    assert "JSON has every finding" in ran.output


def test_the_table_says_per_organisation_what_it_is_asked(crowded: Path):
    text = check(crowded, "--lang", "nl").output

    table = text.split("Per organisatie\n")[1].split("\n\n")[0].splitlines()
    assert {line.split(":")[0].strip() for line in table} == {
        "sewer-co",
        "gas-co",
        "heat-co",
        "telecom-co",
    }
    assert all("aan zet bij" in line and "betrokken bij" in line for line in table)


def test_the_last_line_counts_in_the_language_of_the_report(crowded: Path):
    assert check(crowded).output.rstrip().endswith("; 12 zwaar; 12 C01")
    assert check(crowded, "--lang", "en").output.rstrip().endswith("; 12 heavy; 12 C01")
