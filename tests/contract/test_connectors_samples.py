"""What every connector does with its samples: what comes out, again and again, and what is sent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from threading import Event
from typing import Any

import pytest

from hub.connect.api import PlanSource, SourceRow
from hub.connect.comparison import content_hash
from hub.connect.discovery import find_connectors
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.runner import Ports, Runner
from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.errors import Refusal
from tests.support.connector_samples import SampleCase, outcome, sample_cases
from tests.support.restricted_source import RestrictedConnector

CASES = sample_cases()
TODAY = date(2026, 11, 24)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda item: item.name)


def a_runner(
    case: SampleCase, publisher: MemoryPublisher, store: MemoryStateStore, **left_out: Any
) -> Runner:
    connector = RestrictedConnector(case.connector, **left_out)
    return Runner(
        connector,
        lambda: case.settings,
        Ports(publisher, store, OnlyInstance()),
        today=lambda: TODAY,
        stop=Event(),
        chance=random.Random(1),
    )


def test_every_connector_has_a_sample_case() -> None:
    with_cases = {case.connector.name for case in CASES}
    assert with_cases == {connector.name for connector in find_connectors()}


@each_case
def test_the_sample_becomes_what_is_expected(case: SampleCase) -> None:
    interventions, refused = outcome(case.connector, case.settings)
    assert interventions == case.interventions
    assert refused == case.refused
    assert interventions


@each_case
def test_reading_it_twice_gives_the_same(case: SampleCase) -> None:
    assert outcome(case.connector, case.settings) == outcome(case.connector, case.settings)


@each_case
def test_its_columns_hold_every_field_of_its_rows(case: SampleCase) -> None:
    source: PlanSource = case.connector.open_source(case.settings)
    columns = set(source.columns())
    rows: Iterator[SourceRow | Refusal] = source.rows()
    for row in rows:
        if isinstance(row, SourceRow):
            assert set(row.fields) <= columns, row.where


@each_case
def test_readers_would_take_every_change_of_it(case: SampleCase) -> None:
    publisher = MemoryPublisher()
    a_runner(case, publisher, MemoryStateStore()).run_once()
    codec, cause = Codec(), Cause(time=datetime(2026, 11, 24, tzinfo=UTC))
    assert publisher.changes
    for change in publisher.changes:
        record = codec.encode_plan_change(change, cause=cause, partition=0)
        assert codec.decode_plan_change(record.value).intervention_id == change.intervention_id


@each_case
def test_reading_it_again_unchanged_sends_nothing(case: SampleCase) -> None:
    publisher, store = MemoryPublisher(), MemoryStateStore()
    runner = a_runner(case, publisher, store)
    runner.run_once()
    publisher.changes.clear()
    publisher.rejected.clear()
    result = runner.run_once()
    assert publisher.changes == []
    assert publisher.rejected == []
    assert result.changes.unchanged == len(case.interventions)


@each_case
def test_a_row_that_is_gone_is_withdrawn_or_told_to_be_done(case: SampleCase) -> None:
    publisher, store = MemoryPublisher(), MemoryStateStore()
    a_runner(case, publisher, store).run_once()
    key, state = next(iter(store.states.items()))
    publisher.changes.clear()
    without = a_runner(case, publisher, store, without_keys={key}, without_refusals=True)
    result = without.run_once()
    if len(case.interventions) == 1:
        assert result.changes.blocked is not None or publisher.changes
        return
    (change,) = publisher.changes
    assert state.intervention is not None
    done = case.connector.vanished(state.intervention, TODAY)
    assert change.withdraw == (state.intervention.id if done is None else None)
    assert change.intervention == done
    assert store.states[key].withdrawn


@each_case
def test_a_row_that_is_refused_keeps_what_was_sent_of_it(case: SampleCase) -> None:
    publisher, store = MemoryPublisher(), MemoryStateStore()
    a_runner(case, publisher, store).run_once()
    key = next(iter(store.states))
    publisher.changes.clear()
    a_runner(case, publisher, store, refused_keys={key}).run_once()
    assert publisher.changes == []
    assert not store.states[key].withdrawn
    assert key in {row.row for row in publisher.rejected}


@each_case
def test_equal_content_has_equal_hashes_and_other_content_another(case: SampleCase) -> None:
    publisher = MemoryPublisher()
    a_runner(case, publisher, MemoryStateStore()).run_once()
    works = [change.intervention for change in publisher.changes if change.intervention]
    assert len({content_hash(work) for work in works}) == len(works)


@each_case
def test_dead_letters_hold_no_column_that_the_mapping_does_not_read(case: SampleCase) -> None:
    publisher = MemoryPublisher()
    a_runner(case, publisher, MemoryStateStore()).run_once()
    mapping = case.settings.field_mapping
    allowed = set() if mapping is None else set(mapping.columns)
    for row in publisher.rejected:
        assert set(row.fields) <= allowed
