"""A second snapshot of the national feed, made from a first one by a script of changes.

`python -m tests.support.datex2_second_snapshot FIRST SECOND` writes it and prints what a connector
would send for it, as `hub connect preview` shows it, after the first one was sent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.connect.comparison import Changes
from hub.connect.discovery import find_connector, validated_settings
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.preview import preview_text
from hub.connect.runner import Ports, Runner, RunResult
from hub.contracts.connector_state import ConnectorState
from hub.model.change import PlanChange

_SITUATION = re.compile(r'<sit:situation id="([^"]+)">.*?</sit:situation>', re.DOTALL)

Edit = Callable[[str], str]


@dataclass
class Snapshot:
    """A publication taken apart into its situations, in order."""

    head: str
    situations: dict[str, str]
    tail: str

    @classmethod
    def of(cls, text: str) -> Snapshot:
        found = list(_SITUATION.finditer(text))
        assert found, "expected at least one situation"
        situations = {match[1]: match[0] for match in found}
        return cls(text[: found[0].start()], situations, text[found[-1].end() :])

    def text(self) -> str:
        return self.head + "".join(self.situations.values()) + self.tail

    def edit(self, situation_id: str, *edits: Edit) -> None:
        for edit in edits:
            before = self.situations[situation_id]
            after = edit(before)
            assert after != before, f"an edit of {situation_id} changes nothing"
            self.situations[situation_id] = after

    def remove(self, *situation_ids: str) -> None:
        for situation_id in situation_ids:
            del self.situations[situation_id]

    def copy(self, situation_id: str, new_id: str) -> None:
        text = self.situations[situation_id].replace(situation_id, new_id)
        self.situations[new_id] = text

    def made_on(self, moment: str) -> None:
        self.head = re.sub(
            r"(<com:publicationTime>)[^<]+", lambda match: match[1] + moment, self.head
        )


def version(number: int) -> Edit:
    """Give every record of a situation this version."""
    return lambda text: re.sub(r' version="\d+"', f' version="{number}"', text)


def instead(old: str, new: str) -> Edit:
    """Write `new` wherever `old` stands."""
    return lambda text: text.replace(old, new)


RESCHEDULED, RELOCATED, REANNOUNCED = "NDW03_582343", "NDW03_590750", "NDW03_602734"
UNVERSIONED, OLDER = "NDW03_605230", "NDW03_532105"
VANISHED = ("NDW03_604233", "NDW03_567045")
NEW = "NDW03_999001"


def second_of_delft(text: str) -> str:
    """Return the Delft sample of 26 July 2026 as it might have been a week later."""
    snapshot = Snapshot.of(text)
    snapshot.made_on("2026-08-03T08:45:00Z")
    snapshot.edit(RESCHEDULED, instead("2026-08-17T14", "2026-09-04T14"), version(4))
    snapshot.edit(RELOCATED, instead("52.002339 4.372356", "52.002300 4.372300"), version(99))
    snapshot.edit(REANNOUNCED, version(50))
    snapshot.edit(UNVERSIONED, instead(">published<", ">running<"))
    snapshot.edit(OLDER, instead("2027-02-26T15", "2027-05-28T15"), version(1))
    snapshot.remove(*VANISHED)
    snapshot.copy(REANNOUNCED, NEW)
    return snapshot.text()


class Feed:
    """One source that is read again and again, and what was sent and remembered for it."""

    def __init__(self, path: Path, **settings: object) -> None:
        self.path = path
        self.publisher, self.store = MemoryPublisher(), MemoryStateStore()
        connector = find_connector("datex2")
        values = {"path": path, **settings}
        self.runner = Runner(
            connector,
            lambda: validated_settings(connector, values),
            Ports(self.publisher, self.store, OnlyInstance()),
            today=lambda: date(2026, 7, 26),
        )

    def run(self, text: str | bytes, *, allow_mass_withdrawal: bool = False) -> RunResult:
        """Let the source be this text, and run once."""
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.runner.run_once(allow_mass_withdrawal=allow_mass_withdrawal)

    def preview(self, text: str) -> Changes:
        """Let the source be this text, and return what a run would send."""
        self.path.write_text(text, encoding="utf-8")
        return self.runner.read()

    def remembered(self) -> dict[str, ConnectorState]:
        """Return what is remembered of every row."""
        records = self.store.load()
        return {state.row_key: state for state in records if state.row_key is not None}

    def sent(self) -> list[PlanChange]:
        """Return what was sent since this was last asked."""
        sent, self.publisher.changes = self.publisher.changes, []
        return sent


def main(first: str, second: str) -> None:
    """Write the second snapshot and print the preview."""
    text = Path(first).read_text("utf-8")
    feed = Feed(Path(second))
    feed.run(text)
    changes = feed.preview(second_of_delft(text))
    print(preview_text(changes, where=f"datex2 {second}", before="what was sent before"), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
