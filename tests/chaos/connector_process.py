"""`hub connect run tabular` as a process of its own; conditions come as JSON, its only argument."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from hub.cli import main


def begin(given: dict[str, Any]) -> None:
    os.environ |= {
        "HUB_BOOTSTRAP_SERVERS": given["bootstrap"],
        "HUB_TOPIC_PREFIX": given["prefix"],
        "HUB_PROGRAMMES": json.dumps({f"p{n}": n for n in range(given["partitions"])}),
        "HUB_HTTP_PORT": str(given["http_port"]),
        "HUB_LOG_FORMAT": "json",
    }
    sys.argv = ["hub", "connect", "run", "tabular", "--settings", given["settings"]]
    main()


if __name__ == "__main__":
    begin(json.loads(sys.argv[1]))
