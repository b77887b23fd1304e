"""How far the money of a work is arranged: what C08 and C20 share."""

from __future__ import annotations

from collections.abc import Collection

from hub.model.vocabulary import FundingStatus
from hub.rules.work import Work

APPROVED = frozenset({FundingStatus.APPROVED})
ASKED = frozenset({FundingStatus.APPROVED, FundingStatus.RESERVED, FundingStatus.REQUESTED})


def funded_cents(work: Work, statuses: Collection[FundingStatus]) -> int:
    """Return the sum of the money lines of a work with one of the statuses."""
    return sum(line.amount_cents for line in work.plan.funding or () if line.status in statuses)
