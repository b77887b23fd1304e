"""Which own cases hold which boundary of which rule, read from the cases themselves.

`python -m tests.cases.boundaries` prints the table. A case is about the rule its name begins with.
What a case shows is read from what it expects and from the dates in it, so a cell cannot be filled
by a name alone; only what a source leaves out is named by hand, in the test.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from tests.cases.case_files import OWN

FIRES, NEAR, LIFECYCLE = "fires", "near miss", "lifecycle"
PRECISIONS = ("day", "month", "quarter", "year")
COLUMNS = (FIRES, NEAR, *PRECISIONS, LIFECYCLE)
_FORMS = {
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "month": re.compile(r"\d{4}-\d\d"),
    "quarter": re.compile(r"\d{4}-Q\d"),
    "year": re.compile(r"\d{4}"),
}
Case = Mapping[str, Any]
Table = dict[str, dict[str, list[str]]]


@lru_cache(maxsize=1)
def own_cases() -> dict[str, Case]:
    """Return the own cases that are not refused, by name."""
    cases = {path.stem: json.loads(path.read_bytes()) for path in sorted(OWN.glob("*.json"))}
    return {name: case for name, case in cases.items() if "refused" not in case["expect"]}


def table() -> Table:
    """Return per rule and column the cases that fill the cell."""
    found: Table = defaultdict(lambda: defaultdict(list))
    for name, case in own_cases().items():
        rule = name.partition("-")[0].upper()
        if re.fullmatch(r"[COF]\d\d", rule):
            for column in columns_of(rule, case):
                found[rule][column].append(name)
    return found


def columns_of(rule: str, case: Case) -> Iterator[str]:
    """Yield the columns of a rule that a case fills."""
    expect = case["expect"]
    statuses = list(_statuses(rule, expect))
    if any(status not in ("resolved", "none") for status in statuses):
        yield FIRES
    if "none" in statuses or _is_left_out(rule, expect):
        yield NEAR
    if any(status not in ("detected", "none") for status in statuses):
        yield LIFECYCLE
    if statuses or _is_left_out(rule, expect):
        yield from (one for one in PRECISIONS if one in set(_precisions(case)))


def _statuses(rule: str, expect: Mapping[str, Any]) -> Iterator[str]:
    """Yield the statuses that a case expects of a rule's findings, at any moment."""
    for item in expect.get("findings", ()):
        if rule == (item.get("rule") or item["id"].partition(":")[0]):
            yield item.get("status", "detected")
    for step in expect.get("steps", ()):
        for finding, status in step["statuses"].items():
            if finding.partition(":")[0] == rule:
                yield status


def _is_left_out(rule: str, expect: Mapping[str, Any]) -> bool:
    """Tell whether a case says that the rule, or some finding of it, is not there."""
    named = {item.get("rule") or item["id"].partition(":")[0] for item in expect.get("absent", ())}
    found = {
        item.get("rule") or item["id"].partition(":")[0] for item in expect.get("findings", ())
    }
    return rule in named or (expect.get("only") is True and rule not in found)


def _precisions(case: Case) -> Iterator[str]:
    """Yield the forms of all plan dates of the works in a case, those of its changes too."""
    changed = [step["intervention"] for step in case.get("changes", ()) if "intervention" in step]
    for work in (*case["interventions"], *changed):
        for text in _plan_dates(work):
            yield next(name for name, form in _FORMS.items() if form.fullmatch(text))


def _plan_dates(work: Mapping[str, Any]) -> Iterator[str]:
    for key in ("window", "participation"):
        period = work.get(key) or {}
        yield from (period[end] for end in ("start", "end") if end in period)
    if "baseline_start" in work:
        yield work["baseline_start"]


def rendered(found: Table) -> str:
    """Return the table as Markdown, with the number of cases in each cell."""
    lines = ["| rule | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for rule in sorted(found):
        counts = (str(len(found[rule][column]) or "") for column in COLUMNS)
        lines.append(f"| {rule} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(rendered(table()))
