"""A row becomes a work with an id and a title."""

from hub.connect.api import ConnectorSettings, SourceRow
from hub.errors import Refusal, RejectedRecordError
from hub.model.intervention import Intervention, Source


def to_intervention(row: SourceRow, settings: ConnectorSettings) -> Intervention:
    """Return the work, or refuse a title of `!`."""
    if row.fields["title"] == "!":
        raise RejectedRecordError(Refusal(row.where, "'!'", "a title"))
    return Intervention(
        id=row.fields["id"],
        title=row.fields["title"],
        source=Source(system=settings.source_system or "list", key=row.key),
    )
