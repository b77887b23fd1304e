"""What a programme file may say, and how it is refused."""

from __future__ import annotations

import json

import pytest

from hub.check.programme_file import read_programme, write_programme
from hub.errors import RejectedRecordError

WORK = {"id": "a", "plan_owner": "water", "discipline": "sewer", "firmness": "adopted"}


def programme(**parts) -> str:
    return json.dumps(
        {"format": "programme/1", "reference_date": "2026-11-23", "interventions": [], **parts}
    )


def refused_paths(text: str) -> list[str]:
    with pytest.raises(RejectedRecordError) as caught:
        read_programme(text, file="p.json")
    return [refusal.path for refusal in caught.value.refusals]


def test_everything_that_is_wrong_is_told_at_once_with_its_path():
    work = {**WORK, "widnow": 1, "cost_cents": -1, "firmness": "sure", "opens_surface": "yes"}

    assert sorted(refused_paths(programme(interventions=[work]))) == [
        "interventions[0].cost_cents",
        "interventions[0].firmness",
        "interventions[0].opens_surface",
        "interventions[0].widnow",
    ]


@pytest.mark.parametrize(
    ("work", "path"),
    [
        ({"plan_owner": None}, "interventions[0].plan_owner"),
        ({"id": "a b"}, "interventions[0].id"),
        ({"window": {"start": "2029", "end": "2028"}}, "interventions[0].window"),
        ({"window": {"start": "2029"}}, "interventions[0].window.end"),
        (
            {"shift_room": {"earliest_start": "2030", "latest_end": "2029"}},
            "interventions[0].shift_room.latest_end",
        ),
        (
            {"participation": {"status": "planned", "start": "2030", "end": "2029"}},
            "interventions[0].participation.end",
        ),
        ({"below_ground_width_m": 0}, "interventions[0].below_ground_width_m"),
        ({"municipality": "0363"}, "interventions[0].municipality"),
        ({"dependencies": {}}, "interventions[0].dependencies"),
        ({"geometry": {"type": "Circle"}}, "interventions[0].geometry.type"),
        (
            {"geometry": {"type": "Point", "coordinates": [1, 2, 3]}},
            "interventions[0].geometry.coordinates",
        ),
        ({"title": "\u0000"}, "interventions[0].title"),
        ({"cost_cents": 1.5}, "interventions[0].cost_cents"),
        ({"source": {"system": "x", "revison": 1}}, "interventions[0].source.revison"),
    ],
)
def test_one_wrong_field_is_refused_with_its_path(work, path):
    assert refused_paths(programme(interventions=[{**WORK, **work}])) == [path]


def test_null_is_a_value_only_for_who_steers():
    governance = {"political_client": None, "official_client": "director"}
    work = {**WORK, "governance": governance}

    read = read_programme(programme(interventions=[work]))

    assert write_programme(read)["interventions"][0]["governance"] == governance
    assert refused_paths(programme(interventions=[{**WORK, "title": None}])) == [
        "interventions[0].title"
    ]


def test_only_a_source_may_leave_out_what_a_complete_work_needs():
    assert refused_paths(programme(interventions=[{"id": "a"}])) == [
        "interventions[0].plan_owner",
        "interventions[0].discipline",
        "interventions[0].firmness",
    ]
    read_programme(programme(interventions=[{"id": "a", "source": {"system": "gis"}}]))


def test_one_id_may_stand_twice_only_with_different_sources():
    gis, tool = ({**WORK, "source": {"system": system}} for system in ("gis", "tool"))

    read_programme(programme(interventions=[gis, tool]))
    assert refused_paths(programme(interventions=[gis, gis])) == ["interventions[1].id"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"format": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, b"\xff\xfe", "1" * 5000],
)
def test_what_is_no_programme_file_is_refused_without_a_crash(text):
    with pytest.raises(RejectedRecordError):
        read_programme(text, file="p.json")


def test_a_step_does_one_thing():
    step = {"at": "2026-12-01", "withdraw": "a", "intervention": WORK}

    assert refused_paths(programme(changes=[step])) == ["changes[0]"]


def test_decimals_are_kept_as_written():
    text = programme(interventions=[{**WORK, "goal_contributions": [{"goal": "g", "amount": 0.1}]}])

    read = read_programme(text)
    amount = read.interventions[0].goal_contributions[0].amount

    assert amount + amount + amount == 3 * amount
    assert str(amount) == "0.1"
    assert write_programme(read)["interventions"][0]["goal_contributions"][0]["amount"] == 0.1


def test_writing_what_was_read_gives_the_same_programme_again():
    text = programme(
        interventions=[
            {**WORK, "window": {"start": "2028-Q3", "end": "2029"}, "dependencies": [{"on": "b"}]}
        ],
        policy=[{"version": "v", "values": {"moratorium_years": {"paving": 5}}}],
    )

    once = read_programme(text)

    assert read_programme(json.dumps(write_programme(once))) == once
