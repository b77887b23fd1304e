"""Following topics, asking how far a group is, and removing the topics of a trial."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.errors import ConfigurationError, RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.follower import Follower
from hub.kafka.group_progress import GroupProgress
from hub.kafka.producer import Producer
from hub.kafka.removal import remove_topics
from tests.support.brokers import wait_until
from tests.support.topics import record

pytestmark = pytest.mark.kafka


@pytest.fixture
def catalogue(connection: KafkaConnection, prefix: str) -> Catalogue:
    made = load_catalogue(prefix)
    topics.ensure(connection, made)
    return made


def publish(connection: KafkaConnection, catalogue: Catalogue, topic: str, *keys: str) -> None:
    with Producer(connection, catalogue) as producer:
        producer.publish(record(topic, key) for key in keys)


@contextmanager
def following(
    connection: KafkaConnection, catalogue: Catalogue, *names: str
) -> Iterator[tuple[Follower, list[bytes | None]]]:
    """Give a follower and the keys it has read; `take` adds to them."""
    with Follower(connection, [(catalogue.topic(name), 0) for name in names]) as follower:
        yield follower, []


def read_on(follower: Follower, keys: list[bytes | None], count: int) -> None:
    def came() -> bool:
        keys.extend(one.key for one in follower.poll(0.1))
        return len(keys) >= count

    wait_until(came, f"{count} records")


def unread(follower: Follower) -> int | None:
    """Return what lies ahead, None while a topic that was just made cannot be asked yet."""
    try:
        return follower.unread()
    except RetryableError:
        return None


def test_a_follower_reads_what_is_there_and_then_what_comes(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    publish(connection, catalogue, "conflicts", "a", "b")

    with following(connection, catalogue, "conflicts", "opportunities") as (follower, keys):
        read_on(follower, keys, 2)
        publish(connection, catalogue, "opportunities", "c")
        read_on(follower, keys, 3)

    assert keys == [b"a", b"b", b"c"]


def test_a_follower_knows_what_it_has_not_read(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    with following(connection, catalogue, "conflicts", "opportunities") as (follower, keys):
        wait_until(lambda: unread(follower) == 0, "the new topics have their leaders")
        publish(connection, catalogue, "conflicts", "a", "b")
        publish(connection, catalogue, "opportunities", "c")
        assert unread(follower) == 3

        read_on(follower, keys, 3)

        assert unread(follower) == 0


def test_following_a_topic_that_is_not_there_is_refused(
    connection: KafkaConnection, prefix: str
) -> None:
    missing = load_catalogue(prefix)

    with (
        following(connection, missing, "conflicts") as (follower, _),
        pytest.raises(ConfigurationError, match="hub topics apply"),
    ):
        follower.unread()


def test_a_group_is_behind_by_what_it_has_not_committed(
    connection: KafkaConnection, catalogue: Catalogue, prefix: str
) -> None:
    topic = catalogue.topic("conflicts")
    publish(connection, catalogue, "conflicts", "a", "b", "c")

    with GroupProgress(connection, f"{prefix}detect") as progress:
        assert progress.behind(topic, 0) == 3

        member = Consumer({**client_options(connection), "group.id": f"{prefix}detect"})
        member.commit(offsets=[TopicPartition(topic, 0, 2)], asynchronous=False)
        member.close()

        assert progress.behind(topic, 0) == 1


def test_removing_a_trial_takes_its_topics_and_no_others(
    connection: KafkaConnection, catalogue: Catalogue, prefix: str
) -> None:
    trial = load_catalogue(f"{prefix.removesuffix('.')}-trial.")
    topics.ensure(connection, trial)

    removed = remove_topics(connection, trial)

    admin = AdminClient(client_options(connection))
    assert removed == tuple(trial.topic(spec.name) for spec in trial)
    wait_until(
        lambda: not set(removed) & set(admin.list_topics(timeout=30).topics), "they are gone"
    )
    assert catalogue.topic("conflicts") in admin.list_topics(timeout=30).topics
    assert remove_topics(connection, trial) == ()


def test_a_follower_may_begin_where_a_topic_ended(
    connection: KafkaConnection, catalogue: Catalogue
) -> None:
    publish(connection, catalogue, "conflicts", "a", "b")
    place = (catalogue.topic("conflicts"), 0)
    keys: list[bytes | None] = []

    with Follower(connection, [place], since={place: 2}) as follower:
        publish(connection, catalogue, "conflicts", "c")
        read_on(follower, keys, 1)

    assert keys == [b"c"]
