"""C14: hindrance in a street adds up (*stapeling van hinder*).

Version 1. Essay 1.2 and 1.7: limit nuisance, share burdens. Days count once, however many works
hinder then. Envelopes are added up only of works known to the month or better. Works that are joint
are one work, also where only some of them are known that well. Strings of one sewer that are
planned as works of their own are several works, unless they ride along with one of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, Option, Severity
from hub.model.vocabulary import AreaKind, TrafficImpact
from hub.rules.facts import AreaFacts
from hub.rules.movement import MOVER_READS, mover_of_all, unless_both_running
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_area
from hub.rules.wording import day_of, days_of, works_listed
from hub.rules.work import Work

_HINDERS = (TrafficImpact.PARTIAL, TrafficImpact.CLOSED)


_Busy = tuple[int, int, Work]
"""Days `[start, end)` on which a work hinders."""


_Days = tuple[int, tuple[int, int] | None, tuple[int, int] | None]
"""How long a work hinders at most, when it certainly does, and when it may if known that well."""


@dataclass(frozen=True, slots=True)
class _Worst:
    """The period with most days of hindrance: its start, those days, and whose they are."""

    start: int
    days: int
    works: tuple[Work, ...]


_NONE = _Worst(0, 0, ())


def find(facts: AreaFacts) -> Iterator[Draft]:
    """Yield the conflict of a street with hindrance on too many days of a period."""
    works = _hindering(facts)
    limit: int = facts.policy["nuisance_days_limit"]
    ways = [_Covered(busy) for busy in (_certain(works), _possible(works))]
    if all(covered.total <= limit for covered in ways):
        return
    group_of = _groups(facts, works)
    period: int = facts.policy["nuisance_period_days"]
    certain, possible = (_worst(covered, period, group_of) for covered in ways)
    if certain.days > limit or possible.days > limit:
        yield _draft(facts, certain, possible, limit)


def stands(facts: AreaFacts) -> bool:
    """Tell whether a street has hindrance on too many days of a period."""
    works = _hindering(facts)
    limit: int = facts.policy["nuisance_days_limit"]
    period: int = facts.policy["nuisance_period_days"]
    group_of: dict[str, int] = {}
    for busy in (_certain(works), _possible(works)):
        for inside in _Covered(busy).too_full(period, limit):
            group_of = group_of or _groups(facts, works)
            if _is_of_several(inside, group_of):
                return True
    return False


def _is_of_several(inside: Sequence[_Busy], group_of: Mapping[str, int]) -> bool:
    return len({group_of[work.id] for _, _, work in inside}) >= 2


def _hindering(facts: AreaFacts) -> Sequence[tuple[Work, _Days]]:
    """Return the works that hinder in a street, none where they are too few to be too much."""
    if facts.area.kind is not AreaKind.STREET_SEGMENT:
        return ()
    works = facts.bearing_on(bearing)
    if len(works) < 2:
        return ()
    most = sum([longest for _, (longest, _, _) in works])
    return works if most > facts.policy["nuisance_days_limit"] else ()


def _groups(facts: AreaFacts, works: Sequence[tuple[Work, _Days]]) -> dict[str, int]:
    """Return the number of the group of joint works that each belongs to, by id."""
    groups = facts.joint_groups([work for work, _ in works])
    return {work.id: number for number, group in enumerate(groups) for work in group}


def _certain(works: Sequence[tuple[Work, _Days]]) -> list[_Busy]:
    return [(*days, work) for work, (_, days, _) in works if days is not None]


def _possible(works: Sequence[tuple[Work, _Days]]) -> list[_Busy]:
    return [(*days, work) for work, (_, _, days) in works if days is not None]


def bearing(facts: AreaFacts, work: Work) -> _Days | None:
    """Return when a work hinders, None when it does not."""
    span = work.span
    if facts.area.kind is not AreaKind.STREET_SEGMENT or span is None or not _hinders(facts, work):
        return None
    certain = (span.s_hi, span.e_lo) if span.s_hi < span.e_lo else None
    possible = (span.s_lo, span.e_hi) if work.is_seasonal else None
    return span.e_hi - span.s_lo, certain, possible


def _hinders(facts: AreaFacts, work: Work) -> bool:
    return work.plan.traffic_impact in _HINDERS and work.is_active(facts.ref)


def _worst(covered: _Covered, period: int, group_of: Mapping[str, int]) -> _Worst:
    """Return the period from the start of some work with most days of hindrance.

    Only periods in which at least two works are busy count.
    """
    worst = _NONE
    for start in covered.starts():
        days = covered.within(start, start + period)
        if days > worst.days:
            inside = covered.inside(start, start + period)
            if _is_of_several(inside, group_of):
                works = sorted((work for _, _, work in inside), key=lambda work: work.id)
                worst = _Worst(start, days, tuple(works))
    return worst


class _Covered:
    """Counts the days on which at least one work is busy."""

    def __init__(self, busy: list[_Busy]) -> None:
        self._busy = busy
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._days: list[int] = []
        total = 0
        for start, end, _ in sorted(busy, key=_start):
            if self._ends and start <= self._ends[-1]:
                if end > self._ends[-1]:
                    total += end - self._ends[-1]
                    self._ends[-1] = end
                continue
            self._starts.append(start)
            self._ends.append(end)
            self._days.append(total)
            total += end - start
        self.total = total

    def starts(self) -> list[int]:
        """Return the days on which a work starts."""
        return sorted({start for start, _, _ in self._busy})

    def within(self, start: int, end: int) -> int:
        """Return how many covered days lie in a period."""
        return self._before(end) - self._before(start)

    def inside(self, start: int, end: int) -> list[_Busy]:
        """Return who is busy in a period."""
        return [one for one in self._busy if one[0] < end and one[1] > start]

    def too_full(self, period: int, limit: int) -> Iterator[list[_Busy]]:
        """Yield who is busy in each period with too many days, even if it is one work."""
        if self.total > limit:
            for start in self.starts():
                if self.within(start, start + period) > limit:
                    yield self.inside(start, start + period)

    def _before(self, day: int) -> int:
        place = bisect_right(self._starts, day) - 1
        if place < 0:
            return 0
        return self._days[place] + min(day, self._ends[place]) - self._starts[place]


def _start(busy: _Busy) -> int:
    return busy[0]


def _draft(facts: AreaFacts, certain: _Worst, possible: _Worst, limit: int) -> Draft:
    is_certain = certain.days > limit
    worst = certain if is_certain else possible
    mover = mover_of_all(worst.works, facts)
    asked = mover.must_act.intervention
    return Draft(
        key=(facts.area.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if 2 * worst.days > 3 * limit else Severity.LIGHT,
        parties=tuple(work.id for work in worst.works),
        must_act=mover.must_act,
        evidence=(
            Evidence("nuisance_days_certain", certain.days, "days", limit),
            Evidence("nuisance_days_possible", possible.days, "days", limit),
            Evidence("period_start", iso(worst.start)),
        ),
        options=lambda: unless_both_running(
            mover,
            (
                Option(action="combine", intervention=asked),
                Option(action="phase_works", intervention=asked),
            ),
        ),
        area=facts.area.id,
        policy=facts.policy,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how much hindrance there is, in words."""
    is_certain = finding.certainty is Certainty.CERTAIN
    measured_by = "nuisance_days_certain" if is_certain else "nuisance_days_possible"
    hindered = days_of(finding, measured_by, language)
    start, limit = day_of(finding, "period_start", language), finding.evidence[0].threshold
    works = works_listed(finding, language, name)
    if language is Language.NL:
        about = "" if is_certain else "mogelijk "
        return (
            f"In straatdeel {finding.area} is er vanaf {start} {about}{hindered} verkeershinder "
            f"binnen één periode; {limit} is de grens. Door: {works}."
        )
    about = "" if is_certain else "possibly "
    return (
        f"In street section {finding.area} traffic is hindered from {start} for {about}{hindered} "
        f"within one period; {limit} is the limit. By: {works}."
    )


RULE = Rule(
    id="C14",
    title=Texts(nl="Stapeling van hinder", en="Hindrance adds up"),
    purpose=Texts(
        nl="Een straat waar werken na elkaar te veel dagen hinder geven.",
        en="A street where works one after another give hindrance on too many days.",
    ),
    find={Scope.AREA: find},
    stands=stands,
    bearing=bearing,
    unit_of=unit_of_area,
    thresholds=(
        "nuisance_period_days",
        "nuisance_days_limit",
        "coupling_distance_m",
        "leading_disciplines",
        "line_half_width_m",
    ),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "traffic_impact",
    ),
    sums=(
        Texts(
            "{nuisance_days_certain} zeker, {nuisance_days_possible} mogelijk, binnen"
            " {nuisance_period_days}; grens {nuisance_days_limit}",
            "{nuisance_days_certain} certain, {nuisance_days_possible} possible, within"
            " {nuisance_period_days}; limit {nuisance_days_limit}",
        ),
    ),
    explain=explain,
)
