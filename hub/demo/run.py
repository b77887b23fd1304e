"""Plays the demo: a real Kafka, a real worker, real connectors, and somebody who watches.

Nothing here does the hub's work; it starts what an operator would start, edits a file as a planner
would, and reads the topics as a subscriber would.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

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
from hub.demo.screen import Screen, screen_for
from hub.demo.services import Services
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

_LISTEN_S = 0.1
_BROKER_ANSWERS_S = 10.0


def run(options: DemoOptions) -> int:
    """Play the demo and return its exit code; every failure is told, none hangs.

    Stopping it is its normal end, unless it was to end by itself.
    """
    try:
        with interruptible() as ignore_signals, ExitStack() as stack:
            try:
                return _Demo(options, stack).play()
            finally:
                ignore_signals()
    except Interrupted as interrupted:
        return interrupted.exit_code if options.once else EXIT_DONE
    except HubError as error:
        print(f"hub demo: {error}", file=sys.stderr, flush=True)
        if isinstance(error, RetryableError):
            return EXIT_OUTSIDE
        return EXIT_INPUT if isinstance(error, ConfigurationError) else EXIT_FAULT


class _Demo:
    """One run. Whatever must end with it is put on the stack, which ends it in reverse order."""

    def __init__(self, options: DemoOptions, stack: ExitStack) -> None:
        self._options = options
        self._stack = stack
        self._language = Language(options.lang)
        self._began = time.monotonic()
        self._screen: Screen = stack.enter_context(screen_for(self._language))
        self._folder = Path(tempfile.mkdtemp(prefix="hub-demo-"))
        stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._services = Services(self._folder, patience_s=options.patience_s)
        stack.callback(self._services.stop)
        self._ledger = Ledger(since_ms=now_ms())

    def play(self) -> int:
        """Play the story from files to effects."""
        plans, files = self._write_plans()
        settings = self._find_broker()
        connection = self._options.connect(settings)
        catalogue = load_catalogue(settings.topic_prefix)
        self._create_topics(connection, catalogue)
        self._services.start_worker(settings)
        self._say(words.WORKER)
        self._publish_reference(files, connection, catalogue)
        watch = self._stack.enter_context(Watch(connection, catalogue, self._ledger))
        self._services.start_connectors(files, settings)
        self._say(words.CONNECTORS, files=", ".join(plan.path.name for plan in files.plans))
        self._await_load(watch, plans)
        if not self._options.once:
            self._pause(watch)
        saved_to_last_s = self._move(watch, files, plans)
        self._tell(plans, saved_to_last_s)
        if not self._options.once:
            self._watch_on(watch, files)
        return EXIT_DONE

    # --- what it stands on ---

    def _write_plans(self) -> tuple[Plans, DemoFiles]:
        zone = ZoneInfo(load_settings().timezone)
        day = self._options.today or datetime.now(zone).date()
        plans = plan_municipality(seed=self._options.seed, day=day)
        folder = self._folder / "plans"
        folder.mkdir()
        files = write_files(plans, folder)
        self._say(words.WRITTEN, town=NAME, works=len(plans.works))
        return plans, files

    def _find_broker(self) -> Settings:
        """Return settings for our own Kafka, or for the given one under a prefix of our own."""
        given = {
            "bootstrap_servers": self._options.broker,
            "topic_prefix": f"demo-{uuid.uuid4().hex[:8]}.",
        }
        if self._options.broker is None:
            self._screen.wait(words.STARTING.in_language(self._language))
            given = {
                "bootstrap_servers": self._services.start_broker(self._screen.fetching),
                "topic_prefix": "hub.",
                "security_protocol": "PLAINTEXT",
            }
        return load_settings(given)

    def _create_topics(self, connection: KafkaConnection, catalogue: Catalogue) -> None:
        """Create the topics; on a Kafka that is not ours they go again once the hub has ended.

        It is asked first: one that is away has nothing to be removed from.
        """
        topics.plan(connection, catalogue, answer_timeout_s=_BROKER_ANSWERS_S)
        if self._options.broker is not None:
            self._stack.callback(remove_topics, connection, catalogue)
            self._stack.callback(self._services.stop_hub)
        self._say(words.BROKER, address=connection.bootstrap)
        topics.ensure(connection, catalogue)
        self._say(words.TOPICS, prefix=catalogue.prefix)

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

    # --- the story ---

    def _await_load(self, watch: Watch, plans: Plans) -> None:
        expected = len(plans.works)
        self._follow(
            watch,
            lambda: len(self._ledger.entries) >= expected and watch.is_up_to_date(),
            lambda: f"{len(self._ledger.entries)} of {expected} works came into the programme",
        )
        self._say(words.LOADED, works=len(self._ledger.entries))

    def _pause(self, watch: Watch) -> None:
        """Leave time to read before the sewer moves."""
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
            lambda: self._ledger.moved_works >= len(keys) and watch.is_up_to_date(),
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
                f"several; the logs may say why{self._services.log_tails()}"
            )
        if self._options.once:
            took_s = time.monotonic() - self._began
            outcome = Outcome(plans, self._ledger, effect, saved_to_last_s, took_s)
            self._screen.conclude(summary_lines(outcome, self._language))
        else:
            self._screen.tell(effect_lines(effect, self._ledger, self._language))

    def _watch_on(self, watch: Watch, files: DemoFiles) -> None:
        self._say(words.WATCHING, folder=files.folder)
        while True:
            self._look(watch)

    # --- watching ---

    def _follow(self, watch: Watch, done: Callable[[], bool], standing: Callable[[], str]) -> None:
        """Watch until it is done, but not for ever."""
        deadline = time.monotonic() + self._options.patience_s
        while not done():
            self._look(watch)
            if time.monotonic() > deadline:
                hindrance = f" ({watch.hindrance})" if watch.hindrance else ""
                raise RetryableError(
                    f"demo: {standing()} within {self._options.patience_s:.0f} s{hindrance}; "
                    "expected all of them, and nothing left to do; is the machine overloaded?"
                    f"{self._services.log_tails()}"
                )
        self._screen.show(self._ledger)

    def _look(self, watch: Watch) -> None:
        watch.poll(_LISTEN_S)
        self._screen.show(self._ledger)
        self._services.check()

    def _say(self, text: Texts, **values: object) -> None:
        self._screen.say(text.in_language(self._language).format(**values))
