"""C15: not enough room below ground (*ondergrond vol*).

Version 1. Essay 1.1 and 1.8: heat needs room in a full subsoil. What is claimed stays claimed, so
all live works count, also those whose window has passed or is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from hub.model.finding import Certainty, Evidence, Finding, Option, Severity, rounded_metres
from hub.model.vocabulary import NETWORK_DISCIPLINES
from hub.rules.facts import AreaFacts
from hub.rules.movement import MOVER_READS, mover_of_all, unless_both_running
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_area
from hub.rules.wording import counted, measured, value, works_listed
from hub.rules.work import Work

_HEAVY = Decimal("1.25")


def find(facts: AreaFacts) -> Iterator[Draft]:
    """Yield the conflict of an area in which more width is claimed than is free."""
    width = facts.area.below_ground_free_width_m
    if width is None:
        return
    live = [work for work in facts.works if work.is_live]
    claiming = [work for work in live if work.plan.below_ground_width_m is not None]
    silent = [work for work in live if _claims_without_width(work)]
    free = Decimal(width)
    claimed = sum((Decimal(work.plan.below_ground_width_m or 0) for work in claiming), Decimal(0))
    least = claimed + len(silent) * Decimal(facts.policy["min_network_width_m"])
    if claimed > free or (silent and least > free):
        yield _draft(facts, sorted((*claiming, *silent), key=_by_id), claimed, len(silent))


def bearing(_facts: AreaFacts, _work: Work) -> None:
    """Return that nothing counts for which a time matters: what is claimed stays claimed."""


def _claims_without_width(work: Work) -> bool:
    return (
        work.plan.below_ground_width_m is None
        and work.plan.opens_surface is True
        and work.plan.discipline in NETWORK_DISCIPLINES
    )


def _by_id(work: Work) -> str:
    return work.id


def _draft(facts: AreaFacts, works: list[Work], claimed: Decimal, unknown: int) -> Draft:
    free = Decimal(facts.area.below_ground_free_width_m or 0)
    mover = mover_of_all(works, facts)
    asked = mover.must_act.intervention
    return Draft(
        key=(facts.area.id,),
        certainty=Certainty.CERTAIN if claimed > free else Certainty.POSSIBLE,
        severity=Severity.HEAVY if claimed > _HEAVY * free else Severity.LIGHT,
        parties=tuple(work.id for work in works),
        must_act=mover.must_act,
        evidence=(
            Evidence("claimed_width_m", rounded_metres(claimed), "m", rounded_metres(free)),
            Evidence("free_width_m", rounded_metres(free), "m"),
            Evidence("unknown_claims", unknown),
        ),
        options=lambda: unless_both_running(
            mover,
            (
                Option(action="share_trench", intervention=asked),
                Option(action="other_route", intervention=asked),
            ),
        ),
        area=facts.area.id,
        policy=facts.policy,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how much room lacks, in words."""
    claimed, free = (
        measured(value(finding, item), language) for item in ("claimed_width_m", "free_width_m")
    )
    unknown = value(finding, "unknown_claims")
    works = works_listed(finding, language, name)
    is_open = finding.certainty is not Certainty.CERTAIN
    if language is Language.NL:
        more = f", en van {counted(unknown, 'werk', 'werken', language)} is de breedte onbekend"
        more = more if unknown else ""
        sure = "; samen is dat misschien te veel" if is_open else ""
        return (
            f"In gebied {finding.area} is {free} m vrij onder de grond; gevraagd is {claimed} m"
            f"{more}{sure}. Door: {works}."
        )
    more = f", and of {counted(unknown, 'work', 'works', language)} the width is unknown"
    more = more if unknown else ""
    sure = "; together that may be too much" if is_open else ""
    return (
        f"In area {finding.area} {free} m is free below ground; {claimed} m is claimed"
        f"{more}{sure}. By: {works}."
    )


RULE = Rule(
    id="C15",
    title=Texts(nl="Ondergrond vol", en="Not enough room below ground"),
    purpose=Texts(
        nl="Een plek waar werken samen meer breedte onder de grond vragen dan er vrij is.",
        en="A place where works together ask for more width below ground than is free.",
    ),
    find={Scope.AREA: find},
    bearing=bearing,
    unit_of=unit_of_area,
    thresholds=("min_network_width_m", "leading_disciplines", "line_half_width_m"),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
        "below_ground_width_m",
    ),
    sums=(
        Texts(
            "gevraagde breedte {claimed_width_m} tegen vrij {free_width_m}; {unknown_claims}"
            " werken zonder opgegeven breedte, elk minstens {min_network_width_m}",
            "claimed width {claimed_width_m} against free {free_width_m}; {unknown_claims}"
            " works without a width, each at least {min_network_width_m}",
        ),
    ),
    explain=explain,
)
