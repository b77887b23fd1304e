"""A Kafka with TLS, SCRAM passwords and ACLs, set up as `deploy/kafka` says."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from hub.broker.launcher import free_ports, jvm_command
from hub.broker.node_config import (
    HOST,
    Node,
    new_cluster_id,
    node_properties,
    properties_text,
    write_node,
)
from hub.broker.node_process import NodeProcess, locked
from hub.kafka.client_config import KafkaConnection, client_options
from tests.support.brokers import port_is_open, scratch_folder, wait_until
from tests.support.certificates import Authority

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass
class SecuredBroker:
    """A running broker: who may do what on it, and how each connects."""

    bootstrap: str
    expired: str
    inner: str
    folder: Path
    ca_file: Path
    prefix: str
    passwords: dict[str, str] = field(default_factory=dict)

    def connection(self, user: str, *, password: str | None = None) -> KafkaConnection:
        return KafkaConnection(
            bootstrap=self.bootstrap,
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=user,
            sasl_password=password or self.passwords[user],
            ca_file=str(self.ca_file),
        )

    def environment(self, user: str, **more: str) -> dict[str, str]:
        """Return the settings of a hub process that runs as a user."""
        file = self.folder / f"{user}.password"
        file.touch(mode=0o600)
        file.write_text(self.passwords[user])
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return {
            **kept,
            "HUB_BOOTSTRAP_SERVERS": self.bootstrap,
            "HUB_TOPIC_PREFIX": self.prefix,
            "HUB_SECURITY_PROTOCOL": "SASL_SSL",
            "HUB_SASL_USERNAME": user,
            "HUB_SASL_PASSWORD_FILE": str(file),
            "HUB_SSL_CA_FILE": str(self.ca_file),
            "HUB_HTTP_PORT": "0",
            **more,
        }

    def add_user(self, user: str) -> None:
        """Give a user a password of its own; it may do nothing yet."""
        self.passwords[user] = f"secret-{user}-{secrets.token_hex(8)}"
        change = UserScramCredentialUpsertion(
            user,
            ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
            password=self.passwords[user].encode(),
        )
        admin = self._admin()  # kept: its futures end with it
        for done in admin.alter_user_scram_credentials([change]).values():
            done.result()

    def allow(self, user: str, rights: list[dict[str, Any]], *, prefix: str | None = None) -> None:
        """Give a user rights as `deploy/kafka/acls.toml` lists them, under the hub's prefix."""
        before = self.prefix if prefix is None else prefix
        bindings = [
            AclBinding(
                ResourceType[right["resource"].upper()],
                before + right["name"],
                ResourcePatternType[right.get("pattern", "literal").upper()],
                f"User:{user}",
                "*",
                AclOperation[operation.upper()],
                AclPermissionType.ALLOW,
            )
            for right in rights
            for operation in right["operations"]
        ]
        admin = self._admin()
        for done in admin.create_acls(bindings).values():
            done.result()

    def _admin(self) -> AdminClient:
        return AdminClient(client_options(KafkaConnection(bootstrap=self.inner)))


def roles() -> dict[str, list[dict[str, Any]]]:
    """Return the rights of each role, as they are deployed."""
    return _rights("roles")


def aside() -> dict[str, list[dict[str, Any]]]:
    """Return the rights beside the topics of the hub, whose names stand in full."""
    return _rights("aside")


def _rights(table: str) -> dict[str, list[dict[str, Any]]]:
    text = (DEPLOY / "acls.toml").read_text(encoding="utf-8")
    return {name: role["rights"] for name, role in tomllib.loads(text)[table].items()}


@contextmanager
def secured_broker(*, prefix: str = "hub.") -> Iterator[SecuredBroker]:
    """Give a broker on which every role is a user that has the rights of `deploy/kafka`."""
    with scratch_folder() as folder:
        port, expired, inner, controller = free_ports(4)
        authority = Authority.new(folder)
        valid = authority.issue(folder / "broker.pem")
        past = authority.issue(folder / "expired.pem", until=datetime.now(UTC) - timedelta(hours=1))
        node = Node(1, folder, port, controller)
        settings = {
            **node_properties(node, nodes=(node,), durable=False),
            **_deployed(),
            "listeners": f"CLIENTS://{HOST}:{port},EXPIRED://{HOST}:{expired},"
            f"INNER://{HOST}:{inner},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"CLIENTS://{HOST}:{port},EXPIRED://{HOST}:{expired},"
            f"INNER://{HOST}:{inner}",
            # as deployed, without the password that nodes use among themselves: one node, loopback
            "inter.broker.listener.name": "INNER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,"
            "CLIENTS:SASL_SSL,EXPIRED:SASL_SSL",
            "super.users": "User:ANONYMOUS",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": _SCRAM_LOGIN,
            "listener.name.expired.scram-sha-512.sasl.jaas.config": _SCRAM_LOGIN,
            "listener.name.clients.ssl.keystore.location": valid.as_posix(),
            "listener.name.clients.ssl.keystore.type": "PEM",
            "listener.name.expired.ssl.keystore.location": past.as_posix(),
            "listener.name.expired.ssl.keystore.type": "PEM",
        }
        with locked(folder) as lock:
            file = write_node(node, nodes=(node,), cluster_id=new_cluster_id(), durable=False)
            file.write_text(properties_text(settings))
            command = [*jvm_command(os.environ, heap_mb=256), str(file)]
            process = NodeProcess(node, command, lock=lock)
        try:
            wait_until(lambda: _listens(process, inner), "the secured broker listens", seconds=60)
            broker = SecuredBroker(
                f"{HOST}:{port}",
                f"{HOST}:{expired}",
                f"{HOST}:{inner}",
                folder,
                authority.file,
                prefix,
            )
            for role, rights in roles().items():
                broker.add_user(role)
                broker.allow(role, rights)
            for user, rights in aside().items():
                if user not in broker.passwords:
                    broker.add_user(user)
                broker.allow(user, rights, prefix="")
            yield broker
        finally:
            process.stop()


def _listens(process: NodeProcess, port: int) -> bool:
    assert process.running, f"the broker ended: {process.log_tail()}"
    return port_is_open(port)


def _deployed() -> dict[str, str]:
    """Return the broker settings for security as `deploy/kafka` has them, listeners left out."""
    lines = (DEPLOY / "server.properties").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    skipped = ("listener", "advertised.", "inter.broker.", "super.", "ssl.", "sasl.mechanism.inter")
    return {name: value for name, value in pairs if not name.startswith(skipped)}
