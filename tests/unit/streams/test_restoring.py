"""What counts of a topic that is read back: the highest revision per key."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.streams.logic import Received
from hub.streams.restore import HighestPerKey


def record(offset: int, key: str, revision: int | None) -> Received:
    headers = () if revision is None else (("ce_sequence", f"{revision:020d}".encode()),)
    return Received(
        topic="conflicts",
        partition=0,
        offset=offset,
        key=key.encode(),
        value=f"{key}@{revision}#{offset}".encode(),
        headers=headers,
        at=datetime(2026, 11, 24, tzinfo=UTC),
    )


def highest(*records: Received) -> HighestPerKey:
    found = HighestPerKey()
    for item in records:
        found.add(item)
    return found


def test_a_lower_revision_behind_a_higher_one_is_repaired_with_the_same_bytes() -> None:
    higher = record(1, "a", 3)
    found = highest(record(0, "a", 2), higher, record(2, "a", 2))

    assert found.in_log_order() == [higher]
    (repair,) = found.to_repair()
    assert (repair.key, repair.value, repair.headers) == (b"a", higher.value, higher.headers)


def test_nothing_is_repaired_once_the_higher_one_was_written_again() -> None:
    found = highest(record(0, "a", 3), record(1, "a", 2), record(2, "a", 3))

    assert found.to_repair() == []


def test_of_records_without_revision_the_last_one_counts() -> None:
    assert [
        item.offset for item in highest(record(0, "a", None), record(9, "a", None)).in_log_order()
    ] == [9]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=30))
def test_for_every_order_the_highest_revision_has_the_last_word(
    written: list[tuple[str, int]],
) -> None:
    found = highest(*(record(n, key, revision) for n, (key, revision) in enumerate(written)))
    repaired = {(item.key or b"").decode() for item in found.to_repair()}
    for key in {key for key, _ in written}:
        revisions = [revision for name, revision in written if name == key]
        (kept,) = [item for item in found.in_log_order() if item.key == key.encode()]
        assert kept.headers[0][1] == f"{max(revisions):020d}".encode()
        assert (key in repaired) == (revisions[-1] < max(revisions))
