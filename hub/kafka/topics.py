"""Comparing the topic catalogue with a broker, and creating what is missing.

A topic that differs from the catalogue is reported and never altered: changing the clean-up or the
partitions of a topic that holds history is a decision of a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ClusterMetadata,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
    TopicMetadata,
)

from hub.contracts.catalogue import Catalogue, TopicSpec
from hub.errors import HubError, RetryableError
from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.failures import Noticed, hub_error_of, opened

ANSWER_TIMEOUT_S = 20.0
VISIBLE_TIMEOUT_S = 30.0
MOST_REPLICAS = 3

_POLL_S = 0.05
_LOOK_S = 2.0


@dataclass(frozen=True, slots=True)
class MissingTopic:
    """A topic to create, with its full name and everything it will have."""

    topic: str
    partitions: int
    replicas: int
    config: Mapping[str, str]

    def __str__(self) -> str:
        """Return one readable line."""
        partitions = f"{self.partitions} partition{'' if self.partitions == 1 else 's'}"
        config = ", ".join(f"{name}={value}" for name, value in sorted(self.config.items()))
        return f"create {self.topic}: {partitions}, replication {self.replicas}, {config}"


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which a topic on the broker differs from the catalogue."""

    topic: str
    what: str
    came: str
    expected: str

    def __str__(self) -> str:
        """Return one readable line."""
        return (
            f"differs {self.topic}: {self.what} is {self.came}; the catalogue has {self.expected}"
        )


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """What a broker lacks, and where it differs."""

    missing: tuple[MissingTopic, ...]
    drift: tuple[Drift, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the plan as readable lines; none when the broker is as the catalogue says."""
        return (*map(str, self.missing), *map(str, self.drift))


@dataclass(frozen=True, slots=True)
class _Found:
    """A topic as it is on the broker."""

    partitions: int
    replicas: int
    config: Mapping[str, str]


def plan(
    connection: KafkaConnection,
    catalogue: Catalogue,
    *,
    programme_partitions: int = 1,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> TopicPlan:
    """Compare the catalogue with the broker and change nothing.

    :raises RetryableError: when the broker does not answer
    :raises ConfigurationError: when the broker does not let us in
    """
    return _Broker(connection, answer_timeout_s).compared(catalogue, programme_partitions)


def apply(
    connection: KafkaConnection,
    planned: TopicPlan,
    *,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> tuple[str, ...]:
    """Create the missing topics of a plan and return the names of those created.

    Returns once every broker can be asked for them. A topic that somebody else created meanwhile is
    left as it is.

    :raises RetryableError: when the broker does not answer in time
    :raises ConfigurationError: when we may not create topics
    """
    return _Broker(connection, answer_timeout_s).create(planned.missing)


def ensure(
    connection: KafkaConnection,
    catalogue: Catalogue,
    *,
    programme_partitions: int = 1,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> TopicPlan:
    """Create what is missing, and return what was missing together with all that differs.

    :raises RetryableError: when the broker does not answer in time
    :raises ConfigurationError: when the broker does not let us in or create topics
    """
    broker = _Broker(connection, answer_timeout_s)
    planned = broker.compared(catalogue, programme_partitions)
    if len(broker.create(planned.missing)) == len(planned.missing):
        return planned
    drift = broker.compared(catalogue, programme_partitions).drift  # somebody else was first
    return TopicPlan(planned.missing, drift)


def grow(
    connection: KafkaConnection,
    catalogue: Catalogue,
    *,
    programme_partitions: int,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> tuple[str, ...]:
    """Add partitions for new programmes and return the names of the topics that got some.

    Only for topics with one partition per programme: writers name the partition there, so no record
    changes its place. Partitions are never taken away.

    :raises RetryableError: when the broker does not answer in time
    :raises ConfigurationError: when we may not alter topics
    """
    broker = _Broker(connection, answer_timeout_s)
    return broker.grow(catalogue, programme_partitions)


class _Broker:
    """The administration side of the brokers, with errors in the hub's words."""

    def __init__(self, connection: KafkaConnection, answer_timeout_s: float) -> None:
        self._where = f"topics of {connection.bootstrap}"
        self._timeout_s = answer_timeout_s
        self._noticed = Noticed()
        self._admin = opened(AdminClient, client_options(connection), noticed=self._noticed)

    def compared(self, catalogue: Catalogue, programme_partitions: int) -> TopicPlan:
        cluster = self._cluster()
        replicas = min(MOST_REPLICAS, len(cluster.brokers))
        wanted = [_wanted(spec, catalogue, programme_partitions, replicas) for spec in catalogue]
        found = self._found(cluster, [one.topic for one in wanted])
        return TopicPlan(
            missing=tuple(one for one in wanted if one.topic not in found),
            drift=tuple(
                drift
                for one in wanted
                if one.topic in found
                for drift in _differences(one, found[one.topic])
            ),
        )

    def create(self, missing: Sequence[MissingTopic]) -> tuple[str, ...]:
        """Create topics, wait until clients can use them, and return those that we created."""
        if not missing:
            return ()
        new = [
            NewTopic(one.topic, one.partitions, one.replicas, config=dict(one.config))
            for one in missing
        ]
        answers = self._admin.create_topics(
            new, operation_timeout=self._timeout_s, request_timeout=self._timeout_s
        )
        created = tuple(topic for topic, answer in answers.items() if self._is_ours(topic, answer))
        self._wait_until_visible({one.topic: 1 for one in missing})
        return created

    def grow(self, catalogue: Catalogue, programme_partitions: int) -> tuple[str, ...]:
        """Add partitions to topics of programmes that have too few, and wait until they serve."""
        known = self._cluster().topics
        topics = [catalogue.topic(spec.name) for spec in catalogue if spec.partitions_of_programme]
        too_small = [
            topic
            for topic in topics
            if topic in known and len(known[topic].partitions) < programme_partitions
        ]
        if too_small:
            wanted = [NewPartitions(topic, programme_partitions) for topic in too_small]
            answers = self._admin.create_partitions(
                wanted, operation_timeout=self._timeout_s, request_timeout=self._timeout_s
            )
            for topic, answer in answers.items():
                try:
                    answer.result()
                except KafkaException as error:
                    raise self._error(error, f"adding partitions to {topic}") from error
            self._wait_until_visible(dict.fromkeys(too_small, programme_partitions))
        return tuple(too_small)

    def _is_ours(self, topic: str, answer: Future[None]) -> bool:
        try:
            answer.result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            raise self._error(error, f"creating {topic}") from error
        return True

    def _wait_until_visible(self, partitions: Mapping[str, int]) -> None:
        """Return once that many partitions per topic have a leader that clients are told of."""
        deadline = time.monotonic() + VISIBLE_TIMEOUT_S
        while True:
            known = self._cluster().topics
            waiting = sorted(
                topic
                for topic, count in partitions.items()
                if not _has_leaders(known.get(topic), count)
            )
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"{self._where}: {', '.join(waiting)} without a leader after "
                    f"{VISIBLE_TIMEOUT_S:.0f} s; expected one per partition; check the brokers"
                )
            time.sleep(_POLL_S)

    def _found(self, cluster: ClusterMetadata, names: list[str]) -> dict[str, _Found]:
        """Return those of the topics that exist."""
        present = [name for name in names if name in cluster.topics]
        if not present:
            return {}
        configs: dict[str, dict[str, str]] = {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in present]
        answers = self._admin.describe_configs(resources, request_timeout=self._timeout_s)
        for resource, answer in answers.items():
            try:
                entries = answer.result()
            except KafkaException as error:
                raise self._error(error, resource.name) from error
            configs[resource.name] = {name: str(entry.value) for name, entry in entries.items()}
        return {
            name: _Found(
                partitions=len(cluster.topics[name].partitions),
                replicas=_replicas(cluster.topics[name]),
                config=configs[name],
            )
            for name in present
        }

    def _cluster(self) -> ClusterMetadata:
        """Return what the brokers know, waiting no longer once they refused to let us in."""
        deadline = time.monotonic() + self._timeout_s
        while True:
            left = deadline - time.monotonic()
            try:
                return self._admin.list_topics(timeout=max(0.1, min(left, _LOOK_S)))
            except KafkaException as error:
                failure = self._error(error)
                if not isinstance(failure, RetryableError) or left <= _LOOK_S:
                    raise failure from error

    def _error(self, error: KafkaException, doing: str = "") -> HubError:
        self._admin.poll(0)  # what the client noticed is told from here
        where = f"{self._where}: {doing}" if doing else self._where
        return hub_error_of(error, where, noticed=self._noticed)


def _wanted(
    spec: TopicSpec, catalogue: Catalogue, programme_partitions: int, replicas: int
) -> MissingTopic:
    """Return the topic as it should be; with three copies a write needs two."""
    return MissingTopic(
        topic=catalogue.topic(spec.name),
        partitions=spec.partitions(programme_partitions),
        replicas=replicas,
        config={**spec.config, "min.insync.replicas": str(max(1, replicas - 1))},
    )


def _differences(wanted: MissingTopic, found: _Found) -> Iterator[Drift]:
    if found.partitions != wanted.partitions:
        yield Drift(
            wanted.topic, "number of partitions", str(found.partitions), str(wanted.partitions)
        )
    if found.replicas < wanted.replicas:
        yield Drift(
            wanted.topic, "replication factor", str(found.replicas), f"{wanted.replicas} or more"
        )
    for name, value in wanted.config.items():
        came = found.config.get(name, "unknown")
        if came != value:
            yield Drift(wanted.topic, name, came, value)


def _replicas(topic: TopicMetadata) -> int:
    return min((len(partition.replicas) for partition in topic.partitions.values()), default=0)


def _has_leaders(topic: TopicMetadata | None, partitions: int) -> bool:
    return (
        topic is not None
        and len(topic.partitions) >= partitions
        and all(partition.leader >= 0 for partition in topic.partitions.values())
    )
