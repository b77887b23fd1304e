"""A source that never pauses: numbered records of many keys, and the check that all arrived."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict

from confluent_kafka import KafkaError, Message, Producer

from hub.kafka.client_config import client_options
from tests.stream.counting import INPUT, OUTPUT, expected_chain
from tests.stream.harness import Topics

KEYS_PER_PARTITION = 10


class Feed:
    """Publishes until its context ends; remembers what it sent, key by key."""

    def __init__(self, topics: Topics, *, per_second: float = 300.0) -> None:
        self.topics = topics
        self.sent: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._pause = 1 / per_second
        self._stopped = threading.Event()
        self._refused: list[str] = []
        self._thread = threading.Thread(target=self._run, name="feed")
        self._producer = Producer(
            {
                **client_options(topics.connection),
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 60_000,
            }
        )

    def __enter__(self) -> Feed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more, and wait until all that was sent is acknowledged."""
        self._stopped.set()
        self._thread.join()
        assert self._producer.flush(60) == 0
        assert not self._refused, f"{len(self._refused)} not delivered, first {self._refused[0]}"

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._refused.append(f"{message.partition()}/{message.value()!r}: {error}")

    @property
    def count(self) -> int:
        return sum(map(len, self.sent.values()))

    def _run(self) -> None:
        name = self.topics.catalogue.topic(INPUT)
        places = [
            (partition, f"k{partition}-{number}")
            for number in range(KEYS_PER_PARTITION)
            for partition in range(self.topics.partitions)
        ]
        number = 0
        while not self._stopped.is_set():
            partition, key = places[number % len(places)]
            payload = f"v{number}"
            self.sent[partition, key].append(payload)
            self._producer.produce(
                name, key=key, value=payload, partition=partition, on_delivery=self._delivered
            )
            self._producer.poll(0)
            number += 1
            time.sleep(self._pause)


def check_nothing_is_missing(feed: Feed) -> int:
    """Check every output against what was sent; return how many outputs were repeated.

    :raises AssertionError: for an output that is missing, contradicts another or has the last word
        though it is not the last
    """
    repeated = 0
    seen: dict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    last: dict[tuple[int, str], int] = {}
    for partition in range(feed.topics.partitions):
        for record in feed.topics.read(OUTPUT, partition):
            key = (partition, (record.key or b"").decode())
            state = json.loads(record.value or b"")
            known = seen[key].setdefault(state["count"], state["chain"])
            assert known == state["chain"], f"{key}: two contents under count {state['count']}"
            repeated += state["count"] <= last.get(key, 0)
            last[key] = state["count"]
    for key, payloads in feed.sent.items():
        expected = dict(enumerate(expected_chain(payloads), start=1))
        missing = sorted(expected.keys() - seen[key].keys())[:5]
        assert seen[key] == expected, (
            f"{key}: {len(seen[key])} outputs of {len(expected)}; first missing {missing}"
        )
        assert last[key] == len(payloads), f"{key}: the last word is count {last[key]}"
    return repeated
