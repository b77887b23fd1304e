"""Feedback rules F01, F02, F03 and F05; F04 reads the history and stands in the lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hub.model.reference import PolicyGoal
from hub.model.vocabulary import Firmness

from .bundles import approved
from .opportunities import amounts, contributes, silent_works
from .world import Seen, View, Work, rounded, year


def feedback(
    view: View,
    rule: str,
    key: Iterable[str],
    parties: Iterable[Work],
    *,
    certain: bool,
    severity: str,
    act: tuple[Work | str, str],
    evidence: dict[str, Any],
    goal: PolicyGoal | None = None,
    volatile: Iterable[str] = (),
    thresholds: tuple[Any, ...] = (),
) -> Seen:
    seen = view.conflict(
        rule,
        key,
        parties,
        certain=certain,
        severity=severity,
        act=act,
        evidence=evidence,
        volatile=volatile,
        thresholds=thresholds,
        area=goal.area if goal else None,
        capped_by=(),
    )
    return replace(seen, goal=goal.id if goal else None)


def _contributors(view: View, goal: PolicyGoal) -> list[Work]:
    return [a for a in view.works.values() if a.rank >= 0 and contributes(a, goal)]


def _within_horizon(view: View, goal: PolicyGoal) -> bool:
    if goal.due_year is None:
        return False
    horizon = view.policy(goal.municipality)["goal_horizon_years"]
    return bool(goal.due_year - year(view.today) <= horizon)


def f01(view: View) -> Iterator[Seen]:
    for goal in view.world.goals.values():
        contributors = _contributors(view, goal)
        target = goal.target_amount
        if target is None or not _within_horizon(view, goal) or not contributors:
            continue
        firm, uncertain = amounts(view, goal)
        if firm >= target:
            continue
        lacking = target - firm - uncertain
        share = view.policy(goal.municipality)["goal_heavy_shortfall_share"]
        certain = lacking > 0 and not silent_works(view, goal)
        yield feedback(
            view,
            "F01",
            (goal.id,),
            contributors,
            certain=certain,
            severity="heavy" if certain and lacking >= share * target else "light",
            act=(goal.policy_owner, "policy_owner"),
            evidence={
                "target_amount": float(target),
                "firm_amount": float(firm),
                "uncertain_amount": float(uncertain),
                "shortfall_amount": float(max(Decimal(0), lacking)),
            },
            goal=goal,
        )


def f02(view: View) -> Iterator[Seen]:
    for goal in view.world.goals.values():
        policy = view.policy(goal.municipality)
        for tool in goal.instruments or ():
            if not tool.expected_amount or tool.from_year is None or tool.to_year is None:
                continue
            begin = date(tool.from_year, 1, 1).toordinal()
            end = date(tool.to_year + 1, 1, 1).toordinal()
            elapsed = min(Fraction(1), Fraction(view.today - begin, end - begin))
            parties, realised = [], Fraction(0)
            for a in view.works.values():
                parts = [
                    part.amount
                    for part in a.plan.goal_contributions or ()
                    if part.goal == goal.id and part.instrument == tool.id
                ]
                if a.plan.firmness in (Firmness.IN_EXECUTION, Firmness.COMPLETED) and parts:
                    parties.append(a)
                    realised += sum(map(Fraction, parts))
            expected = Fraction(tool.expected_amount) * elapsed
            if elapsed < Fraction(policy["instrument_min_elapsed"]):
                continue
            if realised >= Fraction(policy["instrument_min_ratio"]) * expected:
                continue
            yield feedback(
                view,
                "F02",
                (goal.id, tool.id),
                parties,
                certain=True,
                severity="heavy" if realised == 0 else "light",
                act=(goal.policy_owner, "policy_owner"),
                evidence={
                    "realised_amount": float(realised),
                    "expected_so_far": rounded(expected, 2),
                    "elapsed_share": rounded(elapsed, 4),
                },
                volatile=("expected_so_far", "elapsed_share"),
                goal=goal,
            )


def f03(view: View) -> Iterator[Seen]:
    for a in view.active:
        baseline = a.plan.baseline_start or a.state.first_adopted_start
        riders = view.riders(a)
        policy = view.policy_of(a, *riders)
        if not view.leading(a, policy) or a.span is None or baseline is None:
            continue
        last = baseline.lo if baseline.is_day else baseline.hi - 1
        limit = policy["slippage_days"]
        if a.span.s_hi - baseline.lo <= limit or a.span.s_hi <= last:
            continue
        certain = a.span.s_lo - last > limit
        slip = a.span.s_lo - last if certain else a.span.s_hi - baseline.lo
        steering = a.plan.governance
        client = steering.official_client if steering else None
        told = client if isinstance(client, str) else a.plan.plan_owner
        assert told is not None
        goals = {p.goal for work in [a, *riders] for p in work.plan.goal_contributions or ()}
        seen = feedback(
            view,
            "F03",
            (a.id,),
            [a, *riders],
            certain=certain,
            severity="heavy" if certain and slip > policy["slippage_heavy_days"] else "light",
            act=(told, "slippage"),
            evidence={
                "slip_days": slip,
                "baseline_start": baseline.text,
                "riders": len(riders),
                "goals": tuple(sorted(goals)),
                "cause": a.state.window_cause,
            },
            thresholds=(limit,),
        )
        yield replace(seen, intervention=a.id)


def f05(view: View) -> Iterator[Seen]:
    for goal in view.world.goals.values():
        if not _within_horizon(view, goal):
            continue
        assert goal.due_year is not None
        contributors = _contributors(view, goal)

        def found(
            variant: str,
            *,
            certain: bool,
            severity: str,
            goal: PolicyGoal = goal,
            contributors: list[Work] = contributors,
        ) -> Seen:
            return feedback(
                view,
                "F05",
                (goal.id, variant),
                contributors,
                certain=certain,
                severity=severity,
                act=(goal.policy_owner, "policy_owner"),
                evidence={
                    "variant": variant,
                    "due_year": goal.due_year,
                    "contributors": len(contributors),
                },
                goal=goal,
            )

        if goal.instruments == ():
            yield found("no_instrument", certain=True, severity="light")
        if not any(_funded(a) for a in contributors):
            told = all(
                a.plan.cost_cents is not None and a.plan.funding is not None for a in contributors
            )
            certain = told and not silent_works(view, goal)
            soon = goal.due_year - year(view.today) <= 2
            severity = "heavy" if certain and soon else "light"
            yield found("no_funded_intervention", certain=certain, severity=severity)
    for a in view.active:
        required = view.policy_of(a)["goal_required_disciplines"]
        if a.rank >= 2 and a.plan.discipline in required and a.plan.goal_contributions == ():
            yield feedback(
                view,
                "F05",
                (a.id, "no_goal"),
                [a],
                certain=True,
                severity="light",
                act=(a, "own_plan"),
                evidence={"variant": "no_goal"},
            )


def _funded(a: Work) -> bool:
    if a.plan.cost_cents is None or a.plan.funding is None:
        return False
    return approved(a) >= a.plan.cost_cents
