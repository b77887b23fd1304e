"""O04: a chance is gone (*gemiste kans*).

Version 1. Essay 1.3: chances outside one's own network are missed, and nobody counts them. A
record, made once, of an open O01, O02 or O03 that is declined or ends without being taken; of an
O03 also per candidate. It never resolves: what is lost is lost.

Decisions. The lost savings are those of the chance's own record as last written: the state before
the step is gone. Whether a candidate was certain follows from his plan before the step. A change of
a goal is no loss, as a change of an area is none: the yardstick moved, nobody missed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Finding, Severity
from hub.rules.goal_facts import LossFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit
from hub.rules.wording import day_of, euros, goal_named, measured, value, works_listed
from hub.rules.work import Work

DECLINED, STARTED, TOO_LATE, MOVED_APART = "declined", "started", "too_late", "moved_apart"


def find(facts: LossFacts) -> Iterator[Draft]:
    """Yield the record of a chance that was worth something and is gone."""
    cause = _cause(facts)
    if cause is None:
        return
    lost = facts.opportunity
    candidate = facts.candidate
    key = (lost.id,) if candidate is None else (lost.id, candidate.id)
    yield Draft(
        key=key,
        certainty=Certainty.CERTAIN,
        severity=Severity.INFO,
        parties=lost.parties if candidate is None else (candidate.id,),
        must_act=lost.must_act,
        area=lost.area,
        goal=lost.goal,
        evidence=(
            Evidence("cause", cause),
            Evidence("opportunity", lost.id),
            Evidence("detected_on", lost.first_seen.isoformat()),
            Evidence("expired_on", iso(facts.ref)),
            *_lost_savings(lost),
        ),
    )


def _lost_savings(lost: Finding) -> tuple[Evidence, ...]:
    if lost.savings is None:
        return ()
    return (
        Evidence("area_m2", lost.savings.area_m2, "m2"),
        Evidence("amount_cents", lost.savings.amount_cents, "cents"),
    )


def _cause(facts: LossFacts) -> str | None:
    """Return why a chance is gone, None where it is no loss: the first that holds."""
    if facts.is_declined:
        return DECLINED
    if not (facts.was_certain or facts.opportunity.facts.ever_answered):
        return None
    works = facts.works
    if any(work.is_withdrawn for work in works) or facts.is_taken or facts.is_by_reference:
        return None
    if facts.is_reached:
        return None
    if any(work.is_running or work.is_completed for work in works):
        return STARTED
    if facts.is_still_seen:
        return None
    if not all(work.is_active(facts.ref) for work in works) or _is_too_late(facts):
        return TOO_LATE
    return MOVED_APART


def _is_too_late(facts: LossFacts) -> bool:
    work: Work | None = facts.candidate
    if work is None or work.span is None:
        return False
    days: int = facts.policy["ride_along_min_days"]
    return work.span.s_lo - facts.ref < days


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the unit of a key: the opportunity, and the candidate where it is one."""
    return (Scope.LOSS, *key)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what was lost and why, in words."""
    works = works_listed(finding, language, name)
    seen, gone = (day_of(finding, item, language) for item in ("detected_on", "expired_on"))
    cause = CAUSES.get(str(value(finding, "cause")), Texts("", ""))
    why = cause.in_language(language)
    lost = _lost_in_words(finding, language)
    goal = goal_named(finding.goal, name) if finding.goal else None
    if language is Language.NL:
        what = f"Doel {goal} kon meekoppelen met {works}" if goal else f"{works} konden samen"
        return f"{what}, gezien op {seen}. Sinds {gone} is die kans voorbij: {why}.{lost}"
    what = f"Goal {goal} could ride along with {works}" if goal else f"{works} could go together"
    return f"{what}, as seen on {seen}. Since {gone} that chance is gone: {why}.{lost}"


def _lost_in_words(finding: Finding, language: Language) -> str:
    area, cents = value(finding, "area_m2"), value(finding, "amount_cents")
    if not area:
        return ""
    dutch, opened = language is Language.NL, measured(area, language)
    text = (
        f" De straat gaat nu twee keer open over {opened} m²"
        if dutch
        else f" The street is now opened twice over {opened} m²"
    )
    if cents is not None:
        text += f", {'ongeveer' if dutch else 'about'} {euros(cents, language)}"
    return text + "."


CAUSES = {
    DECLINED: Texts("er is nee gezegd", "it was declined"),
    STARTED: Texts("een werk is alleen begonnen", "a work has started on its own"),
    TOO_LATE: Texts("de tijd om te beslissen is om", "the time to decide has passed"),
    MOVED_APART: Texts("de plannen zijn uit elkaar geschoven", "the plans have moved apart"),
}
"""Why a chance is gone, in words; F04 counts by it."""

RULE = Rule(
    id="O04",
    title=Texts(nl="Gemiste kans", en="Chance gone"),
    purpose=Texts(
        nl="Een kans die afgewezen is of voorbijging zonder benut te zijn; één keer vastgelegd.",
        en="A chance that was declined or went by without being taken; recorded once.",
    ),
    find={Scope.LOSS: find},
    unit_of=unit_of,
    thresholds=("ride_along_min_days",),
    depends_on_date=False,
    reads=(
        "opens_surface",
        "goal_contributions",
    ),
    explain=explain,
    is_record=True,
)
