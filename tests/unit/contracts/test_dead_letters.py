"""Dead letters keep what came byte for byte, say why, and can be put back; the breaker opens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contracts.codec import Codec
from hub.contracts.dead_letters import (
    MAX_ORIGINAL_BYTES,
    Breaker,
    Failure,
    Original,
    of_record,
    of_row,
    original_of,
    reason_of,
)
from hub.contracts.records import Record, header
from hub.errors import Refusal, RejectedRecordError, RejectReason

AT = datetime(2027, 2, 10, 9, 30, tzinfo=UTC)
REFUSED = RejectedRecordError(
    Refusal("intervention.window", "2028 to 2027", "an end after the start")
)
FAILURE = Failure.of_error(REFUSED, stage="register", version="0.1.0", at=AT)
names = st.text("abcdefgh-_", min_size=1, max_size=12)
originals = st.builds(
    Original,
    topic=names,
    partition=st.integers(0, 999),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(st.tuples(names, st.binary(max_size=20)), max_size=4).map(tuple),
)


@given(original=originals)
def test_what_came_can_be_put_back_as_it_was(original: Original) -> None:
    assert original_of(of_record(original, FAILURE)) == original


def test_a_dead_letter_says_why_where_and_when() -> None:
    original = Original("hub.plan-changes", 2, 41, b"sewer:1", b"\0bytes", (("ce_id", b"x"),))

    letter = of_record(original, FAILURE)

    assert (letter.topic, letter.key, letter.value) == (
        "dead-letters", b"hub.plan-changes-2-41", b"\0bytes",
    )  # fmt: skip
    assert letter.headers[0] == ("ce_id", b"x")
    found = {name: header(letter.headers, f"hub-error-{name}") for name in (
        "stage", "reason", "message", "class", "version", "attempts", "first-at", "last-at",
        "topic", "partition", "offset",
    )}  # fmt: skip
    assert found == {
        "stage": "register",
        "reason": "invalid_value",
        "message": "intervention.window: came 2028 to 2027; expected an end after the start",
        "class": "RejectedRecordError",
        "version": "0.1.0",
        "attempts": "1",
        "first-at": "2027-02-10T09:30:00.000000Z",
        "last-at": "2027-02-10T09:30:00.000000Z",
        "topic": "hub.plan-changes",
        "partition": "2",
        "offset": "41",
    }
    assert reason_of(letter.headers) is RejectReason.INVALID_VALUE


def test_a_row_is_kept_under_connector_stream_and_row() -> None:
    letter = of_row(
        connector="sewer-plan", stream="works", row="118", content=b"118;x", failure=FAILURE
    )

    assert letter.key == b"sewer-plan|works|118"
    assert letter.value == b"118;x"
    assert header(letter.headers, "hub-error-row") == "118"
    assert original_of(letter) is None


def test_headers_that_pretend_to_be_ours_are_left_out() -> None:
    forged = (("hub-error-value", b"none"), ("hub-error-topic", b"elsewhere"), ("a", b"1"))
    original = Original("t", 0, 1, None, b"v", forged)

    back = original_of(of_record(original, FAILURE))

    assert back is not None
    assert (back.topic, back.value, back.headers) == ("t", b"v", (("a", b"1"),))


def test_an_original_that_had_to_be_cut_says_so_and_is_not_put_back() -> None:
    original = Original("t", 0, 1, b"k", b"x" * (MAX_ORIGINAL_BYTES + 5))

    letter = of_record(original, FAILURE)

    assert len(letter.value) == MAX_ORIGINAL_BYTES
    assert header(letter.headers, "hub-error-cut-from-bytes") == str(MAX_ORIGINAL_BYTES + 5)
    with pytest.raises(ValueError, match="too large to be kept whole"):
        original_of(letter)


def test_a_long_message_is_cut_without_breaking_a_character() -> None:
    error = RejectedRecordError(Refusal("é" * 3_000, "x", "y"))
    failure = Failure.of_error(error, stage="detect", version="1", at=AT)

    letter = of_record(Original("t", 0, 1, None, None), failure)

    message = header(letter.headers, "hub-error-message")
    assert message is not None
    assert len(message.encode()) == 2_000


def test_a_reason_of_another_version_is_none_of_ours() -> None:
    letter = Record("dead-letters", b"k", b"", (("hub-error-reason", b"moonlight"),), 0)

    assert reason_of(letter.headers) is None


def test_a_rejection_of_the_codec_becomes_a_dead_letter_with_its_reason() -> None:
    with pytest.raises(RejectedRecordError) as refused:
        Codec().decode_decision(b"\0\0\0\xff\xffx")

    failure = Failure.of_error(refused.value, stage="register", version="1", at=AT)

    assert failure.reason is RejectReason.UNKNOWN_SCHEMA


# --- breaker --------------------------------------------------------------------------------------


def feed(breaker: Breaker, outcomes: str) -> list[bool]:
    """Record `x` as rejected and `.` as fine, and return the answers."""
    return [breaker.record(rejected=outcome == "x") for outcome in outcomes]


def test_the_breaker_opens_when_more_than_half_of_a_window_was_rejected() -> None:
    assert feed(Breaker(4), "xx.x") == [False, False, False, True]


def test_half_of_a_window_is_not_enough() -> None:
    assert not any(feed(Breaker(4), "xx..xx..xx"))


def test_a_few_bad_records_at_the_start_do_not_open_it() -> None:
    assert not any(feed(Breaker(), "x" * 25 + "." * 200))
    assert not any(feed(Breaker(), "x" * 49))
    assert feed(Breaker(), "x" * 50)[-1]


def test_only_the_last_window_counts() -> None:
    assert feed(Breaker(4), "." * 1000 + "xxx")[-1]


def test_an_open_breaker_stays_open() -> None:
    assert feed(Breaker(2), "xx" + "." * 10)[-1]


@given(outcomes=st.text("x.", max_size=200))
def test_it_opens_exactly_when_some_whole_window_is_mostly_bad(outcomes: str) -> None:
    windows = [outcomes[n : n + 5] for n in range(len(outcomes) - 4)]
    expected = any(window.count("x") > 2 for window in windows)

    assert any(feed(Breaker(5), outcomes)) == expected


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        Breaker(0)
