"""Rows that no plan change can be made of: parked with their content, until they come right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.contracts.dead_letters import reason_of
from hub.contracts.records import header
from hub.errors import RejectReason
from hub.kafka.client_config import KafkaConnection
from hub.parking.letters import Selection, full_record
from hub.parking.settling import DeadLetters
from tests.stream.harness import REPOSITORY, Topics

pytestmark = pytest.mark.kafka

MAPPING = """\
format = "mapping/1"

[source]
system = "sewer-plan"

[rows]
key = "{nr}"

[fields]
id = "sewer:{nr}"
plan_owner = "water-co"
discipline = "sewer"
firmness = "adopted"
window = "{period}"

[geometry]
wkt = "place"
crs = "EPSG:28992"
"""
HEAD = "nr;period;place;contact"
PLACE = "LINESTRING (155000 463000, 155100 463000)"
GOOD = [f"{number};2029-Q{number % 4 + 1};{PLACE};Planted Person" for number in range(1, 9)]
BAD = {
    "20": (f"20;31-31-2031;{PLACE};Planted Person", RejectReason.INVALID_VALUE),
    "21": ("21;2030;POLYGON ((0 0, 1 1, 0 1));Planted Person", RejectReason.INVALID_GEOMETRY),
    "3": (f"3;2031;{PLACE};Planted Person", RejectReason.DUPLICATE_KEY),
}


def test_rejected_rows_are_parked_and_settled_once_they_came_right(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    parked = DeadLetters(connection, topics.catalogue)
    write_source(tmp_path, [*GOOD, *(line for line, _ in BAD.values())])
    run_connector(topics, tmp_path)

    letters = {letter.said("row"): letter for letter in parked.open()}
    assert {row: letter.reason for row, letter in letters.items()} == {
        row: reason for row, (_, reason) in BAD.items()
    }
    for raw in topics.read("dead-letters", 0, headers=True):
        letter = full_record(raw)
        assert header(letter.headers, "hub-error-stage") == "connect"
        assert reason_of(letter.headers) is not None
        content = json.loads(letter.value)
        row = header(letter.headers, "hub-error-row") or ""
        assert content["nr"] == row
        assert content["period"] in BAD[row][0]
        assert "contact" not in content  # what no mapping names goes nowhere
        assert b"Planted Person" not in letter.value
    waiting = parked.retry(Selection(), by="operations")
    assert (waiting.letters, len(waiting.left)) == (0, 3)

    corrected = [f"20;2031;{PLACE};x", f"21;2030;{PLACE};x"]
    write_source(tmp_path, [*GOOD, *corrected])
    run_connector(topics, tmp_path)
    done = parked.retry(Selection(), by="operations")

    assert done.letters == 2
    assert [line.split(":")[0] for line in done.left] == [letters["3"].key.split(":")[0]]
    parked.discard(Selection(keys=(letters["3"].key,)), by="team sewer", why="one row too many")
    assert parked.open() == []


def write_source(folder: Path, lines: list[str]) -> None:
    (folder / "plan.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    (folder / "plan.mapping.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "settings.toml").write_text(
        'path = "plan.csv"\nmapping = "plan.mapping.toml"\n', encoding="utf-8"
    )


def run_connector(topics: Topics, folder: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from hub.cli import main; main()",
            *("connect", "run", "tabular", "--once", "--settings", str(folder / "settings.toml")),
        ],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "HUB_BOOTSTRAP_SERVERS": topics.connection.bootstrap,
            "HUB_TOPIC_PREFIX": topics.prefix,
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Planted Person" not in ended.stdout + ended.stderr
