"""`hub replay`: a history in, a report, an export or a comparison out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hub.errors import RejectedRecordError
from hub.model.reference import PolicyConfig
from hub.reference.files import read_reference_files
from hub.replay.comparison import checked, comparison_json, comparison_text
from hub.replay.events import Event
from hub.replay.fold import Conditions, Replay
from hub.replay.history import History, export_lines
from hub.replay.report import json_text, report_of, report_text
from hub.replay.side_topics import SideTopics
from hub.rules.rule import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What was asked: the conditions of the run, and what comes out."""

    conditions: Conditions
    since: date | None = None
    form: str = "text"
    lang: str = "nl"
    compare: Path | None = None
    export: Path | None = None
    side: SideTopics | None = None


def replay_history(history: History, options: ReplayOptions) -> int:
    """Print the report of a history, or its difference from an earlier run; 1 when it differs."""
    if options.export is not None:
        return _export(history, options.export)
    earlier = None if options.compare is None else _earlier(options.compare)
    replay = Replay(options.conditions, daily=history.daily)
    events = history.events(replay.note_rejected)
    written = _folded(replay, events, options)
    report = report_of(replay, source=history.name, since=options.since) | written
    if earlier is not None:
        return _compared(earlier, report, options.form)
    if options.form == "json":
        sys.stdout.write(json_text(report))
    else:
        sys.stdout.write(report_text(report, replay, Language(options.lang)))
        for name, count in written.get("written", {}).items():
            sys.stdout.write(f"{name}: {count} records\n")
    return 0


def _folded(replay: Replay, events: Iterator[Event], options: ReplayOptions) -> dict[str, Any]:
    """Fold the events, and return how many records were written to which side topic, if any."""
    if options.side is None:
        replay.run(events)
        return {}
    options.side.prepare()
    written = options.side.write(replay, replay.changes(events), since=options.since)
    return {
        "written": {options.side.catalogue.topic(name): written[name] for name in sorted(written)}
    }


def policy_of_file(path: Path) -> tuple[PolicyConfig, ...]:
    """Return the policies of a reference file, in their order.

    :raises RejectedRecordError: with everything that is wrong in it
    """
    reading = read_reference_files([path])
    if reading.refused:
        raise RejectedRecordError(*reading.refused)
    return tuple(item for item in reading.items if isinstance(item, PolicyConfig))


def _earlier(path: Path) -> Any:
    """Return the report of an earlier run.

    :raises ConfigurationError: if it is none
    """
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        value = None
    return checked(value, file=str(path))


def _compared(earlier: Any, report: dict[str, Any], form: str) -> int:
    later = json.loads(json_text(report))  # as it would be read back, so that numbers compare
    comparison = comparison_json(earlier, later)
    if form == "json":
        sys.stdout.write(json_text(comparison))
    else:
        sys.stdout.write(comparison_text(earlier, later))
    return 1 if comparison["differences"] else 0


def _export(history: History, path: Path) -> int:
    rejected: list[str] = []
    lines = 0
    with path.open("w", encoding="utf-8") as file:
        for line in export_lines(history, rejected.append):
            file.write(line)
            lines += 1
    sys.stdout.write(f"{lines - 1} events written to {path}; {len(rejected)} records left out\n")
    for line in rejected[:10]:
        sys.stdout.write(f"left out: {line}\n")
    return 0
