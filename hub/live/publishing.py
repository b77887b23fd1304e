"""Publishes reference data: only what differs from what is on the topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hub.contracts.records import Cause
from hub.errors import Refusal, RejectedRecordError
from hub.kafka.producer import Producer
from hub.live.topics import ProgrammeTopics
from hub.model.reference import ReferenceItem, reference_key
from hub.reference.agreement import Placed, overlapping_policies
from hub.reference.difference import Difference, difference

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def compare(topics: ProgrammeTopics, placed: Sequence[Placed]) -> Difference:
    """Return what publishing items would change.

    :raises RejectedRecordError: where a policy contradicts one that is on the topic
    """
    known = topics.reference()
    _refuse_contradictions(placed, known)
    return difference((one.item for one in placed), known)


def _refuse_contradictions(placed: Sequence[Placed], known: dict[str, ReferenceItem]) -> None:
    sent = {reference_key(one.item) for one in placed}
    staying = [Placed(item) for key, item in known.items() if key not in sent]
    found = overlapping_policies([*staying, *placed]).errors
    refusals: list[Refusal] = [refusal for refusal in found if refusal.file]
    if refusals:
        raise RejectedRecordError(*refusals)


def publish(
    topics: ProgrammeTopics, items: Sequence[ReferenceItem], *, clock: Clock = utc_now
) -> int:
    """Publish items in their order, wait until all are acknowledged, return how many.

    :raises RejectedRecordError: if one cannot travel; then none is sent
    :raises RetryableError: not all were acknowledged; publishing the same again is safe
    """
    cause = Cause(time=clock())
    records = [
        topics.codec.encode_reference_item(item, cause=cause, partition=topics.partition)
        for item in items
    ]
    if not records:
        return 0
    with Producer(topics.connection, topics.catalogue) as producer:
        return producer.publish(records)
