"""Logs: a constant event name with fields, one line each, on standard error.

Standard library only, so that every room may log. Machines read JSON lines, people on a terminal
read plain ones; both come from the same call: `log.info("connector.run_finished", read=200)`.
Fields are ids, counts and names, never payloads. A value wrapped in `Redacted` is shown as `***`,
and a field whose name says it is a secret is masked whatever it holds.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO

MASK = "***"
MAX_FIELD_CHARACTERS = 500
_FIELDS = "hub_fields"
_SECRET_WORDS = ("password", "secret", "token", "authorization", "credential", "sasl")


class LogFormat(StrEnum):
    """For whom log lines are written."""

    HUMAN = "human"
    JSON = "json"


class Redacted:
    """Holds a secret so that no text of it can be made by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret; only for the call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not to be stored")


class Log:
    """Writes events of one part of the hub, with the fields bound to it."""

    __slots__ = ("_bound", "_logger")

    def __init__(self, name: str, bound: Mapping[str, Any] | None = None) -> None:
        self._logger = logging.getLogger(name)
        self._bound = dict(bound or {})

    def bind(self, **fields: Any) -> Log:
        """Return a log that adds these fields to every event."""
        return Log(self._logger.name, {**self._bound, **fields})

    def debug(self, event: str, /, **fields: Any) -> None:
        """Write what only somebody looking for a fault wants to see."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        """Write what is worth knowing afterwards."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        """Write what somebody should look at, though the hub goes on."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, /, **fields: Any) -> None:
        """Write what stops something."""
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: Mapping[str, Any]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, extra={_FIELDS: {**self._bound, **fields}})


def log_for(name: str) -> Log:
    """Return the log of a part of the hub, by its module name."""
    return Log(name)


def configure(
    *,
    format: LogFormat = LogFormat.HUMAN,
    level: str = "INFO",
    stream: TextIO | None = None,
    libraries_level: str = "WARNING",
) -> None:
    """Send all logs to a stream (standard error) in one form; replaces an earlier configuration.

    Libraries write warnings and worse only: their information is written for their authors.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if format is LogFormat.JSON else _HumanLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(libraries_level)
    for name in ("hub", "connectors"):
        logging.getLogger(name).setLevel(level)


def _shown(name: str, value: Any) -> Any:
    """Return a field as it may be written: masked if secret, bounded, and one line."""
    if isinstance(value, Redacted) or any(word in name.lower() for word in _SECRET_WORDS):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(name, item) for item in list(value)[:20]]
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), item) for key, item in list(value.items())[:20]}
    text = str(value)
    return text if len(text) <= MAX_FIELD_CHARACTERS else text[:MAX_FIELD_CHARACTERS] + "…"


def _fields_of(record: logging.LogRecord) -> dict[str, Any]:
    fields = {name: _shown(name, v) for name, v in getattr(record, _FIELDS, {}).items()}
    if record.exc_info is not None and record.exc_info[0] is not None:
        fields["error_class"] = record.exc_info[0].__name__
        fields["error"] = _shown("error", record.exc_info[1])
    return fields


class _JsonLines(logging.Formatter):
    """One JSON object a line; fields stand beside the event and cannot replace it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": record.getMessage(),
        }
        line |= {name: v for name, v in _fields_of(record).items() if name not in line}
        return json.dumps(line, default=str)  # ASCII: no character can break the line


class _HumanLines(logging.Formatter):
    """Time, level, event, then `name=value`; no value can break the line."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = " ".join(f"{name}={_flat(value)}" for name, value in _fields_of(record).items())
        event = _flat(record.getMessage())
        return f"{clock} {record.levelname.lower():7} {event} {fields}".rstrip()


def _flat(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text and all(c.isprintable() for c in text):
        return text if " " not in text else f"'{text}'" if "=" not in text else json.dumps(text)
    return json.dumps(text)
