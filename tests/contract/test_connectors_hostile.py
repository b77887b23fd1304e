"""The kit lives with a source that sends what should not be there: refusals, never a traceback."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.connect.discovery import Connector, find_connector, validated_settings
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.reading import AcceptedRow, RefusedRow, read_rows
from hub.connect.runner import Ports, Runner
from hub.errors import RejectedRecordError, RetryableError
from tests.support.hostile_connectors.hostile.source import KEYS, NASTY

PACKAGE = "tests.support.hostile_connectors"


def hostile(**values: Any) -> tuple[Connector, Any]:
    connector = find_connector("hostile", PACKAGE)
    return connector, validated_settings(connector, values)


@pytest.fixture(scope="module")
def rows() -> list[AcceptedRow | RefusedRow]:
    return list(read_rows(*hostile()))


def test_good_rows_between_bad_ones_come_through(rows: list[AcceptedRow | RefusedRow]) -> None:
    assert [row.key for row in rows if isinstance(row, AcceptedRow)] == ["good-1", "good-2"]


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_row_is_refused(name: str, rows: list[AcceptedRow | RefusedRow]) -> None:
    refused = [
        row for row in rows if isinstance(row, RefusedRow) and f"({name})" in row.refusals[0].path
    ]
    (row,) = refused
    for refusal in row.refusals:
        assert refusal.path.startswith("record ")
        assert refusal.came
        assert refusal.expected
        assert len(str(refusal)) < 1000
        assert str(refusal).isprintable()


def test_a_refusal_of_a_cell_names_row_column_and_field(
    rows: list[AcceptedRow | RefusedRow],
) -> None:
    paths = [item.path for row in rows if isinstance(row, RefusedRow) for item in row.refusals]
    assert "record 114 (an infinite cost), column 'cost' (cost_cents)" in paths


def test_bad_keys_are_refused_and_a_second_row_of_a_key_too(
    rows: list[AcceptedRow | RefusedRow],
) -> None:
    refused = {row.refusals[0].path for row in rows if isinstance(row, RefusedRow)}
    for number in range(200, 200 + len(KEYS)):
        assert any(path.startswith(f"record {number}") for path in refused), number
    assert "record 300" in refused


def test_a_source_that_breaks_off_sends_nothing_and_shows_no_data() -> None:
    connector, settings = hostile(breaks_in_the_middle=True)
    publisher = MemoryPublisher()
    runner = Runner(
        connector,
        lambda: settings,
        Ports(publisher, MemoryStateStore(), OnlyInstance()),
        today=lambda: date(2026, 11, 24),
    )
    with pytest.raises(RejectedRecordError, match="a fault of the connector hostile") as caught:
        runner.run_once()
    assert "personal data" not in str(caught.value)
    assert publisher.changes == []
    assert publisher.rejected == []


def test_a_source_that_is_away_may_come_back() -> None:
    with pytest.raises(RetryableError):
        list(read_rows(*hostile(unreachable=True)))


def test_secrets_reach_no_row_error_or_state() -> None:
    connector, settings = hostile(token="planted-secret")
    publisher, store = MemoryPublisher(), MemoryStateStore()
    shown = [repr(settings)]
    for row in read_rows(connector, settings):
        shown.append(repr(row))
    shown += [repr(publisher.changes), repr(store.states)]
    assert not any("planted-secret" in text for text in shown)
