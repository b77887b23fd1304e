"""The demo as a subscriber: it follows the public topics and keeps its ledger."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from hub.contracts.catalogue import Catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Cause
from hub.demo.ledger import Ledger, Seen
from hub.errors import RetryableError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.follower import FollowedRecord, Follower
from hub.kafka.group_progress import GroupProgress

PARTITION = 0
"""The demo is one programme."""

_FINDINGS = ("conflicts", "opportunities", "feedback")
_PLANNED = "programme"
_STAGES = (("register", "plan-changes"), ("detect", "programme-log"))


class Watch:
    """Follows what the hub publishes. Leaving its context closes its connections."""

    def __init__(self, connection: KafkaConnection, catalogue: Catalogue, ledger: Ledger) -> None:
        self.hindrance = ""
        self._ledger = ledger
        self._codec = Codec()
        self._catalogue = catalogue
        self._planned = catalogue.topic(_PLANNED)
        topics = [self._planned, *(catalogue.topic(name) for name in _FINDINGS)]
        self._follower = Follower(connection, [(topic, PARTITION) for topic in topics])
        self._groups = {
            stage: GroupProgress(connection, f"{catalogue.prefix}{stage}") for stage, _ in _STAGES
        }

    def poll(self, seconds: float) -> int:
        """Take what came, waiting at most so long for it; return how many records that were."""
        records = self._follower.poll(seconds)
        for record in records:
            self._take(record)
        return len(records)

    def is_up_to_date(self) -> bool:
        """Tell whether the stages have done all that was written for them, and we have read it.

        A broker that cannot say so for now is asked again; `hindrance` keeps what it said.
        """
        try:
            return self._stages_are_done() and self._follower.unread() == 0
        except RetryableError as error:
            self.hindrance = str(error)
            return False

    def _stages_are_done(self) -> bool:
        """Tell whether both have committed all; what they wrote stands in the topics by then."""
        return all(
            self._groups[stage].behind(self._catalogue.topic(topic), PARTITION) == 0
            for stage, topic in _STAGES
        )

    def _take(self, record: FollowedRecord) -> None:
        if record.topic == self._planned:
            self._ledger.take_entry(self._codec.decode_programme_entry(record.value))
            return
        finding = self._codec.decode_finding(record.value)
        at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
        cause = Cause.of_record(
            record.headers,
            fallback_id=f"{record.topic}-{record.partition}-{record.offset}",
            broker_time=at,
        )
        cause_ms = round(cause.time.timestamp() * 1000)
        self._ledger.take_finding(Seen(finding, cause_ms, record.timestamp_ms))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for group in self._groups.values():
            group.__exit__(kind, error, tb)
        self._follower.__exit__(kind, error, tb)


def now_ms() -> int:
    """Return the present moment as brokers count it."""
    return round(time.time() * 1000)
