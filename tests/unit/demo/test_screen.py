"""The demo on a terminal and in a file, with findings as they were recorded."""

from __future__ import annotations

import io
from datetime import date

import pytest
from rich.console import Console

from hub.demo.ledger import Ledger
from hub.demo.municipality import plan_municipality
from hub.demo.screen import LiveScreen, PlainScreen
from hub.demo.summary import Outcome, summary_lines
from hub.model.finding import Status
from hub.rules.rule import Language
from tests.unit.demo.findings import entry, overlap, seen


def played() -> Ledger:
    ledger = Ledger(since_ms=0)
    ledger.take_entry(entry("2027-03-01", "2027-06-01"))
    ledger.take_finding(seen(overlap(), cause_ms=1, broker_ms=301))
    ledger.mark(1000)
    ledger.take_entry(entry("2029-03-01", "2029-06-01", before=("2027-03-01", "2027-06-01")))
    changed = overlap(status=Status.UPDATED, days=61)
    ledger.take_finding(seen(changed, cause_ms=1000, broker_ms=1500))
    opened = overlap(parties=("heat:8", "sewer:1"))
    ledger.take_finding(seen(opened, cause_ms=1000, broker_ms=1600))
    return ledger


def summary(language: Language) -> str:
    ledger = played()
    plans = plan_municipality(seed=1, day=date(2026, 11, 24))
    outcome = Outcome(plans, ledger, ledger.effect(), saved_to_last_s=0.6, took_s=12.34)
    return "\n".join(summary_lines(outcome, language))


def test_the_summary_tells_what_moved_opened_and_changed_in_dutch() -> None:
    text = summary(Language.NL)

    assert "Vervangen riool (sewer:1): 2027-03-01 → 2029-03-01 (+731 dagen)" in text
    assert "reden: inspectie" in text
    assert "Geopend (1)\n  zwaar  C01:heat:8|sewer:1" in text
    assert "overlap_days_certain 31 → 61 days" in text
    assert "p50 0.50, p95 0.60 (2 bevindingen)" in text


def test_the_summary_is_english_when_asked() -> None:
    text = summary(Language.EN)

    assert "Opened (1)" in text
    assert "because: inspectie" in text
    assert "Took: 12.3 s" in text


def test_a_file_gets_one_line_per_stage_and_nothing_to_wait_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with PlainScreen(Language.NL) as screen:
        screen.say("klaar")
        screen.wait("nog even")
        screen.show(played())

    out = capsys.readouterr().out
    assert out.endswith("s] klaar\n")
    assert out.count("\n") == 1


def test_a_file_gets_every_tenth_of_a_download(capsys: pytest.CaptureFixture[str]) -> None:
    screen = PlainScreen(Language.EN)

    for done in range(1001):
        screen.fetching(done << 20, 1000 << 20)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert "fetching Apache Kafka" in lines[0]
    assert lines[-1].endswith("1000 / 1000 MB")


def test_a_terminal_shows_counts_and_the_newest_findings() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=60)

    with LiveScreen(console, Language.NL) as screen:
        screen.say("worker is klaar")
        screen.show(played())
        screen.say("gevolgen verwerkt")
        screen.conclude(["einde"])

    text = out.getvalue()
    assert "worker is klaar" in text
    assert "2 zwaar" in text
    assert "1 rioolplan" in text
    assert "Zelfde plek" in text
    assert text.rstrip().endswith("einde")


def test_a_download_is_shown_before_anything_else_is_known() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=60)

    with LiveScreen(console, Language.EN) as screen:
        screen.fetching(19 << 20, 38 << 20)

    assert "19 / 38 MB (50 %)" in out.getvalue()
