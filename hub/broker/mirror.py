"""Which Maven repository the jars come from.

In order: `HUB_MAVEN_URL`, the mirror that `~/.m2/settings.xml` names for the default repository,
the default repository as jgo knows it. No host is spelled in this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from hub.errors import ConfigurationError, quoted

_ALL_OR_DEFAULT = frozenset({"*", "external:*", "central"})


def repository_url(environ: Mapping[str, str], home: Path) -> str:
    """Return the base address to fetch jars from, without a slash at its end.

    :raises ConfigurationError: when a setting names something that is no address
    """
    if chosen := environ.get("HUB_MAVEN_URL"):
        return _checked("HUB_MAVEN_URL", chosen)
    settings = home / ".m2" / "settings.xml"
    if settings.is_file() and (mirror := mirror_in(settings)) is not None:
        return _checked(str(settings), mirror)
    from jgo.constants import MAVEN_CENTRAL_URL  # a second's work, needed on a first start only

    return str(MAVEN_CENTRAL_URL).rstrip("/")


def mirror_in(settings: Path) -> str | None:
    """Return the address of the first mirror that stands in for the default repository."""
    try:
        root = ElementTree.parse(settings).getroot()
    except ElementTree.ParseError as error:
        raise ConfigurationError(
            f"{settings}: not readable as XML ({error}); expected Maven settings; "
            "mend the file or set HUB_MAVEN_URL"
        ) from error
    for element in root.iter():
        if _local_name(element.tag) == "mirror":
            fields = {_local_name(child.tag): (child.text or "").strip() for child in element}
            if fields.get("url") and _covers_default(fields.get("mirrorOf", "")):
                return fields["url"]
    return None


def _covers_default(mirror_of: str) -> bool:
    patterns = {pattern.strip() for pattern in mirror_of.split(",")}
    return "!central" not in patterns and bool(patterns & _ALL_OR_DEFAULT)


def _local_name(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _checked(where: str, url: str) -> str:
    if not url.startswith(("http://", "https://", "file://")):
        raise ConfigurationError(
            f"{where}: came {quoted(url)}; expected the http(s) or file address of a Maven "
            "repository; correct it"
        )
    return url.rstrip("/")
