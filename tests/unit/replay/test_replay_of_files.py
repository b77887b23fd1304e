"""A history in a file folded again: as a check would, up to any day, under other rules."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.check.offline import run
from hub.check.programme_file import read_programme
from hub.contracts.codec import Codec
from hub.errors import ConfigurationError, RejectedRecordError
from hub.model.reference import PolicyConfig
from hub.replay.command import ReplayOptions, policy_of_file, replay_history
from hub.replay.comparison import checked, compare, comparison_json, comparison_text
from hub.replay.events import Event
from hub.replay.fold import REJECTED_KEPT, STEPS_KEPT, Conditions, Replay
from hub.replay.history import export_lines, of_file
from hub.replay.report import json_text, report_of, report_text
from hub.rules import installed
from hub.rules.rule import Language
from tests.stream.story import TODAY, Story
from tests.support.shared import SHARED, needs_shared

OWN_CASES = Path(__file__).resolve().parents[2] / "cases" / "own"


def strip(x: int) -> dict[str, Any]:
    ring = [[x, 463000], [x + 100, 463000], [x + 100, 463006], [x, 463006], [x, 463000]]
    return {"type": "Polygon", "coordinates": [ring]}


def work(name: str, window: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"work {name}",
        "plan_owner": f"{name}-co",
        "municipality": "GM0999",
        "discipline": more.pop("discipline", "sewer"),
        "firmness": "adopted",
        "window": {"start": window[0], "end": window[1]},
        "geometry": strip(more.pop("x", 155000)),
        "opens_surface": True,
        **more,
    }


MOVED = work("sewer:1", ("2031-03", "2031-06"))
PROGRAMME = {
    "format": "programme/1",
    "reference_date": "2026-11-23",
    "interventions": [
        work("sewer:1", ("2029-03", "2029-06")),
        work("heat:1", ("2029-04", "2029-08"), discipline="heat", x=155050),
    ],
    "changes": [
        {"at": "2027-02-01", "intervention": MOVED, "cause": "no money before 2031"},
        {"at": "2027-03-01"},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "programme.json"
    path.write_text(json.dumps(PROGRAMME))
    return path


def replayed(path: Path, **conditions: Any) -> Replay:
    history = of_file(path)
    replay = Replay(Conditions(**conditions), daily=history.daily)
    replay.run(history.events(replay.note_rejected))
    return replay


def report(path: Path, **conditions: Any) -> dict[str, Any]:
    return json.loads(json_text(report_of(replayed(path, **conditions), source="x")))  # type: ignore[no-any-return]


def open_ids(value: dict[str, Any]) -> list[str]:
    return [one["id"] for one in value["findings"] if one["status"] != "resolved"]


# --- the same as a check ---


@pytest.mark.shared
@needs_shared
def test_every_case_replayed_says_what_a_check_says(tmp_path: Path) -> None:
    count = 0
    files = [
        *sorted((SHARED / "design" / "cases").glob("*.json")),
        *sorted(OWN_CASES.glob("*.json")),
    ]
    for path in files:
        with contextlib.suppress(RejectedRecordError):
            outcome = run(read_programme(path.read_bytes()))
            exported = tmp_path / "export.jsonl"
            exported.write_text("".join(export_lines(of_file(path), lambda _: None)))
            for source in (path, exported):
                replay = replayed(source)
                assert replay.detect.present() == list(outcome.findings), source
            count += 1
    assert count > 100


def test_a_programme_file_replayed_says_what_a_check_says(file: Path) -> None:
    outcome = run(read_programme(file.read_bytes()))

    assert replayed(file).detect.present() == list(outcome.findings)
    assert len(outcome.findings) > 0


def test_an_export_gives_the_same_findings_as_what_it_was_made_of(
    file: Path, tmp_path: Path
) -> None:
    exported = tmp_path / "history.jsonl"
    exported.write_text("".join(export_lines(of_file(file), lambda _: None)))

    assert report(exported) == report(file)


# --- up to any day ---


def test_what_was_open_on_a_day_and_why(file: Path) -> None:
    before, after = report(file, until=date(2027, 1, 31)), report(file)

    assert (before["day"], after["day"]) == ("2027-01-31", "2027-03-01")
    conflict = next(one for one in before["findings"] if one["rule"] == "C01")
    assert conflict["status"] == "detected"
    assert conflict["id"] not in open_ids(after)
    (gone,) = [one for one in after["findings"] if one["id"] == conflict["id"]]
    last = gone["because"][-1]
    assert (last["where"], last["why"]) == ("changes[0]", "no money before 2031")
    assert last["what"] == "plan change of sewer:1"
    text = report_text(before, replayed(file, until=date(2027, 1, 31)), Language.EN)
    assert "Open on 2027-01-31 by x" in text
    assert conflict["id"] in text


def test_a_day_before_the_history_begins_is_told(file: Path) -> None:
    value = report(file, until=date(2020, 1, 1))

    assert value["day"] is None
    assert "begins after" in report_text(value, replayed(file, until=date(2020, 1, 1)), Language.EN)


def test_only_what_changed_since_a_day_is_listed(file: Path) -> None:
    replay = replayed(file)

    listed = report_of(replay, source="x", since=date(2027, 2, 1))["findings"]

    assert listed
    assert all(one["last_changed"] >= "2027-02-01" for one in listed)
    assert report_of(replay, source="x", since=date(2030, 1, 1))["findings"] == []


# --- under other rules ---


def policy(**values: Any) -> tuple[PolicyConfig, ...]:
    return (PolicyConfig(municipality="*", version="trial", values=values),)


def test_another_policy_is_compared_finding_by_finding(file: Path) -> None:
    apart = json.loads(json.dumps(PROGRAMME))
    apart["interventions"][1]["geometry"] = strip(155108)
    apart["changes"] = []
    file.write_text(json.dumps(apart))
    wide = report(file, policy=policy(buffer_important_m=20, buffer_other_m=20))
    narrow = report(file, policy=policy(buffer_important_m=1, buffer_other_m=1))

    differences = {one.id: one for one in compare(wide, narrow)}

    assert wide["policy_replaced_by"] == ["trial"]
    assert any(name.startswith("C01:") for name in open_ids(wide))
    for one in differences.values():
        if one.id.startswith("C01:"):
            assert one.side == "first"
            assert "threshold buffer_important_m is 20 in the first run, 1 in the second" in (
                one.explained
            )
    assert any(name.startswith("C01:") for name in differences)
    assert compare(wide, wide) == []
    assert comparison_text(wide, wide).endswith("both runs say the same\n")


def test_the_policies_of_the_history_do_not_count_when_another_one_stands_in(file: Path) -> None:
    with_policy = {
        **PROGRAMME,
        "policy": [{"municipality": "*", "version": "1", "values": {"buffer_important_m": 3}}],
    }
    file.write_text(json.dumps(with_policy))

    assert report(file)["thresholds"]["*"]["buffer_important_m"] == 3
    assert report(file, policy=policy(stale_days=9))["thresholds"]["*"]["buffer_important_m"] != 3


def test_a_rule_that_does_not_speak_explains_what_is_missing(file: Path) -> None:
    day = date(2027, 1, 1)
    every, some = report(file, until=day), report(file, until=day, rules=("C18",))

    assert {one["rule"] for one in some["findings"]} <= {"C18"}
    missing = [one for one in compare(every, some) if one.id.startswith("C01:")]
    assert missing
    assert missing[0].explained[0] == "rule C01 does not speak in the second run"


def test_a_rule_of_another_version_explains_a_difference(file: Path) -> None:
    first = report(file, until=date(2027, 1, 1))
    second = json.loads(json.dumps(first))
    second["rules"]["C01"] = 2
    second["findings"] = [one for one in second["findings"] if one["rule"] != "C01"]

    value = comparison_json(first, second)

    assert value["only_in_first"]
    assert (
        "rule C01 is version 1 in the first run and 2 in the second"
        in (value["differences"][0]["explained"])
    )


def test_two_days_are_explained_by_what_happened_between_them(file: Path) -> None:
    found = compare(report(file, until=date(2027, 1, 1)), report(file))

    (conflict,) = [one for one in found if one.id.startswith("C01:")]
    assert conflict.side == "first"
    assert "the first run is of 2027-01-01, the second of 2027-03-01" in conflict.explained
    assert any("only in the second run" in one and "no money" in one for one in conflict.explained)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"C99; expected some of C01"):
        Conditions(rules=("C01", "C99"))


def test_something_that_is_no_report_cannot_be_compared_with() -> None:
    for value in (None, [], {"format": "findings/1"}, {"format": "replay/1", "findings": 3}):
        with pytest.raises(ConfigurationError, match="expected a report of format replay/1"):
            checked(value, file="old.json")


# --- what goes wrong, and how much it takes ---


def test_a_line_that_is_no_event_is_told_and_the_others_count(file: Path, tmp_path: Path) -> None:
    lines = list(export_lines(of_file(file), lambda _: None))
    exported = tmp_path / "history.jsonl"
    exported.write_text("".join([*lines[:2], "rubbish\n", '{"day": "x"}\n', *lines[2:]]))

    value = report(exported)

    assert value["rejected"]["count"] == 2
    assert "line 3" in value["rejected"]["first"][0]
    assert open_ids(value) == open_ids(report(file))


def test_commands_print_save_and_compare(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, exported = tmp_path / "run.json", tmp_path / "out.jsonl"
    options = ReplayOptions(conditions=Conditions(until=date(2027, 1, 1)), form="json")
    assert replay_history(of_file(file), options) == 0
    saved.write_text(capsys.readouterr().out)

    assert replay_history(of_file(file), replace(options, compare=saved, form="text")) == 0
    later = ReplayOptions(conditions=Conditions(), compare=saved, form="json")
    assert replay_history(of_file(file), later) == 1
    assert json.loads(capsys.readouterr().out.split("both runs say the same\n")[1])["differences"]
    assert replay_history(of_file(file), replace(options, export=exported)) == 0
    assert "events written" in capsys.readouterr().out
    rules = tmp_path / "policy.json"
    rules.write_text(
        '{"format": "reference/1", "policy": [{"municipality": "*", "version": "9", "values": {}}]}'
    )
    assert [one.version for one in policy_of_file(rules)] == ["9"]


def test_memory_does_not_grow_with_the_length_of_a_history() -> None:
    def peak(changes: int) -> int:
        story, codec = Story(seed=3, works=12), Codec()
        replay = Replay(Conditions())

        def events() -> Any:
            story_events = [*story.announcements()]
            for number in range(changes):
                record = story_events.pop(0) if story_events else story.changes(1)[0]
                day = TODAY + timedelta(days=number // 50)
                change = codec.decode_plan_change(record.value)
                yield Event(day, day, f"plan-changes-0-{number}", change)

        tracemalloc.start()
        replay.run(events())
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert all(len(past.last) <= STEPS_KEPT for past in replay.pasts.values())
        assert len(replay.rejected) <= REJECTED_KEPT
        return used

    peak(20)
    short, long = peak(60), peak(420)

    assert long < 1.6 * short, f"{short} bytes for 60 changes, {long} for 420"


def test_every_installed_rule_can_be_chosen() -> None:
    assert Conditions(rules=tuple(installed())).rules
