"""What a person reads before anything is sent, and what a check says."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from hub.connect.check import check_connector
from hub.connect.commands import ConnectorRun, preview
from hub.connect.discovery import find_connector
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.runner import Ports
from hub.errors import RetryableError
from hub.metrics import Metrics

SAMPLES = find_connector("tabular").folder / "samples"
TODAY = date(2026, 11, 24)


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    for name in ("rioolplan.csv", "rioolplan.mapping.toml"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    path = tmp_path / "sewer.toml"
    path.write_text('path = "rioolplan.csv"\nmapping = "rioolplan.mapping.toml"\n')
    return path


def run_once(settings_file: Path, store: MemoryStateStore) -> MemoryPublisher:
    publisher = MemoryPublisher()
    run = ConnectorRun(
        "tabular", settings_file, today=lambda: TODAY, stop=Event(), metrics=Metrics()
    )
    run.once(lambda *_: Ports(publisher, store, OnlyInstance()))
    return publisher


def edit(settings_file: Path, *changes: tuple[str, str]) -> None:
    path = settings_file.with_name("rioolplan.csv")
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def test_a_changed_file_is_shown_field_by_field(settings_file: Path) -> None:
    store = MemoryStateStore()
    run_once(settings_file, store)
    edit(
        settings_file,
        (";Vastgesteld;2029;840,0", ";Vastgesteld;2031;875,0"),
        ("Levensduur bereikt", "Inspectie laat uitstel toe"),
        ("K-122;", "K-130;"),
    )
    text = preview("tabular", settings_file, lambda *_: store, today=TODAY)
    assert "7 rows read, 1 new, 1 changed, 1 withdrawn, 2 refused, 3 unchanged" in text
    assert "  sewer:K-118  rescheduled, refunded — Inspectie laat uitstel toe\n" in text
    assert "      window.start: 2029 -> 2031\n" in text
    assert "      cost_cents: € 840.000 -> € 875.000\n" in text
    assert "+ new\n  sewer:K-130" in text
    assert "- withdrawn\n  sewer:K-122" in text
    assert "row 10, column 'Uitvoering' (window): came 'voorjaar 2029'" in text
    assert text.endswith("Nothing was sent.\n")


def test_a_preview_sends_and_remembers_nothing_and_repeats_itself(settings_file: Path) -> None:
    store = MemoryStateStore()
    first = preview("tabular", settings_file, lambda *_: store, today=TODAY)
    assert store.states == {}
    assert store.cursors == {}
    assert preview("tabular", settings_file, lambda *_: store, today=TODAY) == first


def test_what_a_preview_shows_is_what_a_run_sends(settings_file: Path) -> None:
    store = MemoryStateStore()
    run_once(settings_file, store)
    edit(settings_file, ("K-122;", "K-130;"))
    text = preview("tabular", settings_file, lambda *_: store, today=TODAY)
    changes = run_once(settings_file, store).changes
    assert [change.intervention_id for change in changes] == ["sewer:K-130", "sewer:K-122"]
    assert all(change.intervention_id in text for change in changes)


def test_withdrawals_that_are_held_back_are_said_with_the_way_out(settings_file: Path) -> None:
    store = MemoryStateStore()
    run_once(settings_file, store)
    csv = settings_file.with_name("rioolplan.csv")
    csv.write_text("\n".join(csv.read_text(encoding="utf-8").splitlines()[:4]) + "\n")
    text = preview("tabular", settings_file, lambda *_: store, today=TODAY)
    assert "5 of 5 known works are gone from the source and are NOT withdrawn" in text
    assert "--allow-mass-withdrawal" in text


def test_a_check_counts_rows_and_names_what_is_refused(settings_file: Path) -> None:
    report = check_connector(find_connector("tabular"), settings_file)
    assert report.passed
    assert (report.usable, report.refused) == (5, 2)
    assert "row 11: came the key 'K-118' a second time" in report.text()


def test_a_check_names_mistakes_in_settings_and_mapping_at_once(settings_file: Path) -> None:
    mapping = settings_file.with_name("rioolplan.mapping.toml")
    mapping.write_text(mapping.read_text(encoding="utf-8") + '\n[colours]\nred = "x"\n')
    settings_file.write_text(settings_file.read_text() + "shrink_limit_share = 7\nspeed = 1\n")
    report = check_connector(find_connector("tabular"), settings_file)
    assert not report.passed
    for key in ("shrink_limit_share: came 7", "speed: an unknown key", "colours: an unknown key"):
        assert key in report.text()


def test_a_check_of_a_mapping_that_does_not_fit_names_the_columns(settings_file: Path) -> None:
    edit(settings_file, ("Projectnr;Straat", "Nummer;Straat"))
    report = check_connector(find_connector("tabular"), settings_file)
    assert not report.passed
    assert "column 'Projectnr': not in the source" in report.text()


def test_a_run_once_beside_a_working_instance_says_so(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.connect import commands

    class Taken(OnlyInstance):
        held = False

        def wait(self, timeout_seconds: float) -> bool:
            return False

    monkeypatch.setattr(commands, "LEASE_WAIT_SECONDS", 1.0)
    run = ConnectorRun(
        "tabular", settings_file, today=lambda: TODAY, stop=Event(), metrics=Metrics()
    )
    with pytest.raises(RetryableError, match="another instance of this stream is working"):
        run.once(lambda *_: Ports(MemoryPublisher(), MemoryStateStore(), Taken()))
