"""`hub worker`: the stages of the hub in one process, until it is asked to stop.

Everything it needs is given; the composition root builds it. Topics must exist before it starts.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub import __version__
from hub.contracts import dead_letters
from hub.contracts.catalogue import Catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Record
from hub.engine.merge import SourcePrecedence
from hub.errors import ConfigurationError, RejectedRecordError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.logs import log_for
from hub.metrics import Metrics
from hub.streams.batches import DeadLetter
from hub.streams.counting import keep_counting
from hub.streams.detect_stage import DetectLogic
from hub.streams.logic import Received, StageLogic
from hub.streams.plausibility import MOST_DAYS_AHEAD, Plausibility
from hub.streams.register_stage import RegisterLogic, Today
from hub.streams.running import RunningConditions, StageToRun, run_stages
from hub.streams.stage import Stage
from hub.streams.telemetry import HealthSink, Telemetry
from hub.streams.ticks import INTERVAL_SECONDS, business_day_in, keep_ticking

log = log_for(__name__)

STAGES = ("register", "detect")
HEARTBEAT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConditions:
    """Where a worker runs and how its programmes are told apart.

    `park_all` parks whatever is rejected instead of stopping at a flood; `today` and
    `most_days_ahead` are for runs whose time is not the clock's.
    """

    connection: KafkaConnection
    catalogue: Catalogue
    partitions: int
    zone: ZoneInfo
    precedence: SourcePrecedence
    session_timeout_seconds: float
    progress_timeout_seconds: float
    restore_timeout_seconds: float
    worker_id: str | None = None
    park_all: bool = False
    today: Today | None = None
    tick_interval_seconds: float = INTERVAL_SECONDS
    most_days_ahead: int = MOST_DAYS_AHEAD


def run_worker(
    conditions: WorkerConditions,
    *,
    stages: Sequence[str] = STAGES,
    metrics: Metrics,
    health: HealthSink,
) -> int:
    """Run stages until SIGTERM or SIGINT; return the exit code (`exit_codes.py`).

    :raises ConfigurationError: for a stage nobody knows, or topics that do not exist
    """
    unknown = [name for name in stages if name not in STAGES]
    if unknown or not stages:
        raise ConfigurationError(
            f"--stages: came {', '.join(unknown) or 'nothing'}; expected some of"
            f" {', '.join(STAGES)}; correct the option"
        )
    _check_topics(conditions)
    log.info(
        "worker.starts",
        version=__version__,
        stages=list(stages),
        programmes=conditions.partitions,
        worker_id=conditions.worker_id,
        pid=os.getpid(),
    )
    to_run = [
        StageToRun(
            logic=_logic(name, conditions),
            dead_letter=_dead_letter(name),
            observer=Telemetry(name, metrics, health),
        )
        for name in stages
    ]

    def background(running: dict[str, Stage]) -> list[asyncio.Task[None]]:
        beside = [keep_counting(stage, metrics) for stage in running.values()]
        if "register" in running:
            beside.append(
                keep_ticking(running["register"], interval_seconds=conditions.tick_interval_seconds)
            )
        beside.append(_beat(health))
        return [asyncio.ensure_future(item) for item in beside]

    return run_stages(to_run, _running_conditions(conditions), background=background)


async def _beat(health: HealthSink) -> None:
    health.started()
    while True:
        health.beat()
        await asyncio.sleep(HEARTBEAT_SECONDS)


def _check_topics(conditions: WorkerConditions) -> None:
    plan = topics.plan(
        conditions.connection, conditions.catalogue, programme_partitions=conditions.partitions
    )
    if plan.missing:
        names = ", ".join(missing.topic for missing in plan.missing)
        raise ConfigurationError(
            f"topics: came a broker without {names}; expected every topic of the catalogue;"
            " run 'hub topics apply' first"
        )
    for drift in plan.drift:
        log.warning("worker.topic_differs", difference=str(drift))


def _logic(name: str, conditions: WorkerConditions) -> StageLogic:
    codec = Codec(source=f"/programmehub/{name}")
    plausibility = Plausibility(conditions.zone, conditions.most_days_ahead)
    if name == "register":
        return RegisterLogic(
            codec,
            precedence=conditions.precedence,
            plausibility=plausibility,
            today=conditions.today or business_day_in(conditions.zone),
        )
    return DetectLogic(codec, plausibility=plausibility)


def _dead_letter(stage: str) -> DeadLetter:
    def letter(received: Received, rejection: RejectedRecordError) -> Record:
        original = dead_letters.Original(
            received.topic,
            received.partition,
            received.offset,
            received.key,
            received.value,
            received.headers,
        )
        failure = dead_letters.Failure.of_error(
            rejection, stage=stage, version=__version__, at=received.at
        )
        return dead_letters.of_record(original, failure)

    return letter


def _running_conditions(conditions: WorkerConditions) -> RunningConditions:
    return RunningConditions(
        connection=conditions.connection,
        catalogue=conditions.catalogue,
        partitions=conditions.partitions,
        session_timeout_seconds=conditions.session_timeout_seconds,
        progress_timeout_seconds=conditions.progress_timeout_seconds,
        restore_timeout_seconds=conditions.restore_timeout_seconds,
        member_id=conditions.worker_id,
        park_all=conditions.park_all,
    )
