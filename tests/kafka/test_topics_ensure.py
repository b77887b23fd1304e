"""Topics are created as the catalogue says, and what differs is reported and left alone."""

from __future__ import annotations

import dataclasses

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.errors import RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import wait_until
from tests.support.topics import make_topic

pytestmark = pytest.mark.kafka


@pytest.fixture
def catalogue(prefix: str) -> Catalogue:
    return load_catalogue(prefix)


def test_a_plan_for_an_empty_broker_lists_every_topic_and_creates_none(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    planned = topics.plan(connection, catalogue)

    assert len(planned.lines()) == len(list(catalogue))
    assert not planned.drift
    assert topics.plan(connection, catalogue) == planned


def test_topics_are_created_once_and_then_match_the_catalogue(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    first = topics.ensure(connection, catalogue, programme_partitions=3)
    second = topics.ensure(connection, catalogue, programme_partitions=3)

    made = AdminClient(client_options(connection)).list_topics(timeout=20).topics
    assert len(first.missing) == len(list(catalogue))
    assert second.lines() == ()
    assert len(made[catalogue.topic("conflicts")].partitions) == 3
    assert len(made[catalogue.topic("dead-letters")].partitions) == 1


def test_only_what_is_missing_is_created(connection: KafkaConnection, catalogue: Catalogue) -> None:
    spec = catalogue.spec("reference")
    config = {**spec.config, "min.insync.replicas": "1"}
    make_topic(connection, catalogue.topic("reference"), config=config)

    created = topics.apply(connection, topics.plan(connection, catalogue))

    assert len(created) == len(list(catalogue)) - 1
    assert catalogue.topic("reference") not in created


def test_a_topic_that_differs_is_reported_and_not_altered(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    topics.ensure(connection, catalogue)
    shorten_retention(connection, catalogue.topic("plan-changes"))

    lines = topics.ensure(connection, catalogue, programme_partitions=2).lines()

    name = catalogue.topic("plan-changes")
    assert f"differs {name}: number of partitions is 1; the catalogue has 2" in lines
    assert f"differs {name}: retention.ms is 60000; the catalogue has -1" in lines
    assert topics.plan(connection, catalogue, programme_partitions=2).lines() == lines


def test_new_programmes_get_partitions_when_asked_for_and_none_are_taken_away(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    topics.ensure(connection, catalogue, programme_partitions=1)

    grown = topics.grow(connection, catalogue, programme_partitions=3)

    assert set(grown) == {
        catalogue.topic(spec.name) for spec in catalogue if spec.partitions_of_programme
    }
    assert topics.plan(connection, catalogue, programme_partitions=3).lines() == ()
    assert topics.grow(connection, catalogue, programme_partitions=2) == ()


def test_a_topic_made_by_somebody_else_in_between_is_compared_too(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    stale = topics.plan(connection, catalogue)
    make_topic(connection, catalogue.topic("facets"), partitions=2)

    created = topics.apply(connection, stale)

    assert catalogue.topic("facets") not in created
    assert any(
        "facets: cleanup.policy" in line for line in topics.plan(connection, catalogue).lines()
    )


def test_a_broker_that_is_away_is_named(connection: KafkaConnection, catalogue: Catalogue) -> None:
    away = dataclasses.replace(connection, bootstrap="127.0.0.1:1")

    with pytest.raises(RetryableError, match=r"topics of 127\.0\.0\.1:1"):
        topics.plan(away, catalogue, answer_timeout_s=1.0)


def shorten_retention(connection: KafkaConnection, topic: str) -> None:
    """Alter a topic behind the catalogue's back; the broker shows it a moment after it said so."""
    entry = ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient(client_options(connection))
    for done in admin.incremental_alter_configs([resource]).values():
        done.result()

    def shown() -> bool:
        asked = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])
        return any(found.result()["retention.ms"].value == "60000" for found in asked.values())

    wait_until(shown, f"{topic} shows its new retention")
