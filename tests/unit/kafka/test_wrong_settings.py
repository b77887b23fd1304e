"""Settings that no Kafka client can have are a matter of configuration, whatever is opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.contracts.catalogue import load_catalogue
from hub.errors import ConfigurationError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.follower import Follower
from hub.kafka.offsets import EndOffsets
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted

ABSENT_CA = KafkaConnection(
    bootstrap="kafka:9093", security_protocol="SSL", ca_file="/absent/ca.pem"
)
UNKNOWN_MECHANISM = KafkaConnection(
    bootstrap="kafka:9093",
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-MD5",
    sasl_username="hub",
    sasl_password="open sesame",
)


@pytest.mark.parametrize("connection", [ABSENT_CA, UNKNOWN_MECHANISM], ids=["ca", "mechanism"])
@pytest.mark.parametrize(
    "use",
    [
        lambda connection: Producer(connection, load_catalogue()),
        lambda connection: topics.plan(connection, load_catalogue()),
        lambda connection: list(read_compacted(connection, "hub.facets", 0)),
        lambda connection: Follower(connection, [("hub.facets", 0)]),
        EndOffsets,
    ],
    ids=["producer", "topics", "reader", "follower", "offsets"],
)
def test_wrong_security_settings_are_named_with_the_address(
    use: Callable[[KafkaConnection], object], connection: KafkaConnection
) -> None:
    with pytest.raises(ConfigurationError, match="Kafka connection to kafka:9093: came ") as caught:
        use(connection)

    assert "open sesame" not in str(caught.value)
