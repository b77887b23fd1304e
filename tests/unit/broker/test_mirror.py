"""Where jars come from: our own variable, the user's Maven mirror, the default."""

from __future__ import annotations

from pathlib import Path

import pytest
from jgo.constants import MAVEN_CENTRAL_URL

from hub.broker.mirror import repository_url
from hub.errors import ConfigurationError

MIRROR = "<mirror><id>m</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror>"
NAMESPACE = ' xmlns="http://maven.apache.org/SETTINGS/1.0.0"'


def home_with(folder: Path, *mirrors: str, namespace: str = "") -> Path:
    (folder / ".m2").mkdir()
    text = f"<settings{namespace}><mirrors>{''.join(mirrors)}</mirrors></settings>"
    (folder / ".m2" / "settings.xml").write_text(text)
    return folder


def test_without_any_setting_the_default_repository_is_used(tmp_path: Path) -> None:
    assert repository_url({}, tmp_path) == str(MAVEN_CENTRAL_URL).rstrip("/")


@pytest.mark.parametrize("of", ["*", "central", "external:*", "other, central", "*,!other"])
@pytest.mark.parametrize("namespace", ["", NAMESPACE])
def test_a_mirror_of_the_default_repository_is_used(
    tmp_path: Path, of: str, namespace: str
) -> None:
    mirror = MIRROR.format(of=of, url="https://mirror.example/maven/")
    home = home_with(tmp_path, mirror, namespace=namespace)

    assert repository_url({}, home) == "https://mirror.example/maven"


@pytest.mark.parametrize("of", ["other", "*,!central", "", "external:http:*"])
def test_a_mirror_of_something_else_is_passed_over(tmp_path: Path, of: str) -> None:
    home = home_with(
        tmp_path,
        MIRROR.format(of=of, url="https://wrong.example"),
        MIRROR.format(of="central", url="https://right.example"),
    )

    assert repository_url({}, home) == "https://right.example"


def test_our_own_variable_goes_before_the_mirror(tmp_path: Path) -> None:
    home = home_with(tmp_path, MIRROR.format(of="*", url="https://mirror.example"))

    assert repository_url({"HUB_MAVEN_URL": "file:///jars/"}, home) == "file:///jars"


@pytest.mark.parametrize("url", ["mirror.example/maven", "ftp://mirror.example", "${env.URL}"])
def test_what_is_no_address_is_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="HUB_MAVEN_URL: came"):
        repository_url({"HUB_MAVEN_URL": url}, tmp_path)

    home = home_with(tmp_path, MIRROR.format(of="*", url=url))
    with pytest.raises(ConfigurationError, match=r"settings\.xml: came"):
        repository_url({}, home)


def test_settings_that_are_no_xml_are_named(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    (home / ".m2" / "settings.xml").write_text("<settings>")

    with pytest.raises(ConfigurationError, match=r"settings\.xml: not readable as XML"):
        repository_url({}, home)
