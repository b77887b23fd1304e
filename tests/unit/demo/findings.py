"""Findings and entries as the topics would give them, for tests of what the demo makes of them."""

from __future__ import annotations

from datetime import date

from hub.demo.ledger import Seen
from hub.model.change import ChangeKind
from hub.model.dates import PlanDate, Window
from hub.model.finding import (
    Certainty,
    Evidence,
    EvidenceValue,
    Finding,
    FindingKind,
    MustAct,
    Severity,
    Status,
)
from hub.model.intervention import Intervention, Source
from hub.model.programme import LastChange, ProgrammeEntry

DAY = date(2026, 11, 24)


def overlap(
    *,
    days: int = 31,
    distance: float = 0.0,
    status: Status = Status.DETECTED,
    parties: tuple[str, str] = ("heat:7", "sewer:1"),
    volatile: EvidenceValue = None,
) -> Finding:
    return Finding(
        id=f"C01:{'|'.join(parties)}",
        kind=FindingKind.CONFLICT,
        rule="C01",
        rule_version=1,
        policy_version="default",
        certainty=Certainty.CERTAIN,
        severity=Severity.HEAVY,
        parties=parties,
        must_act=MustAct("heat-co", parties[0], "role"),
        evidence=(
            Evidence("distance_m", distance, "m", 20),
            Evidence("buffer_m", 20, "m"),
            Evidence("overlap_days_certain", days, "days", 1),
            Evidence("overlap_days_possible", days, "days", 1),
            Evidence("overlaps", True),
            Evidence("overlap_area_m2", 110.0, "m2"),
            Evidence("moving", volatile, volatile=True),
        ),
        status=status,
        first_seen=DAY,
        last_changed=DAY,
    )


def seen(finding: Finding, *, cause_ms: int, broker_ms: int) -> Seen:
    return Seen(finding, cause_ms, broker_ms)


def entry(start: str, end: str, *, before: tuple[str, str] | None = None) -> ProgrammeEntry:
    return ProgrammeEntry(
        intervention=_work(start, end),
        revision=1 if before is None else 2,
        change=LastChange(
            (ChangeKind.ADDED if before is None else ChangeKind.RESCHEDULED,),
            DAY,
            None if before is None else "inspectie",
            (),
            None if before is None else _work(*before),
        ),
    )


def _work(start: str, end: str) -> Intervention:
    return Intervention(
        id="sewer:1",
        title="Vervangen riool",
        window=Window(PlanDate.parse(start), PlanDate.parse(end)),
        source=Source("rioolplan", "1"),
    )
