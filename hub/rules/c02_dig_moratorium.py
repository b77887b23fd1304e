"""C02: a work opens a street under a dig moratorium (*graafrust*).

Version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import Span
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.reference import DigMoratorium
from hub.model.vocabulary import MoratoriumEffect
from hub.rules.facts import WorkFacts
from hub.rules.movement import MOVER_READS, clear_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import OVERLAP_SUMS, at_least, day_of, days, value


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a conflict for each moratorium that a work would break."""
    work = facts.work
    if work.span is None or work.plan.opens_surface is False or not work.is_active(facts.ref):
        return
    for moratorium in facts.moratoria:
        period = Span.of_period(moratorium.start.toordinal(), moratorium.end.toordinal())
        if work.plan.exemption not in moratorium.exempt and work.span.overlap_possible(period) >= 1:
            yield _draft(facts, moratorium, period)


def _draft(facts: WorkFacts, moratorium: DigMoratorium, period: Span) -> Draft:
    work = facts.work
    assert work.span is not None
    certain_days = work.span.overlap_certain(period)
    is_certain = work.plan.opens_surface is True and certain_days >= 1
    blocks = moratorium.effect is MoratoriumEffect.BLOCK
    act = MustAct(work.owner, work.id, "moratorium")
    return Draft(
        key=(work.id, moratorium.id),
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        severity=Severity.HEAVY if blocks else Severity.LIGHT,
        parties=(work.id,),
        must_act=act,
        evidence=(
            Evidence("overlap_days_certain", certain_days, "days"),
            Evidence("overlap_days_possible", work.span.overlap_possible(period), "days"),
            Evidence("moratorium_end", moratorium.end.isoformat()),
            Evidence("effect", moratorium.effect.value),
        ),
        options=lambda: (
            *clear_of(work, period.s_lo, period.e_hi, facts.ref),
            Option(action="apply_for_exemption", intervention=work.id),
        ),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what collides, in words."""
    work = name(finding.parties[0])
    end, effect = day_of(finding, "moratorium_end", language), str(value(finding, "effect"))
    certain, possible = (value(finding, f"overlap_days_{kind}") for kind in ("certain", "possible"))
    within = days(certain or possible, language)
    bound = at_least(is_sure=bool(certain), language=language)
    if language is Language.NL:
        means = {"block": "openen is verboden", "fee": "openen kost een heffing"}
        consequence = means.get(effect, "openen wordt getoetst")
        return (
            f"{work} ligt in een straat met graafrust tot {end} ({consequence}) "
            f"en is daar {bound} {within} binnen die termijn "
            "bezig."
        )
    means = {"block": "opening is forbidden", "fee": "opening costs a fee"}
    consequence = means.get(effect, "opening is reviewed")
    return (
        f"{work} lies in a street under a dig moratorium until {end} ({consequence}) "
        f"and is busy there for {bound} {within} within that term."
    )


RULE = Rule(
    id="C02",
    title=Texts(nl="Graafrust", en="Opens a street under a moratorium"),
    purpose=Texts(
        nl="Een werk dat een straat opent waar nog graafrust geldt.",
        en="A work that opens a street while a dig moratorium still holds.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("line_half_width_m",),
    depends_on_date=True,
    reads=(
        *MOVER_READS,
        "opens_surface",
        "exemption",
    ),
    sums=(*OVERLAP_SUMS,),
    explain=explain,
)
