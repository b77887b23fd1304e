"""While a state is rebuilt nothing is collected, and a state given up goes with the next one."""

from __future__ import annotations

import gc
import weakref

import pytest

from hub.streams.collecting import without_collecting


class Holder:
    """Holds itself, as a programme may."""

    def __init__(self) -> None:
        self.me = self


def test_nothing_is_collected_inside_and_collecting_goes_on_after_the_last() -> None:
    with without_collecting():
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_collecting_goes_on_after_an_error() -> None:
    def fail() -> None:
        with without_collecting():
            raise ValueError("cannot be read")

    with pytest.raises(ValueError, match="cannot be read"):
        fail()

    assert gc.isenabled()


def test_a_programme_that_was_given_up_is_collected_at_the_next_restore() -> None:
    with without_collecting():
        programme = Holder()
        seen = weakref.ref(programme)
    del programme
    gc.collect()
    assert seen() is not None, "it is left alone"

    with without_collecting():
        pass

    assert seen() is None
