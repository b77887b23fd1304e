"""How fast plan changes become findings, on the embedded broker, with a worker as a process.

    python -m benchmarks.stream [--works 1000] [--changes 2000] [--paced 300] [--per-second 50]

Two measurements. Throughput: a worker starts on a log that is already full, and the time counts
from its first to its last committed record. Latency: changes come at a steady pace, and the time
counts from a plan change (`ce_time`) to the moment the broker took a finding in. Beside them, in
the same run, a plain Faust agent that does nothing reads the same topic: the ratio to it holds on
other machines, the figures do not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hub.broker import launch
from hub.contracts.records import header
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story

WORKER = "tests.stream.worker_process"
FINDINGS = ("conflicts", "opportunities", "feedback")
QUIET_SECONDS = 120.0


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder, launch(Path(folder)) as broker:
        connection = KafkaConnection(bootstrap=broker.bootstrap)
        rows = [
            *_throughput(connection, works=arguments.works, changes=arguments.changes),
            *_latency(connection, paced=arguments.paced, per_second=arguments.per_second),
        ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plan changes to findings, measured.")
    parser.add_argument("--works", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--paced", type=int, default=300)
    parser.add_argument("--per-second", type=float, default=50.0)
    return parser.parse_args()


def _throughput(
    connection: KafkaConnection, *, works: int, changes: int
) -> Iterator[tuple[str, str]]:
    topics = Topics(connection, "through.", partitions=1)
    story = Story(seed=1, works=works)
    records = story.reference() + story.announcements() + story.changes(changes)
    topics.publish(records)
    total = works + changes
    noop = total / _noop_seconds(topics, total)
    with _worker(topics):
        register = _seconds_until(lambda: topics.is_drained("register", "plan-changes"))
        detect = register + _seconds_until(lambda: topics.is_drained("detect", "programme-log"))
    findings = sum(topics.ends(name)[0] for name in FINDINGS)
    yield "plan changes, all at once", f"{total} of {works} works"
    yield "finding records that followed", str(findings)
    yield "whole path", f"{total / detect:.0f} plan changes/s"
    yield "register alone", f"{total / register:.0f} plan changes/s"
    yield "plain Faust agent that does nothing", f"{noop:.0f} records/s"
    yield "whole path against it", f"{total / detect / noop:.3f}"


def _latency(
    connection: KafkaConnection, *, paced: int, per_second: float
) -> Iterator[tuple[str, str]]:
    topics = Topics(connection, "paced.", partitions=1)
    story = Story(seed=2, works=400)
    with _worker(topics) as worker:
        topics.publish(story.reference() + story.announcements())
        topics.wait_drained(worker, seconds=QUIET_SECONDS)
        before = {name: topics.ends(name)[0] for name in FINDINGS}
        with Producer(topics.connection, topics.catalogue) as producer:
            for _ in range(paced):
                producer.publish(story.changes(1))
                time.sleep(1 / per_second)
        topics.wait_drained(worker, seconds=QUIET_SECONDS)
    seconds = sorted(_ages(topics, before))
    yield "plan changes, one by one", f"{paced}, at most {per_second:.0f}/s"
    yield "findings that followed", str(len(seconds))
    yield "plan change to finding, p50", f"{statistics.median(seconds):.2f} s"
    yield "plan change to finding, p95", f"{seconds[int(len(seconds) * 0.95)]:.2f} s"
    yield "plan change to finding, max", f"{seconds[-1]:.2f} s"


def _ages(topics: Topics, before: dict[str, int]) -> Iterator[float]:
    for name in FINDINGS:
        for record in topics.read(name, 0, headers=True):
            changed = header(record.headers, "ce_time")
            if record.offset >= before[name] and changed is not None:
                at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
                yield (at - datetime.fromisoformat(changed)).total_seconds()


@contextmanager
def _worker(topics: Topics) -> Iterator[WorkerProcess]:
    with WorkerProcess(
        WORKER, **topics.conditions(today=TODAY.isoformat(), session_timeout_seconds=30)
    ) as worker:
        worker.wait_ready(2)
        yield worker
        worker.stop()


def _seconds_until(done: Callable[[], bool]) -> float:
    started = time.monotonic()
    while not done():
        if time.monotonic() - started > QUIET_SECONDS * 5:
            raise SystemExit("no end in sight")
        time.sleep(0.05)
    return time.monotonic() - started


def _noop_seconds(topics: Topics, total: int) -> float:
    """Return how long a plain Faust agent in a process of its own needs to see every record."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.stream"],
        env={
            **os.environ,
            "NOOP_BOOTSTRAP": topics.connection.bootstrap,
            "NOOP_TOPIC": topics.catalogue.topic("plan-changes"),
            "NOOP_RECORDS": str(total),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=QUIET_SECONDS,
    )
    return float(answer.stdout.split()[-1])


async def _do_nothing(bootstrap: str, topic: str, records: int, folder: str) -> float:
    import faust

    from hub.streams.app import FIXED_SETTINGS

    app = faust.App(
        "noop",
        **{
            **FIXED_SETTINGS,
            "broker": f"kafka://{bootstrap}",
            "table_standby_replicas": 0,
            "topic_partitions": 1,
            "stream_recovery_delay": 0.0,
            "datadir": folder,
        },
    )
    raw = {"key_serializer": "raw", "value_serializer": "raw"}
    finished: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    seen, first = 0, 0.0

    async def read(stream: faust.StreamT[bytes]) -> None:
        nonlocal seen, first
        async for events in stream.take_events(500, within=0.1):
            first = first or time.monotonic()
            seen += len(events)
            if seen >= records and not finished.done():
                finished.set_result(time.monotonic() - first)

    app.agent(app.topic(topic, key_type=bytes, value_type=bytes, **raw), name="noop")(read)
    await app.start()
    try:
        return await finished
    finally:
        await app.stop()


if __name__ == "__main__":
    if "NOOP_TOPIC" in os.environ:
        with tempfile.TemporaryDirectory() as datadir:
            taken = asyncio.run(
                _do_nothing(
                    os.environ["NOOP_BOOTSTRAP"],
                    os.environ["NOOP_TOPIC"],
                    int(os.environ["NOOP_RECORDS"]),
                    datadir,
                )
            )
        print(taken, flush=True)
        os._exit(0)
    sys.exit(main())
