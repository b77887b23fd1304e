"""Runs the HTTP application in a thread of its own, beside the work of the process.

In a thread and not on the event loop of the work: a probe must be answered, and answered with
"not live", just when that loop has stopped turning.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from hub.errors import ConfigurationError

START_SECONDS = 10.0
STOP_SECONDS = 5.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Server:
    """A running HTTP server; `port` is the one it got when 0 was asked."""

    host: str
    port: int
    _uvicorn: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop answering and wait until the port is free; a second call does nothing."""
        self._uvicorn.should_exit = True
        self._thread.join(STOP_SECONDS)


def serve_in_thread(app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve an application until `stop`; returns when it answers.

    :raises ConfigurationError: if the address cannot be had
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="hub-http", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            server.should_exit = True
            raise ConfigurationError(
                f"http: {host}:{port} did not start within {START_SECONDS:.0f} s;"
                " expected a free address; choose another host or port"
            )
        time.sleep(_POLL_SECONDS)
    return Server(host, int(listener.getsockname()[1]), server, thread)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"http: cannot listen on {host}:{port} ({error}); expected a free port of this"
            " machine; choose another host or port"
        ) from None
    return listener
