"""`hub check` reads reference files beside plan files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hub.check.command import CheckOptions, check_files, evaluate, read_intake

STREET = [[[0, 0], [100, 0], [100, 8], [0, 8], [0, 0]]]
WORK = {
    "id": "gas:1",
    "plan_owner": "gas-co",
    "municipality": "GM0999",
    "discipline": "gas",
    "firmness": "adopted",
    "window": {"start": "2027-04-01", "end": "2027-06-01"},
    "geometry": {"type": "Polygon", "coordinates": STREET},
    "opens_surface": True,
}
RESTING = f"""
moratoria:
- id: dm-1
  geometry: {{type: Polygon, coordinates: {json.dumps(STREET)}}}
  start: 2026-01-01
  end: 2028-01-01
  effect: block
"""


def plans(folder: Path, **more: Any) -> Path:
    path = folder / "plans.json"
    value = {
        "format": "programme/1",
        "reference_date": "2026-11-23",
        "interventions": [WORK],
        **more,
    }
    path.write_text(json.dumps(value))
    return path


def text(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_reference_data_of_a_file_counts_as_that_of_the_programme(tmp_path: Path):
    options = CheckOptions((plans(tmp_path), text(tmp_path, "resting.yaml", RESTING)))

    intake, outcome = evaluate(read_intake(options), options)

    assert intake.refused == ()
    assert outcome is not None
    assert "C02:gas:1|dm-1" in {finding.id for finding in outcome.findings}
    assert outcome.reference_date == date(2026, 11, 23)


def test_a_wrong_reference_file_stops_the_check_and_is_told(tmp_path: Path, capsys: Any):
    wrong = text(tmp_path, "wrong.toml", '[[policy]]\nversion = "a"\nvalues = { stale = 1 }\n')

    assert check_files(CheckOptions((plans(tmp_path), wrong), lang="en")) == 2

    told = capsys.readouterr().out
    assert f"{wrong}: policy[0].values.stale: came an unknown threshold" in told
    assert "Nothing was evaluated" in told


def test_an_item_that_the_programme_file_has_with_other_content_is_refused(tmp_path: Path):
    goal = {"id": "rain", "policy_owner": "climate"}
    other = text(tmp_path, "goals.toml", '[[goals]]\nid = "rain"\npolicy_owner = "water"\n')

    intake = read_intake(CheckOptions((plans(tmp_path, goals=[goal]), other)))

    assert [(refusal.path, refusal.file) for refusal in intake.refused] == [
        ("goal:rain", str(other))
    ]


def test_a_warning_is_told_and_stops_nothing(tmp_path: Path, capsys: Any):
    policies = text(
        tmp_path,
        "policy.toml",
        '[[policy]]\nversion = "a"\nvalues = { stale_days = 30 }\n'
        '[[policy]]\nversion = "b"\nvalues = { answer_days = 30 }\n',
    )

    assert check_files(CheckOptions((plans(tmp_path), policies), lang="en")) == 0

    assert "valid together with" in capsys.readouterr().out
