"""The generated parts of `docs/datex2.md`: what comes out of the real Delft sample.

`python -m tests.support.datex2_results` writes them anew; a contract test compares them.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from hub.check.command import CheckOptions, evaluate
from hub.check.intake import read_files
from hub.check.offline import Outcome
from hub.connect.files import FileReading, read_file
from hub.connect.preview import preview_text
from hub.model.finding import Finding
from tests.support.datex2_second_snapshot import Feed, second_of_delft
from tests.support.shared import REPOSITORY, SHARED

DOCUMENT = REPOSITORY / "docs" / "datex2.md"
DELFT = SHARED / "samples" / "datex2-ndw" / "ndw_planned_delft_2026-07-26.xml"
MADE_ON = date(2026, 7, 26)

POLICIES: dict[str, dict[str, object]] = {
    "as it is": {},
    "one register": {"match_within_owner": True},
    "one register, wider buffers": {
        "match_within_owner": True,
        "buffer_important_m": 25,
        "buffer_other_m": 15,
    },
}
READ_ALOUD = "one register, wider buffers"

VERDICTS = {
    "C01:ndw:NDW03_519283_MAN|ndw:NDW03_519288_MAN": (
        "True. Phases 5c and 5b of one gas and water job: 5c ends on 14 August at 16:00, 5b begins "
        "that day at 07:00, and their closed lines cross."
    ),
    "C01:ndw:NDW03_346045_MAN|ndw:NDW03_604056_MAN": (
        "True. A fibre connection on 15 September at the mouth of a street that a tower keeps "
        "closed until December. It takes the pavement only, so *possible* is right."
    ),
    "C01:ndw:NDW03_519265_MAN|ndw:NDW03_519274_MAN": (
        "True. Phases 5Ba and 5a, both closed from 24 August, 5Ba until 27 November; the closed "
        "lines lie 40 m apart around one corner."
    ),
    "C01:ndw:NDW03_519288_MAN|ndw:NDW03_603463_MAN": (
        "True. Trial trenches on 28 July, 24 m from the closed street of phase 5c."
    ),
    "C01:ndw:NDW03_527503_MAN|ndw:NDW03_527508_MAN": (
        "True. Cluster C (10) until 30 October and C (11) from 26 October: five days, and the "
        "closures lie at two ends of one block."
    ),
    "C01:ndw:NDW03_529085_EVE|ndw:NDW03_555785_EVE/2026-08-08": (
        "True. Two markets on Saturday 8 August: one on the square, the weekly one along the "
        "canals beside it."
    ),
    "C01:ndw:NDW03_553662_MAN|ndw:NDW03_582363_MAN": (
        "True. The site entrance of the heat network and the heat network itself, 15 m apart, "
        "from 20 July to 18 September; two stages of one job."
    ),
    "C01:ndw:NDW03_555785_EVE/2026-08-29|ndw:NDW03_597693_EVE": (
        "True. The weekly market and an event on the square on Saturday 29 August."
    ),
    "C01:ndw:NDW03_567045_MAN/2026-08-24|ndw:NDW03_604179_MAN": (
        "True. Repaving phase 2 (second period, until 18 September) and phase 2a (from 14 "
        "September) in one street, both closed, 3 m apart."
    ),
    "C01:ndw:NDW03_578908_EVE|ndw:NDW03_579521_EVE": (
        "True, and more: two events at one point on the same days with the same hours of building "
        "up look like one event entered twice."
    ),
    "C01:ndw:NDW03_591770_EVE|ndw:NDW03_591787_EVE": (
        "True. Two events of one week in August, their nearest closures 49 m apart."
    ),
    "C18:gemeente-delft|ndw|stale": (
        "True. Versions of 2023-12-13, 2025-01-30 and 2025-07-10 are the three older than a year."
    ),
    "O02:ndw:NDW03_603463_MAN|ndw:NDW03_604741_MAN": (
        "Half true. Trial trenches on 28 July, 9 m from gas and water works of 24 to 28 August in "
        "the same street. They are near enough, but such trenches are dug to prepare work like "
        "that, so there is little to combine; the source does not say what either opens, hence "
        "*possible*."
    ),
}


def outcome_of(policy: dict[str, object]) -> Outcome:
    """Return what `hub check` concludes from the sample under a policy."""
    value = {
        "format": "programme/1",
        "reference_date": MADE_ON.isoformat(),
        "interventions": [],
        "policy": [{"version": "example", "values": policy}] if policy else [],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.json"
        path.write_text(json.dumps(value), "utf-8")
        intake = read_files([DELFT, path], reference_date=None, today=MADE_ON)
    _, outcome = evaluate(intake, CheckOptions(files=(DELFT,)))
    assert outcome is not None
    return outcome


def blocks() -> dict[str, str]:
    """Return the generated parts by name."""
    reading = read_file(DELFT)
    outcomes = {name: outcome_of(policy) for name, policy in POLICIES.items()}
    return {
        "read": _read(reading),
        "findings": _findings(outcomes),
        "aloud": _aloud(outcomes[READ_ALOUD].findings),
        "preview": _preview(),
    }


def _read(reading: FileReading) -> str:
    works = reading.interventions
    incomplete = sum(1 for work in works if work.missing)
    rows = [
        ("rows read", reading.rows_read),
        ("interventions", len(works)),
        ("incomplete", incomplete),
        ("refused", len(reading.refusals)),
    ]
    lines = [f"| {name} | {count} |" for name, count in rows]
    for field in ("discipline", "firmness", "traffic_impact", "work_type"):
        counted = Counter(str(getattr(work, field) or "unknown") for work in works)
        told = ", ".join(f"{count} {name}" for name, count in counted.most_common())
        lines.append(f"| {field} | {told} |")
    kinds = Counter(str(work.geometry.type) for work in works if work.geometry is not None)
    told = ", ".join(f"{count} {name}" for name, count in kinds.most_common())
    return "\n".join(["| | |", "|---|---|", *lines, f"| geometry | {told} |"])


def _findings(outcomes: dict[str, Outcome]) -> str:
    lines = ["| policy | findings | by rule | by severity |", "|---|---|---|---|"]
    for name, outcome in outcomes.items():
        rules = Counter(finding.rule for finding in outcome.findings)
        severities = Counter(str(finding.severity) for finding in outcome.findings)
        lines.append(
            f"| {name} | {len(outcome.findings)} | {_counts(rules)} | {_counts(severities)} |"
        )
    return "\n".join(lines)


def _aloud(findings: tuple[Finding, ...]) -> str:
    lines = ["| finding | evidence | in the source |", "|---|---|---|"]
    for finding in findings:
        told = {item.name: item.value for item in finding.evidence}
        if "distance_m" in told:
            days = (
                f"{told['overlap_days_certain']} days"
                if "overlap_days_certain" in told
                else f"{told['gap_days_min']} days between"
            )
            evidence = (
                f"{finding.certainty}, {finding.severity}: {told['distance_m']} m apart, {days}"
            )
        else:
            evidence = f"{finding.certainty}, {finding.severity}: {told.get('count')} works"
        shown = finding.id.replace("ndw:NDW03_", "").replace("|", " · ")
        lines.append(f"| `{shown}` | {evidence} | {VERDICTS.get(finding.id, 'not read')} |")
    return "\n".join(lines)


def _preview() -> str:
    text = DELFT.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        feed = Feed(Path(folder) / "feed.xml")
        feed.run(text)
        changes = feed.preview(second_of_delft(text))
    told = preview_text(changes, where="datex2 feed.xml", before="what was sent before")
    return f"```\n{told.rstrip()}\n```"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items())) or "none"


def with_blocks(text: str) -> str:
    """Return a document with its generated parts made anew."""
    for name, content in blocks().items():
        pattern = re.compile(rf"(<!-- {name}: generated -->\n).*?(<!-- end -->)", re.DOTALL)
        assert pattern.search(text), f"expected a place for {name}"
        text = pattern.sub(lambda match, new=content: match[1] + new + "\n" + match[2], text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_blocks(DOCUMENT.read_text("utf-8")), "utf-8")
