"""Register's states are bytes until they are asked for, and behave as a dictionary of objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.errors import ContractError
from hub.model.facets import Facet, FacetState
from hub.model.intervention import Intervention
from hub.streams.kept_states import KeptStates
from tests.stream.story import TODAY

CODEC = Codec()
CAUSE = Cause(time=datetime(2026, 11, 24, tzinfo=UTC))


def state(name: str, offset: int = 0) -> FacetState:
    work = Intervention(id=name, title=f"{name} at {offset}")
    return FacetState(id=name, facets=(Facet("s", work, TODAY),), positions={"t": offset})


def encoded(value: FacetState) -> bytes:
    return CODEC.encode_facet_state(value, cause=CAUSE, partition=0).value


def kept(*, most_decoded: int = 2) -> KeptStates:
    return KeptStates(
        CODEC,
        label_of=lambda value: "even" if value.positions["t"] % 2 == 0 else None,
        most_decoded=most_decoded,
    )


def test_a_loaded_state_is_read_when_it_is_asked_for() -> None:
    states = kept()
    for name in ("a", "b", "c"):
        states.load(name, encoded(state(name)))

    assert states["b"] == state("b")
    assert states["b"] is states["b"]
    assert (list(states), len(states), "c" in states, "d" in states) == (
        ["a", "b", "c"],
        3,
        True,
        False,
    )


def test_a_state_of_an_unknown_schema_is_told_at_the_start() -> None:
    with pytest.raises(ContractError, match="newer version"):
        kept().load("a", b"\0\0\0\xff\xff" + encoded(state("a"))[5:])


def test_a_damaged_state_ends_the_step_that_asks_for_it_instead_of_parking_its_input() -> None:
    states = kept()
    states.load("a", encoded(state("a")))
    states.load("b", encoded(state("b"))[:-1])

    with pytest.raises(ContractError, match="facets, b"):
        states["b"]


def test_a_state_put_back_before_it_was_written_is_the_one_before() -> None:
    states = kept()
    states.load("a", encoded(state("a")))
    before = states["a"]
    states["a"] = state("a", 1)
    states["a"] = before

    assert states["a"] is before
    for name in ("x", "y", "z"):  # push it out of those that are objects
        states[name] = state(name)
        states.written(name, encoded(state(name)))
    assert states["a"] == before


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(("load", "set and write", "refuse", "delete", "read", "tally")),
        st.sampled_from("abcde"),
        st.integers(0, 9),
    ),
    max_size=30,
)


@given(ACTIONS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_for_every_order_of_use_it_holds_what_a_dictionary_would(actions: Any) -> None:
    states, plain = kept(), dict[str, FacetState]()
    for action, name, number in actions:
        value = state(name, number)
        if action == "load" and name not in plain:
            states.load(name, encoded(value))
            plain[name] = value
        elif action == "set and write":
            states[name] = value
            states.written(name, encoded(value))
            plain[name] = value
        elif action == "refuse":
            before = states.get(name)
            states[name] = replace(value, positions={"t": -1})
            if before is None:
                del states[name]
            else:
                states[name] = before
        elif action == "delete" and name in plain:
            del states[name], plain[name]
        elif action == "read":
            assert states.get(name) == plain.get(name)
        elif action == "tally":
            states.tally(at_most=1)
    while (tally := states.tally(at_most=1)) is None:
        pass

    assert dict(states) == plain
    assert len(states) == len(plain)
    assert tally["even"] == sum(value.positions["t"] % 2 == 0 for value in plain.values())
