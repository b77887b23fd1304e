"""What a watcher concludes from the records that it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.demo.ledger import Ledger, quantile
from hub.model.finding import Status
from tests.unit.demo.findings import entry, overlap, seen

MOVED_AT = 1_000_000


def ledger_with(*, before: Status | None, marked: bool = True) -> Ledger:
    ledger = Ledger(since_ms=0)
    if before is not None:
        ledger.take_finding(seen(overlap(status=before), cause_ms=1, broker_ms=2))
    if marked:
        ledger.mark(MOVED_AT)
    return ledger


def after_move(ledger: Ledger, status: Status, *, days: int = 31) -> None:
    finding = overlap(status=status, days=days)
    ledger.take_finding(seen(finding, cause_ms=MOVED_AT + 100, broker_ms=MOVED_AT + 350))


@pytest.mark.parametrize(
    ("before", "after", "days", "expected"),
    [
        (None, Status.DETECTED, 31, "opened"),
        (Status.RESOLVED, Status.DETECTED, 31, "opened"),
        (Status.DETECTED, Status.RESOLVED, 31, "closed"),
        (Status.DETECTED, Status.UPDATED, 61, "changed"),
        (Status.DETECTED, Status.UPDATED, 31, "nothing"),
        (None, Status.RESOLVED, 31, "nothing"),
    ],
)
def test_an_effect_is_the_difference_with_just_before_the_move(
    before: Status | None, after: Status, days: int, expected: str
) -> None:
    ledger = ledger_with(before=before)

    after_move(ledger, after, days=days)

    effect = ledger.effect()
    found = {
        "opened": len(effect.opened),
        "changed": len(effect.changed),
        "closed": len(effect.closed),
    }
    assert found == {name: int(name == expected) for name in found}


def test_what_opens_and_closes_within_the_move_is_no_effect() -> None:
    ledger = ledger_with(before=None)

    after_move(ledger, Status.DETECTED)
    after_move(ledger, Status.RESOLVED)

    assert ledger.effect().opened == ()
    assert ledger.effect().closed == ()


def test_a_finding_that_comes_late_but_was_caused_before_belongs_to_before() -> None:
    ledger = ledger_with(before=None)

    ledger.take_finding(seen(overlap(), cause_ms=MOVED_AT - 1, broker_ms=MOVED_AT + 900))

    assert ledger.effect().opened == ()
    assert ledger.last_effect_ms is None


def test_volatile_evidence_is_no_change() -> None:
    ledger = Ledger(since_ms=0)
    ledger.take_finding(seen(overlap(volatile=1), cause_ms=1, broker_ms=2))
    ledger.mark(MOVED_AT)

    ledger.take_finding(seen(overlap(volatile=2), cause_ms=MOVED_AT, broker_ms=MOVED_AT))

    assert ledger.effect().changed == ()


def test_seconds_run_from_the_cause_to_the_broker() -> None:
    ledger = ledger_with(before=None)

    after_move(ledger, Status.DETECTED)

    assert ledger.seconds(0.5) == 0.25
    assert ledger.measured == 1


def test_what_an_earlier_day_caused_is_not_measured() -> None:
    ledger = Ledger(since_ms=1000)

    ledger.take_finding(seen(overlap(), cause_ms=0, broker_ms=50_000))

    assert ledger.seconds(0.5) is None
    assert sum(ledger.open_counts.values()) == 1


def test_a_moved_work_is_told_with_days_and_cause() -> None:
    ledger = Ledger(since_ms=0)
    ledger.take_entry(entry("2027-03-01", "2027-06-01"))
    ledger.mark(MOVED_AT)

    ledger.take_entry(entry("2029-03-01", "2029-06-01", before=("2027-03-01", "2027-06-01")))

    (moved,) = ledger.effect().moved
    assert (moved.before, moved.after, moved.days) == ("2027-03-01", "2029-03-01", 731)
    assert moved.cause == "inspectie"
    assert ledger.works_per_source == {"rioolplan": 1}


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_the_share_does_not_exceed(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_nothing_has_no_quantile() -> None:
    assert quantile([], 0.5) is None
