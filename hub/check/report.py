"""The readable report of `hub check`: by severity, in Dutch or English."""

from __future__ import annotations

from collections.abc import Iterable

import click

from hub.check.findings_json import summary
from hub.check.intake import Intake
from hub.check.offline import Outcome
from hub.check.words import (
    CAUSES,
    CERTAINTIES,
    SEVERITIES,
    STATUSES,
    option_in_words,
    who_must_act,
)
from hub.model.finding import Finding, Severity, Status
from hub.rules import installed
from hub.rules.rule import Language, Texts

_COLOURS = {Severity.HEAVY: "red", Severity.LIGHT: "yellow", Severity.INFO: "cyan"}
_MAX_REFUSED_SHOWN = 50

_WHO = Texts("Aan zet", "To act")
_OPTION = Texts("Kan", "Could")
_SINCE = Texts("sinds", "since")
_NOTHING = Texts("Geen bevindingen.", "No findings.")
_RESOLVED = Texts("Opgelost in dit verloop", "Resolved along the way")
_INCOMPLETE = Texts("Onvolledig (doet nog niet mee)", "Incomplete (takes no part yet)")
_LACKS = Texts("mist", "lacks")
_REFUSED = Texts("Geweigerd", "Refused")
_REFUSED_WHOLE = Texts(
    "Er is niets beoordeeld: herstel eerst wat geweigerd is.",
    "Nothing was evaluated: mend what was refused first.",
)
_CAME, _EXPECTED = Texts("kwam", "came"), Texts("verwacht", "expected")
_MORE = Texts("en nog", "and more:")
_READ = Texts("Gelezen", "Read")
_NOTICE = Texts("Let op", "Note")


def print_report(intake: Intake, outcome: Outcome | None, lang: str) -> None:
    """Print the report on standard output; colours only on a terminal."""
    _Report(Language(lang)).print(intake, outcome)


class _Report:
    def __init__(self, language: Language) -> None:
        self._language = language

    def print(self, intake: Intake, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._findings(outcome)
            self._resolved(outcome)
            self._incomplete(outcome)
        self._refused(intake)
        self._summary(intake, outcome)

    def _say(self, text: str, *, indent: int = 0, colour: str | None = None) -> None:
        bold = colour is not None
        click.echo(" " * indent + (click.style(text, fg=colour, bold=bold) if bold else text))

    def _in(self, texts: Texts) -> str:
        return texts.in_language(self._language)

    def _findings(self, outcome: Outcome) -> None:
        still_open = [finding for finding in outcome.findings if finding.status.is_open]
        if not still_open:
            self._say(self._in(_NOTHING))
        for severity in (Severity.HEAVY, Severity.LIGHT, Severity.INFO):
            group = [finding for finding in still_open if finding.severity is severity]
            if group:
                heading = f"{self._in(SEVERITIES[severity])} ({len(group)})"
                self._say(heading, colour=_COLOURS[severity])
            for finding in group:
                self._finding(finding, outcome)

    def _finding(self, finding: Finding, outcome: Outcome) -> None:
        rule = installed()[finding.rule]
        certainty = self._in(CERTAINTIES[finding.certainty.value])
        facts = [certainty, self._in(STATUSES[finding.status])]
        if finding.status is not Status.DETECTED or finding.revision > 1:
            facts.append(f"{self._in(_SINCE)} {finding.first_seen}")
        self._say(f"{self._in(rule.title)} — {', '.join(facts)}", indent=2, colour="white")
        self._say(finding.id, indent=4)

        def name_of(work: str) -> str:
            title = outcome.titles.get(work)
            return f"{title} ({work})" if title else work

        self._say(rule.explain(finding, self._language, name_of), indent=4)
        self._say(f"{self._in(_WHO)}: {who_must_act(finding, self._language)}", indent=4)
        for option in finding.options:
            words = option_in_words(option, self._language)
            self._say(f"{self._in(_OPTION)}: {words}", indent=4)
        click.echo()

    def _resolved(self, outcome: Outcome) -> None:
        resolved = [finding for finding in outcome.findings if not finding.status.is_open]
        if resolved:
            self._say(f"{self._in(_RESOLVED)} ({len(resolved)})", colour="green")
        for finding in resolved:
            cause = self._in(CAUSES[finding.cause]) if finding.cause else ""
            self._say(f"{finding.id} — {finding.last_changed}: {cause}", indent=2)

    def _incomplete(self, outcome: Outcome) -> None:
        if outcome.incomplete:
            self._say(f"{self._in(_INCOMPLETE)} ({len(outcome.incomplete)})", colour="magenta")
        lines = [
            f"{item.id} {self._in(_LACKS)} {', '.join(item.missing)} ({', '.join(item.sources)})"
            for item in outcome.incomplete
        ]
        self._some(lines)

    def _refused(self, intake: Intake) -> None:
        if intake.refused:
            self._say(f"{self._in(_REFUSED)} ({len(intake.refused)})", colour="red")
        came, expected = self._in(_CAME), self._in(_EXPECTED)
        lines = []
        for item in intake.refused:
            where = ": ".join(part for part in (item.file, item.path) if part)
            lines.append(f"{where}: {came} {item.came}; {expected} {item.expected}")
        self._some(lines)
        self._some(f"{self._in(_NOTICE)}: {warning}" for warning in intake.warnings)
        if not intake.usable:
            self._say(self._in(_REFUSED_WHOLE), colour="red")

    def _some(self, lines: Iterable[str]) -> None:
        shown = list(lines)
        for line in shown[:_MAX_REFUSED_SHOWN]:
            self._say(line, indent=2)
        if len(shown) > _MAX_REFUSED_SHOWN:
            self._say(f"{self._in(_MORE)} {len(shown) - _MAX_REFUSED_SHOWN}", indent=2)

    def _summary(self, intake: Intake, outcome: Outcome | None) -> None:
        counts = summary(intake, outcome)
        read = ", ".join(f"{count} {source}" for source, count in counts["read"].items()) or "0"
        parts = [f"{self._in(_READ)}: {read}"]
        parts += [f"{name}: {count}" for name, count in intake.notes.items()]
        for name in ("findings_by_severity", "findings_by_rule"):
            if counts[name]:
                parts.append(", ".join(f"{count} {word}" for word, count in counts[name].items()))
        self._say("; ".join(parts))
