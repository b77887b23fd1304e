"""A run that ends leaves its metrics in a file, for the collector that reads such files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.errors import ConfigurationError
from hub.metrics import Metrics
from hub.metrics_file import LAST_SUCCESS, write_metrics_file


def after_a_run(connector: str, *, succeeded_at: float | None) -> Metrics:
    metrics = Metrics()
    metrics.count("hub_connector_records_read_total", 7, connector=connector)
    state = "failed" if succeeded_at is None else "stopped"
    metrics.set_one_of("hub_connector_state", state, of="state", connector=connector)
    if succeeded_at is not None:
        metrics.set(LAST_SUCCESS, succeeded_at, connector=connector)
    return metrics


def read(path: Path) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels.get("state", "")): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def test_the_file_holds_the_series_of_the_connector_and_no_others(tmp_path: Path) -> None:
    metrics, file = after_a_run("tabular", succeeded_at=1000), tmp_path / "tabular.prom"
    metrics.count("hub_connector_records_read_total", 9, connector="other")

    write_metrics_file(file, metrics, connector="tabular", settings="sewer")

    found = read(file)
    assert found["hub_connector_records_read_total", ""] == 7
    assert found["hub_connector_state", "stopped"] == 1
    assert 'connector="tabular",settings="sewer"' in file.read_text()
    assert 'connector="other"' not in file.read_text()
    assert not [line for line in file.read_text().splitlines() if line and "connector" not in line]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_after_a_run_that_failed_the_last_success_stays(tmp_path: Path) -> None:
    file = tmp_path / "tabular.prom"
    write_metrics_file(
        file, after_a_run("tabular", succeeded_at=1000), connector="tabular", settings="sewer"
    )

    failed = after_a_run("tabular", succeeded_at=None)
    write_metrics_file(file, failed, connector="tabular", settings="sewer")

    found = read(file)
    assert found[LAST_SUCCESS, ""] == 1000
    assert found["hub_connector_state", "failed"] == 1


@pytest.mark.parametrize("before", [None, b"\xff no metrics", b"# HELP x\nx{"])
def test_without_a_success_before_none_is_told(tmp_path: Path, before: bytes | None) -> None:
    file = tmp_path / "tabular.prom"
    if before is not None:
        file.write_bytes(before)

    write_metrics_file(
        file, after_a_run("tabular", succeeded_at=None), connector="tabular", settings="sewer"
    )

    assert (LAST_SUCCESS, "") not in read(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"HUB_METRICS_FILE: .*nowhere.*cannot be written"):
        write_metrics_file(
            tmp_path / "nowhere" / "x.prom",
            after_a_run("tabular", succeeded_at=1),
            connector="tabular",
            settings="sewer",
        )
