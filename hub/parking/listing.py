"""Open dead letters by reason, with how many and an example."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hub.contracts.legible import one_line
from hub.parking.letters import Letter


@dataclass(slots=True)
class Group:
    """Letters of one stage and reason; the example is the last one."""

    stage: str
    reason: str
    keys: dict[str, None] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)
    first_at: datetime | None = None
    last: Letter | None = None

    def add(self, letter: Letter) -> None:
        """Count a letter; several of one record count once."""
        if letter.key not in self.keys:
            self.keys[letter.key] = None
            self.sources[letter.said("topic") or letter.said("connector") or "unknown"] += 1
        since = letter.first_at or letter.parked_at
        self.first_at = since if self.first_at is None else min(self.first_at, since)
        self.last = letter


def groups(letters: Iterable[Letter]) -> list[Group]:
    """Return letters by stage and reason, the largest group first."""
    found: dict[tuple[str, str], Group] = {}
    for letter in letters:
        place = (letter.stage, letter.reason)
        found.setdefault(place, Group(*place)).add(letter)
    return sorted(found.values(), key=lambda group: (-len(group.keys), group.stage, group.reason))


def list_text(letters: Iterable[Letter]) -> str:
    """Return groups with count and example as lines for a person."""
    blocks = []
    for group in groups(letters):
        assert group.last is not None
        where = ", ".join(
            f"{count} from {one_line(name)}" for name, count in group.sources.most_common(5)
        )
        since = "" if group.first_at is None else f", since {group.first_at:%Y-%m-%d %H:%M} UTC"
        blocks.append(
            f"{len(group.keys)} × {one_line(group.reason)} ({one_line(group.stage)}): "
            f"{where}{since}\n"
            f"    example: {one_line(group.last.key)}\n"
            f"    {one_line(group.last.said('message') or 'it does not say why')}"
        )
    return "\n".join(blocks) + "\n" if blocks else "no open dead letters\n"


def list_json(letters: Iterable[Letter]) -> str:
    """Return every open letter with what its headers say, as JSON."""
    items = [
        {
            "key": letter.key,
            "stage": letter.stage,
            "reason": letter.reason,
            "message": letter.said("message"),
            "attempts": letter.said("attempts"),
            "first_at": letter.said("first-at"),
            "topic": letter.said("topic"),
            "partition": letter.said("partition"),
            "offset": letter.said("offset"),
            "connector": letter.said("connector"),
            "stream": letter.said("stream"),
            "row": letter.said("row"),
            "value_bytes": letter.value_bytes,
        }
        for letter in letters
    ]
    return json.dumps({"format": "dead-letters/1", "letters": items}, indent=1) + "\n"
