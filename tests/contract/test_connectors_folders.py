"""Every connector folder keeps its promises; a new folder is picked up by being there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.connect.api import ConnectorSettings
from hub.connect.discovery import Connector, find_connectors
from hub.connect.field_mapping import load_mapping
from hub.errors import ConfigurationError

CONNECTORS = find_connectors()
each_connector = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda item: item.name)


def test_connectors_were_found() -> None:
    assert "tabular" in {connector.name for connector in CONNECTORS}


@each_connector
def test_its_manifest_settings_source_and_mapping_are_there(connector: Connector) -> None:
    assert connector.manifest.title
    assert issubclass(connector.settings_type, ConnectorSettings)
    assert callable(connector.open_source)
    assert connector._mapper


@each_connector
def test_it_tells_an_integrator_what_to_know(connector: Connector) -> None:
    readme = connector.folder / "README.md"
    assert readme.is_file()
    assert len(readme.read_text(encoding="utf-8").split()) > 40


@each_connector
def test_its_settings_refuse_unknown_keys_and_changes(connector: Connector) -> None:
    model = connector.settings_type
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"] is True


@each_connector
def test_every_setting_says_what_it_is_for(connector: Connector) -> None:
    for name, field in connector.settings_type.model_fields.items():
        assert field.description, name


@each_connector
def test_a_setting_that_sounds_secret_is_marked_as_one(connector: Connector) -> None:
    for name, field in connector.settings_type.model_fields.items():
        if any(word in name for word in ("password", "secret", "token", "api_key")):
            assert "SecretStr" in str(field.annotation) or name.endswith("_file"), name


@each_connector
def test_its_profiles_are_sound(connector: Connector) -> None:
    for profile in connector.profiles:
        mapping = load_mapping(profile)
        assert mapping.title
        assert mapping.columns
        assert mapping.file.title, f"{profile.name} needs a title a person knows it by"


def test_a_secret_is_masked_wherever_settings_are_shown() -> None:
    (hostile,) = find_connectors("tests.support.hostile_connectors")
    settings = hostile.settings_type.model_validate({"token": "planted-secret"})
    assert isinstance(settings.token, SecretStr)  # type: ignore[attr-defined]
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "planted-secret" not in shown


def test_a_folder_whose_manifest_has_another_name_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "strange_connectors" / "one"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "manifest.toml").write_text(
        'name = "two"\ntitle = "x"\nversion = "1.0.0"\ndescription = "x"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        with pytest.raises(ConfigurationError, match="expected that of its folder, 'one'"):
            find_connectors("strange_connectors")


def test_a_manifest_names_everything_that_is_wrong_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "broken_connectors" / "one"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "manifest.toml").write_text('name = "One"\nversion = "1"\ncolour = "red"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        with pytest.raises(ConfigurationError) as caught:
            find_connectors("broken_connectors")
    for key in ("name", "version", "title", "description", "colour"):
        assert f"{key}: " in str(caught.value)
