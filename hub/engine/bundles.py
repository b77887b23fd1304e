"""Bundles (*bundels*): the works around each leading work, and how complex doing them together is.

A bundle is anchored on one leading work and never a connected component: in a town nearly all works
are connected in the end (rules 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from hub.engine.facts import View
from hub.engine.state import PlacedWork
from hub.model.bundle import Bundle
from hub.model.policy import PolicyValues
from hub.model.vocabulary import FundingStatus, RequiredDecisionStatus
from hub.rules.facts import ComplexityScore
from hub.rules.work import is_own_pair, leads

_TAKEN = RequiredDecisionStatus.TAKEN
Part = tuple[int, bool]
"""Points, and whether every work told what they are counted from."""


def bundles_of(view: View) -> list[Bundle]:
    """Return all bundles of the programme, by id."""
    found = (bundle_of(view, work) for work in view.state.works)
    return sorted((bundle for bundle in found if bundle is not None), key=lambda item: item.id)


def bundle_of(view: View, anchor_id: str) -> Bundle | None:
    """Return the bundle anchored on a work, None where it leads nothing."""
    anchor = view.work(anchor_id)
    if anchor is None or not _is_anchor(view, anchor):
        return None
    riders = view.riders_of(anchor.id)
    members = sorted({work.id for work in riders} | set(_neighbours(view, anchor)))
    if not members:
        return None
    score = score_of(anchor, riders, view.ref)
    return Bundle(
        id=f"bundle:{anchor.id}",
        anchor=anchor.id,
        members=tuple(members),
        riders=tuple(work.id for work in riders),
        score=score.points,
        score_max=score.most,
        parts=score.parts,
        unknown_parts=score.unknown_parts,
        window=_common_window(view, (anchor.id, *members)),
    )


def is_bundle(view: View, anchor: PlacedWork) -> bool:
    """Tell whether a work leads a bundle, without working the bundle out."""
    if not _is_anchor(view, anchor):
        return False
    return view.has_riders(anchor.id) or any(True for _ in _neighbours(view, anchor))


def _is_anchor(view: View, work: PlacedWork) -> bool:
    return (
        work.plan.opens_surface is True
        and work.span is not None
        and work.place is not None
        and work.is_active(view.ref)
        and leads(work, view.state.policy_of(work))
    )


def _neighbours(view: View, anchor: PlacedWork) -> Iterator[str]:
    """Yield the works near the anchor that could be done in its time."""
    policy: PolicyValues = view.state.policy_of(anchor)
    reach = float(policy["coupling_distance_m"])
    room = anchor.room_window
    assert room is not None
    for other_id in view.state.near(anchor):
        other = view.work(other_id)
        if other is None or not other.is_active(view.ref) or is_own_pair(anchor, other, policy):
            continue
        window = other.room_window
        if window is None or min(room[1], window[1]) <= max(room[0], window[0]):
            continue
        first, second = sorted((anchor, other), key=lambda work: work.id)
        geometry = view.geometries.of(first, second)
        if geometry is not None and geometry.distance_m <= reach:
            yield other_id


def _common_window(view: View, works: Iterable[str]) -> tuple[int, int] | None:
    """Return the days on which all may be busy; works without a window do not narrow it."""
    spans = [
        work.span for key in works if (work := view.work(key)) is not None and work.span is not None
    ]
    start, end = max(span.s_lo for span in spans), min(span.e_hi for span in spans)
    return (start, end) if start < end else None


# -- the complexity score: what is combined, not what lies around it ------------------------------


def score_of(anchor: PlacedWork, riders: Sequence[PlacedWork], ref: int) -> ComplexityScore:
    """Return how complex it is to do a leading work and its riders as one."""
    works = [anchor, *riders]
    counted: dict[str, Part] = {
        "organisations": (6 * (len({work.owner for work in works}) - 1), True),
        "disciplines": (5 * (len({work.plan.discipline for work in works}) - 1), True),
        "portfolios": _portfolios(works),
        "funding_sources": _funding_sources(works),
        "open_decisions": _open_decisions(works),
        "participation": _participation(works),
        "tightness": _tightness(anchor, ref),
        "unsecured_funding": _unsecured_funding(works),
    }
    parts = {name: min(points, _CAPS[name]) for name, (points, _) in counted.items()}
    unknown = sorted(name for name, (_, known) in counted.items() if not known)
    points = sum(parts.values())
    most = points + sum(_CAPS[name] - parts[name] for name in unknown)
    return ComplexityScore(points, most, parts, tuple(unknown))


def tightness_holds_until(anchor: PlacedWork, ref: int) -> int | None:
    """Return the first reference date on which tightness may count other points, None if never.

    The room to move earlier shrinks by a day per day, once the earliest start lies behind.
    """
    later, earlier, length = anchor.room_later, anchor.room_earlier(ref), anchor.length
    shrinks = anchor.room_shrinks_on(ref)
    if later is None or earlier is None or length is None or shrinks is None:
        return None
    slack = later + earlier
    lower = [limit for limit in ((length - 1) // 2, (length - 1) // 4) if limit < slack]
    return shrinks + slack - max(lower) - 1 if lower else None


_CAPS = {
    "organisations": 18,
    "disciplines": 15,
    "portfolios": 12,
    "funding_sources": 12,
    "open_decisions": 12,
    "participation": 9,
    "tightness": 12,
    "unsecured_funding": 10,
}


def _over_works(
    works: Sequence[PlacedWork], values_of: Callable[[PlacedWork], Iterable[object] | None]
) -> tuple[list[object], bool]:
    """Return all values that works tell of, and whether every work tells."""
    told = [values_of(work) for work in works]
    values = [value for some in told if some is not None for value in some]
    return values, all(some is not None for some in told)


def _portfolios(works: Sequence[PlacedWork]) -> Part:
    def of(work: PlacedWork) -> Iterable[object] | None:
        return None if work.plan.governance is None else work.plan.governance.portfolios

    values, known = _over_works(works, of)
    return max(0, 6 * (len(set(values)) - 1)), known


def _funding_sources(works: Sequence[PlacedWork]) -> Part:
    def of(work: PlacedWork) -> Iterable[object] | None:
        if work.plan.funding is None:
            return None
        return [
            line.source for line in work.plan.funding if line.status is not FundingStatus.REJECTED
        ]

    values, known = _over_works(works, of)
    return max(0, 4 * (len(set(values)) - 1)), known


def _open_decisions(works: Sequence[PlacedWork]) -> Part:
    def of(work: PlacedWork) -> Iterable[object] | None:
        if work.plan.required_decisions is None:
            return None
        return [item for item in work.plan.required_decisions if item.status is not _TAKEN]

    values, known = _over_works(works, of)
    return 4 * len(values), known


def _participation(works: Sequence[PlacedWork]) -> Part:
    def of(work: PlacedWork) -> Iterable[object] | None:
        process = work.plan.participation
        if process is None:
            return None
        return [process] if process.is_open else []

    values, known = _over_works(works, of)
    return 3 * len(values), known


def _tightness(anchor: PlacedWork, ref: int) -> Part:
    later, earlier, length = anchor.room_later, anchor.room_earlier(ref), anchor.length
    if later is None or earlier is None or length is None:
        return 0, False
    slack = later + earlier
    if 4 * slack < length:
        return 12, True
    return (6, True) if 2 * slack < length else (0, True)


def _unsecured_funding(works: Sequence[PlacedWork]) -> Part:
    """Return one point per tenth of the cost that is not approved, rounded half up."""
    cost = approved = 0
    for work in works:
        if work.plan.cost_cents is None or work.plan.funding is None:
            return 0, False
        cost += work.plan.cost_cents
        approved += sum(
            line.amount_cents for line in work.plan.funding if line.status is FundingStatus.APPROVED
        )
    if cost == 0:
        return 0, True
    open_cents = cost - min(cost, approved)
    return (20 * open_cents + cost) // (2 * cost), True
