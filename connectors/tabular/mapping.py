"""A row of a list becomes an intervention as its mapping file says."""

from __future__ import annotations

from connectors.tabular.settings import Settings
from hub.connect.api import SourceRow
from hub.model.intervention import Intervention


def to_intervention(row: SourceRow, settings: Settings) -> Intervention:
    """Return the intervention in a row, or raise RejectedRecordError with all that is wrong."""
    return settings.needed_mapping.to_intervention(
        row,
        system=settings.system,
        default_classification=settings.default_classification,
    )


def cause_of(row: SourceRow, settings: Settings) -> str | None:
    """Return why the plan is as it is, where the mapping names a column for it."""
    return settings.needed_mapping.cause_of(row)
