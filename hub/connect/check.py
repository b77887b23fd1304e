"""Says everything that is wrong with a connector's settings, mapping and source, at once."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.connect.api import ConnectorSettings
from hub.connect.discovery import Connector, load_connector_settings
from hub.connect.field_mapping import load_mapping
from hub.connect.reading import AcceptedRow, notes_of, read_rows
from hub.errors import ConfigurationError, HubError

MAX_REFUSALS_SHOWN = 20


@dataclass(slots=True)
class CheckReport:
    """What a check found: problems that prevent a run, and what the source would give."""

    connector: str
    problems: list[str] = field(default_factory=list)
    usable: int = 0
    refused: int = 0
    refusals: list[str] = field(default_factory=list)
    incomplete: Counter[str] = field(default_factory=Counter)
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Tell whether a run would work; refused rows do not prevent one."""
        return not self.problems

    def text(self) -> str:
        """Return the report as a person reads it."""
        lines = [f"connector {self.connector}: {'can run' if self.passed else 'cannot run'}"]
        lines += [f"  {problem}" for problem in self.problems]
        if self.usable or self.refused:
            lines.append(f"  {self.usable + self.refused} rows read, {self.refused} refused")
        for name, count in sorted(self.incomplete.items()):
            lines.append(
                f"  {count} works without {name}: incomplete until another source gives it"
            )
        lines += [f"  noted: {name}: {count}" for name, count in sorted(self.notes.items())]
        lines += [f"  {refusal}" for refusal in self.refusals[:MAX_REFUSALS_SHOWN]]
        if len(self.refusals) > MAX_REFUSALS_SHOWN:
            lines.append(f"  … and {len(self.refusals) - MAX_REFUSALS_SHOWN} more")
        return "\n".join(lines) + "\n"


def check_connector(connector: Connector, settings_file: Path) -> CheckReport:
    """Return everything that is wrong; nothing is sent and no broker is needed.

    A mistake in the settings does not hide those in the mapping they name.
    """
    report = CheckReport(connector.name)
    settings = _settings(connector, settings_file, report)
    if settings is None:
        _check_named_mapping(settings_file, report)
        return report
    try:
        mapping = settings.field_mapping
        source = connector.open_source(settings)
        columns = source.columns()
        if mapping is not None:
            report.problems += mapping.unknown_columns(columns)
        for row in read_rows(connector, settings, source=source):
            if isinstance(row, AcceptedRow):
                report.usable += 1
                report.incomplete.update(row.intervention.missing)
            else:
                report.refused += 1
                report.refusals += [str(refusal) for refusal in row.refusals]
        report.notes = dict(notes_of(source))
    except HubError as error:
        report.problems.append(str(error))
    return report


def _settings(connector: Connector, path: Path, report: CheckReport) -> ConnectorSettings | None:
    try:
        return load_connector_settings(connector, path)
    except ConfigurationError as error:
        report.problems.append(str(error))
        return None


def _check_named_mapping(settings_file: Path, report: CheckReport) -> None:
    try:
        values: dict[str, Any] = tomllib.loads(settings_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    named = values.get("mapping")
    if isinstance(named, str):
        try:
            load_mapping(settings_file.parent / named)
        except ConfigurationError as error:
            report.problems.append(str(error))
