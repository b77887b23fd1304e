"""The hub on a Kafka with TLS, passwords and ACLs: each role may do its work and nothing else.

One broker for the module. The path of the demo runs as real processes, each as its own user; what
is secret or personal is planted before and looked for afterwards in everything that was said.
"""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import confluent_kafka
import pytest

from hub.check.programme_file import read_programme
from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.demo.files import DemoFiles, write_files
from hub.demo.municipality import plan_municipality
from hub.errors import ConfigurationError
from hub.kafka.client_config import client_options
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from hub.streams.exit_codes import FAULT
from tests.stream.harness import REPOSITORY
from tests.support.brokers import wait_until
from tests.support.secured import SecuredBroker, roles, secured_broker
from tests.support.topics import record

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

PERSON = "Marjolein van Oosterzee-Planted"
PHONE = "06-55501234"
EXIT_INPUT = 2
QUICK = {"HUB_SESSION_TIMEOUT_SECONDS": "6"}
HUB = (sys.executable, "-c", "from hub.cli import main; main()")


@dataclass
class Said:
    """Everything the processes of this module wrote, and what their metrics said."""

    texts: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    """Give the secured broker with the topics of the hub, made by the deployer."""
    with secured_broker() as running:
        made = hub(running, "deployer", "topics", "apply")
        assert made.returncode == 0, made.stdout + made.stderr
        yield running


@pytest.fixture(scope="module")
def said() -> Said:
    """Collect what was said."""
    return Said()


def hub(
    broker: SecuredBroker, user: str, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HUB, *arguments],
        cwd=REPOSITORY,
        env=broker.environment(user, **more),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


class HubProcess:
    """`hub` running as a user until it is stopped."""

    def __init__(self, broker: SecuredBroker, user: str, *arguments: str, **more: str) -> None:
        self.port = 0
        self.log = broker.folder / f"{user}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [*HUB, *arguments],
                cwd=REPOSITORY,
                env=broker.environment(user, **more),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_says(self, text: str, count: int = 1) -> None:
        def said() -> bool:
            assert self.process.poll() is None or self.output().count(text) >= count, self.output()
            return self.output().count(text) >= count

        wait_until(said, f"{text} in the log", seconds=60)

    def metrics(self) -> str:
        ports = [line for line in self.output().splitlines() if "http.serves" in line]
        port = ports[0].split('"port": ')[1].split("}")[0].split(",")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> HubProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)


def test_the_path_of_the_demo_runs_with_least_rights_and_says_nothing_secret_or_personal(
    broker: SecuredBroker, said: Said, tmp_path: Path
) -> None:
    files = write_plans_with_persons(tmp_path)
    publish_reference(broker, files)
    with HubProcess(broker, "worker", "worker") as worker:
        worker.wait_until_says("stage.ready", 2)
        for plan in files.plans:
            sent = hub(broker, "connector", *connector_arguments(plan.connector, plan.path))
            assert sent.returncode == 0, sent.stdout + sent.stderr
            said.texts += [sent.stdout, sent.stderr]
        findings = followed(broker, "conflicts", at_least=3)
        said.texts.append(worker.metrics())
        assert worker.stop() == 0, worker.output()
        said.texts.append(worker.output())
    listed = hub(broker, "operations", "dead-letters", "list")
    shown = hub(broker, "operations", "dead-letters", "list", "--format", "json")
    said.texts += [listed.stdout, listed.stderr, shown.stdout]

    assert all(finding.parties for finding in findings)
    assert "1 × " in listed.stdout, listed.stdout + listed.stderr
    assert_nothing_leaked(broker, said)


def test_every_role_is_refused_what_it_has_no_right_to(broker: SecuredBroker) -> None:
    writes = {
        "connector": ("conflicts", "programme-log", "decisions"),
        "subscriber": ("conflicts", "decisions"),
        "desk": ("plan-changes", "programme"),
        "operations": ("conflicts", "facets"),
        "worker": ("plan-changes", "connector-state"),
        "deployer": ("plan-changes",),
    }
    reads = {
        "connector": "conflicts", "subscriber": "dead-letters", "desk": "plan-changes",
        "deployer": "programme",
    }  # fmt: skip
    assert set(writes) == set(roles()), "a role without a right that it must not have"
    ends = {topic: ends_of(broker, topic) for topics in writes.values() for topic in topics}
    for role, topics in writes.items():
        for topic in topics:
            producer = Producer(broker.connection(role), load_catalogue(), delivery_timeout_s=10)
            with pytest.raises(ConfigurationError, match="what this user may do"):
                producer.publish([record(topic, "C01:a|b")])
    for role, topic in reads.items():
        with pytest.raises(ConfigurationError, match=f"hub.{topic} partition 0"):
            list(read_compacted(broker.connection(role), f"hub.{topic}", 0))
    assert {topic: ends_of(broker, topic) for topic in ends} == ends


@pytest.mark.parametrize("command", [("worker",), ("topics", "plan"), ("dead-letters", "list")])
def test_a_wrong_password_is_one_clear_error(
    broker: SecuredBroker, said: Said, command: tuple[str, ...]
) -> None:
    wrong = broker.folder / "wrong.password"
    wrong.write_text("not-the-password-planted")

    ended = hub(broker, "worker", *command, HUB_SASL_PASSWORD_FILE=str(wrong))

    assert_one_error(ended, EXIT_INPUT, "security settings")
    assert "not-the-password-planted" not in ended.stdout + ended.stderr


def test_a_connector_with_a_wrong_password_sends_nothing_and_says_so(
    broker: SecuredBroker, tmp_path: Path
) -> None:
    files = write_plans_with_persons(tmp_path)
    wrong = broker.folder / "wrong.password"
    wrong.write_text("not-the-password-planted")
    end = ends_of(broker, "plan-changes")
    plan = files.plans[0]

    ended = hub(
        broker,
        "connector",
        *connector_arguments(plan.connector, plan.path),
        HUB_SASL_PASSWORD_FILE=str(wrong),
    )

    assert_one_error(ended, EXIT_INPUT, "security settings")
    assert ends_of(broker, "plan-changes") == end


@pytest.mark.parametrize("command", [("worker",), ("topics", "plan")])
def test_an_expired_certificate_is_one_clear_error(
    broker: SecuredBroker, command: tuple[str, ...]
) -> None:
    ended = hub(broker, "worker", *command, HUB_BOOTSTRAP_SERVERS=broker.expired)

    assert_one_error(ended, EXIT_INPUT, "certificate")


def test_a_certificate_of_an_authority_nobody_named_is_one_clear_error(
    broker: SecuredBroker, tmp_path: Path
) -> None:
    from tests.support.certificates import Authority

    other = Authority.new(tmp_path, "other")

    ended = hub(broker, "worker", "worker", HUB_SSL_CA_FILE=str(other.file))

    assert_one_error(ended, EXIT_INPUT, "certificate")


@pytest.mark.parametrize(
    ("missing", "operation"), [("conflicts", "write"), ("plan-changes", "read")]
)
def test_a_worker_that_lacks_a_right_says_which_and_loses_nothing(
    broker: SecuredBroker, tmp_path: Path, missing: str, operation: str
) -> None:
    lacking = f"hub-without-{missing}."
    own = SecuredBroker(
        broker.bootstrap, broker.expired, broker.inner, broker.folder, broker.ca_file, lacking
    )
    for role in ("deployer", "worker", "desk", "connector", "subscriber"):
        own.passwords[role] = broker.passwords[role]
        rights = roles()[role]
        if role == "worker":
            rights = [without(right, missing, operation) for right in rights]
        own.allow(role, rights)
    assert hub(own, "deployer", "topics", "apply").returncode == 0
    files = write_plans_with_persons(tmp_path)
    publish_reference(own, files)
    for plan in files.plans[:2]:
        sent = hub(own, "connector", *connector_arguments(plan.connector, plan.path))
        assert sent.returncode == 0, sent.stderr

    ended = hub(own, "worker", "worker", **QUICK)

    assert ended.returncode == FAULT, ended.stdout[-3000:] + ended.stderr
    (left,) = [line for line in ended.stderr.splitlines() if '"worker.leaves"' in line]
    assert f"topic {lacking}{missing}: came TopicAuthorizationFailedError" in left
    assert "deploy/kafka/acls.toml" in left
    assert "Traceback" not in ended.stdout + ended.stderr
    own.allow("worker", roles()["worker"])
    with HubProcess(own, "worker", "worker", **QUICK) as worker:
        worker.wait_until_says("stage.ready", 2)
        assert followed(own, "conflicts", at_least=1)
        assert worker.stop() == 0


# --- what the tests stand on ---


def without(right: dict[str, object], topic: str, operation: str) -> dict[str, object]:
    if right["name"] != topic:
        return right
    operations = [one for one in right["operations"] if one != operation]  # type: ignore[attr-defined]
    return {**right, "operations": operations or ["describe"]}


def write_plans_with_persons(folder: Path) -> DemoFiles:
    """Write the demo's plans; the sewer plan also names persons, in a column nobody maps."""
    plans = plan_municipality(seed=1, day=datetime.now(UTC).date())
    files = write_files(plans, folder)
    sewer = files.plans[0].path
    with sewer.open(encoding="utf-8-sig", newline="") as file:
        dialect = csv.Sniffer().sniff(file.read(4096), delimiters=";,")
        file.seek(0)
        rows = list(csv.reader(file, dialect))
    start = next(number for number, row in enumerate(rows) if len(row) > 3)
    rows[start].append("Contactpersoon")
    for row in rows[start + 1 :]:
        row.append(f"{PERSON} {PHONE}")
    broken = list(rows[start + 1])
    broken[0] = "REFUSED-1"
    date_cells = [i for i, cell in enumerate(broken) if _is_period(cell)]
    assert date_cells, broken
    for index in date_cells:
        broken[index] = "31-31-2031"
    rows.append(broken)
    with sewer.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, dialect).writerows(rows)
    for plan in files.plans:
        plan.path.with_suffix(".connector.toml").write_text(
            f'path = "{plan.path.name}"\nmapping = "{plan.mapping.name}"\n', encoding="utf-8"
        )
    return files


def _is_period(cell: str) -> bool:
    return any(str(year) in cell for year in range(2026, 2040)) and any(c in cell for c in "-/Q ")


def connector_arguments(name: str, plan: Path) -> tuple[str, ...]:
    return (
        "connect", "run", name, "--settings", str(plan.with_suffix(".connector.toml")), "--once",
    )  # fmt: skip


def publish_reference(broker: SecuredBroker, files: DemoFiles) -> None:
    programme = read_programme(files.reference.read_bytes())
    codec, cause = Codec(source="/test"), Cause(time=datetime.now(UTC))
    with Producer(broker.connection("desk"), load_catalogue(broker.prefix)) as producer:
        producer.publish(
            codec.encode_reference_item(item, cause=cause, partition=0)
            for item in programme.reference_items
        )


def followed(broker: SecuredBroker, topic: str, *, at_least: int) -> list:  # type: ignore[type-arg]
    """Read as an application would: in a group of its own, with no right but to read."""
    consumer = confluent_kafka.Consumer(
        {
            **client_options(broker.connection("subscriber")),
            "group.id": f"{broker.prefix}subscriber.app",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([f"{broker.prefix}{topic}"])
    found = []
    deadline = time.monotonic() + 60
    try:
        while len(found) < at_least and time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None:
                assert message.error() is None, message.error()
                found.append(Codec().decode_finding(message.value()))
    finally:
        consumer.close()
    assert len(found) >= at_least, f"{len(found)} of {at_least} records on {topic}"
    return found


def ends_of(broker: SecuredBroker, topic: str) -> int:
    admin = broker.inner
    from hub.kafka.client_config import KafkaConnection

    name = f"{broker.prefix}{topic}"
    return sum(1 for _ in read_compacted(KafkaConnection(bootstrap=admin), name, 0))


def assert_one_error(ended: subprocess.CompletedProcess[str], code: int, about: str) -> None:
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if '"level": "info"' not in line]
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert len(errors) == 1, errors
    assert about in errors[0]
    assert "expected" in errors[0]


def assert_nothing_leaked(broker: SecuredBroker, said: Said) -> None:
    """Look for passwords and persons in all that was said and in every record of every topic."""
    planted = [*broker.passwords.values(), PERSON, PHONE]
    from hub.kafka.client_config import KafkaConnection

    inner = KafkaConnection(bootstrap=broker.inner)
    seen = 0
    for spec in load_catalogue(broker.prefix):
        for one in read_compacted(inner, f"{broker.prefix}{spec.name}", 0, with_headers=True):
            seen += 1
            raw = b"|".join(
                [one.key or b"", one.value or b"", *(value or b"" for _, value in one.headers)]
            )
            for secret in planted:
                assert secret.encode() not in raw, (spec.name, one.offset)
    assert seen > 100
    assert len(said.texts) > 5
    for text in said.texts:
        for secret in planted:
            assert secret not in text
