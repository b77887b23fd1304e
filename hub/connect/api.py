"""What a connector builds on: the only module of the hub, with model and errors, it needs.

A connector is one folder under `connectors/`, found by being there:

    manifest.toml   what it is (`hub.connect.manifest.Manifest`)
    settings.py     `Settings`, a subclass of `ConnectorSettings` or `FileSettings`
    source.py       `open_source(settings) -> PlanSource`
    mapping.py      `to_intervention(row, settings) -> Intervention`: pure; raises
                    `RejectedRecordError` with everything that is wrong in the row.
                    Optional: `cause_of(row, settings) -> str | None`, why the plan is as it is;
                    `successor(before, after) -> Intervention`, what a read says where `before`
                    was sent, for sources whose versions tell more than their content;
                    `vanished(before, today) -> Intervention | None`, what became of a work that
                    the source no longer has, for sources that drop what is done
    samples/        files it reads, and what must come out of them
    profiles/       optional: mapping files that recognise a known file by its columns
    README.md       what an integrator must know of the source system

Settings are made anew for every read, so a changed mapping or look-up file counts without restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.connect.delimited import Line, cannot_open, file_problem, read_lines
from hub.connect.field_mapping import FieldMapping, load_mapping
from hub.connect.mapping_file import problems_error, validation_problems
from hub.connect.rows import SourceRow
from hub.errors import ConfigurationError, Refusal
from hub.model.vocabulary import Classification

__all__ = [
    "ConnectorSettings",
    "FieldMapping",
    "FileSettings",
    "Line",
    "NotedSource",
    "PlanSource",
    "SettingsPart",
    "SourceRow",
    "cannot_open",
    "file_problem",
    "load_mapping",
    "read_lines",
    "reader_options",
]

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,120}$")]


class PlanSource(Protocol):
    """A complete snapshot of one source, read lazily."""

    def columns(self) -> tuple[str, ...]:
        """Return the names that the fields of its rows may have.

        :raises RejectedRecordError: if it is a file of another kind
        :raises RetryableError: if the source cannot be reached for now
        """
        ...

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield every row; a refusal stands for a row of which not even the key could be read.

        Ending normally says that the snapshot was complete, so an absent row is gone. Whatever is
        raised says that it was not.

        :raises RejectedRecordError: if the source turns out unreadable half way
        :raises RetryableError: if the source cannot be reached for now
        """
        ...


@runtime_checkable
class NotedSource(Protocol):
    """A source that can also tell what it met and did not know: names and counts, no contents."""

    def notes(self) -> Mapping[str, int]:
        """Return the notes of the last read, those worth telling."""
        ...


class SettingsPart(BaseModel):
    """A group of settings: frozen, and no key is ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ConnectorSettings(SettingsPart):
    """What every connector can be told. Secrets are `SecretStr`: masked wherever settings appear.

    A setting that names a secret is recognised by its type, never by its name.
    """

    source_system: Identifier | None = Field(
        None, description="source.system of every work; default: that of the mapping, else the name"
    )
    stream: Identifier | None = Field(
        None, description="name of what is remembered; default: the source system"
    )
    programme: str = Field("main", description="the programme whose partition is written to")
    default_classification: Classification | None = Field(
        None, description="who may see a work of which the source says nothing"
    )
    expected_interval_seconds: float = Field(
        86_400, gt=0, description="a longer silence than this is an alert"
    )
    poll_interval_seconds: float = Field(60, ge=0.05, description="pause between two reads")
    shrink_limit_share: float = Field(
        0.2, ge=0, le=1, description="more of its works gone at once withdraws none of them"
    )

    @property
    def field_mapping(self) -> FieldMapping | None:
        """Return the mapping file in force, or None for a connector without one."""
        return None

    @property
    def system(self) -> str | None:
        """Return the source system that was set here or in the mapping."""
        if self.source_system is not None:
            return self.source_system
        return None if self.field_mapping is None else self.field_mapping.system


class FileSettings(ConnectorSettings):
    """Settings of a connector that reads one file, with or without a mapping file."""

    path: Path = Field(description="the file to read")
    mapping: Path | None = Field(None, description="the mapping file")

    @cached_property
    def _mapping(self) -> FieldMapping | None:
        return None if self.mapping is None else load_mapping(self.mapping)

    @property
    def watched_path(self) -> Path | None:
        """Return the file that must stay as it is during a read; None where the read renews it."""
        return self.path

    @property
    def field_mapping(self) -> FieldMapping | None:
        """Return the mapping file, read once per settings object.

        :raises ConfigurationError: with everything that is wrong in it
        """
        return self._mapping

    @property
    def needed_mapping(self) -> FieldMapping:
        """Return the mapping file of a connector that reads nothing without one.

        :raises ConfigurationError: if none is named, or with everything that is wrong in it
        """
        if self._mapping is None:
            raise ConfigurationError("mapping: came nothing; expected a mapping file; name one")
        return self._mapping

    @model_validator(mode="before")
    @classmethod
    def _beside_the_settings(cls, values: Any, info: Any) -> Any:
        """Read relative paths from the folder of the settings file, where one is known."""
        folder = (info.context or {}).get("folder")
        if folder is None or not isinstance(values, Mapping):
            return values
        resolved = dict(values)
        for name, value in values.items():
            if name in _PATH_FIELDS and isinstance(value, str):
                resolved[name] = Path(folder) / value
        return resolved


_PATH_FIELDS = ("path", "mapping")

Options = TypeVar("Options", bound=SettingsPart)


def reader_options(mapping: FieldMapping, options: type[Options]) -> Options:
    """Return the `[reader]` section of a mapping as a connector's own model.

    :raises ConfigurationError: with every mistake in it
    """
    try:
        return options.model_validate(mapping.file.reader)
    except ValidationError as error:
        problems = validation_problems(error, prefix="reader")
        raise problems_error(mapping.path, problems) from None
