"""Plays the demo: a real Kafka, a real worker, real connectors, and somebody who watches.

Nothing here does the hub's work; it starts what an operator would start, edits a file as a planner
would, and reads the topics as a subscriber would.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.broker import Broker, launch
from hub.check.programme_file import read_programme
from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.demo import words
from hub.demo.files import DemoFiles, move_sewer, write_files
from hub.demo.interruption import Interrupted, interruptible
from hub.demo.ledger import Ledger
from hub.demo.municipality import plan_municipality
from hub.demo.options import DemoOptions
from hub.demo.plans import Plans
from hub.demo.processes import HubProcess
from hub.demo.screen import Screen, screen_for
from hub.demo.story import MOVED_YEARS
from hub.demo.summary import Outcome, effect_lines, summary_lines
from hub.demo.town import NAME, STORY_STREET
from hub.demo.watch import PARTITION, Watch, now_ms
from hub.errors import ConfigurationError, HubError, RetryableError
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.removal import remove_topics
from hub.rules.rule import Language, Texts
from hub.settings import Settings, load_settings

EXIT_DONE, EXIT_INPUT, EXIT_OUTSIDE, EXIT_FAULT = 0, 2, 3, 70
POLL_INTERVAL_S = 0.25
"""How often the demo's connectors look at their file; a real one looks once a minute."""

_LISTEN_S = 0.1
_HOST = "127.0.0.1"


def run(options: DemoOptions) -> int:
    """Play the demo and return its exit code; every failure is told, none hangs."""
    language = Language(options.lang)
    try:
        with interruptible(), ExitStack() as stack:
            return _Demo(options, language, stack).play()
    except Interrupted as interrupted:
        return interrupted.exit_code if options.once else EXIT_DONE
    except HubError as error:
        print(f"hub demo: {error}", file=sys.stderr, flush=True)
        if isinstance(error, RetryableError):
            return EXIT_OUTSIDE
        return EXIT_INPUT if isinstance(error, ConfigurationError) else EXIT_FAULT


class _Demo:
    """One run. Whatever it starts is put on the stack, which ends it in reverse order."""

    def __init__(self, options: DemoOptions, language: Language, stack: ExitStack) -> None:
        self._options = options
        self._language = language
        self._stack = stack
        self._began = time.monotonic()
        self._screen: Screen = stack.enter_context(screen_for(language))
        self._folder = _own_folder(stack)
        self._ledger = Ledger(since_ms=now_ms())
        self._processes: list[HubProcess] = []
        self._broker: Broker | None = None

    def play(self) -> int:
        """Play the story from files to effects."""
        plans, files = self._write()
        settings = self._start_broker()
        connection = self._options.connect(settings)
        catalogue = load_catalogue(settings.topic_prefix)
        self._ensure_topics(connection, catalogue)
        self._start_worker(settings)
        self._publish_reference(files, connection, catalogue)
        watch = self._stack.enter_context(Watch(connection, catalogue, self._ledger))
        self._start_connectors(files, settings)
        self._await_load(watch, plans)
        if not self._options.once:
            self._pause(watch)
        saved_to_last_s = self._move(watch, files, plans)
        self._tell(plans, saved_to_last_s)
        if not self._options.once:
            self._watch_on(watch, files)
        return EXIT_DONE

    # --- what runs ---

    def _write(self) -> tuple[Plans, DemoFiles]:
        settings = load_settings()
        day = self._options.today or datetime.now(ZoneInfo(settings.timezone)).date()
        plans = plan_municipality(seed=self._options.seed, day=day)
        folder = self._folder / "plans"
        folder.mkdir()
        files = write_files(plans, folder)
        self._say(words.WRITING, town=NAME, works=len(plans.works))
        return plans, files

    def _start_broker(self) -> Settings:
        bootstrap = self._options.broker
        prefix = f"demo-{uuid.uuid4().hex[:8]}."
        if bootstrap is None:
            self._screen.wait(words.STARTING.in_language(self._language))
            self._broker = launch(self._folder / "kafka", progress=self._screen.fetching)
            self._stack.callback(self._broker.stop)
            bootstrap, prefix = self._broker.bootstrap, "hub."
        self._say(words.BROKER, address=bootstrap)
        return load_settings({"bootstrap_servers": bootstrap, "topic_prefix": prefix})

    def _ensure_topics(self, connection: KafkaConnection, catalogue: Catalogue) -> None:
        if self._broker is None:
            self._stack.callback(remove_topics, connection, catalogue)
        topics.ensure(connection, catalogue)
        self._say(words.TOPICS, prefix=catalogue.prefix)

    def _start_worker(self, settings: Settings) -> None:
        port = _free_port()
        worker = self._start("worker", ["worker"], settings, http_port=port)
        ready = f"http://{_HOST}:{port}/health/ready"
        self._until(lambda: _answers(ready), f"the worker is not ready ({ready})", worker)
        self._say(words.WORKER)

    def _publish_reference(
        self, files: DemoFiles, connection: KafkaConnection, catalogue: Catalogue
    ) -> None:
        programme = read_programme(files.reference.read_bytes(), file=str(files.reference))
        codec = Codec(source="/programmehub/demo")
        cause = Cause(time=datetime.now(UTC))
        records = [
            codec.encode_reference_item(item, cause=cause, partition=PARTITION)
            for item in programme.reference_items
        ]
        with Producer(connection, catalogue) as producer:
            producer.publish(records)
        self._say(words.REFERENCE, items=len(records))

    def _start_connectors(self, files: DemoFiles, settings: Settings) -> None:
        for plan in files.plans:
            settings_file = plan.path.with_suffix(".connector.toml")
            settings_file.write_text(
                f'path = "{plan.path.name}"\nmapping = "{plan.mapping.name}"\n'
                f"poll_interval_seconds = {POLL_INTERVAL_S}\n",
                encoding="utf-8",
            )
            arguments = ["connect", "run", plan.connector, "--settings", str(settings_file)]
            self._start(f"connector-{plan.path.stem}", arguments, settings)
        self._say(words.CONNECTORS, files=", ".join(plan.path.name for plan in files.plans))

    def _start(
        self, name: str, arguments: list[str], settings: Settings, *, http_port: int = 0
    ) -> HubProcess:
        environ = {
            **os.environ,
            "HUB_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "HUB_TOPIC_PREFIX": settings.topic_prefix,
            "HUB_PROGRAMMES": '{"main": 0}',
            "HUB_HTTP_HOST": _HOST,
            "HUB_HTTP_PORT": str(http_port),
            "HUB_LOG_FORMAT": "text",
        }
        environ.pop("HUB_WORKER_ID", None)  # one of another worker would take over its partitions
        process = HubProcess(name, arguments, log=self._folder / f"{name}.log", environ=environ)
        self._processes.append(process)
        self._stack.callback(process.end)
        return process

    # --- the story ---

    def _await_load(self, watch: Watch, plans: Plans) -> None:
        expected = len(plans.works)
        self._follow(
            watch,
            lambda: len(self._ledger.entries) >= expected and watch.stages_are_done(),
            lambda: f"{len(self._ledger.entries)} of {expected} works came into the programme",
        )
        self._say(words.LOADED, works=len(self._ledger.entries))

    def _pause(self, watch: Watch) -> None:
        until = time.monotonic() + self._options.pause_s
        while (left := until - time.monotonic()) > 0:
            text = words.MOVE_SOON.in_language(self._language)
            self._screen.wait(
                text.format(seconds=round(left), street=STORY_STREET, years=MOVED_YEARS)
            )
            self._look(watch)

    def _move(self, watch: Watch, files: DemoFiles, plans: Plans) -> float | None:
        """Change the file, wait for what follows, and return the seconds to the last finding."""
        why = words.WHY_MOVED.in_language(self._language)
        saved_ms = now_ms()
        self._ledger.mark(saved_ms)
        keys = move_sewer(files.sewer, street=STORY_STREET, today=plans.day, why=why)
        self._say(
            words.MOVING,
            file=files.sewer.name,
            works=len(keys),
            street=STORY_STREET,
            years=MOVED_YEARS,
        )
        self._follow(
            watch,
            lambda: self._ledger.moved_works >= len(keys) and watch.stages_are_done(),
            lambda: f"{self._ledger.moved_works} of {len(keys)} moved works came through",
        )
        self._say(words.FOLLOWED)
        last_ms = self._ledger.last_effect_ms
        return None if last_ms is None else (last_ms - saved_ms) / 1000

    def _tell(self, plans: Plans, saved_to_last_s: float | None) -> None:
        effect = self._ledger.effect()
        if not effect.opened and not effect.closed:
            raise RetryableError(
                f"demo: {len(effect.moved)} works moved and no finding opened or closed; expected "
                f"several; look at the worker's log{self._tails()}"
            )
        took_s = time.monotonic() - self._began
        outcome = Outcome(plans, self._ledger, effect, saved_to_last_s, took_s)
        lines = summary_lines(outcome, self._language)
        if not self._options.once:
            lines = effect_lines(effect, self._ledger, self._language)
        self._screen.tell(lines)

    def _watch_on(self, watch: Watch, files: DemoFiles) -> None:
        self._say(words.WATCHING, folder=files.folder)
        while True:
            self._look(watch)

    # --- waiting ---

    def _follow(self, watch: Watch, done: Callable[[], bool], standing: Callable[[], str]) -> None:
        deadline = time.monotonic() + self._options.patience_s
        while not done():
            self._look(watch)
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"demo: {standing()} within {self._options.patience_s:.0f} s; expected all and "
                    f"the stages done; is the machine overloaded?{self._tails()}"
                )
        watch.drain()
        self._screen.show(self._ledger)

    def _look(self, watch: Watch) -> None:
        watch.poll(_LISTEN_S)
        self._screen.show(self._ledger)
        self._check()

    def _until(self, done: Callable[[], bool], failing: str, process: HubProcess) -> None:
        deadline = time.monotonic() + self._options.patience_s
        while not done():
            self._check()
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"demo: {failing} after {self._options.patience_s:.0f} s; expected it sooner; "
                    f"is the machine overloaded?{process.log_tail()}"
                )
            time.sleep(_LISTEN_S)

    def _check(self) -> None:
        for process in self._processes:
            process.check()
        if self._broker is not None and not self._broker.running:
            raise RetryableError(
                "demo: Apache Kafka ended by itself; expected it to run until the demo ends; is "
                "there memory left? Start the demo again"
            )

    def _tails(self) -> str:
        return "".join(f"\n{one.name}:{one.log_tail()}" for one in self._processes)

    def _say(self, text: Texts, **values: object) -> None:
        self._screen.say(text.in_language(self._language).format(**values))


def _own_folder(stack: ExitStack) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((_HOST, 0))
        port: int = one.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
