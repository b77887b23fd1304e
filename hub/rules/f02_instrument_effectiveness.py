"""F02: a policy instrument brings too little (*effectiviteit instrument*).

Version 1. Essay 1.7: execution reports back on the effect of instruments. Counted is what works
under way or done contribute to the goal in the name of the instrument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hub.model.finding import (
    Certainty,
    Evidence,
    Finding,
    MustAct,
    Option,
    Severity,
    rounded_share,
)
from hub.model.reference import Instrument
from hub.model.vocabulary import DecisionKind
from hub.rules.amounts import amount_of
from hub.rules.goal_facts import GoalFacts
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_goal
from hub.rules.wording import counted, goal_named, measured_in, number, unit_of_evidence, value
from hub.rules.work import Work


@dataclass(frozen=True, slots=True)
class _Term:
    """The days over which an instrument should bring what is expected of it."""

    start: int
    end: int
    expected: Decimal

    @property
    def days(self) -> int:
        return self.end - self.start

    def elapsed(self, ref: int) -> Fraction:
        """Return which part of the term is over, below 0 before it starts."""
        return min(Fraction(1), Fraction(ref - self.start, self.days))


def find(facts: GoalFacts) -> Iterator[Draft]:
    """Yield feedback on each instrument of a goal that lags behind."""
    for instrument in facts.goal.instruments or ():
        term = _term_of(instrument)
        if term is not None:
            yield from _lagging(facts, instrument, term)


def _term_of(instrument: Instrument) -> _Term | None:
    expected = instrument.expected_amount
    if not expected or instrument.from_year is None or instrument.to_year is None:
        return None
    start = date(instrument.from_year, 1, 1).toordinal()
    end = date(instrument.to_year + 1, 1, 1).toordinal()
    return _Term(start, end, expected)


def _lagging(facts: GoalFacts, instrument: Instrument, term: _Term) -> Iterator[Draft]:
    works = [
        work
        for work in facts.contributors
        if (work.is_running or work.is_completed)
        and amount_of(work, facts.goal.id, instrument.id) > 0
    ]
    realised = sum((amount_of(work, facts.goal.id, instrument.id) for work in works), Decimal(0))
    elapsed = term.elapsed(facts.ref)
    enough = Fraction(facts.policy["instrument_min_elapsed"])
    ratio = Fraction(facts.policy["instrument_min_ratio"])
    expected = Fraction(term.expected) * elapsed
    if elapsed >= enough and Fraction(realised) < ratio * expected:
        yield _draft(facts, instrument, works=works, realised=realised, elapsed=elapsed)
    else:
        _watch(facts, term, realised=realised)


def _watch(facts: GoalFacts, term: _Term, *, realised: Decimal) -> None:
    """Tell when passing time alone makes the instrument lag: more is expected of it each day."""
    wanted = Fraction(facts.policy["instrument_min_ratio"]) * Fraction(term.expected)
    if Fraction(realised) >= wanted:
        return
    from_share = math.ceil(Fraction(facts.policy["instrument_min_elapsed"]) * term.days)
    from_amount = math.floor(Fraction(realised) * term.days / wanted) + 1
    facts.holds_until(term.start + max(from_share, from_amount))


def _draft(
    facts: GoalFacts,
    instrument: Instrument,
    *,
    works: Sequence[Work],
    realised: Decimal,
    elapsed: Fraction,
) -> Draft:
    goal = facts.goal
    assert instrument.expected_amount is not None
    so_far = Fraction(instrument.expected_amount) * elapsed
    return Draft(
        key=(goal.id, instrument.id),
        certainty=Certainty.CERTAIN,
        severity=Severity.LIGHT if realised else Severity.HEAVY,
        parties=tuple(work.id for work in works),
        must_act=MustAct(goal.policy_owner, None, "policy_owner"),
        area=goal.area,
        goal=goal.id,
        evidence=(
            Evidence("realised_amount", number(realised), goal.unit),
            Evidence("expected_so_far", _hundredths(so_far), goal.unit, volatile=True),
            Evidence(
                "elapsed_share",
                rounded_share(_decimal(elapsed)),
                threshold=number(facts.policy["instrument_min_elapsed"]),
                volatile=True,
            ),
        ),
        options=lambda: (Option(action="change_instrument"), Option(action="stop_instrument")),
        policy=facts.policy,
        addressee=goal.policy_owner,
        possible_answers=(DecisionKind.ACCEPT, DecisionKind.COUNTER),
    )


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _hundredths(exact: Fraction) -> int | float:
    return number(_decimal(exact).quantize(Decimal("0.01")))


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return how far the instrument lags, in words."""
    key, instrument = key_of(finding.id)
    goal, unit = goal_named(key, name), unit_of_evidence(finding, "realised_amount")
    realised, so_far = (
        measured_in(value(finding, item), unit, language)
        for item in ("realised_amount", "expected_so_far")
    )
    share = value(finding, "elapsed_share")
    part = round(100 * share) if isinstance(share, int | float) else 0
    count = len(finding.parties)
    if language is Language.NL:
        return (
            f"Instrument {instrument} van doel {goal} heeft {realised} gebracht, via"
            f" {counted(count, 'werk', 'werken', language)} in uitvoering of gereed. Na {part} % "
            f"van de looptijd was {so_far} verwacht."
        )
    return (
        f"Instrument {instrument} of goal {goal} has brought {realised}, through"
        f" {counted(count, 'work', 'works', language)} under way or done. After {part}% of its "
        f"time {so_far} was expected."
    )


RULE = Rule(
    id="F02",
    title=Texts(nl="Effectiviteit: instrument brengt te weinig", en="Instrument brings too little"),
    purpose=Texts(
        nl="Een beleidsinstrument dat ver achterblijft bij wat ervan verwacht werd.",
        en="A policy instrument that lags far behind what was expected of it.",
    ),
    find={Scope.GOAL: find},
    unit_of=unit_of_goal,
    thresholds=("instrument_min_elapsed", "instrument_min_ratio", "answer_days"),
    depends_on_date=True,
    reads=("goal_contributions",),
    sums=(
        Texts(
            "gerealiseerd {realised_amount} tegen verwacht tot nu {expected_so_far}"
            " ({elapsed_share} van de looptijd); grens {instrument_min_ratio} daarvan",
            "realised {realised_amount} against expected so far {expected_so_far}"
            " ({elapsed_share} of its time); limit {instrument_min_ratio} of that",
        ),
    ),
    explain=explain,
)
