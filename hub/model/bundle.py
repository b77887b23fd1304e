"""Bundles (*bundels*): a leading work with the works around it, and how complex that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One bundle anchored on a leading work (model 10.5).

    `window` is the intersection `[start, end)` of the envelopes of anchor and members in day
    numbers, or None when they share no day. `score_max` counts unknown parts at their cap.
    """

    id: str
    anchor: str
    members: tuple[str, ...]
    riders: tuple[str, ...]
    score: int
    score_max: int
    parts: Mapping[str, int] = field(default_factory=dict)
    unknown_parts: tuple[str, ...] = ()
    window: tuple[int, int] | None = None
