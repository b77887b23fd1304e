"""Reads what the topics of one programme hold: works, findings with their past, reference data.

What people and sources sent may be unreadable: the stages parked it, and it is passed over here.
What the hub wrote must be readable; if it is not, a newer version wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from hub.contracts.catalogue import Catalogue
from hub.contracts.codec import Codec, Explanation
from hub.contracts.records import header
from hub.errors import ConfigurationError, RejectedRecordError
from hub.kafka.client_config import KafkaConnection
from hub.kafka.reader import RawRecord, read_compacted
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.facets import FacetState
from hub.model.finding import Finding
from hub.model.programme import LogEntry, ProgrammeEntry, WorkState
from hub.model.reference import ReferenceItem, reference_key

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Is told how far a topic was read: its full name, the offset reached, the end."""
FINDING_TOPICS = {"C": "conflicts", "O": "opportunities", "F": "feedback"}


def topic_of_finding(finding_id: str) -> str:
    """Return the topic a finding is on, by the family its rule belongs to.

    :raises ConfigurationError: if the id starts with no rule
    """
    topic = FINDING_TOPICS.get(finding_id[:1])
    if topic is None or ":" not in finding_id:
        raise ConfigurationError(
            f"finding: came '{finding_id[:120]}'; expected rule and key, such as"
            " C01:heat:7|sewer:K-118; copy it from the report or the event"
        )
    return topic


@dataclass(frozen=True, slots=True)
class WrittenFinding:
    """One record of a finding with the explanation it carries.

    `at_ms` is when the broker took it in; it followed from the record `causation`, and in the end
    from the plan change, policy or decision `correlation`.
    """

    finding: Finding
    explanation: Explanation
    at_ms: int
    causation: str | None
    correlation: str | None


class ProgrammeTopics:
    """The topics of one programme."""

    def __init__(
        self,
        connection: KafkaConnection,
        catalogue: Catalogue,
        partition: int,
        *,
        progress: Progress | None = None,
    ) -> None:
        self.connection = connection
        self.catalogue = catalogue
        self.partition = partition
        self.codec = Codec(source="/programmehub/command")
        self._progress = progress

    def reference(self) -> dict[str, ReferenceItem]:
        """Return the last state of every reference item by key, in the order of those states."""
        items: dict[str, ReferenceItem] = {}
        for record in self._records("reference"):
            item = self._sent(record, self.codec.decode_reference_item)
            if item is not None:
                key = reference_key(item)
                items.pop(key, None)
                items[key] = item
        return items

    def decisions(self) -> Iterator[Decision]:
        """Yield every decision ever sent, in order; one id may be there twice."""
        for record in self._records("decisions"):
            decision = self._sent(record, self.codec.decode_decision)
            if decision is not None:
                yield decision

    def plan_changes(self) -> Iterator[tuple[int, PlanChange]]:
        """Yield every plan change ever sent, with the moment the broker took it in."""
        for record in self._records("plan-changes"):
            change = self._sent(record, self.codec.decode_plan_change)
            if change is not None:
                yield record.timestamp_ms, change

    def findings(self, topic: str, *, only: str | None = None) -> Iterator[WrittenFinding]:
        """Yield the records of findings that are still on a topic, repeats left out."""
        wanted = None if only is None else only.encode()
        newest: dict[bytes | None, int] = {}
        for record in self._records(topic, with_headers=True):
            if wanted is not None and record.key != wanted:
                continue
            finding = self._written(record, topic, self.codec.decode_finding)
            if finding.revision > newest.get(record.key, 0):
                newest[record.key] = finding.revision
                yield WrittenFinding(
                    finding,
                    self._written(record, topic, self.codec.decode_explanation),
                    record.timestamp_ms,
                    header(record.headers, "ce_causationid"),
                    header(record.headers, "ce_correlationid"),
                )

    def log(self, *, with_works: bool = True) -> Iterator[LogEntry]:
        """Yield the programme log; a work that an older revision repeats is left out."""
        newest: dict[str, int] = {}
        for record in self._records("programme-log"):
            if not with_works and (record.key or b"").startswith(b"work:"):
                continue
            entry = self._written(record, "programme-log", self.codec.decode_log_entry)
            if isinstance(entry.body, WorkState):
                work = entry.body.intervention.id
                if entry.body.revision < newest.get(work, 0):
                    continue
                newest[work] = entry.body.revision
            yield entry

    def states(self, works: Collection[str] | None = None) -> dict[str, FacetState]:
        """Return what register knows of works (None: of all), each as it was last written."""
        wanted = None if works is None else {work.encode() for work in works}
        last: dict[bytes, RawRecord] = {}
        for record in self._records("facets"):
            if record.key is not None and (wanted is None or record.key in wanted):
                last[record.key] = record
        states = (
            self._written(record, "facets", self.codec.decode_facet_state)
            for record in last.values()
        )
        return {state.id: state for state in states}

    def entry(self, work: str) -> ProgrammeEntry | None:
        """Return a work of the live programme, None where it never was complete."""
        found: ProgrammeEntry | None = None
        for record in self._records("programme"):
            if record.key == work.encode():
                entry = self._written(record, "programme", self.codec.decode_programme_entry)
                if found is None or entry.revision > found.revision:
                    found = entry
        return found

    def _records(self, topic: str, *, with_headers: bool = False) -> Iterator[RawRecord]:
        name = self.catalogue.topic(topic)
        for record in read_compacted(
            self.connection,
            name,
            self.partition,
            with_headers=with_headers,
            progress=None if self._progress is None else partial(self._progress, name),
        ):
            if record.value is not None:
                yield record

    def _sent(self, record: RawRecord, decode: Callable[[bytes | None], T]) -> T | None:
        try:
            return decode(record.value)
        except RejectedRecordError:
            return None

    def _written(self, record: RawRecord, topic: str, decode: Callable[[bytes | None], T]) -> T:
        try:
            return decode(record.value)
        except RejectedRecordError as error:
            raise ConfigurationError(
                f"{self.catalogue.topic(topic)} offset {record.offset}: {error.refusal}; expected"
                " what this version or an older one wrote; run the newer version"
            ) from error
