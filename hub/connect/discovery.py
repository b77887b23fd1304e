"""Finds connectors by their being there; the hub names none of them.

A connector is a folder with a `manifest.toml` in the package that is searched. Its code is imported
only when it is used.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pydantic import ValidationError

from hub.connect.api import ConnectorSettings, FileSettings, PlanSource, SourceRow
from hub.connect.manifest import Manifest, read_manifest
from hub.connect.mapping_file import validation_problems
from hub.contracts.toml_text import BrokenTomlError, load_toml
from hub.errors import ConfigurationError, quoted
from hub.model.intervention import Intervention

PACKAGE = "connectors"


@dataclass(frozen=True)
class Connector:
    """One connector: what it says of itself, and the functions its folder offers."""

    manifest: Manifest
    folder: Path
    package: str

    @property
    def name(self) -> str:
        """Return its name, which is that of its folder."""
        return self.manifest.name

    @cached_property
    def settings_type(self) -> type[ConnectorSettings]:
        """Return its settings model."""
        found = self._offered("settings", "Settings")
        if not (isinstance(found, type) and issubclass(found, ConnectorSettings)):
            raise ConfigurationError(
                f"connector {self.name}: settings.py has a Settings that is no ConnectorSettings"
            )
        return found

    def open_source(self, settings: ConnectorSettings) -> PlanSource:
        """Return the source that these settings name."""
        open_source = self._offered("source", "open_source")
        return cast(PlanSource, open_source(settings))

    def to_intervention(self, row: SourceRow, settings: ConnectorSettings) -> Intervention:
        """Return the intervention a row describes, or raise RejectedRecordError."""
        return self._mapper(row, settings)

    @cached_property
    def _mapper(self) -> Callable[[SourceRow, ConnectorSettings], Intervention]:
        found = self._offered("mapping", "to_intervention")
        return cast(Callable[[SourceRow, ConnectorSettings], Intervention], found)

    def cause_of(self, row: SourceRow, settings: ConnectorSettings) -> str | None:
        """Return why the plan is as it is, where the connector can tell."""
        return None if self._causes is None else self._causes(row, settings)

    @cached_property
    def _causes(self) -> Callable[[SourceRow, ConnectorSettings], str | None] | None:
        found = getattr(self._module("mapping"), "cause_of", None)
        return cast("Callable[[SourceRow, ConnectorSettings], str | None] | None", found)

    def successor(self, before: Intervention, after: Intervention) -> Intervention:
        """Return what a read of `after` says where `before` was sent; `before` says: nothing."""
        return after if self._successors is None else self._successors(before, after)

    @cached_property
    def _successors(self) -> Callable[[Intervention, Intervention], Intervention] | None:
        found = getattr(self._module("mapping"), "successor", None)
        return cast("Callable[[Intervention, Intervention], Intervention] | None", found)

    def vanished(self, before: Intervention, today: date) -> Intervention | None:
        """Return what became of a work that the source no longer has; None: it was withdrawn."""
        return None if self._farewells is None else self._farewells(before, today)

    @cached_property
    def _farewells(self) -> Callable[[Intervention, date], Intervention | None] | None:
        found = getattr(self._module("mapping"), "vanished", None)
        return cast("Callable[[Intervention, date], Intervention | None] | None", found)

    def system_of(self, settings: ConnectorSettings) -> str:
        """Return the source system that works get."""
        return settings.system or self.name

    def stream_of(self, settings: ConnectorSettings) -> str:
        """Return the name under which this connector remembers what it sent."""
        return settings.stream or self.system_of(settings)

    @property
    def reads_files(self) -> bool:
        """Tell whether it can read a file by itself."""
        return bool(self.manifest.file_extensions) and issubclass(self.settings_type, FileSettings)

    @property
    def profiles(self) -> tuple[Path, ...]:
        """Return the mapping files that come with it."""
        return tuple(sorted((self.folder / "profiles").glob("*.toml")))

    def _module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.{self.folder.name}.{name}")

    def _offered(self, module: str, name: str) -> Any:
        found = getattr(self._module(module), name, None)
        if found is None:
            raise ConfigurationError(
                f"connector {self.name}: {module}.py offers no {name}; expected it there"
            )
        return found


def find_connectors(package: str = PACKAGE) -> tuple[Connector, ...]:
    """Return the connectors in a package, sorted by name.

    :raises ConfigurationError: if the package is not installed, or a manifest is wrong
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"no package {quoted(package)} is installed; expected connectors")
    found = []
    for location in spec.submodule_search_locations:
        for path in sorted(Path(location).glob("*/manifest.toml")):
            manifest = read_manifest(path)
            if manifest.name != path.parent.name:
                raise ConfigurationError(
                    f"{path}: came the name {quoted(manifest.name)}; expected that of its folder, "
                    f"{quoted(path.parent.name)}"
                )
            found.append(Connector(manifest, path.parent, package))
    return tuple(sorted(found, key=lambda connector: connector.name))


def find_connector(name: str, package: str = PACKAGE) -> Connector:
    """Return one connector by name.

    :raises ConfigurationError: if there is none
    """
    connectors = find_connectors(package)
    for connector in connectors:
        if connector.name == name:
            return connector
    known = ", ".join(connector.name for connector in connectors) or "none"
    raise ConfigurationError(f"connector {quoted(name)}: not installed; expected one of {known}")


def load_connector_settings(connector: Connector, path: Path) -> ConnectorSettings:
    """Return the settings in a TOML file; relative paths in it start at its folder.

    :raises ConfigurationError: with everything that is wrong in it
    """
    try:
        values = load_toml(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, BrokenTomlError) as error:
        raise ConfigurationError(
            f"settings {path}: came {str(error)[:200]}; expected a TOML file with the settings of "
            f"{connector.name}"
        ) from error
    return validated_settings(connector, values, where=f"settings {path}", folder=path.parent)


def validated_settings(
    connector: Connector, values: Any, *, where: str = "settings", folder: Path | None = None
) -> ConnectorSettings:
    """Return settings from plain values.

    :raises ConfigurationError: with everything that is wrong in them, secrets left out
    """
    try:
        return connector.settings_type.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        problems = "\n  ".join(validation_problems(error))
        raise ConfigurationError(f"{where}: correct these keys:\n  {problems}") from None
