"""What the demo says, in Dutch and English."""

from __future__ import annotations

from hub.check.words import CAUSES, SEVERITIES, STATUSES
from hub.demo.ledger import Changed, EvidenceChange, Ledger, Moved
from hub.model.finding import EvidenceValue, Finding, Severity, Status
from hub.rules import installed
from hub.rules.rule import Language, Texts
from hub.rules.wording import asked

WRITTEN = Texts(
    "plannen van {town} geschreven ({works} werken)", "plans of {town} written ({works} works)"
)
FETCHING = Texts("Apache Kafka ophalen (eenmalig)", "fetching Apache Kafka (once)")
STARTING = Texts("Apache Kafka starten", "starting Apache Kafka")
BROKER = Texts("Apache Kafka antwoordt op {address}", "Apache Kafka answers on {address}")
TOPICS = Texts(
    "topics met voorvoegsel {prefix} staan klaar", "topics with prefix {prefix} are ready"
)
WORKER = Texts("worker is klaar (register en detect)", "worker is ready (register and detect)")
REFERENCE = Texts(
    "{items} kaders gepubliceerd: vergaderingen, graafrust, beleid",
    "{items} reference items published: meetings, moratoria, policy",
)
CONNECTORS = Texts("connectors lezen {files}", "connectors read {files}")
LOADED = Texts("{works} werken in het programma", "{works} works in the programme")
MOVE_SOON = Texts(
    "over {seconds} s schuift het riool in de {street} {years} jaar",
    "in {seconds} s the sewer in {street} moves {years} years",
)
MOVING = Texts(
    "{file} gewijzigd: {works} rioolwerken in de {street} {years} jaar later",
    "{file} changed: {works} sewer works in {street} {years} years later",
)
FOLLOWED = Texts("gevolgen verwerkt", "effects processed")
WATCHING = Texts(
    "wijzig zelf een bestand in {folder} en kijk wat er gebeurt; Ctrl-C stopt",
    "change a file in {folder} yourself and see what happens; Ctrl-C stops",
)

WHY_MOVED = Texts(
    "inspectie: het riool kan nog twee jaar mee", "inspection: the sewer lasts two more years"
)

FICTIONAL = Texts("verzonnen gemeente", "a fictional municipality")
READ = Texts("Gelezen werken", "Works read")
FINDINGS = Texts("Open bevindingen", "Open findings")
NEWEST = Texts("Nieuwste bevindingen", "Newest findings")
RULE = Texts("regel", "rule")
MOVED = Texts("Wat er schoof", "What moved")
OPENED = Texts("Geopend", "Opened")
CHANGED = Texts("Gewijzigd", "Changed")
CLOSED = Texts("Gesloten", "Closed")
BECAUSE = Texts("reden", "because")
DAYS = Texts("dagen", "days")
SPEED = Texts(
    "Seconden van planwijziging tot bevinding: p50 {p50}, p95 {p95} ({count} bevindingen)",
    "Seconds from plan change to finding: p50 {p50}, p95 {p95} ({count} findings)",
)
LOAD_SPEED = Texts(
    "Bij het inlezen van alle plannen tegelijk: p50 {p50}, p95 {p95}",
    "While all plans were read at once: p50 {p50}, p95 {p95}",
)
SAVED_TO_LAST = Texts(
    "Van opslaan van het bestand tot de laatste bevinding: {seconds} s",
    "From saving the file to the last finding: {seconds} s",
)
TOOK = Texts("Duur: {seconds} s", "Took: {seconds} s")

_VALUES = {True: Texts("ja", "yes"), False: Texts("nee", "no")}


def explained(finding: Finding, ledger: Ledger, language: Language) -> str:
    """Return what is the matter, in sentences."""
    rule = installed()[finding.rule]
    return rule.explain(finding, language, lambda work: ledger.titles.get(work, work))


def who_acts(finding: Finding, ledger: Ledger, language: Language) -> str:
    """Return who is asked to act, and why, as a sentence."""
    return asked(finding, language, lambda work: ledger.titles.get(work, work))


def title_of(rule_id: str, language: Language) -> str:
    """Return the title of a rule."""
    return installed()[rule_id].title.in_language(language)


def severity_word(severity: Severity, language: Language) -> str:
    """Return a severity as a word within a sentence."""
    return SEVERITIES[severity].in_language(language).lower()


def status_word(status: Status, language: Language) -> str:
    """Return where a finding stands in its life."""
    return STATUSES[status].in_language(language)


def closed_because(finding: Finding, language: Language) -> str:
    """Return why a finding no longer stands."""
    cause = finding.cause
    return "-" if cause is None else CAUSES[cause].in_language(language)


def moved_in_words(moved: Moved, ledger: Ledger, language: Language) -> str:
    """Return by how much a work was moved, and why."""
    cause = f"; {BECAUSE.in_language(language)}: {moved.cause}" if moved.cause else ""
    days = f"{moved.days:+d} {DAYS.in_language(language)}"
    title = ledger.titles.get(moved.work, moved.work)
    return f"{title} ({moved.work}): {moved.before} → {moved.after} ({days}){cause}"


def change_in_words(changed: Changed, language: Language) -> str:
    """Return which measured facts differ, before and after."""
    return ", ".join(_fact(fact, language) for fact in changed.facts)


def _fact(fact: EvidenceChange, language: Language) -> str:
    unit = f" {fact.unit}" if fact.unit else ""
    return f"{fact.name} {_shown(fact.before, language)} → {_shown(fact.after, language)}{unit}"


def _shown(value: EvidenceValue, language: Language) -> str:
    if isinstance(value, bool):
        return _VALUES[value].in_language(language)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)


def seconds_shown(seconds: float | None) -> str:
    """Return seconds with two decimals, or a dash when nothing was measured."""
    return "-" if seconds is None else f"{seconds:.2f}"
