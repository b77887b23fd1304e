"""The example records in `schemas/examples`: what they are, and how their files are written.

`python -m tests.support.wire_examples` writes them anew; a contract test compares. A valid example
holds headers, key, the record as a client reads it, and the bytes. An invalid one holds the bytes,
and the reason and path with which the hub refuses them.
"""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro

from hub.contracts.codec import Codec, Explanation
from hub.contracts.connector_state import ConnectorState
from hub.contracts.json_codec import read
from hub.contracts.records import Cause, Record
from hub.contracts.schema_store import SchemaStore
from hub.model.change import ChangeKind, PlanChange, WithdrawnSource
from hub.model.dates import PlanDate
from hub.model.decision import Decision
from hub.model.facets import Facet, FacetState, TakenDecision
from hub.model.finding import (
    Certainty,
    Evidence,
    Feasibility,
    Finding,
    FindingKind,
    LifecycleFacts,
    MustAct,
    Option,
    ResolutionCause,
    Savings,
    Severity,
    Status,
)
from hub.model.intervention import Intervention
from hub.model.programme import LastChange, LogEntry, ProgrammeEntry, Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    PolicyConfig,
    PolicyGoal,
)
from hub.model.vocabulary import CalendarKind, Classification, DecisionKind
from hub.rules import explain
from hub.rules.rule import Language

FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "examples"
STORE = SchemaStore()
CODEC = Codec(source="/programmehub/examples")
TIME = datetime(2027, 2, 10, 9, 30, tzinfo=UTC)
ROOT = Cause(time=TIME)
FOLLOWS = Cause(
    time=TIME,
    correlation_id="sewer-plan:K-118@4",
    causation_id="work:sewer:K-118@2",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
_STREET = [[1000, 2000], [1120, 2000], [1120, 2012], [1000, 2012], [1000, 2000]]


def _at(x: int, y: int) -> dict[str, Any]:
    ring = [[px + x, py + y] for px, py in _STREET]
    return {"type": "Polygon", "coordinates": [ring]}


SEWER = read(
    Intervention,
    {
        "id": "sewer:K-118",
        "title": "Riool Lindestraat vervangen",
        "plan_owner": "gm-water",
        "municipality": "GM0999",
        "discipline": "sewer",
        "work_type": "replace",
        "firmness": "adopted",
        "role": "leading",
        "window": {"start": "2029-03-01", "end": "2029-09-01"},
        "shift_room": {"earliest_start": "2028-Q4", "latest_end": "2029"},
        "geometry": _at(120_000, 485_000),
        "opens_surface": True,
        "renews_surface": True,
        "surface_type": "paving",
        "traffic_impact": "closed",
        "below_ground_width_m": Decimal("1.5"),
        "cost_cents": 84_000_000,
        "funding": [
            {
                "source": "sewer_levy",
                "amount_cents": 84_000_000,
                "budget_year": 2029,
                "status": "approved",
                "decided_by": "municipal_council",
            }
        ],
        "required_decisions": [
            {"id": "credit", "level": "municipal_council", "status": "submitted"}
        ],
        "participation": {"status": "planned", "start": "2027-09", "end": "2028-05"},
        "governance": {
            "political_client": "wethouder water",
            "delivery_lead": None,
            "mandate_cents": 100_000_000,
            "portfolios": ["water"],
        },
        "dependencies": [],
        "goal_contributions": [{"goal": "rain-2030", "amount": Decimal("350.25")}],
        "classification": "partners",
        "project_number": "P-2029-07",
        "source": {"system": "sewer-plan", "key": "K-118", "revision": 4},
    },
)
HEAT = read(
    Intervention,
    {
        "id": "heat:7",
        "plan_owner": "heat-co",
        "discipline": "heat",
        "firmness": "draft",
        "window": {"start": "2029", "end": "2029"},
        "duration_days": 90,
        "geometry": {
            "type": "LineString",
            "coordinates": [[121_000, 487_010], [121_090, 487_010]],
        },
        "source": {"system": "heat-gis"},
    },
)
ENTRY = ProgrammeEntry(
    intervention=SEWER,
    revision=2,
    change=LastChange(
        kinds=(ChangeKind.RESCHEDULED,),
        at=date(2027, 2, 10),
        cause="inspection moved the need",
        fields=("window",),
        before=HEAT,
    ),
    provenance={"window": "sewer-plan", "geometry": "sewer-plan"},
    first_adopted_start=PlanDate.parse("2028-03-01"),
    window_cause="inspection moved the need",
)
_CONFLICT: dict[str, Any] = {
    "id": "C01:heat:7|sewer:K-118",
    "rule": "C01",
    "rule_version": 1,
    "policy_version": "default",
    "certainty": Certainty.POSSIBLE,
    "severity": Severity.LIGHT,
    "parties": ("heat:7", "sewer:K-118"),
    "must_act": MustAct("heat-co", "heat:7", "role"),
    "evidence": (
        Evidence("distance_m", 0.0, "m", 20),
        Evidence("buffer_m", 20, "m"),
        Evidence("overlap_days_certain", 0, "days", 1),
        Evidence("overlap_days_possible", 184, "days", 1),
        Evidence("overlaps", True),
        Evidence("overlap_area_m2", 420.0, "m2"),
        Evidence("days_to_start", 750, "days", volatile=True),
        Evidence("unknown_fields", ("opens_surface",)),
    ),
    "first_seen": date(2027, 2, 10),
    "last_changed": date(2027, 2, 10),
    "classification": Classification.RESTRICTED,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One valid example: its type, its name, and how its record is made."""

    type_name: str
    name: str
    encode: Callable[[], Record]


def _examples() -> Iterator[Example]:
    upsert = PlanChange(at=date(2027, 2, 10), intervention=SEWER, cause="inspection moved the need")
    yield Example("PlanChange", "upsert", lambda: _plan(upsert))
    sparse = PlanChange(at=date(2027, 2, 10), intervention=HEAT)
    yield Example("PlanChange", "one_facet_with_little", lambda: _plan(sparse))
    gone = PlanChange(
        at=date(2027, 3, 1),
        withdraw="sewer:K-118",
        source=WithdrawnSource("sewer-plan", "K-118", 5),
    )
    yield Example("PlanChange", "withdrawal", lambda: _plan(gone))
    answer = Decision(
        id="d-7",
        kind=DecisionKind.DECLINE,
        by="heat-co",
        on=date(2027, 3, 1),
        finding="O01:heat:7|sewer:K-118",
        reason="no permit",
    )
    yield Example(
        "Decision", "decline", lambda: CODEC.encode_decision(answer, cause=ROOT, partition=0)
    )
    for name, item in _reference_items():
        yield Example(
            "ReferenceItem",
            name,
            lambda item=item: CODEC.encode_reference_item(item, cause=ROOT, partition=0),
        )
    yield Example(
        "ProgrammeEntry",
        "rescheduled",
        lambda: CODEC.encode_programme_entry(ENTRY, cause=FOLLOWS, partition=0),
    )
    state = FacetState(
        id="sewer:K-118",
        facets=(Facet("sewer-plan", SEWER, date(2027, 2, 10), "inspection moved the need"),),
        entry=ENTRY,
        taken=(TakenDecision("d-9", "credit", date(2027, 1, 5)),),
        positions={"plan-changes": 41, "decisions": 3},
    )
    yield Example(
        "FacetState", "state", lambda: CODEC.encode_facet_state(state, cause=FOLLOWS, partition=0)
    )
    for name, body in (
        ("work", WorkState(SEWER, 2, PlanDate.parse("2028-03-01"), "inspection moved the need")),
        ("tick", Tick(date(2027, 2, 11))),
        ("decision", answer),
        ("reference", next(_reference_items())[1]),
    ):
        entry = LogEntry(date(2027, 2, 10), body)
        yield Example(
            "LogEntry",
            name,
            lambda entry=entry: CODEC.encode_log_entry(entry, cause=FOLLOWS, partition=0),
        )
    yield from _finding_examples()
    yield from _connector_examples()


def _plan(change: PlanChange) -> Record:
    return CODEC.encode_plan_change(change, cause=ROOT, partition=0)


def _reference_items() -> Iterator[tuple[str, Any]]:
    yield "goal", read(PolicyGoal, _GOAL)
    yield (
        "calendar",
        CalendarEntry(
            id="breeding",
            kind=CalendarKind.SENSITIVE_PERIOD,
            start=date(2025, 3, 15),
            end=date(2025, 7, 15),
            repeat_yearly=True,
        ),
    )
    yield (
        "moratorium",
        read(
            DigMoratorium,
            {
                "id": "dm-12",
                "geometry": _at(120_000, 485_000),
                "start": "2026-06-01",
                "end": "2031-06-01",
                "effect": "block",
                "exempt": ["emergency"],
            },
        ),
    )
    yield (
        "area",
        read(
            AreaProfile,
            {
                "id": "nb-linden",
                "kind": "neighbourhood",
                "vulnerable_share": Decimal("0.34"),
                "geometry": _at(120_000, 485_000),
                "known_networks": [{"discipline": "gas", "organisation": "grid-co"}],
            },
        ),
    )
    yield (
        "policy",
        PolicyConfig(
            version="gm0999-2027a",
            municipality="GM0999",
            valid_from=date(2027, 1, 1),
            values={
                "moratorium_years": {"paving": 5},
                "workability_limit": Decimal("55.5"),
                "leading_disciplines": ["sewer", "heat"],
                "match_within_owner": True,
            },
        ),
    )


_GOAL = {
    "id": "rain-2030",
    "title": "1200 m2 dak afkoppelen",
    "policy_owner": "pol-climate",
    "target_amount": 1200,
    "unit": "m2_disconnected",
    "due_year": 2030,
    "rides_on_disciplines": ["sewer", "road"],
    "instruments": [{"id": "disconnect-rule", "expected_amount": 800, "from_year": 2025}],
}


def _finding_examples() -> Iterator[Example]:
    def made(finding: Finding, explanation: Explanation | None = None) -> Callable[[], Record]:
        return lambda: CODEC.encode_finding(
            finding, cause=FOLLOWS, partition=0, explanation=explanation
        )

    shift = Option(
        action="shift",
        intervention="heat:7",
        days=62,
        feasible=Feasibility.YES,
        closes=("C01:heat:7|sewer:K-118",),
    )
    detected = Finding(kind=FindingKind.CONFLICT, options=(shift,), **_CONFLICT)
    told = Explanation(*(explain(detected, language=language) for language in Language))
    yield Example("Conflict", "detected", made(detected, told))
    resolved = Finding(
        kind=FindingKind.CONFLICT,
        status=Status.RESOLVED,
        revision=3,
        cause=ResolutionCause.CHANGED,
        facts=LifecycleFacts(as_of=812, ever_answered=True),
        **_CONFLICT,
    )
    yield Example("Conflict", "resolved", made(resolved))
    chance = {**_CONFLICT, "id": "O01:heat:7|sewer:K-118", "rule": "O01", "severity": Severity.INFO}
    yield Example(
        "CouplingOpportunity",
        "detected",
        made(
            Finding(
                kind=FindingKind.OPPORTUNITY,
                savings=Savings(360.5, 2_163_000, None),
                moves={"heat:7": -30},
                **chance,
            )
        ),
    )
    feedback = {**_CONFLICT, "id": "F01:rain-2030", "rule": "F01", "goal": "rain-2030"}
    yield Example(
        "PolicyFeedback",
        "detected",
        made(
            Finding(
                kind=FindingKind.FEEDBACK,
                addressee="pol-climate",
                answer_by=date(2027, 3, 27),
                possible_answers=(DecisionKind.ACCEPT, DecisionKind.DECLINE),
                answer_overdue=False,
                **feedback,
            )
        ),
    )


def _connector_examples() -> Iterator[Example]:
    def made(state: ConnectorState) -> Callable[[], Record]:
        return lambda: CODEC.encode_connector_state(state, cause=ROOT, partition=0)

    row = ConnectorState(
        connector="sewer-plan",
        stream="works",
        row_key="K-118",
        content_hash="6f1ed002ab559585",
        intervention=SEWER,
    )
    yield Example("ConnectorState", "row", made(row))
    cursor = ConnectorState(connector="sewer-plan", stream="works", cursor='{"page": 3}')
    yield Example("ConnectorState", "cursor", made(cursor))


VALID: tuple[Example, ...] = tuple(_examples())


@dataclass(frozen=True, slots=True)
class BadExample:
    """One record that must be refused, with the reason and path."""

    type_name: str
    name: str
    value: bytes
    reason: str
    path: str
    why: str


def decoded(record: bytes, *, type_name: str) -> Any:
    """Return a record as a client with logical types reads it."""
    schema = fastavro.parse_schema(STORE.released[type_name][-1].schema)
    return fastavro.schemaless_reader(io.BytesIO(record[5:]), schema, None)


def framed(value: dict[str, Any], *, type_name: str) -> bytes:
    """Return a record with any value that its schema allows, however wrong for the model."""
    released = STORE.released[type_name][-1]
    out = io.BytesIO(struct.pack(">bI", 0, released.id))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(released.schema), value)
    return out.getvalue()


def changed(example: str, type_name: str, path: str, value: Any) -> bytes:
    """Return the bytes of a valid example in which one value is another."""
    (valid,) = [e for e in VALID if (e.type_name, e.name) == (type_name, example)]
    record = decoded(valid.encode().value, type_name=type_name)
    *parents, last = path.split(".")
    node = record
    for name in parents:
        node = node[int(name)] if name.isdigit() else node[name]
    node[last] = value
    return framed(record, type_name=type_name)


def _invalid() -> Iterator[BadExample]:
    good = VALID[0].encode().value
    yield BadExample("PlanChange", "cut_off", good[:60], "unreadable", "", "ends in the middle")
    yield BadExample(
        "PlanChange", "no_frame", b"{" + good[1:], "unreadable", "", "the first byte is not 0"
    )
    yield BadExample(
        "PlanChange",
        "unknown_schema",
        good[:1] + struct.pack(">I", 4_000_000_000) + good[5:],
        "unknown_schema",
        "",
        "no released schema has this id",
    )
    yield BadExample(
        "PlanChange", "something_after", good + b"\0", "unreadable", "", "bytes after the end"
    )
    empty = {"text": "2028-01-01", "lo": None, "hi": None}
    cases = (
        ("empty_window", "intervention.window.end", empty, "invalid_value", "intervention.window",
         "the window ends before it starts"),
        ("no_date", "intervention.window.start.text", "2028-13", "invalid_value",
         "intervention.window.start.text", "there is no month 13"),
        ("bad_id", "intervention.id", "rue de l'Été", "invalid_value", "intervention.id",
         "an id has letters without accents, digits and . _ : / -"),
        ("no_geometry", "intervention.geometry.wkb", b"", "missing_field", "intervention.geometry",
         "a geometry without its bytes"),
        ("broken_geometry", "intervention.geometry.wkb", b"\1\3\0\0\0\xff\xff\xff\xff",
         "invalid_geometry", "intervention.geometry.wkb", "four thousand million rings"),
        ("negative_money", "intervention.cost_cents", -1, "invalid_value",
         "intervention.cost_cents", "money is 0 or more"),
        ("no_number", "intervention.below_ground_width_m", float("nan"), "invalid_value",
         "intervention.below_ground_width_m", "not a number"),
        ("too_many_digits", "intervention.below_ground_width_m", 0.1 + 0.2, "invalid_value",
         "intervention.below_ground_width_m", "more digits than come back as written"),
        ("unknown_status", "intervention.funding.0.status", "unknown", "invalid_value",
         "intervention.funding[0].status", "the status of a money line must be known"),
        ("nobody_and_somebody", "intervention.governance.known_nobody", ["political_client"],
         "invalid_value", "intervention.governance.known_nobody[0]",
         "a client that is named is not nobody"),
        ("no_day", "at", None, "missing_field", "at", "a change has a business day"),
        ("neither", "intervention", None, "invalid_value", "",
         "a change carries an intervention or a withdrawal"),
    )  # fmt: skip
    for name, place, value, reason, path, why in cases:
        data = changed("upsert", "PlanChange", place, value)
        yield BadExample("PlanChange", name, data, reason, path, why)
    yield BadExample(
        "Decision",
        "unknown_kind",
        changed("decline", "Decision", "kind", "unknown"),
        "invalid_value",
        "kind",
        "a kind this version does not know",
    )
    yield BadExample(
        "ReferenceItem",
        "nothing",
        changed("goal", "ReferenceItem", "goal", None),
        "invalid_value",
        "",
        "a reference item of no kind that this version knows",
    )
    yield BadExample(
        "ReferenceItem",
        "unknown_threshold",
        changed("policy", "ReferenceItem", "policy.values", {"no_such_days": 3}),
        "invalid_value",
        "policy.values.no_such_days",
        "a threshold that no rule uses",
    )


INVALID: tuple[BadExample, ...] = tuple(_invalid())


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value


def files() -> dict[Path, str]:
    """Return every example file with its text."""
    result: dict[Path, str] = {}
    for example in VALID:
        record = example.encode()
        content = {
            "topic": record.topic,
            "key": record.key.decode(),
            "headers": {name: value.decode() for name, value in record.headers},
            "record": _json(decoded(record.value, type_name=example.type_name)),
            "value_base64": _json(record.value),
        }
        result[FOLDER / example.type_name / f"{example.name}.json"] = _text(content)
    for bad in INVALID:
        content = {
            "why": bad.why,
            "refused": {"reason": bad.reason, "path": bad.path},
            "value_base64": _json(bad.value),
        }
        result[FOLDER / bad.type_name / "invalid" / f"{bad.name}.json"] = _text(content)
    return result


def _text(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
