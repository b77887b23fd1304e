"""The tasks of a Microsoft Project file as rows, without those that are no work of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.mspdi.outline import Outline, no_work
from connectors.mspdi.project_file import (
    TASK_ELEMENTS,
    ProjectFile,
    Task,
    UnreadableProjectError,
    read_project,
)
from connectors.mspdi.settings import Settings
from hub.connect.api import FieldMapping, SourceRow
from hub.errors import Refusal, RejectedRecordError, RejectReason, RetryableError

KEY, PARENT, PROJECT = "Key", "Parent", "Project"
DERIVED = (KEY, PARENT, PROJECT)
"""Columns made here: what identifies a task, the name of its summary row, the project's title."""

_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]+")


class TaskFields(dict[str, Any]):
    """The columns of a task; they carry the task itself for what the mapping does not say."""

    def __init__(self, columns: dict[str, Any], *, task: Task, source: ProjectSource) -> None:
        super().__init__(columns)
        self.task = task
        self._source = source

    @property
    def outline(self) -> Outline:
        """Return the rows around it."""
        return self._source.outline

    def fields_of(self, task: Task) -> dict[str, Any]:
        """Return the columns of another task of the same file."""
        return self._source.fields_of(task)


def open_source(settings: Settings) -> ProjectSource:
    """Return the schedule that the settings name."""
    return ProjectSource(
        settings.path,
        mapping=settings.field_mapping,
        project_name=settings.reader.project,
        max_bytes=settings.max_megabytes << 20,
    )


class ProjectSource:
    """One file, read whole at the first question: tasks refer to tasks further down."""

    def __init__(
        self,
        path: Path,
        *,
        mapping: FieldMapping | None,
        project_name: str | None,
        max_bytes: int,
    ) -> None:
        self._path = path
        self._mapping = mapping
        self._project_name = project_name
        self._max_bytes = max_bytes
        self._left_out: Counter[str] = Counter()

    @cached_property
    def outline(self) -> Outline:
        """Return everything that stands in the file.

        :raises RejectedRecordError: if it is a file of another kind
        """
        return Outline(self._read(without_tasks=False))

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        # The schema has custom fields before tasks, so a look at the begin of the file is enough.
        names = self._read(without_tasks=True).attribute_names.values()
        custom = [name for known in names for name in known]
        return tuple(dict.fromkeys((*DERIVED, *TASK_ELEMENTS, *custom)))

    def _read(self, *, without_tasks: bool) -> ProjectFile:
        try:
            size = self._path.stat().st_size
            if size > self._max_bytes:
                limit = f"at most {self._max_bytes >> 20} MiB; raise max_megabytes or split it"
                raise RejectedRecordError(
                    self._refusal("", f"a file of {size >> 20} MiB", limit, RejectReason.TOO_LARGE)
                )
            with self._path.open("rb") as stream:
                return read_project(stream, without_tasks=without_tasks)
        except UnreadableProjectError as error:
            raise RejectedRecordError(self._refusal("", error.came, error.expected)) from None
        except OSError as error:
            raise RetryableError(
                f"{self._path}: came {error.strerror or error}; expected a file that can be read; "
                "check its path and rights"
            ) from error

    def columns(self) -> tuple[str, ...]:
        """Return what is derived, the elements of a task, and the custom fields of this file.

        :raises RejectedRecordError: if it is a file of another kind
        """
        return self._columns

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield every task that is a work."""
        self._left_out.clear()
        for number, task in enumerate(self.outline.project.tasks, 1):
            reason = no_work(task)
            if reason is not None:
                self._left_out[reason] += 1
                continue
            yield self._row(task, f"task {task.uid}" if task.uid else f"task number {number}")

    def notes(self) -> dict[str, int]:
        """Return how many rows of the schedule are no works, by the reason why."""
        return {f"left out, {reason}": count for reason, count in sorted(self._left_out.items())}

    def _row(self, task: Task, where: str) -> SourceRow | Refusal:
        if not task.uid:
            return self._refusal(
                f"{where} (UID)", "nothing", "the UID of the task", RejectReason.MISSING_FIELD
            )
        fields = self.fields_of(task)
        key = fields[KEY] if self._mapping is None else self._mapping.key_of(fields)
        if key is None and self._mapping is not None and self._mapping.is_work(fields):
            return self._refusal(
                f"{where}, {self._mapping.key_columns}",
                "nothing",
                "what identifies the task; or leave such tasks out with rows.skip in the mapping",
                RejectReason.MISSING_FIELD,
            )
        return SourceRow(key or "", where, TaskFields(fields, task=task, source=self))

    def fields_of(self, task: Task) -> dict[str, Any]:
        """Return the columns of a task; what the file does not say is None."""
        fields: dict[str, Any] = dict.fromkeys(self._columns)
        for field_id, names in self.outline.project.attribute_names.items():
            fields |= dict.fromkeys(names, task.attributes.get(field_id))
        fields |= task.texts
        fields[KEY] = task.guid or f"{self._project_key}:{task.uid}"
        fields[PARENT] = next((row.texts.get("Name") for row in self.outline.above(task)), None)
        fields[PROJECT] = self.outline.project.header.get("Title")
        return fields

    @cached_property
    def _project_key(self) -> str:
        header = self.outline.project.header
        named = self._project_name or header.get("Name") or header.get("Title") or self._path.name
        return _NOT_IN_A_KEY.sub("-", named.removesuffix(".xml"))[:60].strip("-") or "project"

    def _refusal(
        self,
        where: str,
        came: str,
        expected: str,
        reason: RejectReason = RejectReason.UNREADABLE,
    ) -> Refusal:
        return Refusal(where, came, expected, str(self._path), reason)
