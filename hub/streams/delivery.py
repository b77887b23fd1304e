"""Sends records and waits until all are acknowledged; checks the fences before each attempt.

A delivery that does not succeed within its patience ends the process. Patience lies below the
session timeout: no record may arrive after another worker took the partition over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from aiokafka.errors import KafkaError

from hub.contracts.catalogue import Catalogue
from hub.contracts.records import Record
from hub.logs import log_for
from hub.streams.fences import FreezeFence
from hub.streams.leaving import leave
from hub.streams.producer import Written, all_of
from hub.streams.refusals import in_words

log = log_for(__name__)

PATIENCE_SHARE = 0.8
"""Part of the session timeout that a delivery may take, all attempts together."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0


PutBackOnly = Callable[[str, int, int, int], bool]
"""Says whether the records of a topic's partition between two offsets are all put back."""


class Delivery:
    """The only way in which a stage writes."""

    def __init__(
        self,
        app: Any,
        catalogue: Catalogue,
        *,
        fence: FreezeFence,
        session_timeout_seconds: float,
        put_back_only: PutBackOnly = lambda *_: False,
        leave: Callable[..., NoReturn] = leave,
    ) -> None:
        self._app = app
        self._catalogue = catalogue
        self._fence = fence
        self._patience_seconds = session_timeout_seconds * PATIENCE_SHARE
        self._put_back_only = put_back_only
        self._leave = leave
        self._next_offsets: dict[tuple[str, int], int] = {}

    def expect(self, ends: dict[tuple[str, int], int]) -> None:
        """Take the ends of partitions as the offsets of our next records there.

        Places are by full topic name. A record elsewhere tells that somebody else wrote, which
        only people may do who put a dead letter back.
        """
        self._next_offsets.update(ends)

    def forget(self, partition: int) -> None:
        """Expect nothing any more of a partition that is not ours."""
        for place in [place for place in self._next_offsets if place[1] == partition]:
            del self._next_offsets[place]

    async def send(self, records: Sequence[Record], *, generation: int) -> None:
        """Return when all records are acknowledged, in their order within each partition."""
        started = time.monotonic()
        pause = FIRST_PAUSE_SECONDS
        while True:
            self._check_fences(generation)
            left = self._patience_seconds - (time.monotonic() - started)
            try:
                async with asyncio.timeout(left):
                    await self._check_offsets(await self._attempt(records))
                return
            except TimeoutError as error:
                self._leave(f"{len(records)} records not acknowledged in time", error=error)
            except KafkaError as error:
                left = self._patience_seconds - (time.monotonic() - started)
                if not error.retriable or left < pause:
                    self._leave(
                        f"{len(records)} records not accepted: {in_words(error)}", error=error
                    )
                log.warning("stage.delivery_retried", error=repr(error), pause_seconds=pause)
                self._expect_nothing(records)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _attempt(self, records: Sequence[Record]) -> list[Written]:
        """Write the records of each partition in their order, and all partitions side by side."""
        by_place: dict[tuple[str, int], list[Record]] = {}
        for item in records:
            place = self._catalogue.topic(item.topic), item.partition
            by_place.setdefault(place, []).append(item)
        write = self._app.producer.write
        runs = await all_of(write(*place, items) for place, items in by_place.items())
        return [written for run in runs for written in run]

    def _expect_nothing(self, records: Sequence[Record]) -> None:
        """Forget where the next records go: some of a failed attempt may have arrived."""
        for item in records:
            self._next_offsets.pop((self._catalogue.topic(item.topic), item.partition), None)

    def _check_fences(self, generation: int) -> None:
        self._fence.check()
        now = self._app.consumer.group_generation()
        if now != generation:
            self._leave(f"the group moved on from generation {generation} to {now}")

    async def _check_offsets(self, written: Sequence[Written]) -> None:
        """Leave if another producer wrote between our records: the restore then repairs."""
        for place in written:
            key = (place.topic, place.partition)
            expected = self._next_offsets.get(key)
            if expected is None:
                continue
            if place.offset > expected and not await asyncio.to_thread(
                self._put_back_only, *key, expected, place.offset
            ):
                self._leave(
                    f"{place.topic} partition {place.partition}: our record got offset"
                    f" {place.offset}, expected {expected}; somebody else writes there"
                )
            self._next_offsets[key] = place.offset + place.records
