"""Each owner's plan in the words and file format of that owner, as its own system would export it.

The sewer department has a table, both network operators a feature collection, and the redesigns a
schedule that knows no places: those stand in a list beside it.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

from hub.demo.months import Period, month
from hub.demo.plans import Decision, Phases, PlannedWork
from hub.demo.town import Point
from hub.model.dates import Precision
from hub.model.vocabulary import DecisionLevel, Firmness

SEWER_COLUMNS = (
    *("maatregel", "omschrijving", "straat", "status", "start", "eind", "niet_voor", "uiterlijk"),
    *("verkeer", "herstel", "kosten_keur", "besluit", "besluit_stand"),
    *("aangemeld", "bijgewerkt", "toelichting", "geometrie"),
)
SEWER_DATES = ("start", "eind", "niet_voor", "uiterlijk")
DRAWING_COLUMNS = ("projectcode", "vlak")

_SEWER_STATUS = {
    Firmness.INDICATIVE: "advies",
    Firmness.DRAFT: "in afstemming",
    Firmness.ADOPTED: "definitief",
    Firmness.COMMITTED: "gegund",
    Firmness.IN_EXECUTION: "in uitvoering",
    Firmness.COMPLETED: "gereed",
}
_OPERATOR_PHASE = {
    Firmness.INDICATIVE: "verkenning",
    Firmness.DRAFT: "voorontwerp",
    Firmness.ADOPTED: "besloten",
    Firmness.COMMITTED: "contract",
    Firmness.IN_EXECUTION: "uitvoering",
    Firmness.COMPLETED: "opgeleverd",
}
_TRAFFIC = {"none": "geen", "partial": "half", "closed": "dicht"}
_SURFACE = {"paving": "klinkers", "asphalt": "asfalt"}
_LEVEL = {
    DecisionLevel.MUNICIPAL_COUNCIL: "raad",
    DecisionLevel.MUNICIPAL_EXECUTIVE: "college",
    DecisionLevel.OWN_ORGANISATION: "directie",
}
_PROJECT = "http://schemas.microsoft.com/project"
_TEXT_FIELDS = {  # the numbers that Microsoft Project gives its fields Text1 to Text6
    "Projectcode": "188743731",
    "Wacht op": "188743734",
    "Hardheid": "188743737",
    "Wachtdagen": "188743740",
    "Verharding": "188743743",
    "Bijgewerkt": "188743746",
}
_NAMESPACE = uuid.UUID("5b0f2c9e-4a53-4b1e-9d6b-0c7f3a1d2e44")


def sewer_csv(works: Iterable[PlannedWork]) -> str:
    """Return the sewer plan: a table with semicolons, Dutch days and last days included."""
    out = io.StringIO()
    rows = csv.DictWriter(out, SEWER_COLUMNS, delimiter=";", lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(_sewer_row(work) for work in works)
    return out.getvalue()


def _sewer_row(work: PlannedWork) -> dict[str, str]:
    start, end = _dutch_period(work.period)
    level, standing = _decision(work.decision)
    return {
        "maatregel": work.key,
        "omschrijving": work.title,
        "straat": work.street,
        "status": _SEWER_STATUS[work.firmness],
        "start": start,
        "eind": end,
        "niet_voor": _dutch(work.earliest),
        "uiterlijk": _dutch(work.latest, last=True),
        "verkeer": _TRAFFIC[work.traffic],
        "herstel": _SURFACE[work.surface] if work.renews else "tijdelijk",
        "kosten_keur": _thousands(work.cost_euro),
        "besluit": level,
        "besluit_stand": standing,
        "aangemeld": _dutch(work.registered_on),
        "bijgewerkt": _dutch(work.updated_on),
        "toelichting": "",
        "geometrie": _wkt(work.shape),
    }


def operator_geojson(name: str, works: Iterable[PlannedWork]) -> str:
    """Return an operator's plan: features in RD with ISO days, the end being the first free day."""
    value = {
        "type": "FeatureCollection",
        "name": name,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}},
        "features": [_feature(work) for work in works],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _feature(work: PlannedWork) -> dict[str, Any]:
    start, end = _iso_period(work.period)
    level, standing = _decision(work.decision)
    properties: dict[str, Any] = {
        "nummer": work.key,
        "naam": work.title,
        "fase": _OPERATOR_PHASE[work.firmness],
        "van": start,
        "tot": end,
        "kan_vanaf": _iso(work.earliest),
        "kan_tot": _iso(work.latest),
        "straat_open": {True: "ja", False: "nee", None: None}[work.opens],
        "verkeer": _TRAFFIC[work.traffic],
        "kosten": work.cost_euro,
        "besluit": level or None,
        "besluit_stand": standing or None,
        "gesprek_bewoners": "gepland" if work.participation_until else None,
        "gesprek_bewoners_tot": _iso(work.participation_until),
        "samen_met": work.rides_with,
        "ontheffing": "nieuwe aansluiting" if work.new_connection else None,
        "gemeld": _iso(work.registered_on),
        "bijgewerkt": _iso(work.updated_on),
    }
    return {
        "type": "Feature",
        "id": work.key,
        "properties": properties,
        "geometry": _geojson(work),
    }


def _geojson(work: PlannedWork) -> dict[str, Any] | None:
    if work.shape is None:
        return None
    points = [list(point) for point in work.shape]
    if work.is_area:
        return {"type": "Polygon", "coordinates": [points]}
    return {"type": "LineString", "coordinates": points}


def redesign_mspdi(redesigns: Sequence[Phases], day: date) -> str:
    """Return the schedule of the redesigns as Microsoft Project writes it.

    Every redesign is a summary task with its phases below it, each phase after the one before.
    """
    ElementTree.register_namespace("", _PROJECT)
    root = ElementTree.Element(f"{{{_PROJECT}}}Project")
    _texts(
        root,
        SaveVersion=14,
        Name="herinrichtingen.xml",
        Title="Herinrichtingen openbare ruimte",
        LastSaved=f"{day.isoformat()}T08:00:00",
        CurrencyCode="EUR",
        MinutesPerDay=480,
    )
    attributes = _child(root, "ExtendedAttributes")
    for alias, number in _TEXT_FIELDS.items():
        name = f"Text{1 + list(_TEXT_FIELDS).index(alias)}"
        _texts(_child(attributes, "ExtendedAttribute"), FieldID=number, FieldName=name, Alias=alias)
    tasks = _Tasks(_child(root, "Tasks"))
    for redesign in redesigns:
        tasks.add(redesign)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}\n'


class _Tasks:
    """The task list of a schedule; row numbers and UIDs count up."""

    def __init__(self, parent: ElementTree.Element) -> None:
        self._parent = parent
        self._uid = 0

    def add(self, redesign: Phases) -> None:
        periods = [work.period for work in redesign.works if work.period is not None]
        whole = Period(min(p.start for p in periods), max(p.end for p in periods))
        self._task(redesign.key, redesign.title, whole, level=1)
        previous: int | None = None
        for work in redesign.works:
            previous = self._phase(work, previous)

    def _phase(self, work: PlannedWork, previous: int | None) -> int:
        assert work.period is not None
        task = self._task(work.key, work.title, work.period, level=2)
        percent = {Firmness.IN_EXECUTION: 40, Firmness.COMPLETED: 100}.get(work.firmness, 0)
        _texts(task, PercentComplete=percent, Cost=work.cost_euro * 100)
        values = {
            "Projectcode": work.key,
            "Wacht op": work.waits_for,
            "Hardheid": _OPERATOR_PHASE[work.firmness],
            "Wachtdagen": work.wait_days if work.waits_for else None,
            "Verharding": _SURFACE[work.surface],
            "Bijgewerkt": work.updated_on.isoformat(),
        }
        for alias, value in values.items():
            if value is not None:
                _texts(_child(task, "ExtendedAttribute"), FieldID=_TEXT_FIELDS[alias], Value=value)
        if previous is not None:
            link = _child(task, "PredecessorLink")
            _texts(link, PredecessorUID=previous, Type=1, CrossProject=0, LinkLag=0, LagFormat=7)
        return self._uid

    def _task(self, key: str, name: str, period: Period, *, level: int) -> ElementTree.Element:
        self._uid += 1
        task = _child(self._parent, "Task")
        last_day = period.end - timedelta(days=1)
        _texts(
            task,
            UID=self._uid,
            GUID=str(uuid.uuid5(_NAMESPACE, key)).upper(),
            ID=self._uid,
            Name=name,
            Active=1,
            Manual=0,
            Type=1,
            IsNull=0,
            OutlineLevel=level,
            Start=f"{period.start.isoformat()}T08:00:00",
            Finish=f"{last_day.isoformat()}T17:00:00",
            Milestone=0,
            Summary=1 if level == 1 else 0,
        )
        return task


def redesign_drawing(redesigns: Iterable[Phases]) -> str:
    """Return the list in which the areas of the phases stand, by project code."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(DRAWING_COLUMNS)
    for redesign in redesigns:
        rows.writerows((work.key, _wkt(work.shape)) for work in redesign.works)
    return out.getvalue()


def _child(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, f"{{{_PROJECT}}}{name}")


def _texts(parent: ElementTree.Element, **values: object) -> None:
    for name, value in values.items():
        _child(parent, name).text = str(value)


def _wkt(shape: tuple[Point, ...] | None) -> str:
    if shape is None:
        return ""
    points = ", ".join(f"{x} {y}" for x, y in shape)
    return f"POLYGON (({points}))" if shape[0] == shape[-1] else f"LINESTRING ({points})"


def _decision(decision: Decision | None) -> tuple[str, str]:
    if decision is None:
        return "", ""
    return _LEVEL[decision.level], "genomen" if decision.taken else "niet ingediend"


def _thousands(euro: int) -> str:
    """Return an amount in thousands of euro with a decimal comma: 262,5 is 262,500 euro."""
    return f"{euro / 1000:.1f}".replace(".", ",")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _dutch(day: date | None, *, last: bool = False) -> str:
    """Return a day as 31-12-2029; `last` is the last day before a first free one."""
    if day is None:
        return ""
    return (day - timedelta(days=1) if last else day).strftime("%d-%m-%Y")


def _dutch_period(period: Period | None) -> tuple[str, str]:
    if period is None:
        return "", ""
    if period.precision is Precision.DAY:
        return _dutch(period.start), _dutch(period.end, last=True)
    granule = _granule(period.precision, "Q{quarter} {year}")
    return granule(period.start), granule(month(period.end, -1))


def _iso_period(period: Period | None) -> tuple[str | None, str | None]:
    if period is None:
        return None, None
    if period.precision is Precision.DAY:
        return period.start.isoformat(), period.end.isoformat()
    granule = _granule(period.precision, "{year}-Q{quarter}")
    return granule(period.start), granule(month(period.end, -1))


def _granule(precision: Precision, quarter_form: str) -> Callable[[date], str]:
    """Return how a period of that precision is written, for a day within it."""
    form = quarter_form if precision is Precision.QUARTER else "{year}"
    return lambda day: form.format(year=day.year, quarter=(day.month + 2) // 3)
