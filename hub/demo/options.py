"""What a person asks of the demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.kafka.client_config import KafkaConnection
    from hub.settings import Settings


def without_security(settings: Settings) -> KafkaConnection:
    """Return a plain connection, as the embedded broker takes it."""
    from hub.kafka.client_config import KafkaConnection

    return KafkaConnection(bootstrap=settings.bootstrap_servers)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How to run: on which Kafka, to the end or until stopped, in which language, which town.

    `broker` is `HOST:PORT` of a Kafka that runs already; without it one is started. `today` is the
    day the plans are made for, which in the stream must be the real one. `patience_s` bounds every
    wait: what has not come by then is told and ends the demo. `connect` turns settings into how a
    Kafka client connects.
    """

    broker: str | None = None
    once: bool = False
    lang: str = "nl"
    seed: int = 1
    today: date | None = None
    pause_s: float = 6.0
    patience_s: float = 90.0
    connect: Callable[[Settings], KafkaConnection] = without_security
