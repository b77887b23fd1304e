"""How clients connect, and that no password shows."""

from __future__ import annotations

from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.producer import producer_options

SECURED = KafkaConnection(
    bootstrap="kafka:9092",
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-512",
    sasl_username="hub",
    sasl_password="open sesame",
    ca_file="/etc/hub/ca.pem",
)


def test_a_password_is_used_and_never_shown() -> None:
    assert client_options(SECURED)["sasl.password"] == "open sesame"
    assert "open sesame" not in repr(SECURED)
    assert "open sesame" not in str(SECURED)


def test_a_plain_connection_sets_nothing_of_security() -> None:
    options = client_options(KafkaConnection(bootstrap="kafka:9092"))

    assert options["security.protocol"] == "PLAINTEXT"
    assert not [name for name in options if name.startswith(("sasl.", "ssl."))]


def test_a_producer_loses_and_doubles_nothing_and_finds_partitions_as_java_does() -> None:
    options = producer_options(SECURED, delivery_timeout_s=60)

    assert options["enable.idempotence"] is True
    assert options["acks"] == "all"
    assert options["partitioner"] == "murmur2_random"
    assert options["delivery.timeout.ms"] == 60_000
    assert options["ssl.ca.location"] == "/etc/hub/ca.pem"
