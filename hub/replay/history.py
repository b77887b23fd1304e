"""Where a history comes from: topics, a programme file with steps, or an export of either."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hub.check.programme_file import Programme, read_programme
from hub.contracts.catalogue import Catalogue
from hub.contracts.codec import Codec
from hub.contracts.dead_letters import was_put_back
from hub.contracts.json_codec import load_json, read, write
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, RejectReason, quoted
from hub.kafka.client_config import KafkaConnection
from hub.kafka.reader import RawRecord, read_compacted
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.programme import Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
)
from hub.replay.events import Body, Event
from hub.streams.plausibility import Plausibility

EXPORT_FORMAT = "replay-events/1"
INPUTS = ("reference", "plan-changes", "decisions")
"""The topics of a rebuilt history; of records of one moment, reference counts first."""
LOG = "programme-log"

OnRejected = Callable[[str], None]

_BODIES: dict[str, type] = {
    "plan_change": PlanChange,
    "decision": Decision,
    "goal": PolicyGoal,
    "calendar": CalendarEntry,
    "moratorium": DigMoratorium,
    "area": AreaProfile,
    "policy": PolicyConfig,
    "work": WorkState,
    "tick": Tick,
}
_NAMES = {cls: name for name, cls in _BODIES.items()}


@dataclass(frozen=True, slots=True)
class History:
    """Events in order, read while they are folded; `name` is what people call the source.

    `daily` tells whether every day between events has come (topics), or only theirs (files).
    """

    name: str
    events: Callable[[OnRejected], Iterator[Event]]
    daily: bool


# --- topics ---


def of_inputs(
    connection: KafkaConnection, catalogue: Catalogue, partition: int, *, zone: ZoneInfo
) -> History:
    """Return what came in for a programme, merged by broker time: history from its beginning."""

    def events(on_rejected: OnRejected) -> Iterator[Event]:
        merged = heapq.merge(
            *(
                _stamped(connection, catalogue, name, partition, rank)
                for rank, name in enumerate(INPUTS)
            ),
            key=lambda item: item[:3],
        )
        decoded = _Inputs(zone)
        for item in merged:
            try:
                yield decoded.event(item, partition)
            except RejectedRecordError as error:
                on_rejected(f"{INPUTS[item.rank]}-{partition}-{item.offset}: {error}")

    return History(f"the inputs of partition {partition}", events, daily=True)


def of_log(connection: KafkaConnection, catalogue: Catalogue, partition: int) -> History:
    """Return a programme's log: exactly what detect concluded from, within its compaction lag."""

    def events(on_rejected: OnRejected) -> Iterator[Event]:
        codec = Codec()
        day = date.min
        for raw in _records(connection, catalogue, LOG, partition):
            where = f"{LOG}-{partition}-{raw.offset}"
            try:
                entry = codec.decode_log_entry(raw.value)
            except RejectedRecordError as error:
                on_rejected(f"{where}: {error}")
                continue
            if isinstance(entry.body, Tick):
                day = max(day, entry.body.day)
            yield Event(
                day,
                entry.at,
                where,
                entry.body,
                offset=raw.offset,
                everywhere=was_put_back(raw.headers),
                headers=raw.headers,
                taken_in=_moment(raw.timestamp_ms),
            )

    return History(f"the log of partition {partition}", events, daily=True)


class _Stamped(NamedTuple):
    timestamp_ms: int
    rank: int
    offset: int
    record: RawRecord


def _stamped(
    connection: KafkaConnection, catalogue: Catalogue, name: str, partition: int, rank: int
) -> Iterator[_Stamped]:
    for raw in _records(connection, catalogue, name, partition):
        yield _Stamped(raw.timestamp_ms, rank, raw.offset, raw)


def _records(
    connection: KafkaConnection, catalogue: Catalogue, name: str, partition: int
) -> Iterator[RawRecord]:
    return read_compacted(connection, catalogue.topic(name), partition, with_headers=True)


def _moment(timestamp_ms: int) -> datetime:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC)


class _Inputs:
    """Turns input records into events, refusing what the stream refuses."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._codec = Codec()
        self._plausibility = Plausibility(zone)

    def event(self, item: _Stamped, partition: int) -> Event:
        at = _moment(item.timestamp_ms)
        day = self._plausibility.business_day(at)
        said, body = self._read(item, at, day)
        return Event(
            day,
            said,
            f"{INPUTS[item.rank]}-{partition}-{item.offset}",
            body,
            headers=item.record.headers,
            taken_in=at,
        )

    def _read(self, item: _Stamped, at: datetime, day: date) -> tuple[date, Body]:
        """Return what a record says, and the day it gives itself."""
        value = item.record.value
        match INPUTS[item.rank]:
            case "plan-changes":
                change = self._codec.decode_plan_change(value)
                self._plausibility.check(change.at, path="at", at=at)
                return change.at, change
            case "decisions":
                decision = self._codec.decode_decision(value)
                self._plausibility.check(decision.on, path="on", at=at)
                return decision.on, decision
            case _:
                return day, self._codec.decode_reference_item(value)


# --- files ---


def of_file(path: Path) -> History:
    """Return the history in a programme file with steps, or in an export.

    :raises ConfigurationError: if it is neither
    :raises RejectedRecordError: with everything that is wrong in a programme file
    """
    with path.open("rb") as file:
        first = file.readline(1 << 16)
    if EXPORT_FORMAT.encode() in first:
        return _of_export(path)
    programme = read_programme(path.read_bytes(), file=str(path))
    return History(path.name, lambda _: _programme_events(programme), daily=False)


def _programme_events(programme: Programme) -> Iterator[Event]:
    day = programme.reference_date
    for item in programme.reference_items:
        yield Event(day, day, "initial state", item, initial=True)
    for index, work in enumerate(programme.interventions):
        change = PlanChange(at=day, intervention=work)
        yield Event(day, day, f"interventions[{index}]", change, initial=True)
    yield Event(day, day, "initial state", Tick(day), initial=True)
    for index, decision in enumerate(programme.decisions):
        yield Event(day, day, f"decisions[{index}]", decision)
    for index, step in enumerate(programme.changes):
        day = max(day, step.at)
        body: Body = step.change or step.decision or step.reference_item or Tick(step.at)
        yield Event(day, step.at, f"changes[{index}]", body)


def _of_export(path: Path) -> History:
    header = _head(path)

    def events(on_rejected: OnRejected) -> Iterator[Event]:
        with path.open("rb") as file:
            next(file)
            for number, line in enumerate(file, 2):
                try:
                    yield _event_of(line, f"{path.name} line {number}")
                except RejectedRecordError as error:
                    on_rejected(f"{path.name} line {number}: {error}")

    return History(path.name, events, daily=bool(header.get("daily", True)))


def _head(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        head = load_json(file.readline(), file=str(path))
    if not isinstance(head, dict) or head.get("format") != EXPORT_FORMAT:
        raise ConfigurationError(
            f"{path}: came {quoted(head)} on its first line; expected an export of hub replay, "
            f"format {EXPORT_FORMAT}; export it again"
        )
    return head


def _event_of(line: bytes, place: str) -> Event:
    value = load_json(line)
    names = [name for name in _BODIES if isinstance(value, dict) and name in value]
    if len(names) != 1:
        raise RejectedRecordError(
            Refusal("", "a line that is no event", f"one of {', '.join(_BODIES)} with day and at")
        )
    (name,) = names
    offset = value.get("offset")
    return Event(
        _day(value, "day"),
        _day(value, "at"),
        str(value.get("where") or place),
        read(_BODIES[name], value[name], path=name),
        initial=value.get("initial") is True,
        offset=offset if isinstance(offset, int) else None,
        everywhere=value.get("everywhere") is True,
    )


def _day(value: dict[str, Any], name: str) -> date:
    text = value.get(name)
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise RejectedRecordError(
            Refusal(name, quoted(text), "a day as YYYY-MM-DD", reason=RejectReason.INVALID_VALUE)
        ) from None


def export_lines(history: History, on_rejected: OnRejected) -> Iterator[str]:
    """Yield the lines of an export: a head, then one event a line."""
    head = {"format": EXPORT_FORMAT, "source": history.name, "daily": history.daily}
    yield json.dumps(head, ensure_ascii=False) + "\n"
    for event in history.events(on_rejected):
        value: dict[str, Any] = {
            "day": event.day.isoformat(),
            "at": event.at.isoformat(),
            "where": event.where,
        }
        if event.offset is not None:
            value["offset"] = event.offset
        for flag in ("initial", "everywhere"):
            if getattr(event, flag):
                value[flag] = True
        value[_NAMES[type(event.body)]] = write(event.body)
        yield json.dumps(value, ensure_ascii=False) + "\n"
