"""What the strict layer costs: the same records through plain Faust and through the layer.

    python -m benchmarks.layer [--records 20000]

One run, one broker, one after the other. Plain Faust passes each record on; under the layer the
counting stage keeps a state, writes an output for each record and its state for each batch, and
waits for every acknowledgement before it commits. It works in batches, plain Faust one by one. The
ratio holds on other machines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from hub.broker import launch
from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection
from tests.stream.counting import INPUT
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until

KEYS = 1000
LONGEST_SECONDS = 300.0
KINDS = {
    "plain Faust": ("plain", "benchmarks.plain_worker"),
    "under the layer": ("counting", "tests.stream.counting_worker"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="What the strict layer costs.")
    parser.add_argument("--records", type=int, default=20_000)
    records = parser.parse_args().records
    found = {}
    with tempfile.TemporaryDirectory() as folder, launch(Path(folder)) as broker:
        connection = KafkaConnection(bootstrap=broker.bootstrap)
        topics = Topics(connection, "layer.", partitions=1)
        for name, (group, module) in KINDS.items():
            found[name] = records / _seconds(topics, group, module, records)
            print(f"{name:<16} {found[name]:>8.0f} records/s", flush=True)
    print(f"{'ratio':<16} {found['under the layer'] / found['plain Faust']:>8.2f}")
    return 0


def _seconds(topics: Topics, group: str, module: str, records: int) -> float:
    """Return the time from the first commit of many records to the last.

    The worker runs before they are written, so that its start does not count.
    """
    _write(topics, 1)
    before = topics.ends(INPUT)[0]
    with WorkerProcess(module, **topics.conditions(session_timeout_seconds=30)) as worker:
        _committed(topics, group, before)
        started = time.monotonic()
        _write(topics, records)
        _committed(topics, group, before + records)
        taken = time.monotonic() - started
        worker.stop()
    return taken


def _write(topics: Topics, records: int) -> None:
    topics.publish(
        Record(INPUT, f"k{number % KEYS}".encode(), b"x" * 400, (), 0) for number in range(records)
    )


def _committed(topics: Topics, group: str, offset: int) -> None:
    wait_until(
        lambda: topics.committed(group, INPUT)[0] >= offset,
        f"{group} commits {offset}",
        seconds=LONGEST_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
