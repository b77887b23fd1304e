"""F04: chances are lost for the same cause again and again (*gemiste kansen per oorzaak*).

Version 1. Essay 1.3. Looks at the records of O04 within the period, and at the chances that were
taken in it: each pair, or candidate of a goal, once. Only time resolves it, whatever made it end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hub.model.finding import Certainty, Evidence, Finding, MustAct, Severity, rounded_area
from hub.model.vocabulary import DecisionKind
from hub.rules.goal_facts import ProgrammeFacts
from hub.rules.o04_missed_opportunity import CAUSES
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, Unit, key_of
from hub.rules.wording import euros, number, value


@dataclass(frozen=True, slots=True)
class _Counts:
    """What became of the chances of the period."""

    missed: int
    realised: int


def find(facts: ProgrammeFacts) -> Iterator[Draft]:
    """Yield feedback for each cause that chances are lost by too often."""
    period: int = facts.policy["missed_period_days"]
    losses = [one for one in facts.losses if _is_within(facts, _expired_on(one), period)]
    taken = [day for day in facts.taken_on if _is_within(facts, day, period)]
    by_cause: dict[str, list[Finding]] = defaultdict(list)
    for loss in losses:
        by_cause[str(value(loss, "cause"))].append(loss)
    counts = _Counts(len(losses), len(taken))
    for cause, lost in sorted(by_cause.items()):
        share = facts.policy["missed_share"] * (counts.missed + counts.realised)
        if len(lost) >= facts.policy["missed_limit"] and counts.missed >= share:
            yield _draft(facts, cause, lost, counts)


def _expired_on(loss: Finding) -> date:
    return date.fromisoformat(str(value(loss, "expired_on")))


def _is_within(facts: ProgrammeFacts, day: date, period: int) -> bool:
    """Tell whether a day lies in the period, and note when it no longer does."""
    leaves = day.toordinal() + period
    if leaves <= facts.ref:
        return False
    facts.holds_until(leaves)
    return True


def _draft(facts: ProgrammeFacts, cause: str, lost: Sequence[Finding], counts: _Counts) -> Draft:
    owner: str = facts.policy["programme_owner"]
    return Draft(
        key=(cause,),
        certainty=Certainty.CERTAIN,
        severity=Severity.LIGHT,
        parties=tuple(sorted({party for loss in lost for party in loss.parties})),
        must_act=MustAct(owner, None, "programme_owner"),
        evidence=(
            Evidence("cause", cause),
            Evidence("count", len(lost), threshold=number(facts.policy["missed_limit"])),
            Evidence("missed", counts.missed),
            Evidence("realised", counts.realised),
            Evidence("area_m2", rounded_area(_sum(lost, "area_m2")), "m2"),
            Evidence("amount_cents", int(_sum(lost, "amount_cents")), "cents"),
        ),
        policy=facts.policy,
        addressee=owner,
        possible_answers=(DecisionKind.ACCEPT, DecisionKind.COUNTER),
    )


def _sum(lost: Sequence[Finding], name: str) -> float:
    known = (value(loss, name) for loss in lost)
    return sum(one for one in known if isinstance(one, int | float))


def unit_of(key: tuple[str, ...]) -> Unit:
    """Return the one unit of the programme."""
    return (Scope.PROGRAMME,)


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how many chances were lost and why, in words."""
    cause = key_of(finding.id)[0]
    why = CAUSES[cause].in_language(language) if cause in CAUSES else cause
    missed, realised, cents = (
        value(finding, item) for item in ("missed", "realised", "amount_cents")
    )
    count = value(finding, "count")
    if language is Language.NL:
        cost = f" Daarmee ging ongeveer {euros(cents, language)} verloren." if cents else ""
        return (
            f"{count} kansen gingen om dezelfde reden verloren: {why}. In dezelfde periode zijn"
            f" er {missed} gemist en {realised} benut.{cost}"
        )
    cost = f" About {euros(cents, language)} was lost with them." if cents else ""
    return (
        f"{count} chances were lost for the same reason: {why}. In the same period {missed} were"
        f" missed and {realised} taken.{cost}"
    )


RULE = Rule(
    id="F04",
    title=Texts(nl="Gemiste kansen per oorzaak", en="Chances are lost for the same cause"),
    purpose=Texts(
        nl="Kansen die telkens om dezelfde reden verloren gaan.",
        en="Chances that are lost for the same reason again and again.",
    ),
    find={Scope.PROGRAMME: find},
    unit_of=unit_of,
    thresholds=(
        "missed_limit",
        "missed_period_days",
        "missed_share",
        "programme_owner",
        "answer_days",
    ),
    depends_on_date=True,
    sums=(
        Texts(
            "{missed} gemist van {missed} + {realised} gerealiseerd, in {missed_period_days};"
            " grens {missed_limit} en {missed_share}",
            "{missed} missed of {missed} + {realised} realised, in {missed_period_days};"
            " limit {missed_limit} and {missed_share}",
        ),
    ),
    explain=explain,
)
