"""The embedded Kafka, really started."""

from __future__ import annotations

import pytest
from confluent_kafka.admin import AdminClient

from hub.kafka.client_config import KafkaConnection, client_options

pytestmark = pytest.mark.kafka


def test_the_broker_of_the_run_answers_a_client(connection: KafkaConnection, prefix: str) -> None:
    brokers = AdminClient(client_options(connection)).list_topics(timeout=20).brokers

    assert len(brokers) >= 1
    assert prefix.endswith(".")
