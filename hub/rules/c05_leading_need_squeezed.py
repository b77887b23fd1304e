"""C05: a rider's process does not fit the leading work (*de leidende opgave kan niet wachten*).

Version 1. Essay 1.3: replacement cannot be put off endlessly while waiting for consensus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Feasibility, Finding, MustAct, Option, Severity
from hub.model.policy import PolicyValues
from hub.rules.deciding import LEAD_THRESHOLDS, expected, is_awaited
from hub.rules.facts import WorkFacts
from hub.rules.movement import later
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import day_of, days, days_of, value
from hub.rules.work import Work

PARTICIPATION = "participation"


@dataclass(frozen=True, slots=True)
class _Process:
    """A process of the rider: the earliest and latest day it is done, and whether that drifts."""

    id: str
    done_lo: int
    done_hi: int
    drifts: bool


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the conflict of a rider that is not ready when the leading work starts."""
    rider, leading = facts.work, facts.leader
    if leading is None or not rider.is_active(facts.ref) or not awaits_riders(leading, facts.ref):
        return
    policy = facts.policy_with(leading)
    processes = list(_processes(facts, policy))
    if not processes:
        return
    assert leading.span is not None
    preparation: int = policy["preparation_days"]
    ready_lo = max(process.done_lo for process in processes) + preparation
    ready_hi = max(process.done_hi for process in processes) + preparation
    if ready_hi > leading.span.s_lo:
        blocking = min(processes, key=lambda process: (-process.done_hi, process.id))
        yield _draft(facts, leading, blocking, ready_lo=ready_lo, ready_hi=ready_hi)


def awaits_riders(leading: Work, ref: int) -> bool:
    """Tell whether a leading work is still to start, in a known window."""
    return leading.span is not None and leading.is_active(ref) and not leading.is_running


def _processes(facts: WorkFacts, policy: PolicyValues) -> Iterator[_Process]:
    plan = facts.work.plan
    if plan.participation is not None and plan.participation.is_open:
        ends = plan.participation.earliest_and_latest_end
        if ends is not None:
            yield _Process(PARTICIPATION, *ends, drifts=False)
    for decision in plan.required_decisions or ():
        if is_awaited(decision):
            due = expected(decision, facts=facts, policy=policy)
            if due.drifts and not due.calendar_known:
                facts.holds_until(facts.ref + 1)
            if due.stands_until is not None:
                facts.holds_until(due.stands_until)
            is_volatile = due.drifts and not due.calendar_known
            yield _Process(decision.id, due.day, due.day, drifts=is_volatile)


def _draft(
    facts: WorkFacts, leading: Work, blocking: _Process, *, ready_lo: int, ready_hi: int
) -> Draft:
    rider = facts.work
    assert leading.span is not None
    start = leading.span
    latest_start = _latest_start(leading)
    beyond = None if latest_start is None else max(0, ready_lo - latest_start)
    late = ready_hi - start.s_lo
    moves = blocking.drifts
    first, second = sorted((rider.id, leading.id))
    return Draft(
        key=(rider.id, leading.id),
        certainty=Certainty.CERTAIN if ready_lo > start.s_hi else Certainty.POSSIBLE,
        severity=Severity.HEAVY if beyond else Severity.LIGHT,
        parties=(first, second),
        must_act=MustAct(rider.owner, rider.id, "leading_does_not_wait"),
        evidence=(
            Evidence("ready_on", iso(ready_hi), volatile=moves),
            Evidence("blocking_process", blocking.id),
            Evidence("leading_start", iso(start.s_lo)),
            Evidence("latest_start", None if latest_start is None else iso(latest_start)),
            Evidence("late_days", late, "days", volatile=moves),
            Evidence("days_beyond_room", beyond, "days", volatile=moves),
        ),
        options=lambda: (
            Option(action="shorten_process", intervention=rider.id, days=-late),
            later(leading, late),
            Option(action="decouple", intervention=rider.id, feasible=Feasibility.YES),
        ),
    )


def _latest_start(leading: Work) -> int | None:
    room, length = leading.plan.shift_room, leading.length
    if room is None or room.latest_end is None or length is None:
        return None
    return room.latest_end.as_exclusive_end - length


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what does not fit, in words."""
    key = finding.id.partition(":")[2].split("|")
    rider, leading = name(key[0]), name(key[1])
    process, late = str(value(finding, "blocking_process")), days_of(finding, "late_days", language)
    start, ready = (day_of(finding, item, language) for item in ("leading_start", "ready_on"))
    beyond = value(finding, "days_beyond_room")
    past = days(beyond, language)
    if language is Language.NL:
        what = "de participatie" if process == PARTICIPATION else f"het besluit '{process}'"
        extra = f" Dat is {past} voorbij de ruimte van de leidende opgave." if beyond else ""
        return (
            f"{rider} rijdt mee met {leading}, dat op zijn vroegst op {start} begint, maar is door "
            f"{what} pas op {ready} klaar, met voorbereiding: tot {late} te laat.{extra}"
        )
    what = "participation" if process == PARTICIPATION else f"the decision '{process}'"
    extra = f" That is {past} beyond the room of the leading work." if beyond else ""
    return (
        f"{rider} rides along with {leading}, which starts on {start} at the earliest, but because "
        f"of {what} it is ready only on {ready}, with preparation: up to {late} late.{extra}"
    )


RULE = Rule(
    id="C05",
    title=Texts(
        nl="De leidende opgave kan niet wachten",
        en="Process of a rider does not fit the leading work",
    ),
    purpose=Texts(
        nl="Een meekoppelend werk waarvan participatie of besluiten te laat klaar zijn.",
        en="A rider whose participation or decisions are ready too late.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("preparation_days", *LEAD_THRESHOLDS),
    depends_on_date=True,
    reads=(
        "role",
        "shift_room",
        "ride_along_with",
        "required_decisions",
        "participation",
    ),
    sums=(
        Texts(
            "te laat = gereed {ready_on} − start leidende opgave {leading_start} = {late_days}",
            "late = ready {ready_on} − start of leading work {leading_start} = {late_days}",
        ),
        Texts(
            "voorbij de schuifruimte = gereed − uiterste start {latest_start} = {days_beyond_room}",
            "beyond the room = ready − latest start {latest_start} = {days_beyond_room}",
        ),
    ),
    explain=explain,
)
