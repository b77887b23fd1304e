"""One of several processes may work: Kafka's group protocol decides, and notices when it dies.

A group subscribes to a topic of one partition; the member that is assigned it holds the lease. The
partition is paused at once: nothing is read or committed. A thread of its own answers the broker,
so that a long run does not lose the lease.
"""

from __future__ import annotations

from threading import Condition, Event, Thread

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from hub.errors import HubError, RetryableError
from hub.kafka.client_config import ClientOptions, KafkaConnection, client_options
from hub.kafka.failures import Noticed, hub_error, hub_error_of, opened

SESSION_TIMEOUT_S = 10.0

_POLL_S = 0.1
_JOIN_S = 10.0


class GroupLease:
    """The lease of one group; waiting for it begins when it is made."""

    def __init__(
        self,
        connection: KafkaConnection,
        topic: str,
        *,
        group: str,
        session_timeout_s: float = SESSION_TIMEOUT_S,
    ) -> None:
        self._where = f"lease {group} on {topic}"
        self._changed = Condition()
        self._held = False
        self._error: HubError | None = None
        self._closing = Event()
        self._was_let_in = False
        self._noticed = Noticed()
        options = lease_options(connection, group, session_timeout_s)
        self._consumer = opened(Consumer, options, noticed=self._noticed)
        self._consumer.subscribe(
            [topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )
        self._thread = Thread(target=self._answer, name="lease", daemon=True)
        self._thread.start()

    @property
    def held(self) -> bool:
        """Tell whether this process may work.

        :raises HubError: if the broker refuses the group for good
        """
        with self._changed:
            if self._error is not None:
                raise self._error
            return self._held

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until this process may work, at most so long, and tell whether it may.

        :raises HubError: if the broker refuses the group for good
        """
        with self._changed:
            self._changed.wait_for(lambda: self._held or self._error, timeout_seconds)
        return self.held

    def close(self) -> None:
        """Leave the group: the next member is assigned at once."""
        self._closing.set()
        self._thread.join(_JOIN_S)

    def _answer(self) -> None:
        """Keep answering the broker until the lease is given back."""
        try:
            while not self._closing.is_set():
                message = self._consumer.poll(_POLL_S)
                error = None if message is None else message.error()
                if error is not None and (error.fatal() or not _passes(error)):
                    self._fail(hub_error(error, self._where, noticed=self._noticed))
                    return
                if self._noticed.decisive is not None and not self._was_let_in:
                    self._fail(hub_error(self._noticed.decisive, self._where))
                    return
        except KafkaException as error:
            self._fail(hub_error_of(error, self._where))
        finally:
            self._set(held=False)
            self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._was_let_in = True  # who was let in once waits out what the brokers say in passing
        consumer.assign(partitions)
        if partitions:
            consumer.pause(partitions)
        self._set(held=bool(partitions))

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._set(held=False)

    def _set(self, *, held: bool) -> None:
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def _fail(self, error: HubError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()


def lease_options(
    connection: KafkaConnection, group: str, session_timeout_s: float
) -> ClientOptions:
    """Return the options of a group member that reads nothing."""
    return {
        **client_options(connection),
        "group.id": group,
        "session.timeout.ms": round(session_timeout_s * 1000),
        "heartbeat.interval.ms": min(1000, round(session_timeout_s * 300)),
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "latest",
        "partition.assignment.strategy": "range",
    }


def _passes(error: KafkaError) -> bool:
    """Tell whether the client gets over an error by itself."""
    return isinstance(hub_error(error, ""), RetryableError)
