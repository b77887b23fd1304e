"""Any bytes at all give an object or a rejection: no other error, no runaway memory."""

from __future__ import annotations

import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contracts.codec import MAX_RECORD_BYTES, Codec
from hub.errors import RejectedRecordError, RejectReason
from tests.support.wire_examples import VALID

CODEC = Codec()
DECODERS = [getattr(CODEC, name) for name in dir(Codec) if name.startswith("decode_")]
RECORDS = [example.encode().value for example in VALID]
MAX_MEMORY_BYTES = 40_000_000
HOSTILE_LENGTHS = [b"\xfe\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80" * 30, b"\x01"]
"""As Avro writes lengths: 2**31-1, the smallest long, one without an end, and -1."""


def refused(decode: Any, data: bytes | None) -> RejectReason | None:
    """Return why bytes are refused, None if they are read; any other error fails the test."""
    try:
        decode(data)
    except RejectedRecordError as error:
        return error.refusal.reason
    return None


def test_there_are_decoders_and_records_to_attack() -> None:
    assert len(DECODERS) == 9
    assert len(RECORDS) > 15


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    for decode in DECODERS:
        assert refused(decode, data) is not None


@given(data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_record_is_read_or_refused(data: st.DataObject) -> None:
    record = bytearray(data.draw(st.sampled_from(RECORDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(5, len(record) - 1))
        piece = data.draw(st.sampled_from(HOSTILE_LENGTHS) | st.binary(max_size=6))
        record[at : at + data.draw(st.integers(0, 4))] = piece

    for decode in DECODERS:
        refused(decode, bytes(record))


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_record_cut_anywhere_is_refused(at: int) -> None:
    record = RECORDS[0]

    assert refused(CODEC.decode_plan_change, record[:at]) is not None


def test_an_absurd_length_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        for record in RECORDS:
            for at in range(5, len(record), max(1, len(record) // 60)):
                for length in HOSTILE_LENGTHS:
                    data = record[:at] + length + record[at + 1 :]
                    for decode in DECODERS:
                        refused(decode, data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < MAX_MEMORY_BYTES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, RejectReason.UNREADABLE),
        (b"", RejectReason.UNREADABLE),
        (b"\1\0\0\0\1x", RejectReason.UNREADABLE),
        (b"\0" + struct.pack(">I", 999_999) + b"x", RejectReason.UNKNOWN_SCHEMA),
        (b"\0" + struct.pack(">I", 2) + b"x", RejectReason.UNKNOWN_SCHEMA),
        (b"\0" + struct.pack(">I", 1) + b"\0" * MAX_RECORD_BYTES, RejectReason.TOO_LARGE),
    ],
    ids=["tombstone", "empty", "magic", "unknown id", "another type", "too large"],
)
def test_what_is_no_plan_change_is_refused_with_its_reason(
    data: bytes | None, reason: RejectReason
) -> None:
    assert refused(CODEC.decode_plan_change, data) is reason
