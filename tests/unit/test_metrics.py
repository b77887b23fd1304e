"""The metrics table: names that do not change by accident, labels that cannot grow."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub import __version__
from hub.metrics import CLOSED_LABELS, TABLE, Metric, Metrics, MetricType, table_text

GOLDEN = Path(__file__).parents[1] / "contract" / "metrics.golden"
OPEN_LABELS = {"version", "connector", "topic", "partition", "rule"}
FIRST_ROWS = {
    *("hub_build_info", "hub_change_to_finding_seconds", "hub_dead_letters_total"),
    *("hub_breaker_open", "hub_interventions", "hub_findings_open", "hub_findings_total"),
    *(f"hub_connector_{name}" for name in (
        "state", "last_success_timestamp_seconds", "expected_interval_seconds",
        "records_read_total", "records_unchanged_total", "changes_published_total",
        "records_rejected_total", "withdrawals_blocked_total")),
    *(f"hub_stage_{name}" for name in (
        "records_consumed_total", "records_processed_total", "batch_seconds", "restore_seconds",
        "restore_records", "last_commit_timestamp_seconds", "consumer_lag_records")),
}  # fmt: skip


def test_the_table_is_the_golden_one() -> None:
    assert table_text() == GOLDEN.read_text(encoding="utf-8"), (
        "alerts and dashboards are built on these names: change the golden file only on purpose"
    )


def test_the_first_rows_of_the_design_are_there() -> None:
    assert {metric.name for metric in TABLE} >= FIRST_ROWS


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_a_metric_is_named_by_the_rules_and_has_bounded_labels(metric: Metric) -> None:
    assert re.fullmatch(r"hub_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.type is MetricType.COUNTER)
    assert (metric.type is MetricType.HISTOGRAM) == bool(metric.buckets)
    assert set(metric.labels) <= OPEN_LABELS | set(CLOSED_LABELS)
    assert metric.unit
    assert metric.meaning


def test_what_is_counted_is_exposed_under_the_names_of_the_table() -> None:
    metrics = Metrics()
    samples = {"version": "1", "connector": "c", "topic": "t", "partition": "0", "rule": "C01"}
    samples |= {label: min(values) for label, values in CLOSED_LABELS.items()}
    for metric in TABLE:
        labels = {name: samples[name] for name in metric.labels}
        match metric.type:
            case MetricType.COUNTER:
                metrics.count(metric.name, **labels)
            case MetricType.GAUGE:
                metrics.set(metric.name, 3, **labels)
            case MetricType.HISTOGRAM:
                metrics.observe(metric.name, 0.2, **labels)

    text, content_type = metrics.exposition()

    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    assert content_type.startswith("text/plain")
    assert set(families) == {metric.name.removesuffix("_total") for metric in TABLE}
    for metric in TABLE:
        family = families[metric.name.removesuffix("_total")]
        assert family.type == metric.type
        assert set(metric.labels) <= set(family.samples[0].labels)


def test_the_version_is_told() -> None:
    assert Metrics().value("hub_build_info", version=__version__) == 1


def test_a_label_outside_its_closed_list_is_refused() -> None:
    metrics = Metrics()

    with pytest.raises(ValueError, match="label reason is 'sewer:K-118'; expected one of"):
        metrics.count("hub_dead_letters_total", stage="register", reason="sewer:K-118")
    assert b"sewer:K-118" not in metrics.exposition()[0]


def test_one_state_is_1_and_all_others_are_0() -> None:
    metrics = Metrics()

    metrics.set_one_of("hub_connector_state", "running", of="state", connector="a")
    metrics.set_one_of("hub_connector_state", "failed", of="state", connector="a")

    states = {
        state: metrics.value("hub_connector_state", connector="a", state=state)
        for state in CLOSED_LABELS["state"]
    }
    assert {state for state, value in states.items() if value == 1} == {"failed"}
    assert None not in states.values()


def test_a_series_can_be_forgotten() -> None:
    metrics = Metrics()
    labels = {"stage": "detect", "topic": "t", "partition": "1"}
    metrics.set("hub_stage_consumer_lag_records", 7, **labels)

    metrics.forget("hub_stage_consumer_lag_records", **labels)

    assert metrics.value("hub_stage_consumer_lag_records", **labels) is None


def test_two_of_them_do_not_share_anything() -> None:
    one, other = Metrics(), Metrics()
    one.count("hub_findings_total", rule="C01", status="detected")

    assert other.value("hub_findings_total", rule="C01", status="detected") is None


def test_each_process_tells_when_it_began() -> None:
    before = time.time()

    began = Metrics().value("hub_process_start_timestamp_seconds")

    assert began is not None
    assert before <= began <= time.time()
