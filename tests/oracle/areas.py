"""Conflict rules of areas: C13, C14, C15 and C21."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import add_years
from hub.model.vocabulary import NETWORK_DISCIPLINES, AreaKind, TrafficImpact

from .world import Seen, View, Work, iso, overlaps, shape, year


def c13(view: View) -> Iterator[Seen]:
    policy = view.policy(None)
    years, limit = policy["repeat_openings_years"], policy["repeat_openings_limit"]
    for s in view.world.areas.values():
        if s.kind is not AreaKind.STREET_SEGMENT:
            continue
        street = shape(s.geometry)
        works = [
            a
            for a in view.active
            if a.plan.opens_surface is True
            and a.span
            and overlaps(a.footprint, street)
            and view.widened(a, float(policy["coupling_distance_m"]) / 2).intersection(street).area
            / street.area
            >= policy["min_segment_share"]
        ]
        openings = [
            (min(w.span.s_lo for w in group if w.span), group) for group in view.groups(works)
        ]
        past = {
            day.toordinal() for day in s.past_openings or ()
        }  # decided: a day listed twice is one
        best: tuple[int, int, int, list[list[Work]]] | None = None
        for d in sorted({day for day, _ in openings}):
            since = add_years(d, -years)
            counted = [group for day, group in openings if since < day <= d]
            before = sum(since < day <= d for day in past)
            if best is None or len(counted) + before > best[0]:
                best = (len(counted) + before, d, before, counted)
        if best is None or best[0] < limit:
            continue
        count, d, before, counted = best
        parties = [work for group in counted for work in group]
        yield view.conflict(
            "C13",
            (s.id,),
            parties,
            certain=all(_known_to_the_month(group) for group in counted),
            severity="heavy" if count >= limit + 2 else "light",
            act=view.mover_of_all(parties),
            evidence={"openings_count": count, "past_count": before, "last_opening": iso(d)},
            thresholds=(limit,),
            area=s.id,
        )


def _known_to_the_month(group: list[Work]) -> bool:
    spans = [(work.span.s_lo, work.span.s_hi, work.id) for work in group if work.span]
    s_lo, s_hi, _ = min(spans)
    return s_hi - s_lo <= 31


Period = Callable[[Work], tuple[int, int] | None]


def _core(a: Work) -> tuple[int, int] | None:
    return (a.span.s_hi, a.span.e_lo) if a.span and a.span.s_hi < a.span.e_lo else None


def _envelope(a: Work) -> tuple[int, int] | None:
    return (a.span.s_lo, a.span.e_hi) if a.span and a.seasonal else None


def _heaviest(groups: list[list[Work]], period: Period, length: int) -> tuple[int, int, list[Work]]:
    """Return the most days in one stretch, its first day and the works with days in it."""
    best: tuple[int, int, list[Work]] = (0, 0, [])
    times = {work.id: time for group in groups for work in group if (time := period(work))}
    for t in sorted({start for start, _ in times.values()}):
        days: set[int] = set()
        present: list[Work] = []
        busy_groups = 0
        for group in groups:
            here = [
                (work, stretch)
                for work in group
                if work.id in times
                and (
                    stretch := range(max(t, times[work.id][0]), min(t + length, times[work.id][1]))
                )
            ]
            busy_groups += bool(here)
            for work, stretch in here:
                present.append(work)
                days.update(stretch)
        if busy_groups >= 2 and len(days) > best[0]:
            best = (len(days), t, present)
    return best


def c14(view: View) -> Iterator[Seen]:
    policy = view.policy(None)
    limit, length = policy["nuisance_days_limit"], policy["nuisance_period_days"]
    for s in view.world.areas.values():
        if s.kind is not AreaKind.STREET_SEGMENT:
            continue
        works = [
            a
            for a in view.active
            if a.plan.traffic_impact in (TrafficImpact.PARTIAL, TrafficImpact.CLOSED)
            and a.span
            and overlaps(a.footprint, shape(s.geometry))
        ]
        groups = view.groups(works)
        sure, maybe = (_heaviest(groups, period, length) for period in (_core, _envelope))
        certain = sure[0] > limit
        if not certain and maybe[0] <= limit:
            continue
        days, t, parties = sure if certain else maybe
        yield view.conflict(
            "C14",
            (s.id,),
            parties,
            certain=certain,
            severity="heavy" if 2 * days > 3 * limit else "light",
            act=view.mover_of_all(sorted(parties, key=lambda work: work.id)),
            evidence={
                "nuisance_days_certain": sure[0],
                "nuisance_days_possible": maybe[0],
                "period_start": iso(t),
            },
            thresholds=(limit,),
            area=s.id,
        )


def c15(view: View) -> Iterator[Seen]:
    policy = view.policy(None)
    for area in view.world.areas.values():
        free = area.below_ground_free_width_m
        if free is None:
            continue
        here = [a for a in view.live if overlaps(a.footprint, shape(area.geometry))]
        known = [a for a in here if a.plan.below_ground_width_m is not None]
        unknown = [
            a
            for a in here
            if a.plan.below_ground_width_m is None
            and a.plan.opens_surface is True
            and a.plan.discipline in NETWORK_DISCIPLINES
        ]
        claimed = sum(a.plan.below_ground_width_m or 0 for a in known)
        possible = claimed + len(unknown) * policy["min_network_width_m"]
        if claimed <= free and not (unknown and possible > free):
            continue
        parties = sorted([*known, *unknown], key=lambda work: work.id)
        yield view.conflict(
            "C15",
            (area.id,),
            parties,
            certain=claimed > free,
            severity="heavy" if 4 * claimed > 5 * free else "light",
            act=view.mover_of_all(parties),
            evidence={
                "claimed_width_m": float(claimed),
                "free_width_m": float(free),
                "unknown_claims": len(unknown),
            },
            area=area.id,
        )


def c21(view: View) -> Iterator[Seen]:
    policy = view.policy(None)
    most, owners_limit = policy["area_work_limit"], policy["area_owner_limit"]
    for area in view.world.areas.values():
        if area.kind is not AreaKind.NEIGHBOURHOOD:
            continue
        works = [
            a
            for a in view.active
            if a.span
            and a.plan.opens_surface is not False
            and overlaps(a.footprint, shape(area.geometry))
        ]
        too_many: dict[bool, dict[int, list[Work]]] = {True: {}, False: {}}
        last = max((year(a.span.e_hi - 1) for a in works if a.span), default=0)
        for y in range(year(view.today), last + 1):
            busy = [a for a in works if a.span and year(a.span.s_lo) <= y <= year(a.span.e_hi - 1)]
            for sure in (True, False):
                counted = [a for a in busy if not sure or a.plan.opens_surface is True]
                owners = {a.plan.plan_owner for a in counted}
                if counted and len(view.groups(counted)) >= most and len(owners) >= owners_limit:
                    too_many[sure][y] = counted
        certain = bool(too_many[True])
        years = too_many[certain]
        if not years:
            continue
        first = min(years)
        counted = years[first]
        count = len(view.groups(counted))
        yield view.conflict(
            "C21",
            (area.id,),
            counted,
            certain=certain,
            severity="heavy" if count >= 2 * most else "light",
            act=(policy["programme_owner"], "programme_owner"),
            evidence={
                "year": first,
                "works": count,
                "owners": len({a.plan.plan_owner for a in counted}),
                "years": tuple(sorted(years)),
            },
            thresholds=(most, owners_limit),
            area=area.id,
        )
