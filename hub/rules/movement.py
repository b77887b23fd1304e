"""Who is asked to move, and by how much (rules 3.1 and 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.model.finding import Evidence, Feasibility, MustAct, Option
from hub.model.policy import PolicyValues
from hub.rules.facts import Facts
from hub.rules.work import Work, leads, leads_by_assumption

BOTH_RUNNING, UNDECIDED, ONLY_PARTY = "both_running", "undecided", "only_party"
MOVER_READS = ("role", "shift_room")
"""The fields of a work, beside those that every rule reads, that tell who is asked to move."""
_CRITERIA = (
    *("running", "role", "firmness", "shift_room", "registered_later"),
    *(UNDECIDED, BOTH_RUNNING),
)


@dataclass(frozen=True, slots=True)
class Mover:
    """The work that gives way (None: nobody), the criterion, and whether the role was assumed."""

    work: Work | None
    reason: str
    role_assumed: bool = False

    @property
    def must_act(self) -> MustAct:
        """Return who is asked: the mover's plan owner, or nobody."""
        if self.work is None:
            return MustAct(None, None, self.reason)
        return MustAct(self.work.owner, self.work.id, self.reason)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return the note that the leading role was assumed, where it decided."""
        return (Evidence("role_assumed", True),) if self.role_assumed else ()


def mover_of(a: Work, b: Work, facts: Facts) -> Mover:
    """Return which of two works is asked to move: the first criterion that separates them."""
    return (
        _by_running(a, b)
        or _by_role(a, b, facts.policy)
        or _by_firmness(a, b)
        or _by_room(a, b, facts)
        or _by_registration(a, b)
        or Mover(None, UNDECIDED)
    )


def mover_of_all(works: Sequence[Work], facts: Facts) -> Mover:
    """Return which of several works is asked to move: the one that would move for each other one.

    Its reason is the weakest by which it does. A work that need not move for one other cannot be
    it, so one round leaves one candidate, which a second round holds against all.
    """
    if len(works) == 1:
        return Mover(works[0], ONLY_PARTY)
    candidate: Work | None = None
    for work in works:
        candidate = work if candidate is None else mover_of(candidate, work, facts).work
    reason = 0
    for other in works if candidate is not None else ():
        if candidate is None or other is candidate:
            continue
        mover = mover_of(candidate, other, facts)
        reason = max(reason, _CRITERIA.index(mover.reason))
        if mover.work is not candidate:
            candidate = None
    if candidate is not None:
        return Mover(candidate, _CRITERIA[reason])
    running = all(work.is_running for work in works)
    return Mover(None, BOTH_RUNNING if running else UNDECIDED)


def _by_running(a: Work, b: Work) -> Mover | None:
    progress_a, progress_b = _progress(a), _progress(b)
    if progress_a == progress_b:
        return Mover(None, BOTH_RUNNING) if a.is_running else None
    return Mover(a if progress_a < progress_b else b, "running")


def _progress(work: Work) -> int:
    return 2 if work.is_completed else 1 if work.is_running else 0


def _by_role(a: Work, b: Work, policy: PolicyValues) -> Mover | None:
    a_leads, b_leads = leads(a, policy), leads(b, policy)
    if a_leads == b_leads:
        return None
    leader, follower = (a, b) if a_leads else (b, a)
    return Mover(follower, "role", leads_by_assumption(leader, policy))


def _by_firmness(a: Work, b: Work) -> Mover | None:
    if a.rank == b.rank:
        return None
    return Mover(a if a.rank < b.rank else b, "firmness")


def _by_room(a: Work, b: Work, facts: Facts) -> Mover | None:
    room_a, room_b = _total_room(a, facts.ref), _total_room(b, facts.ref)
    if room_a is None or room_b is None:
        return None
    _watch_rooms(a, b, room_a - room_b, facts)
    if room_a == room_b:
        return None
    return Mover(a if room_a > room_b else b, "shift_room")


def _total_room(work: Work, ref: int) -> int | None:
    later, earlier = work.room_later, work.room_earlier(ref)
    return None if later is None or earlier is None else later + earlier


def _watch_rooms(a: Work, b: Work, difference: int, facts: Facts) -> None:
    """Tell when passing time may turn the comparison of two rooms.

    A room shrinks by at most a day per day, so a difference cannot turn sooner than it is large.
    """
    shrinks = [day for work in (a, b) if (day := work.room_shrinks_on(facts.ref)) is not None]
    if shrinks:
        facts.holds_until(min(shrinks) + max(0, abs(difference) - 1))


def _by_registration(a: Work, b: Work) -> Mover | None:
    on_a, on_b = a.registered_on, b.registered_on
    if on_a is None or on_b is None or on_a == on_b:
        return None
    return Mover(a if on_a > on_b else b, "registered_later")


def later(work: Work, days: int) -> Option:
    """Return the option to move a work later by a number of days."""
    return Option(
        action="shift", intervention=work.id, days=days, feasible=_fits(days, work.room_later)
    )


def earlier(work: Work, days: int, ref: int) -> Option:
    """Return the option to move a work earlier by a number of days (given positive)."""
    room = work.room_earlier(ref)
    feasible = _fits(days, room)
    if room is None and work.span is not None and work.span.s_lo - days < ref:
        feasible = Feasibility.NO
    return Option(action="shift", intervention=work.id, days=-days, feasible=feasible)


def _fits(days: int, room: int | None) -> Feasibility:
    if room is None:
        return Feasibility.ASK
    return Feasibility.YES if days <= room else Feasibility.NO


def clear_of(work: Work, start: int, end: int, ref: int) -> tuple[Option, ...]:
    """Return the moves of a work that leave the period `[start, end)` free: later, earlier."""
    assert work.span is not None
    to_later, to_earlier = end - work.span.s_lo, work.span.e_hi - start
    moves = []
    if to_later > 0:
        moves.append(later(work, to_later))
    if to_earlier > 0:
        moves.append(earlier(work, to_earlier, ref))
    return tuple(moves)


def pair_options(a: Work, b: Work, mover: Mover, ref: int) -> tuple[Option, ...]:
    """Return the moves of the mover, and those of the other where none of these lies in its room.

    With nobody to move: those of both, the smaller id first.
    """
    if mover.work is None:
        first, second = sorted((a, b), key=lambda work: work.id)
        return _away(first, second, ref) + _away(second, first, ref)
    other = b if mover.work is a else a
    options = _away(mover.work, other, ref)
    if any(option.feasible is Feasibility.YES for option in options):
        return options
    return options + _away(other, mover.work, ref)


def _away(work: Work, other: Work, ref: int) -> tuple[Option, ...]:
    assert other.span is not None
    return clear_of(work, other.span.s_lo, other.span.e_hi, ref)


def unless_both_running(mover: Mover, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Return the options, or coordination on site where both works are being built."""
    if mover.reason == BOTH_RUNNING:
        return (Option(action="coordinate_site"),)
    return options
