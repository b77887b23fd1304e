"""A TCP proxy that can be cut, as a network between a worker and the brokers can.

While it is cut nothing passes and nobody is told: connections stay open, bytes wait. When it heals
they arrive, late, as retransmitted packets do. That is the hard case: a worker that was put out of
its group has sent records that the brokers have not seen yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping

HOST = "127.0.0.1"


class Proxy:
    """Forwards ports, in a thread of its own, until stopped."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        self._ports = dict(ports)
        self._loop = asyncio.new_event_loop()
        self._open: asyncio.Event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()
        if not self._listening.wait(10):
            raise AssertionError("the proxy does not listen")

    def cut(self) -> None:
        """Let nothing pass until healed."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def heal(self) -> None:
        """Let everything pass that waits, and what comes."""
        self._loop.call_soon_threadsafe(self._open.set)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._open.set()
        self._loop.run_until_complete(self._listen())
        self._listening.set()
        self._loop.run_forever()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))

    async def _listen(self) -> None:
        for outer, inner in self._ports.items():
            await asyncio.start_server(lambda r, w, to=inner: self._serve(r, w, to), HOST, outer)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: int
    ) -> None:
        await self._open.wait()
        try:
            inner_reader, inner_writer = await asyncio.open_connection(HOST, to)
        except OSError:  # the node is down: refuse, as its own port would
            writer.close()
            return
        for one, other in ((reader, inner_writer), (inner_reader, writer)):
            task = asyncio.ensure_future(self._pump(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                await self._open.wait()
                writer.write(chunk)
                await writer.drain()
        await self._open.wait()
        writer.close()
