"""C11: too much in one bundle (*werkbaarheidsgrens*).

Version 1. Essay 1.5: combining has a limit of workability; beyond it another approach is needed.
The score and its limits are a proposal of the hub, not a published norm. Judged is what *is*
combined: the leading work and its riders, not the works around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.finding import Certainty, Evidence, Feasibility, Finding, MustAct, Option, Severity
from hub.rules.facts import BundleFacts
from hub.rules.governing import gaps_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit, key_of
from hub.rules.wording import number, value, works_listed


def find(facts: BundleFacts) -> Iterator[Draft]:
    """Yield the conflict of a bundle that is, or may be, too complex to do as one."""
    score, limit = facts.score, facts.policy["workability_limit"]
    if not _has_riders_enough(facts):
        return
    if score.points >= limit or (score.most >= limit and 2 * score.points >= limit):
        yield _draft(facts, is_certain=score.points >= limit)


def hold(facts: BundleFacts, _finding: Finding) -> Draft | None:
    """Return the content of an open conflict whose score is just below the limit, else None."""
    least = facts.policy["workability_limit"] - facts.policy["workability_hysteresis"]
    if not _has_riders_enough(facts) or facts.score.points < least:
        return None
    return _draft(facts, is_certain=False, is_held=True)


def _has_riders_enough(facts: BundleFacts) -> bool:
    enough: bool = len(facts.riders) >= facts.policy["workability_min_riders"]
    return enough


def _draft(facts: BundleFacts, *, is_certain: bool, is_held: bool = False) -> Draft:
    anchor, riders, score = facts.anchor, facts.riders, facts.score
    heavy = score.points >= facts.policy["workability_heavy"]
    gaps = sorted(
        f"{work.id}:{gap}"
        for work in (anchor, *riders)
        for gap in gaps_of(work, has_riders=facts.has_riders(work))
    )
    return Draft(
        key=(anchor.id,),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if heavy else Severity.LIGHT,
        parties=tuple(sorted(work.id for work in (anchor, *riders))),
        must_act=MustAct(anchor.owner, anchor.id, "anchor"),
        evidence=(
            Evidence("score", score.points, "points", number(facts.policy["workability_limit"])),
            Evidence("score_max", score.most, "points"),
            *(Evidence(name, points, "points") for name, points in score.parts.items()),
            Evidence("unknown_parts", score.unknown_parts),
            Evidence("riders", len(riders)),
            Evidence("governance_gaps", tuple(gaps)),
            *((Evidence("held", True),) if is_held else ()),
        ),
        options=lambda: (
            Option(action="integral_assignment", intervention=anchor.id),
            *(
                Option(action="decouple", intervention=rider.id, feasible=Feasibility.YES)
                for rider in riders
            ),
        ),
        policy=facts.policy,
    )


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key that is a leading work."""
    return (Scope.BUNDLE, key[0])


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return why the bundle is too much, in words."""
    anchor = name(key_of(finding.id)[0])
    score, limit = value(finding, "score"), finding.evidence[0].threshold
    most, riders = value(finding, "score_max"), value(finding, "riders")
    points = [
        (item.value, words.in_language(language))
        for part, words in PARTS.items()
        for item in finding.evidence
        if item.name == part and isinstance(item.value, int) and item.value > 0
    ]
    weighs = ", ".join(
        f"{words} {count}" for count, words in sorted(points, key=lambda item: -item[0])[:3]
    )
    works = works_listed(finding, language, name)
    unsure = isinstance(most, int) and isinstance(score, int) and most > score
    if language is Language.NL:
        heaviest = f" Het zwaarst wegen: {weighs}." if weighs else ""
        more = f" Niet alles is bekend: het kan {most} zijn." if unsure else ""
        return (
            f"{anchor} met {riders} meekoppelende werken haalt {score} punten voor complexiteit; "
            f"de werkbaarheidsgrens is {limit}.{heaviest}{more} Het gaat om: {works}."
        )
    heaviest = f" What weighs most: {weighs}." if weighs else ""
    more = f" Not everything is known: it may be {most}." if unsure else ""
    return (
        f"{anchor} with {riders} works riding along scores {score} points of complexity; the "
        f"limit of workability is {limit}.{heaviest}{more} It concerns: {works}."
    )


PARTS = {
    "organisations": Texts("organisaties", "organisations"),
    "disciplines": Texts("disciplines", "disciplines"),
    "portfolios": Texts("portefeuilles", "portfolios"),
    "funding_sources": Texts("geldbronnen", "sources of money"),
    "open_decisions": Texts("open besluiten", "open decisions"),
    "participation": Texts("participatie", "participation"),
    "tightness": Texts("krappe planning", "tight planning"),
    "unsecured_funding": Texts("ongedekt geld", "money not secured"),
}
"""The parts of the score (rules 4) in words."""

RULE = Rule(
    id="C11",
    title=Texts(nl="Werkbaarheidsgrens", en="Too much in one bundle"),
    purpose=Texts(
        nl="Een leidende opgave met zoveel meekoppelende werken dat een andere aanpak nodig is.",
        en="A leading work with so much riding along that another approach is needed.",
    ),
    find={Scope.BUNDLE: find},
    hold=hold,
    unit_of=unit_of,
    thresholds=(
        "workability_limit",
        "workability_heavy",
        "workability_min_riders",
        "workability_hysteresis",
        "leading_disciplines",
        "coupling_distance_m",
        "match_within_owner",
    ),
    depends_on_date=True,
    reads=(
        "role",
        "shift_room",
        "opens_surface",
        "ride_along_with",
        "cost_cents",
        "funding",
        "required_decisions",
        "participation",
        "governance",
    ),
    sums=(
        Texts(
            "organisaties {organisations} + disciplines {disciplines} + portefeuilles {portfolios}"
            " + geldbronnen {funding_sources} + open besluiten {open_decisions} + participatie"
            " {participation} + krapte {tightness} + ongedekt {unsecured_funding} = {score};"
            " grens {workability_limit}, zwaar vanaf {workability_heavy}",
            "organisations {organisations} + disciplines {disciplines} + portfolios {portfolios}"
            " + funding sources {funding_sources} + open decisions {open_decisions}"
            " + participation {participation} + tightness {tightness} + unsecured"
            " {unsecured_funding} = {score}; limit {workability_limit}, heavy from"
            " {workability_heavy}",
        ),
        Texts(
            "als wat onbekend is tegenvalt: {score_max}",
            "if what is unknown turns out badly: {score_max}",
        ),
    ),
    explain=explain,
)
