"""The runbook speaks of what exists: alerts, exit codes, commands, settings, queries, events."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from hub import cli
from hub.errors import RejectReason
from hub.settings import PREFIX, Settings
from hub.streams import exit_codes
from tests.unit.deploy.commands import problem_of
from tests.unit.deploy.promql import known_series, problems, rules, selectors

ROOT = Path(__file__).resolve().parents[3]
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for room in ("hub", "connectors")
    for path in sorted((ROOT / room).rglob("*.py"))
)
ALERTS = [rule.name for rule in rules("alerts.yml", "alert")]
CODES = {
    *(cli.EXIT_FOUND, cli.EXIT_INPUT, cli.EXIT_OUTSIDE, cli.EXIT_FAULT),
    *(exit_codes.STOPPED, exit_codes.POISONED, exit_codes.FAULT),
}


def sections(level: int, text: str = RUNBOOK) -> dict[str, str]:
    """Return the sections under headings of one level, by heading."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", RUNBOOK, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return every `hub …` command, from blocks and from within sentences."""
    lines = [line.strip() for block in blocks("sh") for line in block.splitlines()]
    spoken = re.findall(r"`(?:[^`\n]* -- )?(hub [^`…]+)`", RUNBOOK)
    found = [line for line in lines if line.startswith("hub ")] + spoken
    return sorted({re.sub(r"\s+", " ", command.partition(" > ")[0]) for command in found})


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    found = sections(3, sections(2)["Alerts"])

    assert list(found) == ALERTS
    for name, text in found.items():
        words = [f"**{word}**" for word in ("Means", "See", "Do", "Call")]
        assert [word for word in words if word not in text] == [], name


def test_every_exit_code_has_a_section_and_every_section_a_code() -> None:
    found = sections(3, sections(2)["Exit codes"])

    assert list(found) == [f"Exit code {code}" for code in sorted(CODES)]
    assert all("**Means**" in text and "**Do**" in text for text in found.values())


def test_there_are_commands_to_hold_it_to() -> None:
    assert len(commands()) >= 20


@pytest.mark.parametrize("command", commands())
def test_a_command_exists(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    alone = command.count(" ") <= 2 and "--" not in command  # `hub replay` names a command only

    problem = problem_of(words)

    assert problem is None or (alone and problem.endswith(("is missing", "before a command")))


def test_a_query_is_one_and_asks_for_what_exists(tmp_path: Path) -> None:
    known = known_series()
    queries = blocks("promql")
    spoken = re.findall(r"`(hub[_:][a-z0-9_:]+)`", RUNBOOK)

    assert len(queries) >= 8
    assert len(spoken) >= 2
    told = [problem for query in (*queries, *spoken) for problem in problems(query, known)]
    assert [problem for problem in told if not _is_histogram(problem)] == []
    assert all(list(selectors(query)) for query in queries)
    if shutil.which("promtool") is None:
        return  # test_prometheus.py skips, and says what to install
    written = [
        {"record": "spoken", "labels": {"n": str(n)}, "expr": q} for n, q in enumerate(queries)
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": written}]}))
    ran = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _is_histogram(problem: str) -> bool:
    name = problem.removesuffix(" is no metric")
    return f"{name}_bucket" in known_series()


def test_the_settings_it_names_exist() -> None:
    named = set(re.findall(r"\bHUB_[A-Z_]+", RUNBOOK))

    assert len(named) >= 5
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_log_events_it_names_are_written() -> None:
    parts = {match.partition(".")[0] for match in re.findall(r'"([a-z]+\.[a-z_]+)"', SOURCES)}
    named = {
        event
        for event in re.findall(r"`([a-z]+\.[a-z_]+)`", RUNBOOK)
        if event.partition(".")[0] in parts
        and not event.endswith((".replicas", ".retention", ".sh", ".yml"))
    }

    assert len(named) >= 5
    assert [event for event in named if f'"{event}"' not in SOURCES] == []


def test_every_reason_of_a_dead_letter_is_explained() -> None:
    table = sections(2)["Dead letters"]

    assert [reason for reason in RejectReason if f"`{reason.value}`" not in table] == []


def test_its_links_lead_to_a_section_or_a_file() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}

    linked = re.findall(r"\]\(#([^)]+)\)", RUNBOOK)
    files = re.findall(r"`((?:deploy|docs)/[\w./-]+\.(?:md|yml|yaml|toml))`", RUNBOOK)

    assert len(linked) >= 5
    assert set(linked) <= anchors
    assert len(files) >= 3
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_what_leads_to_an_exit_code_is_what_the_code_says() -> None:
    """The words by which the reasons of code 70 are looked up stand in the code."""
    table = sections(3, sections(2)["Exit codes"])["Exit code 70"]
    rows = re.findall(r"^\| ([^|]+) \| ", table, re.MULTILINE)
    pieces = [
        piece.strip()
        for row in rows
        if row not in ("the reason says", "---")
        for piece in re.split(r"[,;…]", row)
        if piece.strip()
    ]

    assert len(pieces) >= 8
    written = re.sub(r'"\s*\n\s*f?"', "", SOURCES)
    assert [piece for piece in pieces if piece not in written] == []
