"""What would be sent, as a person reads it: added, changed field by field, withdrawn, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hub.connect.comparison import Change, Changes
from hub.contracts.json_codec import write
from hub.errors import quoted
from hub.model.change import ChangeKind, classify
from hub.model.geometry import Geometry
from hub.model.intervention import INTERVENTION_FIELDS

MAX_SHOWN = 50
"""So many works per heading are shown in full; the rest is counted."""

_SHOWN_WHEN_NEW = ("title", "discipline", "firmness", "window", "cost_cents", "geometry")


def preview_text(changes: Changes, *, where: str, before: str) -> str:
    """Return the preview of one read: `where` names the source, `before` what it is held against.

    The same read against the same state gives the same text.
    """
    lines = [f"{where}, against {before}: {_summary(changes)}"]
    lines += _section("+ new", changes.new, _new)
    lines += _section("~ changed", changes.changed, _changed)
    lines += _section("- withdrawn", changes.withdrawals, _withdrawn)
    if changes.blocked is not None:
        lines += [
            "",
            f"! {changes.blocked.withdrawals} of {changes.blocked.known} known works are gone from "
            "the source and are NOT withdrawn:",
            f"  {changes.blocked.reason}.",
            "  If they are really gone: run once with --allow-mass-withdrawal.",
        ]
    refusals = [refusal for row in changes.refused for refusal in row.refusals]
    if refusals:
        lines += ["", f"x refused: {_count(len(changes.refused), 'row')} (their last state stays)"]
        lines += [f"  {refusal}" for refusal in refusals[:MAX_SHOWN]]
        lines += _more(len(refusals))
    lines += ["", "Nothing was sent."]
    return "\n".join(lines) + "\n"


def _summary(changes: Changes) -> str:
    return (
        f"{_count(changes.read, 'row')} read, {len(changes.new)} new, {len(changes.changed)} "
        f"changed, {len(changes.withdrawals)} withdrawn, {len(changes.refused)} refused, "
        f"{changes.unchanged} unchanged"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _section(
    heading: str, changes: tuple[Change, ...], show: Callable[[Change], Iterator[str]]
) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield heading
    for change in changes[:MAX_SHOWN]:
        yield from show(change)
    yield from _more(len(changes))


def _more(total: int) -> list[str]:
    return [f"  … and {total - MAX_SHOWN} more"] if total > MAX_SHOWN else []


def _new(change: Change) -> Iterator[str]:
    assert change.after is not None
    work = change.after
    shown = [_value(n, getattr(work, n)) for n in _SHOWN_WHEN_NEW if getattr(work, n) is not None]
    yield f"  {work.id}  {' · '.join(shown)}"
    if change.replaces is not None:
        yield f"      takes the place of {change.replaces.id}, which is withdrawn"
    missing = work.missing
    if missing:
        yield f"      lacks {', '.join(missing)}: incomplete until another source gives it"


def _changed(change: Change) -> Iterator[str]:
    assert change.before is not None
    assert change.after is not None
    kinds = [kind.value for kind in classify(change.before, change.after)]
    label = ", ".join(kinds) or ChangeKind.DESCRIBED.value
    yield f"  {change.after.id}  {label}" + (f" — {change.cause}" if change.cause else "")
    for name in INTERVENTION_FIELDS:
        before, after = getattr(change.before, name), getattr(change.after, name)
        if before != after:
            yield from _difference(name, before, after)


def _difference(name: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, Geometry) and isinstance(after, Geometry):
        yield f"      {name}: {_geometry(before)} -> {_geometry(after)}"
        return
    old, new = write(before), write(after)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key, ...) != new.get(key, ...):
                yield (
                    f"      {name}.{key}: {_plain(key, old.get(key, ...))} -> "
                    f"{_plain(key, new.get(key, ...))}"
                )
        return
    yield f"      {name}: {_value(name, before)} -> {_value(name, after)}"


def _withdrawn(change: Change) -> Iterator[str]:
    assert change.before is not None
    title = f"  {change.before.title}" if change.before.title else ""
    yield f"  {change.before.id}{title}"


def _value(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, Geometry):
        return _geometry(value)
    return _plain(name, write(value))


def _plain(name: str, value: Any) -> str:
    """Return a JSON value as a person reads it."""
    if value is ...:
        return "unknown"
    if value is None:
        return "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_cents") and isinstance(value, int):
        euros, cents = divmod(value, 100)
        return f"€ {euros:,}".replace(",", ".") + (f",{cents:02}" if cents else "")
    if isinstance(value, list):
        return "[" + "; ".join(_plain(name, item) for item in value) + "]"
    if isinstance(value, dict):
        if list(value) == ["start", "end"]:
            return f"{value['start']} to {value['end']}"
        return ", ".join(f"{key} {_plain(key, item)}" for key, item in value.items())
    return quoted(value)[1:-1] if isinstance(value, str) else str(value)


def _geometry(geometry: Geometry) -> str:
    """Return a geometry in a few words: its kind, size and the box around it, in metres."""
    positions = list(geometry.positions())
    xs, ys = [x for x, _ in positions], [y for _, y in positions]
    box = f"{min(xs):.0f},{min(ys):.0f}"
    if len(positions) > 1:
        box += f" to {max(xs):.0f},{max(ys):.0f}"
    points = "" if len(positions) == 1 else f" of {len(positions)} points"
    return f"{geometry.type}{points} at {box}"
