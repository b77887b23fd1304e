"""How long a restore takes and how much memory it needs, for small and large programmes.

    python -m benchmarks.restore [--works 10000 100000]

Each stage restores one programme in a process of its own, from topics on the embedded broker that
hold one record per work. Beside it, in the same run, the same topics are only read, with all their
headers: the ratio holds on other machines, the figures do not. No two works meet, so there are no
findings to restore.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.broker import launch
from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.engine.merge import SourcePrecedence
from hub.engine.register import Register
from hub.kafka.client_config import KafkaConnection
from hub.kafka.reader import read_compacted
from hub.model.intervention import Source
from hub.streams.collecting import without_collecting
from hub.streams.detect_stage import DetectLogic
from hub.streams.plausibility import Plausibility
from hub.streams.register_stage import RegisterLogic
from hub.streams.restore import Restorer
from tests.stream.harness import Topics
from tests.stream.story import Story

STAGES = ("register", "detect")
APART_M = 40


def main() -> int:
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        print(json.dumps(_restored(json.loads(sys.argv[1]))))
        return 0
    parser = argparse.ArgumentParser(description="Restore time and memory.")
    parser.add_argument("--works", type=int, nargs="+", default=[10_000, 100_000])
    works = parser.parse_args().works
    titles = f"{'read s':>7} {'restore s':>9} {'CPU s':>6} {'ratio':>6} {'MB more':>8}"
    print(f"{'works':>8} {'stage':<9} {titles}")
    with tempfile.TemporaryDirectory() as folder, launch(Path(folder)) as broker:
        for count in works:
            topics = Topics(KafkaConnection(bootstrap=broker.bootstrap), f"r{count}.", partitions=1)
            topics.publish(_records(count))
            for stage in STAGES:
                seen = _in_a_process(topics, stage)
                print(
                    f"{count:>8} {stage:<9} {seen['read']:>7.1f} {seen['restore']:>9.1f}"
                    f" {seen['cpu']:>6.1f} {seen['restore'] / seen['read']:>6.1f}"
                    f" {seen['megabytes']:>8.0f}",
                    flush=True,
                )
    return 0


def _records(count: int) -> Iterator[Record]:
    """Yield the state and the log record of each work, as register would write them."""
    codec, register = Codec(source="/benchmark"), Register()
    first = codec.decode_plan_change(Story(seed=1, works=1).announcements()[0].value)
    assert first.intervention is not None
    cause = Cause(time=datetime.now(UTC))
    for number in range(count):
        work = replace(
            first.intervention,
            id=f"sewer:{number}",
            source=Source(system="sewer-plan", key=str(number), revision=1),
            geometry=_moved(first.intervention.geometry, number),
        )
        done = register.apply_change(replace(first, intervention=work))
        assert done.state is not None
        yield codec.encode_facet_state(done.state, cause=cause, partition=0)
        for entry in done.log:
            yield codec.encode_log_entry(entry, cause=cause, partition=0)


def _moved(geometry: object, number: int) -> object:
    row, column = divmod(number, 1000)

    def place(ring: object) -> tuple[tuple[float, float], ...]:
        return tuple(
            (x - 100_000 + column * 3 * APART_M, y - 100_000 + row * APART_M)
            for x, y in ring  # type: ignore[attr-defined]
        )

    rings = tuple(place(ring) for ring in geometry.coordinates)  # type: ignore[attr-defined]
    return replace(geometry, coordinates=rings)  # type: ignore[type-var]


def _in_a_process(topics: Topics, stage: str) -> dict[str, float]:
    given = {
        "stage": stage,
        "bootstrap": topics.connection.bootstrap,
        "prefix": topics.prefix,
        "committed": topics.ends("programme-log")[0],
    }
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.restore", json.dumps(given)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _restored(given: dict[str, object]) -> dict[str, float]:
    connection = KafkaConnection(bootstrap=str(given["bootstrap"]))
    catalogue = load_catalogue(str(given["prefix"]))
    plausible = Plausibility(ZoneInfo("Europe/Amsterdam"))
    logic: RegisterLogic | DetectLogic = DetectLogic(Codec(), plausibility=plausible)
    if given["stage"] == "register":
        logic = RegisterLogic(
            Codec(),
            precedence=SourcePrecedence(),
            plausibility=plausible,
            today=lambda _: None,
        )
    started = time.monotonic()
    for topic in logic.restores:
        for _ in read_compacted(connection, catalogue.topic(topic.name), 0, with_headers=True):
            pass
    read = time.monotonic() - started
    gc.collect()
    before = _megabytes("VmRSS")
    started, used = time.monotonic(), time.process_time()
    restorer = Restorer(connection, catalogue, logic.restores, no_progress_timeout_s=60)
    ends = restorer.ends([0], [topic.name for topic in logic.restores])
    committed = {name: int(str(given["committed"])) for name in logic.inputs}
    if given["stage"] == "register":
        committed = dict.fromkeys(committed, 0)
    with without_collecting():
        found = restorer.read(0, committed=committed, ends=ends[0], stop=lambda: False)
        programme = logic.restore(found.restored)
    restore, cpu = time.monotonic() - started, time.process_time() - used
    assert programme is not None
    megabytes = _megabytes("VmHWM") - before
    return {"read": read, "restore": restore, "cpu": cpu, "megabytes": megabytes}


def _megabytes(what: str) -> float:
    """Return what this process holds now (`VmRSS`) or held at most (`VmHWM`)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith(f"{what}:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
