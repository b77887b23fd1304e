"""`--format json` of explain, bundle and burdens: the fields that others may build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import cli
from tests.unit.check.programmes import work, written

FINDING = "C01:heat:1|sewer:1"
GOVERNANCE = {"political_client": "alderman", "delivery_lead": None}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sewer = work(
        "sewer:1",
        "2029-03-01",
        "2029-09-01",
        role="leading",
        title="Riool",
        source={"system": "sewer-plan", "key": "1", "revision": 3, "updated_on": "2026-10-01"},
        governance=GOVERNANCE,
        cost_cents=84_000_000,
        funding=[{"source": "levy", "amount_cents": 50_000_000, "status": "approved"}],
        required_decisions=[
            {"id": "credit", "level": "municipal_council", "status": "not_started"}
        ],
        goal_contributions=[{"goal": "rain", "amount": 350}],
    )
    heat = work("heat:1", "2029-07-01", "2029-10-01", shift_room={"latest_end": "2031-01-01"})
    moved = {**heat, "window": {"start": "2029-08-01", "end": "2029-11-01"}}
    return written(
        tmp_path_factory.mktemp("plans"),
        sewer,
        heat,
        work("space:1", "2029-05-01", "2029-10-01", ride_along_with="sewer:1"),
        goals=[{"id": "rain", "policy_owner": "climate", "unit": "m2", "due_year": 2030}],
        calendar=[{"id": "spring", "kind": "budget_gate", "start": "2027-07-01"}],
        policy=[{"version": "stad", "municipality": "GM0999", "values": {"buffer_other_m": 6}}],
        changes=[
            {"at": "2026-12-01", "intervention": moved, "cause": "permit came"},
            {
                "at": "2026-12-05",
                "decision": {
                    "id": "d-1",
                    "kind": "acknowledge",
                    "finding": FINDING,
                    "by": "heat-co",
                    "on": "2026-12-05",
                },
            },
        ],
    )


def told(plans: Path, *arguments: str) -> Any:
    ran = CliRunner().invoke(cli, [*arguments, str(plans), "--format", "json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def shape(value: Any) -> Any:
    """Return the names in a JSON value: of a list those of its first item."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def test_an_explanation_has_the_fields_that_are_documented(plans: Path) -> None:
    value = told(plans, "explain", FINDING)

    assert value["format"] == "explanation/1"
    assert list(value) == [
        "format", "reference_date", "finding", "rule", "policy", "inputs", "reference", "options",
        "history", "decisions", "text",
    ]  # fmt: skip
    languages = {"nl": None, "en": None}
    assert shape(value["rule"]) == {
        "id": None, "version": None, "installed_version": None, "title": languages,
        "purpose": languages,
    }  # fmt: skip
    span = dict.fromkeys(["s_lo", "s_hi", "e_lo", "e_hi"])
    assert shape(value["inputs"]) == [
        {"intervention": None, "revision": None, "span": span,
         "fields": [{"name": None, "value": None, "given_by": None}]}
    ]  # fmt: skip
    assert shape(value["history"]) == [
        {"revision": None, "on": None, "status": None, "severity": None, "certainty": None,
         "cause": None, "followed_from": languages}
    ]  # fmt: skip
    assert shape(value["text"]) == languages


def test_an_explanation_tells_values_with_their_origin(plans: Path) -> None:
    value = told(plans, "explain", FINDING)

    policy = {item["name"]: item for item in value["policy"]}
    assert policy["buffer_other_m"]["value"] == 6
    assert policy["buffer_other_m"]["origin"] == {
        "policy": "stad", "municipality": "GM0999", "valid_from": None, "valid_to": None,
    }  # fmt: skip
    assert "default" in policy["buffer_important_m"]["origin"]
    (sewer,) = [one for one in value["inputs"] if one["intervention"] == "sewer:1"]
    fields = {item["name"]: item for item in sewer["fields"]}
    assert fields["window"]["value"] == {"start": "2029-03-01", "end": "2029-09-01"}
    assert fields["window"]["given_by"] == {
        "system": "sewer-plan", "key": "1", "revision": 3, "updated_on": "2026-10-01",
    }  # fmt: skip
    shifts = [one for one in value["options"] if one["action"] == "shift"]
    assert all(one["leads_to"]["s_lo"] > "2026" for one in shifts)
    assert [moment["status"] for moment in value["history"]] == [
        "detected", "updated", "acknowledged",
    ]  # fmt: skip
    assert value["decisions"][0]["id"] == "d-1"
    assert value["finding"]["status"] == "acknowledged"


def test_a_bundle_has_the_five_questions_as_fields(plans: Path) -> None:
    value = told(plans, "bundle", "sewer:1")

    assert list(value) == [
        "format", "reference_date", "bundle", "workability_limit", "works", "overview", "steering",
        "means", "goals", "could_move", "path", "open_findings",
    ]  # fmt: skip
    assert value["format"] == "bundle/1"
    assert {one["id"]: one["part"] for one in value["works"]}["space:1"] == "rides"
    assert value["steering"]["sewer:1"] == {
        "political_client": "alderman", "official_client": None, "delivery_lead": "nobody",
        "portfolios": None, "support": None,
    }  # fmt: skip
    assert (value["means"]["approved_cents"], value["means"]["cost_is_complete"]) == (
        50_000_000,
        False,
    )
    assert value["goals"]["sewer:1"] == [{"goal": "rain", "amount": 350}]
    assert value["goals"]["space:1"] is None
    steps = [(step["kind"], step["subject"]) for step in value["path"]]
    assert steps[0] == ("budget_gate", "spring")
    assert ("decision", "credit") in steps
    days = [step["day"] for step in value["path"] if step["day"]]
    assert days == sorted(days)
    assert FINDING in {one["id"] for one in value["open_findings"]}


def test_burdens_are_the_numbers_of_the_table(plans: Path) -> None:
    value = told(plans, "burdens")

    assert value["format"] == "burdens/1"
    (heat,) = [one for one in value["burdens"] if one["organisation"] == "heat-co"]
    assert list(heat) == [
        "organisation", "asked", "still_asked", "asked_days", "asks_without_size", "asks_met",
        "gave", "gave_days",
    ]  # fmt: skip
    assert heat["asked"] >= 1
    assert (heat["gave"], heat["gave_days"]) == (1, 31)


@pytest.mark.parametrize("command", [("explain", FINDING), ("bundle", "sewer:1"), ("burdens",)])
def test_the_language_changes_nothing_in_json_and_it_is_the_same_each_time(
    plans: Path, command: tuple[str, ...]
) -> None:
    said = [
        CliRunner()
        .invoke(cli, [*command, str(plans), "--format", "json", "--lang", language])
        .stdout
        for language in ("nl", "en", "nl")
    ]

    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("command", [("explain", "C01:no|where"), ("bundle", "heat:1")])
def test_what_is_not_there_is_told_the_same_way(plans: Path, command: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(cli, [*command, str(plans), "--format", "json"])

    assert ran.exit_code != 0
    assert ran.stdout == ""
