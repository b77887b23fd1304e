"""Every finding, bundle and burden of every case can be told, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.check.bundle_view import bundle_text
from hub.check.burdens import burdens_of_files, burdens_text
from hub.check.explain import explanation_text
from hub.check.offline import run
from hub.check.programme_file import read_programme
from hub.check.scene import scene_of_files
from hub.errors import RejectedRecordError
from hub.rules.rule import Language
from hub.rules.wording import ACTIONS, REASONS
from tests.support.shared import SHARED

CASES = sorted(
    [
        *(Path(__file__).parent / "own").glob("*.json"),
        *((SHARED / "design" / "cases").glob("*.json") if SHARED.exists() else ()),
    ]
)


def test_there_are_cases_to_look_at():
    assert len(CASES) > 50


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_all_of_a_case_can_be_told(case: Path):
    try:
        programme = read_programme(case.read_bytes())
        outcome = run(programme, options_of_steps=True)
    except RejectedRecordError:
        return  # a case of what is refused
    scene = scene_of_files(programme, outcome)
    for finding in outcome.findings:
        assert finding.must_act.reason in REASONS, "a reason without words"
        for option in finding.options:
            assert option.action == "shift" or option.action in ACTIONS, "an action without words"
        texts = {
            explanation_text(finding.id, scene, language, where="case") for language in Language
        }
        assert len(texts) == 2, "the same in both languages"
        assert not any("{" in line for text in texts for line in _sums(text))
    for bundle in outcome.bundles:
        for language in Language:
            assert bundle_text(bundle.id, scene, language, where="case")
    asked = sum(burden.asked for burden in burdens_of_files(programme, scene))
    assert asked <= sum(len(step.changed) for step in outcome.steps)
    assert burdens_text(burdens_of_files(programme, scene), Language.NL)


def _sums(text: str) -> list[str]:
    """Return the lines of arithmetic, in which every place must be filled."""
    for title in ("\nRekensom\n", "\nArithmetic\n"):
        if title in text:
            return text.split(title)[1].split("\n\n")[0].splitlines()
    return []
