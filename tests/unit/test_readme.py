"""The README's commands run as they are written, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = [line for block in SHELL_BLOCKS for line in block.splitlines()]
HUB_COMMANDS = [line for line in LINES if line.startswith("hub ")]


def test_the_readme_has_commands_to_hold_it_to():
    assert len(HUB_COMMANDS) >= 8
    assert {line.split("#")[0].strip() for line in LINES} >= {"make demo", "make test"}


@pytest.mark.parametrize("command", HUB_COMMANDS)
def test_a_command_of_the_readme_runs(command, tmp_path):
    written, _, target = command.partition(" > ")
    words = shlex.split(written)[1:]

    ran = subprocess.run(
        [sys.executable, "-m", "hub", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    allowed = {0, 1} if words[0] == "check" else {0}  # 1: a heavy conflict was found
    assert ran.returncode in allowed, ran.stderr
    assert ran.stdout.strip()
    assert not target or target == "programme.json"


def test_the_links_of_the_readme_lead_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert len(links) >= 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_in_the_table_exist():
    from click.testing import CliRunner

    from hub.cli import cli

    rows = re.findall(r"^\| `hub ([a-z-]+)( [a-z]+)?", README, re.MULTILINE)
    assert len(rows) >= 8
    for name, sub in rows:
        words = [name, sub.strip()] if sub else [name]
        if CliRunner().invoke(cli, [*words, "--help"]).exit_code != 0:
            pytest.fail(f"hub {' '.join(words)} is in the README and is no command")
