"""A worker process with the counting stage; its conditions come as JSON, its only argument."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

from hub.contracts.catalogue import load_catalogue
from hub.kafka.client_config import KafkaConnection
from hub.kafka.reader import RawRecord
from hub.streams import restore
from hub.streams.observer import StageObserver
from hub.streams.running import RunningConditions, StageToRun, run_stages
from tests.stream.counting import CountingLogic, letter_of


def main() -> int:
    given = json.loads(sys.argv[1])
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(message)s %(reason)s",
    )
    logging.getLogger().handlers[0].setFormatter(_Fields())
    conditions = RunningConditions(
        connection=KafkaConnection(bootstrap=given["bootstrap"]),
        catalogue=load_catalogue(given["prefix"]),
        partitions=given["partitions"],
        session_timeout_seconds=given.get("session_timeout_seconds", 10.0),
        progress_timeout_seconds=given.get("progress_timeout_seconds", 60.0),
        restore_timeout_seconds=given.get("restore_timeout_seconds", 30.0),
        member_id=given.get("member_id"),
    )
    if given.get("restore_record_seconds"):
        _read_slowly(given["restore_record_seconds"])
    stage = StageToRun(
        logic=CountingLogic(slow_seconds=given.get("slow_seconds", 0.0)),
        dead_letter=letter_of,
        observer=StageObserver(),
    )
    return run_stages([stage], conditions)


def _read_slowly(seconds: float) -> None:
    """Take so long over each record that is restored, as a broker that is busy would."""
    read = restore.read_compacted

    def slowly(*args: Any, **more: Any) -> Iterator[RawRecord]:
        for record in read(*args, **more):
            time.sleep(seconds)
            yield record

    restore.read_compacted = slowly


class _Fields(logging.Formatter):
    """Event name and fields on one line, for a person who looks at a failed test."""

    _known = frozenset(vars(logging.makeLogRecord({})))

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in self._known}
        text = f"{self.formatTime(record)} {record.getMessage()} {fields}"
        return text + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


if __name__ == "__main__":
    sys.exit(main())
