"""The composition root: the only module that chooses real adapters.

Each function is one command: it builds what the command needs from the settings, runs it, returns
the exit code. Nothing heavy is imported before a command asks for it.
"""

from __future__ import annotations

import signal
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hub.broker import launch
from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.engine.merge import SourcePrecedence
from hub.errors import ConfigurationError
from hub.kafka.client_config import KafkaConnection
from hub.settings import Settings, load_settings

if TYPE_CHECKING:
    from hub.connect.api import ConnectorSettings
    from hub.connect.discovery import Connector
    from hub.connect.ports import SentRows

EXIT_DONE, EXIT_FOUND = 0, 1


def connection_of(settings: Settings) -> KafkaConnection:
    """Return how Kafka clients of this process connect."""
    password = settings.password()
    uses_sasl = settings.security_protocol.startswith("SASL")
    return KafkaConnection(
        bootstrap=settings.bootstrap_servers,
        security_protocol=settings.security_protocol,
        sasl_mechanism=settings.sasl_mechanism if uses_sasl else None,
        sasl_username=settings.sasl_username if uses_sasl else None,
        sasl_password=password.get_secret_value() if password is not None and uses_sasl else None,
        ca_file=str(settings.ssl_ca_file) if settings.ssl_ca_file else None,
    )


def catalogue_of(settings: Settings) -> Catalogue:
    """Return the topic catalogue under the prefix of the settings."""
    return load_catalogue(settings.topic_prefix)


def run_broker(data: Path, *, port: int, durable: bool) -> int:
    """Run the embedded Kafka until SIGINT or SIGTERM, or until it ends by itself."""
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with launch(data, port=port, durable=durable, progress=_fetching) as broker:
        print(f"Apache Kafka answers on {broker.bootstrap}; Ctrl-C stops it", flush=True)
        while broker.running and not stopped.wait(0.5):
            pass
        if not broker.running:
            raise ConfigurationError(
                f"broker on {data}: ended by itself; its log in that folder says why"
            )
    return EXIT_DONE


def _fetching(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\rfetching Apache Kafka: {done >> 20} of {total >> 20} MiB{end}")
        sys.stderr.flush()


def plan_topics() -> int:
    """Print what is missing on the broker and where it differs; 1 when there is anything."""
    from hub.kafka import topics

    settings = load_settings()
    lines = topics.plan(
        connection_of(settings), catalogue_of(settings), programme_partitions=settings.partitions
    ).lines()
    print("\n".join(lines) or "every topic is as the catalogue says")
    return EXIT_FOUND if lines else EXIT_DONE


def apply_topics(*, grow: bool = False) -> int:
    """Create what is missing; 1 when something that exists differs from the catalogue.

    With `grow`, topics of programmes get the partitions that new programmes need.
    """
    from hub.kafka import topics

    settings = load_settings()
    connection, catalogue = connection_of(settings), catalogue_of(settings)
    done = topics.ensure(connection, catalogue, programme_partitions=settings.partitions)
    grown: tuple[str, ...] = ()
    if grow:
        grown = topics.grow(connection, catalogue, programme_partitions=settings.partitions)
    drift = done.drift
    if grown:
        drift = topics.plan(connection, catalogue, programme_partitions=settings.partitions).drift
    lines = [
        *(f"created {missing.topic}" for missing in done.missing),
        *(f"added partitions to {topic}" for topic in grown),
        *map(str, drift),
    ]
    print("\n".join(lines) or "every topic is as the catalogue says")
    return EXIT_FOUND if drift else EXIT_DONE


def run_worker(stages: tuple[str, ...]) -> int:
    """Run stages with health, metrics and schemas over HTTP, until asked to stop."""
    from hub import logs
    from hub.metrics import Metrics
    from hub.serve.app import create_app
    from hub.serve.health import Health
    from hub.serve.registry import Registry
    from hub.serve.server import serve_in_thread
    from hub.streams import worker

    settings = load_settings()
    _configure_logs(settings)
    conditions = worker.WorkerConditions(
        connection=connection_of(settings),
        catalogue=catalogue_of(settings),
        partitions=settings.partitions,
        zone=ZoneInfo(settings.timezone),
        precedence=SourcePrecedence(
            settings.source_precedence, settings.source_precedence_by_field
        ),
        session_timeout_seconds=settings.session_timeout_seconds,
        progress_timeout_seconds=settings.progress_timeout_seconds,
        restore_timeout_seconds=settings.restore_timeout_seconds,
        worker_id=settings.worker_id,
    )
    metrics, health = Metrics(), Health(parts=stages)
    app = create_app(
        health=health, metrics=metrics, registry=Registry.of_catalogue(conditions.catalogue)
    )
    server = serve_in_thread(app, host=settings.http_host, port=settings.http_port)
    logs.log_for(__name__).info("http.serves", host=server.host, port=server.port)
    try:
        return worker.run_worker(conditions, stages=stages, metrics=metrics, health=health)
    finally:
        server.stop()


def list_connectors() -> int:
    """Print the connectors that are installed."""
    from hub.connect.commands import connectors_text

    print(connectors_text(), end="")
    return EXIT_DONE


def check_connector(name: str, settings_file: Path) -> int:
    """Print everything that is wrong with a connector's settings; 1 when it could not run."""
    from hub.connect.check import check_connector as check
    from hub.connect.discovery import find_connector

    report = check(find_connector(name), settings_file)
    print(report.text(), end="")
    return EXIT_DONE if report.passed else EXIT_FOUND


def preview_connector(name: str, settings_file: Path, *, offline: bool) -> int:
    """Print what a connector would send; nothing is sent or saved."""
    from hub.connect.commands import preview

    settings = load_settings()
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    store_of = None if offline else partial(_connector_store, settings)
    print(preview(name, settings_file, store_of, today=today), end="")
    return EXIT_DONE


def _connector_store(
    settings: Settings, connector: Connector, connector_settings: ConnectorSettings
) -> SentRows:
    """Return what a connector has sent before, read from the broker."""
    from hub.connect.kafka_adapter import sent_before

    return sent_before(
        connector,
        connector_settings,
        connection=connection_of(settings),
        catalogue=catalogue_of(settings),
    )


def run_connector(
    name: str, settings_file: Path, *, once: bool, allow_mass_withdrawal: bool
) -> int:
    """Run a connector once, or until SIGTERM or SIGINT with health and metrics over HTTP."""
    from hub.connect import commands
    from hub.connect.kafka_adapter import kafka_ports
    from hub.kafka.producer import Producer
    from hub.metrics import Metrics
    from hub.serve.app import create_app
    from hub.serve.health import Health
    from hub.serve.server import serve_in_thread

    settings = load_settings()
    _configure_logs(settings)
    connection, catalogue = connection_of(settings), catalogue_of(settings)
    stop, metrics, zone = Event(), Metrics(), ZoneInfo(settings.timezone)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run = commands.ConnectorRun(
        name, settings_file, today=lambda: datetime.now(zone).date(), stop=stop, metrics=metrics
    )
    health = Health(parts=("source",), commit_seconds=run.patience_seconds)
    with Producer(connection, catalogue) as producer:
        ports_of = partial(
            kafka_ports,
            producer=producer,
            connection=connection,
            catalogue=catalogue,
            programmes=settings.programmes,
            vitals=health,
        )
        if once:
            result = run.once(ports_of, allow_mass_withdrawal=allow_mass_withdrawal)
            print(commands.result_text(result), end="")
            return EXIT_DONE
        app = create_app(health=health, metrics=metrics)
        server = serve_in_thread(app, host=settings.http_host, port=settings.http_port)
        try:
            run.for_ever(ports_of, allow_mass_withdrawal=allow_mass_withdrawal)
        finally:
            server.stop()
    return EXIT_DONE


def _configure_logs(settings: Settings) -> None:
    from hub import logs

    form = logs.LogFormat.JSON if settings.log_format == "json" else logs.LogFormat.HUMAN
    logs.configure(format=form, level=settings.log_level)


def check_schemas() -> int:
    """Print what breaks a released contract; 1 when anything does."""
    from hub.contracts import compatibility

    problems = compatibility.check()
    print("\n".join(problems) or "every schema agrees with every released version")
    return EXIT_FOUND if problems else EXIT_DONE


def release_schema(type_name: str) -> int:
    """Freeze the current schema of a type as its next version."""
    from hub.contracts import compatibility

    print(f"{type_name} released as version {compatibility.release(type_name)}")
    return EXIT_DONE
