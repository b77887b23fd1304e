"""A Faust consumer that commits only what a stage has finished, and loses nothing at a rebalance.

Names of Faust that are overridden here: `Consumer.ack`, `_new_offset`, `_commit`, `_getmany`,
`perform_seek`, `resume_partitions`, `resume_flow`, `on_partitions_revoked`,
`on_partitions_assigned`, `_new_consumer_thread` and the thread's `on_thread_stop`; read or written
besides: `_acked`, `_acked_index`, `_gap`, `_read_offset`, `_committed_offset`, `_unacked_messages`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message

FETCH_WAIT_SECONDS = 0.25


class StrictConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that talks to the brokers; leaves the group when it is stopped in order."""

    async def on_thread_stop(self) -> None:
        """Say goodbye to the group even as a static member.

        A static member is kept until its session times out, which is right for one that was
        killed; one that stops in order hands its programmes over at once.
        """
        if self._consumer is not None and self._consumer._coordinator is not None:
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()

    async def committed(self, tps: Iterable[TP]) -> dict[TP, int | None]:
        """Ask the group coordinator for the committed offsets."""
        return dict(await self.call_thread(self._committed, tuple(tps)))

    async def _committed(self, tps: tuple[TP, ...]) -> dict[TP, int | None]:
        consumer = self._ensure_consumer()
        offsets = await asyncio.gather(
            *(consumer.committed(TopicPartition(tp.topic, tp.partition)) for tp in tps)
        )
        return dict(zip(tps, offsets, strict=True))

    def group_generation(self) -> int:
        """Return the generation the group coordinator last gave us; -1 when we were put out."""
        return int(self._ensure_consumer()._coordinator.generation)


class StrictConsumer(driver.Consumer):
    """Commits the smallest offset that was handed out and is not finished.

    A record is finished only when a stage says so with `finish`; what Faust acknowledges by
    itself, after an error (L1, L2) or when a stream is closed, counts for nothing.
    """

    def __init__(
        self, transport: Any, callback: Callable[[Any], Awaitable[None]], *args: Any, **kwargs: Any
    ) -> None:
        self._deliver_to_stream = callback
        self._unfinished: defaultdict[TP, dict[int, None]] = defaultdict(dict)
        self._highest_finished: dict[TP, int] = {}
        self._fetching = asyncio.Lock()
        self._resume_with_flow: set[TP] = set()
        self._held: set[TP] = set()
        self.commits = 0
        super().__init__(transport, self._note_and_deliver, *args, **kwargs)

    def _new_consumer_thread(self) -> StrictConsumerThread:
        self._strict_thread = StrictConsumerThread(self, loop=self.loop, beacon=self.beacon)
        return self._strict_thread

    async def _note_and_deliver(self, message: Any) -> None:
        """Note the record before Faust does: Faust only counts it once a stream pulls it."""
        if self.app.topics.acks_enabled_for(message.topic):
            self._unfinished[message.tp][message.offset] = None
        await self._deliver_to_stream(message)

    def finish(self, messages: Iterable[Message]) -> None:
        """Count records as done: all that follows from them was acknowledged by the brokers."""
        for message in messages:
            if self._is_current(message):
                super().ack(message)
            else:
                self.abandon(message)

    def abandon(self, message: Message) -> None:
        """Forget a record that the next owner of its partition reads again; never commit it."""
        message.acked = True
        self._unacked_messages.discard(message)

    def ack(self, message: Message) -> bool:
        """Ignore what Faust acknowledges by itself, in its `finally` blocks (L1, L2)."""
        return False

    def _is_current(self, message: Message) -> bool:
        return bool(message.generation_id == self.app.consumer_generation_id)

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset to commit, whatever the order in which records were finished (L3)."""
        finished = self._acked[tp]
        if not finished:
            return None
        unfinished = self._unfinished[tp]
        for offset in finished:
            unfinished.pop(offset, None)
        highest = max(self._highest_finished.get(tp, -1), *finished)
        self._highest_finished[tp] = highest
        finished.clear()
        self._acked_index[tp].clear()
        self._gap.pop(tp, None)
        return min(unfinished) if unfinished else highest + 1

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit, and count it, so that others can see that commits go on."""
        done = bool(await super()._commit(offsets))
        self.commits += done
        return done

    async def committed_offsets(self, tps: Iterable[TP]) -> dict[TP, int | None]:
        """Return what the group has committed; None where it never did."""
        return await self._strict_thread.committed(tps)

    def committed_here(self) -> dict[TP, int]:
        """Return what this process committed or found committed, of its assigned partitions."""
        known = self._committed_offset
        found = {tp: known.get(tp) for tp in self.assignment()}
        return {tp: offset for tp, offset in found.items() if offset is not None}

    def group_generation(self) -> int:
        """Return the generation the group coordinator last gave us; -1 when we were put out."""
        return self._strict_thread.group_generation()

    def hold(self, tps: Iterable[TP]) -> None:
        """Fetch nothing of these partitions until they are released."""
        self._held |= set(tps)

    def release(self, tps: Iterable[TP]) -> None:
        """Fetch held partitions from now on."""
        released = self._held & set(tps)
        self._held -= released
        super().resume_partitions(released & self.assignment())

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        """Fetch of a frozen set of partitions, and never while positions are being set (L7).

        Faust hands its live set to the consumer's thread; emptied meanwhile, it reads as "all
        partitions", and what comes back is dropped behind the position.
        """
        async with self._fetching:
            if active_partitions is not None:
                active_partitions = frozenset(active_partitions)  # type: ignore[assignment]
                if not active_partitions:
                    return {}
            return await super()._getmany(active_partitions, min(timeout, FETCH_WAIT_SECONDS))

    async def perform_seek(self) -> None:
        """Set every assigned partition to its committed offset, or to its start (L6).

        Faust leaves a partition without committed offset where its fetcher stands, behind
        records that the rebalance dropped.
        """
        async with self._fetching:
            committed = _named(await self.seek_to_committed())
            assigned = {TP(tp.topic, tp.partition) for tp in self.assignment()}
            for tp in assigned:
                offset = committed.get(tp) or None
                self._read_offset[tp] = offset
                self._committed_offset[tp] = offset
                if offset is None:
                    await self._seek(tp, 0)  # a log that starts later resets to its earliest

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Remember what to fetch; fetching begins with the flow (L7).

        Faust resumes, sets positions and then empties the streams' queues, in this order:
        what is fetched in between is lost.
        """
        self._resume_with_flow |= set(tps)

    def resume_flow(self) -> None:
        """Begin to fetch, after Faust has emptied the queues."""
        super().resume_flow()
        waiting, self._resume_with_flow = self._resume_with_flow, set()
        super().resume_partitions(waiting - self._held)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is finished before Faust forgets it."""
        self._resume_with_flow.clear()
        if self.assignment():
            await self.commit()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start counting anew: everything unfinished is read again."""
        self._unfinished.clear()
        self._highest_finished.clear()
        self._resume_with_flow.clear()
        self._held.clear()
        await super().on_partitions_assigned(assigned, generation_id)


def _named(offsets: Mapping[Any, int | None]) -> dict[TP, int | None]:
    """Return aiokafka's answer under Faust's own partition type."""
    return {TP(tp.topic, tp.partition): offset for tp, offset in offsets.items()}
