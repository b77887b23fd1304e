"""What the command line does with a connector: list, check, preview and run it.

The composition root hands in the ports; nothing here knows a broker.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Event

from hub.connect.api import ConnectorSettings
from hub.connect.discovery import (
    Connector,
    find_connector,
    find_connectors,
    load_connector_settings,
)
from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
from hub.connect.ports import Lease, StateStore
from hub.connect.preview import preview_text
from hub.connect.reading import source_name
from hub.connect.runner import Ports, Runner, RunResult
from hub.errors import RetryableError
from hub.metrics import Metrics

LEASE_WAIT_SECONDS = 30.0

PortsOf = Callable[[Connector, ConnectorSettings], Ports]


def connectors_text() -> str:
    """Return the connectors that are installed, one a line with the files they read."""
    lines = []
    for connector in find_connectors():
        manifest = connector.manifest
        reads = " ".join(manifest.file_extensions) or "a service"
        mapping = ", with a mapping file" if manifest.needs_mapping else ""
        lines.append(
            f"{manifest.name} {manifest.version}  {manifest.title} ({reads}{mapping})\n"
            f"    {manifest.description}"
        )
    return "\n".join(lines) + "\n"


def preview(name: str, settings_file: Path, store: StateStore | None, *, today: date) -> str:
    """Return what a run would send now, against what `store` says was sent before.

    Without a store everything is shown as new. Sends and saves nothing.

    :raises HubError: if it cannot be read, or the mapping is wrong
    """
    connector = find_connector(name)
    ports = Ports(MemoryPublisher(), store or MemoryStateStore(), OnlyInstance())
    runner = Runner(connector, _settings_of(connector, settings_file), ports, today=lambda: today)
    settings = load_connector_settings(connector, settings_file)
    changes = runner.read()
    where = f"{connector.name} {source_name(settings) or settings_file}"
    before = "nothing" if store is None else "what was sent before"
    return preview_text(changes, where=where, before=before)


def run_once(
    name: str,
    settings_file: Path,
    ports_of: PortsOf,
    *,
    today: Callable[[], date],
    stop: Event,
    metrics: Metrics,
    allow_mass_withdrawal: bool = False,
) -> RunResult:
    """Read the source once, send what changed, and return what was done.

    :raises RetryableError: if another instance works, or the source or broker refused for now
    :raises HubError: if settings, mapping or source are wrong
    """
    connector = find_connector(name)
    settings = load_connector_settings(connector, settings_file)
    ports = ports_of(connector, settings)
    try:
        _wait_for(ports.lease, connector, stop)
        runner = Runner(
            connector,
            _settings_of(connector, settings_file),
            ports,
            today=today,
            metrics=metrics,
            stop=stop,
        )
        return runner.run_once(allow_mass_withdrawal=allow_mass_withdrawal)
    finally:
        ports.lease.close()


def run(
    name: str,
    settings_file: Path,
    ports_of: PortsOf,
    *,
    today: Callable[[], date],
    stop: Event,
    metrics: Metrics,
) -> None:
    """Read the source again and again until `stop` is set.

    :raises ConfigurationError: if the settings are wrong at the start
    :raises ContractError: if going on would publish wrong data
    """
    connector = find_connector(name)
    settings = load_connector_settings(connector, settings_file)
    _ = settings.field_mapping  # a mistake at the start is told at once instead of retried
    ports = ports_of(connector, settings)
    try:
        Runner(
            connector,
            _settings_of(connector, settings_file),
            ports,
            today=today,
            metrics=metrics,
            stop=stop,
        ).run()
    finally:
        ports.lease.close()


def result_text(result: RunResult) -> str:
    """Return what one run did, in a line or two."""
    changes = result.changes
    text = (
        f"{changes.read} rows read: {len(changes.new)} new, {len(changes.changed)} changed, "
        f"{len(changes.withdrawals)} withdrawn, {changes.unchanged} unchanged; "
        f"{result.published} plan changes published, {result.rejected} rows to dead letters\n"
    )
    if changes.blocked is not None:
        text += (
            f"{changes.blocked.withdrawals} works are gone from the source and were NOT withdrawn: "
            f"{changes.blocked.reason}; if they are really gone, run once with "
            "--allow-mass-withdrawal\n"
        )
    return text


def _settings_of(connector: Connector, path: Path) -> Callable[[], ConnectorSettings]:
    return lambda: load_connector_settings(connector, path)


def _wait_for(lease: Lease, connector: Connector, stop: Event) -> None:
    waited = 0.0
    while not lease.wait(0.5):
        waited += 0.5
        if stop.is_set() or waited >= LEASE_WAIT_SECONDS:
            raise RetryableError(
                f"connector {connector.name}: another instance of this stream is working; "
                "expected to be the only one; stop it, or let it do the work"
            )
