"""One small agent, on plain Faust or under the strict layer, that meets one of the ways to lose.

It tells on standard output, a line each, what it has begun (`begun <partition> <offset>`) and what
it has done. Conditions come as JSON, its only argument.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from hub.streams.app import FIXED_SETTINGS, StrictApp, StrictTransport
from hub.streams.consumer import StrictConsumer

TOO_LARGE = b"x" * 5000
"""More than the output topic takes."""


def say(*words: object) -> None:
    print(*words, flush=True)


class Agent:
    def __init__(self, app: Any, given: dict[str, Any]) -> None:
        self.app = app
        self.case = given["case"]
        self.strict = given["layer"] == "strict"
        self.output = given["output"]
        self.slow_seconds = given.get("slow_seconds", 0.0)

    async def run(self, stream: Any) -> AsyncIterator[None]:
        if self.case == "batch":
            async for _ in stream.take_events(20, within=0.5):
                raise ValueError("one record of the batch is bad")
        if self.case == "out-of-order":
            stream = stream.noack()
        async for event in stream.events():
            await self.handle(stream, event)
            yield

    async def handle(self, stream: Any, event: Any) -> None:
        message = event.message
        say("begun", message.partition, message.offset)
        if message.value == b"slow":
            await asyncio.sleep(self.slow_seconds)
        if self.case == "error" and message.offset == 5:
            raise ValueError("a bad record")
        if self.case == "out-of-order" and message.offset == 5:
            return  # still being worked on while the others are finished
        if self.case == "send":
            await self.send(message)
        say("done", message.partition, message.offset)
        if self.strict:
            self.app.consumer.finish([message])
        elif self.case == "out-of-order":
            await stream.ack(event)

    async def send(self, message: Any) -> None:
        """Send as each layer has it: plain Faust only schedules, the layer waits."""
        if self.strict:
            await (
                await self.app.producer.send(
                    self.output, message.key, TOO_LARGE, message.partition, None, None
                )
            )
        else:
            await self.app.topic(self.output, value_serializer="raw").send(value=TOO_LARGE)


class SlowSeek:
    """Widens the gap between setting positions and emptying queues, which is a race otherwise.

    The gap lasts until input comes in it, or for `gap_seconds` where none does.
    """

    input_topic: str
    gap_seconds: float
    fetched = False

    async def perform_seek(self) -> None:
        await super().perform_seek()  # type: ignore[misc]
        ends = time.monotonic() + self.gap_seconds
        while not self.fetched and time.monotonic() < ends:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)

    async def getmany(self, timeout: float) -> Any:
        async for item in super().getmany(timeout):  # type: ignore[misc]
            if item[0].topic == self.input_topic:
                type(self).fetched = True
            yield item


class LongFetch:
    """Lets a fetch wait so long that it lasts over a rebalance, which is a race otherwise."""

    def getmany(self, timeout: float) -> Any:
        return super().getmany(timeout=8.0)  # type: ignore[misc]


WIDENED = {"fetch-during-seek": SlowSeek, "rebalance": LongFetch}


def transport(given: dict[str, Any]) -> type[Any]:
    """Return the transport of a layer, with the gap of a race widened for its case."""
    layer = given["layer"]
    base, consumer = (
        (StrictTransport, StrictConsumer)
        if layer == "strict"
        else (driver.Transport, driver.Consumer)
    )
    wide = WIDENED.get(given["case"])
    parts = (consumer,) if wide is None else (wide, consumer)
    gap = {"input_topic": given["input"], "gap_seconds": 2.0 if layer == "strict" else 20.0}
    return type("Transport", (base,), {"Consumer": type("Consumer", parts, gap)})


def application(given: dict[str, Any], folder: Path) -> Any:
    base = StrictApp if given["layer"] == "strict" else faust.App

    class App(base):  # type: ignore[misc, valid-type]
        def _new_transport(self) -> Any:
            return transport(given)(self.conf.broker_consumer, self)

    return App(
        given["group"],
        **{
            **FIXED_SETTINGS,
            "broker": f"kafka://{given['bootstrap']}",
            "table_standby_replicas": 0,
            "topic_partitions": given["partitions"],
            "broker_commit_interval": 0.5,
            "broker_session_timeout": 10.0,
            "broker_heartbeat_interval": 0.5,
            "broker_request_timeout": 30.0,
            "stream_recovery_delay": given.get("recovery_delay_seconds", 0.0),
            "datadir": folder,
        },
    )


async def main(given: dict[str, Any], folder: Path) -> int:
    app = application(given, folder)
    raw = {"key_serializer": "raw", "value_serializer": "raw"}
    topic = app.topic(given["input"], key_type=bytes, value_type=bytes, **raw)
    app.agent(topic, name="agent")(Agent(app, given).run)
    if given["case"] == "fetch-during-seek":
        app.Table("tab", partitions=1, key_type=bytes, value_type=bytes)
    app.on_partitions_assigned.connect(_say_assigned, weak=False)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    starting = asyncio.ensure_future(app.start())
    while not stopping.is_set():
        if starting.done() and starting.exception() is not None:
            starting.result()
        await asyncio.sleep(0.05)
    await app.stop()
    return 0


async def _say_assigned(app: Any, assigned: Any, **_: Any) -> None:
    say("assigned", len(assigned))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as datadir:
        sys.exit(asyncio.run(main(json.loads(sys.argv[1]), Path(datadir))))
