"""Findings of a replay on topics of their own, as records that any subscriber can read.

They are what a live hub under these rules and this policy would have written, with its keys, values
and event types; their `ce_source` says that they come from a replay. Topics of a running hub are
never written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from hub.contracts.catalogue import Catalogue, load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.records import Record
from hub.errors import ConfigurationError, Refusal, RejectedRecordError, quoted
from hub.kafka import topics
from hub.kafka.client_config import KafkaConnection
from hub.kafka.offsets import EndOffsets
from hub.kafka.producer import Producer
from hub.replay.fold import Change, Replay
from hub.streams.detect_stage import FINDING_TOPICS, explanation_of

PARTITION = 0
BATCH_RECORDS = 500


class SideTopics:
    """The topics under one prefix that a replay writes its findings to."""

    def __init__(self, connection: KafkaConnection, prefix: str, *, live: str) -> None:
        """Take a prefix with or without its dot; `live` is that of the running hub.

        :raises ConfigurationError: for a prefix that topics cannot have, or the live one
        """
        given = load_catalogue(prefix if prefix.endswith(".") else f"{prefix}.")
        if given.prefix == live:
            raise ConfigurationError(
                f"--to: came {quoted(prefix)}, the prefix of the running hub; expected one of its"
                " own, such as 'replay-1'; a replay never writes to live topics"
            )
        self._connection = connection
        self._all = given
        specs = {name: given.specs[name] for name in FINDING_TOPICS}
        self.catalogue = Catalogue(given.prefix, specs)

    def prepare(self) -> None:
        """Create the topics; whatever is there already must be empty and no hub's.

        :raises ConfigurationError: if it is a hub's, or holds records
        :raises RetryableError: when the broker does not answer
        """
        missing = {one.topic for one in topics.plan(self._connection, self._all).missing}
        names = {spec.name: self._all.topic(spec.name) for spec in self._all}
        there = [name for name, topic in names.items() if topic not in missing]
        if not set(there) <= set(FINDING_TOPICS):
            raise ConfigurationError(
                f"--to: came '{self._all.prefix}', under which a hub runs ({names[there[0]]} is"
                " there); expected a prefix of its own; a replay never writes to live topics"
            )
        topics.ensure(self._connection, self.catalogue)
        places = [(names[name], PARTITION) for name in there]
        for (topic, _), end in EndOffsets(self._connection).of(places).items():
            if end:
                raise ConfigurationError(
                    f"--to: {topic}: came {end} records of an earlier run; expected none, because"
                    " two runs in one topic contradict each other; take another prefix, or delete"
                    " the topics of that run"
                )

    def write(
        self, replay: Replay, changes: Iterable[Change], *, since: date | None = None
    ) -> Counter[str]:
        """Write what a replay gives while it runs, and return the number of records by topic.

        With `since` the topics begin with what was open when that day came, each finding as it then
        stood, and go on with every change from that day.
        """
        written: Counter[str] = Counter(dict.fromkeys(FINDING_TOPICS, 0))
        codec = Codec(source=f"/programmehub/replay/{self.catalogue.prefix}")
        with Producer(self._connection, self.catalogue) as producer:
            batch: list[Record] = []
            for change in _from_day(replay, changes, since):
                record = self._record(codec, replay, change)
                refusal = record if isinstance(record, Refusal) else producer.too_large(record)
                if isinstance(record, Refusal) or refusal is not None:
                    replay.note_rejected(f"{change.event.where}: {refusal}")
                    continue
                batch.append(record)
                written[record.topic] += 1
                if len(batch) == BATCH_RECORDS:
                    producer.publish(batch)
                    batch.clear()
            producer.publish(batch)
        return written

    def _record(self, codec: Codec, replay: Replay, change: Change) -> Record | Refusal:
        """Return the record of a change, or why the stream could not write it either."""
        try:
            return codec.encode_finding(
                change.finding,
                cause=change.event.cause,
                partition=PARTITION,
                explanation=explanation_of(change.finding, replay.detect),
            )
        except RejectedRecordError as error:
            return error.refusal


def _from_day(replay: Replay, changes: Iterable[Change], since: date | None) -> Iterator[Change]:
    """Yield what was open when a day came, then all that changed from then on."""
    before: dict[str, Change] = {}
    has_come = since is None
    for change in changes:
        day = replay.reference_date or change.event.day
        if not has_come and since is not None and day < since:
            before[change.finding.id] = change
            continue
        if not has_come:
            has_come = True
            yield from _open_of(before)
        yield change
    if not has_come:
        yield from _open_of(before)


def _open_of(changes: dict[str, Change]) -> Iterator[Change]:
    for key in sorted(changes):
        if changes[key].finding.status.is_open:
            yield changes[key]
    changes.clear()
