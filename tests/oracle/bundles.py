"""Bundles around a leading work and their complexity score (specification, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hub.model.vocabulary import NOBODY, Capacity, FundingStatus, RequiredDecisionStatus, Support

from .world import View, Work

CAPS = {
    "organisations": 18,
    "disciplines": 15,
    "portfolios": 12,
    "funding_sources": 12,
    "open_decisions": 12,
    "participation": 9,
    "tightness": 12,
    "unsecured_funding": 10,
}


@dataclass(frozen=True)
class OracleBundle:
    """A bundle as the specification describes it."""

    anchor: Work
    members: tuple[str, ...]
    riders: tuple[Work, ...]
    parts: dict[str, int]
    unknown_parts: tuple[str, ...]
    window: tuple[int, int] | None

    @property
    def score(self) -> int:
        return sum(self.parts.values())

    @property
    def score_max(self) -> int:
        return sum(
            CAPS[name] if name in self.unknown_parts else points
            for name, points in self.parts.items()
        )


def bundles(view: View) -> list[OracleBundle]:
    found = []
    for a in view.active:
        if not (
            view.leading(a, view.policy_of(a))
            and a.plan.opens_surface is True
            and a.span
            and a.shape
        ):
            continue
        riders = view.riders(a)
        members = [b for b in view.active if b is not a and (b in riders or _beside(view, a, b))]
        if members:
            parts, unknown = _score(a, riders)
            ids = tuple(work.id for work in members)
            window = _common([a, *members])
            found.append(OracleBundle(a, ids, tuple(riders), parts, unknown, window))
    return found


def _beside(view: View, a: Work, b: Work) -> bool:
    policy = view.policy_of(a)
    if not (b.span and b.shape) or view.own_pair(a, b, policy):
        return False
    (start, end), (other_start, other_end) = a.room_window, b.room_window
    near = view.distance(a, b) <= policy["coupling_distance_m"]
    return near and max(start, other_start) < min(end, other_end)


def _common(works: list[Work]) -> tuple[int, int] | None:
    spans = [work.span for work in works if work.span]
    start, end = max(span.s_lo for span in spans), min(span.e_hi for span in spans)
    return (start, end) if start < end else None


def _score(a: Work, riders: list[Work]) -> tuple[dict[str, int], tuple[str, ...]]:
    works = [a, *riders]
    plans = [work.plan for work in works]
    unknown = set()
    portfolios: set[str] = set()
    sources: set[str] = set()
    decisions = processes = 0
    for plan in plans:
        if plan.governance is None or plan.governance.portfolios is None:
            unknown.add("portfolios")
        else:
            portfolios |= set(plan.governance.portfolios)
        if plan.funding is None:
            unknown.add("funding_sources")
        sources |= {
            line.source for line in plan.funding or () if line.status is not FundingStatus.REJECTED
        }
        if plan.required_decisions is None:
            unknown.add("open_decisions")
        decisions += sum(
            d.status is not RequiredDecisionStatus.TAKEN for d in plan.required_decisions or ()
        )
        if plan.participation is None:
            unknown.add("participation")
        elif plan.participation.is_open:
            processes += 1
    parts = {
        "organisations": 6 * (len({plan.plan_owner for plan in plans}) - 1),
        "disciplines": 5 * (len({plan.discipline for plan in plans}) - 1),
        "portfolios": max(0, 6 * (len(portfolios) - 1)),
        "funding_sources": max(0, 4 * (len(sources) - 1)),
        "open_decisions": 4 * decisions,
        "participation": 3 * processes,
        "tightness": 0,
        "unsecured_funding": 0,
    }
    if a.room_later is None or a.room_earlier is None or a.length is None:
        unknown.add("tightness")
    else:
        slack = Fraction(a.room_later + a.room_earlier, a.length)
        parts["tightness"] = 12 if slack < Fraction(1, 4) else 6 if slack < Fraction(1, 2) else 0
    if any(plan.cost_cents is None or plan.funding is None for plan in plans):
        unknown.add("unsecured_funding")
    else:
        cost = sum(plan.cost_cents or 0 for plan in plans)
        share = Fraction(sum(map(approved, works)), cost) if cost else Fraction(1)
        lacking = 10 * (1 - min(Fraction(1), share)) + Fraction(1, 2)
        parts["unsecured_funding"] = lacking.numerator // lacking.denominator
    return {name: min(CAPS[name], points) for name, points in parts.items()}, tuple(sorted(unknown))


def approved(a: Work) -> int:
    lines = a.plan.funding or ()
    return sum(line.amount_cents for line in lines if line.status is FundingStatus.APPROVED)


def governance_gaps(view: View, a: Work) -> tuple[list[str], list[str]]:
    """Return the gaps and the unknowns of C10, both sorted."""
    gaps, unknown = [], []
    steering = a.plan.governance
    if steering is not None:
        for name in ("political_client", "official_client", "delivery_lead"):
            value = getattr(steering, name)
            if value is NOBODY:
                gaps.append(name)
            elif value is None:
                unknown.append(name)
        mandate, cost = steering.mandate_cents, a.plan.cost_cents
        if mandate is not None and cost is not None and mandate < cost:
            gaps.append("mandate")
        if steering.support is Support.LOW:
            gaps.append("support")
        if steering.capacity is Capacity.INSUFFICIENT:
            gaps.append("capacity")
        client = steering.political_client
        if len(set(steering.portfolios or ())) >= 2 and client in (None, NOBODY):
            gaps.append("split_portfolios")
    if view.riders(a) and (a.plan.role is None or a.plan.role.value != "leading"):
        gaps.append("leading_role")
    return sorted(gaps), sorted(unknown)
