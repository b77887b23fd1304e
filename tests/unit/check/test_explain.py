"""An explanation holds everything a finding follows from, and the text that the event carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.check.arithmetic import arithmetic
from hub.check.explain import explanation_text
from hub.check.inputs import euros, fields_of
from hub.check.scene import Moment, Scene
from hub.errors import ConfigurationError
from hub.model.finding import FindingKind
from hub.model.intervention import INTERVENTION_FIELDS
from hub.model.vocabulary import DecisionKind
from hub.rules import explain, installed
from hub.rules.rule import Language, Texts
from tests.unit.check.programmes import scene, work

C01 = "C01:heat:1|sewer:1"


@pytest.fixture
def collision(tmp_path: Path) -> Scene:
    """Sewer from two sources, heat that moves into its window and is acknowledged."""
    sewer = work("sewer:1", "2029-03-01", "2029-09-01", role="leading", title="Riool Lindestraat")
    window = sewer.pop("window")
    geometry_of = {"system": "sewer-gis", "key": "K-7", "revision": 3, "updated_on": "2026-10-01"}
    plan_of = {"system": "project-tool", "key": "P-1", "revision": 12}
    heat = work("heat:1", "2030-01-01", "2030-03-01")
    moved = work(
        "heat:1",
        "2029-07-01",
        "2029-10-01",
        shift_room={"earliest_start": "2029-06-01", "latest_end": "2030-06-01"},
    )
    return scene(
        tmp_path,
        {**sewer, "source": geometry_of},
        {"id": "sewer:1", "window": window, "source": plan_of},
        heat,
        policy=[
            {"version": "land", "values": {"buffer_other_m": 6, "buffer_important_m": 11}},
            {"version": "stad", "municipality": "GM0999", "values": {"buffer_important_m": 12}},
            {"version": "oud", "valid_to": "2026-01-01", "values": {"hysteresis_m": 9}},
        ],
        changes=[
            {"at": "2026-12-01", "intervention": moved, "cause": "permit came"},
            {
                "at": "2026-12-05",
                "decision": {
                    "id": "d-1",
                    "kind": "acknowledge",
                    "finding": C01,
                    "by": "heat-co",
                    "on": "2026-12-05",
                    "reason": "we look at it",
                },
            },
        ],
    )[1]


def explained(found: Scene, language: Language = Language.EN, finding: str = C01) -> str:
    return explanation_text(finding, found, language, where="test")


def section(text: str, title: str) -> list[str]:
    lines = text.split(f"\n{title}\n")[1].split("\n\n")[0].splitlines()
    return [line.strip() for line in lines]


@pytest.mark.parametrize("language", list(Language))
def test_the_text_of_the_event_stands_in_it_word_for_word(collision: Scene, language: Language):
    names = {key: one.title or "" for key, one in collision.works.items()}

    def name(work_id: str) -> str:
        return f"{names[work_id]} ({work_id})" if names[work_id] else work_id

    event_text = explain(collision.findings[C01], language=language, name=name)

    assert event_text in explained(collision, language)


def test_each_policy_value_tells_where_it_comes_from(collision: Scene):
    lines = section(explained(collision), "Policy values")

    assert "buffer_important_m = 12 m — policy 'stad' (GM0999)" in lines
    assert "buffer_other_m = 6 m — policy 'land' (everywhere)" in lines
    assert "hysteresis_m = 2 m — default (design of the detector)" in lines
    assert "version in the finding: land+stad" in lines


def test_each_field_tells_its_source_and_revision(collision: Scene):
    lines = section(explained(collision), "What this follows from")

    assert "Riool Lindestraat (sewer:1), revision 2" in lines
    assert "window: 2029-03-01 – 2029-09-01  [project-tool, P-1, revision 12]" in lines
    (place,) = (line for line in lines if line.startswith("geometry") and "K-7" in line)
    assert place.endswith("[sewer-gis, K-7, revision 3, confirmed 2026-10-01]")
    assert "shift_room: unknown" in lines
    assert "window: 2029-07-01 – 2029-10-01  [from the file itself]" in lines


def test_the_history_tells_each_change_what_it_followed_from_and_who_answered(collision: Scene):
    lines = section(explained(collision), "History")

    assert lines == [
        "2026-12-01 revision 1: new, heavy, certain (changes[0]: change of heat:1, permit came)",
        "2026-12-05 revision 2: acknowledged, heavy, certain (changes[1]: decision d-1 by heat-co)",
        "2026-12-05 acknowledged by heat-co: we look at it [d-1]",
    ]


def test_measured_facts_stand_with_unit_and_limit_and_are_put_into_the_sum(collision: Scene):
    text = explained(collision)

    assert "overlap_days_certain: 62 days (limit 1 days)" in section(text, "Measured")
    assert "certain overlap = earliest end − latest start of both = 62 days" in section(
        text, "Arithmetic"
    )


def test_an_option_says_where_the_work_would_come_to_lie(collision: Scene):
    first = section(explained(collision), "What could be done")[0]

    assert first.startswith("move heat:1 62 days later; fits the room to shift")
    assert "[2029-07-01 – 2029-10-01 → 2029-09-01 – 2029-12-02]" in first


def test_a_resolved_finding_is_explained_with_its_end(tmp_path: Path):
    _, found = scene(
        tmp_path,
        work("sewer:1", "2029-03-01", "2029-09-01"),
        work("heat:1", "2029-07-01", "2029-10-01"),
        changes=[{"at": "2027-01-01", "withdraw": "heat:1"}],
    )

    text = explained(found)

    assert "It stands: resolved, heavy, certain; a work was withdrawn" in text
    assert "(changes[0]: withdrawal of heat:1)" in text


def test_what_a_compacted_topic_no_longer_holds_is_said(collision: Scene):
    last = Moment(
        collision.findings[C01],
        Texts("decision:d-1@x", "decision:d-1@x"),
        texts={Language.EN: "As told."},
    )

    text = explained(replace(collision, moments={C01: (last,)}))

    assert section(text, "History")[0] == (
        "No longer on the topic (only the last state stays): revision 1–1"
    )
    assert "\nAs told.\n" in text, "the text of the event, not one made anew"


def test_a_finding_that_is_not_there_is_answered_with_those_it_may_have_meant(collision: Scene):
    with pytest.raises(ConfigurationError, match="meant: C01:heat:1"):
        explained(collision, finding="C01:heat:1|sewer:2")


def test_every_finding_of_every_kind_of_programme_can_be_explained(collision: Scene):
    assert collision.findings
    for finding in collision.findings:
        for language in Language:
            assert explained(collision, language, finding)


def test_money_is_written_as_people_write_it():
    assert euros(123_456_789, Language.NL) == "€ 1.234.567,89"
    assert euros(123_456_789, Language.EN) == "€ 1,234,567.89"


def test_feedback_tells_who_must_answer_by_when_and_how(collision: Scene):
    asked = replace(
        collision.findings[C01],
        kind=FindingKind.FEEDBACK,
        addressee="pol-climate",
        answer_by=date(2027, 1, 7),
        possible_answers=(DecisionKind.ACCEPT, DecisionKind.COUNTER),
        answer_overdue=True,
    )

    lines = section(explained(replace(collision, findings={C01: asked})), "An answer is asked")

    assert lines == [
        "of: pol-climate",
        "by: 2027-01-07 (overdue)",
        f"hub decide accept '{C01}' --by pol-climate",
        f"hub decide counter '{C01}' --by pol-climate",
    ]


def test_an_opportunity_tells_what_it_would_bring(tmp_path: Path):
    paved = {"surface_type": "paving"}
    _, found = scene(
        tmp_path,
        work("sewer:1", "2031", "2031", **paved),
        work("heat:1", "2031", "2031", **paved),
    )

    lines = section(explained(found, finding="O01:heat:1|sewer:1"), "What it would bring")

    assert lines == [
        "less to be opened: 800.0 m²",
        "less repair cost: € 48,000.00",
        "less nuisance: unknown",
    ]


def test_a_finding_with_very_many_parties_is_told_in_bounded_length(collision: Scene):
    many = tuple(f"heat:{number}" for number in range(500))
    crowded = replace(collision.findings[C01], parties=("heat:1", "sewer:1", *many))

    text = explained(replace(collision, findings={C01: crowded}, moments={
        C01: (Moment(crowded, texts={Language.EN: "As told."}),)
    }))  # fmt: skip

    assert "… and more: 477" in section(text, "What this follows from")
    assert len(text.splitlines()) < 150


def test_a_finding_of_a_rule_that_is_not_installed_is_told(collision: Scene):
    foreign = replace(collision.findings[C01], rule="C99")

    with pytest.raises(ConfigurationError, match="came a finding of rule 'C99'"):
        explained(replace(collision, findings={C01: foreign}))


def test_a_line_of_arithmetic_without_its_facts_is_left_out():
    assert list(arithmetic(installed()["C06"], {"length_days": "400 days"}, Language.EN)) == []
    facts = {"length_days": "400 days", "participation_max_days": "365 days"}
    assert list(arithmetic(installed()["C06"], facts, Language.EN)) == [
        "participation takes 400 days against at most 365 days"
    ]


def test_both_languages_of_a_line_use_the_same_facts():
    import re

    lines = [line for rule in installed().values() for line in rule.sums]
    assert len(lines) > 20
    for line in lines:
        places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (line.nl, line.en)]
        assert places[0] == places[1], line.en


def test_only_fields_of_the_model_are_shown_and_each_rule_has_some():
    for rule in installed().values():
        assert set(rule.reads) <= set(INTERVENTION_FIELDS)
        assert len(fields_of(rule)) >= 6


def test_what_the_finding_is_about_is_shown_beside_its_works(tmp_path: Path):
    _, found = scene(
        tmp_path,
        work("heat:1", "2027-04-01", "2027-06-01"),
        moratoria=[_moratorium()],
    )

    lines = section(explained(found, finding="C02:heat:1|dm-1"), "What this follows from")

    assert "moratorium:dm-1" in lines
    assert "end: 2028-01-01" in lines


def _moratorium() -> dict[str, Any]:
    geometry = work("heat:1", "2027", "2027")["geometry"]
    return {"id": "dm-1", "geometry": geometry, "start": "2026-01-01", "end": "2028-01-01"}
