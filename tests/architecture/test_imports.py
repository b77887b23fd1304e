"""The arrows between rooms, and the proof that each contract can fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# One forbidden import per contract, planted in a copy of the tree.
PLANTED = {
    "arrows between rooms point down": ("hub/contracts/__init__.py", "import hub.kafka"),
    "the model needs the standard library only": ("hub/model/problems.py", "import shapely"),
    "rules know the model only": ("hub/rules/__init__.py", "import hub.contracts"),
    "the core has no clock, log, metric, setting or broker": ("hub/engine/merge.py", "import time"),
    "Faust stays in hub.streams": ("hub/serve/__init__.py", "import faust"),
    "confluent_kafka stays in hub.kafka": ("hub/connect/__init__.py", "import confluent_kafka"),
    "fastavro stays in hub.contracts": ("hub/kafka/__init__.py", "import fastavro"),
    "starlette and uvicorn stay in hub.serve": ("hub/check/__init__.py", "import starlette"),
    "hub check needs neither Faust nor a Kafka client": ("hub/check/words.py", "import hub.kafka"),
    "the hub names no connector": ("hub/bootstrap.py", "import connectors.tabular"),
    "connectors know the kit, the model and the errors": (
        "connectors/tabular/__init__.py",
        "import hub.engine",
    ),
    "connectors do not know each other": (
        "connectors/tabular/__init__.py",
        "import connectors.mspdi",
    ),
}


def lint_imports(tree: Path) -> tuple[int, dict[str, str]]:
    """Return the exit code, and KEPT or BROKEN per contract."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    ran = subprocess.run(
        [*command, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=120, check=False
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", ran.stdout, re.MULTILINE))
    return ran.returncode, verdicts


def test_arrows_point_one_way():
    code, verdicts = lint_imports(ROOT)

    assert set(verdicts) == set(PLANTED)
    assert {name for name, verdict in verdicts.items() if verdict == "BROKEN"} == set()
    assert code == 0


def test_every_contract_breaks_on_a_planted_import(tmp_path):
    for name in ("hub", "connectors", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, statement in PLANTED.values():
        file = tmp_path / path
        file.write_text(f"{file.read_text()}\n{statement}\n")

    code, verdicts = lint_imports(tmp_path)

    assert code != 0
    assert {name for name, verdict in verdicts.items() if verdict != "BROKEN"} == set()


@pytest.mark.parametrize("heavy", ["faust", "confluent_kafka", "aiokafka", "uvicorn", "rich"])
def test_a_small_check_loads_nothing_heavy(tmp_path, heavy):
    plan = tmp_path / "plan.json"
    plan.write_text(
        '{"format": "programme/1", "reference_date": "2026-11-23", "interventions": []}'
    )
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from hub.check.command import CheckOptions, check_files\n"
        f"check_files(CheckOptions((Path({str(plan)!r}),), form='json'))\n"
        f"sys.exit({heavy!r} in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False
    )

    assert ran.returncode == 0, ran.stderr.decode()[-500:]
