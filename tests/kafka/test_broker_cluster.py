"""Three nodes that replicate: what is acknowledged survives the loss of one of them."""

from __future__ import annotations

import pytest

from hub.broker import Cluster
from hub.contracts.catalogue import load_catalogue
from hub.errors import RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from tests.support.brokers import process_exists
from tests.support.topics import record

pytestmark = [pytest.mark.kafka, pytest.mark.cluster]


def test_acknowledged_records_survive_killed_nodes_and_too_few_nodes_take_none(
    cluster: Cluster, cluster_connection: KafkaConnection
) -> None:
    catalogue = load_catalogue("cluster.")
    topic = catalogue.topic("reference")
    made = topics.ensure(cluster_connection, catalogue).missing
    assert {one.replicas for one in made} == {3}
    assert {one.config["min.insync.replicas"] for one in made} == {"2"}

    with Producer(cluster_connection, catalogue) as producer:
        producer.publish([record("reference", "three-nodes")])
        killed = cluster.pids[0]
        cluster.kill(0)
        producer.publish([record("reference", "two-nodes")])

    assert not process_exists(killed)
    keys = [one.key for one in read_compacted(cluster_connection, topic, 0)]
    assert keys == [b"three-nodes", b"two-nodes"]

    cluster.kill(1)
    alone = Producer(cluster_connection, catalogue, delivery_timeout_s=3.0)
    with pytest.raises(RetryableError, match="one-node"):
        alone.publish([record("reference", "one-node")])

    cluster.restart(0)
    cluster.restart(1)
    with Producer(cluster_connection, catalogue) as producer:
        producer.publish([record("reference", "again-three")])
    keys = [one.key for one in read_compacted(cluster_connection, topic, 0)]
    assert (keys[:2], keys[-1]) == ([b"three-nodes", b"two-nodes"], b"again-three")
    assert topics.plan(cluster_connection, catalogue).lines() == ()
