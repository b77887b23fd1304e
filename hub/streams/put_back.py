"""Telling a dead letter that was put back from a second writer, where a stage writes alone."""

from __future__ import annotations

from hub.contracts.dead_letters import was_put_back
from hub.kafka.client_config import KafkaConnection
from hub.kafka.reader import read_compacted


def put_back_only(
    connection: KafkaConnection, topic: str, partition: int, first: int, end: int
) -> bool:
    """Tell whether all records from `first` up to `end` were put back by a person.

    :raises HubError: when they cannot be read
    """
    records = read_compacted(
        connection, topic, partition, since=first, until=end, with_headers=True
    )
    return all(was_put_back(record.headers) for record in records)
