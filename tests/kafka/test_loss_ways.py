"""The ways in which plain Faust loses records (L1-L4, L6, L7), and the layer that stops it.

Each way is shown twice with real processes: plain Faust commits past a record that was never done,
the layer does not. Without the first half a test would prove nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from hub.kafka.client_config import KafkaConnection, client_options
from hub.streams.exit_codes import FAULT
from tests.stream.harness import WorkerProcess
from tests.support.brokers import wait_until

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.loss_worker"
RECORDS = 20


@dataclass
class Place:
    """The topics of one test, and the worker it starts."""

    connection: KafkaConnection
    prefix: str
    partitions: int = 1
    _members: dict[str, Consumer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._admin = AdminClient(client_options(self.connection))
        self.input, self.output = f"{self.prefix}in", f"{self.prefix}out"
        self.group = f"{self.prefix}group"
        self._make(self.input, {})
        self._make(self.output, {"max.message.bytes": "1000"})
        self._make(f"{self.group}-tab-changelog", {"cleanup.policy": "compact"})

    def _make(self, name: str, config: dict[str, str]) -> None:
        new = NewTopic(name, self.partitions, 1, config=config)
        for made in self._admin.create_topics([new]).values():
            made.result()

    def write(self, topic: str, values: list[str], *, partition: int = 0) -> None:
        producer = Producer(client_options(self.connection))
        for number, value in enumerate(values):
            producer.produce(topic, key=f"k{number}", value=value, partition=partition)
        assert producer.flush(10) == 0

    def worker(self, case: str, layer: str, **more: Any) -> WorkerProcess:
        given = {
            "bootstrap": self.connection.bootstrap,
            "group": self.group,
            "input": self.input,
            "output": self.output,
            "partitions": self.partitions,
            **more,
        }
        return WorkerProcess(WORKER, case=case, layer=layer, **given)

    def committed(self, partition: int = 0) -> int:
        """Return what the group has committed; -1 for nothing, or while it has no coordinator.

        Asked as a member would: librdkafka's admin client ends the process (an assertion) when it
        asks for a group whose coordinator is being replaced.
        """
        if self.group not in self._members:
            options = {**client_options(self.connection), "group.id": self.group}
            self._members[self.group] = Consumer({**options, "enable.auto.commit": False})
        places = [TopicPartition(self.input, partition)]
        try:
            (found,) = self._members[self.group].committed(places, timeout=10)
        except KafkaException:
            return -1
        return max(int(found.offset), -1)

    def close(self) -> None:
        for member in self._members.values():
            member.close()


@pytest.fixture
def place(connection: KafkaConnection, prefix: str) -> Iterator[Place]:
    made = Place(connection, prefix)
    yield made
    made.close()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("error", id="L1 an agent fails on one record"),
        pytest.param("batch", id="L2 an agent fails on a batch"),
        pytest.param("send", id="L4 the broker refuses an output"),
    ],
)
def test_plain_faust_commits_what_failed_and_the_layer_leaves(place: Place, case: str) -> None:
    place.write(place.input, [f"v{number}" for number in range(RECORDS)])
    with place.worker(case, "strict") as worker:
        assert worker.exit_code() == FAULT
    first_undone = 5 if case == "error" else 0
    assert place.committed() <= first_undone

    place.group += "-plain"
    with place.worker(case, "plain") as worker:
        wait_until(lambda: place.committed() == RECORDS, "plain Faust commits all")


@pytest.mark.parametrize("layer", ["plain", "strict"])
def test_l3_records_finished_out_of_order(place: Place, layer: str) -> None:
    place.write(place.input, [f"v{number}" for number in range(RECORDS)])
    expected = RECORDS if layer == "plain" else 5
    with place.worker("out-of-order", layer) as worker:
        wait_until(lambda: f"done 0 {RECORDS - 1}" in worker.output(), "all but one are done")
        wait_until(lambda: place.committed() == expected, f"{expected} committed by {layer}")
        place.write(place.input, ["one more"])
        wait_until(lambda: f"done 0 {RECORDS}" in worker.output(), "one more is done")
        wait_until(lambda: place.committed() == expected + (layer == "plain"), "and its commit")


@pytest.mark.parametrize("layer", ["plain", "strict"])
def test_l6_the_first_rebalance_of_a_partition_nobody_committed(
    connection: KafkaConnection, prefix: str, layer: str
) -> None:
    place = Place(connection, prefix, partitions=2)
    place._make(f"{prefix}other", {})
    place.write(place.input, ["first"])
    with place.worker("rebalance", layer, recovery_delay_seconds=3) as worker:
        wait_until(lambda: "done 0 0" in worker.output(), "the fetcher runs")
        with place.worker("bystander", layer, input=f"{prefix}other"):
            wait_until(lambda: worker.output().count("assigned 2") == 2, "a second assignment")
            place.write(place.input, ["a", "b", "c"], partition=1)
            done = _done_until_a_later_record_is(place, worker, partition=1, later_from=3)

    if layer == "plain":
        assert done[0] >= 3, "plain Faust is expected to lose the three"
    else:
        assert done[:3] == [0, 1, 2]


@pytest.mark.parametrize("layer", ["plain", "strict"])
def test_l7_records_that_are_fetched_while_positions_are_set(place: Place, layer: str) -> None:
    place.write(place.input, ["slow"] * RECORDS)
    place.write(f"{place.group}-tab-changelog", ["state"] * 5)
    with place.worker("fetch-during-seek", layer, slow_seconds=0.2) as worker:
        wait_until(lambda: "begun 0 0" in worker.output(), "the first is begun", seconds=60)
        done = _done_until_a_later_record_is(place, worker, partition=0, later_from=RECORDS)

    every = list(range(RECORDS))
    if layer == "plain":
        assert [offset for offset in done if offset < RECORDS] != every
    else:
        assert done[:RECORDS] == every


def _done_until_a_later_record_is(
    place: Place, worker: WorkerProcess, *, partition: int, later_from: int
) -> list[int]:
    """Write records until one of them is done; plain Faust may lose the first of them as well."""

    def done() -> list[int]:
        lines = worker.output().splitlines()
        return [int(line.split()[2]) for line in lines if line.startswith(f"done {partition}")]

    def later_is_done() -> bool:
        return max(done(), default=-1) >= later_from

    for _ in range(20):
        place.write(place.input, ["later"], partition=partition)
        with contextlib.suppress(AssertionError):
            wait_until(later_is_done, "a later record is done", seconds=1.5)
            break
    assert later_is_done()
    return done()
