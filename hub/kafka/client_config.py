"""How every Kafka client of the hub connects: one description that gives each its options.

librdkafka's own log stays silent: what matters comes back as an error of a call, and repeated lines
about a broker that is away would hide it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ClientOptions = dict[str, str | int | float | bool]

RETRY_BACKOFF_MAX_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """Where the brokers are and who we are there. The password is never shown."""

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


def client_options(connection: KafkaConnection) -> ClientOptions:
    """Return the options that every librdkafka client of this connection has."""
    options: ClientOptions = {
        "bootstrap.servers": connection.bootstrap,
        "security.protocol": connection.security_protocol,
        "client.id": "hub",
        "log_level": 0,
        "log.connection.close": False,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": RETRY_BACKOFF_MAX_MS,
        "allow.auto.create.topics": False,
    }
    given = {
        "sasl.mechanism": connection.sasl_mechanism,
        "sasl.username": connection.sasl_username,
        "sasl.password": connection.sasl_password,
        "ssl.ca.location": connection.ca_file,
    }
    options.update({name: value for name, value in given.items() if value is not None})
    return options
