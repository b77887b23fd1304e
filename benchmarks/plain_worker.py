"""The same plan changes on plain Faust, without the strict layer: each is noted and passed on.

The last change of each work is kept in a Faust table, as a stage that remembers would have it. What
is not on the output topic at the end was lost. It is as patient with a send as the layer is.
Conditions as for the real worker.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import faust

from hub.contracts.catalogue import load_catalogue
from hub.kafka.client_config import KafkaConnection
from hub.streams.delivery import PATIENCE_SHARE
from hub.streams.faust_settings import faust_settings
from tests.support.topics import ensure_changelog

GROUP = "plain"


async def main(given: dict[str, Any], folder: Path) -> int:
    catalogue = load_catalogue(given["prefix"])
    member = given.get("worker_id")
    settings = faust_settings(
        KafkaConnection(bootstrap=given["bootstrap"]),
        session_timeout_seconds=given["session_timeout_seconds"],
        partitions=given["partitions"],
        datadir=folder,
        member_id=None if member is None else f"{member}-{GROUP}",
    )
    app = faust.App(
        catalogue.prefix + GROUP,
        **{
            **settings,
            "producer_request_timeout": PATIENCE_SHARE * given["session_timeout_seconds"],
        },
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        producer_acks=-1,
        table_standby_replicas=1,
    )
    raw = {"key_serializer": "raw", "value_serializer": "raw"}
    source = app.topic(catalogue.topic("plan-changes"), key_type=bytes, value_type=bytes, **raw)
    target = app.topic(catalogue.topic("programme"), key_type=bytes, value_type=bytes, **raw)

    ensure_changelog(
        given["bootstrap"], f"{catalogue.prefix}{GROUP}-last-changelog", given["partitions"]
    )
    last = app.Table("last", partitions=given["partitions"], key_type=bytes, value_type=bytes)

    async def pass_on(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            last[message.key] = message.value
            headers = message.headers
            pairs = list(headers.items() if isinstance(headers, dict) else headers or ())
            await target.send(
                key=message.key,
                value=message.value,
                partition=message.partition,
                headers=pairs,
            )

    app.agent(source, name=GROUP)(pass_on)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    starting = asyncio.ensure_future(app.start())
    await stopping.wait()
    starting.cancel()
    await app.stop()
    return 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as datadir:
        sys.exit(asyncio.run(main(json.loads(sys.argv[1]), Path(datadir))))
