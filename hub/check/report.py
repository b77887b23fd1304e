"""The readable report of `hub check`: by severity, in Dutch or English.

What tells one story stands in one paragraph (`folding`); a table says per organisation what it is
asked. The heaviest comes first, then in the order of ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import click

from hub.check.findings_json import summary
from hub.check.folding import MOST_IN_FULL, Fold, Item, Kind, folded
from hub.check.intake import Intake
from hub.check.offline import Outcome
from hub.check.selection import Selection, involved
from hub.check.words import (
    ANSWERS,
    CAUSES,
    CERTAINTIES,
    SEVERITIES,
    STATUSES,
    option_in_words,
    who_must_act,
)
from hub.model.finding import Finding, Severity, Status
from hub.model.intervention import Intervention
from hub.rules import installed
from hub.rules.rule import Language, Texts
from hub.rules.wording import counted, day, listed, measured

_COLOURS = {Severity.HEAVY: "red", Severity.LIGHT: "yellow", Severity.INFO: "cyan"}
_MAX_REFUSED_SHOWN = 50
_MOST_WORKS_NAMED = 6
_MOST_IDS = 10
_MOST_ORGANISATIONS = 20

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
_SHOWN = Texts(
    "{shown} van {all} open bevindingen, zoals gevraagd",
    "{shown} of {all} open findings, as asked",
)
_ANSWER_BY = Texts("Antwoord uiterlijk", "Answer by")
_OVERDUE = Texts("te laat", "overdue")
_AROUND, _ALONG = Texts("Rond", "Around"), Texts("Langs", "Along")
_FINDING = Texts("bevinding", "finding"), Texts("bevindingen", "findings")
_WORK = Texts("werk", "work"), Texts("werken", "works")
_OTHER = Texts("ander", "other"), Texts("andere", "others")
_NOBODY = Texts("niemand in het bijzonder", "nobody in particular")
_PER_ORGANISATION = Texts("Per organisatie", "Per organisation")
_LOAD = Texts(
    "aan zet bij {asked} (waarvan {heavy} zwaar), betrokken bij {part}",
    "to act on {asked} ({heavy} of them heavy), involved in {part}",
)
_READ = Texts("Gelezen", "Read")
_NOTICE = Texts("Let op", "Note")


_EVERYTHING = Selection()


def print_report(
    intake: Intake, outcome: Outcome | None, lang: str, selection: Selection = _EVERYTHING
) -> None:
    """Print the report on standard output; colours only on a terminal."""
    _Report(Language(lang), selection, outcome).print(intake)


class _Report:
    def __init__(self, language: Language, selection: Selection, outcome: Outcome | None) -> None:
        self._language = language
        self._selection = selection
        self._outcome = outcome
        states = {} if outcome is None else outcome.states
        self._works: dict[str, Intervention] = {
            key: state.entry.intervention for key, state in states.items() if state.entry
        }

    def print(self, intake: Intake) -> None:
        outcome = self._outcome
        if outcome is not None:
            self._findings(outcome)
            self._resolved(outcome)
            if self._selection.is_everything:
                self._incomplete(outcome)
        self._refused(intake)
        self._summary(intake, outcome)

    def _say(self, text: str, *, indent: int = 0, colour: str | None = None) -> None:
        bold = colour is not None
        click.echo(" " * indent + (click.style(text, fg=colour, bold=bold) if bold else text))

    def _in(self, texts: Texts) -> str:
        return texts.in_language(self._language)

    def _count(self, count: int, words: tuple[Texts, Texts]) -> str:
        return counted(count, self._in(words[0]), self._in(words[1]), self._language)

    # -- names ------------------------------------------------------------------------------------

    def _name(self, key: str) -> str:
        assert self._outcome is not None
        title = self._outcome.titles.get(key)
        return f"{title} ({key})" if title else key

    def _owner_of(self, work: str) -> str | None:
        known = self._works.get(work)
        return None if known is None else known.plan_owner

    def _group_of(self, work: str) -> str:
        """Return the project of an owner that a work is a part of, else the work itself."""
        known = self._works.get(work)
        if known is None or known.project_number is None:
            return work
        return f"{known.plan_owner}|{known.project_number}"

    def _takes(self, finding: Finding) -> bool:
        return self._selection.takes(finding, self._owner_of)

    # -- what is open -----------------------------------------------------------------------------

    def _findings(self, outcome: Outcome) -> None:
        still_open = [finding for finding in outcome.findings if finding.status.is_open]
        shown = [finding for finding in still_open if self._takes(finding)]
        if len(shown) < len(still_open):
            said = {"shown": len(shown), "all": len(still_open)}
            self._say(self._in(_SHOWN).format(**said))
        if not shown:
            self._say(self._in(_NOTHING))
        for severity in (Severity.HEAVY, Severity.LIGHT, Severity.INFO):
            group = [finding for finding in shown if finding.severity is severity]
            if group:
                heading = f"{self._in(SEVERITIES[severity])} ({len(group)})"
                self._say(heading, colour=_COLOURS[severity])
            for item in self._items(group):
                if isinstance(item, Fold):
                    self._fold(item)
                else:
                    self._finding(item)
        self._organisations(shown)

    def _items(self, findings: list[Finding]) -> list[Item]:
        if self._selection.in_full:
            return list(findings)
        return folded(findings, self._group_of)

    def _finding(self, finding: Finding) -> None:
        rule = installed()[finding.rule]
        self._say(f"{self._in(rule.title)} — {self._standing(finding)}", indent=2, colour="white")
        self._say(finding.id, indent=4)
        self._say(rule.explain(finding, self._language, self._name), indent=4)
        acts = who_must_act(finding, self._language, self._name)
        self._say(f"{self._in(_WHO)}: {acts}", indent=4)
        if finding.answer_by is not None:
            self._say(self._answer(finding), indent=4)
        for option in finding.options:
            words = option_in_words(option, self._language, self._name)
            self._say(f"{self._in(_OPTION)}: {words}", indent=4)
        click.echo()

    def _answer(self, finding: Finding) -> str:
        """Return by when feedback asks for an answer, and which answers there are."""
        by = day(str(finding.answer_by), self._language)
        answers = [self._in(ANSWERS[kind]) for kind in finding.possible_answers]
        late = f" ({self._in(_OVERDUE)})" if finding.answer_overdue else ""
        return f"{self._in(_ANSWER_BY)} {by}{late}: {', '.join(answers)}"

    def _standing(self, finding: Finding) -> str:
        facts = [self._in(CERTAINTIES[finding.certainty.value]), self._in(STATUSES[finding.status])]
        if finding.status is not Status.DETECTED or finding.revision > 1:
            facts.append(f"{self._in(_SINCE)} {finding.first_seen}")
        return ", ".join(facts)

    def _fold(self, fold: Fold) -> None:
        """Print what many findings tell together: around what, how many, who is asked."""
        self._say(self._heading(fold), indent=2, colour="white")
        for line in self._together(fold):
            self._say(line, indent=4)
        for finding in fold.findings[:MOST_IN_FULL]:
            said = installed()[finding.rule].explain(finding, self._language, self._name)
            self._say(f"- {said} [{finding.id}]", indent=4)
        rest = [finding.id for finding in fold.findings[MOST_IN_FULL:]]
        ids = ", ".join(rest[:_MOST_IDS]) + (", …" if len(rest) > _MOST_IDS else "")
        self._say(f"{self._in(_MORE)} {len(rest)} (--full): {ids}", indent=4)
        click.echo()

    def _heading(self, fold: Fold) -> str:
        count = self._count(len(fold.findings), _FINDING)
        if fold.kind is Kind.OF:
            title = self._in(installed()[fold.findings[0].rule].title)
            return f"{title} — {fold.subject}: {count}"
        around = self._in(_AROUND if fold.kind is Kind.AROUND else _ALONG)
        return f"{around} {self._name(fold.subject)}: {count}"

    def _together(self, fold: Fold) -> Iterator[str]:
        rules = Counter(finding.rule for finding in fold.findings)
        if fold.kind is not Kind.OF:
            titles = {rule: self._in(installed()[rule].title) for rule in rules}
            yield "; ".join(f"{count}× {titles[rule]}" for rule, count in sorted(rules.items()))
        works = fold.works
        named = [self._name(work) for work in works[:_MOST_WORKS_NAMED]]
        rest = len(works) - len(named)
        if rest > 0:
            named.append(self._count(rest, _OTHER))
        yield f"{self._count(len(works), _WORK)}: {listed(named, self._language)}"
        if fold.kind is not Kind.OF:
            asked = Counter(
                finding.must_act.organisation or self._in(_NOBODY) for finding in fold.findings
            )
            acts = ", ".join(f"{who} {count}×" for who, count in asked.most_common())
            yield f"{self._in(_WHO)}: {acts}"

    def _organisations(self, shown: Iterable[Finding]) -> None:
        """Print per organisation what it is asked, and in how many findings it takes part."""
        asked: Counter[str] = Counter()
        heavy: Counter[str] = Counter()
        part: Counter[str] = Counter()
        for finding in shown:
            part.update(involved(finding, self._owner_of))
            organisation = finding.must_act.organisation
            if organisation is not None:
                asked[organisation] += 1
                heavy[organisation] += finding.severity is Severity.HEAVY
        if not part:
            return
        self._say(self._in(_PER_ORGANISATION), colour="white")
        order = sorted(part, key=lambda one: (-heavy[one], -asked[one], -part[one], one))
        for one in order[:_MOST_ORGANISATIONS]:
            numbers = {
                "asked": measured(asked[one], self._language),
                "heavy": measured(heavy[one], self._language),
                "part": measured(part[one], self._language),
            }
            self._say(f"{one}: {self._in(_LOAD).format(**numbers)}", indent=2)
        if len(order) > _MOST_ORGANISATIONS:
            self._say(f"{self._in(_MORE)} {len(order) - _MOST_ORGANISATIONS}", indent=2)
        click.echo()

    # -- the rest ---------------------------------------------------------------------------------

    def _resolved(self, outcome: Outcome) -> None:
        resolved = [
            finding
            for finding in outcome.findings
            if not finding.status.is_open and self._takes(finding)
        ]
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
        severities = counts["findings_by_severity"]
        parts.append(
            ", ".join(
                f"{severities[severity]} {self._in(words).lower()}"
                for severity, words in SEVERITIES.items()
                if severity in severities
            )
        )
        parts.append(
            ", ".join(f"{count} {rule}" for rule, count in counts["findings_by_rule"].items())
        )
        parts = [part for part in parts if part]
        self._say("; ".join(parts))
