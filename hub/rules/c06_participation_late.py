"""C06: participation ends too late, or takes too long (*participatie past niet*).

Version 1. Essay 1.2 and 1.3: participation up front adds process to the task. A work that rides
along is left to C05, because the leading work sets its time. The length is measured from the latest
start to the earliest end, also where the end is reckoned from a coarse start and a duration: such a
process is told only when it is too long beyond the coarseness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.intervention import Participation
from hub.rules.c05_leading_need_squeezed import awaits_riders
from hub.rules.facts import WorkFacts
from hub.rules.movement import later
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_work
from hub.rules.wording import day_of, days_of, measured

_LATE, _LONG = "late", "long"


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a conflict for a process that does not fit before the work, and for one too long."""
    work, process = facts.work, facts.work.plan.participation
    if process is None or not process.is_open or work.span is None:
        return
    if work.is_running or not work.is_active(facts.ref):
        return
    if facts.leader is not None and awaits_riders(facts.leader, facts.ref):
        return
    yield from _late(facts, process)
    yield from _long(facts, process)


def _late(facts: WorkFacts, process: Participation) -> Iterator[Draft]:
    work, ends = facts.work, process.earliest_and_latest_end
    if ends is None:
        return
    assert work.span is not None
    preparation: int = facts.policy["preparation_days"]
    start, late = work.span, ends[1] + preparation - work.span.s_lo
    if late <= 0:
        return
    yield Draft(
        key=(work.id, _LATE),
        certainty=Certainty.CERTAIN if ends[0] + preparation > start.s_hi else Certainty.POSSIBLE,
        severity=Severity.HEAVY if ends[0] > start.s_hi else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_process"),
        evidence=(
            Evidence("participation_end", iso(ends[1])),
            Evidence("start", iso(start.s_lo)),
            Evidence("late_days", late, "days", 0),
        ),
        options=lambda: (
            Option(action="shorten_process", intervention=work.id, days=-late),
            later(work, late),
        ),
    )


def _long(facts: WorkFacts, process: Participation) -> Iterator[Draft]:
    work = facts.work
    starts, ends = process.earliest_and_latest_start, process.earliest_and_latest_end
    if starts is None or ends is None:
        return
    length, limit = ends[0] - starts[1], facts.policy["participation_max_days"]
    if length <= limit:
        return
    yield Draft(
        key=(work.id, _LONG),
        certainty=Certainty.CERTAIN,
        severity=Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "own_process"),
        evidence=(Evidence("length_days", length, "days", limit),),
        options=lambda: (Option(action="shorten_process", intervention=work.id),),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what does not fit, in words."""
    work, dutch = name(finding.parties[0]), language is Language.NL
    if key_of(finding.id)[-1] == _LONG:
        takes = days_of(finding, "length_days", language)
        limit = measured(finding.evidence[0].threshold, language)
        if dutch:
            return f"De participatie voor {work} duurt minstens {takes}; de grens is {limit}."
        return f"Participation for {work} takes at least {takes}; the limit is {limit}."
    end, start = (day_of(finding, item, language) for item in ("participation_end", "start"))
    late = days_of(finding, "late_days", language)
    if dutch:
        return (
            f"De participatie voor {work} is uiterlijk op {end} klaar. Met de voorbereiding erna "
            f"is dat tot {late} te laat voor de start, op zijn vroegst op {start}."
        )
    return (
        f"Participation for {work} is done by {end}. With the preparation after it that is up to "
        f"{late} too late for the start, on {start} at the earliest."
    )


RULE = Rule(
    id="C06",
    title=Texts(nl="Participatie past niet", en="Participation too late or too long"),
    purpose=Texts(
        nl="Participatie die niet op tijd klaar is voor de start, of te lang duurt.",
        en="Participation that is not done in time for the start, or that takes too long.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("preparation_days", "participation_max_days"),
    depends_on_date=True,
    reads=(
        "ride_along_with",
        "participation",
    ),
    sums=(
        Texts(
            "te laat = einde participatie {participation_end} + voorbereiding"
            " {preparation_days} − start {start} = {late_days}",
            "late = end of participation {participation_end} + preparation"
            " {preparation_days} − start {start} = {late_days}",
        ),
        Texts(
            "duur participatie {length_days} tegen hoogstens {participation_max_days}",
            "participation takes {length_days} against at most {participation_max_days}",
        ),
    ),
    explain=explain,
)
