"""What must not travel is refused before it is sent, with the path a JSON reader would name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hub.contracts.codec import Codec
from hub.contracts.json_codec import load_json, read
from hub.contracts.records import Cause
from hub.errors import ContractError, RejectedRecordError
from hub.model.change import PlanChange
from hub.model.dates import PlanDate, Window
from hub.model.finding import Certainty, Finding, FindingKind, MustAct, Savings, Severity
from hub.model.intervention import (
    Dependency,
    FundingLine,
    GoalContribution,
    Intervention,
    RequiredDecision,
)
from hub.model.reference import PolicyConfig
from hub.model.vocabulary import DecisionLevel, FundingStatus, RequiredDecisionStatus
from tests.support.shared import SHARED, needs_shared

CODEC = Codec()
CAUSE = Cause(time=datetime(2027, 1, 1, tzinfo=UTC))
DAY = date(2027, 1, 1)
DECISION = RequiredDecision("credit", DecisionLevel.MUNICIPAL_COUNCIL, RequiredDecisionStatus.TAKEN)
SMALL = GoalContribution("g", Decimal(1))
LONG = Decimal("0.1234567890123456")


def refused_path(work: Intervention) -> str:
    """Return the path at which a plan change with this work is refused."""
    with pytest.raises(RejectedRecordError) as refused:
        CODEC.encode_plan_change(PlanChange(at=DAY, intervention=work), cause=CAUSE, partition=0)
    return refused.value.refusal.path


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"id": "no spaces"}, "id"),
        ({"title": "a" * 2_001}, "title"),
        ({"title": "half a character \ud800"}, ""),
        ({"title": "a\0b"}, "title"),
        ({"cost_cents": 2**53}, "cost_cents"),
        ({"cost_cents": 2**70}, ""),
        ({"duration_days": 0}, "duration_days"),
        ({"municipality": "GM12"}, "municipality"),
        ({"below_ground_width_m": Decimal(0)}, "below_ground_width_m"),
        ({"below_ground_width_m": LONG}, "below_ground_width_m"),
        ({"window": Window(PlanDate.parse("2028"), PlanDate.parse("2027"))}, "window"),
        ({"ride_along_with": "a"}, "ride_along_with"),
        ({"dependencies": (Dependency("b"), Dependency("a"))}, "dependencies[1].on"),
        ({"required_decisions": (DECISION, DECISION)}, "required_decisions[1].id"),
        (
            {"goal_contributions": (SMALL, GoalContribution("g", LONG))},
            "goal_contributions[1].amount",
        ),
    ],
)  # fmt: skip
def test_a_plan_change_that_a_reader_would_refuse_is_not_sent(
    fields: dict[str, Any], path: str
) -> None:
    expected = f"intervention.{path}" if path else ""

    assert refused_path(Intervention(**{"id": "a", **fields})) == expected


def test_a_policy_with_a_threshold_nobody_knows_is_not_sent() -> None:
    policy = PolicyConfig(version="v", values={"no_such_days": 3})

    with pytest.raises(RejectedRecordError, match=r"policy\.values\.no_such_days"):
        CODEC.encode_reference_item(policy, cause=CAUSE, partition=0)


def test_a_conflict_with_savings_stops_before_it_loses_them() -> None:
    finding = Finding(
        id="C01:a|b",
        kind=FindingKind.CONFLICT,
        rule="C01",
        rule_version=1,
        policy_version="default",
        certainty=Certainty.CERTAIN,
        severity=Severity.HEAVY,
        parties=("a", "b"),
        must_act=MustAct(None, None, "undecided"),
        first_seen=DAY,
        last_changed=DAY,
        savings=Savings(),
    )

    with pytest.raises(ContractError, match="savings came with kind conflict"):
        CODEC.encode_finding(finding, cause=CAUSE, partition=0)


WINDOW = Window(PlanDate.parse("2028"), PlanDate.parse("2027"))
MONEY = (FundingLine("x", -1, FundingStatus.APPROVED),)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"id": "a", "window": {"start": "2028", "end": "2027"}}', {"window": WINDOW}),
        ('{"id": "a", "municipality": "GM12"}', {"municipality": "GM12"}),
        (
            '{"id": "a", "funding": [{"source": "x", "amount_cents": -1, "status": "approved"}]}',
            {"funding": MONEY},
        ),
    ],
)
def test_both_codecs_name_the_same_path(text: str, fields: dict[str, Any]) -> None:
    with pytest.raises(RejectedRecordError) as by_json:
        read(Intervention, load_json(text))

    path = refused_path(Intervention(id="a", **fields))

    assert path == f"intervention.{by_json.value.refusal.path}"


@needs_shared
def test_every_work_of_the_design_cases_survives_the_wire() -> None:
    seen = 0
    for path in sorted((SHARED / "design" / "cases").glob("*.json")):
        document = load_json(path.read_bytes())
        works = [*document["interventions"]]
        works += [s["intervention"] for s in document.get("changes", ()) if "intervention" in s]
        for value in works:
            try:
                work = read(Intervention, value)
            except RejectedRecordError:
                continue
            change = PlanChange(at=DAY, intervention=work)
            record = CODEC.encode_plan_change(change, cause=CAUSE, partition=0)
            assert CODEC.decode_plan_change(record.value) == change
            seen += 1

    assert seen > 100
