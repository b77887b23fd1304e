"""Lets time pass: one tick per business day into each owned programme's log.

Faust's timers run on every worker and during rebalances; this task asks the stage, which answers
only for programmes it owns and has restored. A tick that was written already is not written again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.streams.logic import Programme, Step
from hub.streams.register_stage import RegisterProgramme
from hub.streams.stage import Stage

INTERVAL_SECONDS = 15.0


def business_day_in(zone: ZoneInfo) -> Callable[[int], date | None]:
    """Return the clock of a worker: the day in one zone, the same for all programmes."""
    return lambda partition: datetime.now(zone).date()


async def keep_ticking(stage: Stage, *, interval_seconds: float = INTERVAL_SECONDS) -> None:
    """Write the tick of a new day into every owned programme, until cancelled."""
    while True:
        await asyncio.sleep(interval_seconds)
        await stage.write(_tick)


def _tick(partition: int, programme: Programme) -> Step | None:
    assert isinstance(programme, RegisterProgramme)
    return programme.tick()
