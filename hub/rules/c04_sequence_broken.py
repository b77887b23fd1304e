"""C04: a work starts before what it waits for is done (*volgorde klopt niet*).

Version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import Span
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import DependencyType
from hub.rules.facts import DependencyFacts
from hub.rules.movement import MOVER_READS, earlier, later, mover_of, unless_both_running
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_dependency
from hub.rules.wording import at_least, days, value


def find(facts: DependencyFacts) -> Iterator[Draft]:
    """Yield the conflict of a dependency whose order the windows do not keep."""
    work, on = facts.work, facts.on
    if work.span is None or not work.is_active(facts.ref):
        return
    if on.is_withdrawn:
        yield _predecessor_withdrawn(facts)
        return
    if on.span is None:
        return
    certain, possible = _shortfall(facts, on.span, work.span)
    if possible >= 1:
        yield _draft(facts, certain, possible)


def _shortfall(facts: DependencyFacts, on: Span, work: Span) -> tuple[int, int]:
    """Return the days that lack for certain and at most."""
    lag = facts.dependency.lag_days
    match facts.dependency.type:
        case DependencyType.FINISH_TO_START:
            return on.e_lo + lag - work.s_hi, on.e_hi + lag - work.s_lo
        case DependencyType.START_TO_START:
            return on.s_lo + lag - work.s_hi, on.s_hi + lag - work.s_lo
        case DependencyType.FINISH_TO_FINISH:
            return on.e_lo + lag - work.e_hi, on.e_hi + lag - work.e_lo


def _draft(facts: DependencyFacts, certain: int, possible: int) -> Draft:
    work, on, dependency = facts.work, facts.on, facts.dependency
    mover = mover_of(on, work, facts)
    heavy = certain > facts.policy["sequence_heavy_days"]

    def options() -> tuple[Option, ...]:
        moves = [later(work, possible)]
        if not on.is_completed:
            moves.append(earlier(on, possible, facts.ref))
        drop = Option(action="drop_dependency", intervention=work.id)
        return unless_both_running(mover, (*moves, drop))

    return Draft(
        key=(work.id, on.id, dependency.type.value),
        certainty=Certainty.CERTAIN if certain >= 1 else Certainty.POSSIBLE,
        severity=Severity.HEAVY if heavy else Severity.LIGHT,
        parties=_parties(facts),
        must_act=mover.must_act,
        evidence=(
            Evidence("shortfall_days_certain", max(0, certain), "days"),
            Evidence("shortfall_days_possible", max(0, possible), "days"),
            Evidence("dependency_type", dependency.type.value),
            Evidence("lag_days", dependency.lag_days, "days"),
        ),
        options=options,
    )


def _predecessor_withdrawn(facts: DependencyFacts) -> Draft:
    work = facts.work
    return Draft(
        key=(work.id, facts.on.id, facts.dependency.type.value),
        certainty=Certainty.CERTAIN,
        severity=Severity.HEAVY,
        parties=_parties(facts),
        must_act=MustAct(work.owner, work.id, "predecessor_withdrawn"),
        evidence=(Evidence("predecessor_withdrawn", True),),
        options=lambda: (Option(action="drop_dependency", intervention=work.id),),
    )


def _parties(facts: DependencyFacts) -> tuple[str, ...]:
    first, second = sorted((facts.work.id, facts.on.id))
    return (first, second)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what collides, in words."""
    key = finding.id.partition(":")[2].split("|")
    work, on, tie = name(key[0]), name(key[1]), key[2]
    dutch = language is Language.NL
    if value(finding, "predecessor_withdrawn"):
        if dutch:
            return f"{work} wacht op {on}, maar dat werk is vervallen."
        return f"{work} waits for {on}, but that work is withdrawn."
    certain, possible = (
        value(finding, f"shortfall_days_{kind}") for kind in ("certain", "possible")
    )
    bound = at_least(is_sure=bool(certain), language=language)
    short, wait = f"{bound} {days(certain or possible, language)}", value(finding, "lag_days")
    lag = f"{days(wait, language)} " if wait else ""
    if dutch:
        order = {"finish_to_start": "begint", "start_to_start": "begint"}.get(tie, "eindigt")
        after = {"start_to_start": "het begin"}.get(tie, "het einde")
        return f"{work} {order} {short} te vroeg: het moet {lag}na {after} van {on}."
    order = {"finish_to_start": "starts", "start_to_start": "starts"}.get(tie, "ends")
    after = {"start_to_start": "the start"}.get(tie, "the end")
    return f"{work} {order} {short} too soon: it must come {lag}after {after} of {on}."


RULE = Rule(
    id="C04",
    title=Texts(nl="Volgorde klopt niet", en="Order broken"),
    purpose=Texts(
        nl="Een werk dat begint of eindigt voordat het werk waarop het wacht zover is.",
        en="A work that starts or ends before the work it waits for has come far enough.",
    ),
    find={Scope.DEPENDENCY: find},
    unit_of=unit_of_dependency,
    thresholds=("sequence_heavy_days", "leading_disciplines"),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "dependencies",
    ),
    sums=(
        Texts(
            "tekort = einde voorganger + {lag_days} − start van dit werk ="
            " {shortfall_days_certain} (zeker), {shortfall_days_possible} (mogelijk)",
            "shortfall = end of predecessor + {lag_days} − start of this work ="
            " {shortfall_days_certain} (certain), {shortfall_days_possible} (possible)",
        ),
    ),
    explain=explain,
)
