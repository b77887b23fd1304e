"""The composition root: the only module that chooses real adapters.

Each function is one command: it builds what the command needs from the settings, runs it, returns
the exit code. Nothing heavy is imported before a command asks for it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
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
    from hub.live.topics import ProgrammeTopics
    from hub.parking.settling import DeadLetters, Settled

EXIT_DONE, EXIT_FOUND, EXIT_OUTSIDE = 0, 1, 3
LettersMeant = tuple[tuple[str, ...], str | None, str | None]
"""Which dead letters: keys, reason, stage."""


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


def run_worker(stages: tuple[str, ...], *, park_all: bool = False) -> int:
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
        park_all=park_all,
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
    from hub import logs
    from hub.connect import commands
    from hub.connect.kafka_adapter import kafka_ports
    from hub.kafka.producer import DELIVERY_TIMEOUT_S, Producer
    from hub.metrics import Metrics
    from hub.metrics_file import write_metrics_file
    from hub.serve.app import create_app
    from hub.serve.health import DEFAULT_STALL_SECONDS, Health
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
    health = Health(
        parts=("source",),
        commit_seconds=run.patience_seconds,
        # A delivery that waits for brokers is alive: a restart would not bring them back sooner.
        stall_seconds=DELIVERY_TIMEOUT_S + DEFAULT_STALL_SECONDS,
    )
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
            try:
                result = run.once(ports_of, allow_mass_withdrawal=allow_mass_withdrawal)
            finally:
                if settings.metrics_file is not None:
                    write_metrics_file(
                        settings.metrics_file, metrics, connector=name, settings=settings_file.stem
                    )
            print(commands.result_text(result), end="")
            return EXIT_DONE
        app = create_app(health=health, metrics=metrics)
        server = serve_in_thread(app, host=settings.http_host, port=settings.http_port)
        logs.log_for(__name__).info("http.serves", host=server.host, port=server.port)
        try:
            run.for_ever(ports_of, allow_mass_withdrawal=allow_mass_withdrawal)
        finally:
            server.stop()
    return EXIT_DONE


def _configure_logs(settings: Settings) -> None:
    from hub import logs

    form = logs.LogFormat.JSON if settings.log_format == "json" else logs.LogFormat.HUMAN
    logs.configure(format=form, level=settings.log_level)


def _parked(settings: Settings) -> DeadLetters:
    from hub.parking.settling import DeadLetters

    return DeadLetters(connection_of(settings), catalogue_of(settings))


def list_dead_letters(selection: LettersMeant, *, form: str) -> int:
    """Print the open dead letters; 1 when there are any."""
    from hub.parking.letters import Selection
    from hub.parking.listing import list_json, list_text

    letters = _parked(load_settings()).open(Selection(*selection))
    print(list_json(letters) if form == "json" else list_text(letters), end="")
    return EXIT_FOUND if letters else EXIT_DONE


def show_dead_letter(key: str, *, save: Path | None) -> int:
    """Print one dead letter, and write its value to a file where one is named."""
    from hub.parking.showing import show_text

    letter = _parked(load_settings()).full(key)
    print(show_text(letter), end="")
    if save is not None:
        save.write_bytes(letter.value)
    return EXIT_DONE


def retry_dead_letters(selection: LettersMeant, *, by: str | None) -> int:
    """Put records of dead letters back; 1 when some letters stay open."""
    from hub.parking.letters import Selection

    settings = load_settings()
    who = by or settings.sasl_username or "operations"
    return _told(_parked(settings).retry(Selection(*selection), by=who), "put back")


def discard_dead_letters(selection: LettersMeant, *, by: str, why: str) -> int:
    """Settle dead letters without putting them back."""
    from hub.parking.letters import Selection

    settled = _parked(load_settings()).discard(Selection(*selection), by=by, why=why)
    return _told(settled, "discarded")


def _told(settled: Settled, what: str) -> int:
    print(f"{settled.letters} {what}, {len(settled.left)} left open")
    for line in settled.left:
        print(f"left open: {line}")
    return EXIT_FOUND if settled.left else EXIT_DONE


def replay(
    file: Path | None,
    *,
    origin: str,
    programme: str,
    until: date | None,
    since: date | None,
    policy_file: Path | None,
    rules: tuple[str, ...],
    compare: Path | None,
    export: Path | None,
    side_prefix: str | None,
    form: str,
    lang: str,
) -> int:
    """Fold a history again and print a report, an export or a comparison."""
    from hub.replay import history
    from hub.replay.command import ReplayOptions, policy_of_file, replay_history
    from hub.replay.fold import Conditions
    from hub.replay.side_topics import SideTopics

    settings = load_settings()
    conditions = Conditions(
        until=until,
        policy=None if policy_file is None else policy_of_file(policy_file),
        rules=rules,
        precedence=SourcePrecedence(
            settings.source_precedence, settings.source_precedence_by_field
        ),
    )
    side = None
    if side_prefix is not None:
        side = SideTopics(connection_of(settings), side_prefix, live=settings.topic_prefix)
    if file is not None:
        source = history.of_file(file)
    else:
        connection, catalogue = connection_of(settings), catalogue_of(settings)
        partition = _partition_of(settings, programme)
        if origin == "log":
            source = history.of_log(connection, catalogue, partition)
        else:
            zone = ZoneInfo(settings.timezone)
            source = history.of_inputs(connection, catalogue, partition, zone=zone)
    options = ReplayOptions(
        conditions=conditions,
        since=since,
        form=form,
        lang=lang,
        compare=compare,
        export=export,
        side=side,
    )
    return replay_history(source, options)


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


def _partition_of(settings: Settings, programme: str) -> int:
    partition = settings.programmes.get(programme)
    if partition is None:
        raise ConfigurationError(
            f"--programme: came '{programme}'; expected one of {', '.join(settings.programmes)};"
            " name it in HUB_PROGRAMMES"
        )
    return partition


def _programme_topics(settings: Settings, programme: str) -> ProgrammeTopics:
    from hub.live.progress import progress_on_terminal
    from hub.live.topics import ProgrammeTopics

    return ProgrammeTopics(
        connection_of(settings),
        catalogue_of(settings),
        _partition_of(settings, programme),
        progress=progress_on_terminal(),
    )


def _today(settings: Settings) -> date:
    return datetime.now(ZoneInfo(settings.timezone)).date()


def explain_finding(finding: str, *, programme: str, lang: str, form: str = "text") -> int:
    """Print everything behind a finding of a running programme."""
    from hub.check.insight import explained
    from hub.live.scenes import scene_around

    settings = load_settings()
    scene = scene_around(_programme_topics(settings, programme), finding, today=_today(settings))
    where = f"programme '{programme}'"
    print(explained(finding, scene, where=where, form=form, lang=lang), end="")
    return EXIT_DONE


def show_bundle(bundle: str, *, programme: str, lang: str, form: str = "text") -> int:
    """Print a bundle of a running programme with the answers to its five questions."""
    from hub.check.insight import bundle_shown
    from hub.live.scenes import whole_scene

    settings = load_settings()
    scene = whole_scene(_programme_topics(settings, programme), today=_today(settings))
    where = f"programme '{programme}'"
    print(bundle_shown(bundle, scene, where=where, form=form, lang=lang), end="")
    return EXIT_DONE


def show_burdens(*, programme: str, lang: str, form: str = "text") -> int:
    """Print who was asked to move in a running programme, and who moved."""
    from hub.check.insight import burdens_shown
    from hub.live.scenes import burdens_of_topics

    settings = load_settings()
    precedence = SourcePrecedence(settings.source_precedence, settings.source_precedence_by_field)
    found = burdens_of_topics(_programme_topics(settings, programme), precedence)
    print(burdens_shown(found, form=form, lang=lang), end="")
    return EXIT_DONE


def publish_reference(files: Sequence[Path], *, programme: str, preview: bool) -> int:
    """Send what differs in reference files; 2 when something in them is wrong."""
    from hub.live import publishing
    from hub.reference.command import EXIT_REFUSED, tell
    from hub.reference.difference import difference_text
    from hub.reference.files import read_reference_files

    reading = read_reference_files(files)
    tell(reading)
    if reading.refused:
        return EXIT_REFUSED
    topics = _programme_topics(load_settings(), programme)
    found = publishing.compare(topics, reading.placed)
    if not preview:
        publishing.publish(topics, found.to_send)
    print(difference_text(found, sent=not preview))
    return EXIT_DONE


def send_decision(
    about: Mapping[str, str],
    said: Mapping[str, Any],
    *,
    programme: str,
    patience_s: float,
) -> int:
    """Send a decision and print what became of it.

    1 when it is kept but has no effect (unknown, late, refused), 3 when no worker has processed it
    yet.

    :raises RejectedRecordError: if it is no decision, or an answer that the finding does not take
    """
    from hub.contracts.json_codec import read
    from hub.live.deciding import Effect, decide, decision_id
    from hub.model.decision import Decision
    from hub.model.vocabulary import DecisionKind
    from hub.streams.plausibility import MOST_DAYS_AHEAD

    settings = load_settings()
    today = _today(settings)
    day = said["on"] or today
    if day > today + timedelta(days=MOST_DAYS_AHEAD):
        raise ConfigurationError(
            f"--on: came {day}; expected a day up to {today + timedelta(days=MOST_DAYS_AHEAD)},"
            " because the hub parks what is dated further ahead"
        )
    given = said["id"] or decision_id(
        DecisionKind(said["kind"]), about="|".join(about.values()), by=said["by"], on=day
    )
    value = {**about, "kind": said["kind"], "by": said["by"], "on": day.isoformat(), "id": given}
    if said["reason"]:
        value["reason"] = said["reason"]
    decision = read(Decision, value, file="decision")
    answer = decide(_programme_topics(settings, programme), decision, patience_s=patience_s)
    print(f"{decision.id}: {answer.text}")
    if answer.effect is Effect.NOT_SEEN:
        return EXIT_OUTSIDE
    no_effect = (Effect.UNKNOWN, Effect.LATE, Effect.REFUSED)
    return EXIT_FOUND if answer.effect in no_effect else EXIT_DONE
