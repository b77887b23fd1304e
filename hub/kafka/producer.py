"""Publishing records so that none is lost, doubled or out of order within its key.

An idempotent producer that waits for all in-sync copies. A record counts as published when its
delivery report came, and a connector saves its cursor only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException

from hub.contracts.catalogue import Catalogue
from hub.contracts.dead_letters import Original
from hub.contracts.records import Record
from hub.errors import (
    ConfigurationError,
    ContractError,
    HubError,
    Refusal,
    RejectedRecordError,
    RejectReason,
    RetryableError,
    quoted,
)
from hub.kafka.client_config import ClientOptions, KafkaConnection, client_options
from hub.kafka.failures import Noticed, hub_error, hub_error_of, opened

DELIVERY_TIMEOUT_S = 60.0
QUEUE_RECORDS = 50_000
QUEUE_KIB = 64 * 1024

_FRAME_BYTES = 1024
_POLL_S = 0.1
_SEVEREST_FIRST = (ContractError, ConfigurationError, RetryableError)

OnDelivery = Callable[[HubError | None], None]
"""Told None once the record is on all in-sync copies, else why it is not."""


class Producer:
    """Publishes records to the topics of one catalogue. Leaving its context flushes it."""

    def __init__(
        self,
        connection: KafkaConnection,
        catalogue: Catalogue,
        *,
        delivery_timeout_s: float = DELIVERY_TIMEOUT_S,
        queue_records: int = QUEUE_RECORDS,
    ) -> None:
        self._catalogue = catalogue
        self._bootstrap = connection.bootstrap
        self._noticed = Noticed()
        largest = max(spec.max_record_bytes for spec in catalogue)
        options = {
            **producer_options(connection, delivery_timeout_s=delivery_timeout_s),
            "queue.buffering.max.messages": queue_records,
            "message.max.bytes": largest + _FRAME_BYTES,
        }
        self._client = opened(confluent_kafka.Producer, options, noticed=self._noticed)

    def publish(self, records: Iterable[Record]) -> int:
        """Publish records in order, wait for every delivery report, and return how many there were.

        :raises RejectedRecordError: records are too large; found before anything was sent
        :raises RetryableError: not all were delivered in time; publishing the same again is safe
        :raises ConfigurationError: a missing topic or right
        :raises ContractError: the client or broker gave up for good
        """
        batch = list(records)
        refusals = [refusal for record in batch if (refusal := self.too_large(record)) is not None]
        if refusals:
            raise RejectedRecordError(*refusals)
        reports: list[HubError | None] = []
        for record in batch:
            self.send(record, on_delivery=reports.append)
        while len(reports) < len(batch):
            self._poll(_POLL_S)
        _raise_severest([error for error in reports if error is not None])
        return len(batch)

    def send(self, record: Record, *, on_delivery: OnDelivery) -> None:
        """Queue one record; `on_delivery` is called from a later call on this producer.

        Waits while the queue is full: nothing is dropped.

        :raises RejectedRecordError: the record is too large
        :raises ContractError: the client gave up for good
        """
        if (refusal := self.too_large(record)) is not None:
            raise RejectedRecordError(refusal)
        self._produce(record, record.key, record.value, on_delivery)

    def put_back(self, originals: Iterable[Original]) -> None:
        """Publish records as they once were, where they once were, and wait for every report.

        Key and value may be absent, as a foreign producer sent them.

        :raises RejectedRecordError: records are too large; found before anything was sent
        :raises HubError: as `publish`
        """
        batch = [
            (Record(one.topic, one.key or b"", one.value or b"", one.headers, one.partition), one)
            for one in originals
        ]
        refusals = [refusal for record, _ in batch if (refusal := self.too_large(record))]
        if refusals:
            raise RejectedRecordError(*refusals)
        reports: list[HubError | None] = []
        for record, one in batch:
            self._produce(record, one.key, one.value, reports.append)
        while len(reports) < len(batch):
            self._poll(_POLL_S)
        _raise_severest([error for error in reports if error is not None])

    def _produce(
        self, record: Record, key: bytes | None, value: bytes | None, on_delivery: OnDelivery
    ) -> None:
        where = self._where(record)
        while True:
            try:
                self._client.produce(
                    self._catalogue.topic(record.topic),
                    value=value,
                    key=key,
                    partition=record.partition,
                    headers=list(record.headers),
                    on_delivery=lambda error, _message: on_delivery(
                        None if error is None else self._delivery_error(error, where)
                    ),
                )
                break
            except BufferError:
                self._poll(_POLL_S)
            except KafkaException as error:
                raise self._delivery_error(error.args[0], where) from error
        self._poll(0)

    def flush(self, *, timeout_s: float = DELIVERY_TIMEOUT_S) -> None:
        """Wait until every queued record has its delivery report.

        :raises RetryableError: when some are still without one after `timeout_s`
        """
        try:
            waiting = self._client.flush(timeout_s)
        except (SystemError, KafkaException) as error:
            raise self._client_error(error) from error
        if waiting:
            raise RetryableError(
                f"Kafka at {self._bootstrap}: {waiting} records without a delivery report after "
                f"{timeout_s:.0f} s; expected all to be acknowledged; check that the brokers run, "
                "then publish them again"
            )

    def too_large(self, record: Record) -> Refusal | None:
        """Return the refusal of a record above its topic's size limit, or None if it fits."""
        size = record_bytes(record)
        limit = self._catalogue.spec(record.topic).max_record_bytes
        if size <= limit:
            return None
        return Refusal(
            self._where(record),
            f"{size} bytes",
            f"at most {limit}; shorten its geometry or texts",
            reason=RejectReason.TOO_LARGE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if error is None:
            self.flush()
        else:
            self._client.purge(blocking=False)

    def _poll(self, seconds: float) -> None:
        try:
            self._client.poll(seconds)
        except (SystemError, KafkaException) as error:
            raise self._client_error(error) from error

    def _client_error(self, error: SystemError | KafkaException) -> HubError:
        return hub_error_of(error, f"Kafka at {self._bootstrap}", noticed=self._noticed)

    def _delivery_error(self, error: KafkaError, where: str) -> HubError:
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            # The whole batch comes back with this, records of any size: none of them may be parked.
            return ConfigurationError(
                f"{where}: the broker takes fewer bytes than the catalogue allows; expected the "
                "topic's max.message.bytes to be the catalogue's; compare by 'hub topics plan'"
            )
        return hub_error(error, where, noticed=self._noticed)

    def _where(self, record: Record) -> str:
        key = record.key.decode("utf-8", "replace")
        return f"{self._catalogue.topic(record.topic)} key {quoted(key)}"


def producer_options(connection: KafkaConnection, *, delivery_timeout_s: float) -> ClientOptions:
    """Return the options under which nothing is lost, doubled or out of order."""
    return {
        **client_options(connection),
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",  # as Java and aiokafka; librdkafka's own differs
        "delivery.timeout.ms": round(delivery_timeout_s * 1000),
        "topic.metadata.propagation.max.ms": min(10_000, round(delivery_timeout_s * 500)),
        "linger.ms": 5,
        "batch.size": 256 * 1024,
        "queue.buffering.max.kbytes": QUEUE_KIB,
    }


def record_bytes(record: Record) -> int:
    """Return the size of a record's key, value and headers in bytes."""
    headers = sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return len(record.key) + len(record.value) + headers


def _raise_severest(errors: list[HubError]) -> None:
    """Raise the error that decides what the caller does next, with the number of the others."""
    for kind in _SEVEREST_FIRST:
        for error in errors:
            if isinstance(error, kind):
                more = f" (and {len(errors) - 1} more records)" if len(errors) > 1 else ""
                raise kind(f"{error}{more}")
