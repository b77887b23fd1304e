"""Planning lists that people edit all the time and connectors publish: files of numbered rows.

Each edit gives a row the next number, in its title, so that what a connector published can be held
against what was written. A connector sends what it sees, not every edit: nothing is lost when the
last number of every row arrives, when numbers of a row never fall, and when a row that is gone is
withdrawn.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from hub.contracts.codec import Codec
from hub.errors import RejectedRecordError
from hub.kafka.client_config import client_options
from tests.stream.harness import Topics

ROWS = 24
MOST_GONE = 3
"""Rows missing at once; more would be held back by the guard against mass withdrawal."""
PAUSE_SECONDS = 0.4
SEED = "list"

MAPPING = """format = "mapping/1"
[source]
system = "{system}"
[fields]
id = "list:{{Nr}}"
title = "{{Titel}}"
plan_owner = "owner"
discipline = "heat"
firmness = "adopted"
window = "{{Uitvoering}}"
[geometry]
wkt = "Ligging"
crs = "EPSG:28992"
"""
SETTINGS = """path = "plan.csv"
mapping = "mapping.toml"
programme = "p{number}"
poll_interval_seconds = 0.3
"""


@dataclass
class Row:
    """One row of a list: its last number, whether it is there, and when it was edited."""

    number: int = 0
    there: bool = True
    window: str = "2029"
    edits: list[float] = field(default_factory=list)


@dataclass
class Told:
    """What was published of one row."""

    number: int = 0
    there: bool = False


class Lists:
    """Edits lists until stopped, and follows what becomes of them in `plan-changes`."""

    def __init__(self, topics: Topics, folder: Path, *, count: int, seed: int) -> None:
        self.count = count
        self.differences: list[str] = []
        self.delays: list[tuple[float, float]] = []
        self._topics = topics
        self._folder = folder
        self._random = random.Random(seed)
        self._rows = {f"{n}-{row}": Row() for n in range(count) for row in range(ROWS)}
        self._told = {name: Told() for name in self._rows}
        self._codec = Codec()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._edit, name="lists")
        self._consumer = self._followed()

    def begin(self) -> None:
        """Write the lists, and let them be edited from now on."""
        for number in range(self.count):
            folder = self._folder / f"list-{number}"
            folder.mkdir()
            (folder / "mapping.toml").write_text(MAPPING.format(system=f"list-{number}"))
            (folder / "settings.toml").write_text(SETTINGS.format(number=number))
            for row in self._of(number).values():
                self._next(row)
            self._write(number)
        self._thread.start()

    def stop(self) -> None:
        """Let nobody edit any more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        self.stop()
        self._consumer.close()

    def settings(self, number: int) -> str:
        return str(self._folder / f"list-{number}" / "settings.toml")

    def wanted(self) -> dict[str, Told]:
        """Return what has to be published of what is written now."""
        with self._lock:
            return {name: Told(row.number, row.there) for name, row in self._rows.items()}

    def published(self, wanted: dict[str, Told]) -> bool:
        """Tell whether so much, or what came later, is published."""
        self._follow()
        return not self._missing(wanted)

    def _missing(self, wanted: dict[str, Told]) -> list[str]:
        now = self.wanted()
        missing = []
        for name, want in wanted.items():
            told = self._told[name]
            edited_since = now[name].number > want.number
            if told.there and want.there and told.number >= want.number:
                continue
            if not told.there and not want.there:
                continue
            if edited_since and (told.number > want.number or not told.there):
                continue
            missing.append(
                f"list row {name}: edit {want.number} ({'there' if want.there else 'gone'}) was"
                f" never published; the last is {told.number}"
                f" ({'there' if told.there else 'gone'})"
            )
        return missing

    def missing(self) -> list[str]:
        """Return what is written and was not published."""
        return self._missing(self.wanted())

    def _edit(self) -> None:
        turn = 0
        while not self._stopped.wait(PAUSE_SECONDS):
            number = turn % self.count
            turn += 1
            with self._lock:
                rows = self._of(number)
                for name in self._random.sample(sorted(rows), 2):
                    self._happen(rows[name], rows)
                self._write(number)

    def _happen(self, row: Row, rows: dict[str, Row]) -> None:
        gone = sum(not other.there for other in rows.values())
        if row.there and gone < MOST_GONE and self._random.random() < 0.15:
            row.there = False
        else:
            row.there = True
        self._next(row)

    def _next(self, row: Row) -> None:
        row.number += 1
        year = self._random.randrange(2028, 2034)
        row.window = f"{year}-{year + self._random.randrange(0, 2)}"
        row.edits.append(time.time())

    def _of(self, number: int) -> dict[str, Row]:
        mine = f"{number}-"
        return {name: row for name, row in self._rows.items() if name.startswith(mine)}

    def _write(self, number: int) -> None:
        lines = ["Nr;Titel;Uitvoering;Ligging"]
        for place, (name, row) in enumerate(self._of(number).items()):
            x = 155_000 + 25 * place
            line = f"LINESTRING ({x} 463000, {x + 60} 463004)"
            if row.there:
                lines.append(f"{name};edit {row.number};{row.window};{line}")
        path = self._folder / f"list-{number}" / "plan.csv"
        part = path.with_suffix(".part")
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
        part.replace(path)

    def _followed(self) -> Consumer:
        consumer = Consumer(
            {**client_options(self._topics.connection), "group.id": "campaign-follows-lists"}
        )
        name = self._topics.catalogue.topic("plan-changes")
        consumer.assign([TopicPartition(name, number, 0) for number in range(self.count)])
        return consumer

    def _follow(self) -> None:
        """Read what was published since."""
        while messages := self._consumer.consume(500, 0.2):
            for message in messages:
                if message.error() is None:
                    self._take(message)

    def _take(self, message: object) -> None:
        try:
            change = self._codec.decode_plan_change(message.value())  # type: ignore[attr-defined]
        except RejectedRecordError:  # a planted one
            return
        system, _, name = change.intervention_id.partition(":")
        if system != SEED or name not in self._told:
            return
        told = self._told[name]
        if change.intervention is None:
            told.there = False
            return
        number = int((change.intervention.title or "").removeprefix("edit "))
        if number < told.number:
            self.differences.append(
                f"list row {name}: edit {number} was published after edit {told.number}"
            )
        if number > told.number:
            written = self._rows[name].edits[told.number]  # the first edit not published so far
            at = message.timestamp()[1] / 1000  # type: ignore[attr-defined]
            self.delays.append((written, at - written))
        told.number, told.there = max(number, told.number), True
