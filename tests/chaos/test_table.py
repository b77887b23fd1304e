"""The table is worked out from what campaigns recorded, and the order of faults from the seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chaos.campaign import LEAD_SECONDS, Options, Report, Window
from tests.chaos.faults import FAULTS, MEANING, drawn
from tests.chaos.table import main


def campaign(*, strict: bool = True, lost_at: tuple[float, ...] = ()) -> Report:
    report = Report(Options(strict=strict))
    report.windows = [
        Window("worker-kill", "a", 100.0, 100.0, 112.0),
        Window("broker-kill", "node 1", 115.0, 121.0, 130.0),
    ]
    report.verdict.lost_at += lost_at
    report.verdict.duplicated_at += [101.0, 116.0, 117.0]
    report.verdict.delays += [(99.0, 12.0), (111.9, 40.0), (116.0, 9.0)]
    return report


def test_what_is_lost_belongs_to_the_fault_that_was_last_when_it_was_said() -> None:
    first, second = campaign(strict=False, lost_at=(99.0, 110.0, 114.0, 118.0)).rows()

    assert (first["lost"], second["lost"]) == (2, 1)
    assert (first["duplicated"], second["duplicated"]) == (1, 2)
    assert first["layer"] == "off"


def test_a_wait_for_the_next_fault_is_not_counted_beyond_the_end_of_this_one() -> None:
    first, second = campaign().rows()

    assert first["pause"] == 12.0 + LEAD_SECONDS
    assert second["pause"] == 9.0
    assert (second["trouble"], second["after"]) == (6.0, 9.0)


def test_rows_of_one_fault_are_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    reports = (campaign(), campaign(), campaign(strict=False, lost_at=(110.0, 118.0)))
    rows = [row for report in reports for row in report.rows()]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")

    assert main([str(file)]) == 0

    kill = MEANING["worker-kill"]
    lines = capsys.readouterr().out.splitlines()
    assert f"| {kill} | 3 | on | 2 | 0 | 2 | 0 | 0 / 0 s | 14 / 14 s | 12 / 12 s |" in lines
    assert f"| {kill} | 3 | off | 1 | 1 | 1 | 0 | 0 / 0 s | 14 / 14 s | 12 / 12 s |" in lines
    assert len(lines) == 2 + 4


def test_one_seed_gives_one_order_with_every_fault_once_a_round() -> None:
    names = list(FAULTS)
    order = list(drawn(names, rounds=3, seed=7))

    assert order == list(drawn(names, rounds=3, seed=7))
    assert order != list(drawn(names, rounds=3, seed=8))
    assert [sorted(order[i : i + len(names)]) for i in range(0, len(order), len(names))] == [
        sorted(names)
    ] * 3
    assert set(MEANING) > set(FAULTS)
