"""What a Microsoft Project file says of days, room, firmness and order."""

from __future__ import annotations

import io
from datetime import date

import pytest

from connectors.mspdi.project_file import (
    ProjectFile,
    Task,
    UnreadableProjectError,
    read_project,
)
from connectors.mspdi.schedule import (
    Days,
    Room,
    ScheduleProblemError,
    days_of,
    firmness_of,
    lag_days,
    predecessors_of,
    room_of,
)
from hub.model.vocabulary import DependencyType, Firmness

HEADER = (
    "<CurrencyCode>EUR</CurrencyCode><CalendarUID>1</CalendarUID>"
    "<DefaultStartTime>09:00:00</DefaultStartTime>"
    "<MinutesPerDay>480</MinutesPerDay><MinutesPerWeek>2400</MinutesPerWeek>"
)


def project(tasks: str = "", header: str = HEADER) -> ProjectFile:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Project xmlns="http://schemas.microsoft.com/project">{header}<Tasks>{tasks}</Tasks>'
        "</Project>"
    )
    return read_project(io.BytesIO(content.encode()))


def task(**elements: str) -> Task:
    return Task({"UID": "1", **elements}, [], {})


def planned(start: str, finish: str, **elements: str) -> Task:
    return task(Start=start, Finish=finish, **elements)


def day(number: int) -> date:
    return date(2028, 5, number)


# --- days: a working day of this calendar begins at 08:00 or, without calendar, at 09:00 ---------


@pytest.mark.parametrize(
    ("finish", "end"),
    [
        ("2028-05-12T17:00:00", day(13)),  # the last working day is the 12th
        ("2028-05-12T09:30:00", day(13)),
        ("2028-05-12T09:00:00", day(12)),  # over before that day begins
        ("2028-05-12T00:00:00", day(12)),
        ("2028-05-08T08:00:00", day(9)),  # a work has a day at least
    ],
)
def test_the_time_of_the_finish_says_whether_its_day_is_a_working_day(
    finish: str, end: date
) -> None:
    days = days_of(planned("2028-05-08T08:00:00", finish), project())
    assert days == Days(day(8), end)


def test_the_calendar_says_when_a_day_begins_if_earlier_than_the_default_start() -> None:
    working = (
        "<Calendars><Calendar><UID>1</UID><WeekDays><WeekDay><WorkingTimes>"
        "<WorkingTime><FromTime>08:00:00</FromTime><ToTime>12:00:00</ToTime></WorkingTime>"
        "</WorkingTimes></WeekDay></WeekDays></Calendar></Calendars>"
    )
    half_past_eight = planned("2028-05-08T08:00:00", "2028-05-12T08:30:00")
    assert days_of(half_past_eight, project(header=HEADER + working)) == Days(day(8), day(13))
    assert days_of(half_past_eight, project()) == Days(day(8), day(12))


def test_actual_dates_count_before_planned_ones() -> None:
    begun = planned("2028-05-08T08:00:00", "2028-05-12T17:00:00", ActualStart="2028-05-09T08:00:00")
    assert days_of(begun, project()) == Days(day(9), day(13))


@pytest.mark.parametrize("element", ["StartText", "FinishText"])
def test_words_in_place_of_a_date_leave_the_days_unknown(element: str) -> None:
    worded = planned("2028-05-08T08:00:00", "2028-05-12T17:00:00", **{element: "na de bouwvak"})
    assert days_of(worded, project()) is None


@pytest.mark.parametrize("text", ["2028-13-01T08:00:00", "gisteren", "1600-01-01T00:00:00"])
def test_a_date_that_is_none_is_refused_with_its_element(text: str) -> None:
    with pytest.raises(ScheduleProblemError, match="Start: came"):
        days_of(planned(text, "2028-05-12T17:00:00"), project())


def test_a_finish_before_the_start_is_refused() -> None:
    with pytest.raises(ScheduleProblemError, match="a finish after the start"):
        days_of(planned("2028-05-12T08:00:00", "2028-05-08T17:00:00"), project())


# --- room: the task lasts from the 8th to the 13th, five days ------------------------------------


@pytest.mark.parametrize(
    ("kind", "at", "room"),
    [
        ("0", "2028-05-10T08:00:00", Room()),
        ("1", "2028-05-10T08:00:00", Room()),
        ("2", "2028-05-10T08:00:00", Room(day(10), day(15))),
        ("3", "2028-05-19T17:00:00", Room(day(15), day(20))),
        ("4", "2028-05-10T08:00:00", Room(day(10), None)),
        ("5", "2028-05-10T08:00:00", Room(None, day(15))),
        ("6", "2028-05-19T17:00:00", Room(day(15), None)),
        ("7", "2028-05-19T17:00:00", Room(None, day(20))),
    ],
)
def test_each_constraint_leaves_the_room_it_means(kind: str, at: str, room: Room) -> None:
    constrained = task(ConstraintType=kind, ConstraintDate=at)
    assert room_of(constrained, Days(day(8), day(13)), project()) == room


def test_a_deadline_limits_the_end_and_the_tighter_of_two_limits_counts() -> None:
    both = task(
        ConstraintType="7", ConstraintDate="2028-05-19T17:00:00", Deadline="2028-05-16T17:00:00"
    )
    assert room_of(both, None, project()).latest_end == day(17)


@pytest.mark.parametrize("kind", ["8", "x", "-1"])
def test_a_constraint_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(ScheduleProblemError, match="ConstraintType"):
        room_of(task(ConstraintType=kind), None, project())


def test_a_constraint_on_the_length_of_unknown_days_limits_nothing() -> None:
    constrained = task(ConstraintType="5", ConstraintDate="2028-05-10T08:00:00")
    assert room_of(constrained, None, project()) == Room()


# --- firmness ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "firmness"),
    [
        ({}, None),
        ({"PercentComplete": "0"}, None),
        ({"PercentComplete": "1"}, Firmness.IN_EXECUTION),
        ({"ActualStart": "2028-05-08T08:00:00"}, Firmness.IN_EXECUTION),
        ({"PercentComplete": "100"}, Firmness.COMPLETED),
        ({"ActualFinish": "2028-05-08T08:00:00"}, Firmness.COMPLETED),
        ({"Active": "0", "PercentComplete": "50"}, Firmness.WITHDRAWN),
        ({"Active": "1"}, None),
    ],
)
def test_progress_gives_firmness_and_a_plan_alone_does_not(
    elements: dict[str, str], firmness: Firmness | None
) -> None:
    assert firmness_of(task(**elements)) is firmness


def test_a_progress_that_is_no_number_is_refused() -> None:
    with pytest.raises(ScheduleProblemError, match="PercentComplete"):
        firmness_of(task(PercentComplete="half"))


# --- order ---------------------------------------------------------------------------------------


def linked(kind: str, lag: str = "0", lag_format: str = "7", more: str = "") -> ProjectFile:
    link = (
        f"<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>{kind}</Type>"
        f"<LinkLag>{lag}</LinkLag><LagFormat>{lag_format}</LagFormat>{more}</PredecessorLink>"
    )
    return project(f"<Task><UID>1</UID></Task><Task><UID>2</UID>{link}{link}</Task>")


def order_of(file: ProjectFile) -> list[tuple[str, DependencyType, int]]:
    tasks = {item.uid: item for item in file.tasks}
    return [
        (found.task.uid, found.type, found.lag_days)
        for found in predecessors_of(file.tasks[1], tasks, file)
    ]


@pytest.mark.parametrize(
    ("kind", "dependency"),
    [
        ("0", DependencyType.FINISH_TO_FINISH),
        ("1", DependencyType.FINISH_TO_START),
        ("3", DependencyType.START_TO_START),
    ],
)
def test_a_link_becomes_one_dependency_of_its_kind(kind: str, dependency: DependencyType) -> None:
    assert order_of(linked(kind)) == [("1", dependency, 0)]


@pytest.mark.parametrize(
    "file",
    [linked("2"), linked("9"), linked("1", more="<CrossProject>1</CrossProject>")],
)
def test_start_to_finish_and_links_to_other_files_have_no_counterpart(file: ProjectFile) -> None:
    assert order_of(file) == []


@pytest.mark.parametrize(
    ("lag", "lag_format", "days"),
    [
        ("4800", "7", 1),  # one working day of eight hours
        ("9600", "7", 2),
        ("24000", "9", 7),  # a working week
        ("48000", "9", 14),
        ("28800", "7", 8),  # six working days: a week and a day
        ("2400", "7", 0),  # half a day
        ("-4800", "7", -1),
        ("14400", "8", 1),  # an elapsed day
        ("100800", "10", 7),  # an elapsed week
        ("50", "19", 0),  # half of the predecessor's duration
    ],
)
def test_a_lag_in_tenths_of_minutes_becomes_calendar_days(
    lag: str, lag_format: str, days: int
) -> None:
    assert order_of(linked("1", lag, lag_format)) == [("1", DependencyType.FINISH_TO_START, days)]


def test_a_lag_that_is_no_number_is_refused() -> None:
    file = linked("1", "soon")
    with pytest.raises(ScheduleProblemError, match="LinkLag"):
        lag_days(file.tasks[1].links[0], file)


# --- the file ------------------------------------------------------------------------------------

BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<Project xmlns="http://schemas.microsoft.com/project"><Name>&b;</Name></Project>'
)
EXTERNAL = (
    '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    '<Project xmlns="http://schemas.microsoft.com/project"><Name>&a;</Name></Project>'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no well-formed XML"),
        ("PK\x03\x04", "no well-formed XML"),
        ('{"type": "FeatureCollection"}', "no well-formed XML"),
        ("<Project/>", "in the namespace http://schemas.microsoft.com/project"),
        ("<html><body/></html>", "begins with 'html'"),
        ('<Project xmlns="http://schemas.microsoft.com/project"><Tasks>', "complete"),
        (BOMB, "a document type or an entity"),
        (EXTERNAL, "a document type or an entity"),
        ('<?xml version="1.0" encoding="bogus"?><a/>', "cannot be decoded"),
        (
            '<Project xmlns="http://schemas.microsoft.com/project">' + "<a>" * 5_000,
            "levels deep",
        ),
    ],
)
def test_a_file_of_another_kind_or_made_to_do_harm_is_refused(content: str, words: str) -> None:
    with pytest.raises(UnreadableProjectError) as caught:
        read_project(io.BytesIO(content.encode()))
    assert words in str(caught.value)


def test_custom_fields_are_known_by_their_alias_and_by_their_name() -> None:
    header = HEADER + (
        "<ExtendedAttributes><ExtendedAttribute><FieldID>188743731</FieldID>"
        "<FieldName>Text1</FieldName><Alias>Projectnummer</Alias></ExtendedAttribute>"
        "</ExtendedAttributes>"
    )
    value = (
        "<Task><UID>1</UID><ExtendedAttribute><FieldID>188743731</FieldID>"
        "<Value>P-7</Value></ExtendedAttribute></Task>"
    )
    file = project(value, header)
    assert file.attribute_names == {"188743731": ("Projectnummer", "Text1")}
    assert file.tasks[0].attributes == {"188743731": "P-7"}


def test_no_person_is_kept() -> None:
    persons = (
        "<Author>A. Person</Author><Manager>A. Person</Manager><Resources><Resource>"
        "<Name>A. Person</Name></Resource></Resources><Assignments><Assignment>"
        "<ResourceUID>1</ResourceUID></Assignment></Assignments>"
    )
    file = project("<Task><UID>1</UID><Contact>A. Person</Contact></Task>", HEADER + persons)
    assert "Person" not in repr(file)


def test_a_guid_of_zeros_is_none() -> None:
    zeros = task(GUID="00000000-0000-0000-0000-000000000000")
    assert zeros.guid is None
    assert task(GUID="{15f4a0d3-dad2-e811-ac3f-4cedde6e5b57}").guid == (
        "15F4A0D3-DAD2-E811-AC3F-4CEDDE6E5B57"
    )


def test_more_tasks_than_a_schedule_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.mspdi.project_file.MAX_TASKS", 2)
    with pytest.raises(UnreadableProjectError, match="more than 2 tasks"):
        project("<Task/>" * 3)
