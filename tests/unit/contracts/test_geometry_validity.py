"""Geometry is refused by the OGC rules with a reason a person can act on, and never repaired."""

from __future__ import annotations

import pytest

from hub.contracts.geometry import to_shapely, validity_problem
from hub.model.geometry import Geometry, GeometryType

SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (0.0, 0.0))
HOLE = ((2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0), (2.0, 2.0))
OUTSIDE = tuple((x + 20, y) for x, y in HOLE)
BOW_TIE = ((0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0), (0.0, 0.0))


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(GeometryType.POINT, (1.0, 2.0)),
        Geometry(GeometryType.LINE_STRING, ((0.0, 0.0), (5.0, 0.0))),
        Geometry(GeometryType.POLYGON, (SQUARE, HOLE)),
        Geometry(GeometryType.MULTI_POINT, ((1.0, 2.0), (3.0, 4.0))),
        Geometry(GeometryType.MULTI_LINE_STRING, (((0.0, 0.0), (5.0, 0.0)),)),
        Geometry(GeometryType.MULTI_POLYGON, ((SQUARE, HOLE), (OUTSIDE,))),
    ],
    ids=lambda geometry: geometry.type,
)
def test_a_valid_geometry_of_each_type_is_taken_as_it_is(geometry: Geometry) -> None:
    assert validity_problem(geometry) is None
    assert to_shapely(geometry).geom_type == geometry.type.value


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (Geometry(GeometryType.POLYGON, (BOW_TIE,)), "Self-intersection"),
        (Geometry(GeometryType.POLYGON, (SQUARE, OUTSIDE)), "Hole lies outside shell"),
        (Geometry(GeometryType.POLYGON, (SQUARE[:3],)), "needs at least 4"),
        (Geometry(GeometryType.POLYGON, (SQUARE[:4],)), "not closed"),
        (Geometry(GeometryType.POLYGON, ()), "without positions"),
        (Geometry(GeometryType.MULTI_POLYGON, ((SQUARE,), (SQUARE[:4],))), "polygon 2 ring 1"),
        (Geometry(GeometryType.MULTI_POLYGON, ((SQUARE,), (SQUARE,))), "Self-intersection"),
        (Geometry(GeometryType.LINE_STRING, ((1.0, 1.0),)), "no length"),
        (Geometry(GeometryType.LINE_STRING, ((1.0, 1.0), (1.0, 1.0))), "no length"),
        (
            Geometry(GeometryType.MULTI_LINE_STRING, (((0.0, 0.0), (5.0, 0.0)), ((1.0, 1.0),))),
            "line 2 has no length",
        ),
        (Geometry(GeometryType.POINT, (float("nan"), 2.0)), "not a number"),
        (Geometry(GeometryType.POINT, (float("inf"), 2.0)), "not a number"),
        (Geometry(GeometryType.POINT, (155_000.0, 5_800_000.0)), "outside EPSG:28992"),
    ],
)
def test_an_invalid_geometry_is_refused_with_the_reason(geometry: Geometry, told: str) -> None:
    problem = validity_problem(geometry)
    assert problem is not None
    assert told in problem
