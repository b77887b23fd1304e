"""Who is asked to move, by how much, and what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.check.burdens import (
    Ask,
    Burden,
    Move,
    asks_of,
    burdens,
    burdens_of_files,
    burdens_text,
)
from hub.rules.rule import Language
from tests.unit.check.programmes import scene, work

SEWER = work("sewer:1", "2029-03-01", "2029-09-01", role="leading")


def heat(start: str, end: str) -> dict[str, Any]:
    return work("heat:1", start, end)


def step(day: str, intervention: dict[str, Any]) -> dict[str, Any]:
    return {"at": day, "intervention": intervention}


def of(folder: Path, *steps: dict[str, Any]) -> list[Burden]:
    programme, found = scene(folder, SEWER, heat("2029-07-01", "2029-10-01"), changes=list(steps))
    return burdens_of_files(programme, found)


#                2029  mar         jul     sep  oct
#   sewer:1 leads       |-------------------|
#   heat:1 as it was               |-------------|          must give way: 62 days later
#   within 7 days of each other the conflict is held for calm's sake, so it moves 92


def test_who_is_asked_is_counted_with_the_smallest_shift_offered(tmp_path: Path):
    (found,) = of(tmp_path)

    assert found.organisation == "heat-co"
    assert (found.asked, found.still_asked, found.asked_days) == (1, 1, 62)
    assert (found.gave, found.gave_days, found.asks_met) == (0, 0, 0)


def test_a_window_that_moves_after_being_asked_is_given(tmp_path: Path):
    (found,) = of(tmp_path, step("2027-01-01", heat("2029-10-01", "2030-01-01")))

    assert (found.gave, found.gave_days, found.asks_met, found.still_asked) == (1, 92, 1, 0)


def test_a_move_before_the_ask_or_after_its_end_is_not_given(tmp_path: Path):
    programme, found = scene(
        tmp_path,
        SEWER,
        heat("2030-01-01", "2030-03-01"),
        changes=[
            step("2027-01-01", heat("2029-07-01", "2029-10-01")),  # this move makes the conflict
            step("2027-02-01", heat("2029-10-01", "2030-01-01")),  # this one answers it
            step("2027-03-01", heat("2030-09-01", "2030-12-02")),  # nobody asked for this one
        ],
    )

    (burden,) = burdens_of_files(programme, found)

    assert (burden.asked, burden.gave, burden.gave_days) == (1, 1, 92)


def test_a_change_that_moves_no_window_is_not_given(tmp_path: Path):
    renamed = {**heat("2029-07-01", "2029-10-01"), "title": "new name"}

    (found,) = of(tmp_path, step("2027-01-01", renamed))

    assert found.gave == 0


def test_one_move_that_meets_two_asks_counts_once():
    asks = [
        Ask("C01:a|b", "heat-co", "heat:1", began=1, ended=5, days=10),
        Ask("C01:a|c", "heat-co", "heat:1", began=3, ended=5, days=4),
    ]

    (found,) = burdens(asks, [Move("heat:1", 4, -9)])

    assert (found.asked, found.asks_met, found.gave, found.gave_days) == (2, 2, 1, 9)


def test_an_ask_whose_options_no_record_tells_is_counted_without_a_size():
    (found,) = burdens([Ask("C01:a|b", "x", "a", began=1, ended=2, days=None)], [])

    assert (found.asked, found.asked_days, found.asks_without_size) == (1, 0, 1)
    assert "(+1?)" in burdens_text([found], Language.EN)


def test_of_an_old_finding_only_the_end_is_left_and_it_still_counts(tmp_path: Path):
    _, found = scene(
        tmp_path,
        SEWER,
        heat("2029-07-01", "2029-10-01"),
        changes=[{"at": "2027-01-01", "withdraw": "heat:1"}],
    )
    end = found.findings["C01:heat:1|sewer:1"]

    assert list(asks_of([(9, end)], first_seen_at=lambda finding: 2)) == [
        Ask(end.id, "heat-co", "heat:1", began=2, ended=9, days=None)
    ]


def test_a_chance_that_only_asks_for_room_asks_nobody_to_move(tmp_path: Path):
    programme, found = scene(tmp_path, SEWER, heat("2031-07-01", "2031-10-01"))

    assert "O02:heat:1|sewer:1" in found.findings
    assert burdens_of_files(programme, found) == []


def test_a_work_that_only_has_itself_in_the_way_is_no_burden_for_others(tmp_path: Path):
    late = work(
        "heat:1",
        "2027-03-01",
        "2027-04-01",
        required_decisions=[{"id": "d", "level": "own_organisation", "status": "rejected"}],
    )
    programme, found = scene(tmp_path, late)

    assert "C07:heat:1|d" in found.findings
    assert burdens_of_files(programme, found) == []
    assert burdens_text([], Language.NL) == "Niemand is gevraagd te schuiven.\n"


ats = st.integers(0, 9)
asks = st.lists(
    st.builds(
        Ask,
        finding=st.sampled_from(["f", "g"]),
        organisation=st.sampled_from(["x", "y"]),
        work=st.sampled_from(["a", "b"]),
        began=ats,
        ended=st.none() | ats,
        days=st.none() | st.integers(1, 99),
    )
)
moves = st.lists(
    st.builds(Move, work=st.sampled_from(["a", "b"]), at=ats, days=st.integers(1, 99)),
    unique=True,
)


@given(asks=asks, moves=moves)
def test_nobody_gives_more_often_than_works_moved_and_every_ask_is_counted_once(
    asks: list[Ask], moves: list[Move]
):
    found = burdens(asks, moves)

    assert sum(item.asked for item in found) == len(asks)
    for item in found:
        assert item.gave <= len(moves)
        assert item.asks_met <= item.asked
        assert (
            item.still_asked
            + sum(
                1 for ask in asks if ask.organisation == item.organisation and ask.ended is not None
            )
            == item.asked
        )
