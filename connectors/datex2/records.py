"""From a kept element to clean values: closed words, moments, numbers and positions, no text.

A value that no list names becomes unknown and is counted under the name of its element; a date or
a place that cannot be read becomes a problem that refuses the record. Neither is ever quoted: in a
field for a date somebody may have written a telephone number.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.datex2 import vocabulary as known
from connectors.datex2.causes import EVENT_CATEGORIES, Cause, read_cause
from connectors.datex2.elements import RECORD, Element, count_name
from connectors.datex2.periods import Validity, read_instant
from connectors.datex2.places import Shape, UnusablePlaceError, shapes_of
from hub.errors import Refusal, RejectReason

_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_EXPECTED_TIME = "a date and time such as 2026-08-17T14:00:00Z, in the years 1900 to 2999"
_MAX_VERSION = 2**53 - 1
_NO_VALIDITY = Validity()
_NO_CAUSE = Cause()


@dataclass(frozen=True, slots=True)
class LaneMeasure:
    """What one lane or carriageway record takes from traffic, and where."""

    management: str
    vehicles: tuple[str, ...] = ()
    carriageways: tuple[str, ...] = ()
    version: int | None = None
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Announced:
    """One work or event with all that its situation says of it; every text is from a list.

    `source_name` is the exception: the source compares it with lists and filters, then drops it.
    """

    situation: str
    record: str
    kind: str
    version: int | None = None
    created: datetime | None = None
    updated: datetime | None = None
    source_name: str = ""
    project: str | None = None
    confidentiality: str | None = None
    validity: Validity = _NO_VALIDITY
    validity_status: str | None = None
    overrunning: bool = False
    status: str | None = None
    probability: str | None = None
    action: str | None = None
    cause: Cause = _NO_CAUSE
    subjects: tuple[str, ...] = ()
    work_kind: str | None = None
    delay: str | None = None
    hindrance: str | None = None
    shapes: tuple[Shape, ...] = ()
    measures: tuple[LaneMeasure, ...] = ()
    problems: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class Findings:
    """What was met that no list names, counted; names are those of elements and record types."""

    values: Counter[str] = field(default_factory=Counter)
    record_types: Counter[str] = field(default_factory=Counter)
    without_work: int = 0


class SituationReader:
    """Reads situations; counts what it does not know."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.findings = Findings()
        self._zone = zone

    def read(self, situation: Element) -> list[Announced | Refusal]:
        """Return the works and events of a situation, or why it cannot be used."""
        situation_id = known_id(situation)
        if situation_id is None:
            return [_no_id("situation")]
        works, measures = self._sorted_out(situation)
        if not works:
            self.findings.without_work += 1
            return []
        return [self._announced(situation, record, situation_id, measures) for record in works]

    def _sorted_out(self, situation: Element) -> tuple[list[Element], tuple[LaneMeasure, ...]]:
        works, measures = [], []
        for record in situation.all(RECORD):
            kind = record.attributes.get("type", "")
            if kind in known.WORKS or kind in known.EVENTS:
                works.append(record)
            elif kind == known.LANE_MEASURE:
                measures += self._measure(record)
            elif kind not in known.MEASURES:
                count_name(self.findings.record_types, kind)
        return works, tuple(measures)

    def _announced(
        self,
        situation: Element,
        record: Element,
        situation_id: str,
        measures: tuple[LaneMeasure, ...],
    ) -> Announced | Refusal:
        record_id = known_id(record)
        if record_id is None:
            return _no_id(f"situation {situation_id}: situationRecord")
        where = f"situation {situation_id} record {record_id}"
        problems: list[Refusal] = []
        kind = record.attributes["type"]
        header = situation.first("headerInformation")
        status = self._code(header, "informationStatus", known.INFORMATION_STATUSES)
        if status not in (None, known.REAL):
            problems.append(
                Refusal(f"{where} informationStatus", "an exercise or a test", "'real', or nothing")
            )
        roadworks = record.first("_roadworksExtension", "roadworksExtension") or record
        return Announced(
            situation=situation_id,
            record=record_id,
            kind=kind,
            version=_version(record),
            created=self._moment(record, "situationRecordCreationTime", where, problems),
            updated=self._moment(record, "situationRecordVersionTime", where, problems),
            source_name=_text(record, "source", "sourceName", "values", "value")
            or _text(record, "source", "sourceName"),
            project=self._project(situation),
            confidentiality=self._confidentiality(header),
            validity=self._validity(record, where, problems),
            validity_status=self._code(
                record.first("validity"), "validityStatus", known.VALIDITY_STATUSES
            ),
            overrunning=_text(record, "validity", "overrunning") in ("true", "1"),
            status=self._below(roadworks, "roadworkStatus", known.STATUSES),
            probability=self._code(record, "probabilityOfOccurrence", known.PROBABILITIES),
            action=self._code(record, "operatorActionStatus", known.ACTION_STATUSES),
            cause=self._cause(record, is_event=kind in known.EVENTS),
            subjects=self._subjects(record),
            work_kind=self._work_kind(record, kind),
            delay=self._below(record, "delayBand", known.DELAY_BANDS),
            hindrance=self._below(roadworks, "roadworkHindranceClass", known.HINDRANCE_CLASSES),
            shapes=self._shapes(record, where, problems),
            measures=measures,
            problems=tuple(problems),
        )

    def _measure(self, record: Element) -> list[LaneMeasure]:
        name = "roadOrCarriagewayOrLaneManagementType"
        management = self._code(record, name, known.MANAGEMENT_TYPES)
        if management is None or management in known.OPENINGS:
            return []
        vehicles = (
            self._listed("vehicleType", item.text, known.VEHICLES)
            for group in record.all("forVehiclesWithCharacteristicsOf")
            for item in group.all("vehicleType")
        )
        carriageways = (
            self._listed("carriageway", item.text, known.CARRIAGEWAYS)
            for location in record.all("locationReference")
            for item in location.below("carriageway")
            if item.text
        )
        try:
            shapes = shapes_of(record)
        except UnusablePlaceError:
            # The work itself may still have a place; what the closure takes from traffic stands.
            self.findings.values["locationReference of a measure"] += 1
            shapes = ()
        return [
            LaneMeasure(
                management,
                tuple(item or "other" for item in vehicles),
                tuple(item for item in carriageways if item is not None),
                _version(record),
                shapes,
            )
        ]

    def _validity(self, record: Element, where: str, problems: list[Refusal]) -> Validity:
        times = record.first("validity", "validityTimeSpecification")
        if times is None:
            return Validity()
        inside = f"{where} validityTimeSpecification"
        start = self._moment(times, "overallStartTime", inside, problems)
        end = self._moment(times, "overallEndTime", inside, problems)
        periods = []
        for period in times.all("validPeriod"):
            begin = self._moment(period, "startOfPeriod", inside, problems)
            until = self._moment(period, "endOfPeriod", inside, problems)
            if begin is not None and until is not None and begin <= until:
                periods.append((begin, until))
        if start is not None and end is not None and end < start:
            problems.append(
                Refusal(
                    f"{inside} overallEndTime",
                    end.isoformat(),
                    f"an end after the start {start.isoformat()}",
                )
            )
        return Validity(start, end, tuple(periods))

    def _moment(
        self, parent: Element, name: str, where: str, problems: list[Refusal]
    ) -> datetime | None:
        text = _text(parent, name)
        if not text:
            return None
        moment = read_instant(text, self._zone)
        if moment is None:
            came = f"a text of {len(text)} characters that is no date and time"
            problems.append(Refusal(f"{where} {name}", came, _EXPECTED_TIME))
        return moment

    def _shapes(self, record: Element, where: str, problems: list[Refusal]) -> tuple[Shape, ...]:
        try:
            return shapes_of(record)
        except UnusablePlaceError as error:
            problems.append(
                Refusal(
                    f"{where} locationReference",
                    error.came,
                    error.expected,
                    reason=RejectReason.INVALID_GEOMETRY,
                )
            )
            return ()

    def _cause(self, record: Element, *, is_event: bool) -> Cause:
        text = _text(record, "cause", "causeDescription", "values", "value") or _text(
            record, "cause", "causeDescription"
        )
        if not text or is_event:
            return Cause(category=_event_category(text))
        cause = read_cause(text)
        if cause.category is None:
            self.findings.values["causeDescription"] += 1
        return cause

    def _subjects(self, record: Element) -> tuple[str, ...]:
        listed = (
            self._listed("subjectTypeOfWorks", item.text, known.SUBJECTS)
            for group in record.all("subjects")
            for item in group.all("subjectTypeOfWorks")
        )
        return tuple(item for item in listed if item is not None)

    def _work_kind(self, record: Element, kind: str) -> str | None:
        if kind == "MaintenanceWorks":
            return self._code(record, "roadMaintenanceType", known.MAINTENANCE_TYPES)
        if kind == "ConstructionWorks":
            return self._code(record, "constructionWorkType", known.CONSTRUCTION_TYPES)
        return self._code(record, "publicEventType", known.EVENT_TYPES)

    def _confidentiality(self, header: Element | None) -> str | None:
        """Return what is said; what no list knows counts as closed, never as open."""
        said = "" if header is None else _text(header, "confidentiality")
        known_value = self._code(header, "confidentiality", known.CONFIDENTIALITIES)
        return known.MOST_CLOSED if said and known_value is None else known_value

    def _project(self, situation: Element) -> str | None:
        related = situation.first("relatedSituation")
        return None if related is None else known_id(related)

    def _code(self, parent: Element | None, name: str, listed: frozenset[str]) -> str | None:
        text = "" if parent is None else _text(parent, name)
        return self._listed(name, text, listed) if text else None

    def _below(self, parent: Element, name: str, listed: frozenset[str]) -> str | None:
        found = next(parent.below(name), None)
        return None if found is None else self._listed(name, found.text, listed)

    def _listed(self, name: str, text: str, listed: frozenset[str]) -> str | None:
        """Return a value that the list has; any other one is counted, never kept."""
        if text in listed:
            return text
        if text:
            self.findings.values[name] += 1
        return None


def known_id(element: Element) -> str | None:
    """Return the id of an element if it is one that the hub can carry."""
    text = element.attributes.get("id", "")
    return text if _ID.fullmatch(text) else None


def _no_id(path: str) -> Refusal:
    return Refusal(
        path,
        "no usable id",
        "an id of 1 to 80 letters, digits and . _ : -",
        reason=RejectReason.MISSING_FIELD,
    )


def _text(parent: Element, *path: str) -> str:
    found = parent.first(*path)
    return "" if found is None else found.text


def _version(record: Element) -> int | None:
    """Return the version, in version 3 an attribute and in early version 2 an element."""
    text = record.attributes.get("version") or _text(record, "situationRecordVersion")
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if int(text) <= _MAX_VERSION else None


def _event_category(text: str) -> str | None:
    """Return the category of an event; its name after the comma stays behind."""
    category = text.partition(",")[0].strip()
    return category if category in EVENT_CATEGORIES else None
