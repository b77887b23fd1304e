"""What a planner is told: findings per rule and per work, and what they cost to find.

    python -m benchmarks.programme                          # a town of 2,000 and a city of 30,000
    python -m benchmarks.programme --feed FILE.xml          # and a DATEX II feed of planned works
    python -m benchmarks.programme --works 2000 --changes 200

The town is like real programmes: dates mostly as years, few works with money or governance,
streets that cross, sewers planned per pipe string. Each programme is measured in a process of its
own. A planner drowns above about three open findings per work.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from benchmarks.engine import percentile, print_table, timed
from benchmarks.town import REFERENCE_DATE, WORKS_PER_KM2, planned_work, town_reference
from hub.connect.files import read_file
from hub.engine.detect import Detect
from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.finding import Finding, FindingKind, report_order
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, WorkState
from hub.model.reference import ReferenceItem
from hub.model.vocabulary import Discipline
from hub.rules.catalogue import explain
from hub.rules.rule import Language

STRING_M = 60.0
YEAR_SHARE = 0.7
HEAVIEST = 5


@dataclass(frozen=True)
class Setting:
    """One programme to measure."""

    name: str
    day: date
    plans: Sequence[Intervention]
    items: Sequence[ReferenceItem] = ()


def town_setting(works: int, *, seed: int) -> Setting:
    """Return a generated town of so many works."""
    name = f"town of {works:,}" if works < 10_000 else f"city of {works:,}"
    items = list(town_reference(works, seed=seed))
    return Setting(name, REFERENCE_DATE, list(_plans(works, seed=seed)), items)


def feed_setting(path: Path) -> Setting:
    """Return the complete works of a feed, on the day on which the first of them begins."""
    plans = [plan for plan in read_file(path).interventions if not plan.missing]
    starts = [plan.window.start.lo for plan in plans if plan.window is not None]
    return Setting(path.name, date.fromordinal(min(starts)), plans)


def _plans(works: int, *, seed: int) -> Iterator[Intervention]:
    side = math.ceil(math.sqrt(works / WORKS_PER_KM2))
    made, number = 0, 0
    while made < works:
        plan = planned_work(number, districts_per_side=side, seed=seed)
        for piece in _strings(_in_years(plan, random.Random(f"{seed}:{number}:years"))):
            if made < works:
                made += 1
                yield piece
        number += 1


def _in_years(plan: Intervention, draw: random.Random) -> Intervention:
    """Return a plan with its dates as most sources give them: in years."""
    window = plan.window
    if window is None or draw.random() >= YEAR_SHARE:
        return plan
    last_day = date.fromordinal(window.end.as_exclusive_end - 1)
    start = PlanDate.parse(window.start.text[:4])
    return replace(
        plan, window=Window(start, PlanDate.parse(str(last_day.year))), duration_days=None
    )


def _strings(plan: Intervention) -> Iterator[Intervention]:
    """Yield a sewer as one work per pipe string, any other work as it is."""
    geometry = plan.geometry
    if (
        plan.discipline is not Discipline.SEWER
        or geometry is None
        or geometry.type is GeometryType.POINT
    ):
        yield plan
        return
    (x, y), (to_x, to_y) = list(geometry.positions())[:2]
    pieces = max(1, round(math.hypot(to_x - x, to_y - y) / STRING_M))
    manholes = [
        (
            round(x + (to_x - x) * number / pieces, 2),
            round(y + (to_y - y) * number / pieces, 2),
        )
        for number in range(pieces + 1)
    ]
    for number in range(pieces):
        ends = (manholes[number], manholes[number + 1])
        yield replace(
            plan,
            id=f"{plan.id}-{number + 1}",
            geometry=Geometry(GeometryType.LINE_STRING, ends),
            project_number=plan.id,
        )


def measure(setting: Setting, *, changes: int, seed: int) -> None:
    """Print what one programme gives and takes."""
    detect = Detect(reference_date=setting.day, write_options=False)
    items = [LogEntry(setting.day, item) for item in setting.items]
    works = [LogEntry(setting.day, WorkState(plan)) for plan in setting.plans]
    began = time.perf_counter()
    detect.load([*items, *works])
    detect.evaluate()
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sorted(detect.findings.values(), key=report_order)
    print(f"{setting.name}: {len(works):,} works, {len(found):,} findings on {setting.day}\n")
    _print_rules(found, len(works))
    heaviest = _heaviest(found)
    took = _changes(detect, setting, changes=changes, seed=seed)
    assert not detect.rule_failures
    print_table(
        ["full s", "resident MB", "change p50 ms", "p99 ms"],
        [
            [
                f"{seconds:.1f}",
                f"{memory:.0f}",
                f"{percentile(took, 0.5) * 1e3:.1f}",
                f"{percentile(took, 0.99) * 1e3:.1f}",
            ]
        ],
    )
    titles = {plan.id: plan.title or plan.id for plan in setting.plans}
    print("the heaviest, as a planner reads them")
    for finding in heaviest:
        said = explain(finding, language=Language.EN, name=lambda key: titles.get(key, key))
        print(f"  {finding.id} ({finding.severity}, {finding.certainty})\n    {said}")
    print(flush=True)


def _print_rules(found: Sequence[Finding], works: int) -> None:
    rules = Counter(finding.rule for finding in found)
    heavy = Counter(finding.rule for finding in found if finding.severity.value == "heavy")
    rows = [
        [rule, f"{count:,}", f"{heavy[rule]:,}", f"{count / works:.3f}"]
        for rule, count in sorted(rules.items())
    ]
    for kind in FindingKind:
        mine = [finding for finding in found if finding.kind is kind]
        bad = sum(finding.severity.value == "heavy" for finding in mine)
        rows.append([f"all {kind}", f"{len(mine):,}", f"{bad:,}", f"{len(mine) / works:.3f}"])
    bad = sum(heavy.values())
    rows.append(["all", f"{len(found):,}", f"{bad:,}", f"{len(found) / works:.3f}"])
    print_table(["rule", "open", "heavy", "per work"], rows)
    named = Counter(party for finding in found for party in finding.parties)
    counts = [float(count) for count in named.values()]
    told = f"{len(named):,} of {works:,} works are named in a finding"
    if counts:
        told += f"; half of those in {percentile(counts, 0.5):.0f} or fewer"
        told += f", one in a hundred in {percentile(counts, 0.99):.0f} or more"
    print(f"{told}\n")


def _heaviest(found: Sequence[Finding]) -> list[Finding]:
    """Return the heaviest finding of each rule, certain ones and those of most works first."""
    order = sorted(
        found,
        key=lambda one: (-one.severity.rank, one.certainty.value, -len(one.parties), one.id),
    )
    first_of_rule: dict[str, Finding] = {}
    for finding in order:
        first_of_rule.setdefault(finding.rule, finding)
    return list(first_of_rule.values())[:HEAVIEST]


def _changes(detect: Detect, setting: Setting, *, changes: int, seed: int) -> list[float]:
    """Return the seconds of each change: a work gets the dates of another one."""
    draw = random.Random(seed)
    seconds = []
    for number in range(changes):
        plan, other = draw.choice(setting.plans), draw.choice(setting.plans)
        moved = replace(
            plan,
            window=other.window,
            duration_days=other.duration_days,
            shift_room=other.shift_room or ShiftRoom(),
        )
        entry = LogEntry(setting.day, WorkState(moved, number + 2))
        took, _ = timed(lambda entry=entry: detect.apply(entry))  # type: ignore[misc]
        seconds.append(took)
    return seconds


def _measure_town(works: int, changes: int, seed: int) -> None:
    measure(town_setting(works, seed=seed), changes=changes, seed=seed)


def _measure_feed(path: Path, changes: int, seed: int) -> None:
    measure(feed_setting(path), changes=changes, seed=seed)


def main() -> None:
    """Measure each programme in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--works", type=int, nargs="*", default=[2_000, 30_000])
    parser.add_argument("--feed", type=Path, nargs="*", default=[])
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    jobs = [(_measure_feed, path) for path in asked.feed]
    jobs += [(_measure_town, works) for works in asked.works]  # type: ignore[misc]
    for job, subject in jobs:
        process = spawn.Process(target=job, args=(subject, asked.changes, asked.seed))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
