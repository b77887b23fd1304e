"""Footprints have flat ends and mitre joins; overlapping is more than touching."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.places import PairGeometry, Place, footprint_of, overlaps, shape_of
from hub.model.geometry import Geometry, GeometryType

from .programmes import box, line

TWO = Decimal(2)


def pair(a: Geometry, b: Geometry) -> PairGeometry:
    return PairGeometry(Place(a, TWO), Place(b, TWO))


def test_a_line_becomes_a_strip_with_flat_ends() -> None:
    strip = Place(line(0, 0, 100), TWO).footprint
    assert strip.area == pytest.approx(400)
    assert strip.bounds == (0, -2, 100, 2)


def test_a_corner_of_a_line_is_mitred_not_rounded() -> None:
    corner = Geometry(GeometryType.LINE_STRING, ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0)))
    footprint = Place(corner, TWO).footprint
    assert footprint.area == pytest.approx(80)
    assert footprint.bounds == (0, -2, 12, 10)


def test_a_sharp_corner_is_cut_off_at_the_mitre_limit() -> None:
    spike = Geometry(GeometryType.LINE_STRING, ((0.0, 0.0), (100.0, 0.0), (0.0, 1.0)))
    assert Place(spike, TWO).footprint.bounds[2] <= 100 + 5 * 2 + 0.01


def test_points_become_squares() -> None:
    points = Geometry(GeometryType.MULTI_POINT, ((0.0, 0.0), (3.0, 0.0), (50.0, 0.0)))
    assert Place(points, TWO).footprint.area == pytest.approx(4 * 7 + 16)
    assert Place(Geometry(GeometryType.POINT, (5.0, 5.0)), TWO).footprint.bounds == (3, 3, 7, 7)


def test_a_polygon_is_its_own_footprint() -> None:
    place = Place(box(0, 0, 10, 5), TWO)
    assert place.footprint is place.shape


def test_without_a_width_a_line_occupies_nothing() -> None:
    place = Place(line(0, 0, 100), Decimal(0))
    assert place.footprint.is_empty
    assert place.bounds == (0, 0, 100, 0)
    assert PairGeometry(place, Place(box(0, -5, 10, 10), TWO)).shared_extent(Decimal(10)) == 0
    assert not PairGeometry(place, Place(box(0, -5, 10, 10), TWO)).overlaps


def test_two_areas_that_share_an_edge_touch_and_do_not_overlap() -> None:
    side_by_side = pair(box(0, 0, 10, 5), box(10, 0, 10, 5))
    assert side_by_side.distance_m == 0
    assert not side_by_side.overlaps
    assert side_by_side.overlap_area_m2 == 0


def test_the_distance_is_that_of_the_geometry_as_given_not_of_its_footprint() -> None:
    lines = pair(line(0, 0, 10), line(0, 3, 10))
    assert lines.distance_m == 3
    assert lines.overlap_area_m2 == pytest.approx(10)


def test_works_along_each_other_share_their_extent_and_crossing_ones_do_not() -> None:
    assert pair(line(0, 0, 100), line(0, 5, 100)).shared_extent(Decimal(10)) > 0.6
    crossing = Geometry(GeometryType.LINE_STRING, ((50.0, -100.0), (50.0, 100.0)))
    assert pair(line(0, 0, 100), crossing).shared_extent(Decimal(10)) < 0.25


def test_the_shared_extent_is_measured_anew_for_another_coupling_distance() -> None:
    lines = pair(line(0, 0, 100), line(0, 8, 100))
    assert lines.shared_extent(Decimal(2)) == 0
    assert lines.shared_extent(Decimal(10)) > 0


def test_every_geometry_type_has_a_shape_and_a_footprint() -> None:
    square = box(0, 0, 10, 10).coordinates
    examples = {
        GeometryType.POINT: (1.0, 1.0),
        GeometryType.LINE_STRING: ((0.0, 0.0), (5.0, 0.0)),
        GeometryType.POLYGON: square,
        GeometryType.MULTI_POINT: ((1.0, 1.0),),
        GeometryType.MULTI_LINE_STRING: (((0.0, 0.0), (5.0, 0.0)), ((0.0, 9.0), (5.0, 9.0))),
        GeometryType.MULTI_POLYGON: (square,),
    }
    assert examples.keys() == set(GeometryType)
    for kind, coordinates in examples.items():
        geometry = Geometry(kind, coordinates)
        shape = shape_of(geometry)
        assert shape.geom_type == kind.value
        assert footprint_of(geometry, shape, TWO).area > 0


@settings(deadline=None)
@given(st.integers(-30, 30), st.integers(-30, 30))
def test_overlapping_is_symmetric_and_means_a_shared_surface(x: int, y: int) -> None:
    a, b = box(0, 0, 20, 10), box(x, y, 15, 12)
    first, second = Place(a, TWO), Place(b, TWO)
    assert overlaps(first.footprint, second.footprint) == overlaps(
        second.footprint, first.footprint
    )
    shares = -15 < x < 20 and -12 < y < 10
    assert PairGeometry(first, second).overlaps is shares
    assert (PairGeometry(first, second).overlap_area_m2 > 0) is shares
