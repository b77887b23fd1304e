"""Holds what the stream wrote against an offline fold over the same log."""

from __future__ import annotations

from collections.abc import Iterable

from hub.contracts.codec import Codec
from hub.engine.detect import Detect
from hub.kafka.reader import RawRecord
from hub.model.finding import Finding, FindingKind
from tests.stream.harness import Topics

TOPIC_OF = {
    FindingKind.CONFLICT: "conflicts",
    FindingKind.OPPORTUNITY: "opportunities",
    FindingKind.FEEDBACK: "feedback",
}


def folded(topics: Topics, partition: int) -> dict[str, list[Finding]]:
    """Return what an offline fold over the programme log says must be on each topic, in order."""
    codec, detect = Codec(), Detect()
    found: dict[str, list[Finding]] = {topic: [] for topic in TOPIC_OF.values()}
    for record in topics.read("programme-log", partition):
        entry = codec.decode_log_entry(record.value)
        for finding in detect.apply(entry, offset=record.offset):
            found[TOPIC_OF[finding.kind]].append(finding)
    return found


def emitted(topics: Topics, partition: int) -> dict[str, list[Finding]]:
    """Return what the stream wrote to each topic, in order."""
    codec = Codec()
    return {
        topic: [codec.decode_finding(record.value) for record in topics.read(topic, partition)]
        for topic in TOPIC_OF.values()
    }


def open_findings(topics: Topics, partition: int) -> dict[str, Finding]:
    """Return the last word on every finding that is open."""
    last = {
        finding.id: finding
        for findings in emitted(topics, partition).values()
        for finding in findings
    }
    return {key: finding for key, finding in last.items() if finding.status.is_open}


def without_repeats(records: Iterable[RawRecord]) -> list[RawRecord]:
    """Return records without those that repeat one, byte for byte, under the same event id.

    :raises AssertionError: if two records with one id differ
    """
    seen: dict[bytes, RawRecord] = {}
    for record in records:
        event = dict(record.headers)["ce_id"] or b""
        known = seen.setdefault(event, record)
        assert known.value == record.value, f"two contents under {event!r}"
    return list(seen.values())


def read_findings(records: Iterable[RawRecord]) -> list[Finding]:
    """Return the findings of records, in their order."""
    codec = Codec()
    return [codec.decode_finding(record.value) for record in records]
