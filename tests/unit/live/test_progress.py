"""A long read of a topic says on a terminal how far it is, and says nothing anywhere else."""

from __future__ import annotations

import io

import pytest

from hub.live import progress
from hub.live.progress import progress_on_terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_is_told_where_nobody_sits() -> None:
    assert progress_on_terminal(io.StringIO()) is None


def test_a_short_read_says_nothing() -> None:
    terminal = Terminal()
    tell = progress_on_terminal(terminal)
    assert tell is not None

    tell("hub.facets", 10, 100)
    tell("hub.facets", 100, 100)

    assert terminal.getvalue() == ""


def test_a_long_read_says_how_far_it_is_and_is_wiped_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "FIRST_AFTER_S", 0.0)
    terminal = Terminal()
    tell = progress_on_terminal(terminal)
    assert tell is not None

    tell("hub.programme-log", 12_000, 51_000)
    tell("hub.programme-log", 12_001, 51_000)  # not again so soon
    said = terminal.getvalue()
    tell("hub.programme-log", 51_000, 51_000)

    assert said == "\r\x1b[Kreading hub.programme-log: 12,000 of 51,000"
    assert terminal.getvalue() == f"{said}\r\x1b[K"
