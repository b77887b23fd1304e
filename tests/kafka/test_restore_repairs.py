"""A lower revision behind a higher one: the higher is restored, and written again as it was."""

from __future__ import annotations

from hub.contracts.records import Record
from hub.kafka.client_config import KafkaConnection
from hub.streams.logic import RestoredTopic
from hub.streams.restore import Restorer
from tests.stream.harness import Topics

TOPICS = (RestoredTopic("facets"), RestoredTopic("programme", feeds_state=False))


def written(topic: str, key: str, revision: int) -> Record:
    headers = (
        ("ce_id", f"{key}@{revision}".encode()),
        ("ce_sequence", f"{revision:020d}".encode()),
        ("ce_time", b"2026-11-24T10:00:00Z"),
    )
    return Record(topic, key.encode(), f"{topic} {key} {revision}".encode(), headers, 0)


def test_the_higher_revision_is_written_again_with_its_value_and_all_its_headers(
    connection: KafkaConnection, prefix: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    higher = {name: written(name, "a", 3) for name in ("facets", "programme")}
    for name, record in higher.items():
        late = [written(name, "b", 1), written(name, "a", 2)]
        topics.publish([written(name, "a", 1), record, *late])
    restorer = Restorer(connection, topics.catalogue, TOPICS, no_progress_timeout_s=30)
    ends = restorer.ends([0], higher)[0]

    found = restorer.read(0, committed={}, ends=ends, stop=lambda: False)

    assert found.repairs == (higher["facets"], higher["programme"])
    assert {record.value for record in found.restored.records["facets"]} == {
        b"facets a 3",
        b"facets b 1",
    }
    assert list(found.restored.records) == ["facets"]
    assert found.without_records().restored.records == {}
