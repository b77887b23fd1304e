"""Keys and CloudEvents headers: what identifies a record, orders it and says what caused it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hub.contracts.codec import Codec
from hub.contracts.records import Cause, Record
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.finding import FindingKind, Status
from hub.model.intervention import Intervention, Source
from hub.model.vocabulary import Classification
from tests.support.wire_examples import VALID

CODEC = Codec(source="/programmehub/test", type_prefix="nl.example")
TIME = datetime(2027, 2, 10, 9, 30, 0, 25, tzinfo=UTC)
ROOT = Cause(time=TIME)


def conflict() -> object:
    """Return the conflict of the examples, as an object."""
    (example,) = [e for e in VALID if (e.type_name, e.name) == ("Conflict", "detected")]
    return CODEC.decode_finding(example.encode().value)


def plan(work: Intervention, cause: Cause = ROOT) -> Record:
    change = PlanChange(at=date(2027, 2, 10), intervention=work)
    return CODEC.encode_plan_change(change, cause=cause, partition=0)


def test_a_record_carries_every_header_of_the_contract() -> None:
    cause = Cause(time=TIME, correlation_id="root", causation_id="log", traceparent="00-a-b-01")
    record = CODEC.encode_finding(conflict(), cause=cause, partition=2)

    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"C01:heat:7|sewer:K-118@1",
        "ce_source": b"/programmehub/test",
        "ce_type": b"nl.example.conflict.detected",
        "ce_time": b"2027-02-10T09:30:00.000025Z",
        "ce_subject": b"C01:heat:7|sewer:K-118",
        "ce_dataschema": b"/schemas/ids/7",
        "ce_sequence": b"00000000000000000001",
        "ce_recordedtime": b"2027-02-10T09:30:00.000025Z",
        "ce_correlationid": b"root",
        "ce_causationid": b"log",
        "ce_traceparent": b"00-a-b-01",
        "ce_dataclassification": b"restricted",
        "content-type": b"application/vnd.apache.avro; framing=confluent",
    }
    assert (record.topic, record.key, record.partition) == (
        "conflicts", b"C01:heat:7|sewer:K-118", 2,
    )  # fmt: skip


@pytest.mark.parametrize("kind", FindingKind)
@pytest.mark.parametrize("status", Status)
def test_the_event_type_says_kind_and_status(kind: FindingKind, status: Status) -> None:
    finding = dataclasses.replace(conflict(), kind=kind, status=status, revision=4)
    record = CODEC.encode_finding(finding, cause=ROOT, partition=0)

    assert record.header("ce_type") == f"nl.example.{kind}.{status}"
    assert record.header("ce_id") == f"{finding.id}@4"
    assert record.topic == {"opportunity": "opportunities", "conflict": "conflicts"}.get(kind, kind)


def test_sequences_sort_as_text_in_the_order_of_their_revisions() -> None:
    def sequence(revision: int) -> str | None:
        finding = dataclasses.replace(conflict(), revision=revision)
        return CODEC.encode_finding(finding, cause=ROOT, partition=0).header("ce_sequence")

    texts = [sequence(n) or "" for n in (1, 2, 9, 10, 11, 100)]

    assert texts == sorted(texts)


def test_a_plan_change_is_identified_by_its_source_key_and_revision() -> None:
    work = Intervention(id="a", source=Source("sewer-plan", "K-1", 4))
    moved = dataclasses.replace(work, source=Source("sewer-plan", "K-1", 5))

    assert plan(work).header("ce_id") == "sewer-plan:K-1@4"
    assert plan(moved).header("ce_id") == "sewer-plan:K-1@5"


def test_without_a_revision_a_plan_change_is_identified_by_its_content() -> None:
    work = Intervention(id="a", title="one", source=Source("sewer-plan", "K-1"))
    same, other = plan(work), plan(dataclasses.replace(work, title="two"))

    assert plan(work).header("ce_id") == same.header("ce_id")
    assert same.header("ce_id") != other.header("ce_id")
    assert same.header("ce_sequence") is None


def test_a_plan_change_at_the_root_correlates_with_itself() -> None:
    record = plan(Intervention(id="a", source=Source("s", "k", 1)))

    assert record.header("ce_correlationid") == record.header("ce_id") == "s:k@1"
    assert record.header("ce_causationid") is None


def test_what_follows_from_a_record_names_the_root_and_the_record_itself() -> None:
    root = plan(Intervention(id="a", source=Source("s", "k", 1)))
    first = Cause.of_record(root.headers, fallback_id="x", broker_time=TIME + timedelta(hours=1))
    middle = plan(Intervention(id="b"), first)
    second = Cause.of_record(middle.headers, fallback_id="y", broker_time=TIME)

    assert first == Cause(time=TIME, correlation_id="s:k@1", causation_id="s:k@1")
    assert second.correlation_id == "s:k@1"
    assert second.causation_id == middle.header("ce_id")


def test_a_record_of_a_foreign_producer_is_named_and_dated_by_the_broker() -> None:
    odd = (("ce_id", b"\xff"), ("ce_time", b"yesterday"))

    for headers in (None, (), odd):
        cause = Cause.of_record(headers, fallback_id="plan-changes-0-7", broker_time=TIME)
        assert cause == Cause(
            time=TIME, correlation_id="plan-changes-0-7", causation_id="plan-changes-0-7"
        )


def test_times_are_written_in_utc() -> None:
    amsterdam = timezone(timedelta(hours=1))
    record = plan(Intervention(id="a"), Cause(time=datetime(2027, 2, 10, 10, 30, tzinfo=amsterdam)))

    assert record.header("ce_time") == "2027-02-10T09:30:00.000000Z"


def test_what_says_nothing_of_who_may_see_it_is_restricted() -> None:
    silent = plan(Intervention(id="a"))
    public = plan(Intervention(id="a", classification=Classification.PUBLIC))
    gone = CODEC.encode_plan_change(
        PlanChange(at=date(2027, 1, 1), withdraw="a", source=WithdrawnSource("s")),
        cause=ROOT,
        partition=0,
    )

    assert silent.header("ce_dataclassification") == "restricted"
    assert public.header("ce_dataclassification") == "public"
    assert gone.header("ce_dataclassification") == "restricted"
