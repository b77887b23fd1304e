"""Errors of Kafka in the hub's words: by what the caller does next."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from hub.errors import ConfigurationError, ContractError, HubError, RetryableError
from hub.kafka.failures import Noticed, hub_error, hub_error_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError._MSG_TIMED_OUT, RetryableError),
        (KafkaError._ALL_BROKERS_DOWN, RetryableError),
        (KafkaError.NOT_ENOUGH_REPLICAS, RetryableError),
        (KafkaError.NOT_LEADER_FOR_PARTITION, RetryableError),
        (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, RetryableError),
        (KafkaError.NOT_COORDINATOR, RetryableError),
        (KafkaError.UNKNOWN_MEMBER_ID, RetryableError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, ConfigurationError),
        (KafkaError._AUTHENTICATION, ConfigurationError),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, ConfigurationError),
        (KafkaError._UNKNOWN_TOPIC, ConfigurationError),
        (KafkaError.INVALID_RECORD, ContractError),
    ],
)
def test_an_error_is_named_by_what_the_caller_does_next(code: int, kind: type[HubError]) -> None:
    error = hub_error(KafkaError(code), "hub.reference key 'goal:1'")

    assert type(error) is kind
    assert str(error).startswith("hub.reference key 'goal:1': came ")


def test_a_fatal_error_stops_even_if_its_code_could_be_tried_again() -> None:
    fatal = KafkaError(KafkaError._TIMED_OUT, "fenced", fatal=True)

    assert type(hub_error(fatal, "here")) is ContractError


def test_an_error_hidden_in_a_system_error_is_named() -> None:
    hiding = SystemError("returned a result with an exception set")
    hiding.__cause__ = KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED))

    error = hub_error_of(hiding, "hub.reference")

    assert type(error) is ConfigurationError
    assert "authorization" in str(error).lower()


def test_a_system_error_without_a_cause_stops_with_what_was_noticed() -> None:
    noticed = Noticed()
    noticed(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "may not write", fatal=True))

    assert type(hub_error_of(SystemError("?"), "hub.reference")) is ContractError
    assert "may not write" in str(hub_error_of(SystemError("?"), "hub.reference", noticed=noticed))


def test_a_refused_password_explains_the_time_out_that_follows() -> None:
    noticed = Noticed()
    noticed(KafkaError(KafkaError._AUTHENTICATION, "wrong password"))
    noticed(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))

    error = hub_error(KafkaError(KafkaError._TRANSPORT), "topics", noticed=noticed)

    assert type(error) is ConfigurationError
    assert "wrong password" in str(error)


def test_a_time_out_tells_what_was_last_noticed() -> None:
    noticed = Noticed()
    noticed(KafkaError(KafkaError._TRANSPORT, "connection refused"))

    error = hub_error(KafkaError(KafkaError._MSG_TIMED_OUT), "here", noticed=noticed)

    assert type(error) is RetryableError
    assert "(connection refused)" in str(error)


def test_what_was_noticed_does_not_hide_an_error_that_speaks_for_itself() -> None:
    noticed = Noticed()
    noticed(KafkaError(KafkaError._AUTHENTICATION, "wrong password"))

    error = hub_error(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), "here", noticed=noticed)

    assert "hub topics apply" in str(error)
