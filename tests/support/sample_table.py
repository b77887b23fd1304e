"""The table of `docs/samples.md`: what comes out of the real samples of three formats.

`python -m tests.support.sample_table` writes the document anew; a contract test compares it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.check.command import CheckOptions, evaluate
from hub.check.intake import read_files
from hub.connect.files import read_file
from hub.model.intervention import Intervention
from tests.support.shared import REPOSITORY, SHARED

DOCUMENT = REPOSITORY / "docs" / "samples.md"
SAMPLES = SHARED / "samples"
FOLDERS = {"wior-amsterdam": "*.json", "city-registers": "*.json", "mspdi": "*.xml"}

INTRODUCTION = """# Real samples

What the connectors make of real files, without a mapping file of one's own. The files are no part
of this repository; this page is generated from them by `python -m tests.support.sample_table`, and
a test fails when it no longer holds.

*Left out* are rows that are no works (summary rows, blank rows, milestones). *Incomplete* works
lack an owner, a discipline or a firmness: they are kept and take part in nothing until a mapping
file or another source says it. *Findings* are those of `hub check` on the file alone, on the day on
which its first work begins.

"""
HEADER = (
    "| sample | profile | rows read | left out | interventions | incomplete | refused "
    "| findings |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
NOTES = """
## What is behind the numbers

- **WIOR Amsterdam**: the refused work has a polygon that crosses itself in the register. An invalid
  geometry is refused and not repaired: a repaired street is another street.
- **WIOR, Helsinki and Dortmund** name no discipline, and WIOR and Helsinki no owner. Their profiles
  say `other`, and the city that keeps the register; the README of the connector tells why.
- **Helsinki** lies 1,500 km from the origin of RD. Its places are projected all the same, lengths
  come out 1.4 % too long; within one city works are still compared fairly.
- **NDW**, the national feed of road works, has a page of its own, [datex2.md](datex2.md); its
  snapshot says on which day it was made, and findings are those of that day.
- **Microsoft Project** files say when and for how much, never whose, of which discipline or where.
  A mapping file adds that; see `connectors/mspdi/samples`.
"""


@dataclass(frozen=True)
class SampleResult:
    """What one real file gave."""

    name: str
    profile: str
    rows: int
    left_out: Counter[str]
    works: tuple[Intervention, ...]
    refusals: tuple[str, ...]
    findings: Counter[str]

    @property
    def incomplete(self) -> int:
        return sum(1 for work in self.works if work.missing)


def samples() -> list[Path]:
    """Return the real files, by folder and name."""
    return [
        path
        for folder, pattern in FOLDERS.items()
        for path in sorted((SAMPLES / folder).glob(pattern))
    ]


def result_of(path: Path) -> SampleResult:
    """Return what one file gives by itself."""
    reading = read_file(path)
    return SampleResult(
        name=f"{path.parent.name}/{path.name}",
        profile=reading.system,
        rows=reading.rows_read,
        left_out=Counter(
            {name.removeprefix("left out, "): count for name, count in reading.notes.items()}
        ),
        works=reading.interventions,
        refusals=tuple(str(item).removeprefix(f"{path}: ") for item in reading.refusals),
        findings=_findings(path, reading.interventions),
    )


def _findings(path: Path, works: tuple[Intervention, ...]) -> Counter[str]:
    starts = [work.window.start.lo for work in works if work.window is not None]
    day = date.fromordinal(min(starts))
    intake = read_files([path], reference_date=day, today=day)
    _, outcome = evaluate(intake, CheckOptions(files=(path,), reference_date=day))
    assert outcome is not None
    return Counter(finding.rule for finding in outcome.findings)


def document() -> str:
    """Return the whole page."""
    results = [result_of(path) for path in samples()]
    lines = [_line(result) for result in results]
    refused = [f"- `{result.name}`: {text}\n" for result in results for text in result.refusals]
    return "".join([INTRODUCTION, HEADER, *lines, "\nRefused:\n\n", *refused, NOTES])


def _line(result: SampleResult) -> str:
    return (
        f"| `{result.name}` | {result.profile} | {result.rows} | {_counts(result.left_out)} | "
        f"{len(result.works)} | {result.incomplete} | {len(result.refusals)} | "
        f"{_counts(result.findings)} |\n"
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items())) or "0"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
