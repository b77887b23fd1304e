"""What a task of Microsoft Project says in the words of a plan: days, room, firmness, order.

Moments in the file are local and have no zone; a plan needs days. A finish at or before the time at
which working days begin (often 00:00 or 08:00) means that nothing is done on that day any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from connectors.mspdi.project_file import Link, ProjectFile, Task, parsed_moment, whole_number
from hub.model.dates import FIRST_YEAR, LAST_YEAR
from hub.model.vocabulary import DependencyType, Firmness

_ELAPSED_LAG_FORMATS = frozenset({"4", "6", "8", "10", "12", "36", "38", "40", "42", "44"})
_PERCENT_LAG_FORMATS = frozenset({"19", "20", "51", "52"})
_LINK_KINDS = {
    "0": DependencyType.FINISH_TO_FINISH,
    "1": DependencyType.FINISH_TO_START,
    "3": DependencyType.START_TO_START,
}
"""Kind 2, start to finish, has no counterpart in the model and is left out."""


class ScheduleProblemError(ValueError):
    """An element of a task that is not what it should be."""

    def __init__(self, element: str, came: str, expected: str) -> None:
        self.element = element
        self.came = came
        self.expected = expected
        super().__init__(f"{element}: came {came}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Days:
    """A period `[start, end)` of a task."""

    start: date
    end: date

    @property
    def length(self) -> timedelta:
        """Return how long it lasts."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Room:
    """How far the schedule lets a task move; None where it sets no limit."""

    earliest_start: date | None = None
    latest_end: date | None = None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A task that another one waits for."""

    task: Task
    type: DependencyType
    lag_days: int


def days_of(task: Task, project: ProjectFile) -> Days | None:
    """Return the days of a task: actual ones where known, else planned ones.

    None when the planner wrote words instead of a date: Project then fills in a date of its own.

    :raises ScheduleProblemError: if a date is none, or the finish lies before the start
    """
    start, finish = start_of(task), finish_of(task)
    if start is None or finish is None:
        return None
    if finish < start:
        raise ScheduleProblemError(
            "Finish",
            f"'{finish.isoformat()}' after a start of '{start.isoformat()}'",
            "a finish after the start",
        )
    first = start.date()
    return Days(first, max(free_from(finish, project.opening_time), first + timedelta(days=1)))


def start_of(task: Task) -> datetime | None:
    """Return when a task starts or has started; None when words stand there.

    :raises ScheduleProblemError: if it is no moment
    """
    return _moment(task, "ActualStart") or _planned(task, "Start")


def finish_of(task: Task) -> datetime | None:
    """Return when a task finishes or has finished; None when words stand there.

    :raises ScheduleProblemError: if it is no moment
    """
    return _moment(task, "ActualFinish") or _planned(task, "Finish")


def room_of(task: Task, days: Days | None, project: ProjectFile) -> Room:
    """Return the room that constraint and deadline leave.

    Constraint types: 0 as soon as possible, 1 as late as possible, 2 must start on, 3 must finish
    on, 4 start no earlier, 5 start no later, 6 finish no earlier, 7 finish no later than.

    :raises ScheduleProblemError: if a type or date is none
    """
    kind = task.texts.get("ConstraintType", "0")
    at = None if kind in ("0", "1") else _moment(task, "ConstraintDate")
    earliest, latest = _by_constraint(kind, at, days, project.opening_time)
    deadline = _moment(task, "Deadline")
    if deadline is not None:
        due = free_from(deadline, project.opening_time)
        latest = due if latest is None else min(latest, due)
    return Room(earliest, latest)


def _by_constraint(
    kind: str, at: datetime | None, days: Days | None, opening: time
) -> tuple[date | None, date | None]:
    if kind not in tuple("01234567"):
        raise ScheduleProblemError("ConstraintType", f"'{kind}'", "a number from 0 to 7")
    if at is None:
        return None, None
    start, end = at.date(), free_from(at, opening)
    length = None if days is None else days.length
    match kind:
        case "2":
            return start, None if length is None else start + length
        case "3":
            return None if length is None else end - length, end
        case "4":
            return start, None
        case "5":
            return None, None if length is None else start + length
        case "6":
            return None if length is None else end - length, None
        case _:
            return None, end


def firmness_of(task: Task) -> Firmness | None:
    """Return how far the work is by its own progress; None when it says nothing about that.

    A schedule does not know whether a plan is adopted; the mapping says what its tasks are.
    """
    if not task.is_set("Active", default=True):
        return Firmness.WITHDRAWN
    percent = _number(task, "PercentComplete")
    if task.texts.get("ActualFinish") or percent >= 100:
        return Firmness.COMPLETED
    if task.texts.get("ActualStart") or percent > 0:
        return Firmness.IN_EXECUTION
    return None


def predecessors_of(
    task: Task, tasks: Mapping[str, Task], project: ProjectFile
) -> Iterator[Predecessor]:
    """Yield the tasks of this file that a task waits for, one per task and kind."""
    seen: set[tuple[str, DependencyType]] = set()
    for link in task.links:
        kind = _LINK_KINDS.get(link.kind)
        before = tasks.get(link.predecessor_uid)
        if kind is None or before is None or before is task or link.is_cross_project:
            continue
        if (before.uid, kind) not in seen:
            seen.add((before.uid, kind))
            yield Predecessor(before, kind, lag_days(link, project))


def lag_days(link: Link, project: ProjectFile) -> int:
    """Return a lag in calendar days.

    Lags are stored in tenths of a minute, of working time unless their format says elapsed. A
    working week counts as seven days; the rest and a part of a day are rounded towards none, so
    that a plan which keeps the lag is never said to break it. A share of the predecessor's
    duration (percent formats) is not a number of days and counts as none.
    """
    if link.lag_format in _PERCENT_LAG_FORMATS:
        return 0
    sign = -1 if link.lag.startswith("-") else 1
    tenths = whole_number(link.lag.removeprefix("-"), default=-1)
    if tenths < 0:
        raise ScheduleProblemError(
            "LinkLag", f"'{link.lag[:40]}'", "tenths of minutes as a whole number"
        )
    minutes = tenths // 10
    if link.lag_format in _ELAPSED_LAG_FORMATS:
        return sign * (minutes // (24 * 60))
    weeks, days = divmod(minutes // project.minutes_per_day, project.days_per_week)
    return sign * (7 * weeks + days)


def _planned(task: Task, name: str) -> datetime | None:
    if task.texts.get(f"{name}Text"):
        return None
    return _moment(task, name)


def _moment(task: Task, name: str) -> datetime | None:
    text = task.texts.get(name)
    if not text:
        return None
    try:
        moment = parsed_moment(text)
    except ValueError:
        moment = None
    if moment is None or not FIRST_YEAR < moment.year < LAST_YEAR:
        raise ScheduleProblemError(name, f"'{text[:40]}'", "a moment such as 2028-05-14T17:00:00")
    return moment


def free_from(finish: datetime, opening: time) -> date:
    """Return the first day on which nothing is done any more."""
    done_before = finish.time() <= opening
    return finish.date() if done_before else finish.date() + timedelta(days=1)


def _number(task: Task, name: str) -> int:
    text = task.texts.get(name) or "0"
    number = whole_number(text, default=-1)
    if number < 0:
        raise ScheduleProblemError(name, f"'{text[:40]}'", "a whole number")
    return number
