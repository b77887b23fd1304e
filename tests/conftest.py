"""Fixtures that every test may use: a real Kafka, one per run, and a topic prefix per test.

A broker that does not start ends the run with an error. It never skips tests: a suite that skipped
its Kafka tests reads as green.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from hub.broker import Cluster
from hub.errors import HubError
from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import broker_of_this_run, three_nodes

NO_BROKER_EXIT_CODE = 3


@pytest.fixture(scope="session")
def bootstrap() -> Iterator[str]:
    """Give the address of the broker of this run."""
    running = broker_of_this_run()
    try:
        address = running.__enter__()
    except HubError as error:
        pytest.exit(f"no Kafka for the tests: {error}", returncode=NO_BROKER_EXIT_CODE)
    yield address
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def connection(bootstrap: str) -> KafkaConnection:
    """Give the connection to the broker of this run."""
    return KafkaConnection(bootstrap=bootstrap)


@pytest.fixture
def prefix(connection: KafkaConnection) -> Iterator[str]:
    """Give a topic prefix of this test's own; its topics are removed afterwards."""
    own = f"t{uuid.uuid4().hex[:8]}."
    yield own
    _remove_topics(connection, own)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Give three nodes for the tests of one module, all of them running at its start."""
    with three_nodes() as nodes:
        yield nodes


@pytest.fixture
def cluster_connection(cluster: Cluster) -> KafkaConnection:
    """Give the connection to the three nodes."""
    return KafkaConnection(bootstrap=cluster.bootstrap)


def _remove_topics(connection: KafkaConnection, prefix: str) -> None:
    from confluent_kafka.admin import AdminClient  # not loaded for a run without a broker

    admin = AdminClient(client_options(connection))
    left = [name for name in admin.list_topics(timeout=30).topics if name.startswith(prefix)]
    if left:
        for done in admin.delete_topics(left, operation_timeout=30).values():
            done.result()
