"""C17: the approach does not suit the residents (*kwetsbare bewoners*).

Version 1. Essay 1.4: a load of sand on the drive is no service to the very old, and participation
can ask too much. Work types that are sensitive are judged by their approach, all others by their
participation; a work of unknown type cannot be of the first kind. Needs no window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    MustAct,
    Option,
    Severity,
    rounded_share,
)
from hub.model.reference import AreaProfile
from hub.rules.facts import WorkFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import measured, number, value

_APPROACH, _PARTICIPATION = "approach", "participation"


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a conflict for each area whose residents need another approach than planned."""
    plan = facts.work.plan
    if plan.geometry is None or plan.approach_adapted is True:
        return
    if not facts.work.is_active(facts.ref):
        return
    if plan.work_type in facts.policy["sensitive_work_types"]:
        variant = _APPROACH
    elif plan.participation is not None and plan.participation.is_open:
        variant = _PARTICIPATION
    else:
        return
    limit = Decimal(facts.policy["vulnerable_share_limit"])
    for area in facts.areas:
        if area.vulnerable_share is not None and Decimal(area.vulnerable_share) >= limit:
            yield _draft(facts, area, variant, limit)


def _draft(facts: WorkFacts, area: AreaProfile, variant: str, limit: Decimal) -> Draft:
    work, share = facts.work, area.vulnerable_share
    assert share is not None
    by_approach = variant == _APPROACH
    is_certain = by_approach and work.plan.approach_adapted is False
    is_heavy = by_approach and Decimal(share) >= 2 * limit
    return Draft(
        key=(work.id, area.id, variant),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if is_heavy else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "approach"),
        evidence=(
            Evidence("variant", variant),
            Evidence("vulnerable_share", rounded_share(Decimal(share)), threshold=number(limit)),
        ),
        options=lambda: (Option(action=f"adapt_{variant}", intervention=work.id),),
        area=area.id,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what does not suit, in words."""
    work, area, dutch = name(finding.parties[0]), finding.area, language is Language.NL
    share = value(finding, "vulnerable_share")
    percent = measured(100 * share if isinstance(share, int | float) else None, language)
    if value(finding, "variant") == _PARTICIPATION:
        if dutch:
            return (
                f"In gebied {area} is {percent} % van de bewoners kwetsbaar; de gewone "
                f"participatie voor {work} kan van hen te veel vragen."
            )
        return (
            f"In area {area} {percent}% of the residents are vulnerable; the usual participation "
            f"for {work} may ask too much of them."
        )
    if dutch:
        known = "is nog niet" if finding.certainty is Certainty.CERTAIN else "is misschien niet"
        return (
            f"In gebied {area} is {percent} % van de bewoners kwetsbaar en de aanpak van {work} "
            f"{known} op hen afgestemd."
        )
    known = "is not" if finding.certainty is Certainty.CERTAIN else "may not be"
    return (
        f"In area {area} {percent}% of the residents are vulnerable, and the approach of {work} "
        f"{known} adapted to them."
    )


RULE = Rule(
    id="C17",
    title=Texts(nl="Kwetsbare bewoners", en="Approach does not suit the residents"),
    purpose=Texts(
        nl="Een ingrijpend werk of een participatie waar veel kwetsbare bewoners wonen.",
        en="A drastic work, or participation, where many vulnerable residents live.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("sensitive_work_types", "vulnerable_share_limit", "line_half_width_m"),
    depends_on_date=True,
    reads=(
        "work_type",
        "ride_along_with",
        "participation",
        "approach_adapted",
    ),
    sums=(
        Texts(
            "aandeel {vulnerable_share} tegen grens {vulnerable_share_limit}",
            "share {vulnerable_share} against limit {vulnerable_share_limit}",
        ),
    ),
    explain=explain,
)
