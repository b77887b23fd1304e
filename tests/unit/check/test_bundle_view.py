"""A bundle answers the five questions; what nobody said is shown as unknown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.check.bundle_view import bundle_text
from hub.check.scene import Scene
from hub.check.value_words import LISTS, period
from hub.errors import ConfigurationError
from hub.rules.rule import Language
from tests.unit.check.programmes import scene, work

GOVERNANCE = {
    "political_client": "alderman water",
    "official_client": "director public works",
    "delivery_lead": None,
    "mandate_cents": 50_000_000,
    "support": "medium",
    "capacity": "sufficient",
    "portfolios": ["water", "climate"],
}


@pytest.fixture
def combined(tmp_path: Path) -> Scene:
    sewer = work(
        "sewer:1",
        "2029-03-01",
        "2029-09-01",
        role="leading",
        title="Riool",
        governance=GOVERNANCE,
        cost_cents=84_000_000,
        funding=[
            {"source": "levy", "amount_cents": 50_000_000, "status": "approved",
             "budget_year": 2029},
        ],
        required_decisions=[
            {"id": "credit", "level": "municipal_council", "status": "not_started"}
        ],
        goal_contributions=[{"goal": "rain", "amount": 350}],
    )  # fmt: skip
    return scene(
        tmp_path,
        sewer,
        work("space:1", "2029-05-01", "2029-10-01", ride_along_with="sewer:1"),
        work("heat:1", "2030-01-15", "2030-05-01", geometry=sewer["geometry"],
             shift_room={"earliest_start": "2029-03-01"}),
        goals=[{"id": "rain", "policy_owner": "climate", "unit": "m2", "due_year": 2030}],
        calendar=[
            {"id": "spring", "kind": "budget_gate", "start": "2027-07-01"},
            {"id": "elsewhere", "kind": "budget_gate", "start": "2027-07-02",
             "municipality": "GM0001"},
            {"id": "too-late", "kind": "budget_gate", "start": "2031-07-01"},
        ],
        policy=[{"version": "a", "values": {"programme_owner": "gebiedsregie"}}],
    )[1]  # fmt: skip


def shown(found: Scene, bundle: str = "sewer:1", language: Language = Language.EN) -> str:
    return bundle_text(bundle, found, language, where="test")


def answer(text: str, question: str) -> list[str]:
    return [line.strip() for line in text.split(question)[1].split("\n\n")[0].splitlines()[1:]]


def test_who_keeps_the_overview(combined: Scene):
    assert answer(shown(combined), "1. Who keeps the overview?") == [
        "owner of the leading plan: sewer-co",
        "official client: director public works",
        "owner of the programme: gebiedsregie",
    ]


def test_who_steers_tells_nobody_from_unknown(combined: Scene):
    lines = answer(shown(combined), "2. Who steers?")

    assert "delivery lead nobody" in lines[0]
    assert "portfolios water, climate" in lines[0]
    assert "political client unknown" in lines[1]


def test_with_which_means(combined: Scene):
    lines = answer(shown(combined), "3. With which means?")

    assert lines[0] == "sewer:1: cost € 840,000.00; mandate € 500,000.00; capacity sufficient"
    assert lines[1] == "levy: € 500,000.00 approved, 2029"
    assert lines[-1] == "Together: cost € 840,000.00 (partly unknown), approved € 500,000.00"


def test_from_where_to_where(combined: Scene):
    lines = answer(shown(combined), "4. From where to where?")

    assert lines[:2] == ["sewer:1: now 1 March 2029 until 1 September 2029", "→ rain: 350 m², 2030"]


def test_by_which_path_in_the_order_of_days(combined: Scene):
    lines = answer(shown(combined), "5. By which path?")

    assert lines[:4] == [
        "1 July 2027: budget gate spring",
        "1 December 2028: sewer:1: decision credit (municipal council, not submitted yet)",
        "1 March 2029: sewer:1: starts at the earliest",
        "1 May 2029: space:1: starts at the earliest",
    ]
    assert not any("elsewhere" in line or "too-late" in line for line in lines)


def test_members_riders_score_and_joint_window(combined: Scene):
    text = shown(combined)

    space = "space-co, public space, adopted, 1 May 2029 until 1 October 2029 — rides along"
    assert space in text
    assert "— lies beside it and could go together" in text
    assert "workability limit 60" in text
    assert "portfolios: 6 (partly unknown)" in text
    assert "Joint window: none" in text


def test_a_bundle_is_found_by_its_leading_work_or_by_its_own_id(combined: Scene):
    assert shown(combined, "bundle:sewer:1") == shown(combined, "sewer:1")
    assert shown(combined, language=Language.NL) != shown(combined)


def test_a_work_that_leads_nothing_is_answered_with_the_bundles_there_are(combined: Scene):
    with pytest.raises(ConfigurationError, match="there are: bundle:sewer:1"):
        shown(combined, "heat:1")


def test_circular_riding_along_ends(tmp_path: Path):
    parts: dict[str, Any] = {"geometry": work("sewer:1", "2029", "2029")["geometry"]}
    _, found = scene(
        tmp_path,
        work("sewer:1", "2029", "2029", role="leading", ride_along_with="heat:1", **parts),
        work("heat:1", "2029", "2029", ride_along_with="sewer:1", **parts),
    )

    assert "heat:1" in shown(found)


def test_every_value_of_a_closed_list_has_words_in_both_languages():
    assert len(LISTS) >= 8
    for values, words in LISTS.items():
        assert set(words) == {str(value) for value in values}
        assert all("_" not in text for one in words.values() for text in (one.nl, one.en))


@pytest.mark.parametrize("language", list(Language))
def test_no_code_and_no_day_in_figures_is_shown(combined: Scene, language: Language):
    lines = shown(combined, language=language).splitlines()
    told = [line for line in lines if "|" not in line]  # without the ids of findings

    assert not [line for line in told if re.search(r"\d{4}-\d{2}|\w_\w", line)]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2029", "2029", "2029"),
        ("2029", "2030", "2029 through 2030"),
        ("2029-Q1", "2029-05", "first quarter of 2029 through May 2029"),
        ("2029-03-01", "2029-09-01", "1 March 2029 until 1 September 2029"),
    ],
)
def test_a_period_says_whether_its_end_is_in_it(tmp_path: Path, start: str, end: str, said: str):
    _, found = scene(tmp_path, work("sewer:1", start, end))

    assert period(found.works["sewer:1"], Language.EN) == said
