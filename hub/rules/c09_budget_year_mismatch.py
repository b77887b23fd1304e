"""C09: a rider's money is in another year than the leading work (*budgetjaar past niet*).

Version 1. Essay 1.2: each line manager has his own budget. No granule of a plan date crosses a year
boundary, so a work is certainly busy in each year of its envelope. Asked is the rider, with the
reason of roles: the leading work sets the year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import year_of
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Option, Severity
from hub.model.vocabulary import FundingStatus
from hub.rules.facts import WorkFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_work
from hub.rules.wording import counted, listed, value
from hub.rules.work import Work

_HEAVY_YEARS = 2


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield the conflict of a rider whose budget years all miss the leading work."""
    rider, leading = facts.work, facts.leader
    if leading is None or leading.span is None:
        return
    if not rider.is_active(facts.ref) or not leading.is_active(facts.ref):
        return
    budget = _budget_years(rider)
    first, last = year_of(leading.span.s_lo), year_of(leading.span.e_hi - 1)
    if not budget or any(first <= year <= last for year in budget):
        return
    yield _draft(rider, leading, budget, tuple(range(first, last + 1)))


def _budget_years(rider: Work) -> tuple[int, ...]:
    years = {
        line.budget_year
        for line in rider.plan.funding or ()
        if line.status is not FundingStatus.REJECTED and line.budget_year is not None
    }
    return tuple(sorted(years))


def _draft(rider: Work, leading: Work, budget: tuple[int, ...], years: tuple[int, ...]) -> Draft:
    gap = min(max(years[0] - year, year - years[-1]) for year in budget)
    first, second = sorted((rider.id, leading.id))
    return Draft(
        key=(rider.id, leading.id),
        certainty=Certainty.CERTAIN,
        severity=Severity.HEAVY if gap >= _HEAVY_YEARS else Severity.LIGHT,
        parties=(first, second),
        must_act=MustAct(rider.owner, rider.id, "role"),
        evidence=(
            Evidence("rider_budget_years", budget),
            Evidence("leading_years", years),
            Evidence("gap_years", gap, "years"),
        ),
        options=lambda: (Option(action="move_budget", intervention=rider.id),),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what does not fit, in words."""
    rider, leading = (name(work) for work in key_of(finding.id)[:2])
    budget = listed(value(finding, "rider_budget_years"), language)
    years, gap = listed(value(finding, "leading_years"), language), value(finding, "gap_years")
    if language is Language.NL:
        return (
            f"{rider} rijdt mee met {leading}, dat in {years} wordt uitgevoerd, maar heeft geld in "
            f"{budget}: {gap} jaar ernaast."
        )
    return (
        f"{rider} rides along with {leading}, which is carried out in {years}, but has its money "
        f"in {budget}: {counted(gap, 'year', 'years', language)} off."
    )


RULE = Rule(
    id="C09",
    title=Texts(nl="Budgetjaar past niet", en="Partner's money in another year"),
    purpose=Texts(
        nl="Een meekoppelend werk met geld in een ander jaar dan de leidende opgave.",
        en="A rider with money in another year than the leading work.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=(),
    depends_on_date=True,
    reads=(
        "role",
        "ride_along_with",
        "funding",
    ),
    sums=(
        Texts(
            "jaren leidende opgave {leading_years}, budgetjaren meekoppelaar"
            " {rider_budget_years}: verschil {gap_years}",
            "years of the leading work {leading_years}, rider's budget years"
            " {rider_budget_years}: difference {gap_years}",
        ),
    ),
    explain=explain,
)
