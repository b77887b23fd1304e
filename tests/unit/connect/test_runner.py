"""What a run sends, remembers and holds back; and that no crash point loses or invents anything."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.connect import runner as runner_module
from hub.connect.comparison import Doubt
from hub.connect.discovery import find_connector, validated_settings
from hub.connect.doubts import doubts_of, doubts_records
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.ports import RejectedRow
from hub.connect.runner import Ports, Runner, RunResult, StoppedError
from hub.contracts.codec import Codec
from hub.contracts.connector_state import ConnectorState
from hub.contracts.records import Cause
from hub.errors import (
    ConfigurationError,
    ContractError,
    Refusal,
    RejectedRecordError,
    RejectReason,
    RetryableError,
)
from hub.metrics import ConnectorStatus, Metrics
from hub.model.change import PlanChange
from hub.model.intervention import Intervention, Source

PACKAGE = "tests.support.list_connectors"
LIST = find_connector("list", PACKAGE)
TODAY = date(2026, 11, 24)
METRICS = Metrics()
Rows = Sequence[tuple[str, str, str]]


def rows(*keys: str, title: str = "x") -> list[tuple[str, str, str]]:
    return [(key, f"w:{key}", title) for key in keys]


@dataclass
class World:
    """A source and what the outside world holds of it; a run starts as a new process."""

    publisher: Any = field(default_factory=MemoryPublisher)
    store: Any = field(default_factory=MemoryStateStore)
    metrics: Metrics = field(default_factory=Metrics)
    system: str = "list"

    def runner(self, content: Rows, **values: Any) -> Runner:
        connector = LIST
        given = {"rows": list(content), "source_system": self.system, "stream": "s", **values}
        return Runner(
            connector,
            lambda: validated_settings(connector, given),
            Ports(self.publisher, self.store, OnlyInstance()),
            today=lambda: TODAY,
            metrics=self.metrics,
            chance=random.Random(1),
        )

    def run(self, content: Rows, *, allow: bool = False, **values: Any) -> RunResult:
        return self.runner(content, **values).run_once(allow_mass_withdrawal=allow)

    def sent(self) -> list[str]:
        """Return what was published since the last time, in short, and forget it."""
        said = [
            f"-{change.withdraw}"
            if change.intervention is None
            else f"+{change.intervention.id}={change.intervention.title}"
            for change in self.publisher.changes
        ]
        self.publisher.changes.clear()
        return said


@pytest.fixture
def world() -> World:
    return World()


def test_new_rows_are_sent_and_remembered(world: World) -> None:
    world.run(rows("a", "b"))
    assert world.sent() == ["+w:a=x", "+w:b=x"]
    assert set(world.store.states) == {"a", "b"}


def test_a_change_carries_the_business_day(world: World) -> None:
    world.run(rows("a"))
    assert world.publisher.changes[0].at == TODAY


def test_only_what_changed_is_sent_again(world: World) -> None:
    world.run(rows("a", "b"))
    world.sent()
    world.run([*rows("a"), *rows("b", title="y")])
    assert world.sent() == ["+w:b=y"]


def test_a_work_that_comes_back_is_sent_although_its_content_is_the_same(world: World) -> None:
    world.run(rows("a", "b"))
    world.run(rows("a"))
    world.sent()
    world.run(rows("a", "b"))
    assert world.sent() == ["+w:b=x"]


def test_a_row_under_another_id_takes_the_old_work_along(world: World) -> None:
    world.run([("a", "w:old", "x")])
    world.sent()
    world.run([("a", "w:new", "x")])
    assert world.sent() == ["-w:old", "+w:new=x"]


def test_two_rows_that_swap_their_ids_withdraw_neither(world: World) -> None:
    world.run([("a", "w:1", "x"), ("b", "w:2", "y")])
    world.sent()
    world.run([("a", "w:2", "y"), ("b", "w:1", "x")])
    assert sorted(world.sent()) == ["+w:1=x", "+w:2=y"]


def test_a_work_that_goes_on_under_another_key_is_not_withdrawn(world: World) -> None:
    world.run([("a", "w:1", "x"), ("b", "w:2", "x")])
    world.sent()
    world.run([("a2", "w:1", "x"), ("b", "w:2", "x")])
    assert world.sent() == ["+w:1=x"]
    assert world.store.states["a"].withdrawn
    world.run([("a2", "w:1", "x"), ("b", "w:2", "x")])
    assert world.sent() == []


def test_a_source_that_changes_its_system_takes_its_old_facet_along(world: World) -> None:
    world.run(rows("a"))
    world.sent()
    world.system = "renamed"
    world.run(rows("a"))
    first, second = world.publisher.changes
    assert (first.withdraw, first.source.system) == ("w:a", "list")
    assert second.intervention.source.system == "renamed"


def test_a_refused_row_goes_to_dead_letters_once_while_it_stays_as_it_is(world: World) -> None:
    runner = world.runner([*rows("a"), ("b", "w:b", "!")])
    runner.run_once()
    runner.run_once()
    assert [row.row for row in world.publisher.rejected] == ["b"]


# --- the guard against mass withdrawal ---


def test_a_few_works_may_always_go(world: World) -> None:
    world.run(rows(*"abcdef"))
    world.sent()
    world.run(rows("a"))
    assert len(world.sent()) == 5


def test_more_than_the_share_gone_at_once_withdraws_none(world: World) -> None:
    everything = [f"k{n}" for n in range(20)]
    world.run(rows(*everything))
    world.sent()
    result = world.run(rows(*everything[:14], "new"))
    assert world.sent() == ["+w:new=x"]
    assert result.changes.blocked is not None
    assert result.changes.blocked.withdrawals == 6
    counted = world.metrics.value("hub_connector_withdrawals_blocked_total", connector="list")
    assert counted == 6


def test_a_share_just_within_the_limit_is_withdrawn(world: World) -> None:
    everything = [f"k{n}" for n in range(30)]
    world.run(rows(*everything))
    world.sent()
    world.run(rows(*everything[:24]))
    assert len(world.sent()) == 6


def test_an_operator_can_let_them_go(world: World) -> None:
    everything = [f"k{n}" for n in range(20)]
    world.run(rows(*everything))
    world.sent()
    world.run(rows("k0"), allow=True)
    assert len(world.sent()) == 19


def test_an_empty_source_withdraws_nothing_however_few_there_were(world: World) -> None:
    world.run(rows("a"))
    world.sent()
    result = world.run([])
    assert world.sent() == []
    assert result.changes.blocked is not None
    assert "no rows at all" in result.changes.blocked.reason


def test_a_row_without_a_readable_key_holds_withdrawals_back(world: World) -> None:
    world.run(rows("a", "b"))
    world.sent()
    result = world.run([*rows("a"), ("?", "", "")])
    assert world.sent() == []
    assert result.changes.blocked is not None


def test_most_rows_refused_stops_before_anything_is_sent(world: World) -> None:
    bad = [(f"b{n}", f"w:b{n}", "!") for n in range(40)]
    with pytest.raises(ConfigurationError, match="40 refused rows of 60"):
        world.run([*rows(*(f"k{n}" for n in range(20))), *bad])
    assert world.sent() == []
    assert world.publisher.rejected == []
    assert world.metrics.value("hub_breaker_open", stage="connect") == 1


def test_what_no_reader_would_take_is_parked_and_not_remembered(world: World) -> None:
    class Picky(MemoryPublisher):
        def publish_changes(
            self, changes: Sequence[PlanChange]
        ) -> Mapping[int, RejectedRecordError]:
            refusal = Refusal("", "too much", "less", reason=RejectReason.TOO_LARGE)
            bad = {i for i, c in enumerate(changes) if c.intervention_id == "w:b"}
            super().publish_changes([c for i, c in enumerate(changes) if i not in bad])
            return {index: RejectedRecordError(refusal) for index in bad}

    world.publisher = Picky()
    world.run(rows("a", "b", "c"))
    assert world.sent() == ["+w:a=x", "+w:c=x"]
    assert set(world.store.states) == {"a", "c"}
    assert [row.row for row in world.publisher.rejected] == ["b"]


# --- crash points ---


class Crash(BaseException):
    """The process is gone."""


@dataclass
class CrashingPublisher(MemoryPublisher):
    """Dies at a call: before anything of it was published, or after part of it was."""

    calls_left: int = 10**9
    part: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def publish_changes(self, changes: Sequence[PlanChange]) -> Mapping[int, RejectedRecordError]:
        if self.calls_left == 0:
            self.changes += changes[: round(len(changes) * self.part)]
            raise Crash
        self.calls_left -= 1
        return super().publish_changes(changes)

    def publish_rejected(self, rejected: Sequence[RejectedRow]) -> None:
        if self.calls_left == 0:
            raise Crash
        self.calls_left -= 1
        super().publish_rejected(rejected)


class CrashingStore(MemoryStateStore):
    """Dies at a save: before or after part of it."""

    def __init__(self, saves_left: int, part: float) -> None:
        self.saves_left = 10**9
        self.part = part
        super().__init__()
        self.saves_left = saves_left

    def save(self, states: Iterable[ConnectorState]) -> None:
        given = list(states)
        if self.saves_left == 0:
            super().save(given[: round(len(given) * self.part)])
            raise Crash
        self.saves_left -= 1
        super().save(given)


def folded(changes: Iterable[PlanChange]) -> dict[str, str]:
    """Return what a reader holds after all changes: the title of each work that is there."""
    held: dict[str, str] = {}
    for change in changes:
        if change.intervention is not None:
            held[change.intervention.id] = change.intervention.title or ""
        elif change.withdraw is not None:
            held.pop(change.withdraw, None)
    return held


contents = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("1234567"), st.sampled_from("xy")),
    min_size=1,
    max_size=8,
    unique_by=(lambda row: row[0], lambda row: row[1]),
).map(lambda found: [(key, f"w:{work}", title) for key, work, title in found])


# A crash: which call it comes at, of which kind, and how much of that call was done.
crashes = st.tuples(
    st.integers(0, 6), st.sampled_from(["publish", "save"]), st.sampled_from([0.0, 0.5, 1.0])
)
LATE = (99, "publish", 0.0)


# A row left w:3 to another one, which the crash kept from being sent: then no row had it.
@example(
    steps=[
        (rows("a"), LATE),
        ([("b", "w:2", "x"), ("c", "w:5", "x"), ("d", "w:3", "x"), ("e", "w:4", "x")], LATE),
        (
            [(key, f"w:{work}", "x") for key, work in zip("abcdefg", "7142563", strict=True)],
            (2, "publish", 0.0),
        ),
        ([("a", "w:1", "x")], LATE),
    ],
)
# A work in doubt was to be withdrawn at the end of a run, which broke off as well.
@example(
    steps=[
        (rows("a", "b"), (0, "publish", 1.0)),
        (rows("b", "c", "d", "e"), (0, "publish", 0.0)),
        (rows("b", "c", "d", "e"), LATE),
    ],
)
@settings(max_examples=100, deadline=None)
@given(steps=st.lists(st.tuples(contents, crashes), min_size=1, max_size=5))
def test_a_crash_at_any_point_loses_nothing_and_invents_nothing(
    steps: list[tuple[Rows, tuple[int, str, float]]],
) -> None:
    batch = runner_module.BATCH_ROWS
    runner_module.BATCH_ROWS = 2
    never = 10**9
    try:
        publisher, store = CrashingPublisher(never), CrashingStore(never, 0.0)
        world = World(publisher, store, METRICS)
        for content, (at, where, part) in steps:
            publisher.part = store.part = part
            publisher.calls_left = at if where == "publish" else never
            store.saves_left = at if where == "save" else never
            with contextlib.suppress(Crash):
                world.run(content, allow=True)
        publisher.calls_left = store.saves_left = never
        last = steps[-1][0]
        world.run(last, allow=True)
        assert folded(publisher.changes) == {work: title for _, work, title in last}
        before = len(publisher.changes)
        world.run(last, allow=True)
        assert len(publisher.changes) == before
    finally:
        runner_module.BATCH_ROWS = batch


def test_a_plan_that_was_changed_back_during_a_crash_is_put_right(world: World) -> None:
    world.run(rows("a"))
    world.sent()
    world.publisher = CrashingPublisher(0, 1.0)
    with pytest.raises(Crash):
        world.run(rows("a", title="y"))
    assert world.sent() == ["+w:a=y"]
    world.publisher = MemoryPublisher()
    world.run(rows("a"))
    assert world.sent() == ["+w:a=x"]
    world.run(rows("a"))
    assert world.sent() == []


def test_a_work_that_was_new_during_a_crash_and_is_gone_is_withdrawn(world: World) -> None:
    world.run(rows("a"))
    world.publisher = CrashingPublisher(0, 1.0)
    with pytest.raises(Crash):
        world.run(rows("a", "b"))
    world.publisher = MemoryPublisher()
    world.run(rows("a"))
    assert world.sent() == ["-w:b"]
    world.run(rows("a"))
    assert world.sent() == []


def test_a_cursor_of_a_newer_version_stops_the_run(world: World) -> None:
    newer = ConnectorState(connector="list", stream="s/doubts/0", cursor="{}", cursor_version=2)
    world.store.save([newer])
    with pytest.raises(ConfigurationError, match="a newer version of the hub"):
        world.run(rows("a"))
    assert world.sent() == []


def test_many_works_in_doubt_fit_the_contract_and_are_read_back() -> None:
    doubts = tuple(
        Doubt("k" * 300 + str(n), Intervention(id="w" * 110 + str(n), source=Source(system="s")))
        for n in range(500)
    )
    codec, cause = Codec(), Cause(time=datetime(2026, 11, 24, tzinfo=UTC))
    records = doubts_records("list", "s", doubts)
    wire = [codec.encode_connector_state(item, cause=cause, partition=0) for item in records]
    assert doubts_of(codec.decode_connector_state(item.value) for item in wire) == doubts
    emptied = doubts_records("list", "s", (), former=len(records))
    assert [item.stream for item in emptied] == [item.stream for item in records]
    assert doubts_of(emptied) == ()


# --- rows that changed at one moment ---

SAME_MOMENT = """format = "mapping/1"
[source]
system = "list"
[fields]
id = "x:{Nr}"
title = "{Titel}"
plan_owner = "owner"
discipline = "sewer"
firmness = "adopted"
source.updated_on = { column = "Gewijzigd" }
"""


@pytest.mark.parametrize("crash_at", [None, 0, 1, 2, 3])
def test_rows_of_one_moment_are_each_sent_wherever_a_batch_ends(
    world: World, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, crash_at: int | None
) -> None:
    # moment   all rows say the same day, so a cursor by time would pass over c to g at each edge
    # batches  a b | c d | e f | g      and a crash at the edge named by crash_at
    monkeypatch.setattr(runner_module, "BATCH_ROWS", 2)
    tabular = find_connector("tabular")
    (tmp_path / "m.toml").write_text(SAME_MOMENT)
    plan = tmp_path / "plan.csv"
    values = {"path": plan, "mapping": tmp_path / "m.toml"}

    def run(titles: str) -> None:
        lines = [f"{key};{title};2026-11-01" for key, title in zip("abcdefg", titles, strict=True)]
        plan.write_text("\n".join(["Nr;Titel;Gewijzigd", *lines]) + "\n")
        ports = Ports(world.publisher, world.store, OnlyInstance())
        runner = Runner(
            tabular, lambda: validated_settings(tabular, values), ports, today=lambda: TODAY
        )
        runner.run_once()

    run("1111111")
    world.sent()
    if crash_at is not None:
        world.publisher = CrashingPublisher(crash_at, 0.5)
        with pytest.raises(Crash):
            run("2222222")
        before = world.publisher.changes
        world.publisher = MemoryPublisher()
        world.publisher.changes += before
    run("2222222")
    assert folded(world.publisher.changes) == {f"x:{key}": "2" for key in "abcdefg"}
    world.sent()
    run("2222222")
    assert world.sent() == []
    run("2223222")
    assert world.sent() == ["+x:d=3"]


# --- running for ever ---


class Flaky(MemoryPublisher):
    """Refuses for now a number of times."""

    def __init__(self, error: Exception, times: int) -> None:
        super().__init__()
        self.error, self.times = error, times

    def publish_changes(self, changes: Sequence[PlanChange]) -> Mapping[int, RejectedRecordError]:
        if self.times:
            self.times -= 1
            raise self.error
        return super().publish_changes(changes)


def wait_for(condition: Any, seconds: float = 10) -> None:
    done = Event()
    for _ in range(round(seconds / 0.01)):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("not within the deadline")


def test_one_error_does_not_end_a_continuous_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "FIRST_PAUSE_SECONDS", 0.01)
    world.publisher = Flaky(RetryableError("broker away"), 2)
    runner = world.runner(rows("a"), poll_interval_seconds=0.05)
    thread = Thread(target=runner.run)
    thread.start()
    wait_for(lambda: world.publisher.changes)
    runner.stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert world.sent() == ["+w:a=x"]
    assert world.metrics.value("hub_connector_state", connector="list", state="stopped") == 1


def test_what_would_publish_wrong_data_ends_the_run(world: World) -> None:
    world.publisher = Flaky(ContractError("fatal"), 1)
    runner = world.runner(rows("a"))
    with pytest.raises(ContractError):
        runner.run()
    assert world.metrics.value("hub_connector_state", connector="list", state="failed") == 1


def test_pauses_grow_and_stay_bounded(world: World) -> None:
    runner = world.runner([])
    pauses = [runner._pause_after(failures) for failures in range(40)]
    assert all(0.5 <= pause <= 1.0 for pause in pauses[:1])
    assert max(pauses) <= runner_module.LONGEST_PAUSE_SECONDS
    assert min(pauses[10:]) >= runner_module.LONGEST_PAUSE_SECONDS / 2


def test_a_stop_between_two_batches_keeps_what_was_acknowledged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BATCH_ROWS", 2)
    stop = Event()

    class StopAfterFirst(MemoryPublisher):
        def publish_changes(
            self, changes: Sequence[PlanChange]
        ) -> Mapping[int, RejectedRecordError]:
            stop.set()
            return super().publish_changes(changes)

    world.publisher = StopAfterFirst()
    runner = world.runner(rows(*"abcde"))
    runner.stop = stop
    with pytest.raises(StoppedError):
        runner.run_once()
    assert world.sent() == ["+w:a=x", "+w:b=x"]
    assert set(world.store.states) == {"a", "b"}
    world.publisher = MemoryPublisher()
    world.run(rows(*"abcde"))
    assert world.sent() == ["+w:c=x", "+w:d=x", "+w:e=x"]


def test_an_instance_without_the_lease_sends_nothing(world: World) -> None:
    class Elsewhere(OnlyInstance):
        held = False

        def wait(self, timeout_seconds: float) -> bool:
            Event().wait(0.01)
            return False

    runner = world.runner(rows("a"))
    runner.ports = Ports(world.publisher, world.store, Elsewhere())
    thread = Thread(target=runner.run)
    thread.start()
    name = ConnectorStatus.WAITING
    wait_for(lambda: world.metrics.value("hub_connector_state", connector="list", state=name) == 1)
    runner.stop.set()
    thread.join(5)
    assert world.sent() == []


def test_metrics_count_what_was_read_sent_and_refused(world: World) -> None:
    world.run([*rows("a", "b"), ("c", "w:c", "!")])
    world.run(rows("a"))
    value = world.metrics.value
    assert value("hub_connector_records_read_total", connector="list") == 4
    assert value("hub_connector_changes_published_total", connector="list", kind="upsert") == 2
    assert value("hub_connector_changes_published_total", connector="list", kind="withdrawal") == 1
    reason = RejectReason.INVALID_VALUE
    assert value("hub_connector_records_rejected_total", connector="list", reason=reason) == 1
    assert value("hub_connector_expected_interval_seconds", connector="list") == 86_400
