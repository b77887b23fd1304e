"""An answer that its finding does not take is refused by name in files, as the stream parks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import cli
from tests.unit.check.programmes import work, written

DECLINED: dict[str, Any] = {
    "id": "d-1",
    "kind": "decline",
    "finding": "F03:sewer:1",
    "by": "sewer-co",
    "on": "2026-11-23",
}


def slipped() -> dict[str, Any]:
    return work("sewer:1", "2031-03-01", "2031-09-01", role="leading", baseline_start="2028-03-01")


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"decisions": [DECLINED]}, "decisions[0].kind"),
        (
            {"changes": [{"at": "2026-11-23", "decision": DECLINED}]},
            "changes[0].decision.kind",
        ),
    ],
)
def test_a_file_with_such_an_answer_is_refused_with_its_place(
    tmp_path: Path, more: dict[str, Any], where: str
) -> None:
    path = written(tmp_path, slipped(), **more)

    ran = CliRunner().invoke(cli, ["check", str(path), "--format", "json"])

    (refused,) = json.loads(ran.stdout)["refused"]
    assert ran.exit_code == 2
    assert refused["path"] == where
    assert "'decline' as the answer to F03:sewer:1" in refused["came"]
    assert "accept, counter" in refused["expected"]


def test_a_replay_notes_it_as_refused_and_goes_on(tmp_path: Path) -> None:
    step = {"at": "2026-11-23", "decision": DECLINED}
    other = {"at": "2026-11-24", "decision": {**DECLINED, "id": "d-2", "kind": "counter"}}
    path = written(tmp_path, slipped(), changes=[step, other])

    ran = CliRunner().invoke(cli, ["replay", str(path), "--format", "json"])

    report = json.loads(ran.stdout)
    found = {item["id"]: item["status"] for item in report["findings"]}
    assert ran.exit_code == 0
    assert found["F03:sewer:1"] == "acknowledged"
    assert report["rejected"]["count"] == 1
    assert report["rejected"]["first"][0].startswith("changes[0]: kind: came 'decline'")
