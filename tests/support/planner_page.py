"""The page `docs/planner.md`: its commands are run, and what they print stands below them.

`python -m tests.support.planner_page` writes the town of the demo and the page anew; a test
compares both. A block that opens with `text N` after a command shows at most N lines of what it
prints, the first ones and the last; without a number a block is left as it is.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from hub.cli import cli
from hub.demo.files import write_files
from hub.demo.municipality import plan_municipality
from tests.support.shared import REPOSITORY

PAGE = REPOSITORY / "docs" / "planner.md"
TOWN = REPOSITORY / "docs" / "examples" / "town" / "plans.json"
DAY = date(2026, 11, 24)
_SHOWN = re.compile(
    r"^```sh\n(hub [^\n]*)\n```\n\n```text (\d+)\n(.*?)^```", re.MULTILINE | re.DOTALL
)
_LAST_LINES = 8


def commands(page: str) -> list[str]:
    """Return the commands whose output the page shows."""
    return [found[1] for found in _SHOWN.finditer(page)]


def written(page: str, output_of: Callable[[str], str]) -> str:
    """Return the page with the output of its commands as it is now."""

    def shown(found: re.Match[str]) -> str:
        output = _shortened(output_of(found[1]), int(found[2]))
        return f"```sh\n{found[1]}\n```\n\n```text {found[2]}\n{output}```"

    return _SHOWN.sub(shown, page)


def _shortened(output: str, most: int) -> str:
    """Return the first and the last lines of a long output."""
    lines = output.rstrip().splitlines()
    if len(lines) > most:
        lines = [*lines[: most - _LAST_LINES], "…", *lines[-_LAST_LINES:]]
    return "\n".join(lines) + "\n"


def output_of(command: str) -> str:
    """Run a command of the page in the root of the repository; a heavy conflict is no failure."""
    words = [
        str(REPOSITORY / word) if word.startswith("docs/") else word
        for word in shlex.split(command)[1:]
    ]
    ran = CliRunner().invoke(cli, words)
    has_run = ran.exception is None or isinstance(ran.exception, SystemExit)
    assert has_run, f"{command}: {ran.exception}"
    assert ran.exit_code in (0, 1), f"{command}: {ran.output}"
    return ran.stdout.replace(f"{REPOSITORY}/", "")


def town() -> str:
    """Return the plans of the demo on a fixed day as one programme file."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(plan_municipality(seed=1, day=DAY), Path(folder))
        sources = [str(plan.path) for plan in files.plans]
        arguments = ["convert", *sources, str(files.reference), "--reference-date", f"{DAY}"]
        ran = CliRunner().invoke(cli, arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


if __name__ == "__main__":
    TOWN.write_text(town(), "utf-8")
    PAGE.write_text(written(PAGE.read_text("utf-8"), output_of), "utf-8")
