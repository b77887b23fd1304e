"""Until when feedback on a policy goal waits: the years before its due year (F01, F05)."""

from __future__ import annotations

from datetime import date

from hub.model.dates import year_of
from hub.rules.goal_facts import GoalFacts


def is_due_within(facts: GoalFacts, due_year: int, years: int) -> bool:
    """Tell whether a goal is due within some years; on its day the answer becomes yes."""
    first_year = due_year - years
    if year_of(facts.ref) >= first_year:
        return True
    facts.holds_until(date(first_year, 1, 1).toordinal())
    return False
