"""How fast detect is: a whole town, one change, one day; and the tree beside brute force.

    python -m benchmarks.engine [--works 2000 10000 30000] [--changes 500] [--seed 1] [--crowd 120]

The last table is a ratio measured side by side, which carries over to another machine; seconds do
not.
"""

from __future__ import annotations

import argparse
import gc
import math
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from benchmarks.town import (
    REFERENCE_DATE,
    WORKS_PER_KM2,
    planned_work,
    town,
    town_reference,
)
from hub.engine.detect import Detect
from hub.engine.index import BruteForceIndex, SpatialIndex, TreeIndex
from hub.engine.places import Bounds, Place
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, Tick, WorkState

T = TypeVar("T")
_BRUTE_FORCE_WORKS = 1_000


def timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def log_entry(plan: Intervention) -> LogEntry:
    return LogEntry(REFERENCE_DATE, WorkState(plan))


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, math.floor(share * len(values)))]


def measured(works: int, *, changes: int, seed: int) -> list[str]:
    """Return one row of the table of towns."""
    plans = list(town(works, seed=seed))
    detect = Detect(reference_date=REFERENCE_DATE, write_options=False)
    items = [LogEntry(REFERENCE_DATE, item) for item in town_reference(works, seed=seed)]
    load, _ = timed(lambda: detect.load([*items, *map(log_entry, plans)]))
    evaluate, found = timed(detect.evaluate)
    present, _ = timed(detect.present)
    stream = Detect(reference_date=REFERENCE_DATE)
    stream.load([*items, *map(log_entry, plans)])
    stream.restore_findings(found)
    stream.apply(LogEntry(REFERENCE_DATE, Tick(REFERENCE_DATE + timedelta(days=1))))
    per_change, changed = _changes(stream, works, changes=changes, seed=seed)
    ticks = [
        timed(lambda day=day: stream.apply(LogEntry(REFERENCE_DATE, Tick(day))))[0]  # type: ignore[misc]
        for day in (REFERENCE_DATE + timedelta(days=number) for number in range(2, 32))
    ]
    assert not detect.rule_failures
    rules = sorted(Counter(finding.rule for finding in found).items())
    print("  ".join(f"{rule} {count:,}" for rule, count in rules), file=sys.stderr)
    assert not stream.rule_failures
    return [
        f"{works:,}",
        f"{load:.2f}",
        f"{evaluate:.2f}",
        f"{present:.2f}",
        f"{len(found) / works:.2f}",
        f"{percentile(per_change, 0.5) * 1e3:.2f}",
        f"{percentile(per_change, 0.99) * 1e3:.1f}",
        f"{changed / changes:.1f}",
        f"{statistics.median(ticks) * 1e3:.1f}",
        f"{max(ticks) * 1e3:.0f}",
    ]


def _changes(detect: Detect, works: int, *, changes: int, seed: int) -> tuple[list[float], int]:
    """Return the seconds of each change, options of what is written included."""
    side = math.ceil(math.sqrt(works / WORKS_PER_KM2))
    choose = random.Random(seed)
    seconds, changed = [], 0
    for _ in range(changes):
        number = choose.randrange(works)
        plan = planned_work(number, districts_per_side=side, seed=seed, again=1)
        took, findings = timed(lambda plan=plan: detect.apply(log_entry(plan)))  # type: ignore[misc]
        seconds.append(took)
        changed += len(findings)
    return seconds, changed


def crowded(works: int, *, seed: int) -> list[str]:
    """Return what a street costs in which so many works lie over each other."""
    draw = random.Random(seed)
    plans = [
        replace(planned_work(number, districts_per_side=1, seed=seed), geometry=_spot(draw))
        for number in range(works)
    ]
    detect = Detect(reference_date=REFERENCE_DATE, write_options=False)
    detect.load(map(log_entry, plans))
    evaluate, found = timed(detect.evaluate)
    present, _ = timed(detect.present)
    stream = Detect(reference_date=REFERENCE_DATE)
    stream.load(map(log_entry, plans))
    stream.evaluate()
    again = planned_work(0, districts_per_side=1, seed=seed, again=1)
    moved = log_entry(replace(again, geometry=plans[0].geometry))
    change, changed = timed(lambda: stream.apply(moved))
    times = [f"{seconds:.2f}" for seconds in (evaluate, present, change)]
    return [f"{works:,}", f"{len(found):,}", *times, f"{len(changed):,}"]


def _spot(draw: random.Random) -> Geometry:
    x, y = round(155_000 + draw.uniform(0, 60), 2), 463_000.0
    ring = ((x, y), (x + 40, y), (x + 40, y + 8), (x, y + 8), (x, y))
    return Geometry(GeometryType.POLYGON, (ring,))


def against_brute_force(*, seed: int) -> list[list[str]]:
    """Return what the two indexes take to find all pairs and the neighbours of each work."""
    bounds: dict[str, Bounds] = {}
    for plan in town(_BRUTE_FORCE_WORKS, seed=seed):
        assert plan.geometry is not None
        bounds[plan.id] = Place(plan.geometry, 2).bounds  # type: ignore[arg-type]

    def build(index: SpatialIndex) -> SpatialIndex:
        for key, place in bounds.items():
            index.put(key, place)
        return index

    tree, brute = build(TreeIndex()), build(BruteForceIndex())
    rows = []
    asked: list[tuple[str, Callable[[SpatialIndex], int]]] = [
        ("all pairs", lambda index: sum(len(left) for left, _ in index.pairs(20.0))),
        (
            "neighbours of each",
            lambda index: sum(len(index.near(place, 20.0)) for place in bounds.values()),
        ),
    ]
    for name, question in asked:
        slow, expected = timed(lambda question=question: question(brute))  # type: ignore[misc]
        fast, found = timed(lambda question=question: question(tree))  # type: ignore[misc]
        assert found == expected, f"{name}: the tree found {found}, brute force {expected}"
        rows.append([name, f"{found:,}", f"{slow / fast:.0f} x"])
    return rows


def print_table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print(flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--works", type=int, nargs="+", default=[2_000, 10_000, 30_000])
    options.add_argument("--changes", type=int, default=500)
    options.add_argument("--crowd", type=int, nargs="*", default=[60, 120])
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    head = ["works", "load s", "evaluate s", "present s", "findings/work"]
    head += ["change p50 ms", "p99 ms", "changed/step", "tick p50 ms", "tick max ms"]
    rows = []
    for works in asked.works:
        print(f"a town of {works:,} works …", file=sys.stderr, flush=True)
        rows.append(measured(works, changes=asked.changes, seed=asked.seed))
        gc.collect()
    print_table(head, rows)
    print("works that lie over each other in one street")
    head = ["works", "findings", "evaluate s", "present s", "change s", "changed"]
    print_table(head, [crowded(works, seed=asked.seed) for works in asked.crowd])
    print(f"tree beside brute force, {_BRUTE_FORCE_WORKS:,} works")
    print_table(["question", "answers", "faster"], against_brute_force(seed=asked.seed))


if __name__ == "__main__":
    main()
