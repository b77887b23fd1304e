"""Turns what a stage tells of itself into the metrics of the table, and into health."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from hub.contracts.records import Record, header
from hub.metrics import Metrics
from hub.streams.batches import Batch
from hub.streams.detect_stage import FINDING_TOPICS
from hub.streams.observer import StageObserver


class HealthSink(Protocol):
    """Who wants to know how the parts of this process are."""

    def beat(self) -> None:
        """The event loop has turned."""

    def started(self) -> None:
        """Start-up is done."""

    def assigned(self, part: str) -> None:
        """A part was given its partitions."""

    def revoked(self, part: str) -> None:
        """A part has lost its partitions."""

    def restored(self, part: str) -> None:
        """A part's state is complete."""

    def committed(self, part: str) -> None:
        """A part has committed, or had nothing to commit."""

    def failed(self, part: str, why: str) -> None:
        """A part cannot go on."""


class Telemetry(StageObserver):
    """Listens to one stage."""

    def __init__(self, stage: str, metrics: Metrics, health: HealthSink) -> None:
        self._stage = stage
        self._metrics = metrics
        self._health = health
        self._lags: set[tuple[str, str]] = set()
        metrics.set("hub_breaker_open", 0, stage=stage)
        metrics.count("hub_stage_full_evaluations_total", 0, stage=stage)

    def assigned(self, partitions: int) -> None:
        """Restoring begins."""
        self._health.assigned(self._stage)

    def revoked(self) -> None:
        """Nothing is ours now."""
        self._health.revoked(self._stage)
        for topic, partition in self._lags:
            self._metrics.forget(
                "hub_stage_consumer_lag_records",
                stage=self._stage,
                topic=topic,
                partition=partition,
            )
        self._lags.clear()

    def restored(self, *, seconds: float, records: int, evaluated_once: int) -> None:
        """Tell how long a restore took and how much it read."""
        self._metrics.set("hub_stage_restore_seconds", seconds, stage=self._stage)
        self._metrics.set("hub_stage_restore_records", records, stage=self._stage)
        self._metrics.count("hub_stage_full_evaluations_total", evaluated_once, stage=self._stage)

    def ready(self) -> None:
        """From now on the stage must commit."""
        self._health.restored(self._stage)

    def processed(self, *, consumed: Mapping[str, int], batch: Batch, seconds: float) -> None:
        """Count one batch."""
        count = self._metrics.count
        for topic, number in consumed.items():
            count("hub_stage_records_consumed_total", number, stage=self._stage, topic=topic)
        for result, number in batch.results.items():
            count(
                "hub_stage_records_processed_total",
                number,
                stage=self._stage,
                result=result.value,
            )
        for reason, number in batch.rejected.items():
            count("hub_dead_letters_total", number, stage=self._stage, reason=reason)
        count("hub_decisions_without_finding_total", batch.without_finding)
        self._metrics.observe("hub_stage_batch_seconds", seconds, stage=self._stage)
        self._count_findings(record for phase in batch.phases for record in phase)

    def _count_findings(self, records: Iterable[Record]) -> None:
        now = datetime.now(UTC)
        written: Counter[tuple[str, str]] = Counter()
        for record in records:
            if record.topic not in FINDING_TOPICS:
                continue
            status = (record.header("ce_type") or "").rpartition(".")[2]
            written[record.key.decode().partition(":")[0], status] += 1
            changed_at = header(record.headers, "ce_time")
            if changed_at is not None:
                age = (now - datetime.fromisoformat(changed_at)).total_seconds()
                self._metrics.observe("hub_change_to_finding_seconds", max(0.0, age))
        for (rule, status), number in written.items():
            self._metrics.count("hub_findings_total", number, rule=rule, status=status)

    def committed(self) -> None:
        """Tell when offsets were last committed."""
        self._metrics.set("hub_stage_last_commit_timestamp_seconds", time.time(), stage=self._stage)
        self._health.committed(self._stage)

    def lag(self, *, topic: str, partition: int, records: int) -> None:
        """Tell how far a partition is behind."""
        self._lags.add((topic, str(partition)))
        self._metrics.set(
            "hub_stage_consumer_lag_records",
            records,
            stage=self._stage,
            topic=topic,
            partition=str(partition),
        )

    def breaker_opened(self) -> None:
        """Tell that the stage stops because of its input."""
        self._metrics.set("hub_breaker_open", 1, stage=self._stage)
        self._health.failed(self._stage, "most records are rejected; see the dead letters")
