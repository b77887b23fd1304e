"""From a feature to an intervention: all of it stands in the mapping file."""

from __future__ import annotations

from connectors.geojson.settings import Settings
from hub.connect.api import SourceRow
from hub.errors import ConfigurationError
from hub.model.intervention import Intervention


def to_intervention(row: SourceRow, settings: Settings) -> Intervention:
    """Return the intervention that a feature describes.

    :raises RejectedRecordError: with everything that is wrong in the feature
    """
    mapping = settings.field_mapping
    if mapping is None:
        raise ConfigurationError(
            f"{settings.path}: came no mapping; expected a mapping file that names its properties; "
            "give one, or use a file that a profile knows"
        )
    return mapping.to_intervention(
        row, system=settings.system, default_classification=settings.default_classification
    )


def cause_of(row: SourceRow, settings: Settings) -> str | None:
    """Return why the plan is as it is, where the mapping says where that stands."""
    return None if settings.field_mapping is None else settings.field_mapping.cause_of(row)
