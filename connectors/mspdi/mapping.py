"""From a task to an intervention: the mapping file says whose it is, the schedule says when.

Owner, discipline, place and names come from the mapping file. Window, room, order, money and
progress are read from the task itself wherever the mapping file says nothing of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

from connectors.mspdi.project_file import ProjectFile, Task
from connectors.mspdi.schedule import (
    Days,
    ScheduleProblemError,
    days_of,
    finish_of,
    firmness_of,
    free_from,
    room_of,
    start_of,
)
from connectors.mspdi.settings import ReaderOptions, Settings
from connectors.mspdi.source import TaskFields
from hub.connect.api import FieldMapping, SourceRow
from hub.connect.conversion import exclusive_end
from hub.connect.periods import DateHabits, read_period
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason, quoted
from hub.model.dates import FIRST_YEAR, LAST_YEAR, PlanDate, ShiftRoom, Window
from hub.model.intervention import Dependency, Intervention
from hub.model.text import MAX_INTEGER, Id
from hub.model.vocabulary import Firmness

EURO = "EUR"
MAX_LAG_DAYS = 36_525


def to_intervention(row: SourceRow, settings: Settings) -> Intervention:
    """Return the intervention that a task describes.

    :raises RejectedRecordError: with what is wrong in the task
    """
    mapping = settings.field_mapping
    if mapping is None:
        raise ConfigurationError(
            f"{settings.path}: came no mapping; expected a mapping file; give one"
        )
    if not isinstance(row.fields, TaskFields):
        raise TypeError("a row of this connector carries its task")
    work = mapping.to_intervention(
        row, system=settings.system, default_classification=settings.default_classification
    )
    try:
        scheduled = _with_schedule(work, row.fields, mapping, settings.reader)
    except ScheduleProblemError as error:
        raise _rejected(row, error.element, error.came, error.expected) from None
    for problem in scheduled.problems():
        raise _rejected(row, problem.path, problem.came, problem.expected)
    return scheduled


def cause_of(row: SourceRow, settings: Settings) -> str | None:
    """Return why the plan is as it is, where the mapping says where that stands."""
    return None if settings.field_mapping is None else settings.field_mapping.cause_of(row)


def _with_schedule(
    work: Intervention, found: TaskFields, mapping: FieldMapping, options: ReaderOptions
) -> Intervention:
    """Return the work with what the schedule says; what the mapping said stays."""
    task, project = found.task, found.outline.project
    days = days_of(task, project)
    said: dict[str, Any] = {"firmness": _firmer(work.firmness, firmness_of(task))}
    if work.window is None:
        said["window"] = _worded_window(task, project) if days is None else _window(days)
    if work.shift_room is None:
        room = room_of(task, days, project)
        if room.earliest_start is not None or room.latest_end is not None:
            said["shift_room"] = ShiftRoom(_day(room.earliest_start), _day(room.latest_end))
    if work.cost_cents is None and options.costs == "read":
        said["cost_cents"] = _cost_cents(found, options)
    if work.dependencies is None:
        said["dependencies"] = _dependencies(work, found, mapping)
    return replace(work, **said)


def _window(days: Days) -> Window:
    return Window(PlanDate.of_day(days.start), PlanDate.of_day(days.end))


def _worded_window(task: Task, project: ProjectFile) -> Window | None:
    """Return the window of a task for which a planner wrote `2028` or `Q3 2028` as its date.

    Any other words, such as *after the trees*, leave it unknown.

    :raises ScheduleProblemError: if the finish lies before the start
    """
    started, finished = start_of(task), finish_of(task)
    start = _day(started.date()) if started else _worded(task, "StartText", "start")
    free = free_from(finished, project.opening_time) if finished else None
    end = _day(free) if free else _worded(task, "FinishText", "end")
    if start is None or end is None:
        return None
    window = Window(start, end)
    if window.is_empty:
        raise ScheduleProblemError("Finish", f"{start} to {end}", "a finish after the start")
    return window


def _worded(task: Task, element: str, side: Literal["start", "end"]) -> PlanDate | None:
    period = read_period(task.texts.get(element) or "", DateHabits())
    if period is None:
        return None
    text = period.start if side == "start" else exclusive_end(period.end, last_day=True)
    return None if text is None else PlanDate.parse(text)


def _firmer(mapped: Firmness | None, progress: Firmness | None) -> Firmness | None:
    """Return the firmer of what the mapping says of the plan and the schedule of its progress."""
    if progress is None or mapped is None or progress is Firmness.WITHDRAWN:
        return progress or mapped
    return mapped if mapped is Firmness.WITHDRAWN else max(mapped, progress, key=_rank)


def _rank(firmness: Firmness) -> int:
    return firmness.rank


def _day(day: date | None) -> PlanDate | None:
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        expected = f"a limit between {FIRST_YEAR} and {LAST_YEAR}"
        raise ScheduleProblemError("ConstraintDate", f"a limit in the year {day.year}", expected)
    return None if day is None else PlanDate.of_day(day)


def _dependencies(
    work: Intervention, found: TaskFields, mapping: FieldMapping
) -> tuple[Dependency, ...] | None:
    """Return what the task waits for, under the ids that the mapping gives those works.

    A schedule without links does not say that nothing precedes: another source may know.
    """
    dependencies: dict[tuple[str, str], Dependency] = {}
    for before in found.outline.works_before(found.task):
        fields = found.fields_of(before.task)
        on = mapping.id_of(fields)
        if abs(before.lag_days) > MAX_LAG_DAYS:
            raise ScheduleProblemError(
                "LinkLag", f"{before.lag_days} days", f"at most {MAX_LAG_DAYS} days, a century"
            )
        if on is not None and _is_id(on) and on != work.id and mapping.is_work(fields):
            dependencies[on, before.type] = Dependency(on, before.type, before.lag_days)
    return tuple(dependencies[key] for key in sorted(dependencies)) or None


def _is_id(text: str) -> bool:
    """Tell whether a text can be the id of a work; one that cannot is refused in its own row."""
    (form,) = Id.__metadata__  # type: ignore[attr-defined]
    return bool(form.accepts(text))


def _cost_cents(found: TaskFields, options: ReaderOptions) -> int | None:
    """Return the cost. Project stores money a hundredfold, which for the euro is cents.

    Project writes 0 where nobody entered a cost, so 0 is not known to be free of cost.

    :raises ScheduleProblemError: if it is no amount, or in a currency without a rate
    """
    text = found.task.texts.get("Cost") or "0"
    try:
        hundredfold = Decimal(text)
    except InvalidOperation:
        hundredfold = Decimal("NaN")
    if not hundredfold.is_finite() or abs(hundredfold) > 10**15:
        raise ScheduleProblemError("Cost", quoted(text), "an amount as a number")
    if hundredfold == 0:
        return None
    if hundredfold < 0:
        raise ScheduleProblemError("Cost", quoted(text), "an amount of 0 or more")
    named = found.outline.project.header.get("CurrencyCode") or options.currency
    rate = Decimal(1) if named == EURO else options.euro_per.get(named or "")
    if rate is None:
        raise ScheduleProblemError(
            "Cost",
            f"{hundredfold / 100} {named or 'in a currency that the file does not name'}",
            "euro; in [reader] of the mapping set euro_per or currency, or costs = 'leave_out'",
        )
    cents = int((hundredfold * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if cents > MAX_INTEGER:
        raise ScheduleProblemError("Cost", f"{cents} euro cents", f"at most {MAX_INTEGER}")
    return cents


def _rejected(row: SourceRow, element: str, came: str, expected: str) -> RejectedRecordError:
    return RejectedRecordError(
        Refusal(f"{row.where} ({element})", came, expected, reason=RejectReason.INVALID_VALUE)
    )
