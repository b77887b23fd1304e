"""A worker process that may reach its brokers and nothing else, as where every registry is down.

Conditions as for `worker_process`; `probe_port` lets it try an address that is not a broker's, to
show that it could not. Kafka's clients are told apart by their port.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

from tests.stream import worker_process

REFUSED = "a connection to something that is no broker"
PROBED = 99


def main() -> int:
    given = json.loads(sys.argv[1])
    ports = {int(place.rsplit(":", 1)[1]) for place in given["bootstrap"].split(",")}
    sys.addaudithook(_only(ports))
    if "probe_port" in given:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{given['probe_port']}/subjects", timeout=5)
        except OSError as error:
            print(error, file=sys.stderr)
            return PROBED
    return worker_process.main()


def _only(ports: set[int]) -> Any:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect" or not isinstance(arguments[1], tuple):
            return
        if arguments[1][1] not in ports:
            print(REFUSED, arguments[1], file=sys.stderr, flush=True)
            raise ConnectionRefusedError(REFUSED)

    return hook


if __name__ == "__main__":
    sys.exit(main())
