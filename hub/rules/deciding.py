"""When a required decision is expected (rules 3.2), and how that day moves with the calendar."""

from __future__ import annotations

from dataclasses import dataclass

from hub.model.intervention import RequiredDecision
from hub.model.policy import PolicyValues
from hub.model.vocabulary import CalendarKind, DecisionLevel, RequiredDecisionStatus
from hub.rules.facts import WorkFacts

_LEAD = {
    DecisionLevel.MUNICIPAL_EXECUTIVE: "lead_days_executive",
    DecisionLevel.MUNICIPAL_COUNCIL: "lead_days_council",
    DecisionLevel.OWN_ORGANISATION: "lead_days_own",
}
LEAD_THRESHOLDS = tuple(_LEAD.values())
_MEETING = {
    DecisionLevel.MUNICIPAL_EXECUTIVE: CalendarKind.EXECUTIVE_MEETING,
    DecisionLevel.MUNICIPAL_COUNCIL: CalendarKind.COUNCIL_MEETING,
}


@dataclass(frozen=True, slots=True)
class ExpectedDecision:
    """The day a decision is expected.

    `calendar_known` is None where no calendar matters. `drifts` tells that the day moves along with
    the reference date; else it stands at least until `stands_until`, None for as long as it takes.
    """

    day: int
    calendar_known: bool | None
    drifts: bool
    stands_until: int | None


def is_awaited(decision: RequiredDecision) -> bool:
    """Tell whether a decision is still to come."""
    return decision.status in (
        RequiredDecisionStatus.NOT_STARTED,
        RequiredDecisionStatus.SUBMITTED,
    )


def expected(
    decision: RequiredDecision, *, facts: WorkFacts, policy: PolicyValues
) -> ExpectedDecision:
    """Return when an awaited decision of the work is expected."""
    lead: int = policy[_LEAD[decision.level]]
    ref = facts.ref
    clock = None if decision.submitted_on is None else decision.submitted_on.toordinal() + lead
    base = max(ref, ref + lead if clock is None else clock)
    drifts = clock is None or clock <= ref
    runs_out = None if drifts else clock
    kind = _MEETING.get(decision.level)
    if kind is None:
        return ExpectedDecision(base, None, drifts, runs_out)
    meeting = facts.first_meeting(kind, base)
    if meeting is None:
        return ExpectedDecision(base, False, drifts, runs_out)
    missed = meeting - lead + 1 if clock is None else meeting + 1
    return ExpectedDecision(meeting, True, False, missed)
