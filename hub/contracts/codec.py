"""Records as they go over the wire: Confluent framing, Avro, CloudEvents headers.

Encoding is deterministic: the same object with the same cause gives the same bytes and headers, so
a replay repeats a record instead of contradicting it. Decoding takes any bytes: what it cannot use
it refuses with a reason, and never raises anything else.

Large geometries: the inbound topics, `facets` and `programme-log` carry a geometry in full, because
what is concluded from the stream must be what is concluded from a file. Only `programme`, which
goes to subscribers, simplifies what exceeds `MAX_PUBLISHED_GEOMETRY_BYTES`, and says so; the full
form is in the plan change that `ce_correlationid` names. A plan change with more than
`MAX_GEOMETRY_BYTES` is refused, because the state of a work holds its geometry several times.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

import fastavro

from hub.contracts.avro_read import from_avro
from hub.contracts.avro_write import geometry_to_avro, to_avro
from hub.contracts.connector_state import ConnectorState, connector_state_key
from hub.contracts.records import Cause, Headers, Record, time_text
from hub.contracts.schema_store import (
    NAMESPACE,
    ReleasedSchema,
    SchemaStore,
    without_logical_types,
)
from hub.contracts.simplify import simplified_below
from hub.contracts.wkb import to_wkb
from hub.errors import ContractError, Refusal, RejectedRecordError, RejectReason
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.facets import FacetState
from hub.model.finding import Finding, FindingKind
from hub.model.intervention import Intervention
from hub.model.programme import LogEntry, ProgrammeEntry, Tick, WorkState, log_key
from hub.model.reference import ReferenceItem, reference_key
from hub.model.vocabulary import Classification

T = TypeVar("T")
MAGIC = 0
FRAME_BYTES = 5
MAX_RECORD_BYTES = 1_000_000
MAX_GEOMETRY_BYTES = 200 * 1024
MAX_PUBLISHED_GEOMETRY_BYTES = 64 * 1024
CONTENT_TYPE = b"application/vnd.apache.avro; framing=confluent"
SEQUENCE_DIGITS = 20
_HASH_DIGITS = 16

_FINDING_TYPES = {
    FindingKind.CONFLICT: ("Conflict", "conflicts"),
    FindingKind.OPPORTUNITY: ("CouplingOpportunity", "opportunities"),
    FindingKind.FEEDBACK: ("PolicyFeedback", "feedback"),
}

_FINDING_RECORDS = tuple(name for name, _ in _FINDING_TYPES.values())

_FIELDS_OF_KIND = {
    "savings": FindingKind.OPPORTUNITY,
    "moves": FindingKind.OPPORTUNITY,
    "addressee": FindingKind.FEEDBACK,
    "answer_by": FindingKind.FEEDBACK,
    "possible_answers": FindingKind.FEEDBACK,
    "answer_overdue": FindingKind.FEEDBACK,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a finding means, in both languages; empty where its writer had no words for it."""

    nl: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """What the CloudEvents headers say of one record besides its cause."""

    type: str
    subject: str
    id: str | None = None  # None: subject and content hash
    sequence: int | None = None
    classification: Classification = Classification.RESTRICTED


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A schema as the Avro library wants it, days as numbers."""

    type_name: str
    id: int
    schema: Any


class Codec:
    """Encodes and decodes every record type; safe to share between threads.

    `source` names the writing process in `ce_source`, `type_prefix` stands before event types.
    """

    def __init__(
        self,
        store: SchemaStore | None = None,
        *,
        source: str = "/programmehub",
        type_prefix: str = NAMESPACE,
    ) -> None:
        self._store = store or SchemaStore()
        self._source = source
        self._type_prefix = type_prefix
        self._readers: dict[tuple[int, str], _Parsed] = {}

    # --- encoding ---

    def encode_plan_change(self, change: PlanChange, *, cause: Cause, partition: int) -> Record:
        """Return the record of a plan change; a connector calls this before it sends anything.

        :raises RejectedRecordError: if a reader would refuse it, or if it is too large
        """
        work = change.intervention
        if work is not None:
            _check_geometry_size(work, "intervention.geometry")
        event = _Event(
            type="plan.changed",
            subject=change.intervention_id,
            id=_revision_id(change),
            sequence=_source_revision(change),
            classification=_classification(work),
        )
        record = self._record("plan-changes", "PlanChange", change, event, cause, partition)
        self.decode_plan_change(record.value)
        return record

    def encode_decision(self, decision: Decision, *, cause: Cause, partition: int) -> Record:
        """Return the record of a decision, keyed by what it is about."""
        event = _Event(
            type="decision.made",
            subject=decision.finding or decision.intervention or decision.id,
            id=decision.id,
        )
        record = self._record("decisions", "Decision", decision, event, cause, partition)
        self.decode_decision(record.value)
        return record

    def encode_reference_item(self, item: ReferenceItem, *, cause: Cause, partition: int) -> Record:
        """Return the record of a goal, calendar entry, moratorium, area or policy."""
        event = _Event(
            type="reference.changed",
            subject=reference_key(item),
            classification=Classification.PARTNERS,
        )
        record = self._record("reference", "ReferenceItem", item, event, cause, partition)
        self.decode_reference_item(record.value)
        return record

    def encode_facet_state(self, state: FacetState, *, cause: Cause, partition: int) -> Record:
        """Return the record of everything register knows of one intervention."""
        event = _Event(type="facets.changed", subject=state.id)
        return self._record("facets", "FacetState", state, event, cause, partition)

    def encode_programme_entry(
        self, entry: ProgrammeEntry, *, cause: Cause, partition: int
    ) -> Record:
        """Return the record of one work of the live programme, for subscribers."""
        event = _Event(
            type="programme.changed",
            subject=entry.intervention.id,
            id=f"{entry.intervention.id}@{entry.revision}",
            sequence=entry.revision,
            classification=_classification(entry.intervention),
        )
        return self._record("programme", "ProgrammeEntry", entry, event, cause, partition)

    def encode_log_entry(self, entry: LogEntry, *, cause: Cause, partition: int) -> Record:
        """Return one record of the log that everything is concluded from.

        A day is its own sequence: of two ticks the later day has the last word, in whatever order
        they arrive.
        """
        revision = entry.body.revision if isinstance(entry.body, WorkState) else None
        day = entry.body.day.toordinal() if isinstance(entry.body, Tick) else None
        key = log_key(entry.body)
        event = _Event(
            type="log.appended",
            subject=key,
            id=None if revision is None else f"{key}@{revision}",
            sequence=day if revision is None else revision,
        )
        return self._record("programme-log", "LogEntry", entry, event, cause, partition)

    def encode_finding(
        self,
        finding: Finding,
        *,
        cause: Cause,
        partition: int,
        explanation: Explanation | None = None,
    ) -> Record:
        """Return the record of a conflict, an opportunity or feedback, on the topic of its kind.

        The explanation travels with it for whoever reads; the hub itself never reads it back.
        """
        type_name, topic = _FINDING_TYPES[finding.kind]
        _check_fields_of_kind(finding)
        event = _Event(
            type=f"{finding.kind}.{finding.status}",
            subject=finding.id,
            id=f"{finding.id}@{finding.revision}",
            sequence=finding.revision,
            classification=finding.classification,
        )
        wire = to_avro(finding)
        if explanation is not None:
            wire |= {"explanation_nl": explanation.nl, "explanation_en": explanation.en}
        return self._framed(topic, type_name, wire, event, cause, partition)

    def encode_connector_state(
        self, state: ConnectorState, *, cause: Cause, partition: int
    ) -> Record:
        """Return the record of what a connector last sent for a row, or of its cursor."""
        key = connector_state_key(state.connector, state.stream, state.row_key)
        event = _Event(type="connector_state.saved", subject=key)
        return self._record("connector-state", "ConnectorState", state, event, cause, partition)

    def _record(
        self,
        topic: str,
        type_name: str,
        value: Any,
        event: _Event,
        cause: Cause,
        partition: int,
    ) -> Record:
        wire = to_avro(value)
        if isinstance(value, ProgrammeEntry):
            wire = _bounded(value, wire)
        return self._framed(topic, type_name, wire, event, cause, partition)

    def _framed(
        self,
        topic: str,
        type_name: str,
        wire: Mapping[str, Any],
        event: _Event,
        cause: Cause,
        partition: int,
    ) -> Record:
        current = self._current[type_name]
        frame = io.BytesIO()
        frame.write(struct.pack(">bI", MAGIC, current.id))
        try:
            fastavro.schemaless_writer(frame, current.schema, wire)
        except Exception as error:  # the library raises many kinds for a value it cannot write
            raise _rejected(f"a {type_name} that Avro cannot write: {error}", "values") from error
        data = frame.getvalue()
        headers = self._headers(event, cause, current.id, data)
        record = Record(topic, event.subject.encode(), data, headers, partition)
        _check_record_size(record)
        return record

    def _headers(self, event: _Event, cause: Cause, schema_id: int, data: bytes) -> Headers:
        subject = event.subject.encode()
        if event.id is None:
            record_id = b"%s@%s" % (subject, _content_hash(data))
        else:
            record_id = event.id.encode()
        time, correlation, causation, traceparent = _cause_texts(cause)
        sequence = None if event.sequence is None else b"%0*d" % (SEQUENCE_DIGITS, event.sequence)
        values: Headers = (
            ("ce_specversion", b"1.0"),
            ("ce_id", record_id),
            ("ce_source", self._source.encode()),
            ("ce_type", f"{self._type_prefix}.{event.type}".encode()),
            ("ce_time", time),
            ("ce_subject", subject),
            ("ce_dataschema", b"/schemas/ids/%d" % schema_id),
            ("ce_sequence", sequence),
            ("ce_recordedtime", time),
            ("ce_correlationid", correlation or record_id),
            ("ce_causationid", causation),
            ("ce_traceparent", traceparent),
            ("ce_dataclassification", event.classification.encode()),
            ("content-type", CONTENT_TYPE),
        )
        return tuple([header for header in values if header[1] is not None])

    # --- decoding ---

    def decode_plan_change(self, value: bytes | None) -> PlanChange:
        """Return the plan change of a record's value, or raise RejectedRecordError."""
        return self._decode(value, PlanChange, "PlanChange")

    def decode_decision(self, value: bytes | None) -> Decision:
        """Return the decision of a record's value, or raise RejectedRecordError."""
        return self._decode(value, Decision, "Decision")

    def decode_reference_item(self, value: bytes | None) -> ReferenceItem:
        """Return the reference item of a record's value, or raise RejectedRecordError."""
        return cast(
            ReferenceItem,
            from_avro(ReferenceItem, self._avro_value(value, ("ReferenceItem",))),
        )

    def decode_facet_state(self, value: bytes | None) -> FacetState:
        """Return the state of one intervention, or raise RejectedRecordError."""
        return self._decode(value, FacetState, "FacetState")

    def decode_programme_entry(self, value: bytes | None) -> ProgrammeEntry:
        """Return the work of a record's value, or raise RejectedRecordError."""
        return self._decode(value, ProgrammeEntry, "ProgrammeEntry")

    def decode_log_entry(self, value: bytes | None) -> LogEntry:
        """Return the log entry of a record's value, or raise RejectedRecordError."""
        return self._decode(value, LogEntry, "LogEntry")

    def decode_finding(self, value: bytes | None) -> Finding:
        """Return the finding of a record's value, or raise RejectedRecordError."""
        return self._decode(value, Finding, *_FINDING_RECORDS)

    def decode_explanation(self, value: bytes | None) -> Explanation:
        """Return the explanation that travels with a finding, or raise RejectedRecordError."""
        wire = self._avro_value(value, _FINDING_RECORDS)
        return Explanation(wire["explanation_nl"], wire["explanation_en"])

    def decode_connector_state(self, value: bytes | None) -> ConnectorState:
        """Return what a connector remembered, or raise RejectedRecordError."""
        return self._decode(value, ConnectorState, "ConnectorState")

    def _decode(self, value: bytes | None, cls: type[T], *type_names: str) -> T:
        return cast(T, from_avro(cls, self._avro_value(value, type_names)))

    def _avro_value(self, value: bytes | None, type_names: tuple[str, ...]) -> Mapping[str, Any]:
        expected = f"a record of type {' or '.join(type_names)}"
        if value is None or len(value) < FRAME_BYTES or value[0] != MAGIC:
            came = "no value" if not value else f"{len(value)} bytes without the frame of an id"
            raise _rejected(came, f"{expected}, framed with byte 0 and a schema id")
        if len(value) > MAX_RECORD_BYTES:
            came = f"{len(value)} bytes"
            raise _rejected(came, f"less than {MAX_RECORD_BYTES}", RejectReason.TOO_LARGE)
        (schema_id,) = struct.unpack_from(">I", value, 1)
        writer = self._writer_schema(schema_id, type_names)
        reader = self._current[writer.type_name]
        source = io.BytesIO(value)
        source.seek(FRAME_BYTES)
        try:
            result = fastavro.schemaless_reader(
                source, writer.schema, None if writer.id == reader.id else reader.schema
            )
        except Exception as error:  # the library raises many kinds for bytes it cannot read
            came = f"bytes that are no {writer.type_name} ({type(error).__name__})"
            raise _rejected(came, f"{expected} under schema id {schema_id}") from error
        left = len(value) - source.tell()
        if left:
            raise _rejected(f"{left} bytes after the end of the record", expected)
        assert isinstance(result, dict)
        return result

    def _writer_schema(self, schema_id: int, type_names: tuple[str, ...]) -> _Parsed:
        released = self._store.by_id.get(schema_id)
        if released is None or released.type_name not in type_names:
            what = "" if released is None else f", which is a {released.type_name}"
            expected = f"the id of a released {' or '.join(type_names)}"
            raise _rejected(f"schema id {schema_id}{what}", expected, RejectReason.UNKNOWN_SCHEMA)
        key = (schema_id, released.type_name)
        if key not in self._readers:
            self._readers[key] = _parsed(released)
        return self._readers[key]

    @cached_property
    def _current(self) -> Mapping[str, _Parsed]:
        """The newest released version of each type: what is written, and what readers expect."""
        return {
            name: _parsed(versions[-1])
            for name, versions in self._store.released.items()
            if versions
        }


def _parsed(released: ReleasedSchema) -> _Parsed:
    schema = fastavro.parse_schema(without_logical_types(released.schema))
    return _Parsed(released.type_name, released.id, schema)


def _rejected(
    came: str, expected: str, reason: RejectReason = RejectReason.UNREADABLE
) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, expected, reason=reason))


@lru_cache(maxsize=64)
def _cause_texts(cause: Cause) -> tuple[bytes, bytes | None, bytes | None, bytes | None]:
    """Return time, correlation, causation and trace parent as they stand in headers.

    All that follows from one record has the same.
    """
    texts = (cause.correlation_id, cause.causation_id, cause.traceparent)
    correlation, causation, traceparent = (
        None if text is None else text.encode() for text in texts
    )
    return time_text(cause.time).encode(), correlation, causation, traceparent


def _content_hash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:_HASH_DIGITS].encode()


def _source_revision(change: PlanChange) -> int | None:
    source = change.intervention.source if change.intervention is not None else change.source
    revision = None if source is None else source.revision
    return revision if revision is None or revision >= 0 else None


def _revision_id(change: PlanChange) -> str | None:
    """Return source system, key and revision, None (content hash) if the source counts none."""
    source = change.intervention.source if change.intervention is not None else change.source
    if source is None or source.system is None or source.revision is None:
        return None
    return f"{source.system}:{source.key or change.intervention_id}@{source.revision}"


def _check_fields_of_kind(finding: Finding) -> None:
    """Stop before a finding loses what its record has no place for."""
    foreign = [
        name
        for name, kind in _FIELDS_OF_KIND.items()
        if finding.kind is not kind and getattr(finding, name) not in (None, ())
    ]
    if foreign:
        raise ContractError(
            f"finding {finding.id}: {', '.join(foreign)} came with kind {finding.kind}; expected"
            " them only with their own kind; correct the rule that made it"
        )


def _classification(work: Intervention | None) -> Classification:
    if work is None or work.classification is None:
        return Classification.RESTRICTED
    return work.classification


def _check_geometry_size(work: Intervention, path: str) -> None:
    if work.geometry is None:
        return
    size = len(geometry_to_avro(work.geometry)["wkb"])
    if size > MAX_GEOMETRY_BYTES:
        came = f"a geometry of {size} bytes"
        expected = f"at most {MAX_GEOMETRY_BYTES} bytes of WKB; simplify it in the source"
        raise RejectedRecordError(Refusal(path, came, expected, reason=RejectReason.TOO_LARGE))


def _check_record_size(record: Record) -> None:
    size = len(record.key) + len(record.value)
    for name, value in record.headers:
        size += len(name) + len(value or b"")
    if size >= MAX_RECORD_BYTES:
        came = f"a record of {size} bytes for '{record.key.decode()[:120]}'"
        raise _rejected(came, f"less than {MAX_RECORD_BYTES} bytes", RejectReason.TOO_LARGE)


def _bounded(entry: ProgrammeEntry, wire: dict[str, Any]) -> dict[str, Any]:
    """Return a wire entry with what is too large for subscribers simplified: as is, and as was.

    The wire form of a work is shared with other records, so it is replaced, never changed.
    """
    before = entry.change.before
    work = _bounded_work(entry.intervention, wire["intervention"])
    if work is not wire["intervention"]:
        wire = {**wire, "intervention": work}
    if before is not None:
        (hint, change), (before_hint, full) = wire["change"], wire["change"][1]["before"]
        work = _bounded_work(before, full)
        if work is not full:
            wire = {**wire, "change": (hint, {**change, "before": (before_hint, work)})}
    return wire


def _bounded_work(work: Intervention, wire: dict[str, Any]) -> dict[str, Any]:
    if work.geometry is None:
        return wire
    hint, full = wire["geometry"]
    if len(full["wkb"]) <= MAX_PUBLISHED_GEOMETRY_BYTES:
        return wire
    simple = simplified_below(
        work.geometry, fits=lambda item: len(to_wkb(item)) <= MAX_PUBLISHED_GEOMETRY_BYTES
    )
    return {**wire, "geometry": (hint, {**full, "wkb": to_wkb(simple), "simplified": True})}
