"""A small stage for tests of the runner: per key it counts records and hashes what came so far.

The hash makes loss, doubling and reordering of any input visible in every later output.
"""

from __future__ import annotations

import hashlib
import json
import time

from hub.contracts.records import Record
from hub.errors import Refusal, RejectedRecordError
from hub.metrics import ProcessedResult
from hub.streams.logic import Programme, Received, Restored, RestoredTopic, Step

INPUT = "plan-changes"
OUTPUT = "programme"
STATE = "facets"


def chained(previous: str, payload: str) -> str:
    return hashlib.sha256(f"{previous}|{payload}".encode()).hexdigest()[:16]


def expected_chain(payloads: list[str]) -> list[str]:
    chain, last = [], ""
    for payload in payloads:
        last = chained(last, payload)
        chain.append(last)
    return chain


class CountingProgramme:
    def __init__(self, partition: int, *, slow_seconds: float = 0.0) -> None:
        self.partition = partition
        self.counts: dict[bytes, dict[str, object]] = {}
        self._slow_seconds = slow_seconds

    def start(self) -> Step | None:
        return None

    def apply(self, received: Received) -> Step:
        payload = (received.value or b"").decode()
        if payload.startswith("poison"):
            raise RejectedRecordError(Refusal("value", payload, "no poison"))
        if payload.startswith("fault"):
            raise ValueError("a fault of the stage")
        if payload.startswith("stuck"):
            time.sleep(600)
        if self._slow_seconds:
            time.sleep(self._slow_seconds)
        key = received.key or b""
        known = self.counts.get(key, {"count": 0, "chain": "", "offset": -1})
        if received.offset <= int(str(known["offset"])):
            return Step(ProcessedResult.SKIPPED)
        count = int(str(known["count"])) + 1
        chain = chained(str(known["chain"]), payload)
        self.counts[key] = {"count": count, "chain": chain, "offset": received.offset}
        return Step(
            ProcessedResult.APPLIED,
            outputs=((self._record(OUTPUT, key),),),
            state=(self._record(STATE, key),),
        )

    def _record(self, topic: str, key: bytes) -> Record:
        state = self.counts[key]
        return Record(
            topic=topic,
            key=key,
            value=json.dumps(state).encode(),
            headers=(("ce_sequence", f"{state['count']:020d}".encode()),),
            partition=self.partition,
        )


class CountingLogic:
    name = "counting"
    inputs = (INPUT,)
    read_first: tuple[str, ...] = ()
    restores = (RestoredTopic(STATE), RestoredTopic(OUTPUT, feeds_state=False))

    def __init__(self, *, slow_seconds: float = 0.0) -> None:
        self._slow_seconds = slow_seconds

    def restore(self, restored: Restored) -> Programme:
        programme = CountingProgramme(restored.partition, slow_seconds=self._slow_seconds)
        for record in restored.records[STATE]:
            programme.counts[record.key or b""] = json.loads(record.value or b"")
        return programme


def letter_of(received: Received, rejection: RejectedRecordError) -> Record:
    return Record(
        topic="dead-letters",
        key=received.position.encode(),
        value=received.value or b"",
        headers=(("hub-error-reason", rejection.refusal.reason.value.encode()),),
        partition=0,
    )
