"""Every metric of the hub in one table: name, type, labels, unit, meaning.

The names are a contract with whoever built alerts on them: a golden file fails when one changes.
Labels come from closed lists or from the names of connectors, topics and rules of this
installation; ids of works, organisations or persons never become a label. One `Metrics` holds its
own registry, so that two of them can live in one process (tests, several workers).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hub import __version__
from hub.errors import RejectReason
from hub.model.finding import Severity, Status
from hub.model.vocabulary import Discipline


class MetricType(StrEnum):
    """The kinds of metrics Prometheus knows that the hub uses."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class ConnectorStatus(StrEnum):
    """What a connector is doing; exactly one has the value 1."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


class PublishedKind(StrEnum):
    """What kind of plan change a connector published."""

    UPSERT = "upsert"
    WITHDRAWAL = "withdrawal"


class ProcessedResult(StrEnum):
    """What became of a record that a stage read."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    DEAD_LETTER = "dead_letter"


class StageName(StrEnum):
    """Where in the hub something happens."""

    CONNECT = "connect"
    REGISTER = "register"
    DETECT = "detect"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    name: str
    type: MetricType
    labels: tuple[str, ...]
    unit: str
    meaning: str
    buckets: tuple[float, ...] = ()


_C, _G, _H = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM
_BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENCY_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)

TABLE: tuple[Metric, ...] = (
    Metric("hub_build_info", _G, ("version",), "1", "always 1; the label says which version runs"),
    Metric(
        "hub_process_start_timestamp_seconds",
        _G,
        (),
        "seconds since 1970",
        "when this process began; a change of it is a restart",
    ),
    # connectors
    Metric(
        "hub_connector_state",
        _G,
        ("connector", "state"),
        "0 or 1",
        "1 for the state the connector is in",
    ),
    Metric(
        "hub_connector_last_success_timestamp_seconds",
        _G,
        ("connector",),
        "seconds since 1970",
        "end of the last run that read the source to its end",
    ),
    Metric(
        "hub_connector_expected_interval_seconds",
        _G,
        ("connector",),
        "seconds",
        "how often a run is due, from the settings",
    ),
    Metric(
        "hub_connector_records_read_total",
        _C,
        ("connector",),
        "records",
        "rows read from the source",
    ),
    Metric(
        "hub_connector_records_unchanged_total",
        _C,
        ("connector",),
        "records",
        "rows equal to what was last sent; nothing was sent for them",
    ),
    Metric(
        "hub_connector_changes_published_total",
        _C,
        ("connector", "kind"),
        "records",
        "plan changes the broker has acknowledged",
    ),
    Metric(
        "hub_connector_records_rejected_total",
        _C,
        ("connector", "reason"),
        "records",
        "rows that went to dead letters",
    ),
    Metric(
        "hub_connector_withdrawals_blocked_total",
        _C,
        ("connector",),
        "records",
        "withdrawals held back by the guard against mass withdrawal",
    ),
    # stages
    Metric(
        "hub_stage_records_consumed_total",
        _C,
        ("stage", "topic"),
        "records",
        "records a stage has read",
    ),
    Metric(
        "hub_stage_records_processed_total",
        _C,
        ("stage", "result"),
        "records",
        "records a stage is done with, by what became of them",
    ),
    Metric(
        "hub_stage_batch_seconds",
        _H,
        ("stage",),
        "seconds",
        "from taking a batch to the acknowledgement of all its outputs",
        _BATCH_SECONDS,
    ),
    Metric(
        "hub_stage_restore_seconds",
        _G,
        ("stage",),
        "seconds",
        "how long the last restore of state took",
    ),
    Metric(
        "hub_stage_restore_records",
        _G,
        ("stage",),
        "records",
        "how many records the last restore read",
    ),
    Metric(
        "hub_stage_last_commit_timestamp_seconds",
        _G,
        ("stage",),
        "seconds since 1970",
        "when offsets were last committed, or found to need no commit",
    ),
    Metric(
        "hub_stage_consumer_lag_records",
        _G,
        ("stage", "topic", "partition"),
        "records",
        "records in the topic that the stage has not yet processed",
    ),
    Metric(
        "hub_change_to_finding_seconds",
        _H,
        (),
        "seconds",
        "from the plan change at the root to the acknowledgement of a finding it led to",
        _LATENCY_SECONDS,
    ),
    Metric(
        "hub_stage_full_evaluations_total",
        _C,
        ("stage",),
        "evaluations",
        "times the whole state was evaluated anew because no usable committed offset was found",
    ),
    # what was parked
    Metric(
        "hub_dead_letters_total",
        _C,
        ("stage", "reason"),
        "records",
        "records parked with their reason",
    ),
    Metric(
        "hub_breaker_open",
        _G,
        ("stage",),
        "0 or 1",
        "1 when so many records were rejected that the stage stopped instead of going on",
    ),
    # the programme
    Metric(
        "hub_interventions",
        _G,
        ("discipline",),
        "works",
        "live works in the programme",
    ),
    Metric(
        "hub_interventions_incomplete",
        _G,
        (),
        "works",
        "works that lack a field without which they take part in nothing",
    ),
    Metric(
        "hub_decisions_without_finding_total",
        _C,
        (),
        "decisions",
        "answers to a finding that is unknown or resolved",
    ),
    Metric(
        "hub_findings_open",
        _G,
        ("rule", "severity"),
        "findings",
        "findings that are not resolved",
    ),
    Metric(
        "hub_findings_total",
        _C,
        ("rule", "status"),
        "findings",
        "finding records written, by the status they were written with",
    ),
)

CLOSED_LABELS: Mapping[str, frozenset[str]] = {
    "state": frozenset(ConnectorStatus),
    "kind": frozenset(PublishedKind),
    "result": frozenset(ProcessedResult),
    "reason": frozenset(RejectReason),
    "stage": frozenset(StageName),
    "discipline": frozenset(Discipline),
    "severity": frozenset(Severity),
    "status": frozenset(Status),
}
"""Labels whose values are closed lists. The others are names out of this installation's own
configuration (connector, topic, partition, rule, version), bounded by it."""


class Metrics:
    """The metrics of one process, by the names of the table."""

    def __init__(self) -> None:
        # A second series per counter, which no alert uses.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._by_name = {metric.name: self._made(metric) for metric in TABLE}
        self._labels = {metric.name: metric.labels for metric in TABLE}
        self.set("hub_build_info", 1, version=__version__)
        self.set("hub_process_start_timestamp_seconds", time.time())

    def _made(self, metric: Metric) -> Any:
        help_text = f"{metric.meaning} [{metric.unit}]"
        match metric.type:
            case MetricType.COUNTER:
                return Counter(metric.name, help_text, metric.labels, registry=self.registry)
            case MetricType.GAUGE:
                return Gauge(metric.name, help_text, metric.labels, registry=self.registry)
            case MetricType.HISTOGRAM:
                return Histogram(
                    metric.name,
                    help_text,
                    metric.labels,
                    registry=self.registry,
                    buckets=metric.buckets,
                )

    def _child(self, name: str, labels: Mapping[str, str]) -> Any:
        for label, value in labels.items():
            closed = CLOSED_LABELS.get(label)
            if closed is not None and value not in closed:
                known = ", ".join(sorted(closed))
                raise ValueError(f"{name}: label {label} is '{value}'; expected one of {known}")
        metric = self._by_name[name]
        return metric.labels(**labels) if self._labels[name] else metric

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._child(name, labels).inc(amount)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._child(name, labels).set(value)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add one observation to a histogram."""
        self._child(name, labels).observe(seconds)

    def forget(self, name: str, **labels: str) -> None:
        """Drop one series of a gauge whose subject is gone, such as a partition given away."""
        self._by_name[name].remove(*(labels[label] for label in self._labels[name]))

    def set_one_of(self, name: str, value: str, *, of: str, **labels: str) -> None:
        """Set the series of one label value to 1 and those of all its others to 0."""
        for other in CLOSED_LABELS[of]:
            self._child(name, {**labels, of: other}).set(1 if other == value else 0)

    def value(self, name: str, **labels: str) -> float | None:
        """Return the present value of a counter or gauge, None if that series does not exist."""
        return self.registry.get_sample_value(name, labels)

    def exposition(self) -> tuple[bytes, str]:
        """Return what `/metrics` answers: the text and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


def table_text() -> str:
    """Return the table as text, one metric a line: what the golden file holds."""
    return "".join(
        f"{metric.name} | {metric.type} | {', '.join(metric.labels)} | {metric.unit}"
        f" | {metric.meaning}\n"
        for metric in TABLE
    )
