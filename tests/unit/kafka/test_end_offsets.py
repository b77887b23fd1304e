"""Connections that offsets are asked over: one to a call, proven when new, dropped in doubt."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from hub.errors import RetryableError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.offsets import EndOffsets

PLACES = [("hub.facets", 0), ("hub.facets", 1)]


class Asked:
    """A client that notes what it was asked, and answers with an offset or an error."""

    offset = 7
    error: KafkaError | None = None

    def __init__(self) -> None:
        self.calls: list[str] = []

    def list_topics(self, topic: str, *, timeout: float) -> None:
        self.calls.append(f"topic {topic}")

    def list_offsets(self, wanted: dict[Any, Any], *, request_timeout: float) -> dict[Any, Any]:
        self.calls.append(f"offsets of {len(wanted)}")
        return {place: self._answer() for place in wanted}

    def _answer(self) -> Future[Any]:
        answer: Future[Any] = Future()
        if self.error is not None:
            answer.set_exception(KafkaException(self.error))
        else:
            answer.set_result(self)
        return answer


class Offsets(EndOffsets):
    """Ends of partitions over clients that can be looked at."""

    def __init__(self) -> None:
        self.clients: list[Asked] = []
        super().__init__(KafkaConnection(bootstrap="127.0.0.1:1"))

    def _client(self) -> Any:
        self.clients.append(Asked())
        return self.clients[-1]


def test_a_new_connection_is_seen_to_stand_before_leaders_are_asked_for() -> None:
    offsets = Offsets()

    assert offsets.of(PLACES) == {PLACES[0]: 7, PLACES[1]: 7}
    offsets.of(PLACES)

    (client,) = offsets.clients
    assert client.calls == ["topic hub.facets", "offsets of 2", "offsets of 2"]


def test_a_call_beside_another_has_a_connection_of_its_own() -> None:
    offsets = Offsets()
    first = offsets._connected("hub.facets")

    offsets.of(PLACES)

    assert len(offsets.clients) == 2
    assert offsets.clients[1] is not first
    assert offsets.clients[1].calls == ["topic hub.facets", "offsets of 2"]


@pytest.mark.parametrize("kind", ["error", "no offset"])
def test_after_a_bad_answer_every_kept_connection_is_made_anew(kind: str) -> None:
    offsets = Offsets()
    kept = offsets._connected("hub.facets")
    offsets.of(PLACES)
    offsets._idle.append(kept)
    bad = offsets.clients[0]
    if kind == "error":
        bad.error = KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)
    else:
        bad.offset = -1

    with pytest.raises(RetryableError):
        offsets.of(PLACES)

    offsets.of(PLACES)
    assert len(offsets.clients) == 3


def test_nothing_is_asked_for_no_places() -> None:
    offsets = Offsets()

    assert offsets.of([]) == {}
    assert offsets.clients[0].calls == []
