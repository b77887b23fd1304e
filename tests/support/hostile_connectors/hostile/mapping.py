"""Maps rows, and has a fault of its own."""

from hub.connect.api import SourceRow
from hub.model.intervention import Intervention

from .settings import Settings

_MAPPING = Settings().field_mapping


def to_intervention(row: SourceRow, settings: Settings) -> Intervention:
    """Return the intervention, or fall over where the row says so."""
    if row.fields.get("title") == "make me divide by zero":
        1 / 0  # noqa: B018
    return _MAPPING.to_intervention(row)
