"""C12: a work in a closed or sensitive season (*gesloten periode*).

Version 1. Sources: Helsinki and Japan. A plan of a whole year or quarter is held against a season
only where it cannot avoid it. A yearly period that starts or ends on 29 February does so on the
28th, every year. A yearly period of a year or longer would overlap itself: an occurrence then ends
where the next one starts, so that no day counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from hub.model.dates import LAST_YEAR, Span, iso, year_of
from hub.model.finding import Certainty, Evidence, Finding, MustAct, Severity
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import CalendarKind
from hub.rules.facts import WorkFacts
from hub.rules.movement import clear_of
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, unit_of_work
from hub.rules.wording import OVERLAP_SUMS, at_least, day_of, days, value


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield a conflict for each calendar period that a work certainly or possibly falls in."""
    work = facts.work
    if work.span is None or not work.is_active(facts.ref):
        return
    for entry in facts.periods:
        met = [
            period
            for period in occurrences(entry, work.span)
            if work.span.overlap_possible(period) >= 1
        ]
        certain = sum(work.span.overlap_certain(period) for period in met)
        if certain >= 1 or (met and work.is_seasonal):
            yield _draft(facts, entry, met)


def occurrences(entry: CalendarEntry, span: Span) -> Iterator[Span]:
    """Yield the occurrences of a period that may meet the envelope of a work, in order."""
    assert entry.end is not None, "a period has an end"
    if not entry.repeat_yearly:
        yield Span.of_period(entry.start.toordinal(), entry.end.toordinal())
        return
    years_long = entry.end.year - entry.start.year
    first = max(entry.start.year, year_of(span.s_lo) - years_long)
    for year in range(first, year_of(span.e_hi - 1) + 1):
        start, following = _in_year(entry.start, year), _in_year(entry.start, year + 1)
        end = min(_in_year(entry.end, year + years_long), following)
        yield Span.of_period(start, end)


def _in_year(day: date, year: int) -> int:
    number = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(min(year, LAST_YEAR + 1), day.month, number).toordinal()


def _draft(facts: WorkFacts, entry: CalendarEntry, met: list[Span]) -> Draft:
    work = facts.work
    span = work.span
    assert span is not None
    hit = [period for period in met if span.overlap_certain(period) >= 1]
    first = (hit or met)[0]
    closed = entry.kind is CalendarKind.CLOSED_PERIOD
    certain_days = sum(span.overlap_certain(period) for period in met)
    possible_days = sum(span.overlap_possible(period) for period in met)
    return Draft(
        key=(work.id, entry.id),
        certainty=Certainty.CERTAIN if hit else Certainty.POSSIBLE,
        severity=Severity.HEAVY if closed else Severity.LIGHT,
        parties=(work.id,),
        must_act=MustAct(work.owner, work.id, "calendar"),
        evidence=(
            Evidence("overlap_days_certain", certain_days, "days"),
            Evidence("overlap_days_possible", possible_days, "days"),
            Evidence("period_start", iso(first.s_lo)),
            Evidence("period_end", iso(first.e_hi)),
        ),
        options=lambda: clear_of(work, first.s_lo, first.e_hi, facts.ref),
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what collides, in words."""
    work, entry = name(finding.parties[0]), finding.id.partition("|")[2]
    certain, possible = (value(finding, f"overlap_days_{kind}") for kind in ("certain", "possible"))
    within = days(certain or possible, language)
    bound = at_least(is_sure=bool(certain), language=language)
    start, end = (day_of(finding, item, language) for item in ("period_start", "period_end"))
    if language is Language.NL:
        return (
            f"{work} valt {bound} {within} in de periode "
            f"'{entry}' (van {start} tot {end}), waarin daar niet of liever niet wordt gewerkt."
        )
    return (
        f"{work} falls for {bound} {within} in the period '{entry}' "
        f"(from {start} until {end}), in which there should be no work, or rather none."
    )


RULE = Rule(
    id="C12",
    title=Texts(nl="Gesloten of gevoelige periode", en="In a closed or sensitive season"),
    purpose=Texts(
        nl="Een werk in een periode waarin niet of liever niet wordt gewerkt, zoals broedtijd.",
        en="A work in a period in which there should be none, such as the breeding season.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=("line_half_width_m",),
    depends_on_date=True,
    reads=(
        "municipality",
        "work_type",
    ),
    sums=(*OVERLAP_SUMS,),
    explain=explain,
)
