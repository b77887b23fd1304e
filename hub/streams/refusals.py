"""What the brokers refuse, in words an operator can act on."""

from __future__ import annotations

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)

_WHAT = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "consumer group",
    ClusterAuthorizationFailedError: "cluster",
}


def in_words(error: BaseException) -> str:
    """Return what went wrong; a missing right is named with where rights are listed."""
    what = next((word for kind, word in _WHAT.items() if isinstance(error, kind)), None)
    if what is None:
        return repr(error)
    name = " ".join(map(str, error.args))
    return (
        f"{what} {name}: came {type(error).__name__}; expected this user to have the rights of a"
        " worker on it; give it those that deploy/kafka/acls.toml lists"
    )
