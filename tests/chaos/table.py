"""Makes the table of README.md from what campaigns recorded with `--record FILE`.

python -m tests.chaos.table FILE...
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.chaos.faults import MEANING

COLUMNS = (
    "fault",
    "brokers",
    "layer",
    "times",
    "lost",
    "duplicated",
    "contradictory",
    "lasts",
    "longest pause",
    "answered after it",
)

COUNTS = ("lost", "duplicated", "contradictory")
SECONDS = ("trouble", "pause", "after")


def _times(seconds: Iterable[float]) -> str:
    """Return the middle and the longest of some times."""
    found = list(seconds)
    return f"{statistics.median(found):.0f} / {max(found):.0f} s"


def table(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return the lines of the table, one per fault, number of brokers and layer."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["layer"], row["brokers"], row["fault"]].append(row)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    order = list(MEANING)
    for (layer, brokers, fault), found in sorted(
        groups.items(), key=lambda item: (item[0][1], item[0][0] == "off", order.index(item[0][2]))
    ):
        times = " | ".join(_times(row[name] for row in found) for name in SECONDS)
        sums = {name: sum(row[name] for row in found) for name in COUNTS}
        lines.append(
            f"| {MEANING[fault]} | {brokers} | {layer} | {len(found)} |"
            f" {' | '.join(map(str, sums.values()))} | {times} |"
        )
    return lines


def main(files: Sequence[str]) -> int:
    lines = [line for file in files for line in Path(file).read_text("utf-8").splitlines()]
    print("\n".join(table(json.loads(line) for line in lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
