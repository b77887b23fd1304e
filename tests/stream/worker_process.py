"""A worker process with the real stages; its conditions come as JSON, its only argument.

`today` gives the business day per partition, either one for all or the path of a JSON file that is
read again at each look, so that a test can let days pass.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.cli import EXIT_OUTSIDE
from hub.contracts.catalogue import load_catalogue
from hub.engine.merge import SourcePrecedence
from hub.errors import RetryableError
from hub.kafka.client_config import KafkaConnection
from hub.logs import LogFormat, configure
from hub.metrics import Metrics
from hub.serve.app import create_app
from hub.serve.health import Health
from hub.serve.server import serve_in_thread
from hub.streams.register_stage import Today
from hub.streams.worker import STAGES, WorkerConditions, run_worker


def main() -> int:
    given = json.loads(sys.argv[1])
    configure(format=LogFormat.JSON)
    stages = given.get("stages", STAGES)
    metrics, health = Metrics(), Health(parts=tuple(stages))
    if "http_port" in given:
        serve_in_thread(create_app(health=health, metrics=metrics), port=given["http_port"])
    conditions = WorkerConditions(
        connection=KafkaConnection(bootstrap=given["bootstrap"]),
        catalogue=load_catalogue(given["prefix"]),
        partitions=given["partitions"],
        zone=ZoneInfo("Europe/Amsterdam"),
        precedence=SourcePrecedence(),
        session_timeout_seconds=given.get("session_timeout_seconds", 10.0),
        progress_timeout_seconds=given.get("progress_timeout_seconds", 60.0),
        restore_timeout_seconds=given.get("restore_timeout_seconds", 30.0),
        worker_id=given.get("worker_id"),
        park_all=given.get("park_all", False),
        today=today_of(given["today"]) if "today" in given else None,
        tick_interval_seconds=given.get("tick_interval_seconds", 15.0),
        most_days_ahead=given.get("most_days_ahead", 1),
    )
    try:
        return run_worker(conditions, stages=stages, metrics=metrics, health=health)
    except RetryableError as error:  # as `hub worker` has it: the brokers are away
        print(error, file=sys.stderr)
        return EXIT_OUTSIDE


def today_of(given: str) -> Today:
    if not given.endswith(".json"):
        return lambda partition: date.fromisoformat(given)

    def day(partition: int) -> date | None:
        days = json.loads(Path(given).read_text(encoding="utf-8"))
        return date.fromisoformat(days[str(partition)]) if str(partition) in days else None

    return day


if __name__ == "__main__":
    sys.exit(main())
