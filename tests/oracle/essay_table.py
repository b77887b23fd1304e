"""The page `docs/essay.md`: each passage of the essay with the rules and cases that watch it.

`python -m tests.oracle.essay_table` writes it anew; a test fails where a passage has no rule, or a
rule no case of the project that shows it raising its finding.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from hub.rules import installed
from hub.rules.rule import Language

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "essay.md"
CASES = REPOSITORY / "tests" / "cases" / "own"
EXAMPLES_PER_RULE = 2

PASSAGES: tuple[tuple[str, str, str], ...] = (
    ("1.1", "old sewer, heat stress, social problems, homes off gas in one street", "O01 O02 O03"),
    ("1.1", "decide at the level that has the mandate", "C10"),
    ("1.1", "in execution only technical and planning bottlenecks remain", "C01 C04 C15"),
    ("1.1", "an area with many tasks is taken up as a whole", "C21"),
    ("1.2", "ambitions turn concrete on the way to the budget; assignments are broad", "F05"),
    ("1.2", "the street opens for the sewer anyway: hang other wishes on it", "O01 O03 C11"),
    ("1.2", "managers with budgets of their own; integral programming", "C08 C09 C11 C20"),
    ("1.2", "networks of others in the street; keep nuisance small", "C02 C13 C14 C16"),
    ("1.2", "early participation is work added to the task", "C05 C06"),
    ("1.3", "little can shift in time and money; the leading work sets the room", "C05 C19"),
    ("1.3", "replacement cannot wait for consensus for ever", "C05 C06"),
    ("1.3", "it often stays implicit that the sewer leads", "C10"),
    ("1.3", "chances outside the own network stay unseen", "O01 O02 O03 O04 F04"),
    ("1.4", "an approach that does not suit residents; participation that asks too much", "C17"),
    ("1.4", "the social domain knows the people and has no works or budget", "O03 C17"),
    ("1.5", "money is not arranged and is looked for; the budget cycle", "C08 C09 C20"),
    ("1.5", "room on the agenda of council and executive in time", "C07 C05"),
    ("1.5", "combining is workable up to a limit", "C11"),
    ("1.6", "time, means, mandate and support; split portfolios", "C10 C11"),
    ("1.6", "results left implicit, no overview of the parts", "F05 C18"),
    ("1.7", "dependence on operators, associations and developers", "C16 C04"),
    ("1.7", "steer traceably; share burdens fairly", "C13"),
    ("1.7", "a gap between policy and execution", "F05"),
    ("1.7", "report whether goals can be reached and instruments work", "F01 F02"),
    ("1.8", "change is the constant; investments stagnate", "C19 F03"),
    ("–", "from other cities: no opening after a renewal, no work in a closed season", "C03 C12"),
)
"""Chapter of the essay, passage in our own words, and the rules that watch it."""

_INTRODUCTION = """# The essay and the rules

What the essay says, the rule that watches it, and cases in `tests/cases/own` that show the rule
raising its finding. Every case is held against `hub check` and against an independent
implementation of the specification (`tests/oracle`).

Made by `python -m tests.oracle.essay_table`; a test fails when it is stale, when a passage has no
rule, and when a rule has no case. Not watched, because no machine can: differences of culture and
language between departments, competences, diplomacy.

| essay | passage | rule | shown by |
|---|---|---|---|
"""


@lru_cache(maxsize=1)
def cases_of_rules() -> dict[str, list[str]]:
    """Return per rule the own cases that expect a finding of it, by name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(CASES.glob("*.json")):
        expect = json.loads(path.read_bytes())["expect"]
        named = {item.get("rule") or item["id"][:3] for item in expect.get("findings", ())}
        for rule in named:
            found[rule].append(path.stem)
    return dict(found)


def shown_by(rule: str) -> list[str]:
    """Return a few cases that show a rule, those that are named after it first."""
    cases = cases_of_rules().get(rule, [])
    own = [name for name in cases if name.startswith(rule.lower())]
    return (own or cases)[:EXAMPLES_PER_RULE]


def page() -> str:
    """Return the whole page."""
    rules = installed()
    lines = []
    for chapter, passage, watched in PASSAGES:
        for rule in watched.split():
            title = rules[rule].title.in_language(Language.EN) if rule in rules else "not installed"
            cases = ", ".join(f"`{name}`" for name in shown_by(rule)) or "none"
            lines.append(f"| {chapter} | {passage} | {rule} {title} | {cases} |\n")
    return _INTRODUCTION + "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
