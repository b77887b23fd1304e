"""Which offset a consumer commits, whatever the order in which records are finished."""

from __future__ import annotations

import itertools
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from hub.streams.consumer import StrictConsumer

PLACE = TP("in", 0)


def consumer(handed_out: list[int]) -> Any:
    """Return the bookkeeping of a consumer that handed these offsets out, and nothing else."""
    made: Any = StrictConsumer.__new__(StrictConsumer)
    made._acked = defaultdict(list)
    made._acked_index = defaultdict(set)
    made._gap = {}
    made._unfinished = defaultdict(dict, {PLACE: dict.fromkeys(handed_out)})
    made._highest_finished = {}
    return made


@st.composite
def finished_in_rounds(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    """Offsets with holes, as compaction leaves them, and the rounds in which they are finished."""
    offsets = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=20)))
    order = draw(st.permutations(offsets))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    bounds = [0, *cuts, len(order)]
    return offsets, [order[a:b] for a, b in itertools.pairwise(bounds)]


@given(finished_in_rounds())
def test_a_commit_never_passes_a_record_that_is_not_finished(
    history: tuple[list[int], list[list[int]]],
) -> None:
    offsets, rounds = history
    subject = consumer(offsets)
    finished: set[int] = set()
    for round_ in rounds:
        subject._acked[PLACE].extend(round_)
        finished |= set(round_)
        committed = subject._new_offset(PLACE)
        if not round_:
            assert committed is None
            continue
        assert committed is not None
        assert all(offset in finished for offset in offsets if offset < committed)
    assert committed_last(subject, offsets, rounds)


def committed_last(subject: Any, offsets: list[int], rounds: list[list[int]]) -> bool:
    """Tell whether, with all records finished, the next offset to read was committed."""
    subject._acked[PLACE].append(offsets[-1])
    return bool(subject._new_offset(PLACE) == offsets[-1] + 1)


def test_what_faust_acknowledges_by_itself_counts_for_nothing() -> None:
    subject = consumer([0])

    assert subject.ack(SimpleNamespace(offset=0, tp=PLACE)) is False
    assert subject._new_offset(PLACE) is None


def test_an_abandoned_record_holds_the_commit_back() -> None:
    subject = consumer([4, 5])
    subject._unacked_messages = set()
    message = Abandoned()

    subject.abandon(message)
    subject._acked[PLACE].append(5)

    assert subject._new_offset(PLACE) == 4


class Abandoned:
    """A message as far as the bookkeeping looks at it."""

    offset, tp, acked = 4, PLACE, False
