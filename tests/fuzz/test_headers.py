"""Headers that anybody may write end no worker: named cases, each of which once did."""

from __future__ import annotations

import pytest

from hub.contracts.dead_letters import MOST_ATTEMPTS, Original, of_record
from hub.contracts.records import Headers, header, parsed_time, whole_number
from tests.fuzz.records import TARGETS, failure_of, packed
from tests.support.wire_examples import VALID

LOG_ENTRY = next(
    record.value
    for example in VALID
    if (record := example.encode()).topic == "programme-log" and record.key == b"goal:rain-2030"
)
MOMENTS = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0007-01-01T00:00:00Z"]
NUMBERS = ["²", "٣", "9" * 5_000, "-1", "", "1e3", "\ud800"]
FIRST_AT = ("hub-retry-first-at", b"2026-11-24T11:00:00Z")


def spelled(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ["ce_time", "hub-retry-first-at"])
@pytest.mark.parametrize("target", ["register plan-changes", "register reference"])
def test_a_moment_outside_the_calendar_counts_as_none(target: str, name: str, moment: str) -> None:
    headers: Headers = ((name, moment.encode()), ("hub-retry-attempts", b"1"))

    TARGETS[target](packed(b"rubbish", headers))

    assert parsed_time(moment) is None


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_attempts_that_is_none_is_not_counted_on(number: str) -> None:
    headers: Headers = (("hub-retry-attempts", spelled(number)), FIRST_AT)
    TARGETS["register plan-changes"](packed(b"rubbish", headers))

    letter = of_record(Original("plan-changes", 0, 7, None, b"", headers), failure_of(b"rubbish"))

    assert header(letter.headers, "hub-error-attempts") == "1"


def test_attempts_are_counted_on_up_to_a_bound() -> None:
    headers: Headers = (("hub-retry-attempts", b"9" * 20), FIRST_AT)

    letter = of_record(Original("plan-changes", 0, 7, None, b"", headers), failure_of(b"rubbish"))

    assert header(letter.headers, "hub-error-attempts") == str(MOST_ATTEMPTS + 1)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("target", ["restore", "detect programme-log"])
def test_a_sequence_that_is_none_ends_no_restore_and_no_stage(target: str, number: str) -> None:
    TARGETS[target](packed(LOG_ENTRY, (("ce_sequence", spelled(number)),)))

    assert whole_number(number) is None


def test_a_sequence_as_it_is_written_is_read() -> None:
    assert whole_number(f"{12:020d}") == 12
