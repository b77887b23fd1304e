"""What people write into a feed about people stays in the feed.

A name, a telephone number and an e-mail address are put into every text element, one element name
after the other and all at once, beside what stands there and in its place. Then everything that the
connector gives out is searched: interventions, refusals, plan changes, remembered states, dead
letters, previews, check reports, notes and log lines.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hub.connect.check import check_connector
from hub.connect.discovery import find_connector, validated_settings
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.preview import preview_text
from hub.connect.reading import read_rows
from hub.connect.runner import Ports, Runner
from hub.contracts.json_codec import write
from hub.errors import HubError
from tests.support.shared import SHARED, needs_shared

NAME, TELEPHONE, MAIL = "Bartholomea Kwikkel", "06-98765432", "b.kwikkel@example.net"
PLANTED = f"{NAME}, tel. {TELEPHONE}, {MAIL}"
TRACES = ("kwikkel", "bartholomea", "98765432", "example.net")
SAMPLES = Path(__file__).resolve().parents[3] / "connectors" / "datex2" / "samples"
MADE_UP = SAMPLES / "works-made-up.xml"
OTHER_PROFILE = SAMPLES / "other-profile-made-up.xml"
DELFT = SHARED / "samples" / "datex2-ndw" / "ndw_planned_delft_2026-07-26.xml"

Planting = Callable[[str], str]
PLANTINGS: dict[str, Planting] = {
    "in its place": lambda _: PLANTED,
    "behind it": lambda text: f"{text} {PLANTED}",
    "before it": lambda text: f"{PLANTED} {text}",
}


def texts(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if len(element) == 0)


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def names_in(sample: Path) -> list[str]:
    return sorted({local(element) for element in texts(ElementTree.parse(sample).getroot())})


def planted(sample: Path, planting: Planting, only: str | None = None) -> bytes:
    root = ElementTree.parse(sample).getroot()
    changed = 0
    for element in texts(root):
        if only is None or local(element) == only:
            element.text = planting((element.text or "").strip())
            changed += 1
    assert changed
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def everything_given_out(path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """Return all that leaves the connector, as one text."""
    connector = find_connector("datex2")
    settings = validated_settings(connector, {"path": path})
    publisher, store = MemoryPublisher(), MemoryStateStore()
    runner = Runner(
        connector,
        lambda: settings,
        Ports(publisher, store, OnlyInstance()),
        today=lambda: date(2026, 7, 26),
    )
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        said += _attempt(lambda: [repr(row) for row in read_rows(connector, settings)])
        said += _attempt(lambda: _run(runner))
    settings_file = path.with_suffix(".toml")
    settings_file.write_text(f"path = {json.dumps(str(path))}\n", encoding="utf-8")
    said.append(check_connector(connector, settings_file).text())
    said += [repr(change) for change in publisher.changes]
    said += [repr(letter) for letter in publisher.rejected]
    said += [repr(state) for state in store.load()]
    for change in publisher.changes:
        assert change.intervention is not None
        said.append(json.dumps(write(change.intervention), ensure_ascii=False))
        said.append(json.dumps(asdict(change), default=str))
    said += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    return "\n".join(said)


def _run(runner: Runner) -> list[str]:
    result = runner.run_once()
    return [repr(result), preview_text(result.changes, where="feed", before="nothing")]


def _attempt(work: Callable[[], list[str]]) -> list[str]:
    try:
        return work()
    except HubError as error:
        return [str(error), repr(error)]


def traces_in(text: str) -> list[str]:
    lowered = text.casefold()
    return [trace for trace in TRACES if trace in lowered]


def test_the_search_finds_a_trace_where_there_is_one() -> None:
    assert traces_in(f"… {PLANTED} …") == list(TRACES)


@pytest.mark.parametrize("how", PLANTINGS)
@pytest.mark.parametrize("name", names_in(MADE_UP))
def test_nothing_planted_in_one_element_leaves_the_connector(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, how: str
) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(planted(MADE_UP, PLANTINGS[how], name))

    assert traces_in(everything_given_out(path, caplog)) == []


@pytest.mark.parametrize("how", PLANTINGS)
@pytest.mark.parametrize("sample", [MADE_UP, OTHER_PROFILE], ids=["ndw", "other"])
def test_nothing_planted_in_all_elements_leaves_the_connector(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, sample: Path, how: str
) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(planted(sample, PLANTINGS[how]))

    assert traces_in(everything_given_out(path, caplog)) == []


@needs_shared
@pytest.mark.parametrize("how", PLANTINGS)
def test_nothing_planted_in_the_real_sample_leaves_the_connector(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(planted(DELFT, PLANTINGS[how]))
    assert traces_in(everything_given_out(path, caplog)) == []

    kept = {"value", "causeDescription", "roadOrJunctionNumber", "subjectTypeOfWorks"}
    for name in sorted(kept & set(names_in(DELFT))):
        path.write_bytes(planted(DELFT, PLANTINGS[how], name))
        caplog.clear()
        given_out = everything_given_out(path, caplog)
        assert "ndw:NDW03_582343_MAN" in given_out, "the works themselves still come out"
        assert traces_in(given_out) == []


def test_free_text_of_the_made_up_sample_is_not_given_out_either(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(MADE_UP.read_bytes())
    given_out = everything_given_out(path, caplog)

    assert "Kabels / Leidingen: warmtenet" in given_out
    for text in ("Voorbeeld", "06-00000000", "Weg dicht", "Woonstraat"):
        assert text in MADE_UP.read_text("utf-8")
        assert text not in given_out
