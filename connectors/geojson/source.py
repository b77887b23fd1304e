"""Features and records of a JSON file as rows, read one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from connectors.geojson.features import fields_of, is_geometry
from connectors.geojson.records import JsonRecords, UnreadableJsonError, UnreadableRecord
from connectors.geojson.settings import Settings
from hub.connect.api import FieldMapping, SourceRow
from hub.connect.geometry import GeometryProblemError, crs_name, declared_crs
from hub.errors import Refusal, RejectedRecordError, RejectReason, RetryableError, quoted

MAX_COLUMNS = 16_384
"""Different names in one file, as for tables: nobody maps more."""


def open_source(settings: Settings) -> FeatureSource:
    """Return the features of the file that the settings name."""
    return FeatureSource(
        settings.path, mapping=settings.field_mapping, max_bytes=settings.max_megabytes << 20
    )


class FeatureSource:
    """One file. It is passed twice: for its columns and CRS, then for its rows."""

    def __init__(self, path: Path, *, mapping: FieldMapping | None, max_bytes: int) -> None:
        self._path = path
        self._mapping = mapping
        self._max_bytes = max_bytes
        self._columns: tuple[str, ...] | None = None
        self._crs: str | None = None

    def columns(self) -> tuple[str, ...]:
        """Return every name that any record has, in the order of their first appearance.

        :raises RejectedRecordError: if it is a file of another kind
        """
        if self._columns is None:
            self._columns = self._scanned()[0] or self._columns_of_none()
        return self._columns

    def _scanned(self) -> tuple[tuple[str, ...], dict[str, Any]]:
        try:
            state = self._path.stat()
        except OSError as error:
            raise _unopened(self._path, error) from error
        return _scan(self._path, self._max_bytes, (state.st_mtime_ns, state.st_size))

    def _columns_of_none(self) -> tuple[str, ...]:
        """Return the columns of a file without records: it fits the mapping that was named."""
        if self._mapping is None or self._mapping.recognised_by:
            return ()
        return self._mapping.columns

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield every record; a bad one gives a refusal.

        :raises RejectedRecordError: if the file turns out unreadable half way
        """
        self._crs = self._crs_of(self._scanned()[1])
        for number, record in enumerate(self._records(), 1):
            yield self._row(f"feature {number}", record)

    def _row(self, where: str, record: Any) -> SourceRow | Refusal:
        if isinstance(record, UnreadableRecord):
            return self._refusal(where, record.came, record.expected)
        fields = fields_of(record)
        if fields is None:
            return self._refusal(where, quoted(record), "a feature or an object with values")
        if self._mapping is None:
            return SourceRow(where, where, fields)
        key = self._mapping.key_of(fields)
        if key is None and self._mapping.is_work(fields):
            return self._refusal(
                f"{where}, {self._mapping.key_columns}",
                "nothing",
                "what identifies the feature; or leave such features out with rows.skip in the "
                "mapping",
                RejectReason.MISSING_FIELD,
            )
        return SourceRow(key or "", where, self._placed(fields))

    def _placed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Give the geometry the CRS that the file declares for all."""
        if self._crs is None:
            return fields
        declared = {"type": "name", "properties": {"name": self._crs}}
        return {
            name: value | {"crs": declared} if is_geometry(value) and "crs" not in value else value
            for name, value in fields.items()
        }

    def _crs_of(self, beside: dict[str, Any]) -> str | None:
        """Return the CRS the file declares.

        :raises RejectedRecordError: if it names none, or another one than the mapping
        """
        try:
            declared = declared_crs(beside)
        except GeometryProblemError as error:
            raise RejectedRecordError(self._refusal("crs", error.came, error.expected)) from None
        section = None if self._mapping is None else self._mapping.file.geometry
        wanted = None if section is None or section.crs is None else crs_name(section.crs)
        if declared is not None and wanted is not None and declared != wanted:
            raise RejectedRecordError(
                self._refusal(
                    "crs",
                    f"{declared} in the file and {wanted} in the mapping",
                    "one CRS; take geometry.crs out of the mapping if the file is right",
                    RejectReason.INVALID_GEOMETRY,
                )
            )
        return declared

    def _records(self) -> _RecordsOfFile:
        return _RecordsOfFile(self._path, self._max_bytes)

    def _refusal(
        self,
        where: str,
        came: str,
        expected: str,
        reason: RejectReason = RejectReason.UNREADABLE,
    ) -> Refusal:
        return Refusal(where, came, expected, str(self._path), reason)


class _RecordsOfFile:
    """The records of a file, with its errors as the hub names them."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self.beside: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        name = str(self._path)
        try:
            with self._path.open("rb") as stream:
                size = self._path.stat().st_size
                if size > self._max_bytes:
                    raise RejectedRecordError(
                        Refusal(
                            "",
                            f"a file of {size >> 20} MiB",
                            f"at most {self._max_bytes >> 20} MiB; raise max_megabytes or split it",
                            name,
                            RejectReason.TOO_LARGE,
                        )
                    )
                records = JsonRecords(stream)
                yield from records
                self.beside = records.beside
        except UnreadableJsonError as error:
            where = f"after feature {error.after_records}" if error.after_records else ""
            raise RejectedRecordError(
                Refusal(where, error.came, error.expected, name, RejectReason.UNREADABLE)
            ) from None
        except OSError as error:
            raise _unopened(self._path, error) from error


@lru_cache(maxsize=4)
def _scan(
    path: Path, max_bytes: int, version: tuple[int, int]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return all names in a file and what stands beside its records, once per version of it.

    Every profile asks for the columns before one is chosen; `version` is part of the cache's key.
    """
    names: dict[str, None] = {}
    records = _RecordsOfFile(path, max_bytes)
    for record in records:
        names.update(dict.fromkeys(fields_of(record) or ()))
        if len(names) > MAX_COLUMNS:
            raise RejectedRecordError(
                Refusal(
                    "",
                    f"records of {len(names)} different columns",
                    f"at most {MAX_COLUMNS}; are the names of the values values themselves?",
                    str(path),
                    RejectReason.TOO_LARGE,
                )
            )
    return tuple(names), records.beside


def _unopened(path: Path, error: OSError) -> RetryableError:
    return RetryableError(
        f"{path}: came {error.strerror or error}; expected a file that can be read; "
        "check its path and rights"
    )
