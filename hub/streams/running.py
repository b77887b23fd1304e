"""Runs stages in this process until it is asked to stop: one Faust application for each.

A group of its own per stage, because a rebalance stops all agents of its group. Faust's own worker
is not used: it owns the terminal, the log and the signals.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hub.contracts.catalogue import Catalogue
from hub.contracts.dead_letters import Breaker
from hub.kafka.client_config import KafkaConnection
from hub.logs import log_for
from hub.streams.app import StrictApp
from hub.streams.batches import DeadLetter
from hub.streams.delivery import Delivery
from hub.streams.exit_codes import STOPPED
from hub.streams.faust_settings import faust_settings
from hub.streams.fences import FREEZE_SHARE, FreezeFence
from hub.streams.leaving import leave
from hub.streams.logic import StageLogic
from hub.streams.observer import StageObserver
from hub.streams.put_back import put_back_only
from hub.streams.restore import Restorer
from hub.streams.stage import Stage
from hub.streams.watchdog import Watchdog

log = log_for(__name__)

QUIETED_LOGGERS = {
    # some ten lines a second about a broker that is away; what matters ends the process
    "aiokafka": logging.CRITICAL,
    "faust": logging.ERROR,
    "mode": logging.ERROR,
    "asyncio": logging.ERROR,
    # Faust gives a subclass the logger of its module; nothing of ours is logged there
    "hub.streams.app": logging.ERROR,
    "hub.streams.consumer": logging.ERROR,
    "hub.streams.producer": logging.ERROR,
}
LONGEST_STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningConditions:
    """Where and how stages run."""

    connection: KafkaConnection
    catalogue: Catalogue
    partitions: int
    session_timeout_seconds: float
    progress_timeout_seconds: float
    restore_timeout_seconds: float
    member_id: str | None = None
    park_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageToRun:
    """One stage with those who listen to it."""

    logic: StageLogic
    dead_letter: DeadLetter
    observer: StageObserver


Background = Callable[[dict[str, Stage]], Sequence[asyncio.Task[None]]]
"""Starts what runs beside the stages (ticks), given the stages by name."""


def run_stages(
    stages: Sequence[StageToRun],
    conditions: RunningConditions,
    *,
    background: Background = lambda stages: (),
) -> int:
    """Run until SIGTERM or SIGINT; return the exit code of an orderly stop."""
    for name, level in QUIETED_LOGGERS.items():
        logging.getLogger(name).setLevel(level)
    with tempfile.TemporaryDirectory(prefix="hub-worker-") as folder:
        return asyncio.run(_serve(stages, conditions, Path(folder), background))


async def _serve(
    stages: Sequence[StageToRun],
    conditions: RunningConditions,
    folder: Path,
    background: Background,
) -> int:
    stopping = _stop_signals()
    fence = FreezeFence(limit_seconds=conditions.session_timeout_seconds * FREEZE_SHARE)
    fence.start()
    running = {stage.logic.name: _stage(stage, conditions, folder, fence) for stage in stages}
    watchdog = Watchdog(
        conditions.connection,
        {running[stage.logic.name]: stage.observer for stage in stages},
        progress_timeout_seconds=conditions.progress_timeout_seconds,
        restore_timeout_seconds=conditions.restore_timeout_seconds,
    )
    watchdog.start()
    starting = asyncio.gather(*(stage.app.start() for stage in running.values()))
    tasks = background(running)
    await _first_of(stopping.wait(), starting)
    await stopping.wait()
    log.info("worker.stops")
    watchdog.stop()
    for task in tasks:
        task.cancel()
    try:
        async with asyncio.timeout(LONGEST_STOP_SECONDS):
            await asyncio.gather(*(stage.app.stop() for stage in running.values()))
    except TimeoutError as error:
        leave(f"the stop did not end within {LONGEST_STOP_SECONDS:.0f} s", error=error)
    for stage in running.values():
        stage.close()
    fence.stop()
    log.info("worker.stopped", exit_code=STOPPED)
    return STOPPED


async def _first_of(*awaited: Awaitable[Any]) -> None:
    """Return when one has ended; an error of it is ours."""
    tasks = [asyncio.ensure_future(item) for item in awaited]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _stop_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _stage(
    stage: StageToRun, conditions: RunningConditions, folder: Path, fence: FreezeFence
) -> Stage:
    name = stage.logic.name
    member = conditions.member_id
    app = StrictApp(
        conditions.catalogue.prefix + name,
        **faust_settings(
            conditions.connection,
            session_timeout_seconds=conditions.session_timeout_seconds,
            partitions=conditions.partitions,
            datadir=folder / name,
            member_id=None if member is None else f"{member}-{name}",
        ),
    )
    return Stage(
        app,
        stage.logic,
        catalogue=conditions.catalogue,
        delivery=Delivery(
            app,
            conditions.catalogue,
            fence=fence,
            session_timeout_seconds=conditions.session_timeout_seconds,
            put_back_only=partial(put_back_only, conditions.connection),
        ),
        restorer=Restorer(
            conditions.connection,
            conditions.catalogue,
            stage.logic.restores,
            no_progress_timeout_s=conditions.restore_timeout_seconds,
        ),
        dead_letter=stage.dead_letter,
        observer=stage.observer,
        breaker=Breaker(armed=not conditions.park_all),
    )
