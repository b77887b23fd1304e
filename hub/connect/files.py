"""Reads a file as plans without a broker: which connector and mapping fit, and what it holds.

The connector is chosen by the file's extension and then by its content. A mapping is the one that
was named, else one beside the file (`plan.csv.mapping.toml` or `plan.mapping.toml`), else the
profile of a connector that recognises the file by its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.connect.api import ConnectorSettings
from hub.connect.delimited import file_problem
from hub.connect.discovery import PACKAGE, Connector, find_connectors, validated_settings
from hub.connect.field_mapping import FieldMapping
from hub.connect.reading import AcceptedRow, fault, notes_of, read_rows
from hub.errors import ConfigurationError, HubError, Refusal, RejectedRecordError
from hub.model.intervention import Intervention


@dataclass(frozen=True, slots=True)
class FileReading:
    """What one file gave: by which connector, as which source system, and what was refused.

    `notes` are what the source passed over or did not know, with counts.
    """

    connector: str
    system: str
    interventions: tuple[Intervention, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    rows_read: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A connector with settings that can read the file; `recognised` counts known columns."""

    connector: Connector
    settings: ConnectorSettings
    recognised: int = 0


def read_file(path: Path, *, mapping: Path | None = None, package: str = PACKAGE) -> FileReading:
    """Return the interventions in a file and the rows that were refused.

    A file that cannot be read at all gives a reading with nothing but the refusal that says why.

    :raises ConfigurationError: if no connector or mapping fits, or the mapping is wrong
    :raises RetryableError: if the file cannot be opened
    """
    connectors = _by_extension(path, package)
    problem = file_problem(path)
    if problem is not None:
        return FileReading(connectors[0].name, connectors[0].name, refusals=(problem,))
    found = _chosen(path, connectors, mapping or sidecar_of(path))
    if isinstance(found, Refusal):
        return FileReading(connectors[0].name, connectors[0].name, refusals=(found,))
    return _reading(found)


def sidecar_of(path: Path) -> Path | None:
    """Return the mapping file beside a file, or None."""
    for name in (f"{path.name}.mapping.toml", f"{path.stem}.mapping.toml"):
        beside = path.with_name(name)
        if beside.is_file():
            return beside
    return None


def _by_extension(path: Path, package: str) -> list[Connector]:
    connectors = find_connectors(package)
    suffix = path.suffix.lower()
    found = [item for item in connectors if suffix in item.manifest.file_extensions]
    if not found:
        known = sorted({ext for item in connectors for ext in item.manifest.file_extensions})
        raise ConfigurationError(
            f"{path}: came a {suffix or 'nameless'} file; expected a programme file (.json) or one "
            f"of {', '.join(known) or 'none'}; convert it or rename it"
        )
    return found


def _chosen(path: Path, connectors: list[Connector], mapping: Path | None) -> _Candidate | Refusal:
    """Return the connector and settings to read with, or why the content is unreadable."""
    fitting: list[_Candidate] = []
    unreadable: list[Refusal] = []
    columns: tuple[str, ...] = ()
    for connector in connectors:
        try:
            for candidate in _candidates(path, connector, mapping):
                columns = _columns(candidate) or columns
                known = _recognised(candidate.settings.field_mapping, columns, mapping)
                if known is not None:
                    fitting.append(_Candidate(connector, candidate.settings, known))
        except RejectedRecordError as error:
            unreadable.append(error.refusal)
    if fitting:
        return _best(path, fitting)
    if not columns and unreadable:
        first = unreadable[0]
        expected = " or ".join(dict.fromkeys(item.expected for item in unreadable))
        return Refusal(first.path, first.came, expected, str(path), first.reason)
    shown = f" with the columns {', '.join(columns)[:400]}" if columns else ""
    raise ConfigurationError(
        f"{path}: came a file{shown}, which no profile recognises; expected a mapping; name one "
        f"with --mapping, or put it beside the file as {path.stem}.mapping.toml"
    )


def _candidates(path: Path, connector: Connector, mapping: Path | None) -> Iterator[_Candidate]:
    if not connector.reads_files:
        return
    if mapping is not None:
        yield _Candidate(connector, _settings(connector, path, mapping))
        return
    for profile in connector.profiles:
        settings = _settings(connector, path, profile)
        known = settings.field_mapping
        if known is not None and known.recognised_by:
            yield _Candidate(connector, settings)
    if not connector.manifest.needs_mapping:
        yield _Candidate(connector, _settings(connector, path, None))


def _settings(connector: Connector, path: Path, mapping: Path | None) -> ConnectorSettings:
    values = {"path": path} if mapping is None else {"path": path, "mapping": mapping}
    settings = validated_settings(connector, values)
    _ = settings.field_mapping  # a mistake in the mapping is told before anything is read
    return settings


def _columns(candidate: _Candidate) -> tuple[str, ...]:
    try:
        return candidate.connector.open_source(candidate.settings).columns()
    except HubError:
        raise
    except Exception as error:
        raise RejectedRecordError(fault(candidate.connector, error, "")) from error


def _recognised(
    mapping: FieldMapping | None, columns: tuple[str, ...], named: Path | None
) -> int | None:
    """Return how many columns say that it is this kind of file, or None when it is not."""
    if mapping is None:
        return 0
    if named is not None:
        return 1
    known = mapping.recognised_by
    return len(known) if set(known) <= set(columns) else None


def _best(path: Path, fitting: list[_Candidate]) -> _Candidate:
    most = max(item.recognised for item in fitting)
    best = [item for item in fitting if item.recognised == most]
    if len(best) > 1:
        names = ", ".join(sorted(_named(item) for item in best))
        raise ConfigurationError(
            f"{path}: came a file that fits {names} equally well; expected one; name the mapping "
            "with --mapping"
        )
    return best[0]


def _named(candidate: _Candidate) -> str:
    mapping = candidate.settings.field_mapping
    return candidate.connector.name + (f" ({mapping.title})" if mapping is not None else "")


def _reading(candidate: _Candidate) -> FileReading:
    connector, settings = candidate.connector, candidate.settings
    mapping = settings.field_mapping
    system = connector.system_of(settings)
    if mapping is not None:
        problems = mapping.unknown_columns(_columns(candidate))
        if problems:
            raise ConfigurationError(
                "\n  ".join([f"mapping {mapping.path}: does not fit the file:", *problems])
            )
    works: list[Intervention] = []
    refusals: list[Refusal] = []
    rows = 0
    notes: Mapping[str, int] = {}
    try:
        source = connector.open_source(settings)
        for outcome in read_rows(connector, settings, source=source):
            rows += 1
            if isinstance(outcome, AcceptedRow):
                works.append(outcome.intervention)
            else:
                refusals += outcome.refusals
        notes = notes_of(source)
    except RejectedRecordError as error:
        refusals += error.refusals
    return FileReading(connector.name, system, tuple(works), tuple(refusals), rows, notes)
