"""Tasks become interventions: the mapping says whose, the schedule says when and for how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.connect.discovery import find_connector, validated_settings
from hub.connect.reading import notes_of, read_rows
from hub.errors import ConfigurationError, RejectedRecordError, RetryableError
from hub.model.dates import PlanDate, ShiftRoom
from hub.model.intervention import Dependency, Intervention
from hub.model.vocabulary import DependencyType, Firmness
from tests.unit.connectors.reading import Read, read_with

CONNECTOR = find_connector("mspdi")
SAMPLES = CONNECTOR.folder / "samples"
PROFILE = CONNECTOR.folder / "profiles" / "any-schedule.toml"

MAPPING = """
format = "mapping/1"
[source]
system = "schedule"
[fields]
id = "s:{Key}"
"""
START, FINISH = "<Start>2028-05-08T08:00:00</Start>", "<Finish>2028-05-12T17:00:00</Finish>"


def sample(name: str) -> Read:
    return read_with("mspdi", SAMPLES / name, SAMPLES / "redesign.mapping.toml")


def written(
    folder: Path, tasks: str, mapping: str = MAPPING, header: str = "", **settings: object
) -> Read:
    schedule, rules = folder / "plan.xml", folder / "plan.toml"
    schedule.write_text(
        f'<Project xmlns="http://schemas.microsoft.com/project"><Name>plan.xml</Name>{header}'
        f"<Tasks>{tasks}</Tasks></Project>",
        "utf-8",
    )
    rules.write_text(mapping, "utf-8")
    return read_with("mspdi", schedule, rules, **settings)


def task(content: str = "", *, uid: int = 1) -> str:
    return f"<Task><UID>{uid}</UID><ID>99</ID><Name>t</Name>{START}{FINISH}{content}</Task>"


def only(read: Read) -> Intervention:
    assert read.refusals == []
    (work,) = read.works.values()
    return work


def day(text: str) -> PlanDate:
    return PlanDate.parse(text)


# --- the sample ----------------------------------------------------------------------------------


def test_a_project_gives_its_works_and_leaves_out_summaries_blanks_and_milestones() -> None:
    read = sample("redesign.xml")
    assert read.refusals == []
    assert list(read.works) == [
        "public-space:P-2028-01",
        "public-space:P-2028-02",
        "public-space:P-2029-01",
        "public-space:P-2028-03",
        "public-space:P-2028-04",
        "public-space:P-2028-05",
    ]


def test_a_task_carries_its_window_room_money_and_place() -> None:
    work = sample("redesign.xml").works["public-space:P-2028-01"]
    assert work.window is not None
    assert (work.window.start.text, work.window.end.text) == ("2028-03-01", "2028-07-01")
    assert work.shift_room == ShiftRoom(day("2028-03-01"), day("2028-09-30"))
    assert work.cost_cents == 42_500_000
    assert work.geometry is not None
    assert work.firmness is Firmness.ADOPTED


def test_a_link_by_way_of_a_milestone_is_a_dependency_on_the_work_before_it() -> None:
    works = sample("redesign.xml").works
    kind = DependencyType.FINISH_TO_START
    assert works["public-space:P-2028-02"].dependencies == (
        Dependency("public-space:P-2028-01", kind, 14),
    )
    assert works["public-space:P-2029-01"].dependencies == (
        Dependency("public-space:P-2028-02", kind, 1),
    )


def test_progress_makes_a_plan_firmer_and_an_inactive_task_is_withdrawn() -> None:
    works = sample("redesign.xml").works
    assert works["public-space:P-2028-03"].firmness is Firmness.IN_EXECUTION
    assert works["public-space:P-2028-04"].firmness is Firmness.WITHDRAWN
    assert works["public-space:P-2028-05"].window is None


def test_every_broken_task_is_named_with_its_element_and_the_others_are_read() -> None:
    broken = Path(__file__).parent / "broken" / "broken-tasks.xml"
    read = read_with("mspdi", broken, SAMPLES / "redesign.mapping.toml")
    assert list(read.works) == ["public-space:P-5"]
    expected = [
        "task 1 (Finish): came '2028-03-01T17:00:00' after a start of '2028-06-30T08:00:00'",
        "task 2 (Start): came '2028-13-01T08:00:00'",
        "task 3 (Cost): came 500 GBP",
        "task 4 (ConstraintType): came '9'",
        "task 6, column 'Hardheid' (firmness): came 'perhaps'",
    ]
    assert len(read.refusals) == len(expected)
    for refusal, start in zip(read.refusals, expected, strict=True):
        assert refusal.startswith(f"broken-tasks.xml: {start}")


def test_no_text_of_a_person_reaches_an_intervention() -> None:
    assert "not read" not in repr(sample("redesign.xml").works)
    assert "not read" in (SAMPLES / "redesign.xml").read_text("utf-8")


# --- identity ------------------------------------------------------------------------------------


def test_the_guid_identifies_a_task_and_never_its_row_number(tmp_path: Path) -> None:
    guid = "15F4A0D3-DAD2-E811-AC3F-4CEDDE6E5B57"
    read = written(tmp_path, task(f"<GUID>{guid}</GUID>") + task(uid=7))
    assert list(read.works) == [f"s:{guid}", "s:plan:7"]


def test_the_mapping_can_name_the_project_for_tasks_without_guid(tmp_path: Path) -> None:
    mapping = f'{MAPPING}[reader]\nproject = "north"\n'
    assert list(written(tmp_path, task(), mapping).works) == ["s:north:1"]


def test_a_task_without_uid_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    read = written(tmp_path, f"<Task><Name>x</Name></Task>{task()}")
    assert list(read.works) == ["s:plan:1"]
    assert read.refusals[0].startswith("plan.xml: task number 1 (UID): came nothing")


def test_a_uid_twice_is_refused_the_second_time(tmp_path: Path) -> None:
    read = written(tmp_path, task() + task())
    assert "a second time" in read.refusals[0]


# --- money ---------------------------------------------------------------------------------------

EURO = "<CurrencyCode>EUR</CurrencyCode>"


def cost_of(folder: Path, cost: str, header: str = EURO, reader: str = "") -> int | None:
    content = task(f"<Cost>{cost}</Cost>")
    return only(written(folder, content, f"{MAPPING}[reader]\n{reader}\n", header)).cost_cents


@pytest.mark.parametrize(
    ("stored", "cents"),
    [("50000", 50_000), ("50000.5", 50_001), ("50000.4", 50_000), ("0", None), ("", None)],
)
def test_money_is_stored_a_hundredfold_and_zero_is_nothing_entered(
    tmp_path: Path, stored: str, cents: int | None
) -> None:
    assert cost_of(tmp_path, stored) == cents


def test_another_currency_is_refused_until_the_mapping_gives_its_rate(tmp_path: Path) -> None:
    pounds = "<CurrencyCode>GBP</CurrencyCode>"
    assert (
        "came 500 GBP; expected euro"
        in (written(tmp_path, task("<Cost>50000</Cost>"), MAPPING, pounds).refusals[0])
    )
    assert cost_of(tmp_path, "50000", pounds, 'euro_per = { GBP = "1.17" }') == 58_500
    assert cost_of(tmp_path, "50000", pounds, "costs = 'leave_out'") is None
    assert cost_of(tmp_path, "0", pounds) is None


def test_a_file_that_names_no_currency_needs_one_from_the_mapping(tmp_path: Path) -> None:
    assert "does not name" in written(tmp_path, task("<Cost>50000</Cost>")).refusals[0]
    assert cost_of(tmp_path, "50000", "", 'currency = "EUR"') == 50_000


@pytest.mark.parametrize("stored", ["much", "-5", "NaN", "1e400", "Infinity"])
def test_an_amount_that_is_none_is_refused(tmp_path: Path, stored: str) -> None:
    read = written(tmp_path, task(f"<Cost>{stored}</Cost>"), MAPPING, EURO)
    assert read.refusals[0].startswith("plan.xml: task 1 (Cost): came ")


# --- what the mapping says comes first -----------------------------------------------------------


def test_what_the_mapping_says_is_not_overwritten_by_the_schedule(tmp_path: Path) -> None:
    header = EURO + (
        "<ExtendedAttributes><ExtendedAttribute><FieldID>1</FieldID><Alias>Period</Alias>"
        "</ExtendedAttribute><ExtendedAttribute><FieldID>2</FieldID><Alias>Budget</Alias>"
        "</ExtendedAttribute></ExtendedAttributes>"
    )
    custom = (
        "<Cost>100</Cost><ExtendedAttribute><FieldID>1</FieldID><Value>Q3 2030</Value>"
        "</ExtendedAttribute><ExtendedAttribute><FieldID>2</FieldID><Value>250</Value>"
        "</ExtendedAttribute>"
    )
    mapping = (
        f'{MAPPING}window = {{ column = "Period" }}\n'
        'cost_cents = { column = "Budget", unit = "euro" }\nfirmness = "committed"\n'
    )
    work = only(written(tmp_path, task(custom), mapping, header))
    assert work.window is not None
    assert work.window.start.text == "2030-Q3"
    assert work.cost_cents == 25_000
    assert work.firmness is Firmness.COMMITTED


@pytest.mark.parametrize(
    ("progress", "firmness"),
    [(0, Firmness.COMMITTED), (10, Firmness.IN_EXECUTION), (100, Firmness.COMPLETED)],
)
def test_the_firmer_of_mapping_and_progress_counts(
    tmp_path: Path, progress: int, firmness: Firmness
) -> None:
    mapping = f'{MAPPING}firmness = "committed"\n'
    content = task(f"<PercentComplete>{progress}</PercentComplete>")
    assert only(written(tmp_path, content, mapping)).firmness is firmness


# --- dates in words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("<StartText>2028</StartText><FinishText>2029</FinishText>", ("2028", "2029")),
        ("<StartText>Q3 2027</StartText>", ("2027-Q3", "2028-05-13")),
        ("<FinishText>14-6-2028</FinishText>", ("2028-05-08", "2028-06-15")),
        ("<StartText>after the trees</StartText>", None),
        ("<FinishText>na 2030</FinishText>", None),
    ],
)
def test_a_period_in_words_keeps_its_precision_and_other_words_are_no_date(
    tmp_path: Path, words: str, window: tuple[str, str] | None
) -> None:
    found = only(written(tmp_path, task(words))).window
    assert (None if found is None else (found.start.text, found.end.text)) == window


def test_words_that_end_before_they_start_are_refused(tmp_path: Path) -> None:
    words = "<StartText>2029</StartText><FinishText>2028</FinishText>"
    assert "expected a finish after the start" in written(tmp_path, task(words)).refusals[0]


def test_a_deadline_before_the_earliest_start_is_refused(tmp_path: Path) -> None:
    room = (
        "<ConstraintType>4</ConstraintType><ConstraintDate>2028-05-08T08:00:00</ConstraintDate>"
        "<Deadline>2028-05-01T17:00:00</Deadline>"
    )
    refusal = written(tmp_path, task(room)).refusals[0]
    assert refusal.startswith("plan.xml: task 1 (shift_room.latest_end): came ")


# --- settings and files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reader", ["colour = 1", "costs = 'maybe'", "currency = 'euro'", "euro_per = { GBP = 0 }"]
)
def test_an_option_of_the_reader_that_is_none_is_a_wrong_mapping(
    tmp_path: Path, reader: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"reader\."):
        written(tmp_path, task(), f"{MAPPING}[reader]\n{reader}\n")


@pytest.mark.parametrize("content", ["", "{}", "<html/>", "<Project/>"])
def test_a_file_of_another_kind_is_refused_whole(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other.xml"
    other.write_text(content, "utf-8")
    with pytest.raises(RejectedRecordError, match=r"other\.xml: came"):
        read_with("mspdi", other, PROFILE)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(RejectedRecordError, match="a file of 2 MiB"):
        written(tmp_path, task() + " " * (2 << 20), max_megabytes=1)


def test_a_file_that_is_not_there_can_be_asked_for_again_later(tmp_path: Path) -> None:
    with pytest.raises(RetryableError, match="check its path"):
        read_with("mspdi", tmp_path / "none.xml", PROFILE)


def test_it_says_how_many_rows_are_no_works_and_why() -> None:
    values = {"path": SAMPLES / "redesign.xml", "mapping": SAMPLES / "redesign.mapping.toml"}
    source = CONNECTOR.open_source(validated_settings(CONNECTOR, values))
    assert len(list(source.rows())) == 6
    assert notes_of(source) == {
        "left out, blank": 1,
        "left out, milestone": 1,
        "left out, summary": 2,
    }


def test_without_a_mapping_of_ones_own_tasks_are_incomplete_and_not_lost() -> None:
    settings = validated_settings(CONNECTOR, {"path": SAMPLES / "redesign.xml", "mapping": PROFILE})
    rows = list(read_rows(CONNECTOR, settings))
    assert len(rows) == 6
    assert all("plan_owner" in row.intervention.missing for row in rows)  # type: ignore[union-attr]
