"""What works bring to a policy goal: what is firm, what is not, and what remains (F01, O03).

Decimals are counted as they were written: 0.1 and 0.2 make 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.rules.goal_facts import GoalFacts
from hub.rules.work import Work

_ADOPTED_RANK = 2
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What contributors bring by the due year: adopted or done, and not sure to come."""

    firm: Decimal
    uncertain: Decimal


def amount_of(work: Work, goal: str, instrument: str | None = None) -> Decimal:
    """Return what a work adds to a goal, through one instrument where it is given."""
    return sum(
        (
            contribution.amount
            for contribution in work.plan.goal_contributions or ()
            if contribution.goal == goal
            and (instrument is None or contribution.instrument == instrument)
        ),
        _NOTHING,
    )


def amounts_by(facts: GoalFacts, due_year: int) -> Amounts:
    """Return what all contributors bring by the end of a year."""
    deadline = date(due_year + 1, 1, 1).toordinal()
    firm = uncertain = _NOTHING
    for work in facts.contributors:
        amount = amount_of(work, facts.goal.id)
        if _is_firm(work, deadline):
            firm += amount
        elif work.is_live and (work.span is None or work.span.e_lo <= deadline):
            uncertain += amount
    return Amounts(firm, uncertain)


def _is_firm(work: Work, deadline: int) -> bool:
    if work.rank < _ADOPTED_RANK:
        return False
    return work.is_completed if work.span is None else work.span.e_hi <= deadline


def remaining(facts: GoalFacts) -> Decimal | None:
    """Return what is still needed when all works come that may, None where no target is set."""
    goal = facts.goal
    if goal.target_amount is None or goal.due_year is None:
        return None
    amounts = amounts_by(facts, goal.due_year)
    return goal.target_amount - amounts.firm - amounts.uncertain
