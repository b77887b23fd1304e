"""What a person sets for a DATEX II source."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from hub.connect.api import FileSettings, Identifier
from hub.connect.area import Area, area_of

_WEB_ADDRESS = re.compile(r"https?://[^\s@]{1,2000}")


def _web_address(text: str) -> str:
    if _WEB_ADDRESS.fullmatch(text) is None:
        # not what came: it may be a password
        raise ValueError("expected an address such as https://example.org/feed.xml.gz, without @")
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]


DEFAULT_SYSTEM = "ndw"


class Settings(FileSettings):
    """A file or folder, or an address whose last download is kept at `path`."""

    path: Path = Field(
        description="the file (.xml or .xml.gz), or a folder of snapshots of which the one with "
        "the latest publication time is read; with url: where the download is kept"
    )
    source_system: Identifier | None = Field(
        DEFAULT_SYSTEM, description="source.system of every work, and the beginning of its id"
    )
    url: WebAddress | None = Field(
        None,
        description="address of the publication, without user name; what follows a '?' is not told",
    )
    url_timeout_seconds: float = Field(60, gt=0, le=600, description="longest silence of a server")
    max_download_mb: int = Field(512, ge=1, le=4_096, description="a larger download is refused")
    sources: tuple[str, ...] = Field(
        (), description="only works of these source names, such as 'Gemeente Delft'"
    )
    area: Path | None = Field(
        None, description="only works that touch this polygon: a GeoJSON file in EPSG:28992"
    )
    events: bool = Field(True, description="events too, as works of discipline other")
    owners: dict[str, Identifier] = Field(
        default_factory=dict, description="source name → id of the organisation, before the lists"
    )
    timezone: str = Field("Europe/Amsterdam", description="the zone in which a day is a day")
    abroad: bool = Field(False, description="places far from the Netherlands are meant")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("expected a time zone such as Europe/Amsterdam") from None
        return name

    @field_validator("area")
    @classmethod
    def _resolved(cls, path: Path | None, info: Any) -> Path | None:
        folder = (info.context or {}).get("folder")
        return path if path is None or folder is None else Path(folder) / path

    @property
    def watched_path(self) -> Path | None:
        """Return the file if it is one that others write: a download is ours, a folder is many."""
        return None if self.url is not None or self.path.is_dir() else self.path

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def wanted_area(self) -> Area | None:
        """Return the polygon of the filter, or None without one.

        :raises ConfigurationError: if the file holds no polygon in RD
        """
        return None if self.area is None else area_of(self.area)

    @cached_property
    def wanted_sources(self) -> frozenset[str]:
        """Return the source names of the filter, without case and surplus spaces."""
        return frozenset(" ".join(name.casefold().split()) for name in self.sources)
