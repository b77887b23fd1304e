"""Snapshot after snapshot: exactly what changed is sent, and a broken one withdraws nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.engine.register import Register
from hub.errors import RejectedRecordError
from hub.model.change import ChangeKind, PlanChange, classify
from hub.model.vocabulary import Firmness
from tests.support.datex2_feed import event, exchange, publication, situation, work
from tests.support.datex2_second_snapshot import (
    NEW,
    REANNOUNCED,
    RELOCATED,
    RESCHEDULED,
    UNVERSIONED,
    VANISHED,
    Feed,
    Snapshot,
    second_of_delft,
    version,
)
from tests.support.shared import SHARED, needs_shared

DELFT = SHARED / "samples" / "datex2-ndw" / "ndw_planned_delft_2026-07-26.xml"
PASSED = (
    "ndw:NDW03_555785_EVE/2026-08-01",
    "ndw:NDW03_596957_EVE/2026-08-02",
    "ndw:NDW03_605792_EVE/2026-08-01",
    "ndw:NDW03_582071_MAN",
)
"""Periods of the Delft sample that pass between 26 July and 3 August while others follow."""


def feed(folder: Path, **settings: object) -> Feed:
    return Feed(folder / "feed.xml", **settings)


def many(count: int, *, first: int = 0) -> list[str]:
    return [
        situation(f"A_{number}", work(f"A_{number}_MAN")) for number in range(first, first + count)
    ]


def ids(changes: list[PlanChange]) -> list[str]:
    return sorted(change.intervention_id for change in changes)


@needs_shared
def test_a_second_snapshot_of_delft_gives_exactly_the_changes_that_were_made(
    tmp_path: Path,
) -> None:
    text = DELFT.read_text("utf-8")
    source = feed(tmp_path)
    assert source.run(text).published == 198
    before = {change.intervention_id: change.intervention for change in source.sent()}

    source.run(second_of_delft(text))
    sent = source.sent()

    kinds = {
        change.intervention_id: classify(before.get(change.intervention_id), change.intervention)
        for change in sent
        if change.intervention is not None
    }
    described, firmer = ChangeKind.DESCRIBED, ChangeKind.FIRMNESS_CHANGED
    assert kinds == {
        f"ndw:{NEW}_EVE": (ChangeKind.ADDED,),
        f"ndw:{RESCHEDULED}_MAN": (ChangeKind.RESCHEDULED, described),
        f"ndw:{RELOCATED}_MAN": (ChangeKind.RELOCATED, described),
        f"ndw:{REANNOUNCED}_EVE": (described,),
        f"ndw:{UNVERSIONED}_MAN": (firmer, described),
    } | dict.fromkeys(PASSED, (firmer, described))
    assert sorted(change.withdraw for change in sent if change.withdraw) == [
        f"ndw:{VANISHED[1]}_MAN/2026-08-24",
        f"ndw:{VANISHED[0]}_MAN",
    ], "its first period was over and stays completed"


@needs_shared
def test_the_hub_takes_every_change_of_the_second_snapshot(tmp_path: Path) -> None:
    text = DELFT.read_text("utf-8")
    source, register = feed(tmp_path), Register()
    for snapshot in (text, second_of_delft(text), text, second_of_delft(text)):
        source.run(snapshot)
        for change in source.sent():
            register.apply_change(change)

    standing = {
        key: state.entry.intervention
        for key, state in register.states.items()
        if state.entry is not None
    }
    remembered = {
        state.intervention.id: state.intervention
        for state in source.remembered().values()
        if state.intervention is not None and not state.withdrawn
    }
    assert {key: standing[key] for key in remembered} == remembered
    gone = {key: standing[key].firmness for key in standing.keys() - remembered.keys()}
    assert gone == {
        f"ndw:{VANISHED[0]}_MAN": Firmness.WITHDRAWN,
        f"ndw:{VANISHED[1]}_MAN": Firmness.COMPLETED,
        f"ndw:{VANISHED[1]}_MAN/2026-08-24": Firmness.WITHDRAWN,
    }


@needs_shared
def test_the_same_snapshot_twice_or_in_another_order_gives_nothing(tmp_path: Path) -> None:
    text = DELFT.read_text("utf-8")
    source = feed(tmp_path)
    source.run(text)
    source.sent()

    again = source.run(text)
    snapshot = Snapshot.of(text)
    snapshot.situations = dict(reversed(snapshot.situations.items()))
    reordered = source.run(snapshot.text())

    assert source.sent() == []
    assert (again.changes.unchanged, reordered.changes.unchanged) == (198, 198)


@needs_shared
def test_what_vanished_and_is_announced_again_is_added_again(tmp_path: Path) -> None:
    text = DELFT.read_text("utf-8")
    without = Snapshot.of(text)
    without.remove(VANISHED[0])
    source = feed(tmp_path)
    source.run(text)
    source.sent()

    source.run(without.text())
    assert [change.withdraw for change in source.sent()] == [f"ndw:{VANISHED[0]}_MAN"]
    source.run(text)
    (back,) = source.sent()
    assert back.intervention is not None
    assert back.intervention.source is not None
    assert back.intervention.source.revision == 3, "the version need not be higher than before"


class TestVersions:
    def announced(self, number: int, end: str = "2026-08-21") -> str:
        made = f"2026-07-{number:02}T10:00:00Z"
        record = work("A_1_MAN", version=str(number), end=f"{end}T14:00:00Z", updated=made)
        return publication(situation("A_1", record), *many(1, first=7))

    def test_an_older_version_is_an_older_snapshot_and_gives_nothing(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(self.announced(3))
        source.sent()

        source.run(self.announced(2, end="2026-09-30"))
        assert source.sent() == []

    def test_a_higher_version_is_sent_also_when_nothing_else_changed(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(self.announced(3))
        source.sent()

        source.run(self.announced(4))
        assert ids(source.sent()) == ["ndw:A_1_MAN"]

    def test_other_content_under_the_same_version_is_sent_once_without_a_revision(
        self, tmp_path: Path
    ) -> None:
        source = feed(tmp_path)
        source.run(self.announced(3))
        source.sent()

        source.run(self.announced(3, end="2026-09-30"))
        (change,) = source.sent()
        assert change.intervention is not None
        assert change.intervention.source is not None
        assert change.intervention.source.revision is None
        source.run(self.announced(3, end="2026-09-30"))
        assert source.sent() == []
        source.run(self.announced(4, end="2026-09-30"))
        (raised,) = source.sent()
        assert raised.intervention is not None
        assert raised.intervention.source is not None
        assert raised.intervention.source.revision == 4

    def test_a_changed_setting_counts_for_works_that_were_sent(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(self.announced(3))
        source.sent()
        renamed = feed(tmp_path, owners={"Gemeente Delft": "delft"})
        renamed.runner.ports = source.runner.ports

        renamed.run(self.announced(3))
        assert ids(source.sent()) == ["ndw:A_1_MAN", "ndw:A_7_MAN"]


class TestVanished:
    # July    20        26 = today       31
    #  over   [--------)
    #  today  [---------)
    #  ahead            [----------------)
    OVER = situation(
        "B_1", work("B_1_MAN", start="2026-07-20T05:00:00Z", end="2026-07-24T14:00:00Z")
    )
    UNTIL_YESTERDAY = situation(
        "B_2", work("B_2_MAN", start="2026-07-20T05:00:00Z", end="2026-07-25T14:00:00Z")
    )
    UNTIL_TODAY = situation(
        "B_3", work("B_3_MAN", start="2026-07-20T05:00:00Z", end="2026-07-26T14:00:00Z")
    )

    def test_a_work_that_vanishes_after_its_last_day_is_completed_and_before_it_withdrawn(
        self, tmp_path: Path
    ) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(3), self.OVER, self.UNTIL_YESTERDAY, self.UNTIL_TODAY))
        source.sent()

        source.run(publication(*many(3)))
        sent = source.sent()
        assert sorted(change.withdraw for change in sent if change.withdraw) == ["ndw:B_3_MAN"]
        assert {
            change.intervention.id: change.intervention.firmness
            for change in sent
            if change.intervention is not None
        } == {"ndw:B_1_MAN": Firmness.COMPLETED, "ndw:B_2_MAN": Firmness.COMPLETED}
        source.run(publication(*many(3)))
        assert source.sent() == []

    def test_the_hub_takes_the_last_word_on_a_work(self, tmp_path: Path) -> None:
        source, register = feed(tmp_path), Register()
        for text in (publication(*many(3), self.OVER), publication(*many(3))):
            source.run(text)
            for change in source.sent():
                register.apply_change(change)

        entry = register.states["ndw:B_1_MAN"].entry
        assert entry is not None
        assert entry.intervention.firmness is Firmness.COMPLETED

    def test_works_that_are_over_do_not_count_as_a_mass_withdrawal(self, tmp_path: Path) -> None:
        over = [
            situation(
                f"C_{n}",
                work(f"C_{n}_MAN", start="2026-07-20T05:00:00Z", end="2026-07-24T14:00:00Z"),
            )
            for n in range(20)
        ]
        source = feed(tmp_path)
        source.run(publication(*many(10), *over))
        source.sent()

        result = source.run(publication(*many(9)))
        assert result.changes.blocked is None
        assert len(source.sent()) == 21

    def test_works_that_are_over_do_not_hide_a_mass_withdrawal(self, tmp_path: Path) -> None:
        over = [
            situation(
                f"C_{n}",
                work(f"C_{n}_MAN", start="2026-07-20T05:00:00Z", end="2026-07-24T14:00:00Z"),
            )
            for n in range(40)
        ]
        source = feed(tmp_path)
        source.run(publication(*many(10), *over))
        source.sent()

        result = source.run(publication(*many(4), *over))
        assert result.changes.blocked is not None
        assert (result.changes.blocked.withdrawals, result.changes.blocked.known) == (6, 10)

    def test_where_absence_says_nothing_nothing_is_completed(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(2), self.OVER))
        source.sent()

        source.run(publication())
        assert source.sent() == []
        source.run(publication(*many(2), situation("", work("X"))))
        assert source.sent() == []
        source.run(publication(*many(2)))
        assert ids(source.sent()) == ["ndw:B_1_MAN"]

    def test_a_work_that_was_told_to_be_done_vanishes_without_a_word(self, tmp_path: Path) -> None:
        closed = situation(
            "B_9",
            work(
                "B_9_MAN", status="closed", start="2026-07-20T05:00:00Z", end="2026-07-24T14:00:00Z"
            ),
        )
        source = feed(tmp_path)
        source.run(publication(*many(3), closed))
        source.sent()

        source.run(publication(*many(3)))
        assert source.sent() == []

    def test_a_work_that_comes_back_after_its_end_is_added_with_its_new_days(
        self, tmp_path: Path
    ) -> None:
        source, register = feed(tmp_path), Register()
        longer = situation(
            "B_1", work("B_1_MAN", start="2026-07-20T05:00:00Z", end="2026-08-07T14:00:00Z")
        )
        for text in (
            publication(*many(3), self.OVER),
            publication(*many(3)),
            publication(*many(3), longer),
        ):
            source.run(text)
            for change in source.sent():
                register.apply_change(change)

        entry = register.states["ndw:B_1_MAN"].entry
        assert entry is not None
        assert entry.intervention.firmness is Firmness.COMMITTED
        assert entry.intervention.window is not None
        assert str(entry.intervention.window.end) == "2026-08-08"


class TestGuards:
    def test_a_snapshot_cut_short_sends_and_withdraws_nothing(self, tmp_path: Path) -> None:
        text = publication(*many(20))
        source = feed(tmp_path)
        source.run(text)
        source.sent()

        for kept in (len(text) // 2, len(text) - 1, 10):
            with pytest.raises(RejectedRecordError, match="cut short"):
                source.run(text[:kept])
        assert source.sent() == []

    def test_a_whole_document_with_half_of_the_situations_withdraws_nothing(
        self, tmp_path: Path
    ) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(20)))
        source.sent()

        result = source.run(publication(*many(10)))
        assert result.changes.blocked is not None
        assert result.changes.blocked.withdrawals == 10
        assert source.sent() == []

    def test_what_is_really_gone_is_withdrawn_when_a_person_says_so(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(20)))
        source.sent()

        source.run(publication(*many(10)), allow_mass_withdrawal=True)
        assert len(source.sent()) == 10

    def test_a_publication_without_situations_withdraws_nothing(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(3)))
        source.sent()

        result = source.run(publication())
        assert result.changes.blocked is not None
        assert source.sent() == []

    @pytest.mark.parametrize("footer", [exchange(protocol="deltaPull"), exchange(status="offline")])
    def test_what_is_no_complete_picture_withdraws_nothing(
        self, tmp_path: Path, footer: str
    ) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(3)))
        source.sent()

        with pytest.raises(RejectedRecordError):
            source.run(publication(*many(1), footer=footer))
        assert source.sent() == []

    def test_a_record_that_became_unreadable_keeps_its_last_state(self, tmp_path: Path) -> None:
        source = feed(tmp_path)
        source.run(publication(*many(3)))
        source.sent()

        broken = situation("A_1", work("A_1_MAN", start="one day"))
        result = source.run(publication(*many(1), broken, *many(1, first=2)))
        assert len(result.changes.refused) == 1
        assert source.sent() == []
        assert not source.remembered()["A_1_MAN"].withdrawn


def test_a_second_period_leaves_the_first_one_the_work_it_was(tmp_path: Path) -> None:
    one = ("2026-09-05T08:00:00Z", "2026-09-05T15:00:00Z")
    two = ("2026-10-03T08:00:00Z", "2026-10-03T15:00:00Z")
    source = feed(tmp_path)
    source.run(publication(situation("A_1", event("A_1_EVE", start=one[0], end=one[1]))))
    source.sent()

    longer = event("A_1_EVE", version="2", start=one[0], end=two[1], periods=(one, two))
    source.run(publication(situation("A_1", longer)))
    assert ids(source.sent()) == ["ndw:A_1_EVE", "ndw:A_1_EVE/2026-10-03"]
    assert not source.remembered()["A_1_EVE"].withdrawn


def test_the_versions_of_a_situation_can_be_raised_one_by_one(tmp_path: Path) -> None:
    text = publication(*many(2))
    snapshot = Snapshot.of(text)
    snapshot.edit("A_1", version(8))
    source = feed(tmp_path)
    source.run(text)
    source.sent()

    source.run(snapshot.text())
    assert ids(source.sent()) == ["ndw:A_1_MAN"]
