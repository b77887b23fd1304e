"""The tree with its changed rows finds what comparing with everything finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.index import BruteForceIndex, SpatialIndex, TreeIndex

_coordinates = st.integers(0, 60).map(float)
_bounds = st.tuples(_coordinates, _coordinates, st.integers(0, 9), st.integers(0, 9)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
_puts = st.tuples(st.just("put"), st.integers(0, 12), _bounds)
_removals = st.tuples(st.just("remove"), st.integers(0, 12), _bounds)


def pairs_of(index: SpatialIndex, distance_m: float) -> list[tuple[str, str]]:
    found = [
        (min(a, b), max(a, b))
        for left, right in index.pairs(distance_m)
        for a, b in zip(left, right, strict=True)
    ]
    assert len(found) == len(set(found)), "a pair came twice"
    return sorted(found)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(_puts, _puts, _removals), max_size=40),
    _bounds,
    st.sampled_from([0.0, 1.0, 7.5]),
    st.sampled_from([0, 2, 2_048]),
)
def test_the_tree_finds_what_brute_force_finds(
    changes: list, window: tuple, distance_m: float, rebuild_at: int
) -> None:
    tree, oracle = TreeIndex(rebuild_at=rebuild_at), BruteForceIndex()
    for number, (kind, key, bounds) in enumerate(changes):
        for index in (tree, oracle):
            if kind == "put":
                index.put(f"w{key}", bounds)
            else:
                index.remove(f"w{key}")
        found = tree.near(window, distance_m)
        assert sorted(found) == sorted(oracle.near(window, distance_m))
        if number % 10 == 0:
            assert pairs_of(tree, distance_m) == pairs_of(oracle, distance_m)
    assert pairs_of(tree, distance_m) == pairs_of(oracle, distance_m)


@pytest.mark.parametrize("make", [TreeIndex, BruteForceIndex])
def test_an_empty_index_finds_nothing(make: type[TreeIndex] | type[BruteForceIndex]) -> None:
    index = make()
    assert index.near((0, 0, 1, 1), 10.0) == []
    assert list(index.pairs(10.0)) == []
    index.remove("never put")


def test_envelopes_exactly_at_the_distance_are_near() -> None:
    index = TreeIndex()
    index.put("a", (0.0, 0.0, 1.0, 1.0))
    assert index.near((11.0, 0.0, 12.0, 1.0), 10.0) == ["a"]
    assert index.near((11.5, 0.0, 12.0, 1.0), 10.0) == []


def test_a_moved_row_is_found_only_where_it_is_now() -> None:
    index = TreeIndex()
    index.put("a", (0.0, 0.0, 1.0, 1.0))
    assert index.near((0.0, 0.0, 1.0, 1.0), 0.0) == ["a"]
    list(index.pairs(0.0))  # builds the tree
    index.put("a", (50.0, 50.0, 51.0, 51.0))
    assert index.near((0.0, 0.0, 1.0, 1.0), 0.0) == []
    assert index.near((50.0, 50.0, 51.0, 51.0), 0.0) == ["a"]
    index.put("a", (0.0, 0.0, 1.0, 1.0))
    assert index.near((0.0, 0.0, 1.0, 1.0), 0.0) == ["a"]
