"""What both directions of the Avro mapping share.

Field names are the same on both sides, so no mapper is written per class: `avro_write` and
`avro_read` walk the dataclasses. What differs is said once, here and there: days are day numbers,
decimals are doubles, an enum that is unknown is the symbol `unknown`, a role that is known to be
nobody is named in `known_nobody`, and a union of classes is a record with one nullable field per
class (a new class is then a new field, which old readers skip).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from hub.contracts.json_codec import joined
from hub.errors import Refusal, RejectedRecordError, RejectReason
from hub.model.decision import Decision
from hub.model.programme import Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
)
from hub.model.vocabulary import Nobody

UNKNOWN = "unknown"
EPOCH = date(1970, 1, 1).toordinal()
CACHED_GEOMETRIES = 4096

REFERENCE_CLASSES: Mapping[str, type] = {
    "goal": PolicyGoal,
    "calendar": CalendarEntry,
    "moratorium": DigMoratorium,
    "area": AreaProfile,
    "policy": PolicyConfig,
}
LOG_CLASSES: Mapping[str, type] = {"work": WorkState, "decision": Decision, "tick": Tick}


class RefusedFieldError(Exception):
    """One refusal on its way up; every level puts its name in front of the path."""

    def __init__(
        self, came: str, expected: str, *, path: str = "", reason: RejectReason | None = None
    ) -> None:
        super().__init__(came)
        self.path, self.came, self.expected = path, came, expected
        self.reason = reason or RejectReason.INVALID_VALUE

    def below(self, name: str) -> RefusedFieldError:
        """Return the refusal as it is seen from one level up."""
        self.path = f"{name}{self.path}" if self.path[:1] == "[" else joined(name, self.path)
        return self

    def as_rejected(self) -> RejectedRecordError:
        """Return the refusal of the whole record."""
        return RejectedRecordError(Refusal(self.path, self.came, self.expected, reason=self.reason))


def walked(kind: type, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function that takes a step for each item, and names the item that is refused."""

    def walk(values: Any) -> Any:
        result = []
        try:
            for value in values:
                result.append(step(value))
        except RefusedFieldError as refused:
            raise refused.below(f"[{len(result)}]") from None
        return kind(result)

    return walk


def naming(name: str, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a step that names the field it belongs to when it is refused."""

    def named(value: Any) -> Any:
        try:
            return step(value)
        except RefusedFieldError as refused:
            raise refused.below(name) from None

    return named


def base_of(annotation: Any) -> tuple[Any, bool, bool]:
    """Return an annotation without its `None` and *nobody*, and whether it had them.

    The base of a union of more than one type (a measured fact) is that union itself.
    """
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        rest = [member for member in members if member not in (Nobody, type(None))]
        base = rest[0] if len(rest) == 1 else annotation
        return base, type(None) in members, Nobody in members
    return annotation, False, False


def plain(annotation: Any) -> Any:
    """Return an annotation without its limits."""
    return (
        typing.get_args(annotation)[0]
        if typing.get_origin(annotation) is typing.Annotated
        else annotation
    )


def is_enum(annotation: Any) -> bool:
    """Tell whether a type is a closed list of words."""
    return isinstance(annotation, type) and issubclass(annotation, Enum)


def is_record(annotation: Any) -> bool:
    """Tell whether a type travels as a record."""
    return dataclasses.is_dataclass(annotation)


def same(value: Any) -> Any:
    """Return a value that both sides write alike."""
    return value
