"""Every decoder and reader over damaged input, on a small budget; `make fuzz` takes more."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Refusal
from tests.fuzz.mutation import mutated
from tests.fuzz.readers import DOORS, Door, UnclearRefusalError, checked, told
from tests.fuzz.records import TARGETS, seeds_of, unpacked

MOST_SECONDS = 10.0
"""Processor time for one input of at most a mebibyte; a tenth is usual."""
FEW = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
SEEDS = st.integers(0, 2**32)


def within_time(started: float) -> None:
    assert time.process_time() - started < MOST_SECONDS


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_record_is_applied_or_refused_and_ends_nothing(name: str) -> None:
    seeds = seeds_of(name)
    assert seeds

    @FEW
    @given(number=SEEDS)
    def check(number: int) -> None:
        chance = Random(number)
        data = mutated(chance.choice(seeds), chance)
        started = time.process_time()
        TARGETS[name](data)
        within_time(started)

    check()


@pytest.mark.parametrize("name", DOORS)
def test_a_damaged_file_is_read_or_refused_with_its_reason(name: str) -> None:
    door = DOORS[name]
    seeds = [path.read_bytes() for path in door.seed_files()]
    assert seeds

    @FEW
    @given(number=SEEDS)
    def check(number: int) -> None:
        chance = Random(number)
        read_damaged(door, mutated(chance.choice(seeds), chance))

    check()


def read_damaged(door: Door, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"damaged{door.suffix}"
        path.write_bytes(data)
        started = time.process_time()
        told(door.read, path)
        within_time(started)


@pytest.mark.parametrize("name", DOORS)
def test_what_the_damage_begins_with_is_good(name: str) -> None:
    for seed in DOORS[name].seed_files():
        assert told(DOORS[name].read, seed).accepted > 0


def test_a_crash_that_the_kit_reports_as_a_refusal_is_a_find() -> None:
    with pytest.raises(UnclearRefusalError):
        checked([Refusal("row 1", "a fault of the connector csv (TypeError)", "no fault")])
    with pytest.raises(UnclearRefusalError):
        checked([Refusal("row 1", "", "a value")])
    assert checked([Refusal("row 1", "'x'", "a value")]) == ("row 1: came 'x'; expected a value",)


def test_no_refusal_gives_orders_to_a_terminal() -> None:
    refusal = Refusal("row \x1b[31m", "a\nb", "a value", "file\u202e")

    assert checked([refusal]) == ("file�: row �[31m: came a�b; expected a value",)


def test_a_record_as_one_run_of_bytes_keeps_its_headers() -> None:
    value, headers = unpacked(seeds_of("restore")[0])
    assert value
    assert dict(headers)["hub-retry-attempts"] == b"2"
