"""Which dead letters are open, whatever order letters and what settled them stand in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.contracts import dead_letters
from hub.contracts.dead_letters import Failure, Original, original_of, put_back_headers
from hub.contracts.records import Record, header
from hub.contracts.resolutions import Resolution, ResolvedAs, resolution_of, resolution_record
from hub.errors import Refusal, RejectedRecordError, RejectReason
from hub.kafka.reader import RawRecord
from hub.parking.letters import Letter, OpenLetters, Selection
from hub.parking.listing import list_json, list_text
from hub.parking.showing import show_text

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def letter(offset: int = 0, *, at: datetime = AT, message: str = "what came") -> Record:
    error = RejectedRecordError(Refusal("at", message, "a day", reason=RejectReason.INVALID_VALUE))
    failure = Failure.of_error(error, stage="register", version="1", at=at)
    original = Original("plan-changes", 0, offset, b"a:1", b"\0value", (("ce_id", b"x"),))
    return dead_letters.of_record(original, failure)


def row(content: bytes, *, at: datetime = AT) -> Record:
    error = RejectedRecordError(Refusal("row 3", "'x'", "a day"))
    failure = Failure.of_error(error, stage="connect", version="1", at=at)
    return dead_letters.of_row(
        connector="tabular", stream="sewer", row="3", content=content, failure=failure
    )


def settled(one: Record) -> Record:
    return resolution_record(one, Resolution(how=ResolvedAs.RETRIED, by="ops", at=AT))


def open_in(*records: Record) -> list[Letter]:
    raw = [
        RawRecord(number, one.key, one.value, 1_795_424_400_000 + number, one.headers)
        for number, one in enumerate(records)
    ]
    return list(OpenLetters(raw))


def test_a_letter_is_open_until_it_is_settled() -> None:
    assert [one.key for one in open_in(letter())] == ["plan-changes-0-0"]
    assert open_in(letter(), settled(letter())) == []


def test_a_copy_of_a_letter_counts_once_and_stays_settled() -> None:
    assert len(open_in(letter(), letter())) == 1
    assert open_in(letter(), settled(letter()), letter()) == []


def test_another_record_at_the_same_place_is_a_letter_of_its_own() -> None:
    later = letter(at=AT + timedelta(days=1))

    assert len(open_in(letter(), settled(letter()), later)) == 1


def test_a_row_that_is_refused_again_as_it_was_stays_discarded_and_another_content_does_not() -> (
    None
):
    again = row(b"{}", at=AT + timedelta(days=1))

    assert open_in(row(b"{}"), settled(row(b"{}")), again) == []
    assert len(open_in(row(b"{}"), settled(row(b"{}")), row(b'{"a": 1}'))) == 1


@given(st.permutations([letter(n) for n in range(4)]), st.sets(st.integers(0, 3)))
def test_what_is_open_does_not_depend_on_the_order_of_other_letters(
    letters: list[Record], done: set[int]
) -> None:
    names = {f"plan-changes-0-{number}".encode() for number in done}
    records = [*letters, *(settled(one) for one in letters if one.key in names)]

    assert {one.record.key for one in open_in(*records)} == {one.key for one in letters} - names


def test_a_selection_means_what_agrees_with_all_that_is_given() -> None:
    (one,) = open_in(letter())

    assert one in Selection()
    assert one in Selection(keys=(one.key,), reason="invalid_value", stage="register")
    assert one not in Selection(keys=("other",))
    assert one not in Selection(reason="unreadable")
    assert one not in Selection(stage="detect")
    assert "text" not in Selection()


def test_a_record_that_fails_again_after_a_retry_counts_its_attempts_and_keeps_its_headers() -> (
    None
):
    first = letter()
    original = original_of(first)
    assert original is not None
    put_back = replace(original, offset=9, headers=put_back_headers(first))

    again = dead_letters.of_record(
        put_back,
        Failure.of_error(
            RejectedRecordError(Refusal("at", "x", "y")),
            stage="register",
            version="2",
            at=AT + timedelta(hours=3),
        ),
    )

    assert header(again.headers, "hub-error-attempts") == "2"
    assert header(again.headers, "hub-error-first-at") == header(
        first.headers, "hub-error-first-at"
    )
    found = original_of(again)
    assert found is not None
    assert found.headers == original.headers


def test_a_forged_mark_of_a_retry_changes_nothing() -> None:
    original = Original("plan-changes", 0, 1, b"k", b"v", (("hub-retry-attempts", b"many"),))
    failure = Failure.of_error(
        RejectedRecordError(Refusal("at", "x", "y")), stage="register", version="2", at=AT
    )

    assert header(dead_letters.of_record(original, failure).headers, "hub-error-attempts") == "1"


def test_a_letter_is_no_resolution_and_a_resolution_says_who_and_why() -> None:
    done = Resolution(how=ResolvedAs.DISCARDED, by="team roads", at=AT, why="a test")

    assert resolution_of(letter()) is None
    assert resolution_of(resolution_record(letter(), done)) == done


def test_the_list_groups_by_reason_with_count_and_example() -> None:
    text = list_text(open_in(letter(0), letter(1), row(b"{}")))

    assert text.splitlines()[0].startswith(
        "2 × invalid_value (register): 2 from plan-changes, since 2026-11-23 09:00 UTC"
    )
    assert "example: plan-changes-0-1" in text
    assert "1 × invalid_value (connect): 1 from tabular" in text
    assert list_text([]) == "no open dead letters\n"
    assert '"row": "3"' in list_json(open_in(row(b"{}")))


def test_what_is_shown_never_reaches_the_terminal_as_a_command() -> None:
    evil = letter(message="\x1b[2Jgone")
    evil = replace(
        evil,
        value=b"\x1b]0;title\x07 and \x1b[31mred",
        headers=(*evil.headers, ("\x1b[1m", b"\x1b")),
    )

    shown = show_text(evil) + list_text(open_in(evil)) + list_json(open_in(evil))

    assert "\x1b" not in shown
    assert "\\x1b" in shown


@given(st.binary(max_size=3_000))
def test_any_bytes_can_be_shown(value: bytes) -> None:
    shown = show_text(replace(letter(), value=value))

    assert all(c.isprintable() or c == "\n" for c in shown)
    assert len(shown) < 20_000
