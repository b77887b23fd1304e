"""The ports of a running connector on Kafka: plan changes, dead letters, state and the lease.

The lease is a consumer group of one connector stream on `connector-state`: who is assigned its
partition works, the others wait, and when it dies Kafka assigns the partition to the next. The
group reads and commits nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hub import __version__
from hub.connect.api import ConnectorSettings
from hub.connect.cells import as_text
from hub.connect.discovery import Connector
from hub.connect.doubts import doubts_stream
from hub.connect.memory import NobodyAsks
from hub.connect.ports import RejectedRow, Vitals
from hub.connect.runner import Ports
from hub.contracts import dead_letters
from hub.contracts.catalogue import Catalogue
from hub.contracts.codec import Codec
from hub.contracts.connector_state import ConnectorState, connector_state_key
from hub.contracts.records import Cause, Record
from hub.errors import ConfigurationError, RejectedRecordError, quoted
from hub.kafka.client_config import KafkaConnection
from hub.kafka.lease import GroupLease
from hub.kafka.producer import Producer
from hub.kafka.reader import read_compacted
from hub.model.change import PlanChange

STATE_TOPIC = "connector-state"
STATE_PARTITION = 0

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class KafkaPublisher:
    """Publishes plan changes to the partition of one programme, and rejected rows beside them."""

    def __init__(
        self,
        producer: Producer,
        codec: Codec,
        *,
        connector: str,
        stream: str,
        partition: int,
        clock: Clock = utc_now,
    ) -> None:
        self._producer = producer
        self._codec = codec
        self._connector = connector
        self._stream = stream
        self._partition = partition
        self._clock = clock

    def publish_changes(self, changes: Sequence[PlanChange]) -> Mapping[int, RejectedRecordError]:
        """Publish what readers would take, in order, and wait until it is acknowledged.

        :raises RetryableError: not all were acknowledged; publishing the same again is safe
        """
        cause = Cause(time=self._clock())
        records: list[Record] = []
        not_taken: dict[int, RejectedRecordError] = {}
        for index, change in enumerate(changes):
            try:
                record = self._codec.encode_plan_change(
                    change, cause=cause, partition=self._partition
                )
                if (refusal := self._producer.too_large(record)) is not None:
                    raise RejectedRecordError(refusal)
            except RejectedRecordError as error:
                not_taken[index] = error
            else:
                records.append(record)
        if records:
            self._producer.publish(records)
        return not_taken

    def publish_rejected(self, rows: Sequence[RejectedRow]) -> None:
        """Park rows with their reasons and wait until they are acknowledged.

        :raises RetryableError: not all were acknowledged; publishing the same again is safe
        """
        now = self._clock()
        self._producer.publish([self._letter(row, now) for row in rows])

    def _letter(self, row: RejectedRow, now: datetime) -> Record:
        failure = dead_letters.Failure.of_error(
            RejectedRecordError(*row.refusals), stage="connect", version=__version__, at=now
        )
        return dead_letters.of_row(
            connector=self._connector,
            stream=self._stream,
            row=row.row,
            content=row_content(row.fields),
            failure=failure,
        )


def row_content(fields: Mapping[str, Any]) -> bytes:
    """Return the fields of a row as JSON, in the order of the mapping."""
    return json.dumps(fields, ensure_ascii=False, default=_as_json).encode("utf-8", "replace")


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else as_text(value)


class SentBefore:
    """What one stream of a connector sent, read from the compacted topic `connector-state`.

    It saves nothing: a preview needs no more.
    """

    def __init__(
        self,
        codec: Codec,
        connection: KafkaConnection,
        catalogue: Catalogue,
        *,
        connector: str,
        stream: str,
    ) -> None:
        self._codec = codec
        self._connection = connection
        self._topic = catalogue.topic(STATE_TOPIC)
        self._connector = connector
        self._rows = f"{connector_state_key(connector, stream)}|".encode()
        self._doubts = connector_state_key(connector, doubts_stream(stream)).encode()

    def load(self) -> Sequence[ConnectorState]:
        """Return the last record of every row, and those of the doubts.

        :raises RetryableError: if the broker cannot be reached now
        :raises ConfigurationError: if a newer version of the hub has written it
        """
        last: dict[bytes, bytes | None] = {}
        for record in read_compacted(self._connection, self._topic, STATE_PARTITION):
            key = record.key or b""
            if key.startswith((self._rows, self._doubts)):
                last[key] = record.value
        return [self._decoded(value) for value in last.values() if value is not None]

    def _decoded(self, value: bytes) -> ConnectorState:
        try:
            return self._codec.decode_connector_state(value)
        except RejectedRecordError as error:
            raise ConfigurationError(
                f"{self._topic}: state of {self._connector} that cannot be read ({error.refusal}); "
                "expected one this version or an older one wrote; run the newer version"
            ) from error


class KafkaStateStore(SentBefore):
    """Keeps what one stream of a connector sent on `connector-state`."""

    def __init__(
        self,
        producer: Producer,
        codec: Codec,
        connection: KafkaConnection,
        catalogue: Catalogue,
        *,
        connector: str,
        stream: str,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(codec, connection, catalogue, connector=connector, stream=stream)
        self._producer = producer
        self._clock = clock

    def save(self, states: Iterable[ConnectorState]) -> None:
        """Save states and wait until they are acknowledged.

        :raises RetryableError: not all were acknowledged; saving the same again is safe
        """
        cause = Cause(time=self._clock())
        encode = self._codec.encode_connector_state
        records = [encode(state, cause=cause, partition=STATE_PARTITION) for state in states]
        if records:
            self._producer.publish(records)


def sent_before(
    connector: Connector,
    settings: ConnectorSettings,
    *,
    connection: KafkaConnection,
    catalogue: Catalogue,
) -> SentBefore:
    """Return what a connector stream has sent, for a preview."""
    name, stream = connector.name, connector.stream_of(settings)
    return SentBefore(Codec(), connection, catalogue, connector=name, stream=stream)


def kafka_ports(
    connector: Connector,
    settings: ConnectorSettings,
    *,
    producer: Producer,
    connection: KafkaConnection,
    catalogue: Catalogue,
    programmes: Mapping[str, int],
    vitals: Vitals | None = None,
) -> Ports:
    """Return the ports of a connector stream; waiting for its lease begins here.

    :raises ConfigurationError: if the programme of the settings has no partition
    """
    partition = programmes.get(settings.programme)
    if partition is None:
        raise ConfigurationError(
            f"settings programme: came {quoted(settings.programme)}; expected one of "
            f"{', '.join(programmes)}; name it in HUB_PROGRAMMES"
        )
    codec = Codec(source=f"/programmehub/connect/{connector.name}")
    name, stream = connector.name, connector.stream_of(settings)
    return Ports(
        KafkaPublisher(producer, codec, connector=name, stream=stream, partition=partition),
        KafkaStateStore(producer, codec, connection, catalogue, connector=name, stream=stream),
        GroupLease(
            connection, catalogue.topic(STATE_TOPIC), group=group_of(catalogue, name, stream)
        ),
        vitals or NobodyAsks(),
    )


def group_of(catalogue: Catalogue, connector: str, stream: str) -> str:
    """Return the consumer group whose one working member sends for a stream."""
    return f"{catalogue.prefix}connector.{connector_state_key(connector, stream)}"
