"""C18: the programme cannot be trusted here (*gegevens niet op orde*).

Version 1. Looks at live works, also those whose window is over. Always certain, never capped.
Of a duplicate the mover is asked, or nobody; its reason stays `data`, so `correct_data` remains the
option also where both works are running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.rules.facts import PairFacts, SourceFacts, WorkFacts
from hub.rules.movement import mover_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit, key_of
from hub.rules.wording import value
from hub.rules.work import Work, is_same_project

_MISSING, _REFERENCE = "missing:", "unknown_reference:"
_STALE, _ENDED, _DUPLICATE = "stale", "ended_not_completed", "duplicate"


def find_in_work(facts: WorkFacts) -> Iterator[Draft]:
    """Yield what is wrong in the data of one work."""
    work = facts.work
    if not work.is_live:
        return
    for field in _missing_fields(facts):
        yield _of_work(work, f"{_MISSING}{field}", Severity.INFO, Evidence("field", field))
    yield from _ended(facts)
    for reference in sorted(set(_unknown_references(facts))):
        evidence = Evidence("reference", reference)
        yield _of_work(work, f"{_REFERENCE}{reference}", Severity.LIGHT, evidence)


def _missing_fields(facts: WorkFacts) -> Iterator[str]:
    work = facts.work
    for field in facts.policy["required_fields"].get(work.firmness, ()):
        if getattr(work.plan, field) is None:
            yield field
    participation = work.plan.participation
    if (
        participation is not None
        and participation.is_open
        and participation.earliest_and_latest_end is None
    ):
        yield "participation.end"


def _ended(facts: WorkFacts) -> Iterator[Draft]:
    work, grace = facts.work, facts.policy["ended_grace_days"]
    if work.span is None:
        return
    days = facts.ref - work.span.e_hi
    if days < grace:
        facts.holds_until(work.span.e_hi + grace)
        return
    yield _of_work(
        work,
        _ENDED,
        Severity.LIGHT,
        Evidence("window_end", iso(work.span.e_hi)),
        Evidence("days_since_end", days, "days", grace, volatile=True),
    )


def _unknown_references(facts: WorkFacts) -> Iterator[str]:
    plan = facts.work.plan
    for dependency in plan.dependencies or ():
        if not facts.is_known(dependency.on):
            yield dependency.on
    if plan.ride_along_with is not None and not facts.is_known(plan.ride_along_with):
        yield plan.ride_along_with
    for contribution in plan.goal_contributions or ():
        if not facts.is_goal(contribution.goal):
            yield contribution.goal


def _of_work(work: Work, issue: str, severity: Severity, *evidence: Evidence) -> Draft:
    return Draft(
        key=(work.id, issue),
        certainty=Certainty.CERTAIN,
        severity=severity,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "data"),
        evidence=evidence,
        options=lambda: (Option(action="correct_data", intervention=work.id),),
    )


def find_duplicate(facts: PairFacts) -> Iterator[Draft]:
    """Yield a pair that two sources seem to report of one project."""
    a, b = facts.a, facts.b
    if not (
        is_same_project(a, b)
        and a.plan.discipline is b.plan.discipline
        and a.is_live
        and b.is_live
        and _system(a) is not None
        and _system(b) is not None
        and _system(a) != _system(b)
    ):
        return
    mover = mover_of(a, b, facts).must_act
    yield Draft(
        key=(a.id, b.id, _DUPLICATE),
        certainty=Certainty.CERTAIN,
        severity=Severity.LIGHT,
        parties=(a.id, b.id),
        must_act=MustAct(mover.organisation, mover.intervention, "data"),
        evidence=(Evidence("project_number", a.plan.project_number),),
        options=lambda: (Option(action="correct_data", intervention=mover.intervention),),
    )


def precludes(a: Work, b: Work) -> bool:
    """Tell whether two works cannot be one project's."""
    return a.plan.project_number is None or a.plan.project_number != b.plan.project_number


def _system(work: Work) -> str | None:
    return None if work.plan.source is None else work.plan.source.system


def find_stale(facts: SourceFacts) -> Iterator[Draft]:
    """Yield one finding for all works that one source has not confirmed for too long."""
    count, oldest = facts.stale
    if oldest is None:
        return
    yield Draft(
        key=(facts.owner, facts.system, _STALE),
        certainty=Certainty.CERTAIN,
        severity=Severity.INFO,
        parties=(),
        must_act=MustAct(facts.owner, None, "data"),
        evidence=(
            Evidence("count", count, volatile=True),
            Evidence("oldest_updated_on", iso(oldest), volatile=True),
        ),
        options=lambda: (Option(action="correct_data"),),
    )


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key: its last part tells the issue."""
    if key[-1] == _STALE and len(key) == 3:
        return (Scope.SOURCE, *key[:2])
    if key[-1] == _DUPLICATE and len(key) == 3:
        return (Scope.PAIR, *key[:2])
    return (Scope.WORK, key[0])


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what is wrong with the data, in words."""
    key = key_of(finding.id)
    issue, dutch = key[-1], language is Language.NL
    if issue == _STALE:
        return _explain_stale(finding, key, dutch=dutch)
    work = name(key[0])
    if issue == _DUPLICATE:
        other, project = name(key[1]), value(finding, "project_number")
        if dutch:
            return f"{work} en {other} lijken hetzelfde werk uit twee bronnen (project {project})."
        return f"{work} and {other} look like one work from two sources (project {project})."
    if issue == _ENDED:
        end, days = value(finding, "window_end"), value(finding, "days_since_end")
        if dutch:
            return f"{work} zou op {end} klaar zijn, {days} dagen geleden, maar staat nog open."
        return f"{work} should have ended on {end}, {days} days ago, but is still open."
    if issue.startswith(_REFERENCE):
        reference = value(finding, "reference")
        if dutch:
            return f"{work} verwijst naar '{reference}', dat niet in het programma staat."
        return f"{work} refers to '{reference}', which is not in the programme."
    field = value(finding, "field")
    if dutch:
        return f"Van {work} ontbreekt '{field}', dat bij deze hardheid bekend hoort te zijn."
    return f"Of {work} '{field}' is missing, which should be known at this firmness."


def _explain_stale(finding: Finding, key: tuple[str, ...], *, dutch: bool) -> str:
    count, oldest = value(finding, "count"), value(finding, "oldest_updated_on")
    whose = key[0] if key[1] == "-" else f"{key[0]} ({key[1]})"
    if dutch:
        return f"{count} werk(en) van {whose} zijn te lang niet bevestigd, het oudste op {oldest}."
    return f"{count} work(s) of {whose} were not confirmed for too long, the oldest on {oldest}."


RULE = Rule(
    id="C18",
    title=Texts(nl="Gegevens niet op orde", en="The programme cannot be trusted here"),
    purpose=Texts(
        nl="Ontbrekende, verouderde, dubbele of verkeerd verwijzende gegevens.",
        en="Data that is missing, stale, double or refers to nothing.",
    ),
    find={Scope.WORK: find_in_work, Scope.PAIR: find_duplicate, Scope.SOURCE: find_stale},
    precludes=precludes,
    unit_of=unit_of,
    thresholds=("required_fields", "stale_days", "ended_grace_days", "leading_disciplines"),
    depends_on_date=True,
    explain=explain,
    is_capped=False,
)
