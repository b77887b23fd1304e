"""Other profiles and broken content: counted and named, never a crash, never the next record."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.datex2.settings import Settings
from connectors.datex2.source import FeedSource, open_source
from hub.connect.discovery import find_connector, validated_settings
from hub.connect.reading import AcceptedRow, read_rows
from hub.errors import Refusal, RejectedRecordError
from tests.support.datex2_feed import event, itinerary, measure, publication, situation, work
from tests.unit.connectors.datex2_reading import read_feed

SAMPLES = Path(__file__).resolve().parents[3] / "connectors" / "datex2" / "samples"
MADE_UP = [SAMPLES / "works-made-up.xml", SAMPLES / "other-profile-made-up.xml"]
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

ODD_TEXTS = [
    "",
    " ",
    "x",
    "0",
    "-1",
    "1e999",
    "nan",
    "NaN 4.3",
    "9" * 400,
    "52.0",
    "\u00a0",
    "2026",
]


def notes_after(folder: Path, text: str) -> dict[str, int]:
    path = folder / "feed.xml"
    path.write_text(text, encoding="utf-8")
    source = open_source(Settings(path=path))
    list(source.rows())
    return source.notes()


def test_what_it_does_not_know_it_counts_and_names(tmp_path: Path) -> None:
    text = publication(
        situation(
            "A_1",
            work("A_1_MAN", status="halfway", subject="moonBase", more="<sit:novelty/>"),
            measure("A_1_VMS", kind="SignSetting"),
            measure("A_1_RSC", "levitation"),
        ),
        situation("A_2", work("A_2_MAN", status="nearly", owner="Gemeente Nergenshuizen")),
        situation("A_3", measure("A_3_RSC")),
        situation("A_4", event("A_4_EVE", end=None)),
    )

    assert notes_after(tmp_path, text) == {
        "situations": 4,
        "situations with measures only": 1,
        "unknown element novelty": 1,
        "unknown record type SignSetting": 1,
        "unknown value in roadOrCarriagewayOrLaneManagementType": 1,
        "unknown value in roadworkStatus": 2,
        "unknown value in subjectTypeOfWorks": 1,
        "works whose owner is in no list (setting owners)": 1,
        "works without both a start and an end": 1,
    }


def test_a_name_that_is_none_is_counted_without_being_told(tmp_path: Path) -> None:
    odd = measure("A_1_X", kind="Jansen 06-12345678")
    notes = notes_after(tmp_path, publication(situation("A_1", work("A_1_MAN"), odd)))

    assert notes["unknown record type of other names"] == 1
    assert not any("Jansen" in name for name in notes)


def test_a_record_with_nothing_but_a_type_and_an_id_is_a_work_of_which_little_is_known(
    tmp_path: Path,
) -> None:
    bare = '<sit:situationRecord xsi:type="sit:MaintenanceWorks" id="A_1_MAN"/>'
    read = read_feed(tmp_path, publication(situation("A_1", bare)))

    found = read.works["ndw:A_1_MAN"]
    assert found.missing == ("plan_owner", "firmness")
    assert (found.window, found.geometry, found.title) == (None, None, "Onderhoudswerk")


@pytest.mark.parametrize(
    ("rings", "says"),
    [
        ("52.00 4.35 52.01 4.36 52.00 4.36 52.01 4.35 52.00 4.35", "Self-intersection"),
        ("52.00 4.35 52.01 4.36 52.00 4.36 52.01 4.35", "ring"),
        ("52.00 4.35 52.01", "a posList of 3 numbers"),
        ("", "a posList of 0 numbers"),
    ],
)
def test_an_invalid_surface_is_refused_and_not_repaired(
    tmp_path: Path, rings: str, says: str
) -> None:
    place = (
        "<sit:locationReference><loc:gmlMultiPolygon><loc:gmlPolygon><loc:exterior><loc:posList>"
        f"{rings}</loc:posList></loc:exterior></loc:gmlPolygon></loc:gmlMultiPolygon>"
        "</sit:locationReference>"
    )
    read = read_feed(tmp_path, publication(situation("A_1", work("A_1_MAN", place=place))))

    assert read.works == {}
    assert len(read.refusals) == 1
    assert says.casefold() in read.refusals[0].casefold()


def test_an_unknown_coordinate_system_is_refused_without_quoting_it(tmp_path: Path) -> None:
    place = itinerary("52.0 4.35 52.1 4.36", srs='srsName="Kwikkel"')
    read = read_feed(tmp_path, publication(situation("A_1", work("A_1_MAN", place=place))))

    assert "an srsName that is not known" in read.refusals[0]
    assert "Kwikkel" not in read.refusals[0]


def test_metres_of_the_dutch_grid_are_read_x_first(tmp_path: Path) -> None:
    place = itinerary("84000 446000 84010 446000", srs='srsName="EPSG:28992"')
    read = read_feed(tmp_path, publication(situation("A_1", work("A_1_MAN", place=place))))

    geometry = read.works["ndw:A_1_MAN"].geometry
    assert geometry is not None
    assert geometry.coordinates[0] == (84000.0, 446000.0)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """Return a sample in which elements are gone, renamed, moved or hold something else."""
    root = ElementTree.parse(draw(st.sampled_from(MADE_UP))).getroot()
    for _ in range(draw(st.integers(1, 8))):
        _root, *elements = root.iter()
        if elements:  # else an earlier round took away everything below the root
            _spoil(draw, root, draw(st.sampled_from(elements)))
    return ElementTree.tostring(root, encoding="unicode")


def _spoil(draw: st.DrawFn, root: ElementTree.Element, element: ElementTree.Element) -> None:
    parents = {child: parent for parent in root.iter() for child in parent}
    match draw(
        st.sampled_from(["text", "remove", "twice", "rename", "type", "attribute", "empty"])
    ):
        case "text":
            element.text = draw(st.sampled_from(ODD_TEXTS) | st.text("abc 019.-:", max_size=30))
        case "remove" if element in parents:
            parents[element].remove(element)
        case "twice" if element in parents:
            parents[element].append(element)
        case "rename":
            names = [other.tag for other in root.iter()]
            element.tag = draw(st.sampled_from(names))
        case "type":
            element.set(XSI_TYPE, draw(st.sampled_from(["PublicEvent", "Thing", ""])))
        case "attribute" if element.attrib:
            name = draw(st.sampled_from(sorted(element.attrib)))
            element.set(name, draw(st.sampled_from(ODD_TEXTS)))
        case _:
            element.clear()


@given(text=spoiled())
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_wrong_becomes_a_refusal_and_never_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(text, encoding="utf-8")
    connector = find_connector("datex2")
    refusals: list[Refusal] = []
    try:
        for row in read_rows(connector, validated_settings(connector, {"path": path})):
            if isinstance(row, AcceptedRow):
                assert row.intervention.id.startswith("ndw:")
            else:
                refusals += row.refusals
    except RejectedRecordError as error:
        refusals += error.refusals
    assert not [item for item in refusals if "a fault of the connector" in item.came]


def test_the_columns_say_at_once_that_a_file_is_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "plan.xml"
    path.write_text('<Project xmlns="http://schemas.microsoft.com/project"/>', encoding="utf-8")
    with pytest.raises(RejectedRecordError, match="XML without a payload"):
        FeedSource(Settings(path=path)).columns()
