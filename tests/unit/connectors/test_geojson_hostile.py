"""Whatever stands in a feature, it costs at most that feature, never a fault of the connector."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import read_with

MAPPING = """
format = "mapping/1"
[source]
system = "plan"
[fields]
id = "plan:{nr}"
title = { column = "title" }
window = { column = "period" }
cost_cents = { column = "cost", unit = "euro" }
firmness = { column = "status", codes = { a = "adopted" } }
[geometry]
geojson = "geometry"
crs = "EPSG:28992"
"""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2028", "a", "12-13-2028", "EPSG:4326", "1.234", "\u202e", "x" * 3_000])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "a", "crs"]), inner, max_size=3)
    ),
    max_leaves=8,
)
NUMBERS = st.sampled_from([0, 155000, 463000.5, -1, 10**400, float("nan"), None, "1", True])
POSITIONS = st.lists(NUMBERS, max_size=4) | SCALARS
COORDINATES = st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=5), max_leaves=12)
KINDS = st.sampled_from(
    ["Point", "LineString", "Polygon", "MultiPolygon", "MultiPoint", "GeometryCollection", "X", 1]
)
GEOMETRIES = VALUES | st.fixed_dictionaries(
    {"type": KINDS}, optional={"coordinates": COORDINATES, "geometries": VALUES, "crs": VALUES}
)
PROPERTIES = st.fixed_dictionaries(
    {"nr": SCALARS, "title": VALUES, "period": VALUES, "cost": VALUES, "status": VALUES}
)
FEATURES = VALUES | st.fixed_dictionaries(
    {"type": st.just("Feature"), "properties": PROPERTIES | VALUES, "geometry": GEOMETRIES}
)
WHOLE = {
    "type": "Feature",
    "properties": {"nr": "whole", "title": "", "period": "", "cost": "", "status": ""},
    "geometry": None,
}


@settings(max_examples=150, deadline=None)
@given(features=st.lists(FEATURES, max_size=3))
def test_no_content_of_a_feature_is_a_fault_of_the_connector(features: list[object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan, rules = Path(folder) / "plan.geojson", Path(folder) / "plan.toml"
        plan.write_text(
            json.dumps({"type": "FeatureCollection", "features": [*features, WHOLE]}), "utf-8"
        )
        rules.write_text(MAPPING, "utf-8")
        read = read_with("geojson", plan, rules)
    assert "fault" not in " ".join(read.refusals)
    assert "plan:whole" in read.works
