"""What Faust is told of our brokers and timeouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faust
from faust.types.auth import SASLMechanism

from hub.kafka.client_config import KafkaConnection
from hub.streams.tls import tls_context

LONGEST_HEARTBEAT_SECONDS = 3.0
SHORTEST_REQUEST_SECONDS = 30.0
SHORTEST_REBALANCE_SECONDS = 20.0


def faust_settings(
    connection: KafkaConnection,
    *,
    session_timeout_seconds: float,
    partitions: int,
    datadir: Path,
    member_id: str | None,
) -> dict[str, Any]:
    """Return the settings of one application that depend on where and how it runs."""
    settings: dict[str, Any] = {
        "broker": [f"kafka://{address.strip()}" for address in connection.bootstrap.split(",")],
        "topic_partitions": partitions,
        "datadir": datadir,
        "broker_session_timeout": session_timeout_seconds,
        "broker_heartbeat_interval": min(LONGEST_HEARTBEAT_SECONDS, session_timeout_seconds / 5),
        # aiokafka refuses a request timeout below the session timeout
        "broker_request_timeout": max(SHORTEST_REQUEST_SECONDS, session_timeout_seconds * 1.5),
        "broker_rebalance_timeout": max(SHORTEST_REBALANCE_SECONDS, session_timeout_seconds),
        "producer_request_timeout": max(SHORTEST_REQUEST_SECONDS, session_timeout_seconds * 1.5),
    }
    if member_id is not None:
        settings["consumer_group_instance_id"] = member_id
    credentials = _credentials(connection)
    if credentials is not None:
        settings["broker_credentials"] = credentials
    return settings


def _credentials(connection: KafkaConnection) -> Any:
    protocol = connection.security_protocol
    if protocol == "PLAINTEXT":
        return None
    context = tls_context(connection.ca_file) if protocol.endswith("SSL") else None
    if protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=connection.sasl_username,
        password=connection.sasl_password,
        mechanism=SASLMechanism(connection.sasl_mechanism or "SCRAM-SHA-512"),
        ssl_context=context,
    )
