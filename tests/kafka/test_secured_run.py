"""The whole demo on a Kafka with TLS, passwords and ACLs, and nothing secret or personal is told.

Once role by role, each process as its own user with the rights of `deploy/kafka`; once as
`hub demo --broker` by a user who may only touch topics of the demo. Secrets stand in settings,
addresses and password files, persons in fields of the sources that no mapping names; then they are
looked for in everything that was said: logs at their most talkative, metrics, answers of commands,
errors, and every record of every topic.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from hub.contracts.catalogue import load_catalogue
from hub.demo.files import DemoFiles, move_sewer
from hub.demo.story import MOVED_YEARS
from hub.demo.town import STORY_STREET
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from tests.kafka.secured_hub import (
    HubProcess,
    connector_arguments,
    followed,
    hub,
    publish_reference,
    today,
    write_plans,
)
from tests.support.planted import Planted
from tests.support.secured import SecuredBroker, secured_broker
from tests.support.topics import record

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

PERSON = "Marjolein van Oosterzee-Planted"
PHONE = "06-55501234"
MAIL = "m.oosterzee@planted.example"
PERSONAL = {"name": PERSON, "telephone": PHONE, "mail": MAIL}
WRONG_PASSWORD = "not-the-password-planted"
KEY = "key/of+the=feed-planted"
TOKEN = "token-of-the-feed-planted"
OPENED_BY_THE_MOVE = "C04:redesign:H-1-1|sewer:R-102|finish_to_start"
AT_ONCE = 4
"""Commands that run side by side: what takes long is the start of an interpreter."""


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    """Give the secured broker with the topics of the hub, made by the deployer."""
    with secured_broker() as running:
        made = hub(running, "deployer", "topics", "apply")
        assert made.returncode == 0, made.stdout + made.stderr
        yield running


@pytest.fixture
def planted(broker: SecuredBroker) -> Planted:
    """Give what must not be told, and who says what."""
    passwords = {f"password of {user}": word for user, word in broker.passwords.items()}
    secrets = {"wrong password": WRONG_PASSWORD, "key in an address": KEY, "token": TOKEN}
    private_key = (broker.folder / "broker.pem").read_text().splitlines()[1]
    return Planted({**passwords, **secrets, **PERSONAL, "private key": private_key})


def test_a_full_run_with_least_rights_tells_nothing_secret_or_personal(
    broker: SecuredBroker, planted: Planted, tmp_path: Path
) -> None:
    run = Run(broker, planted, tmp_path)
    with ExitStack() as stack:
        run.start(stack)
        run.await_finding("C01:")
        run.move_the_sewer()
        run.await_finding(OPENED_BY_THE_MOVE)
        run.people_ask_and_answer(OPENED_BY_THE_MOVE)
        run.errors_are_told()
        run.stop()

    inner = KafkaConnection(bootstrap=broker.inner)
    found, records = planted.found_in_topics(inner)
    assert planted.told_by() == []
    assert found == []
    assert all(records[f"hub.{name}"] for name in TOPICS_USED), records
    _assert_the_search_finds(planted, broker, inner)


TOPICS_USED = (
    *("plan-changes", "decisions", "reference", "facets", "programme", "programme-log"),
    *("conflicts", "opportunities", "feedback", "connector-state", "dead-letters"),
)


def test_hub_demo_plays_on_a_secured_broker_with_rights_on_its_own_topics_only(
    broker: SecuredBroker, planted: Planted, tmp_path: Path
) -> None:
    def told(user: str) -> subprocess.CompletedProcess[str]:
        arguments = ("demo", "--once", "--lang", "en", "--broker", broker.bootstrap)
        ended = hub(broker, user, *arguments, TMPDIR=str(tmp_path))
        planted.hear(f"hub demo as {user}", ended.stdout + ended.stderr)
        return ended

    played, refused = told("demo"), told("subscriber")

    assert played.returncode == 0, played.stdout + played.stderr
    assert "Works read: 198" in played.stdout
    assert played.stderr == ""
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "what this user may do" in refused.stderr
    assert planted.told_by() == []
    assert list(tmp_path.iterdir()) == []
    inner = KafkaConnection(bootstrap=broker.inner)
    assert not [name for name in planted.found_in_topics(inner)[1] if name.startswith("demo-")]


@dataclass
class Run:
    """The hub of a municipality, role by role, and all that it says."""

    broker: SecuredBroker
    planted: Planted
    folder: Path

    def __post_init__(self) -> None:
        clean, live = self.folder / "clean", self.folder / "live"
        clean.mkdir()
        live.mkdir()
        self._clean, self._files = write_plans(clean), DemoFiles(live)
        for file in clean.iterdir():
            shutil.copy(file, live / file.name)
        plant_persons(self._clean, self._files)
        self._running: dict[str, HubProcess] = {}

    def start(self, stack: ExitStack) -> None:
        """Publish reference data, and start a worker and a connector per plan."""
        publish_reference(self.broker, self._files)
        talkative = {"HUB_LOG_LEVEL": "DEBUG"}
        worker = stack.enter_context(HubProcess(self.broker, "worker", "worker", **talkative))
        self._running["worker"] = worker
        for plan in self._files.plans:
            arguments = connector_arguments(plan.connector, plan.path, once=False)
            process = HubProcess(self.broker, "connector", *arguments, **talkative)
            self._running[plan.path.name] = stack.enter_context(process)
        worker.wait_until_says("stage.ready", 2)

    def await_finding(self, beginning: str) -> None:
        """Follow conflicts as a subscriber does until one whose id begins so is there."""
        followed(
            self.broker,
            "conflicts",
            until=lambda found: any(one.id.startswith(beginning) for one in found),
        )

    def move_the_sewer(self) -> None:
        """Move works in the sewer plan as the demo's planner does, with the persons left in."""
        move_sewer(
            self._clean.sewer, street=STORY_STREET, today=today(), years=MOVED_YEARS, why="budget"
        )
        plant_in_sewer(self._clean.sewer, self._files.sewer)

    def people_ask_and_answer(self, finding: str) -> None:
        """Let each role that has commands use them."""
        asked = [
            ("desk", "decide", "acknowledge", finding, "--by", "elzerveen-ruimte"),
            ("planner", "explain", finding, "--programme", "main", "--format", "json"),
            ("planner", "bundle", "sewer:R-105", "--programme", "main"),
            ("planner", "burdens", "--programme", "main"),
            ("operations", "dead-letters", "list", "--format", "json"),
            ("operations", "dead-letters", "retry", "--all"),
            ("operations", "replay", "--to", "replay-secured", "--format", "json"),
            ("deployer", "topics", "plan"),
            ("worker", "settings"),
        ]
        ended = self._hub(asked)
        answered, explained, bundle, burdens, letters, retried, replayed, topics, settings = ended
        codes = [one.returncode for one in ended]
        # letters there are, and one that has not come right, end with 1
        assert codes == [0, 0, 0, 0, 1, 1, 0, 0, 0], [one.stderr for one in ended]
        assert f"{finding} is acknowledged" in answered.stdout
        assert json.loads(explained.stdout)["format"] == "explanation/1"
        assert bundle.stdout.startswith("bundle:")
        assert "elzerveen" in burdens.stdout
        rows = {letter["row"] for letter in json.loads(letters.stdout)["letters"]}
        assert rows == {"REFUSED-1"}
        assert "has not come right yet" in retried.stdout
        assert json.loads(replayed.stdout)["written"]["replay-secured.conflicts"] > 20
        assert topics.stdout == "every topic is as the catalogue says\n"
        assert "HUB_SASL_USERNAME=worker" in settings.stdout

    def errors_are_told(self) -> None:
        """Run into every kind of error that has to do with a secret."""
        wrong = self.folder / "wrong.password"
        wrong.write_text(WRONG_PASSWORD)
        feed = self.folder / "feed.toml"
        address = f"http://127.0.0.1:1/feed.xml?key={quote(KEY, safe='')}&token={TOKEN}"
        feed.write_text(f'path = "kept.xml.gz"\nurl = "{address}"\n')
        with_password = self.folder / "with-password.toml"
        with_password.write_text(
            f'path = "kept.xml.gz"\nurl = "http://user:{TOKEN}@127.0.0.1:1/feed.xml"\n'
        )
        run_feed = ("connect", "run", "datex2", "--once", "--settings")
        asked: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
            "wrong password in a file": (
                ("worker", "worker"),
                {"HUB_SASL_PASSWORD_FILE": str(wrong)},
            ),
            "wrong password in a variable": (
                ("operations", "dead-letters", "list"),
                {"HUB_SASL_PASSWORD": WRONG_PASSWORD, "HUB_SASL_PASSWORD_FILE": ""},
            ),
            "expired certificate": (
                ("deployer", "topics", "plan"),
                {"HUB_BOOTSTRAP_SERVERS": self.broker.expired},
            ),
            "missing right": (("subscriber", "dead-letters", "list"), {}),
            "setting that is none": (
                ("worker", "settings"),
                {"HUB_SASL_MECHANISM": "none", "HUB_SASL_PASSWORD": WRONG_PASSWORD},
            ),
            "source that does not answer": (("connector", *run_feed, str(feed)), {}),
            "address with a password": (("connector", *run_feed, str(with_password)), {}),
        }
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = dict(zip(asked, pool.map(self._refused, asked.values()), strict=True))
        assert {what: one.returncode for what, one in ended.items()} == {
            **dict.fromkeys(ended, 2), "source that does not answer": 3,
        }  # fmt: skip
        for what, one in ended.items():
            assert "expected" in one.stderr, (what, one.stderr)
            assert "Traceback" not in one.stderr, (what, one.stderr)

    def stop(self) -> None:
        """Hear metrics and logs of what runs, and end it in good order."""
        for name, process in self._running.items():
            self.planted.hear(f"metrics of {name}", process.metrics())
        assert len(self.planted.said) > len(self._running)
        for name, process in self._running.items():
            assert process.stop() == 0, process.output()
            self.planted.hear(f"log of {name}", process.output())

    def _hub(self, asked: Sequence[tuple[str, ...]]) -> list[subprocess.CompletedProcess[str]]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = list(pool.map(lambda one: hub(self.broker, *one), asked))
        for one, done in zip(asked, ended, strict=True):
            self.planted.hear(" ".join(one[:3]), done.stdout + done.stderr)
        return ended

    def _refused(
        self, asked: tuple[tuple[str, ...], dict[str, str]]
    ) -> subprocess.CompletedProcess[str]:
        command, settings = asked
        ended = hub(self.broker, *command, **{"HUB_LOG_LEVEL": "DEBUG", **settings})
        self.planted.hear(f"refused {' '.join(command[:3])}", ended.stdout + ended.stderr)
        return ended


def _assert_the_search_finds(
    planted: Planted, broker: SecuredBroker, inner: KafkaConnection
) -> None:
    """Plant each kind of leak, and see that the search finds it and says where."""
    password = broker.passwords["worker"]
    with Producer(inner, load_catalogue(broker.prefix)) as producer:
        producer.publish(
            [
                record("conflicts", "C01:a|b", PERSON.encode()),
                record("programme", "w:1", b"x", headers=(("by", TOKEN.encode()),)),
                record("decisions", f"d:{PHONE}", b"x"),
            ]
        )
    planted.hear("log of a worker that leaks", f"connecting with {password}")
    planted.hear("an error that leaks", f"http://feed/?key={quote(KEY, safe='')}")

    found, _ = planted.found_in_topics(inner)

    assert [where.partition("-")[0].partition(".")[2] for where in found] == [
        "conflicts", "decisions", "programme",
    ]  # fmt: skip
    assert [where.partition(": ")[2] for where in found] == ["name", "telephone", "token"]
    assert planted.told_by() == [
        "an error that leaks: key in an address",
        "log of a worker that leaks: password of worker",
    ]


# --- persons in sources ---


def plant_persons(clean: DemoFiles, live: DemoFiles) -> None:
    """Copy plans with persons in fields that no mapping names, in each kind of file."""
    plant_in_sewer(clean.sewer, live.sewer)
    whole = f"{PERSON}, {PHONE}, {MAIL}"
    for plan in live.plans:
        if plan.connector == "geojson":
            collection = json.loads(plan.path.read_text())
            collection["contact"] = whole
            for feature in collection["features"]:
                feature["properties"]["contactpersoon"] = whole
            plan.path.write_text(json.dumps(collection))
        if plan.connector == "mspdi":
            text = plan.path.read_text()
            assert "<Tasks>" in text
            author = f"<Author>{PERSON}</Author><Manager>{PERSON}</Manager>"
            people = (
                f"<Resources><Resource><UID>1</UID><Name>{PERSON}</Name>"
                f"<EmailAddress>{MAIL}</EmailAddress></Resource></Resources>"
            )
            tasks = text.replace("<Task>", f"<Task><Contact>{whole}</Contact>")
            plan.path.write_text(
                tasks.replace("<Tasks>", f"{author}<Tasks>").replace(
                    "</Tasks>", f"</Tasks>{people}"
                )
            )


def plant_in_sewer(clean: Path, live: Path) -> None:
    """Copy the sewer plan with a column of persons, and a row that is refused."""
    with clean.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    for row in rows:
        row["Contactpersoon"] = f"{PERSON}, {PHONE}, {MAIL}"
    name = next(iter(rows[0]))
    rows.append({**rows[0], name: "REFUSED-1", "start": "31-31-2031", "eind": "31-31-2031"})
    written = live.with_suffix(".new")
    with written.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=";")
        table.writeheader()
        table.writerows(rows)
    os.replace(written, live)
