"""One announced work or event becomes an intervention: pure, from clean values only.

Events are works of discipline `other`, not calendar entries: an event has an owner who can move it,
a firmness, a place and days, and it is announced again with other days or vanishes. A work can be
rescheduled and withdrawn and is told to its neighbours; a calendar entry is none of that, and no
record takes one back from the `reference` topic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connectors.datex2 import vocabulary as known
from connectors.datex2.organisations import Organisation
from connectors.datex2.periods import Run
from connectors.datex2.records import Announced, LaneMeasure
from connectors.datex2.settings import DEFAULT_SYSTEM, Settings
from hub.connect.api import SourceRow
from hub.errors import RejectedRecordError
from hub.model.dates import PlanDate, Window
from hub.model.geometry import Geometry
from hub.model.intervention import Intervention, Source
from hub.model.vocabulary import (
    Classification,
    Discipline,
    Firmness,
    SurfaceType,
    TrafficImpact,
    WorkType,
)

WORK = "work"
"""The one field of a row: the work as the source understood it."""

_SURFACE_OF_WORD = {"bestrating": SurfaceType.PAVING, "asfalt": SurfaceType.ASPHALT}
_TITLES = {"MaintenanceWorks": "Onderhoudswerk", "ConstructionWorks": "Aanlegwerk"}


@dataclass(frozen=True, slots=True)
class WorkInFeed:
    """What a row holds: the announcement, its owner and place, and the days of this row.

    `run` is None when the days are unknown, and `is_last` unless more runs of the record follow;
    `is_over` says that they do and this one had passed when the snapshot was made.
    """

    announced: Announced
    owner: Organisation | None
    geometry: Geometry | None
    run: Run | None
    is_last: bool = True
    is_over: bool = False


def to_intervention(row: SourceRow, settings: Settings) -> Intervention:
    """Return the intervention of a row.

    :raises RejectedRecordError: with every date and place that cannot be read
    """
    work: WorkInFeed = row.fields[WORK]
    announced = work.announced
    if announced.problems:
        raise RejectedRecordError(*announced.problems)
    system = settings.system or DEFAULT_SYSTEM
    is_event = announced.kind in known.EVENTS
    work_type = WorkType.OTHER if is_event else _work_type(announced)
    return Intervention(
        id=f"{system}:{row.key}",
        title=_title(announced),
        plan_owner=None if work.owner is None else work.owner.id,
        municipality=None if work.owner is None else work.owner.municipality,
        discipline=Discipline.OTHER if is_event else _discipline(announced),
        work_type=work_type,
        firmness=Firmness.COMPLETED if work.is_over else _firmness(announced),
        window=_window(work.run),
        duration_days=_duration(work.run),
        geometry=work.geometry,
        opens_surface=_opens_surface(announced),
        renews_surface=_renews_surface(work, work_type),
        surface_type=_surface(announced, work_type),
        traffic_impact=_traffic_impact(announced),
        classification=_classification(announced, settings),
        project_number=announced.project or announced.situation,
        source=_source(announced, row.key, system, settings.zone),
    )


def successor(before: Intervention, after: Intervention) -> Intervention:
    """Return what a read of `after` says where `before` was sent: version first, content second.

    An older version is an older snapshot, from a cache or a folder: nothing new. Under an equal
    version other content comes from a closure renewed by itself, a day that passed, or from a
    change of this mapping or its settings; the hub refuses that (an equal revision says equal
    content), so it travels without a revision until the source raises its version.
    """
    old, new = _revision_of(before), _revision_of(after)
    if old is not None and new is not None and new != old:
        return after if new > old else before
    unversioned = _with_revision(after, None)
    if unversioned == _with_revision(before, None):
        return before
    return unversioned if old == new else after


def vanished(before: Intervention, today: date) -> Intervention | None:
    """Return the completed work if its announced days are over: the feed drops what is done.

    One that vanishes before its end, or without a known one, was withdrawn.
    """
    if before.window is None or before.window.end.as_exclusive_end > today.toordinal():
        return None
    if before.firmness is Firmness.COMPLETED:
        return before
    return _with_revision(replace(before, firmness=Firmness.COMPLETED), None)


def _revision_of(work: Intervention) -> int | None:
    return None if work.source is None else work.source.revision


def _with_revision(work: Intervention, revision: int | None) -> Intervention:
    if work.source is None:
        return work
    return replace(work, source=replace(work.source, revision=revision))


def _source(announced: Announced, key: str, system: str, zone: ZoneInfo) -> Source:
    return Source(
        system=system,
        key=key,
        revision=_revision(announced),
        registered_on=_local_day(announced.created, zone),
        updated_on=_local_day(announced.updated, zone),
    )


def _revision(announced: Announced) -> int | None:
    """Return the version of everything that was used: a closure may be renewed by itself."""
    used = [announced.version, *(measure.version for measure in _closures(announced))]
    return max((version for version in used if version is not None), default=None)


def _title(announced: Announced) -> str:
    if announced.kind in known.EVENTS:
        said = known.EVENT_TITLES.get(announced.work_kind or "") or announced.cause.category
        return f"Evenement: {said}" if said and said != "Overig" else "Evenement"
    return announced.cause.title or _TITLES[announced.kind]


def _discipline(announced: Announced) -> Discipline:
    """Return what the typed fields say, else what the cause says in known words."""
    for subject in announced.subjects:
        if subject in known.DISCIPLINE_OF_SUBJECT:
            return known.DISCIPLINE_OF_SUBJECT[subject]
    typed = known.DISCIPLINE_OF_MAINTENANCE.get(announced.work_kind or "")
    return typed or announced.cause.discipline or Discipline.OTHER


def _work_type(announced: Announced) -> WorkType:
    """Return what the cause says in known words, else the type.

    The other way round nothing would be left: NDW types almost every work `maintenanceWork`.
    """
    by_kind = {**known.WORK_TYPE_OF_MAINTENANCE, **known.WORK_TYPE_OF_CONSTRUCTION}
    typed = by_kind.get(announced.work_kind or "")
    return announced.cause.work_type or typed or WorkType.OTHER


def _firmness(announced: Announced) -> Firmness | None:
    """Return the rung of the ladder: the planning status, else probability, else action status."""
    if announced.validity_status == known.VALIDITY_SUSPENDED:
        return Firmness.INDICATIVE
    if announced.status is not None:
        return known.FIRMNESS_OF_STATUS[announced.status]
    if announced.overrunning:
        return Firmness.IN_EXECUTION
    if announced.probability is not None:
        return known.FIRMNESS_OF_PROBABILITY[announced.probability]
    if announced.action is not None:
        return known.FIRMNESS_OF_ACTION[announced.action]
    return None


def _window(run: Run | None) -> Window | None:
    if run is None:
        return None
    return Window(PlanDate.of_day(run.start), PlanDate.of_day(run.end))


def _duration(run: Run | None) -> int | None:
    """Return the days of work where they are fewer than the days of the window."""
    if run is None or run.days == (run.end - run.start).days:
        return None
    return run.days


def _opens_surface(announced: Announced) -> bool | None:
    """Return False where the kind of work says so; that a street is opened is never said."""
    if announced.kind in known.EVENTS or announced.work_kind in known.KEEPS_SURFACE_CLOSED:
        return False
    return None


def _renews_surface(work: WorkInFeed, work_type: WorkType) -> bool | None:
    """Return True for repaving, at the end of the work and not between two of its periods."""
    return work.is_last if work_type is WorkType.RESURFACE else None


def _surface(announced: Announced, work_type: WorkType) -> SurfaceType | None:
    if work_type is not WorkType.RESURFACE:
        return None
    named = (_SURFACE_OF_WORD.get(word) for word in announced.cause.words)
    return next((surface for surface in named if surface is not None), None)


def _closures(announced: Announced) -> tuple[LaneMeasure, ...]:
    return tuple(item for item in announced.measures if item.management not in known.OPENINGS)


def _traffic_impact(announced: Announced) -> TrafficImpact | None:
    """Return the gravest of the lane records; without any, `none` only if no delay is expected."""
    impacts = {_impact_of(measure) for measure in _closures(announced)}
    for impact in (TrafficImpact.CLOSED, TrafficImpact.PARTIAL, TrafficImpact.NONE):
        if impact in impacts:
            return impact
    expects_none = (
        announced.hindrance == known.NO_HINDRANCE_CLASS or announced.delay == known.NO_DELAY_BAND
    )
    return TrafficImpact.NONE if expects_none else None


def _impact_of(measure: LaneMeasure) -> TrafficImpact:
    """Return what motor traffic meets; a closed cycle track leaves the carriageway open."""
    for told, not_motor in (
        (measure.vehicles, known.NOT_MOTOR_VEHICLES),
        (measure.carriageways, known.NOT_FOR_MOTOR_VEHICLES),
    ):
        if told and set(told) <= not_motor:
            return TrafficImpact.NONE
    return known.IMPACT_OF_MANAGEMENT[measure.management]


def _classification(announced: Announced, settings: Settings) -> Classification | None:
    if announced.confidentiality is None:
        return settings.default_classification
    return known.CLASSIFICATION_OF_CONFIDENTIALITY[announced.confidentiality]


def _local_day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()
