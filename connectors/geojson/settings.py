"""Settings of the geojson connector."""

from __future__ import annotations

from pydantic import Field

from hub.connect.api import FileSettings


class Settings(FileSettings):
    """One file with features or records, and a mapping file for it."""

    max_megabytes: int = Field(
        2_048, gt=0, description="a larger file is refused before it is read"
    )
