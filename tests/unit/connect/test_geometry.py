"""Geometry from outside: which CRS and which axis order, and what is refused with which words."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connect.geometry import (
    GeometryProblemError,
    crs_name,
    declared_crs,
    from_geojson,
    from_point,
    from_wkt,
    projection,
)
from hub.errors import ConfigurationError
from hub.model.geometry import Geometry, GeometryType

RD = projection()
DEGREES = projection("CRS84")
SQUARE = [[155000, 463000], [155010, 463000], [155010, 463010], [155000, 463010], [155000, 463000]]

# Published control points of RDNAPTRANS: ETRS89 longitude, latitude, RD x, y.
CONTROL_POINTS = {
    "Texel": (4.824761912, 53.160753042, 117380.12, 575040.34),
    "Noord-Groningen": (6.776726674, 53.419482050, 247380.56, 604580.78),
    "Amersfoort": (5.387203657, 52.155172897, 155000.00, 463000.00),
    "Zeeuws-Vlaanderen": (3.397588595, 51.368607152, 16460.91, 377380.23),
    "Zuid-Limburg": (5.773795548, 50.792584916, 182260.45, 311480.67),
    "Maasvlakte": (4.072887101, 51.947393898, 64640.89, 440700.01),
}


def geojson(kind: str, coordinates: object) -> dict[str, object]:
    return {"type": kind, "coordinates": coordinates}


def refusal_of(value: object, how: object = RD) -> str:
    with pytest.raises(GeometryProblemError) as caught:
        from_geojson(value, how)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize("name", CONTROL_POINTS)
def test_a_control_point_lands_within_a_quarter_of_a_metre_of_its_published_place(
    name: str,
) -> None:
    longitude, latitude, x, y = CONTROL_POINTS[name]
    point = from_point(longitude, latitude, DEGREES)
    east, north = point.coordinates
    assert math.hypot(east - x, north - y) < 0.25


def test_metres_in_rd_stay_what_they_are() -> None:
    assert from_geojson(geojson("Polygon", [SQUARE]), RD) == Geometry(
        GeometryType.POLYGON, (tuple((float(x), float(y)) for x, y in SQUARE),)
    )


@pytest.mark.parametrize(
    ("crs", "x", "y"),
    [
        ("EPSG:4258", 4.9, 52.3),
        ("EPSG:25831", 629_556.34, 5_796_105.84),
        ("EPSG:3857", 545_465.50, 6_854_552.13),
        ("EPSG:4289", 4.90042, 52.30098),
    ],
)
def test_every_crs_of_the_same_place_ends_at_the_same_place(crs: str, x: float, y: float) -> None:
    expected = from_point(4.9, 52.3, DEGREES).coordinates
    assert math.dist(from_point(x, y, projection(crs)).coordinates, expected) < 10


def test_a_finnish_zone_gets_its_datum_shift_and_not_the_quiet_way_without_one() -> None:
    helsinki = projection("EPSG:3879", abroad=True)
    via_degrees = from_point(24.910146, 60.154677, projection("CRS84", abroad=True))
    direct = from_point(25495009.571, 6671309.335, helsinki)
    assert math.dist(direct.coordinates, via_degrees.coordinates) < 0.1


def test_abroad_lengths_stretch_by_as_much_as_the_module_says() -> None:
    helsinki = projection("EPSG:3879", abroad=True)
    one = from_point(25496000, 6672000, helsinki).coordinates
    east = from_point(25497000, 6672000, helsinki).coordinates
    north = from_point(25496000, 6673000, helsinki).coordinates
    assert math.dist(one, east) == pytest.approx(1014, abs=1)
    assert math.dist(one, north) == pytest.approx(1014, abs=1)


def test_a_place_abroad_is_refused_unless_the_source_is_said_to_be_abroad() -> None:
    message = refusal_of(geojson("Point", [24.91, 60.15]), DEGREES)
    assert "far away" in message
    assert "abroad = true" in message
    assert from_point(24.91, 60.15, projection("CRS84", abroad=True)) is not None


@pytest.mark.parametrize(
    "name",
    [
        "EPSG:28992",
        "epsg:28992",
        "28992",
        " EPSG:28992 ",
        "urn:ogc:def:crs:EPSG::28992",
        "urn:ogc:def:crs:EPSG:9.1:28992",
        "http://www.opengis.net/def/crs/EPSG/0/28992",
        "EPSG:7415",
    ],
)
def test_rd_is_known_by_all_its_names(name: str) -> None:
    assert crs_name(name) == "EPSG:28992"


@pytest.mark.parametrize("name", ["CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"])
def test_crs84_is_known_by_all_its_names(name: str) -> None:
    assert crs_name(name) == "OGC:CRS84"


@pytest.mark.parametrize("name", ["EPSG:999999", "RD", "", "+proj=longlat +nadgrids=/etc/passwd"])
def test_a_crs_that_nobody_knows_is_a_wrong_setting(name: str) -> None:
    with pytest.raises(ConfigurationError, match="EPSG:28992"):
        projection(name)


def test_an_axis_order_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="axis_order"):
        projection("EPSG:4326", "latlon")  # type: ignore[arg-type]


def test_the_crs_member_of_old_geojson_is_read() -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    assert declared_crs({"crs": member}) == "EPSG:28992"
    assert declared_crs({"type": "FeatureCollection"}) is None


def test_a_geometry_that_names_its_own_crs_is_read_in_that_one() -> None:
    place = geojson("Point", [4.9, 52.3]) | {"crs": {"properties": {"name": "EPSG:4326"}}}
    assert from_geojson(place, RD) == from_point(4.9, 52.3, DEGREES)
    unknown = geojson("Point", [1, 2]) | {"crs": {"properties": {"name": "EPSG:999999"}}}
    assert "'EPSG:999999'" in refusal_of(unknown)


@pytest.mark.parametrize("member", ["EPSG:28992", {"type": "link"}, {"properties": {"name": None}}])
def test_a_crs_member_that_names_nothing_is_refused(member: object) -> None:
    with pytest.raises(GeometryProblemError, match="crs member"):
        declared_crs({"crs": member})


def test_latitude_first_is_refused_with_the_setting_that_cures_it() -> None:
    swapped = geojson("Point", [52.3, 4.9])
    assert "axis_order = 'yx'" in refusal_of(swapped, projection("EPSG:4326"))
    cured = from_geojson(swapped, projection("EPSG:4326", "yx"))
    assert cured == from_point(4.9, 52.3, projection("EPSG:4326"))


def test_swapped_metres_are_refused_with_the_setting_that_cures_it() -> None:
    assert "swapped axes" in refusal_of(geojson("Point", [463000, 155000]))


def test_x_and_y_columns_are_named_so_their_order_is_not_in_question() -> None:
    assert from_point(4.9, 52.3, projection("EPSG:4326", "yx")) == from_point(4.9, 52.3, DEGREES)


def test_degrees_under_the_name_of_rd_are_refused() -> None:
    assert "looks like degrees" in refusal_of(geojson("Point", [4.9, 52.3]))


@pytest.mark.parametrize("place", [[630000, 5796000], [545000, 6867000], [1e9, 1e9]])
def test_another_metric_crs_under_the_name_of_rd_is_refused(place: list[float]) -> None:
    assert "is the crs of the mapping the right one" in refusal_of(geojson("Point", place))


def test_heights_and_measures_are_dropped() -> None:
    flat = from_geojson(geojson("Point", [155000, 463000]), RD)
    assert from_geojson(geojson("Point", [155000, 463000, 1.5]), RD) == flat
    assert from_wkt("POINT Z (155000 463000 1.5)", RD) == flat
    assert from_wkt("POINT ZM (155000 463000 1.5 7)", RD) == flat


@pytest.mark.parametrize(
    "value",
    [
        None,
        geojson("Polygon", []),
        geojson("Point", []),
        {"type": "GeometryCollection", "geometries": []},
        {"type": "GeometryCollection", "geometries": [geojson("LineString", [])]},
    ],
)
def test_an_empty_geometry_is_an_unknown_place(value: object) -> None:
    assert from_geojson(value, RD) is None


@pytest.mark.parametrize("text", ["", "  ", "POINT EMPTY", "MULTIPOLYGON EMPTY"])
def test_an_empty_text_is_an_unknown_place(text: str) -> None:
    assert from_wkt(text, RD) is None


def test_a_collection_of_one_kind_becomes_one_geometry() -> None:
    line = geojson("LineString", [[155000, 463000], [155010, 463000]])
    lines = geojson("MultiLineString", [[[155000, 463010], [155010, 463010]]])
    read = from_geojson({"type": "GeometryCollection", "geometries": [line, lines]}, RD)
    assert read is not None
    assert read.type is GeometryType.MULTI_LINE_STRING
    assert len(read.coordinates) == 2


def test_a_collection_of_several_kinds_is_refused() -> None:
    parts = [geojson("Point", [155000, 463000]), geojson("Polygon", [SQUARE])]
    message = refusal_of({"type": "GeometryCollection", "geometries": parts})
    assert "MultiPoint and MultiPolygon" in message


def test_collections_within_collections_are_refused_however_deep() -> None:
    inner = {"type": "GeometryCollection", "geometries": []}
    assert "within" in refusal_of({"type": "GeometryCollection", "geometries": [inner]})
    with pytest.raises(GeometryProblemError, match="within"):
        from_wkt("GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 2)" + ")" * 100_000, RD)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("POINT (1 2)", "GeoJSON geometry"),
        ([155000, 463000], "GeoJSON geometry"),
        (geojson("Circle", [155000, 463000]), "type 'Circle'"),
        ({"coordinates": [155000, 463000]}, "type null"),
        (geojson("Point", {"x": 1}), "list of positions"),
        (geojson("Point", [155000]), "a position of 1 numbers"),
        (geojson("Point", [1, 2, 3, 4, 5]), "a position of 5 numbers"),
        (geojson("Point", ["155000", "463000"]), "'155000' in a position"),
        (geojson("Point", [True, 463000]), "true in a position"),
        (geojson("Point", [math.nan, 463000]), "'nan' in a position"),
        (geojson("Point", [math.inf, 463000]), "'inf' in a position"),
        (geojson("Point", [Decimal("1e999999"), 463000]), "in a position"),
        (geojson("Point", [10**400, 463000]), "finite number"),
        (geojson("LineString", [155000, 463000]), "among the coordinates"),
        (geojson("LineString", [[155000, 463000]]), "by the OGC rules"),
        (geojson("LineString", [[155000, 463000]] * 2), "by the OGC rules"),
        (geojson("Polygon", [SQUARE[:-1]]), "not closed"),
        (geojson("Polygon", [[]]), "an empty part"),
        (geojson("MultiPolygon", [[SQUARE], []]), "an empty part"),
        (
            geojson("Polygon", [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]),
            "Self-intersection",
        ),
    ],
)
def test_what_is_no_usable_geometry_is_refused_with_its_reason(value: object, words: str) -> None:
    assert words in refusal_of(value)


@pytest.mark.parametrize(
    "text",
    [
        "somewhere",
        "POINT (155000, 463000)",
        "POINT (155000)",
        "CIRCULARSTRING (0 0, 1 1, 2 0)",
        "LINEARRING (0 0, 1 1, 1 0, 0 0)",
        "POLYGON ((155000 463000, 155010 463000, 155010 463010))",
        "POINT (NaN 463000)",
        "SRID=9999;POINT (1 2)",
        "<http://example.org/none> POINT (1 2)",
        "SRID=4326;?",
    ],
)
def test_a_text_that_is_no_usable_geometry_is_refused(text: str) -> None:
    with pytest.raises(GeometryProblemError):
        from_wkt(text, RD)


def test_a_text_may_name_its_own_crs() -> None:
    expected = from_point(4.9, 52.3, DEGREES)
    assert from_wkt("SRID=4326;POINT (4.9 52.3)", RD) == expected
    iri = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert from_wkt(f"{iri} POINT (4.9 52.3)", RD) == expected


def test_a_geometry_with_more_positions_than_a_plan_has_is_refused() -> None:
    line = geojson("LineString", [[155000 + i / 100, 463000] for i in range(100_001)])
    assert "100000 positions" in refusal_of(line)


@given(
    x=st.floats(10_000, 280_000),
    y=st.floats(300_000, 620_000),
)
def test_reading_twice_gives_the_same_millimetres(x: float, y: float) -> None:
    once = from_point(x, y, RD)
    assert from_geojson(geojson("Point", list(once.coordinates)), RD) == once


@given(
    longitude=st.floats(3.4, 7.1),
    latitude=st.floats(50.8, 53.5),
)
def test_every_place_in_the_country_is_believed_and_its_swap_is_not(
    longitude: float, latitude: float
) -> None:
    assert from_point(longitude, latitude, DEGREES).type is GeometryType.POINT
    assert "swapped axes" in refusal_of(geojson("Point", [latitude, longitude]), DEGREES)
