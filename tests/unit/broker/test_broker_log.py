"""The broker's log stays in the data folder and does not grow for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.broker import node_process
from hub.broker.node_process import turn_over


def test_a_small_log_is_continued(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    turn_over(log)
    log.write_text("before\n")

    turn_over(log)

    assert log.read_text() == "before\n"


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_process, "LOG_KEPT_BYTES", 10)
    log = tmp_path / "broker.log"
    log.write_text("more than ten bytes\n")

    turn_over(log)

    assert not log.exists()
    assert (tmp_path / "broker.log.1").read_text() == "more than ten bytes\n"
