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
from hub.connect.ports import Lease, SentRows
from hub.connect.preview import preview_text
from hub.connect.reading import source_name
from hub.connect.runner import Ports, Runner, RunResult
from hub.errors import RetryableError
from hub.metrics import ConnectorStatus, Metrics

LEASE_WAIT_SECONDS = 30.0

GRACE_SECONDS = 60.0

PortsOf = Callable[[Connector, ConnectorSettings], Ports]
SentOf = Callable[[Connector, ConnectorSettings], SentRows]


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


def preview(
    name: str,
    settings_file: Path,
    sent_of: SentOf | None,
    *,
    today: date,
    allow_mass_withdrawal: bool = False,
) -> str:
    """Return what a run would send now, against what was sent before.

    Without `sent_of` everything is shown as new. Sends and saves nothing.

    :raises HubError: if it cannot be read, or the mapping is wrong
    """
    connector = find_connector(name)
    settings = load_connector_settings(connector, settings_file)
    store = MemoryStateStore(() if sent_of is None else sent_of(connector, settings).load())
    ports = Ports(MemoryPublisher(), store, OnlyInstance())
    runner = Runner(connector, lambda: settings, ports, today=lambda: today)
    changes = runner.read(allow_mass_withdrawal=allow_mass_withdrawal)
    where = f"{connector.name} {source_name(settings) or settings_file}"
    before = "nothing" if sent_of is None else "what was sent before"
    return preview_text(changes, where=where, before=before)


class ConnectorRun:
    """One connector with its settings, ready to run once or for ever.

    :raises ConfigurationError: if the settings or the mapping are wrong
    """

    def __init__(
        self,
        name: str,
        settings_file: Path,
        *,
        today: Callable[[], date],
        stop: Event,
        metrics: Metrics,
    ) -> None:
        self._connector = find_connector(name)
        self._file = settings_file
        self._settings = load_connector_settings(self._connector, settings_file)
        _ = self._settings.field_mapping  # a mistake at the start is told instead of retried
        self._today = today
        self._stop = stop
        self._metrics = metrics

    @property
    def patience_seconds(self) -> float:
        """Return after how long without a finished run something is wrong."""
        return 3 * self._settings.poll_interval_seconds + GRACE_SECONDS

    def once(self, ports_of: PortsOf, *, allow_mass_withdrawal: bool = False) -> RunResult:
        """Read the source once, send what changed, and return what was done.

        :raises RetryableError: if another instance works, or source or broker refused for now
        :raises HubError: if settings, mapping or source are wrong
        """
        ports = ports_of(self._connector, self._settings)
        ended = ConnectorStatus.FAILED
        try:
            _wait_for(ports.lease, self._connector, self._stop)
            runner = self._runner(ports)
            result = runner.run_once(allow_mass_withdrawal=allow_mass_withdrawal)
            ended = ConnectorStatus.STOPPED
            return result
        finally:
            self._metrics.set_one_of(
                "hub_connector_state", ended, of="state", connector=self._connector.name
            )
            ports.lease.close()

    def for_ever(self, ports_of: PortsOf, *, allow_mass_withdrawal: bool = False) -> None:
        """Read the source again and again until somebody asks to stop.

        `allow_mass_withdrawal` holds for the first run that succeeds, not for all that follow.

        :raises ContractError: if going on would publish wrong data
        """
        ports = ports_of(self._connector, self._settings)
        try:
            self._runner(ports).run(allow_mass_withdrawal=allow_mass_withdrawal)
        finally:
            ports.lease.close()

    def _runner(self, ports: Ports) -> Runner:
        return Runner(
            self._connector,
            lambda: load_connector_settings(self._connector, self._file),
            ports,
            today=self._today,
            metrics=self._metrics,
            stop=self._stop,
        )


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


def _wait_for(lease: Lease, connector: Connector, stop: Event) -> None:
    waited = 0.0
    while not lease.wait(0.5):
        waited += 0.5
        if stop.is_set() or waited >= LEASE_WAIT_SECONDS:
            raise RetryableError(
                f"connector {connector.name}: another instance of this stream is working; "
                "expected to be the only one; stop it, or let it do the work"
            )
