"""A single run says in its metrics how it ended, because nobody asks it afterwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Event

import pytest

from hub.connect.commands import ConnectorRun
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.runner import Ports
from hub.errors import HubError
from hub.metrics import CLOSED_LABELS, Metrics

MAPPING = """\
format = "mapping/1"

[source]
system = "sewer-plan"

[rows]
key = "{nr}"

[fields]
id = "sewer:{nr}"
plan_owner = "water-co"
discipline = "sewer"
firmness = "adopted"
window = "{period}"
"""


def run_once(folder: Path, metrics: Metrics) -> None:
    (folder / "plan.mapping.toml").write_text(MAPPING, encoding="utf-8")
    settings = folder / "settings.toml"
    settings.write_text('path = "plan.csv"\nmapping = "plan.mapping.toml"\n', encoding="utf-8")
    run = ConnectorRun(
        "tabular", settings, today=lambda: date(2026, 11, 24), stop=Event(), metrics=metrics
    )
    run.once(lambda *_: Ports(MemoryPublisher(), MemoryStateStore(), OnlyInstance()))


def state(metrics: Metrics) -> list[str]:
    return [
        name
        for name in CLOSED_LABELS["state"]
        if metrics.value("hub_connector_state", connector="tabular", state=name) == 1
    ]


def test_a_run_that_came_to_its_end_has_stopped(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("nr;period\n1;2029\n2;2030\n", encoding="utf-8")
    metrics = Metrics()

    run_once(tmp_path, metrics)

    assert state(metrics) == ["stopped"]
    assert metrics.value("hub_connector_records_read_total", connector="tabular") == 2


def test_a_run_that_broke_off_has_failed(tmp_path: Path) -> None:
    metrics = Metrics()

    with pytest.raises(HubError, match=r"plan\.csv"):
        run_once(tmp_path, metrics)

    assert state(metrics) == ["failed"]
    succeeded = metrics.value("hub_connector_last_success_timestamp_seconds", connector="tabular")
    assert succeeded is None
