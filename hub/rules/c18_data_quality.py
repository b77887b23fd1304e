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
from hub.rules.rule import EVER, Draft, Language, Meeting, Rule, Scope, Texts, Unit, key_of
from hub.rules.wording import day_of, days_of, measured, value
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


def meets(facts: PairFacts, _moved: Work) -> Iterator[Meeting]:
    """Yield every move where two works may be one project's."""
    if is_same_project(facts.a, facts.b):
        yield Meeting(-EVER, EVER)


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
        return _explain_stale(finding, key, language)
    work = name(key[0])
    if issue == _DUPLICATE:
        other, project = name(key[1]), value(finding, "project_number")
        if dutch:
            return f"{work} en {other} lijken hetzelfde werk uit twee bronnen (project {project})."
        return f"{work} and {other} look like one work from two sources (project {project})."
    if issue == _ENDED:
        end = day_of(finding, "window_end", language)
        since = days_of(finding, "days_since_end", language)
        if dutch:
            return f"{work} zou op {end} klaar zijn, {since} geleden, maar staat nog open."
        return f"{work} should have ended on {end}, {since} ago, but is still open."
    if issue.startswith(_REFERENCE):
        reference = value(finding, "reference")
        if dutch:
            return f"{work} verwijst naar '{reference}', dat niet in het programma staat."
        return f"{work} refers to '{reference}', which is not in the programme."
    return _explain_missing(work, str(value(finding, "field")), language)


def _explain_missing(work: str, field: str, language: Language) -> str:
    what = FIELDS[field].in_language(language) if field in FIELDS else f"'{field}'"
    if field == "participation.end":
        if language is Language.NL:
            return f"Van {work} is niet bekend wanneer de participatie klaar is."
        return f"It is not known when participation for {work} is done."
    if language is Language.NL:
        return (
            f"Van {work} ontbreekt {what}; bij een plan dat zo vast ligt hoort dat bekend te zijn."
        )
    return f"{work} does not say {what}, which should be known of a plan as firm as this."


def _explain_stale(finding: Finding, key: tuple[str, ...], language: Language) -> str:
    count, oldest = value(finding, "count"), day_of(finding, "oldest_updated_on", language)
    whose = key[0] if key[1] == "-" else f"{key[0]} ({key[1]})"
    if language is Language.NL:
        works = "1 werk van" if count == 1 else f"{measured(count, language)} werken van"
        are = "is" if count == 1 else "zijn"
        return f"{works} {whose} {are} te lang niet bevestigd; de oudste stand is van {oldest}."
    works = "1 work of" if count == 1 else f"{measured(count, language)} works of"
    were = "was" if count == 1 else "were"
    return f"{works} {whose} {were} not confirmed for too long; the oldest state is of {oldest}."


FIELDS = {
    "title": Texts("de naam", "its name"),
    "municipality": Texts("de gemeente", "its municipality"),
    "work_type": Texts("wat er gebeurt", "what is done"),
    "role": Texts("of het leidt of volgt", "whether it leads or follows"),
    "window": Texts("wanneer het wordt uitgevoerd", "when it is carried out"),
    "duration_days": Texts("hoe lang het duurt", "how long it takes"),
    "shift_room": Texts("hoeveel schuifruimte er is", "how much room to shift it has"),
    "baseline_start": Texts("de eerst vastgestelde start", "the start it was first adopted with"),
    "geometry": Texts("waar het ligt", "where it is"),
    "opens_surface": Texts("of de straat opengaat", "whether it opens the street"),
    "renews_surface": Texts("of er nieuwe verharding komt", "whether it renews the surface"),
    "surface_type": Texts("welke verharding er ligt", "what the surface is"),
    "traffic_impact": Texts("hoeveel verkeershinder het geeft", "how it hinders traffic"),
    "below_ground_width_m": Texts(
        "hoeveel breedte het onder de grond vraagt", "how much width it takes below ground"
    ),
    "dependencies": Texts("op welke werken het wacht", "which works it waits for"),
    "cost_cents": Texts("wat het kost", "what it costs"),
    "funding": Texts("waar het geld vandaan komt", "where its money comes from"),
    "required_decisions": Texts("welke besluiten nodig zijn", "which decisions it needs"),
    "participation": Texts("hoe de participatie verloopt", "how participation goes"),
    "governance": Texts("wie opdracht geeft en uitvoert", "who commissions and delivers it"),
    "goal_contributions": Texts("aan welke doelen het bijdraagt", "which goals it serves"),
    "approach_adapted": Texts(
        "of de aanpak op bewoners is afgestemd", "whether its approach suits the residents"
    ),
    "classification": Texts("wie het mag zien", "who may see it"),
    "project_number": Texts("het projectnummer", "its project number"),
    "source": Texts("de herkomst", "where it comes from"),
}
"""What a work does not say, by the name of the field; for `required_fields` of a policy."""

RULE = Rule(
    id="C18",
    title=Texts(nl="Gegevens niet op orde", en="The programme cannot be trusted here"),
    purpose=Texts(
        nl="Ontbrekende, verouderde, dubbele of verkeerd verwijzende gegevens.",
        en="Data that is missing, stale, double or refers to nothing.",
    ),
    find={Scope.WORK: find_in_work, Scope.PAIR: find_duplicate, Scope.SOURCE: find_stale},
    meets=meets,
    unit_of=unit_of,
    thresholds=("required_fields", "stale_days", "ended_grace_days", "leading_disciplines"),
    depends_on_date=True,
    reads=(
        "ride_along_with",
        "dependencies",
        "participation",
        "project_number",
        "source",
    ),
    explain=explain,
    is_capped=False,
)
