"""One row as a source gives it, before anything is understood of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row, feature, task or element of a source.

    `key` is its stable key there; `where` says where a person finds it (`row 118`); `fields` holds
    its values under the source's own names: text, numbers, days, truth values, or a GeoJSON
    geometry. They are data: nothing in them is ever evaluated.
    """

    key: str
    where: str
    fields: Mapping[str, Any]
