"""Fixtures that every test may use: a real Kafka, one per run, and a topic prefix per test.

A broker that does not start is an error of every test that needs it. It never skips them: a suite
that skipped its Kafka tests reads as green.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator

import pytest

from hub.broker import Cluster
from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import broker_of_this_run, three_nodes

SKIPS_FAIL = os.environ.get("HUB_NO_SKIP") == "1"
"""Set where everything must run: a test that is skipped there was not shown to pass."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything must run."""
    report = yield
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"HUB_NO_SKIP is set, and this test was skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def bootstrap() -> Iterator[str]:
    """Give the address of the broker of this run."""
    with broker_of_this_run() as address:
        yield address


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
