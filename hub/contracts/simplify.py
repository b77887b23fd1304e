"""A geometry small enough to publish, when the real one is not."""

from __future__ import annotations

from collections.abc import Callable

from hub.contracts.geometry import to_shapely
from hub.contracts.wkb import from_wkb
from hub.model.geometry import Geometry

FIRST_TOLERANCE_M = 0.05
LAST_TOLERANCE_M = 100.0


def simplified_below(geometry: Geometry, *, fits: Callable[[Geometry], bool]) -> Geometry:
    """Return the geometry with as few positions dropped as make it fit.

    The tolerance doubles from 5 cm; topology is kept, so the result is valid where the input is.
    What no tolerance makes small (thousands of separate parts) is replaced by its envelope.
    """
    shape = to_shapely(geometry)
    tolerance_m = FIRST_TOLERANCE_M
    while tolerance_m <= LAST_TOLERANCE_M:
        candidate = from_wkb(shape.simplify(tolerance_m).wkb)
        if fits(candidate):
            return candidate
        tolerance_m *= 2
    return from_wkb(shape.envelope.wkb)
