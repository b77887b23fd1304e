"""The demo's outcome as plain lines: what was read, what was found, what the move did, how fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.demo import words
from hub.demo.ledger import Effect, Ledger
from hub.demo.plans import Plans
from hub.demo.town import MUNICIPALITY, NAME
from hub.model.finding import Finding, Severity
from hub.rules.rule import Language

_SEVERITIES = (Severity.HEAVY, Severity.LIGHT, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is to tell at the end."""

    plans: Plans
    ledger: Ledger
    effect: Effect
    saved_to_last_s: float | None
    took_s: float


def summary_lines(outcome: Outcome, language: Language) -> Iterator[str]:
    """Yield the summary, a line each."""
    ledger = outcome.ledger
    yield f"{NAME} ({MUNICIPALITY}, {words.FICTIONAL.in_language(language)}), {outcome.plans.day}"
    read = ", ".join(f"{count} {name}" for name, count in ledger.works_per_source.items())
    yield f"{words.READ.in_language(language)}: {len(ledger.entries)} ({read})"
    yield ""
    yield from _table(ledger, language)
    yield ""
    yield from effect_lines(outcome.effect, ledger, language)
    yield from _speed(outcome, language)


def _table(ledger: Ledger, language: Language) -> Iterator[str]:
    """Yield the open findings by rule and severity."""
    counts = ledger.open_counts
    heads = [words.severity_word(severity, language) for severity in _SEVERITIES]
    widths = [max(5, len(head)) for head in heads]
    yield f"{words.FINDINGS.in_language(language)}: {sum(counts.values())}"
    yield _row(words.RULE.in_language(language), heads, widths)
    for rule in sorted({rule for rule, _ in counts}):
        cells = [str(counts.get((rule, severity.value), "")) for severity in _SEVERITIES]
        yield _row(f"{rule} {words.title_of(rule, language)}", cells, widths)


def _row(label: str, cells: Iterable[str], widths: Iterable[int]) -> str:
    numbers = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"  {label:<44} {numbers}".rstrip()


def effect_lines(effect: Effect, ledger: Ledger, language: Language) -> Iterator[str]:
    """Yield what moved, and which findings opened, changed and closed because of it."""
    yield f"{words.MOVED.in_language(language)} ({len(effect.moved)})"
    for moved in effect.moved:
        yield f"  {words.moved_in_words(moved, ledger, language)}"
    yield f"{words.OPENED.in_language(language)} ({len(effect.opened)})"
    for finding in effect.opened:
        yield from _finding(finding, ledger, language)
    yield f"{words.CHANGED.in_language(language)} ({len(effect.changed)})"
    for changed in effect.changed:
        yield from _finding(changed.finding, ledger, language)
        yield f"      {words.change_in_words(changed, language)}"
    yield f"{words.CLOSED.in_language(language)} ({len(effect.closed)})"
    for finding in effect.closed:
        yield f"  {_head(finding, language)}: {words.closed_because(finding, language)}"


def _finding(finding: Finding, ledger: Ledger, language: Language) -> Iterator[str]:
    yield f"  {_head(finding, language)}"
    yield f"      {words.explained(finding, ledger, language)}"
    yield f"      {words.who_acts(finding, ledger, language)}"


def _head(finding: Finding, language: Language) -> str:
    severity = words.severity_word(finding.severity, language)
    return f"{severity}  {finding.id}  {words.title_of(finding.rule, language)}"


def _speed(outcome: Outcome, language: Language) -> Iterator[str]:
    ledger = outcome.ledger
    yield ""
    yield words.SPEED.in_language(language).format(
        p50=words.seconds_shown(ledger.seconds(0.5)),
        p95=words.seconds_shown(ledger.seconds(0.95)),
        count=ledger.measured,
    )
    yield words.LOAD_SPEED.in_language(language).format(
        p50=words.seconds_shown(ledger.load_seconds(0.5)),
        p95=words.seconds_shown(ledger.load_seconds(0.95)),
    )
    yield words.SAVED_TO_LAST.in_language(language).format(
        seconds=words.seconds_shown(outcome.saved_to_last_s)
    )
    yield words.TOOK.in_language(language).format(seconds=f"{outcome.took_s:.1f}")
