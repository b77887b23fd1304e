"""The commands as people type them: what they print, how they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.check.programmes import work, written

FINDING = "C01:heat:1|sewer:1"


def hub(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(
        tmp_path_factory.mktemp("plans"),
        work("sewer:1", "2029-03-01", "2029-09-01", role="leading"),
        work("heat:1", "2029-07-01", "2029-10-01"),
    )


def test_explain_prints_dutch_unless_asked(plans: Path):
    dutch, english = hub("explain", FINDING, plans), hub("explain", FINDING, plans, "--lang", "en")

    assert dutch.returncode == english.returncode == 0
    assert "Beleidswaarden" in dutch.stdout
    assert "Policy values" in english.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", FINDING), "name plan files, or a running programme"),
        (("burdens",), "name plan files, or a running programme"),
        (("explain", FINDING, "--programme", "main", "--precedence", "x"), "are for files"),
        (("decide", "accept", FINDING), "Missing option '--by'"),
        (("decide", "accept", FINDING, "--by", "x", "--on", "soon"), "expected a day"),
        (("decide", "taken", "--by", "x", "--intervention", "a"), "Missing option '--decision'"),
        (("reference", "holidays", "--years", "soon"), "--years: came 'soon'"),
        (("reference", "validate", "/nowhere.toml"), "does not exist"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_ends_with_two(arguments: tuple[str, ...], told: str):
    ran = hub(*arguments)

    assert ran.returncode == 2
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_and_a_programme_at_once_is_one_too_many(plans: Path):
    ran = hub("bundle", "sewer:1", plans, "--programme", "main")

    assert ran.returncode == 2
    assert "name plan files, or a running programme" in ran.stderr


def test_a_finding_or_bundle_that_is_not_there_ends_with_two(plans: Path):
    for ran in (hub("explain", "C01:heat:1|sewer:2", plans), hub("bundle", "heat:1", plans)):
        assert ran.returncode == 2
        assert "expected" in ran.stderr
        assert "Traceback" not in ran.stderr


def test_refused_plans_end_with_two_and_are_told(tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": "programme/1"}')

    for command in (("explain", FINDING), ("bundle", "x"), ("burdens",)):
        ran = hub(*command, broken)
        assert ran.returncode == 2
        assert "reference_date: came nothing" in ran.stderr


def test_without_a_broker_a_decision_is_told_to_wait_and_nothing_breaks():
    import os

    ran = subprocess.run(
        [sys.executable, "-m", "hub", "decide", "accept", FINDING, "--by", "x", "--wait", "1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HUB_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
    )

    assert ran.returncode == 3
    assert "127.0.0.1:1" in ran.stderr or "decisions" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_burdens_and_bundle_print(plans: Path):
    assert "heat-co" in hub("burdens", plans, "--lang", "en").stdout
    assert "1. Wie heeft het overzicht?" in hub("bundle", "sewer:1", plans).stdout
