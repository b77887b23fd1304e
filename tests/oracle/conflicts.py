"""Conflict rules of works and pairs of works: C01-C12, C16-C20."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from hub.model.dates import Span, add_years
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import (
    CalendarKind,
    DependencyType,
    Exemption,
    Firmness,
    FundingStatus,
    MoratoriumEffect,
    PartnerAnswer,
    RequiredDecisionStatus,
    TrafficImpact,
)

from .bundles import approved, bundles, governance_gaps
from .opportunities import is_o01
from .world import Seen, View, Work, iso, overlaps, rounded, shape, year

IMPORTANT = (TrafficImpact.PARTIAL, TrafficImpact.CLOSED)


# C01 ---------------------------------------------------------------------------------------


def presence(x: Work) -> bool | None:
    if x.plan.opens_surface is True or x.plan.traffic_impact in IMPORTANT:
        return True
    nothing = x.plan.opens_surface is False and x.plan.traffic_impact is TrafficImpact.NONE
    return False if nothing else None


def c01(view: View) -> Iterator[Seen]:
    for a, b in view.pairs():
        if (seen := c01_of(view, a, b)) is not None:
            yield seen


def c01_of(view: View, a: Work, b: Work, *, held: bool = False) -> Seen | None:
    policy = view.policy_of(a, b)
    if not (a.span and b.span and a.shape and b.shape) or view.joint(a, b):
        return None
    if view.same_project(a, b) or view.own_pair(a, b, policy):
        return None
    there = [presence(a), presence(b)]
    sizes = ["important" if x.plan.traffic_impact in IMPORTANT else "other" for x in (a, b)]
    buffer = sum(policy[f"buffer_{size}_m"] for size in sizes)
    distance = view.distance(a, b)
    certain_days, possible_days = a.span.overlap_certain(b.span), a.span.overlap_possible(b.span)
    seasonal = a.seasonal and b.seasonal
    gap = max(a.span.s_lo, b.span.s_lo) - min(a.span.e_hi, b.span.e_hi)
    if held:
        near = distance <= buffer + policy["hysteresis_m"]
        together = certain_days >= 1 or (seasonal and gap <= policy["hysteresis_days"])
    else:
        near = distance <= buffer
        together = certain_days >= 1 or (seasonal and possible_days >= 1)
    if False in there or not near or not together:
        return None
    crossing = overlaps(a.footprint, b.footprint)
    assert a.footprint is not None
    assert b.footprint is not None
    act = view.mover(a, b)
    evidence: dict[str, Any] = {
        "distance_m": rounded(distance, 2),
        "buffer_m": rounded(buffer, 2),
        "overlap_days_certain": certain_days,
        "overlap_days_possible": possible_days,
        "overlaps": crossing,
        "overlap_area_m2": rounded(a.footprint.intersection(b.footprint).area, 1),
    }
    evidence |= {"role_assumed": True} if act[2] else {}
    evidence |= {"held": True} if held else {}
    return view.conflict(
        "C01",
        sorted((a.id, b.id)),
        (a, b),
        certain=not held and there == [True, True] and certain_days >= 1,
        severity="heavy" if crossing else "light",
        act=act,
        evidence=evidence,
    )


# C02, C03 ----------------------------------------------------------------------------------


def c02(view: View) -> Iterator[Seen]:
    for a in view.active:
        for m in view.world.moratoria.values():
            period = Span.of_period(m.start.toordinal(), m.end.toordinal())
            if not (a.span and overlaps(a.footprint, shape(m.geometry))):
                continue
            if a.plan.opens_surface is False or a.plan.exemption in m.exempt:
                continue
            if a.span.overlap_possible(period) < 1:
                continue
            sure = a.span.overlap_certain(period)
            yield view.conflict(
                "C02",
                (a.id, m.id),
                (a,),
                certain=a.plan.opens_surface is True and sure >= 1,
                severity="heavy" if m.effect is MoratoriumEffect.BLOCK else "light",
                act=(a, "moratorium"),
                evidence={
                    "overlap_days_certain": sure,
                    "overlap_days_possible": a.span.overlap_possible(period),
                    "moratorium_end": m.end.isoformat(),
                    "effect": m.effect.value,
                },
            )


def c03(view: View) -> Iterator[Seen]:
    for r in view.works.values():
        for o in view.active:
            if r is not o and (seen := c03_of(view, r, o)) is not None:
                yield seen


def c03_of(view: View, r: Work, o: Work) -> Seen | None:
    policy = view.policy_of(r, o)
    exempt: tuple[Exemption, ...] = policy["moratorium_exemptions"]
    causes = {m.caused_by for m in view.world.moratoria.values()}
    if not (r.active or r.plan.firmness is Firmness.COMPLETED) or not o.active:
        return None
    if r.plan.renews_surface is not True or o.plan.opens_surface is False:
        return None
    if o.plan.exemption in exempt or r.id in causes:
        return None
    if not (r.span and o.span and overlaps(r.footprint, o.footprint)):
        return None
    if view.shared_extent(r, o) < policy["min_shared_extent"]:
        return None
    if view.joint(r, o) or view.own_pair(r, o, policy):
        return None
    terms = policy["moratorium_years"]
    if r.plan.surface_type is None:
        shortest, longest = min(terms.values()), max(terms.values())
    else:
        shortest = longest = terms.get(r.plan.surface_type.value, terms["other"])
    if o.span.s_hi < r.span.e_lo or o.span.s_lo >= add_years(r.span.e_hi, longest):
        return None
    after = o.span.s_lo >= r.span.e_hi
    if not after:
        if r.span.overlap_possible(o.span) < 1:
            return None
        if c01_of(view, r, o) is not None or is_o01(view, r, o):
            return None
        other_way_cannot = (
            o.plan.renews_surface is not True
            or r.plan.firmness is Firmness.COMPLETED
            or r.plan.opens_surface is False
            or r.plan.exemption in exempt
            or o.id in causes
        )
        if not other_way_cannot and not (r.span.s_lo, r.id) < (o.span.s_lo, o.id):
            return None
    certain = (
        o.plan.opens_surface is True and after and o.span.s_hi < add_years(r.span.e_lo, shortest)
    )
    assert r.footprint is not None
    assert o.footprint is not None
    return view.conflict(
        "C03",
        (r.id, o.id),
        (r, o),
        certain=certain,
        severity="heavy",
        act=view.mover(r, o),
        evidence={
            "gap_days_min": o.span.s_lo - r.span.e_hi,
            "gap_days_max": o.span.s_hi - r.span.e_lo,
            "moratorium_years": longest,
            "overlap_area_m2": rounded(r.footprint.intersection(o.footprint).area, 1),
        },
    )


# C04 ---------------------------------------------------------------------------------------


def c04(view: View) -> Iterator[Seen]:
    for b in view.active:
        for tie in b.plan.dependencies or ():
            a = view.works.get(tie.on)
            if a is None or b.span is None:
                continue
            key = (b.id, a.id, tie.type.value)
            if a.plan.firmness is Firmness.WITHDRAWN:
                yield view.conflict(
                    "C04",
                    key,
                    (a, b),
                    certain=True,
                    severity="heavy",
                    act=(b, "predecessor_withdrawn"),
                    evidence={"predecessor_withdrawn": True},
                    capped_by=[b],
                )
                continue
            if a.span is None:
                continue
            first, second = {
                DependencyType.FINISH_TO_START: (
                    a.span.e_lo - b.span.s_hi,
                    a.span.e_hi - b.span.s_lo,
                ),
                DependencyType.START_TO_START: (
                    a.span.s_lo - b.span.s_hi,
                    a.span.s_hi - b.span.s_lo,
                ),
                DependencyType.FINISH_TO_FINISH: (
                    a.span.e_lo - b.span.e_hi,
                    a.span.e_hi - b.span.e_lo,
                ),
            }[tie.type]
            sure, maybe = first + tie.lag_days, second + tie.lag_days
            if maybe < 1:
                continue
            yield view.conflict(
                "C04",
                key,
                (a, b),
                certain=sure >= 1,
                severity="heavy" if sure > view.policy_of(a, b)["sequence_heavy_days"] else "light",
                act=view.mover(a, b),
                evidence={
                    "shortfall_days_certain": max(0, sure),
                    "shortfall_days_possible": max(0, maybe),
                    "dependency_type": tie.type.value,
                    "lag_days": tie.lag_days,
                },
            )


# C05, C06, C07: processes ------------------------------------------------------------------


def carried(view: View, a: Work) -> Work | None:
    """Return the leading work that C05 holds the processes of `a` against."""
    lead = view.works.get(a.plan.ride_along_with or "")
    return lead if lead is not None and lead.active and lead.span and not lead.running else None


def c05(view: View) -> Iterator[Seen]:
    for f in view.active:
        lead = carried(view, f)
        if lead is None or lead.span is None:
            continue
        policy = view.policy_of(f, lead)
        ends: list[tuple[int, int, str, bool]] = []
        process = f.plan.participation
        if process is not None and process.is_open and process.earliest_and_latest_end is not None:
            ends.append((*process.earliest_and_latest_end, "participation", False))
        for d in f.plan.required_decisions or ():
            if d.status in (RequiredDecisionStatus.TAKEN, RequiredDecisionStatus.REJECTED):
                continue
            day, _, drifts = view.decided(f, d, policy)
            ends.append((day, day, d.id, drifts))
        if not ends:
            continue
        ready_lo = max(end[0] for end in ends) + policy["preparation_days"]
        ready_hi = max(end[1] for end in ends) + policy["preparation_days"]
        if ready_hi <= lead.span.s_lo:
            continue
        _, _, blocking, drifts = min(ends, key=lambda end: (-end[1], end[2]))
        room = lead.plan.shift_room
        latest = None
        if room is not None and room.latest_end is not None and lead.length is not None:
            latest = room.latest_end.as_exclusive_end - lead.length
        yield view.conflict(
            "C05",
            (f.id, lead.id),
            (f, lead),
            certain=ready_lo > lead.span.s_hi,
            severity="heavy" if latest is not None and ready_lo > latest else "light",
            act=(f, "leading_does_not_wait"),
            evidence={
                "ready_on": iso(ready_hi),
                "blocking_process": blocking,
                "leading_start": iso(lead.span.s_lo),
                "latest_start": None if latest is None else iso(latest),
                "late_days": ready_hi - lead.span.s_lo,
                "days_beyond_room": None if latest is None else max(0, ready_lo - latest),
            },
            volatile=("ready_on", "late_days", "days_beyond_room") if drifts else (),
        )


def c06(view: View) -> Iterator[Seen]:
    for a in view.active:
        process = a.plan.participation
        if a.span is None or a.running or process is None or not process.is_open:
            continue
        if carried(view, a) is not None or process.earliest_and_latest_end is None:
            continue
        policy = view.policy_of(a)
        e_lo, e_hi = process.earliest_and_latest_end
        ready = e_hi + policy["preparation_days"]
        if ready > a.span.s_lo:
            yield view.conflict(
                "C06",
                (a.id, "late"),
                (a,),
                certain=e_lo + policy["preparation_days"] > a.span.s_hi,
                severity="heavy" if e_lo > a.span.s_hi else "light",
                act=(a, "own_process"),
                evidence={
                    "participation_end": iso(e_hi),
                    "start": iso(a.span.s_lo),
                    "late_days": ready - a.span.s_lo,
                },
            )
        starts = process.earliest_and_latest_start
        if starts is not None and e_lo - starts[1] > policy["participation_max_days"]:
            yield view.conflict(
                "C06",
                (a.id, "long"),
                (a,),
                certain=True,
                severity="light",
                act=(a, "own_process"),
                evidence={"length_days": e_lo - starts[1]},
                thresholds=(policy["participation_max_days"],),
            )


def c07(view: View) -> Iterator[Seen]:
    for a in view.active:
        if a.span is None or a.running:
            continue
        policy = view.policy_of(a)
        for d in a.plan.required_decisions or ():
            if d.status is RequiredDecisionStatus.REJECTED:
                yield view.conflict(
                    "C07",
                    (a.id, d.id),
                    (a,),
                    certain=True,
                    severity="heavy",
                    act=(a, "own_process"),
                    evidence={"rejected": True, "level": d.level.value},
                )
            elif d.status is not RequiredDecisionStatus.TAKEN and carried(view, a) is None:
                need_lo, need_hi = (
                    start - policy["preparation_days"] for start in (a.span.s_lo, a.span.s_hi)
                )
                if d.needed_by is not None:
                    need_lo = need_hi = d.needed_by.toordinal()
                day, known, drifts = view.decided(a, d, policy)
                if day <= need_lo:
                    continue
                certain = day > need_hi
                need = need_hi if certain else need_lo
                evidence: dict[str, Any] = {
                    "expected_on": iso(day),
                    "needed_by": iso(need),
                    "late_days": day - need,
                    "level": d.level.value,
                }
                evidence |= {} if known is None else {"calendar_known": known}
                yield view.conflict(
                    "C07",
                    (a.id, d.id),
                    (a,),
                    certain=certain,
                    severity="heavy" if day > a.span.s_hi else "light",
                    act=(a, "own_process"),
                    evidence=evidence,
                    volatile=("expected_on", "late_days") if drifts else (),
                )


# C08, C09, C20: money ----------------------------------------------------------------------


def gates(view: View, a: Work) -> list[int]:
    return sorted(view.calendar_days(CalendarKind.BUDGET_GATE, a))


def c08(view: View) -> Iterator[Seen]:
    for a in view.active:
        cost = a.plan.cost_cents
        policy = view.policy_of(a)
        if a.span is None or not cost or a.plan.funding is None:
            continue
        if a.span.s_lo - view.today > policy["funding_horizon_days"]:
            continue
        asked = sum(
            line.amount_cents
            for line in a.plan.funding
            if line.status is not FundingStatus.REJECTED
        )
        least = policy["funding_gap_min_share"] * cost
        if cost - approved(a) < least:
            continue
        certain = cost - asked >= least
        coming = [gate for gate in gates(view, a) if gate >= view.today]
        soon = a.span.s_hi - view.today <= policy["funding_heavy_days"]
        yield view.conflict(
            "C08",
            (a.id,),
            (a,),
            certain=certain,
            severity="heavy" if soon else "light",
            act=(a, "own_funding"),
            evidence={
                "cost_cents": cost,
                "approved_cents": approved(a),
                "asked_cents": asked,
                "gap_cents": cost - (asked if certain else approved(a)),
                "next_budget_gate": iso(coming[0]) if coming else None,
            },
            volatile=("next_budget_gate",),
        )


def c09(view: View) -> Iterator[Seen]:
    for f in view.active:
        lead = view.works.get(f.plan.ride_along_with or "")
        if lead is None or not lead.active or lead.span is None:
            continue
        money = {
            line.budget_year
            for line in f.plan.funding or ()
            if line.status is not FundingStatus.REJECTED and line.budget_year is not None
        }
        busy = set(range(year(lead.span.s_lo), year(lead.span.e_hi - 1) + 1))
        if not money or money & busy:
            continue
        gap = min(abs(b - y) for b in money for y in busy)
        yield view.conflict(
            "C09",
            (f.id, lead.id),
            (f, lead),
            certain=True,
            severity="heavy" if gap >= 2 else "light",
            act=(f, "role"),
            evidence={
                "rider_budget_years": tuple(sorted(money)),
                "leading_years": tuple(sorted(busy)),
                "gap_years": gap,
            },
        )


def c20(view: View) -> Iterator[Seen]:
    for a in view.active:
        cost = a.plan.cost_cents
        if a.span is None or a.running or not cost or a.plan.funding is None:
            continue
        before = [gate for gate in gates(view, a) if gate < view.today]
        coming = [gate for gate in gates(view, a) if gate >= view.today]
        if approved(a) >= cost or not coming:
            continue
        policy = view.policy_of(a)
        need_lo, need_hi = (
            start - policy["preparation_days"] for start in (a.span.s_lo, a.span.s_hi)
        )
        if coming[0] <= need_lo:
            continue
        certain = coming[0] > need_hi
        need = need_hi if certain else need_lo
        soon = a.span.s_hi - view.today <= policy["funding_heavy_days"]
        yield view.conflict(
            "C20",
            (a.id,),
            (a,),
            certain=certain,
            severity="heavy" if soon else "light",
            act=(a, "own_funding"),
            evidence={
                "last_gate": iso(before[-1]) if before else None,
                "next_gate": iso(coming[0]),
                "late_days": coming[0] - need,
                "needed_by": iso(need),
            },
            volatile=("last_gate", "next_gate", "late_days"),
        )


# C10, C11: steering ------------------------------------------------------------------------


def c10(view: View) -> Iterator[Seen]:
    for a in view.active:
        policy = view.policy_of(a)
        if a.span is None or a.span.s_lo - view.today > policy["governance_horizon_days"]:
            continue
        gaps, unknown = governance_gaps(view, a)
        if gaps or unknown:
            yield view.conflict(
                "C10",
                (a.id,),
                (a,),
                certain=bool(gaps),
                severity="heavy" if len(gaps) >= policy["governance_heavy_gaps"] else "light",
                act=(a, "own_governance"),
                evidence={
                    "gaps": tuple(gaps),
                    "unknown": tuple(unknown),
                    "gap_count": len(gaps),
                },
                thresholds=(policy["governance_heavy_gaps"],),
            )


def c11(view: View, *, held: bool = False) -> Iterator[Seen]:
    """Yield the bundles that are too much; `held`: those kept by hysteresis only."""
    for bundle in bundles(view):
        a = bundle.anchor
        policy = view.policy_of(a)
        if len(bundle.riders) < policy["workability_min_riders"]:
            continue
        limit = policy["workability_limit"]
        certain = bundle.score >= limit
        if held:
            certain = False
            if bundle.score < limit - policy["workability_hysteresis"]:
                continue
        elif not certain and not (bundle.score_max >= limit and 2 * bundle.score >= limit):
            continue
        parties = [a, *bundle.riders]
        gaps = [f"{x.id}:{gap}" for x in parties for gap in governance_gaps(view, x)[0]]
        evidence: dict[str, Any] = {
            "score": bundle.score,
            "score_max": bundle.score_max,
            **bundle.parts,
            "unknown_parts": bundle.unknown_parts,
            "riders": len(bundle.riders),
            "governance_gaps": tuple(sorted(gaps)),
        }
        evidence |= {"held": True} if held else {}
        yield view.conflict(
            "C11",
            (a.id,),
            parties,
            certain=certain,
            severity="heavy" if bundle.score >= policy["workability_heavy"] else "light",
            act=(a, "anchor"),
            evidence=evidence,
            thresholds=(limit,),
        )


# C12 ---------------------------------------------------------------------------------------


def c12(view: View) -> Iterator[Seen]:
    for a in view.active:
        for entry in view.world.calendar.values():
            if a.span is None or not entry.kind.is_period or not _applies(entry, a):
                continue
            times = list(_occurrences(entry, a.span))
            sure = sum(a.span.overlap_certain(time) for time in times)
            maybe = sum(a.span.overlap_possible(time) for time in times)
            if sure < 1 and not (a.seasonal and maybe >= 1):
                continue
            overlap = Span.overlap_certain if sure >= 1 else Span.overlap_possible
            first = next(time for time in times if overlap(a.span, time) >= 1)
            yield view.conflict(
                "C12",
                (a.id, entry.id),
                (a,),
                certain=sure >= 1,
                severity="heavy" if entry.kind is CalendarKind.CLOSED_PERIOD else "light",
                act=(a, "calendar"),
                evidence={
                    "overlap_days_certain": sure,
                    "overlap_days_possible": maybe,
                    "period_start": iso(first.s_lo),
                    "period_end": iso(first.e_hi),
                },
            )


def _applies(entry: CalendarEntry, a: Work) -> bool:
    if entry.municipality is not None and entry.municipality != a.plan.municipality:
        return False
    if entry.disciplines is not None and a.plan.discipline not in entry.disciplines:
        return False
    if entry.work_types is not None and a.plan.work_type not in entry.work_types:
        return False
    return entry.geometry is None or overlaps(a.footprint, shape(entry.geometry))


def _occurrences(entry: CalendarEntry, span: Span) -> Iterator[Span]:
    """Yield the occurrences (decided: one that is too long ends where the next one starts)."""
    assert entry.end is not None
    if not entry.repeat_yearly:
        yield Span.of_period(entry.start.toordinal(), entry.end.toordinal())
        return
    for number in range(200):
        start, end, following = (
            _in_year(day, day.year + number + more)
            for day, more in ((entry.start, 0), (entry.end, 0), (entry.start, 1))
        )
        if start >= span.e_hi:
            return
        yield Span.of_period(start, min(end, following))


def _in_year(day: date, number: int) -> int:
    leap_day = (day.month, day.day) == (2, 29)
    return date(number, day.month, 28 if leap_day else day.day).toordinal()


# C16, C17: who and whom --------------------------------------------------------------------


def c16(view: View) -> Iterator[Seen]:
    for a in view.active:
        policy = view.policy_of(a)
        if (
            not view.leading(a, view.policy_of(a))
            or a.plan.opens_surface is not True
            or a.span is None
        ):
            continue
        if a.span.s_lo - view.today > policy["partner_horizon_days"]:
            continue
        for area in view.world.areas.values():
            if not overlaps(a.footprint, shape(area.geometry)):
                continue
            for n in area.known_networks or ():
                here = [
                    b
                    for b in view.active
                    if b.plan.discipline is n.discipline
                    and b.plan.plan_owner == n.organisation
                    and b.shape is not None
                    and view.distance(a, b) <= policy["coupling_distance_m"]
                ]
                if n.discipline is a.plan.discipline or here:
                    continue
                due = None
                if n.asked_on is not None:
                    due = n.asked_on.toordinal() + policy["partner_answer_days"]
                silent = n.answer is PartnerAnswer.NO_ANSWER and (due is None or view.today > due)
                if n.answer is not PartnerAnswer.HAS_NEED and not silent:
                    continue
                yield view.conflict(
                    "C16",
                    (a.id, area.id, n.discipline.value, n.organisation),
                    (a,),
                    certain=not silent,
                    severity="light" if silent else "heavy",
                    act=(n.organisation, "asked_partner"),
                    evidence={
                        "discipline": n.discipline.value,
                        "organisation": n.organisation,
                        "answer": n.answer.value if n.answer else None,
                        "answer_due": None if due is None else iso(due),
                    },
                    area=area.id,
                )


def c17(view: View) -> Iterator[Seen]:
    for a in view.active:
        policy = view.policy_of(a)
        limit = policy["vulnerable_share_limit"]
        if a.plan.approach_adapted is True:
            continue
        for area in view.world.areas.values():
            share = area.vulnerable_share
            if share is None or share < limit or not overlaps(a.footprint, shape(area.geometry)):
                continue
            process = a.plan.participation
            if a.plan.work_type is not None and a.plan.work_type in policy["sensitive_work_types"]:
                variant, certain = "approach", a.plan.approach_adapted is False
                severity = "heavy" if share >= 2 * limit else "light"
            elif process is not None and process.is_open:
                variant, certain, severity = "participation", False, "light"
            else:
                continue
            yield view.conflict(
                "C17",
                (a.id, area.id, variant),
                (a,),
                certain=certain,
                severity=severity,
                act=(a, "approach"),
                evidence={"variant": variant, "vulnerable_share": rounded(share, 4)},
                thresholds=(limit,),
                area=area.id,
            )


# C18 ---------------------------------------------------------------------------------------


def c18(view: View) -> Iterator[Seen]:
    def issue(
        a: Work, name: str, severity: str, evidence: dict[str, Any], volatile: tuple[str, ...] = ()
    ) -> Seen:
        return view.conflict(
            "C18",
            (a.id, name),
            (a,),
            certain=True,
            severity=severity,
            act=(a, "data"),
            evidence=evidence,
            volatile=volatile,
            capped_by=(),
        )

    for a in view.live:
        policy = view.policy_of(a)
        assert a.plan.firmness is not None
        for name in policy["required_fields"][a.plan.firmness.value]:
            if getattr(a.plan, name) is None:
                yield issue(a, f"missing:{name}", "info", {"field": name})
        process = a.plan.participation
        if process is not None and process.is_open and process.earliest_and_latest_end is None:
            name = "participation.end"
            yield issue(a, f"missing:{name}", "info", {"field": name})
        if a.span is not None and view.today - a.span.e_hi >= policy["ended_grace_days"]:
            evidence = {
                "window_end": iso(a.span.e_hi),
                "days_since_end": view.today - a.span.e_hi,
            }
            yield issue(a, "ended_not_completed", "light", evidence, ("days_since_end",))
        named = {tie.on for tie in a.plan.dependencies or ()}
        named |= {a.plan.ride_along_with} if a.plan.ride_along_with else set()
        unknown = {name for name in named if name not in view.works}
        goals = {part.goal for part in a.plan.goal_contributions or ()}
        unknown |= {goal for goal in goals if goal not in view.world.goals}
        for name in unknown:
            yield issue(a, f"unknown_reference:{name}", "light", {"reference": name})
    yield from _duplicates(view)
    yield from _stale(view)


def _duplicates(view: View) -> Iterator[Seen]:
    for i, a in enumerate(view.live):
        for b in view.live[i + 1 :]:
            systems = [x.plan.source.system if x.plan.source else None for x in (a, b)]
            if not view.same_project(a, b) or a.plan.discipline is not b.plan.discipline:
                continue
            if None in systems or systems[0] == systems[1]:
                continue
            yield view.conflict(
                "C18",
                (*sorted((a.id, b.id)), "duplicate"),
                (a, b),
                certain=True,
                severity="light",
                act=(view.mover(a, b)[0], "data"),
                evidence={"project_number": a.plan.project_number},
                capped_by=(),
            )


def _stale(view: View) -> Iterator[Seen]:
    groups: dict[tuple[str, str], list[date]] = {}
    for a in view.live:
        source = a.plan.source
        if source is None or source.updated_on is None:
            continue
        if view.today - source.updated_on.toordinal() > view.policy_of(a)["stale_days"]:
            owner = a.plan.plan_owner or ""
            groups.setdefault((owner, source.system or "-"), []).append(source.updated_on)
    for (owner, system), days in groups.items():
        yield view.conflict(
            "C18",
            (owner, system, "stale"),
            (),
            certain=True,
            severity="info",
            act=(owner, "data"),
            evidence={"count": len(days), "oldest_updated_on": min(days).isoformat()},
            volatile=("count", "oldest_updated_on"),
        )


# C19 ---------------------------------------------------------------------------------------


def c19(view: View) -> Iterator[Seen]:
    for f in view.active:
        lead = view.works.get(f.plan.ride_along_with or "")
        if lead is None:
            continue
        assert lead.plan.firmness is not None
        assert f.plan.firmness is not None

        def found(
            variant: str,
            *,
            certain: bool,
            severity: str,
            act: tuple[Work, str],
            evidence: dict[str, Any],
            capped_by: list[Work] | None = None,
            f: Work = f,
            lead: Work = lead,
        ) -> Seen:
            return view.conflict(
                "C19",
                (f.id, lead.id, variant),
                (f, lead),
                certain=certain,
                severity=severity,
                act=act,
                evidence={"variant": variant, **evidence},
                capped_by=capped_by,
            )

        if not lead.live:
            yield found(
                "leader_gone",
                certain=True,
                severity="heavy",
                act=(f, "leader_gone"),
                evidence={"leader_firmness": lead.plan.firmness.value},
                capped_by=[f],
            )
            continue
        if lead.active and f.span and lead.span:
            p, q = lead.room_window
            if f.span.s_lo < p or f.span.e_hi > q:
                apart = f.span.e_hi <= p or f.span.s_lo >= q
                yield found(
                    "outside_room",
                    certain=f.span.s_hi < p or f.span.e_lo > q,
                    severity="heavy" if apart else "light",
                    act=(f, "leading_sets_room"),
                    evidence={
                        "room_start": iso(p),
                        "room_end": iso(q),
                        "days_before": max(0, p - f.span.s_lo),
                        "days_after": max(0, f.span.e_hi - q),
                    },
                )
        if f.rank >= 3 and lead.rank <= 1:
            yield found(
                "uncertain_investment",
                certain=True,
                severity="light",
                act=(lead, "leading_uncertain"),
                evidence={
                    "rider_firmness": f.plan.firmness.value,
                    "leader_firmness": lead.plan.firmness.value,
                },
            )
