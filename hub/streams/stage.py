"""Runs a stage's logic on a Faust app: restore, then batches, each written before it is committed.

The order is always the same. A batch is evaluated record by record in a thread; its outputs are
sent and acknowledged; then the records that are its state; only then is it finished, and Faust's
commit may pass it. Whatever goes wrong in between ends the process with nothing committed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from faust.types import TP

from hub.contracts.catalogue import Catalogue
from hub.contracts.dead_letters import Breaker
from hub.contracts.records import Record
from hub.kafka.reader import ReadStoppedError
from hub.logs import log_for
from hub.streams.batches import Batch, DeadLetter, PoisonedInputError, evaluate
from hub.streams.collecting import without_collecting
from hub.streams.delivery import Delivery
from hub.streams.exit_codes import POISONED
from hub.streams.leaving import leave
from hub.streams.logic import Programme, Received, StageLogic, Step
from hub.streams.observer import StageObserver
from hub.streams.restore import RestoredPartition, Restorer

log = log_for(__name__)

BATCH_RECORDS = 500
BATCH_SECONDS = 0.1
RESTORE_THREADS = 4

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Owned:
    """A programme that this worker owns, and the next offset to apply of each input."""

    programme: Programme
    next_offsets: dict[str, int]


def received_of(message: Any, catalogue: Catalogue) -> Received:
    """Return a message of Faust as the record that a stage reads."""
    headers = message.headers
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    return Received(
        topic=catalogue.name_of(message.topic),
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple(pairs),
        at=datetime.fromtimestamp(message.timestamp, UTC),
    )


class Stage:
    """One stage of one worker: the programmes it owns, and what it does with their records."""

    def __init__(
        self,
        app: Any,
        logic: StageLogic,
        *,
        catalogue: Catalogue,
        delivery: Delivery,
        restorer: Restorer,
        dead_letter: DeadLetter,
        observer: StageObserver,
        breaker: Breaker | None = None,
    ) -> None:
        self.app = app
        self.logic = logic
        self.catalogue = catalogue
        self._delivery = delivery
        self._restorer = restorer
        self._dead_letter = dead_letter
        self._observer = observer
        self._breaker = breaker or Breaker()
        self._owned: dict[int, Owned] = {}
        self._read_first: dict[TP, int] = {}
        self._ready = False
        self._assignments = 0
        self._reassigned = asyncio.Event()
        self._writing = asyncio.Lock()
        self._engine = ThreadPoolExecutor(1, thread_name_prefix=f"{logic.name}-engine")
        self._readers = ThreadPoolExecutor(
            RESTORE_THREADS, thread_name_prefix=f"{logic.name}-restore"
        )
        app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        app.on_rebalance_complete.connect(self._on_rebalance_complete, weak=False)
        names = [catalogue.topic(name) for name in logic.inputs]
        raw = {"key_serializer": "raw", "value_serializer": "raw"}
        channel = app.topic(*names, key_type=bytes, value_type=bytes, **raw)
        app.agent(channel, name=logic.name)(self._read)

    @property
    def is_ready(self) -> bool:
        """Tell whether all assigned programmes are restored."""
        return self._ready

    def input_places(self) -> list[tuple[str, int]]:
        """Return the full topic name and partition of every input that is owned now."""
        topics = [self.catalogue.topic(name) for name in self.logic.inputs]
        return [(topic, number) for number in tuple(self._owned) for topic in topics]

    def committed(self) -> dict[tuple[str, int], int]:
        """Return the committed offsets this process knows of, by full topic name."""
        known = self.app.consumer.committed_here()
        return {(tp.topic, tp.partition): offset for tp, offset in known.items()}

    @property
    def commits(self) -> int:
        """Return how often this process has committed."""
        return int(self.app.consumer.commits)

    def close(self) -> None:
        """Let the threads go."""
        self._engine.shutdown(wait=False, cancel_futures=True)
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def _read(self, stream: Any) -> None:
        async for events in stream.take_events(BATCH_RECORDS, within=BATCH_SECONDS):
            async with self._writing:
                await self._process([event.message for event in events])

    # --- batches ---

    async def _process(self, messages: Sequence[Any]) -> None:
        """Evaluate and write one batch, then let its offsets be committed."""
        started = time.monotonic()
        current = []
        for message in messages:
            if self._is_ours(message):
                current.append(message)
            else:
                self.app.consumer.abandon(message)
        if not current:
            return
        generation = self.app.consumer.group_generation()
        received = [received_of(message, self.catalogue) for message in current]
        fresh = [record for record in received if self._is_fresh(record)]
        batch = await self._evaluate(fresh)
        for phase in batch.writes():
            await self._delivery.send(phase, generation=generation)
        for record in fresh:
            self._owned[record.partition].next_offsets[record.topic] = record.offset + 1
        self.app.consumer.finish(current)
        self._release_what_waited()
        self._observer.processed(
            consumed=Counter(record.topic for record in received),
            batch=batch,
            seconds=time.monotonic() - started,
        )

    def _is_ours(self, message: Any) -> bool:
        return (
            self._ready
            and message.partition in self._owned
            and message.generation_id == self.app.consumer_generation_id
        )

    def _is_fresh(self, record: Received) -> bool:
        return record.offset >= self._owned[record.partition].next_offsets.get(record.topic, 0)

    async def _evaluate(self, records: Sequence[Received]) -> Batch:
        programmes = {partition: owned.programme for partition, owned in self._owned.items()}

        def work() -> Batch:
            return evaluate(
                records, programmes, dead_letter=self._dead_letter, breaker=self._breaker
            )

        try:
            return await asyncio.get_running_loop().run_in_executor(self._engine, work)
        except PoisonedInputError as error:
            self._observer.breaker_opened()
            leave(
                f"{self.logic.name}: most of the last records are rejected; {error}", code=POISONED
            )

    async def look(self, ask: Callable[[int, Programme], Answer]) -> dict[int, Answer]:
        """Ask every owned programme something, between two batches."""
        async with self._writing:
            owned = dict(self._owned) if self._ready else {}

            def work() -> dict[int, Answer]:
                return {number: ask(number, item.programme) for number, item in owned.items()}

            return await asyncio.get_running_loop().run_in_executor(self._engine, work)

    async def write(self, make_step: Callable[[int, Programme], Step | None]) -> None:
        """Let every owned programme take a step of its own accord, between two batches."""
        async with self._writing:
            if not self._ready:
                return
            generation = self.app.consumer.group_generation()
            owned = dict(self._owned)

            def work() -> list[Step | None]:
                return [make_step(number, item.programme) for number, item in owned.items()]

            steps = await asyncio.get_running_loop().run_in_executor(self._engine, work)
            await self._send_steps(steps, generation)

    async def _send_steps(self, steps: Iterable[Step | None], generation: int) -> None:
        batch = Batch()
        for step in steps:
            if step is not None:
                batch.add(step)
        for phase in batch.writes():
            await self._delivery.send(phase, generation=generation)

    # --- rebalances ---

    async def _on_assigned(self, app: Any, assigned: Any, **_: Any) -> None:
        self._assignments += 1
        self._reassigned.set()

    async def _on_revoked(self, app: Any, revoked: Any, **_: Any) -> None:
        """Stop a restore that still runs; what is owned is looked at when partitions come back."""
        self._assignments += 1
        self._ready = False
        self._reassigned.clear()
        self._observer.revoked()

    async def _on_rebalance_complete(self, app: Any, **_: Any) -> None:
        """Restore what is assigned; Faust waits for this before it reads anything."""
        assignment = self._assignments
        log.info("stage.restoring", stage=self.logic.name)
        try:
            done = await self._restore_assigned(assignment)
        except Exception as error:  # Faust would log it and go on to read
            leave(f"{self.logic.name}: restore failed: {error}", error=error)
        if not done:
            log.info("stage.restore_stopped", stage=self.logic.name, why="a rebalance came first")
            # Faust would go on to read under the assignment that was just revoked.
            await self._reassigned.wait()

    async def _restore_assigned(self, assignment: int) -> bool:
        started = time.monotonic()
        consumer = self.app.consumer
        generation = consumer.group_generation()
        partitions = self._assigned_partitions()
        self._observer.assigned(len(partitions))
        committed = await consumer.committed_offsets(self._input_places(partitions))
        self._drop_all_but({number for number in partitions if self._is_as_of(number, committed)})
        missing = sorted(partitions - set(self._owned))
        ends = await self._ends(missing, [topic.name for topic in self.logic.restores])
        found = await asyncio.gather(
            *(self._restore(number, committed, ends[number], assignment) for number in missing)
        )
        if self._assignments != assignment or None in found:
            return False
        restored = [item for item in found if item is not None]
        await self._begin(restored, ends, generation)
        first_ends = await self._ends(partitions, self.logic.read_first)
        self._hold_until_reference_is_read(partitions, committed, first_ends)
        if self._assignments != assignment:
            return False
        self._ready = True
        self._tell_restored(restored, seconds=time.monotonic() - started, kept=partitions)
        return True

    def _assigned_partitions(self) -> set[int]:
        """Return the partitions assigned, which must be the same ones for every input."""
        by_topic = {self.catalogue.topic(name): set[int]() for name in self.logic.inputs}
        for tp in self.app.consumer.assignment():
            by_topic[tp.topic].add(tp.partition)
        first, *others = by_topic.values()
        if any(other != first for other in others):
            leave(
                f"{self.logic.name}: inputs are assigned apart: {by_topic}; expected the same"
                " partitions of each; give all topics the same number of partitions"
            )
        return first

    def _input_places(self, partitions: Iterable[int]) -> list[TP]:
        topics = [self.catalogue.topic(name) for name in self.logic.inputs]
        return [TP(topic, number) for number in partitions for topic in topics]

    async def _ends(
        self, partitions: Iterable[int], names: Iterable[str]
    ) -> dict[int, dict[str, int]]:
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._restorer.ends, list(partitions), list(names)
        )

    def _is_as_of(self, number: int, committed: dict[TP, int | None]) -> bool:
        """Tell whether the state kept of a partition is that of its committed offsets."""
        owned = self._owned.get(number)
        return owned is not None and all(
            (committed[TP(self.catalogue.topic(name), number)] or 0)
            == owned.next_offsets.get(name, 0)
            for name in self.logic.inputs
        )

    def _drop_all_but(self, kept: set[int]) -> None:
        for number in set(self._owned) - kept:
            del self._owned[number]
            self._delivery.forget(number)

    async def _restore(
        self,
        number: int,
        committed: dict[TP, int | None],
        ends: dict[str, int],
        assignment: int,
    ) -> RestoredPartition | None:
        """Read and rebuild one partition; None when a rebalance came in between."""
        by_name = {
            name: committed[TP(self.catalogue.topic(name), number)] for name in self.logic.inputs
        }

        def work() -> RestoredPartition:
            found = self._restorer.read(
                number,
                committed=by_name,
                ends=ends,
                stop=lambda: self._assignments != assignment,
            )
            offsets = {name: offset or 0 for name, offset in by_name.items()}
            self._owned[number] = Owned(
                self.logic.restore(found.restored), {**offsets, **found.restored.applied_up_to}
            )
            return found.without_records()

        def undisturbed() -> RestoredPartition:
            with without_collecting():
                return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, undisturbed)
        except ReadStoppedError:
            return None

    async def _begin(
        self,
        restored: Sequence[RestoredPartition],
        ends: dict[int, dict[str, int]],
        generation: int,
    ) -> None:
        """Write what must be written before the first record: repairs, and first steps."""
        written = [topic.name for topic in self.logic.restores if not topic.is_input]
        self._delivery.expect(
            {
                (self.catalogue.topic(name), number): by_name[name]
                for number, by_name in ends.items()
                for name in written
            }
        )
        repairs: list[Record] = [record for item in restored for record in item.repairs]
        if repairs:
            log.warning(
                "stage.lower_revisions_repaired", stage=self.logic.name, records=len(repairs)
            )
            await self._delivery.send(repairs, generation=generation)
        programmes = [self._owned[item.restored.partition].programme for item in restored]

        def work() -> list[Step | None]:
            return [programme.start() for programme in programmes]

        steps = await asyncio.get_running_loop().run_in_executor(self._engine, work)
        await self._send_steps(steps, generation)

    def _hold_until_reference_is_read(
        self,
        partitions: Iterable[int],
        committed: dict[TP, int | None],
        first_ends: dict[int, dict[str, int]],
    ) -> None:
        """On a first start read some inputs to their end before the others."""
        later = [name for name in self.logic.inputs if name not in self.logic.read_first]
        self._read_first = {}
        for number in partitions:
            held = [TP(self.catalogue.topic(name), number) for name in later]
            if any(committed[tp] is not None for tp in held):
                continue
            for name in self.logic.read_first:
                tp = TP(self.catalogue.topic(name), number)
                end = first_ends[number][name]
                if end > self._owned[number].next_offsets.get(name, 0):
                    self._read_first[tp] = end
                    self.app.consumer.hold(held)

    def _release_what_waited(self) -> None:
        for tp, end in list(self._read_first.items()):
            owned = self._owned[tp.partition]
            if owned.next_offsets.get(self.catalogue.name_of(tp.topic), 0) >= end:
                del self._read_first[tp]
                if not any(other.partition == tp.partition for other in self._read_first):
                    self.app.consumer.release(self._input_places([tp.partition]))

    def _tell_restored(
        self, restored: Sequence[RestoredPartition], *, seconds: float, kept: set[int]
    ) -> None:
        records = sum(item.count for item in restored)
        once = [item.restored.partition for item in restored if item.restored.evaluate_once]
        self._observer.restored(seconds=seconds, records=records, evaluated_once=len(once))
        self._observer.ready()
        log.info(
            "stage.ready",
            stage=self.logic.name,
            partitions=len(kept),
            restored_partitions=len(restored),
            restored_records=records,
            seconds=round(seconds, 3),
        )
        if once:
            log.warning(
                "stage.evaluated_once",
                stage=self.logic.name,
                partitions=once,
                why="the committed offset is missing or older than the compaction lag",
            )
