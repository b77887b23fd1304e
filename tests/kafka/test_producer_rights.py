"""What a user may not do on the broker is named as such, not as a crash of the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from hub.contracts.catalogue import load_catalogue
from hub.errors import ConfigurationError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from tests.support.brokers import broker_with_users
from tests.support.topics import record

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def secured() -> Iterator[KafkaConnection]:
    """Give the administrator's connection to a broker on which `reader` may only read."""
    with broker_with_users("admin", "reader", "stranger") as bootstrap:
        admin = as_user(KafkaConnection(bootstrap=bootstrap), "admin")
        topics.ensure(admin, load_catalogue())
        allow_reading(admin, "reader")
        yield admin


def as_user(connection: KafkaConnection, user: str, password: str | None = None) -> KafkaConnection:
    return KafkaConnection(
        bootstrap=connection.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_username=user,
        sasl_password=password or f"{user}-password",
    )


def allow_reading(admin: KafkaConnection, user: str) -> None:
    rights = [
        AclBinding(
            ResourceType.TOPIC,
            "hub.",
            ResourcePatternType.PREFIXED,
            f"User:{user}",
            "*",
            AclOperation.READ,
            AclPermissionType.ALLOW,
        )
    ]
    client = AdminClient(client_options(admin))
    for done in client.create_acls(rights).values():
        done.result()


def test_a_user_who_may_only_read_is_told_so_when_publishing(secured: KafkaConnection) -> None:
    producer = Producer(as_user(secured, "reader"), load_catalogue(), delivery_timeout_s=10)

    with pytest.raises(ConfigurationError, match="what this user may do"):
        producer.publish([record("reference", "goal:1")])


def test_a_user_who_may_only_read_can_restore(secured: KafkaConnection) -> None:
    with Producer(secured, load_catalogue()) as producer:
        producer.publish([record("decisions", "C01:a|b")])

    read = read_compacted(as_user(secured, "reader"), "hub.decisions", 0)

    assert [one.key for one in read] == [b"C01:a|b"]


def test_a_user_without_rights_is_told_so_when_reading(secured: KafkaConnection) -> None:
    with pytest.raises(ConfigurationError, match=r"hub\.decisions partition 0"):
        list(read_compacted(as_user(secured, "stranger"), "hub.decisions", 0))


def test_a_wrong_password_is_told_without_showing_it(secured: KafkaConnection) -> None:
    wrong = as_user(secured, "admin", "not-the-password")

    with pytest.raises(ConfigurationError, match="security settings") as caught:
        topics.plan(wrong, load_catalogue(), answer_timeout_s=5)

    assert "not-the-password" not in str(caught.value)
