"""What lacks in the governance of a work: what C10 reports, and C11 repeats per bundle."""

from __future__ import annotations

from hub.model.vocabulary import NOBODY, Capacity, Role, Support
from hub.rules.work import Work

_CLIENTS = ("political_client", "official_client", "delivery_lead")


def gaps_of(work: Work, *, has_riders: bool) -> tuple[str, ...]:
    """Return what is known to lack, sorted; without governance only the leading role is told."""
    governance, cost = work.plan.governance, work.plan.cost_cents
    gaps: list[str] = []
    if has_riders and work.plan.role is not Role.LEADING:
        gaps.append("leading_role")
    if governance is None:
        return tuple(gaps)
    gaps += [name for name in _CLIENTS if getattr(governance, name) is NOBODY]
    mandate = governance.mandate_cents
    if mandate is not None and cost is not None and mandate < cost:
        gaps.append("mandate")
    if governance.support is Support.LOW:
        gaps.append("support")
    if governance.capacity is Capacity.INSUFFICIENT:
        gaps.append("capacity")
    has_client = isinstance(governance.political_client, str)
    if len(set(governance.portfolios or ())) >= 2 and not has_client:
        gaps.append("split_portfolios")
    return tuple(sorted(gaps))


def unknowns_of(work: Work) -> tuple[str, ...]:
    """Return what a work that speaks of its governance does not say, sorted."""
    governance = work.plan.governance
    if governance is None:
        return ()
    return tuple(sorted(name for name in _CLIENTS if getattr(governance, name) is None))
