"""The hub on a Kafka with TLS, passwords and ACLs: each role may do its work and nothing else.

One broker for the module; commands run as real processes, each as the user of its role. A wrong
password, a missing right and a certificate nobody may trust each give one clear error, and no loss.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.contracts.catalogue import load_catalogue
from hub.errors import ConfigurationError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from hub.streams.exit_codes import FAULT
from tests.kafka.secured_hub import (
    HubProcess,
    connector_arguments,
    followed,
    hub,
    publish_reference,
    write_plans,
)
from tests.support.certificates import Authority
from tests.support.secured import SecuredBroker, roles, secured_broker
from tests.support.topics import record

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

EXIT_INPUT = 2
QUICK = {"HUB_SESSION_TIMEOUT_SECONDS": "6"}


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    """Give the secured broker with the topics of the hub, made by the deployer."""
    with secured_broker() as running:
        made = hub(running, "deployer", "topics", "apply")
        assert made.returncode == 0, made.stdout + made.stderr
        yield running


def test_every_role_is_refused_what_it_has_no_right_to(broker: SecuredBroker) -> None:
    writes = {
        "connector": ("conflicts", "programme-log", "decisions"),
        "subscriber": ("conflicts", "decisions"),
        "desk": ("plan-changes", "programme"),
        "operations": ("conflicts", "facets"),
        "worker": ("plan-changes", "connector-state"),
        "planner": ("conflicts", "decisions", "plan-changes"),
        "deployer": ("plan-changes",),
    }
    reads = {
        "connector": "conflicts", "subscriber": "dead-letters", "desk": "programme-log",
        "deployer": "programme", "planner": "dead-letters",
    }  # fmt: skip
    assert set(writes) == set(roles()), "a role without a right that it must not have"
    with Producer(KafkaConnection(bootstrap=broker.inner), load_catalogue()) as producer:
        producer.publish([record(topic, "something-to-read") for topic in set(reads.values())])
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
    broker: SecuredBroker, command: tuple[str, ...]
) -> None:
    wrong = broker.folder / "wrong.password"
    wrong.write_text("not-the-password-planted")

    ended = hub(broker, "worker", *command, HUB_SASL_PASSWORD_FILE=str(wrong))

    assert_one_error(ended, EXIT_INPUT, "security settings")
    assert "not-the-password-planted" not in ended.stdout + ended.stderr


def test_a_connector_with_a_wrong_password_sends_nothing_and_says_so(
    broker: SecuredBroker, tmp_path: Path
) -> None:
    files = write_plans(tmp_path)
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
    files = write_plans(tmp_path)
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


def ends_of(broker: SecuredBroker, topic: str) -> int:
    inner = KafkaConnection(bootstrap=broker.inner)
    return sum(1 for _ in read_compacted(inner, f"{broker.prefix}{topic}", 0))


def assert_one_error(ended: subprocess.CompletedProcess[str], code: int, about: str) -> None:
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if '"level": "info"' not in line]
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert len(errors) == 1, errors
    assert about in errors[0]
    assert "expected" in errors[0]
