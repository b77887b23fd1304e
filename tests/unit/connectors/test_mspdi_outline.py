"""Order between summary rows and milestones falls on the works they stand for."""

from __future__ import annotations

import io

import pytest

from connectors.mspdi.outline import Outline, no_work
from connectors.mspdi.project_file import Task, read_project
from hub.model.vocabulary import DependencyType

START, FINISH = DependencyType.START_TO_START, DependencyType.FINISH_TO_START


def row(
    uid: int, *, level: int = 1, links: tuple[tuple[int, int, int], ...] = (), **flags: int
) -> str:
    written = "".join(f"<{name}>{value}</{name}>" for name, value in flags.items())
    written += "".join(
        f"<PredecessorLink><PredecessorUID>{before}</PredecessorUID><Type>{kind}</Type>"
        f"<LinkLag>{4800 * days}</LinkLag></PredecessorLink>"
        for before, kind, days in links
    )
    return f"<Task><UID>{uid}</UID><OutlineLevel>{level}</OutlineLevel>{written}</Task>"


def before(uid: int, *rows: str) -> set[tuple[str, DependencyType, int]]:
    content = (
        '<Project xmlns="http://schemas.microsoft.com/project"><Tasks>'
        f"{''.join(rows)}</Tasks></Project>"
    )
    outline = Outline(read_project(io.BytesIO(content.encode())))
    works = outline.works_before(outline.by_uid[str(uid)])
    return {(work.task.uid, work.type, work.lag_days) for work in works}


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"UID": "3"}, None),
        ({"UID": "3", "Active": "0"}, None),
        ({"UID": "3", "IsNull": "1"}, "blank"),
        ({"UID": "3", "Summary": "1"}, "summary"),
        ({"UID": "0"}, "summary"),
        ({"UID": "3", "Milestone": "1"}, "milestone"),
        ({"UID": "3", "ExternalTask": "1"}, "of another project"),
        ({"UID": "3", "IsSubproject": "1"}, "of another project"),
    ],
)
def test_only_what_is_done_is_a_work(texts: dict[str, str], reason: str | None) -> None:
    assert no_work(Task(texts, [], {})) == reason


def test_after_a_summary_row_means_after_every_work_under_it() -> None:
    phase = (row(1, Summary=1), row(2, level=2), row(3, level=2, Summary=1), row(4, level=3))
    assert before(5, *phase, row(5, links=((1, 1, 2),))) == {("2", FINISH, 2), ("4", FINISH, 2)}


def test_what_a_summary_row_waits_for_every_work_under_it_waits_for() -> None:
    phase = (row(2, Summary=1, links=((1, 1, 0),)), row(3, level=2, links=((1, 3, 0),)))
    assert before(3, row(1), *phase) == {("1", FINISH, 0), ("1", START, 0)}


def test_a_milestone_passes_order_on_with_both_lags() -> None:
    milestone = row(2, Milestone=1, links=((1, 1, 1),))
    assert before(3, row(1), milestone, row(3, links=((2, 1, 2),))) == {("1", FINISH, 3)}


def test_milestones_that_wait_for_each_other_end() -> None:
    circle = (row(1, Milestone=1, links=((2, 1, 0),)), row(2, Milestone=1, links=((1, 1, 0),)))
    assert before(3, *circle, row(3, links=((1, 1, 0),))) == set()


def test_a_work_does_not_wait_for_itself_by_way_of_its_summary_row() -> None:
    assert before(2, row(1, Summary=1), row(2, level=2, links=((1, 1, 0),))) == set()


def test_of_two_ways_to_the_same_work_the_longer_lag_counts() -> None:
    milestone = row(2, Milestone=1, links=((1, 1, 4),))
    both = row(3, links=((1, 1, 0), (2, 1, 0)))
    assert before(3, row(1), milestone, both) == {("1", FINISH, 4)}


def test_blank_rows_do_not_end_a_phase() -> None:
    phase = (row(1, Summary=1), row(2, level=0, IsNull=1), row(3, level=2))
    assert before(4, *phase, row(4, links=((1, 1, 0),))) == {("3", FINISH, 0)}


def test_gates_in_a_row_with_many_ways_between_them_are_read_at_once() -> None:
    gates = [row(1)]
    for uid in range(2, 82, 2):
        ways = ((uid - 1, 1, 0),) if uid == 2 else ((uid - 1, 1, 1), (uid - 2, 1, 0))
        gates += [row(uid, Milestone=1, links=ways), row(uid + 1, Milestone=1, links=ways)]
    last = row(100, links=((80, 1, 0), (81, 1, 0)))
    assert before(100, *gates, last) == {("1", FINISH, 39)}


def test_a_thousand_milestones_in_a_row_are_no_fault() -> None:
    chain = [row(1)] + [row(uid, Milestone=1, links=((uid - 1, 1, 0),)) for uid in range(2, 1002)]
    assert before(2000, *chain, row(2000, links=((1001, 1, 0),))) == set()


def test_rows_of_absurd_depth_are_no_fault() -> None:
    rows = [row(uid, level=uid, Summary=1) for uid in range(1, 3000)]
    assert before(5000, *rows, row(5000, level=1, links=((1, 1, 0),))) == set()


def test_rows_of_one_uid_make_no_circle_above_a_work() -> None:
    """The second row 1 lies below 2, which lies below the first; by UID each would be above."""
    rows = (row(1, Summary=1), row(2, level=2, Summary=1), row(1, level=3, links=((4, 1, 0),)))

    assert before(1, *rows, row(4)) == {("4", FINISH, 0)}
