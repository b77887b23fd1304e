"""Rows that no plan change can be made of: parked with their content, until they come right.

Of every connector, and for every reason a row can be refused for; a letter holds what the source
gave of the columns that the mapping names, and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.connect.discovery import find_connector, find_connectors, load_connector_settings
from hub.connect.kafka_adapter import row_content
from hub.connect.reading import RefusedRow, read_rows
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
PERSON = "Planted Person"
HEAD = "nr;period;place;contact"
PLACE = "LINESTRING (155000 463000, 155100 463000)"
GOOD = [f"{number};2029-Q{number % 4 + 1};{PLACE};{PERSON}" for number in range(1, 9)]
BAD = {
    "20": (f"20;31-31-2031;{PLACE};{PERSON}", RejectReason.INVALID_VALUE),
    "21": (f"21;2030;POLYGON ((0 0, 1 1, 0 1));{PERSON}", RejectReason.INVALID_GEOMETRY),
    "3": (f"3;2031;{PLACE};{PERSON}", RejectReason.DUPLICATE_KEY),
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
        assert PERSON.encode() not in letter.value
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


@dataclass(frozen=True)
class Source:
    """A source of one connector in files, and the rows of it that are refused, with the reason.

    A row without a key is named by its place.
    """

    connector: str
    files: Mapping[str, str]
    refused: Mapping[str, RejectReason]


def tabular() -> Source:
    head = f"{HEAD};after"
    many = ",".join(f"{number:05}{'x' * 100}" for number in range(12_000))
    rows = [
        *GOOD,
        f"20;31-31-2031;{PLACE};{PERSON}",
        f"21;2030;POLYGON ((0 0, 1 1, 0 1));{PERSON}",
        f"3;2031;{PLACE};{PERSON}",
        f";2031;{PLACE};{PERSON}",
        f'24;"2031"x;{PLACE};{PERSON}',
        f"25;2031;{PLACE};{PERSON};{many}",
    ]
    after = '\n[[fields.dependencies]]\neach = {column = "after", split = ","}\non = "w:{each}"\n'
    mapping = MAPPING.replace("\n[geometry]", f"{after}\n[geometry]")
    return Source(
        "tabular",
        {"plan": "\n".join([head, *rows]) + "\n", "mapping.toml": mapping},
        {
            "20": RejectReason.INVALID_VALUE,
            "21": RejectReason.INVALID_GEOMETRY,
            "3": RejectReason.DUPLICATE_KEY,
            "row 13, column 'nr'": RejectReason.MISSING_FIELD,
            "row 14": RejectReason.UNREADABLE,
            "25": RejectReason.TOO_LARGE,
        },
    )


def geojson() -> Source:
    line = {"type": "LineString", "coordinates": [[155000, 463000], [155100, 463000]]}
    crossed = [[[0, 0], [9, 9], [0, 9], [9, 0], [0, 0]]]
    features: list[Any] = [
        feature(nr=str(number), geometry=line, period="2029-Q2") for number in range(1, 9)
    ]
    features += [
        feature(nr="20", geometry=line, period="31-31-2031"),
        feature(nr="21", geometry={"type": "Polygon", "coordinates": crossed}, period="2030"),
        feature(nr="3", geometry=line, period="2031"),
        feature(geometry=line, period="2031"),
        "no feature",
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return Source(
        "geojson",
        {
            "plan": json.dumps(collection),
            "mapping.toml": MAPPING.replace('wkt = "place"', 'geojson = "geometry"'),
        },
        {
            "20": RejectReason.INVALID_VALUE,
            "21": RejectReason.INVALID_GEOMETRY,
            "3": RejectReason.DUPLICATE_KEY,
            "feature 12, column 'nr'": RejectReason.MISSING_FIELD,
            "feature 13": RejectReason.UNREADABLE,
        },
    )


def feature(*, geometry: Any, **properties: str) -> dict[str, Any]:
    told = {**properties, "contact": PERSON}
    return {"type": "Feature", "properties": told, "geometry": geometry}


def mspdi() -> Source:
    tasks = [task(number, "2029-03-01") for number in range(1, 9)]
    tasks += [task(20, "31-31-2031"), task(None, "2029-03-01"), task(3, "2029-04-01")]
    project = "<Project xmlns='http://schemas.microsoft.com/project'><Name>p</Name><Tasks>"
    mapping = """\
format = "mapping/1"
[source]
system = "project"
[fields]
id = "sewer:{UID}"
plan_owner = "water-co"
discipline = "sewer"
firmness = "adopted"
"""
    return Source(
        "mspdi",
        {"plan": f"{project}{''.join(tasks)}</Tasks></Project>", "mapping.toml": mapping},
        {
            "20": RejectReason.INVALID_VALUE,
            "task number 10 (UID)": RejectReason.MISSING_FIELD,
            "3": RejectReason.DUPLICATE_KEY,
        },
    )


def task(uid: int | None, start: str) -> str:
    numbered = "" if uid is None else f"<UID>{uid}</UID>"
    return (
        f"<Task>{numbered}<Name>Works</Name><Contact>{PERSON}</Contact><OutlineLevel>1"
        f"</OutlineLevel><Start>{start}T08:00:00</Start><Finish>2030-03-01T17:00:00</Finish></Task>"
    )


def datex2() -> Source:
    sample = REPOSITORY / "connectors" / "datex2" / "samples" / "works-made-up.xml"
    return Source(
        "datex2",
        {"plan": sample.read_text(encoding="utf-8")},
        {
            "NDW03_100007_MAN": RejectReason.INVALID_VALUE,
            "NDW03_100008_MAN": RejectReason.INVALID_GEOMETRY,
            "NDW03_100012_MAN": RejectReason.INVALID_VALUE,
        },
    )


SUFFIX = {"tabular": "csv", "geojson": "geojson", "mspdi": "xml", "datex2": "xml"}
SOURCES = {source.connector: source for source in (tabular(), geojson(), mspdi(), datex2())}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_reason_of_every_connector_is_parked_with_what_the_source_gave(
    connection: KafkaConnection, prefix: str, tmp_path: Path, name: str
) -> None:
    source, topics = SOURCES[name], Topics(connection, prefix, partitions=1)
    settings = written(source, tmp_path)
    run_connector(topics, tmp_path, name)
    again = len(topics.read("dead-letters", 0))
    run_connector(topics, tmp_path, name)  # a new process parks them again, as the same letters

    expected = refused_rows(name, settings)
    letters = [full_record(raw) for raw in topics.read("dead-letters", 0, headers=True)]
    assert len(letters) == 2 * again == 2 * len(source.refused)
    open_now = {letter.said("row"): letter for letter in DeadLetters(
        connection, topics.catalogue).open()}  # fmt: skip
    assert {row: letter.reason for row, letter in open_now.items()} == source.refused
    for letter in letters:
        said = {
            key.removeprefix("hub-error-"): (value or b"").decode() for key, value in letter.headers
        }
        row = said["row"]
        assert letter.key.decode() == f"{name}|{said['stream']}|{row}"
        assert set(said) == LETTER_OF_A_ROW
        assert (said["stage"], said["connector"], said["attempts"]) == ("connect", name, "1")
        assert letter.value == expected.get(row, b"{}")
        assert PERSON.encode() not in letter.value
        assert PERSON not in str(said)
    counted = (tmp_path / "run.prom").read_text()  # the run is over before it could be asked
    assert (
        f'hub_connector_state{{connector="{name}",settings="settings",state="stopped"}} 1.0'
        in counted
    )
    for reason, number in Counter(source.refused.values()).items():
        labels = f'connector="{name}",reason="{reason}",settings="settings"'
        assert f"hub_connector_records_rejected_total{{{labels}}} {number}.0" in counted


LETTER_OF_A_ROW = {
    "stage", "reason", "message", "class", "version", "attempts", "first-at", "last-at",
    "connector", "stream", "row",
}  # fmt: skip


def test_no_reason_is_left_out() -> None:
    given = {reason for source in SOURCES.values() for reason in source.refused.values()}
    by_the_stream_only = {
        RejectReason.UNKNOWN_SCHEMA, RejectReason.CONFLICTING_REVISION,
        RejectReason.IMPLAUSIBLE_DATE, RejectReason.RULE_FAILED,
    }  # fmt: skip
    in_files_only = {RejectReason.UNKNOWN_FIELD}

    assert set(SOURCES) == {connector.name for connector in find_connectors()}
    assert given == set(RejectReason) - by_the_stream_only - in_files_only


def written(source: Source, folder: Path) -> Path:
    """Write a source with its settings, and return the settings."""
    plan = f"plan.{SUFFIX[source.connector]}"
    for name, text in source.files.items():
        (folder / (plan if name == "plan" else name)).write_text(text, encoding="utf-8")
    mapping = 'mapping = "mapping.toml"\n' if "mapping.toml" in source.files else ""
    settings = folder / "settings.toml"
    settings.write_text(f'path = "{plan}"\n{mapping}', encoding="utf-8")
    return settings


def refused_rows(name: str, settings_file: Path) -> dict[str, bytes]:
    """Return what reading gives of the refused rows, as the letters must hold it."""
    connector = find_connector(name)
    settings = load_connector_settings(connector, settings_file)
    return {
        row.key if row.key is not None else row.refusals[0].path: row_content(row.fields)
        for row in read_rows(connector, settings)
        if isinstance(row, RefusedRow)
    }


def write_source(folder: Path, lines: list[str]) -> None:
    (folder / "plan.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    (folder / "plan.mapping.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "settings.toml").write_text(
        'path = "plan.csv"\nmapping = "plan.mapping.toml"\n', encoding="utf-8"
    )


def run_connector(topics: Topics, folder: Path, name: str = "tabular") -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from hub.cli import main; main()",
            *("connect", "run", name, "--once", "--settings", str(folder / "settings.toml")),
        ],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "HUB_BOOTSTRAP_SERVERS": topics.connection.bootstrap,
            "HUB_TOPIC_PREFIX": topics.prefix,
            "HUB_METRICS_FILE": str(folder / "run.prom"),
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert PERSON not in ended.stdout + ended.stderr
