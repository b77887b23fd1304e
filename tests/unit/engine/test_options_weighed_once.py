"""In a crowded street many findings offer the same move; it is weighed once for one state."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from hub.contracts.json_codec import read
from hub.engine.detect import Detect
from hub.engine.judge import Judge
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, WorkState
from tests.unit.check.programmes import work

TODAY = date(2026, 11, 23)


def crowded_street(count: int) -> list[LogEntry]:
    disciplines = ("sewer", "gas", "heat", "telecom")
    plans: list[dict[str, Any]] = [
        work(
            f"heat:{number}",
            "2029-03-01",
            "2029-06-01" if number % 2 else "2029-07-01",
            plan_owner=f"owner-{number}",
            discipline=disciplines[number % 4],
        )
        for number in range(count)
    ]
    return [LogEntry(TODAY, WorkState(read(Intervention, plan))) for plan in plans]


def test_the_same_move_of_the_same_work_is_weighed_once(monkeypatch: pytest.MonkeyPatch):
    weighed: Counter[tuple[str, int]] = Counter()
    measured = Judge._measured

    def counting(self: Judge, work_id: str, days: int, *rest: Any) -> Any:
        weighed[work_id, days] += 1
        return measured(self, work_id, days, *rest)

    monkeypatch.setattr(Judge, "_measured", counting)
    detect = Detect(reference_date=TODAY, write_options=False)
    detect.load(crowded_street(12))
    detect.evaluate()

    shown = detect.present()

    offered = [
        (option.intervention, option.days)
        for finding in shown
        if finding.kind == "conflict"
        for option in finding.options
        if option.action == "shift"
    ]
    assert len(offered) > 3 * len(set(offered)), "the street is too quiet to prove anything"
    assert set(weighed) == set(offered)
    assert set(weighed.values()) == {1}
