"""The table that people read is the one that was recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chaos.faults import FAULTS, MEANING, NEED_THREE_NODES
from tests.chaos.table import main

HERE = Path(__file__).parent


def test_the_table_in_the_readme_is_made_from_what_was_recorded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- table -->\n(.*)\n<!-- end of table -->", readme, re.DOTALL)
    assert shown is not None

    main([str(HERE / "recorded.jsonl")])

    assert shown[1] == capsys.readouterr().out.strip()
    for brokers in (1, 3):
        for fault in FAULTS:
            if brokers == 3 or fault not in NEED_THREE_NODES:
                assert f"| {MEANING[fault]} | {brokers} | on |" in shown[1]
