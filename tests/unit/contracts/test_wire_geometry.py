"""Geometry on the wire: WKB that comes back exactly, where it lies, and how large it may be."""

from __future__ import annotations

import contextlib
import math
import struct
from datetime import UTC, date, datetime

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.contracts.codec import MAX_GEOMETRY_BYTES, MAX_PUBLISHED_GEOMETRY_BYTES, Codec
from hub.contracts.geometry import to_shapely, validity_problem
from hub.contracts.records import Cause
from hub.contracts.wgs84 import bounding_box, representative_point
from hub.contracts.wkb import from_wkb, to_wkb
from hub.errors import RejectedRecordError, RejectReason
from hub.model.change import ChangeKind, PlanChange
from hub.model.geometry import MAX_POSITIONS, Geometry, GeometryType
from hub.model.intervention import Intervention
from hub.model.programme import LastChange, ProgrammeEntry
from tests.support.strategies import geometries
from tests.support.wire_examples import decoded

CODEC = Codec()
CAUSE = Cause(time=datetime(2027, 1, 1, tzinfo=UTC))


@given(geometry=geometries())
@settings(max_examples=100, deadline=None)
def test_wkb_is_what_others_write_and_read(geometry: Geometry) -> None:
    data = to_wkb(geometry)

    assert from_wkb(data) == geometry
    assert shapely.from_wkb(data).equals_exact(to_shapely(geometry), 0)
    assert from_wkb(shapely.to_wkb(to_shapely(geometry), byte_order=0)) == geometry


@given(data=st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_geometry_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        from_wkb(data)


POINT = struct.pack("<BI2d", 1, 1, 1.0, 2.0)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "end after 0"),
        (POINT[:-1], "in the middle"),
        (POINT + b"\0", "1 bytes after the end"),
        (b"\2" + POINT[1:], "byte order of 2"),
        (struct.pack("<BI2d", 1, 1001, 1, 2), "type 1001"),
        (struct.pack("<BI2d", 1, 0x20000001, 1, 2), "type 536870913"),
        (struct.pack("<BI2d", 1, 1, math.nan, 2), "coordinate of nan"),
        (struct.pack("<BI2d", 1, 1, math.inf, 2), "coordinate of inf"),
        (struct.pack("<BI2d", 1, 1, 1e300, 2), "coordinate of 1e"),
        (struct.pack("<BII", 1, 2, 2**32 - 1), "count of 4294967295"),
        (struct.pack("<BII", 1, 3, 2**32 - 1), "count of 4294967295"),
        (struct.pack("<BII", 1, 6, 2**32 - 1), "count of 4294967295"),
        (struct.pack("<BII", 1, 4, 1) + struct.pack("<BII", 1, 2, 0), "type 2"),
    ],
)
def test_wkb_that_is_wrong_says_how(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_wkb(data)


def test_more_positions_than_a_plan_has_are_refused() -> None:
    count = MAX_POSITIONS + 1
    data = struct.pack("<BII", 1, 2, count) + bytes(16 * count)

    with pytest.raises(ValueError, match="more than 100000 positions"):
        from_wkb(data)


@pytest.mark.parametrize(
    ("x", "y", "longitude", "latitude"),
    [
        (155_000.0, 463_000.0, 5.387206, 52.155172),  # Amersfoort, the origin of the grid
        (121_687.0, 487_484.0, 4.895, 52.3745),  # Amsterdam, Nieuwmarkt
    ],
)
def test_a_point_of_the_dutch_grid_lies_where_it_should(
    x: float, y: float, longitude: float, latitude: float
) -> None:
    found = representative_point(Geometry(GeometryType.POINT, (x, y)))

    assert found is not None
    assert found[0] == pytest.approx(longitude, abs=0.01)
    assert found[1] == pytest.approx(latitude, abs=0.01)


@given(geometry=geometries())
@settings(max_examples=50, deadline=None)
def test_the_point_lies_in_the_box(geometry: Geometry) -> None:
    point, box = representative_point(geometry), bounding_box(geometry)

    assert point is not None
    assert box is not None
    west, south, east, north = box
    assert west - 1e-6 <= point[0] <= east + 1e-6
    assert south - 1e-6 <= point[1] <= north + 1e-6


def circle(positions: int) -> Geometry:
    """Return a valid polygon with that many positions."""
    turns = [2 * math.pi * n / (positions - 1) for n in range(positions - 1)]
    ring = [(120_000 + 300 * math.cos(t), 480_000 + 300 * math.sin(t)) for t in turns]
    return Geometry(GeometryType.POLYGON, ((*ring, ring[0]),))


def published(geometry: Geometry) -> dict:
    """Return the geometry of a programme entry as a subscriber reads it."""
    work = Intervention(id="a", geometry=geometry)
    change = LastChange((ChangeKind.ADDED,), date(2027, 1, 1), before=work)
    entry = ProgrammeEntry(intervention=work, revision=1, change=change)
    record = CODEC.encode_programme_entry(entry, cause=CAUSE, partition=0)
    value = decoded(record.value, type_name="ProgrammeEntry")
    assert value["change"]["before"]["geometry"] == value["intervention"]["geometry"]
    return value["intervention"]["geometry"]


def test_a_large_geometry_is_simplified_for_subscribers_and_says_so() -> None:
    large = circle(8_000)

    sent = published(large)

    simple = from_wkb(sent["wkb"])
    assert sent["simplified"] is True
    assert len(sent["wkb"]) <= MAX_PUBLISHED_GEOMETRY_BYTES < len(to_wkb(large))
    assert validity_problem(simple) is None
    assert to_shapely(simple).symmetric_difference(to_shapely(large)).area < 50


def test_a_geometry_of_normal_size_is_published_as_it_is() -> None:
    sent = published(circle(1_000))

    assert sent["simplified"] is False
    assert from_wkb(sent["wkb"]) == circle(1_000)


def test_what_no_tolerance_makes_small_is_published_as_its_envelope() -> None:
    points = tuple((100_000.0 + n, 400_000.0 + n % 7) for n in range(5_000))

    sent = published(Geometry(GeometryType.MULTI_POINT, points))

    assert from_wkb(sent["wkb"]).type is GeometryType.POLYGON
    assert sent["simplified"] is True


def test_the_log_and_the_plan_change_keep_a_large_geometry_in_full() -> None:
    work = Intervention(id="a", geometry=circle(8_000))
    change = PlanChange(at=date(2027, 1, 1), intervention=work)

    record = CODEC.encode_plan_change(change, cause=CAUSE, partition=0)

    assert CODEC.decode_plan_change(record.value) == change


def test_a_geometry_that_no_state_could_hold_is_refused_with_its_path() -> None:
    work = Intervention(id="a", geometry=circle(MAX_GEOMETRY_BYTES // 16 + 1))
    change = PlanChange(at=date(2027, 1, 1), intervention=work)

    with pytest.raises(RejectedRecordError) as refused:
        CODEC.encode_plan_change(change, cause=CAUSE, partition=0)

    assert refused.value.refusal.reason is RejectReason.TOO_LARGE
    assert refused.value.refusal.path == "intervention.geometry"


def test_a_record_that_is_too_large_for_a_broker_is_refused() -> None:
    work = Intervention(id="a", geometry=circle(12_000))
    texts = {f"field-{n}": "x" * 1_900 for n in range(600)}
    change = LastChange((ChangeKind.ADDED,), date(2027, 1, 1))
    entry = ProgrammeEntry(intervention=work, revision=1, change=change, provenance=texts)

    with pytest.raises(RejectedRecordError) as refused:
        CODEC.encode_programme_entry(entry, cause=CAUSE, partition=0)

    assert refused.value.refusal.reason is RejectReason.TOO_LARGE


def test_an_invalid_geometry_is_refused_before_it_is_sent() -> None:
    bow_tie = Geometry(
        GeometryType.POLYGON,
        (((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0), (0.0, 0.0)),),
    )
    change = PlanChange(at=date(2027, 1, 1), intervention=Intervention(id="a", geometry=bow_tie))

    with pytest.raises(RejectedRecordError) as refused:
        CODEC.encode_plan_change(change, cause=CAUSE, partition=0)

    assert refused.value.refusal.reason is RejectReason.INVALID_GEOMETRY
    assert refused.value.refusal.path == "intervention.geometry"
