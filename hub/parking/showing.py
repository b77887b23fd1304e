"""One dead letter in full: what was refused, why, and the bytes as they may be shown."""

from __future__ import annotations

from hub.contracts.dead_letters import PREFIX
from hub.contracts.legible import legible, one_line
from hub.contracts.records import Record

_WIDTH = 14


def show_text(letter: Record) -> str:
    """Return a letter for a terminal: control characters are escaped, bytes are dumped."""
    said = [(name, value) for name, value in letter.headers if name.startswith(PREFIX)]
    theirs = [(name, value) for name, value in letter.headers if not name.startswith(PREFIX)]
    no_value = any(name == f"{PREFIX}value" for name, _ in said)
    lines = [
        _line("dead letter", letter.key),
        *(_line(name.removeprefix(PREFIX), value) for name, value in said),
        "",
        "its own headers" if theirs else "it has no headers of its own",
        *(_line(f"  {name}", value) for name, value in theirs),
        "",
        f"its value, {len(letter.value)} bytes",
        legible(None if no_value else letter.value),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, value: bytes | None) -> str:
    if value is None:
        text = "no value"
    else:
        try:
            text = one_line(value.decode(), limit=2_000)
        except UnicodeDecodeError:
            text = f"0x{value[:64].hex()}{'…' if len(value) > 64 else ''}"
    return f"{one_line(name):<{_WIDTH}} {text}"
