"""What the campaign says to the hub: numbered plan changes, answers, policies, and days that pass.

Every programme has a story of its own, drawn from the seed. Works carry their number as source
revision; what was acknowledged by the brokers is remembered, and nothing is said twice.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from hub.contracts.records import Record
from hub.kafka.client_config import client_options
from hub.model.vocabulary import DecisionKind
from tests.stream.harness import Topics
from tests.stream.story import TODAY, Story

ANSWERS = (DecisionKind.ACKNOWLEDGE, DecisionKind.ACCEPT, DecisionKind.DECLINE)
BUFFERS_M = (10, 3, 6)
WORKS = 16
PLANTED = "planted:"
"""Begins the key of a record that nobody can read, planted to be found in the dead letters."""


class Sources:
    """Speaks for every programme, until its context ends."""

    def __init__(self, topics: Topics, days: Path, *, seed: int, per_second: float) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.refused: list[str] = []
        self.planted: list[bytes] = []
        self.today = TODAY
        self._topics = topics
        self._days = days
        self._pause = 1 / per_second
        self._random = random.Random(seed)
        self._stories = [
            Story(seed=1000 * seed + number, partition=number, works=WORKS)
            for number in range(topics.partitions)
        ]
        self._found: list[set[str]] = [set() for _ in self._stories]
        self._answered: set[str] = set()
        self._policies = 1
        self._producer = Producer(
            {
                **client_options(topics.connection),
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 180_000,
            }
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sources")
        self._write_days()

    def begin(self) -> None:
        """Say what each programme begins with."""
        for story in self._stories:
            for record in story.reference() + story.announcements():
                self._send(record)
        self._producer.flush(60)
        self._thread.start()

    def plant(self) -> None:
        """Put a record between the others that nobody can read."""
        number = len(self.planted)
        value = b"\x00no plan change, number %d" % number
        self.planted.append(value)
        key = f"{PLANTED}{number}".encode()
        self._send(Record("plan-changes", key, value, (), number % len(self._stories)))

    def stop(self) -> None:
        """Say no more, and wait until all that was said is acknowledged."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        left = self._producer.flush(180)
        if left or self.refused:
            raise AssertionError(f"{left} records unacknowledged, refused: {self.refused[:3]}")

    def _run(self) -> None:
        followed = self._follow()
        turn = 0
        while not self._stopped.is_set():
            partition = turn % len(self._stories)
            for record in self._next(partition, turn):
                self._send(record)
            self._note(followed)
            if turn % 60 == 59:
                self.today += timedelta(days=self._random.choice((1, 1, 7, 30)))
                self._write_days()
            turn += 1
            time.sleep(self._pause)
        followed.close()

    def _next(self, partition: int, turn: int) -> list[Record]:
        story = self._stories[partition]
        what = self._random.random()
        new = sorted(self._found[partition] - self._answered)
        if what < 0.05 and new:
            finding = self._random.choice(new)
            self._answered.add(finding)
            return [story.answer(finding, kind=self._random.choice(ANSWERS))]
        if what < 0.06:
            self._policies += 1
            buffer_m = BUFFERS_M[self._policies % len(BUFFERS_M)]
            return [story.policy_change("1", buffer_m=buffer_m)]
        return story.changes(1)

    def _follow(self) -> Consumer:
        consumer = Consumer(
            {**client_options(self._topics.connection), "group.id": "campaign-follows"}
        )
        name = self._topics.catalogue.topic("conflicts")
        consumer.assign(
            [TopicPartition(name, number, 0) for number in range(self._topics.partitions)]
        )
        return consumer

    def _note(self, followed: Consumer) -> None:
        for message in followed.consume(50, 0):
            if message.error() is None:
                self._found[message.partition()].add(message.key().decode())

    def _send(self, record: Record) -> None:
        def done(error: Any, message: Any) -> None:
            if error is not None:
                self.refused.append(f"{record.topic}: {error}")
            else:
                self.acknowledged[record.topic] += 1

        self._producer.produce(
            self._topics.catalogue.topic(record.topic),
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            partition=record.partition,
            on_delivery=done,
        )
        self._producer.poll(0)

    def _write_days(self) -> None:
        days = {str(number): self.today.isoformat() for number in range(self._topics.partitions)}
        part = self._days.with_suffix(".part")
        part.write_text(json.dumps(days), encoding="utf-8")
        part.replace(self._days)
