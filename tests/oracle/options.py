"""What a shift would close and open: the difference of two evaluations from scratch (10.1)."""

from __future__ import annotations

from .lifecycle import RULES
from .world import View, World


def conflicts_in(view: View) -> frozenset[str]:
    """Return the ids of the conflicts that hold in a view, without hysteresis."""
    return frozenset(
        seen.id for rule, find in RULES.items() if rule.startswith("C") for seen in find(view)
    )


def difference(
    world: World, work: str, days: int, as_joint: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the conflicts that this move alone would close and open."""
    now = conflicts_in(View(world))
    then = conflicts_in(View(world, {work: days}, as_joint))
    return tuple(sorted(now - then)), tuple(sorted(then - now))
