"""What went wrong with Kafka, in the hub's error tree: by what the caller does next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from hub.errors import ConfigurationError, ContractError, HubError, RetryableError

Client = TypeVar("Client")

_NO_RIGHTS = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
    }
)
_NO_TOPIC = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)
_WAIT = frozenset(
    {
        KafkaError._MSG_TIMED_OUT,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.NOT_CONTROLLER,
        KafkaError.INVALID_REPLICATION_FACTOR,  # brokers that start are not counted yet
        # a group's coordinator moved or starts; its members find it and join again by themselves
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError._WAIT_COORD,
    }
)


class Noticed:
    """What a client says in passing; it tells why a later call fails or times out.

    Given to a client as its `error_cb`. A refused password, for one, is only said here: the call
    that follows merely finds no broker.
    """

    def __init__(self) -> None:
        self.last: KafkaError | None = None
        self.decisive: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Remember an error; one that waiting does not cure outlasts the others."""
        self.last = error
        if error.fatal() or error.code() in _NO_RIGHTS:
            self.decisive = error


_NOTHING = Noticed()


def opened(
    kind: Callable[[dict[str, Any]], Client],
    options: Mapping[str, Any],
    *,
    noticed: Noticed | None = None,
) -> Client:
    """Return a client of that kind; nothing is sent yet.

    :raises ConfigurationError: for settings that no client can have, such as an absent CA file
    """
    try:
        return kind({**options, "error_cb": noticed} if noticed is not None else dict(options))
    except (KafkaException, ValueError) as error:
        came = error.args[0].str() if isinstance(error, KafkaException) else str(error)
        raise ConfigurationError(
            f"Kafka connection to {options['bootstrap.servers']}: came {came}; expected usable "
            "security settings; correct them"
        ) from error


def hub_error(error: KafkaError, where: str, *, noticed: Noticed = _NOTHING) -> HubError:
    """Return the error of the hub for an error of Kafka; `where` says what was being done."""
    found = _classified(error, where)
    if noticed.decisive is not None and (
        isinstance(found, RetryableError) or error.code() == KafkaError._FATAL
    ):
        return _classified(noticed.decisive, where)
    if isinstance(found, RetryableError) and noticed.last is not None:
        return _classified(error, where, seen=noticed.last.str())
    return found


def hub_error_of(
    exception: KafkaException | SystemError, where: str, *, noticed: Noticed = _NOTHING
) -> HubError:
    """Return the error of the hub for an exception of the client.

    A fatal error of the idempotent producer leaves the client's C code as a SystemError that hides
    the KafkaException; it is looked up here.
    """
    current: BaseException | None = exception
    while current is not None:
        if isinstance(current, KafkaException):
            return hub_error(current.args[0], where, noticed=noticed)
        current = current.__cause__ or current.__context__
    if noticed.decisive is not None:
        return _classified(noticed.decisive, where)
    return ContractError(
        f"{where}: came a fatal error of the Kafka client ({exception}); expected delivery; "
        "check what this user may write, then start again"
    )


def raise_unless_passing(error: KafkaError, where: str) -> None:
    """Raise for an error that came in place of a record, unless the client gets over it by itself.

    For consumers that join no group: the client looks for theirs nevertheless, and one who has no
    right on any group may still read.
    """
    if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
        return
    failure = hub_error(error, where)
    if not isinstance(failure, RetryableError):
        raise failure


def _classified(error: KafkaError, where: str, *, seen: str | None = None) -> HubError:
    came = error.str() if seen is None else f"{error.str()} ({seen})"
    code = error.code()
    if code in _NO_RIGHTS:
        return ConfigurationError(
            f"{where}: came {came}; expected to be let in; check the security settings and what "
            "this user may do on the broker"
        )
    if code in _NO_TOPIC:
        return ConfigurationError(
            f"{where}: came {came}; expected the topic with all its partitions; run "
            "'hub topics plan' to see what is missing and 'hub topics apply' to create it"
        )
    if not error.fatal() and (code in _WAIT or error.retriable()):
        return RetryableError(
            f"{where}: came {came}; expected an answer of the brokers; check that they run and can "
            "be reached, it is safe to try again"
        )
    return ContractError(
        f"{where}: came {came} ({error.name()}); expected the broker to accept it; stop and look "
        "into it, going on could lose or repeat records"
    )
