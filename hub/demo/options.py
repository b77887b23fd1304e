"""What a person asks of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How to run: on which Kafka, to the end or until stopped, in which language, which town.

    `broker` is `HOST:PORT` of a Kafka that runs already; without it one is started. `today` is the
    day the plans are made for, which in the stream must be the real one. `patience_s` bounds every
    wait: what has not come by then is told and ends the demo.
    """

    broker: str | None = None
    once: bool = False
    lang: str = "nl"
    seed: int = 1
    today: date | None = None
    pause_s: float = 6.0
    patience_s: float = 90.0
