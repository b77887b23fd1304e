"""Topics for one test: a small catalogue, made on the broker of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from hub.contracts.records import Headers, Record
from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import wait_until

QUICK_COMPACTION = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.01",
    "segment.ms": "100",
    "delete.retention.ms": "100",
}
"""Clean-up begins as soon as a segment is closed, and the next record after 0.1 s closes it."""


def make_topic(
    connection: KafkaConnection,
    topic: str,
    *,
    partitions: int = 1,
    config: Mapping[str, str] | None = None,
) -> str:
    """Create one topic with any settings and return its name."""
    admin = AdminClient(client_options(connection))
    new = NewTopic(topic, partitions, 1, config=dict(config or {}))
    for done in admin.create_topics([new], operation_timeout=30).values():
        done.result()
    wait_until(lambda: _has_leaders(admin, topic, partitions), f"{topic} has its leaders")
    return topic


def ensure_changelog(bootstrap: str, topic: str, partitions: int) -> None:
    """Make the changelog of a Faust table, if nobody has yet; the broker says how many copies."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    new = NewTopic(topic, partitions, config={"cleanup.policy": "compact"})
    for made in admin.create_topics([new]).values():
        with contextlib.suppress(KafkaException):
            made.result()


def _has_leaders(admin: AdminClient, topic: str, partitions: int) -> bool:
    """Tell whether every partition is known to the brokers and has a leader."""
    found = admin.list_topics(topic, timeout=10).topics[topic].partitions
    return len(found) == partitions and all(one.leader >= 0 for one in found.values())


def record(
    topic: str,
    key: str,
    value: bytes = b"value",
    *,
    headers: Headers = (),
    partition: int = 0,
) -> Record:
    """Return a record of a catalogue topic."""
    return Record(topic, key.encode(), value, headers, partition)
