"""How fast plan changes become findings on the embedded broker, with workers as processes.

    python -m benchmarks.stream [--works 400] [--changes 2000]
                                [--city 2000] [--programmes 1] [--per-second 200] [--seconds 10]

Two measurements. *Through all stages*: the same changes through the same two stages, once on plain
Faust as its manual shows it and once behind the strict layer, one after the other. The ratio of the
processor time of one change holds on other machines; that of the rates only on a quiet one.

*Change to finding*: a generated municipality is there already; changes come at a steady pace, each
dated with the moment at which it was due, however late it was sent. The time counts from there to
the moment the broker took in a finding. Register and detect have a process each. `--city 30000
--seconds 60` is a large city whose source reloads; `--programmes 6` divides the works over six.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.engine import percentile
from benchmarks.preload import Preloaded
from benchmarks.programme import town_setting
from hub.broker import launch
from hub.contracts.records import Record, header, time_text
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from tests.stream.harness import Topics, WorkerProcess
from tests.stream.story import TODAY, Story

STRICT, PLAIN = "tests.stream.worker_process", "tests.chaos.plain_worker"
FINDINGS = ("conflicts", "opportunities", "feedback")
OUTPUTS = ("programme", "programme-log", *FINDINGS)
LONGEST_SECONDS = 1800.0
SESSION_SECONDS = 30
BEFORE_THE_FIRST = timedelta(seconds=0.5)

Row = tuple[str, str]


def main() -> int:
    arguments = _arguments()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n", flush=True)
    with tempfile.TemporaryDirectory() as folder, launch(Path(folder)) as broker:
        connection = KafkaConnection(bootstrap=broker.bootstrap)
        if arguments.changes:
            _print(_side_by_side(connection, works=arguments.works, changes=arguments.changes))
        if arguments.seconds:
            _print(
                _change_to_finding(
                    connection,
                    works=arguments.city,
                    programmes=arguments.programmes,
                    per_second=arguments.per_second,
                    seconds=arguments.seconds,
                )
            )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plan changes to findings, measured.")
    parser.add_argument("--works", type=int, default=400)
    parser.add_argument("--changes", type=int, default=2000, help="0 leaves the first part out")
    parser.add_argument("--city", type=int, default=2000, help="works that are there already")
    parser.add_argument("--programmes", type=int, default=1)
    parser.add_argument("--per-second", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=10, help="0 leaves the second part out")
    return parser.parse_args()


def _print(rows: Iterator[Row]) -> None:
    for name, value in rows:
        print(f"{name:<42} {value}", flush=True)
    print(f"{'load now':<42} {os.getloadavg()[0]:.1f}\n", flush=True)


# --- through all stages ---


def _side_by_side(connection: KafkaConnection, *, works: int, changes: int) -> Iterator[Row]:
    yield "plan changes through both stages", f"{changes} of {works} works"
    found = {}
    for name, module in (("plain Faust", PLAIN), ("strict layer", STRICT)):
        rate, milliseconds = found[name] = _through(connection, module, works, changes)
        yield f"{name}", f"{rate:.0f}/s, {milliseconds:.2f} ms of processor time each"
    (plain_rate, plain_ms), (rate, milliseconds) = found["plain Faust"], found["strict layer"]
    yield "rate, layer : plain", f"{rate / plain_rate:.2f}"
    yield "processor time, layer : plain", f"{milliseconds / plain_ms:.2f}"


def _through(
    connection: KafkaConnection, module: str, works: int, changes: int
) -> tuple[float, float]:
    """Return changes per second, and the milliseconds of processor time of one.

    The worker has taken in all works before the changes come; time counts from the first output
    of a change to the last, as the broker dates them.
    """
    topics = Topics(connection, f"{module.rpartition('.')[2].replace('_', '-')}.", partitions=1)
    story = Story(seed=1, works=works)
    topics.publish(story.reference() + story.announcements())
    conditions = topics.conditions(today=TODAY.isoformat(), session_timeout_seconds=SESSION_SECONDS)
    with WorkerProcess(module, **conditions) as worker:
        topics.wait_drained(worker, seconds=LONGEST_SECONDS)
        before = {name: topics.ends(name)[0] for name in OUTPUTS}
        used = _processor_seconds(worker)
        topics.publish(story.changes(changes))
        topics.wait_drained(worker, seconds=LONGEST_SECONDS)
        used = _processor_seconds(worker) - used
        worker.stop(seconds=60)
    written = [
        record.timestamp_ms
        for name in OUTPUTS
        for record in topics.read(name, 0)
        if record.offset >= before[name]
    ]
    return changes / ((max(written) - min(written)) / 1000), used / changes * 1000


def _processor_seconds(worker: WorkerProcess) -> float:
    stat = Path(f"/proc/{worker.process.pid}/stat").read_text(encoding="utf-8")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# --- change to finding ---


def _change_to_finding(
    connection: KafkaConnection, *, works: int, programmes: int, per_second: int, seconds: int
) -> Iterator[Row]:
    topics = Topics(connection, "paced.", partitions=programmes)
    settings = [
        town_setting(works // programmes, seed=partition + 1) for partition in range(programmes)
    ]
    preloaded = [
        Preloaded(setting, partition=partition) for partition, setting in enumerate(settings)
    ]
    findings = sum(programme.write(topics) for programme in preloaded)
    yield "works and findings at the start", f"{works} in {programmes} programme(s), {findings}"
    each = per_second * seconds // programmes
    by_programme = [item.changes(each, seed=7) for item in preloaded]
    due = [record for together in zip(*by_programme, strict=True) for record in together]
    conditions = topics.conditions(
        today=settings[0].day.isoformat(),
        session_timeout_seconds=SESSION_SECONDS,
        restore_timeout_seconds=LONGEST_SECONDS,
    )
    with ExitStack() as stack:
        workers = {
            stage: stack.enter_context(WorkerProcess(STRICT, stages=[stage], **conditions))
            for stage in ("register", "detect")
        }
        for stage, worker in workers.items():
            worker.wait_ready(seconds=LONGEST_SECONDS)
            (ready,) = worker.events("stage.ready")
            yield f"{stage}: restored", f"{ready['seconds']:.1f} s"
        topics.wait_drained(*workers.values(), seconds=LONGEST_SECONDS)
        before = {name: topics.ends(name) for name in FINDINGS}
        used = {stage: _processor_seconds(worker) for stage, worker in workers.items()}
        late = _send(topics, due, per_second=per_second)
        ended = time.monotonic()
        behind = {"register": _lag(topics, "register", "plan-changes")}
        behind["detect"] = _lag(topics, "detect", "programme-log")
        topics.wait_drained(*workers.values(), seconds=LONGEST_SECONDS)
        drained = time.monotonic() - ended
        for stage, worker in workers.items():
            milliseconds = (_processor_seconds(worker) - used[stage]) / len(due) * 1000
            yield f"{stage}: processor time of a change", f"{milliseconds:.2f} ms"
        for worker in workers.values():
            worker.stop(seconds=60)
    ages = list(_ages(topics, before))
    yield "changes sent", f"{len(due)} at {per_second}/s, the sender at most {late:.2f} s late"
    yield "finding records that followed", str(len(ages))
    for share in (0.5, 0.95, 0.99):
        yield f"change to finding, p{share * 100:.0f}", f"{percentile(ages, share):.2f} s"
    yield "change to finding, longest", f"{max(ages):.2f} s"
    for stage, records in behind.items():
        yield f"{stage}: behind at the last change", f"{records} records"
    yield "all drained and committed after", f"{drained:.1f} s"


def _send(topics: Topics, due: list[Record], *, per_second: int) -> float:
    """Send each record when it is due and date it so; return how late the latest was sent."""
    began = datetime.now(UTC) + BEFORE_THE_FIRST
    latest = 0.0
    errors: list[object] = []
    with Producer(topics.connection, topics.catalogue) as producer:
        for number, record in enumerate(due):
            at = began + timedelta(seconds=number / per_second)
            early = (at - datetime.now(UTC)).total_seconds()
            if early > 0:
                time.sleep(early)
            latest = max(latest, -early)
            producer.send(_dated(record, at), on_delivery=errors.append)
        producer.flush()
    failed = [error for error in errors if error is not None]
    assert not failed, failed[0]
    return latest


def _dated(record: Record, at: datetime) -> Record:
    text = time_text(at).encode()
    headers = tuple(
        (name, text if name in ("ce_time", "ce_recordedtime") else value)
        for name, value in record.headers
    )
    return replace(record, headers=headers)


def _lag(topics: Topics, stage: str, name: str) -> int:
    committed = topics.committed(stage, name)
    return sum(end - max(0, committed[part]) for part, end in topics.ends(name).items())


def _ages(topics: Topics, before: dict[str, dict[int, int]]) -> Iterator[float]:
    """Yield the seconds from the moment a change was due to each finding record it led to."""
    for name in FINDINGS:
        for partition, first in before[name].items():
            for record in topics.read(name, partition, headers=True):
                due = header(record.headers, "ce_time")
                if record.offset >= first and due is not None:
                    at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
                    yield (at - datetime.fromisoformat(due)).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
