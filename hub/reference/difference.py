"""What publishing reference items would change on the topic, where every item ever sent stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from hub.contracts.json_codec import write
from hub.model.reference import ReferenceItem, reference_key

_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """Items to send, in the order of the files, and what stays as it is.

    `before` holds the state on the topic of those that change; `only_on_topic` the keys of items
    that no file mentions: they stay in force.
    """

    added: tuple[ReferenceItem, ...]
    changed: tuple[ReferenceItem, ...]
    before: Mapping[str, ReferenceItem]
    unchanged: int
    only_on_topic: tuple[str, ...]

    @property
    def to_send(self) -> tuple[ReferenceItem, ...]:
        """Return the items that differ."""
        return (*self.added, *self.changed)


def difference(items: Iterable[ReferenceItem], known: Mapping[str, ReferenceItem]) -> Difference:
    """Return what differs between items and what is on the topic, by key."""
    added: list[ReferenceItem] = []
    changed: list[ReferenceItem] = []
    seen: set[str] = set()
    unchanged = 0
    for item in items:
        key = reference_key(item)
        seen.add(key)
        before = known.get(key)
        if before is None:
            added.append(item)
        elif is_same(before, item):
            unchanged += 1
        else:
            changed.append(item)
    left = tuple(sorted(known.keys() - seen))
    before_of = {reference_key(item): known[reference_key(item)] for item in changed}
    return Difference(tuple(added), tuple(changed), before_of, unchanged, left)


def is_same(one: ReferenceItem, other: ReferenceItem) -> bool:
    """Tell whether two items say the same, however their numbers and lists are held."""
    return type(one) is type(other) and write(one) == write(other)


def changed_in_words(before: ReferenceItem, after: ReferenceItem) -> list[str]:
    """Return each field that differs as `name: before → after`."""
    return list(_compared("", _shown(before), _shown(after)))


def _shown(item: ReferenceItem) -> dict[str, Any]:
    return {field.name: write(getattr(item, field.name)) for field in fields(item)}


def _compared(path: str, before: Any, after: Any) -> Iterable[str]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            below = f"{path}.{name}" if path else name
            yield from _compared(below, before.get(name), after.get(name))
        return
    yield f"{path}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def difference_text(found: Difference, *, sent: bool) -> str:
    """Return what was sent, or would be, as lines."""
    verbs = ("added", "changed") if sent else ("would add", "would change")
    lines = [f"{verbs[0]} {reference_key(item)}" for item in found.added]
    for item in found.changed:
        key = reference_key(item)
        lines.append(f"{verbs[1]} {key}")
        lines += [f"    {line}" for line in changed_in_words(found.before[key], item)]
    counted = (
        f"{len(found.added)} added, {len(found.changed)} changed"
        if sent
        else (f"{len(found.to_send)} to send")
    )
    lines.append(f"{counted}, {found.unchanged} as they were")
    if found.only_on_topic:
        lines.append(
            f"{len(found.only_on_topic)} on the topic and in none of these files: they stay in"
            " force. Leaving an item out removes nothing; end it by its own dates (end, valid_to)"
            f" and publish that: {', '.join(found.only_on_topic[:5])}"
            f"{', …' if len(found.only_on_topic) > 5 else ''}"
        )
    return "\n".join(lines)
