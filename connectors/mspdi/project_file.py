"""What stands in a Microsoft Project XML file, as far as a plan needs it.

Only named elements are kept. Resources, assignments, authors, managers and contacts name persons;
they are passed over without being looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

NAMESPACE = "http://schemas.microsoft.com/project"
MAX_DEPTH = 40
MAX_TASKS = 500_000
MAX_ELEMENTS = 500_000
"""Within one task, calendar or list that is passed over; all of them are kept until it ends."""
MAX_TEXT_BYTES = 4 << 20
"""One text, tag or comment."""
MAX_DIGITS = 9
NO_GUID = "00000000-0000-0000-0000-000000000000"

TASK_ELEMENTS = (
    "UID",
    "GUID",
    "Name",
    "WBS",
    "OutlineLevel",
    "IsNull",
    "Summary",
    "Milestone",
    "Active",
    "ExternalTask",
    "IsSubproject",
    "Start",
    "Finish",
    "StartText",
    "FinishText",
    "ActualStart",
    "ActualFinish",
    "PercentComplete",
    "ConstraintType",
    "ConstraintDate",
    "Deadline",
    "Cost",
    "CreateDate",
)
"""Elements of a task that are kept; among them none that holds a person."""

_HEADER = (
    "SaveVersion",
    "GUID",
    "Title",
    "Name",
    "LastSaved",
    "CurrencyCode",
    "CurrencyDigits",
    "CalendarUID",
    "DefaultStartTime",
    "MinutesPerDay",
    "MinutesPerWeek",
)
_LINK = ("PredecessorUID", "Type", "LinkLag", "LagFormat", "CrossProject")
_SKIPPED_GROUPS = frozenset({"Resources", "Assignments", "Views", "VBAProjects", "OutlineCodes"})


class UnreadableProjectError(ValueError):
    """The file cannot be read: what came and what was expected."""

    def __init__(self, came: str, expected: str) -> None:
        self.came = came
        self.expected = expected
        super().__init__(f"came {came}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Link:
    """A predecessor as the file writes it: whose, which kind, how much later."""

    predecessor_uid: str
    kind: str
    lag: str
    lag_format: str
    is_cross_project: bool


@dataclass(slots=True)
class Task:
    """One row of the schedule: texts of its elements, links, and custom attributes by field."""

    texts: dict[str, str]
    links: list[Link]
    attributes: dict[str, str]

    @property
    def uid(self) -> str:
        """Return the number that stays when rows are inserted; `ID` is the row number."""
        return self.texts.get("UID", "")

    @property
    def guid(self) -> str | None:
        """Return the GUID, or None in files of versions that write none."""
        guid = self.texts.get("GUID", "").strip("{}").upper()
        return guid if guid and guid != NO_GUID else None

    def is_set(self, name: str, *, default: bool = False) -> bool:
        """Tell whether a flag is on."""
        text = self.texts.get(name)
        return default if text is None else text in ("1", "true")


@dataclass(slots=True)
class ProjectFile:
    """The header and the tasks; `attribute_names` maps a field id to its alias and field name."""

    header: dict[str, str] = field(default_factory=dict)
    attribute_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    openings: dict[str, time] = field(default_factory=dict)

    @property
    def opening_time(self) -> time:
        """Return when a working day begins: by the project's calendar or the default start."""
        times = [parsed_time(self.header.get("DefaultStartTime", ""))]
        times.append(self.openings.get(self.header.get("CalendarUID", "")))
        return min((at for at in times if at is not None), default=time())

    @property
    def minutes_per_day(self) -> int:
        """Return the length of a working day in minutes."""
        return _positive(self.header.get("MinutesPerDay"), 480)

    @property
    def days_per_week(self) -> int:
        """Return the number of working days in a week."""
        week = _positive(self.header.get("MinutesPerWeek"), 5 * self.minutes_per_day)
        return min(7, max(1, round(week / self.minutes_per_day)))


def read_project(stream: BinaryIO, *, without_tasks: bool = False) -> ProjectFile:
    """Return what stands in the file, or only what stands before its tasks.

    Tasks may link to tasks further down, so all are kept; the XML tree is not.

    :raises UnreadableProjectError: if it is no such file, or one made to do harm
    """
    project = ProjectFile()
    try:
        for path, element in _closed_elements(stream, until="Tasks" if without_tasks else None):
            _take(project, path, element)
    except ParseError as error:
        raise UnreadableProjectError(
            f"no well-formed XML ({error})", "a file saved by Project as XML; is it complete?"
        ) from None
    except DefusedXmlException as error:
        raise UnreadableProjectError(
            f"a document type or an entity ({type(error).__name__})",
            "XML without DTD, as Project writes it",
        ) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, UnreadableProjectError):
            raise
        raise UnreadableProjectError(
            f"text that cannot be decoded ({error})", "XML in UTF-8, as Project writes it"
        ) from None
    return project


def _closed_elements(
    stream: BinaryIO, *, until: str | None
) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Yield every element one and two levels below the root, with its path, then forget it.

    Reading ends where the element `until` begins below the root.
    """
    path: list[str] = []
    parents: list[Element] = []
    watched = _WatchedStream(stream)
    elements = 0
    events: Any = iterparse(
        watched,
        events=("start", "end"),
        forbid_dtd=True,
        forbid_entities=True,
        forbid_external=True,
    )
    for event, element in events:
        watched.bytes_since_an_element = 0
        if event == "start":
            elements += 1
            if elements > MAX_ELEMENTS:
                raise UnreadableProjectError(
                    f"a part with more than {MAX_ELEMENTS} elements", "a schedule; split the file"
                )
            if not path and element.tag != f"{{{NAMESPACE}}}Project":
                raise UnreadableProjectError(
                    f"XML that begins with '{str(element.tag)[:80]}'",
                    f"Project in the namespace {NAMESPACE}; in Project: save as XML",
                )
            path.append(_local(element))
            parents.append(element)
            if len(path) == 2 and path[1] == until:
                return
            if len(path) > MAX_DEPTH:
                raise UnreadableProjectError(
                    f"elements {len(path)} levels deep", f"at most {MAX_DEPTH}"
                )
            continue
        if len(path) in (2, 3):
            elements = 0
            yield tuple(path[1:]), element
            element.clear()
            parents[-2].remove(element)
        elif len(path) > 3 and path[1] in _SKIPPED_GROUPS:
            element.clear()
        path.pop()
        parents.pop()


class _WatchedStream:
    """A stream that is not read on when no element begins or ends in a very long time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_since_an_element = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        :raises UnreadableProjectError: when one text or tag takes more than any has
        """
        if self.bytes_since_an_element > MAX_TEXT_BYTES:
            raise UnreadableProjectError(
                f"a text or a tag of more than {MAX_TEXT_BYTES >> 20} MiB",
                "a file saved by Project as XML",
            )
        chunk = self._stream.read(size)
        self.bytes_since_an_element += len(chunk)
        return chunk


def _take(project: ProjectFile, path: tuple[str, ...], element: Element) -> None:
    match path:
        case (name,) if name in _HEADER:
            project.header[name] = _text(element)
        case ("Tasks", "Task"):
            project.tasks.append(_task(element))
            if len(project.tasks) > MAX_TASKS:
                raise UnreadableProjectError(
                    f"more than {MAX_TASKS} tasks", "a schedule; split the file"
                )
        case ("ExtendedAttributes", "ExtendedAttribute"):
            texts = _texts(element)
            names = (texts.get("Alias", ""), texts.get("FieldName", ""))
            known = tuple(dict.fromkeys(name for name in names if name))
            if known and "FieldID" in texts:
                project.attribute_names[texts["FieldID"]] = known
        case ("Calendars", "Calendar"):
            _take_calendar(project, element)


def _take_calendar(project: ProjectFile, element: Element) -> None:
    uid = _texts(element).get("UID", "")
    times = [
        parsed
        for start in element.iter(f"{{{NAMESPACE}}}FromTime")
        if (parsed := parsed_time(_text(start))) is not None
    ]
    if times:
        project.openings[uid] = min(times)


def _task(element: Element) -> Task:
    links = []
    attributes = {}
    for child in element:
        name = _local(child)
        if name == "PredecessorLink":
            texts = _texts(child)
            links.append(
                Link(
                    texts.get("PredecessorUID", ""),
                    texts.get("Type", "1"),
                    texts.get("LinkLag", "0"),
                    texts.get("LagFormat", "7"),
                    texts.get("CrossProject") in ("1", "true"),
                )
            )
        elif name == "ExtendedAttribute":
            texts = _texts(child)
            attributes[texts.get("FieldID", "")] = texts.get("Value", "")
    kept = {name: text for name, text in _texts(element).items() if name in TASK_ELEMENTS}
    return Task(kept, links, attributes)


def _texts(element: Element) -> dict[str, str]:
    return {_local(child): _text(child) for child in element if len(child) == 0}


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def whole_number(text: str | None, *, default: int) -> int:
    """Return a whole number of usual size, or the default for what is none."""
    is_one = text is not None and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if text is not None and is_one else default


def _positive(text: str | None, default: int) -> int:
    return whole_number(text, default=default) or default


def parsed_time(text: str) -> time | None:
    """Return a time of day, or None for what is none."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def parsed_moment(text: str) -> datetime:
    """Return a local moment as Project writes it, `2028-05-14T17:00:00`, without zone.

    :raises ValueError: for what is none
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=None)
