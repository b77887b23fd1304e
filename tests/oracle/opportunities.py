"""Opportunity rules O01, O02 and O03; what is lost of them is told by the lifecycle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hub.model.dates import add_years
from hub.model.reference import PolicyGoal

from .world import Seen, View, Work, iso, overlaps, rounded, shape, year


def _couple(view: View, a: Work, b: Work) -> tuple[Work, Work, int, bool] | None:
    """Return earlier and later work, the needed movement and whether they are apart."""
    from .conflicts import c01_of

    policy = view.policy_of(a, b)
    if not (a.active and b.active and a.span and b.span and a.shape and b.shape):
        return None
    if a.rank >= 4 or b.rank >= 4 or view.joint(a, b) or view.same_project(a, b):
        return None
    if view.own_pair(a, b, policy) or False in (a.plan.opens_surface, b.plan.opens_surface):
        return None
    if view.distance(a, b) > policy["coupling_distance_m"]:
        return None
    if view.shared_extent(a, b) < policy["min_shared_extent"]:
        return None
    x, y = (a, b) if (a.span.s_lo, a.id) < (b.span.s_lo, b.id) else (b, a)
    assert x.span
    assert y.span
    if x.span.e_hi <= y.span.s_lo:
        return x, y, min(y.span.s_lo - x.span.s_lo, y.span.e_hi - x.span.e_hi), True
    return None if c01_of(view, a, b) is not None else (x, y, 0, False)


def is_o01(view: View, a: Work, b: Work) -> bool:
    pair = _couple(view, a, b)
    if pair is None:
        return False
    x, y, movement, _ = pair
    return movement <= (x.room_later or 0) + (y.room_earlier or 0)


def o01(view: View) -> Iterator[Seen]:
    for a, b in view.pairs():
        pair = _couple(view, a, b)
        if pair is None or not is_o01(view, a, b):
            continue
        x, y, movement, apart = pair
        policy = view.policy_of(a, b)
        opens = x.plan.opens_surface is True and y.plan.opens_surface is True
        yield _pair(
            view,
            "O01",
            pair,
            certain=opens and (not apart or (x.precise and y.precise)),
            evidence={
                "move_days_total": movement,
                "room_days": (x.room_later or 0) + (y.room_earlier or 0),
            },
            thresholds=(policy["coupling_distance_m"], policy["min_shared_extent"]),
        )


def o02(view: View) -> Iterator[Seen]:
    from .conflicts import c03_of

    for a, b in view.pairs():
        pair = _couple(view, a, b)
        if pair is None or is_o01(view, a, b):
            continue
        x, y, movement, _ = pair
        assert x.span
        assert y.span
        years = view.policy_of(a, b)["coupling_years"]
        if y.span.s_lo >= add_years(x.span.e_hi, years):
            continue
        if c03_of(view, a, b) is not None or c03_of(view, b, a) is not None:
            continue
        opens = x.plan.opens_surface is True and y.plan.opens_surface is True
        yield _pair(
            view,
            "O02",
            pair,
            certain=opens and y.span.s_hi < add_years(x.span.e_lo, years),
            evidence={
                "gap_days_min": y.span.s_lo - x.span.e_hi,
                "gap_days_max": y.span.s_hi - x.span.e_lo,
                "needed_days": movement,
                "room_days": (x.room_later or 0) + (y.room_earlier or 0),
            },
        )


def _pair(
    view: View,
    rule: str,
    pair: tuple[Work, Work, int, bool],
    *,
    certain: bool,
    evidence: dict[str, Any],
    thresholds: tuple[Any, ...] = (),
) -> Seen:
    x, y, movement, _ = pair
    act = view.mover(*sorted((x, y), key=lambda work: work.id))
    evidence = {
        "distance_m": rounded(view.distance(x, y), 2),
        "shared_extent": rounded(view.shared_extent(x, y), 4),
        **evidence,
    }
    evidence |= {"role_assumed": True} if act[2] else {}
    seen = view.conflict(
        rule,
        sorted((x.id, y.id)),
        (x, y),
        certain=certain,
        severity="info",
        act=act,
        evidence=evidence,
        volatile=("room_days",),
        thresholds=thresholds,
    )
    later, earlier = min(movement, x.room_later or 0), min(movement, y.room_earlier or 0)
    mover_is_y = act[0] is y
    moves = {
        x.id: movement - earlier if mover_is_y else later,
        y.id: -earlier if mover_is_y else later - movement,
    }
    assert x.footprint is not None
    assert y.footprint is not None
    area = float(x.footprint.intersection(y.footprint).area)
    surface = x.plan.surface_type or y.plan.surface_type
    cents = None
    if surface is not None:
        price = view.policy_of(x, y)["reopening_cost_cents_per_m2"][surface.value]
        cents = int(rounded(Decimal(repr(area)) * price, 0))
    nuisance = None
    if x.precise and y.precise:
        nuisance = min(span.e_hi - span.s_lo for span in (x.span, y.span) if span)
    saved = (rounded(area, 1), cents)
    return replace(seen, savings=saved, nuisance_days=nuisance, moves=moves)


# goals -------------------------------------------------------------------------------------


def amount_for(a: Work, goal: PolicyGoal) -> Decimal:
    parts = a.plan.goal_contributions or ()
    return sum((part.amount for part in parts if part.goal == goal.id), Decimal(0))


def contributes(a: Work, goal: PolicyGoal) -> bool:
    return any(part.goal == goal.id for part in a.plan.goal_contributions or ())


def amounts(view: View, goal: PolicyGoal) -> tuple[Decimal, Decimal]:
    """Return the firm and the uncertain amount (F01)."""
    assert goal.due_year is not None
    deadline = _new_year(goal.due_year + 1)
    firm = uncertain = Decimal(0)
    for a in view.works.values():
        amount = amount_for(a, goal)
        completed = a.rank == 5
        if a.rank >= 2 and (a.span.e_hi <= deadline if a.span else completed):
            firm += amount
        elif a.live and (a.span is None or a.span.e_lo <= deadline):
            uncertain += amount
    return firm, uncertain


def _new_year(number: int) -> int:
    from datetime import date

    return date(number, 1, 1).toordinal()


def in_place(view: View, goal: PolicyGoal, a: Work) -> bool:
    if goal.area is not None:
        area = view.world.areas.get(goal.area)
        return area is not None and overlaps(a.footprint, shape(area.geometry))
    return goal.municipality is None or a.plan.municipality == goal.municipality


def silent_works(view: View, goal: PolicyGoal) -> list[Work]:
    def maybe_there(a: Work) -> bool:
        if goal.area is not None:
            return a.shape is None or in_place(view, goal, a)
        either_unknown = goal.municipality is None or a.plan.municipality is None
        return either_unknown or a.plan.municipality == goal.municipality

    return [a for a in view.live if a.plan.goal_contributions is None and maybe_there(a)]


def o03(view: View) -> Iterator[Seen]:
    for goal in view.world.goals.values():
        if goal.target_amount is None or goal.due_year is None or goal.rides_on_disciplines is None:
            continue
        remaining = goal.target_amount - sum(amounts(view, goal))
        candidates = [a for a in view.active if _is_candidate(view, goal, a)]
        if remaining <= 0 or not candidates:
            continue
        sure = [a.id for a in candidates if a.plan.opens_surface is True and a.rank >= 2]
        by = {a.id: a.span.s_lo - _notice(view, a) for a in candidates if a.span}
        seen = view.conflict(
            "O03",
            (goal.id,),
            candidates,
            certain=bool(sure) and not silent_works(view, goal),
            severity="info",
            act=(goal.policy_owner, "policy_owner"),
            evidence={
                "remaining": float(remaining),
                "due_year": goal.due_year,
                "candidates": len(candidates),
                "next_decide_by": iso(min(by.values())),
                "decide_by": tuple(f"{work}:{iso(by[work])}" for work in sorted(by)),
            },
            volatile=("remaining", "next_decide_by"),
            area=goal.area,
        )
        yield replace(seen, goal=goal.id, sure=frozenset(sure))


def _notice(view: View, a: Work) -> int:
    days: int = view.policy_of(a)["ride_along_min_days"]
    return days


def _is_candidate(view: View, goal: PolicyGoal, a: Work) -> bool:
    assert goal.due_year is not None
    assert goal.rides_on_disciplines is not None
    if a.rank >= 4 or a.span is None or a.shape is None or a.plan.opens_surface is False:
        return False
    if a.plan.discipline not in goal.rides_on_disciplines or not in_place(view, goal, a):
        return False
    if any(contributes(b, goal) for b in [a, *view.riders(a)]):
        return False
    soon = a.span.s_lo - view.today < _notice(view, a)
    return year(a.span.s_lo) <= goal.due_year and not soon
