"""Ends a worker that does not get on although there is work; measures lag on the way.

It runs in a thread of its own and asks the brokers over a connection of its own, because the event
loop or Faust's client may be what is stuck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NoReturn

from hub.errors import HubError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.offsets import EndOffsets
from hub.logs import log_for
from hub.streams.fences import ProgressWatch
from hub.streams.leaving import leave
from hub.streams.observer import StageObserver
from hub.streams.stage import Stage

log = log_for(__name__)

INTERVAL_SECONDS = 1.0


class Watchdog:
    """Watches the stages of one process."""

    def __init__(
        self,
        connection: KafkaConnection,
        stages: dict[Stage, StageObserver],
        *,
        progress_timeout_seconds: float,
        restore_timeout_seconds: float,
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        self._ends = EndOffsets(connection)
        self._stages = stages
        self._progress = {
            stage: ProgressWatch(limit_seconds=progress_timeout_seconds) for stage in stages
        }
        self._unready_limit_seconds = max(progress_timeout_seconds, restore_timeout_seconds)
        self._unready_since: dict[Stage, float] = {}
        self._commits_seen: dict[Stage, int] = {}
        self._leave = leave
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch in a thread of its own until stopped."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """End the thread; a stop in order may take its time."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL_SECONDS):
            for stage, observer in self._stages.items():
                self._look_at(stage, observer)

    def _look_at(self, stage: Stage, observer: StageObserver) -> None:
        if not stage.is_ready:
            self._progress[stage].forget()
            since = self._unready_since.setdefault(stage, time.monotonic())
            if time.monotonic() - since > self._unready_limit_seconds:
                self._leave(f"{stage.logic.name}: joining and restoring do not end")
            return
        self._unready_since.pop(stage, None)
        committed = stage.committed()
        try:
            ends = self._ends.of(stage.input_places())
        except HubError as error:
            log.warning("watchdog.end_offsets_unknown", why=str(error))
            return
        self._measure_lag(observer, stage, ends, committed)
        if self._stopped.is_set():
            return
        stuck = self._progress[stage].observe(ends=ends, committed=committed)
        if stuck is not None:
            self._leave(f"{stage.logic.name}: no progress: {stuck}")

    def _measure_lag(
        self,
        observer: StageObserver,
        stage: Stage,
        ends: dict[tuple[str, int], int],
        committed: dict[tuple[str, int], int],
    ) -> None:
        behind = 0
        for (topic, partition), end in ends.items():
            records = max(0, end - committed.get((topic, partition), 0))
            observer.lag(topic=stage.catalogue.name_of(topic), partition=partition, records=records)
            behind += records
        if behind == 0 or stage.commits != self._commits_seen.get(stage):
            self._commits_seen[stage] = stage.commits
            observer.committed()
