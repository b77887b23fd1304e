"""`hub explain`: everything behind one finding, in words that a planner and an auditor can follow.

The first paragraph is the text that the event carries. What follows are the rule and its version,
the policy values with their origin, the fields it read with source and revision, the measured
facts, the arithmetic, the history and the options.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from hub.check.arithmetic import arithmetic
from hub.check.inputs import euros, field_in_words, fields_of, value_in_words
from hub.check.policy_origin import ValueInForce, municipality_of, values_in_force
from hub.check.scene import Moment, Scene
from hub.check.words import CAUSES, CERTAINTIES, SEVERITIES, STATUSES, option_in_words
from hub.contracts.json_codec import write
from hub.errors import ConfigurationError
from hub.model.dates import iso
from hub.model.facets import FacetState
from hub.model.finding import EvidenceValue, Finding
from hub.model.intervention import Source
from hub.model.policy import THRESHOLDS
from hub.model.reference import PolicyConfig, ReferenceItem, reference_key
from hub.model.vocabulary import Classification
from hub.rules import explain, installed
from hub.rules.rule import Language, Rule, Texts, key_of

_MOST_PARTIES = 25


def no_such_finding(finding_id: str, known: Iterable[str], where: str) -> ConfigurationError:
    """Return the error for a finding that is nowhere, with the ids it may have been meant for."""
    near = difflib.get_close_matches(finding_id, list(known), n=3, cutoff=0.5)
    hint = f"; meant: {', '.join(near)}?" if near else ""
    return ConfigurationError(
        f"{where}: came '{finding_id}'; expected the id of a finding, rule and key such as"
        f" C01:heat:7|sewer:K-118{hint}"
    )


def explanation_text(finding_id: str, scene: Scene, language: Language, *, where: str) -> str:
    """Return the whole explanation of a finding as text.

    :raises ConfigurationError: if the finding is nowhere; `where` says what was looked through
    """
    finding = scene.findings.get(finding_id)
    if finding is None:
        raise no_such_finding(finding_id, scene.findings, where)
    return "\n".join(_Explanation(finding, scene, language).lines()) + "\n"


def _rule_of(finding: Finding) -> Rule:
    rule = installed().get(finding.rule)
    if rule is None:
        raise ConfigurationError(
            f"{finding.id}: came a finding of rule '{finding.rule}'; expected one of"
            f" {', '.join(installed())}; explain it with the version of the hub that wrote it"
        )
    return rule


class _Explanation:
    def __init__(self, finding: Finding, scene: Scene, language: Language) -> None:
        self._finding = finding
        self._scene = scene
        self._language = language
        self._rule = _rule_of(finding)
        self._works = scene.works
        self._values = tuple(
            values_in_force(
                self._rule.thresholds,
                configs=scene.policy,
                on=scene.reference_date,
                municipality=municipality_of(finding, self._works, scene.goals),
            )
        )

    def lines(self) -> Iterator[str]:
        finding = self._finding
        yield f"{finding.id} — {self._in(self._rule.title)}"
        yield ""
        yield self._event_text() or explain(finding, language=self._language, name=self._name)
        yield from self._section(_RULE, self._rule_lines())
        yield from self._section(_ANSWER, self._answer_lines())
        yield from self._section(_YIELD, self._yield_lines())
        yield from self._section(_POLICY, self._policy_lines())
        yield from self._section(_INPUTS, self._input_lines())
        yield from self._section(_MEASURED, self._measured_lines())
        yield from self._section(
            _ARITHMETIC, arithmetic(self._rule, self._shown_facts(), self._language)
        )
        yield from self._section(_HISTORY, self._history_lines())
        yield from self._section(_OPTIONS, self._option_lines())

    def _event_text(self) -> str:
        """Return the explanation that the last event carries, the empty text where it has none."""
        moments = self._scene.moments.get(self._finding.id, ())
        return moments[-1].texts.get(self._language, "") if moments else ""

    def _in(self, texts: Texts) -> str:
        return texts.in_language(self._language)

    def _section(self, title: Texts, lines: Iterable[str]) -> Iterator[str]:
        found = list(lines)
        if found:
            yield ""
            yield self._in(title)
            yield from (f"  {line}" for line in found)

    def _name(self, key: str) -> str:
        """Return a work, or a goal written as `goal:` and its id, by its title."""
        goals = {f"goal:{goal}": item for goal, item in self._scene.goals.items()}
        known = self._works.get(key) or goals.get(key)
        return f"{known.title} ({key})" if known is not None and known.title else key

    # -- the rule and its values ------------------------------------------------------------------

    def _rule_lines(self) -> Iterator[str]:
        finding, rule = self._finding, self._rule
        yield f"{rule.id}, {self._in(_VERSION)} {finding.rule_version}: {self._in(rule.purpose)}"
        if finding.rule_version != rule.version:
            yield f"{self._in(_INSTALLED)} {rule.version}"
        yield f"{self._in(_STANDS)}: {self._standing(finding)}"
        yield f"{self._in(_SINCE)} {finding.first_seen}; {self._in(_LOOKED_FROM)} " + str(
            self._scene.reference_date
        )
        yield f"{self._in(_SHOWN_TO)}: {self._in(_CLASSIFICATIONS[finding.classification])}"

    def _standing(self, finding: Finding) -> str:
        words = [
            STATUSES[finding.status],
            SEVERITIES[finding.severity],
            CERTAINTIES[finding.certainty.value],
        ]
        text = ", ".join(self._in(word).lower() for word in words)
        return text if finding.cause is None else f"{text}; {self._in(CAUSES[finding.cause])}"

    def _answer_lines(self) -> Iterator[str]:
        """Yield who is asked to answer, by when and how; only feedback asks that."""
        finding = self._finding
        if finding.addressee is None:
            return
        yield f"{self._in(_ASKED_OF)}: {finding.addressee}"
        if finding.answer_by is not None:
            late = f" ({self._in(_OVERDUE)})" if finding.answer_overdue else ""
            yield f"{self._in(_ANSWER_BY)}: {finding.answer_by}{late}"
        for kind in finding.possible_answers:
            yield f"hub decide {kind.value} '{finding.id}' --by {finding.addressee}"

    def _yield_lines(self) -> Iterator[str]:
        """Yield what taking an opportunity would save, and who would move."""
        saved = self._finding.savings
        if saved is not None:
            yield f"{self._in(_AREA)}: {self._value(saved.area_m2, 'm2')}"
            yield f"{self._in(_AMOUNT)}: {self._value(saved.amount_cents, 'cents')}"
            yield f"{self._in(_NUISANCE)}: {self._value(saved.nuisance_days, 'days')}"
        for work, days in sorted((self._finding.moves or {}).items()):
            if days:
                yield f"{self._name(work)}: {self._value(days, 'days')}"

    def _policy_lines(self) -> Iterator[str]:
        yield f"{self._in(_POLICY_VERSION)}: {self._finding.policy_version}"
        for item in self._values:
            value = tuple(item.value) if isinstance(item.value, list | tuple) else item.value
            shown = self._value(value, _UNIT_OF.get(item.name.partition(".")[0]))
            yield f"{item.name} = {shown} — {self._origin(item)}"

    def _origin(self, item: ValueInForce) -> str:
        if item.config is None:
            source = THRESHOLDS[item.name.partition(".")[0]].source
            return f"{self._in(_DEFAULT)} ({source})"
        config = item.config
        whose = self._in(_EVERYWHERE) if config.municipality == "*" else config.municipality
        period = ""
        if config.valid_from is not None or config.valid_to is not None:
            period = f", {config.valid_from or '…'} – {config.valid_to or '…'}"
        return f"{self._in(_POLICY_OF)} '{config.version}' ({whose}{period})"

    # -- what went in -----------------------------------------------------------------------------

    def _input_lines(self) -> Iterator[str]:
        more = len(self._finding.parties) - _MOST_PARTIES
        for party in self._finding.parties[:_MOST_PARTIES]:
            state = self._scene.states.get(party)
            if state is None or state.entry is None:
                yield f"{party}: {self._in(_NOT_THERE)}"
                continue
            yield f"{self._name(party)}, {self._in(_REVISION)} {state.entry.revision}"
            for name in fields_of(self._rule):
                words = field_in_words(state.entry.intervention, name, self._language)
                if getattr(state.entry.intervention, name) is None:
                    yield f"  {name}: {words}"
                else:
                    yield f"  {name}: {words}  [{self._source_of(state, name)}]"
            span = state.entry.intervention.span
            if span is not None:
                yield (
                    f"  {self._in(_FOUR_DAYS)}: {iso(span.s_lo)}…{iso(span.s_hi)} –"
                    f" {iso(span.e_lo)}…{iso(span.e_hi)}"
                )

        if more > 0:
            yield f"… {self._in(_AND_MORE)} {more}"
        for item in self._items():
            yield f"{reference_key(item)}"
            for name, value in write(item).items():
                if name not in ("id", "geometry"):
                    yield f"  {name}: {value_in_words(value, self._language)}"

    def _items(self) -> Iterator[ReferenceItem]:
        """Yield the reference data that the finding is about, by its area, goal and key."""
        named = {self._finding.area, self._finding.goal, *key_of(self._finding.id)}
        for item in self._scene.items:
            if not isinstance(item, PolicyConfig) and item.id in named:
                yield item

    def _source_of(self, state: FacetState, name: str) -> str:
        """Return which source gave a field, under which key and revision."""
        assert state.entry is not None
        system = state.entry.provenance.get(name)
        facet = state.facet_of(system)
        source = None if facet is None else facet.intervention.source
        if name == "required_decisions" and state.taken:
            ids = ", ".join(item.decision for item in state.taken)
            return f"{system or self._in(_FILE)}; {self._in(_TAKEN_BY)} {ids}"
        if system is None:
            return self._in(_FILE)
        return ", ".join([system, *self._marks(source)])

    def _marks(self, source: Source | None) -> Iterator[str]:
        if source is None:
            return
        if source.key is not None:
            yield source.key
        if source.revision is not None:
            yield f"{self._in(_REVISION)} {source.revision}"
        if source.updated_on is not None:
            yield f"{self._in(_CONFIRMED)} {source.updated_on}"

    # -- what came out ----------------------------------------------------------------------------

    def _measured_lines(self) -> Iterator[str]:
        for item in self._finding.evidence:
            text = f"{item.name}: {self._value(item.value, item.unit)}"
            if item.threshold is not None:
                text += f" ({self._in(_LIMIT)} {self._value(item.threshold, item.unit)})"
            yield f"{text} {self._in(_MOVES_WITH_TIME)}" if item.volatile else text

    def _shown_facts(self) -> dict[str, str]:
        shown = {
            item.name: self._value(item.value, _UNIT_OF.get(item.name))
            for item in self._values
            if not isinstance(item.value, list | tuple)
        }
        for item in self._finding.evidence:
            if item.value is not None:
                shown[item.name] = self._value(item.value, item.unit)
        return shown

    def _value(self, value: EvidenceValue | Decimal, unit: str | None) -> str:
        if value is None:
            return self._in(_UNKNOWN)
        if isinstance(value, bool):
            return self._in(_YES if value else _NO)
        if isinstance(value, tuple):
            return ", ".join(str(item) for item in value) or self._in(_NONE)
        if unit == "cents" and isinstance(value, int):
            return euros(value, self._language)
        word = _UNITS.get(unit or "")
        shown = _plain(value)
        return f"{shown} {self._in(word)}" if word else f"{shown} {unit}" if unit else shown

    def _history_lines(self) -> Iterator[str]:
        moments = self._scene.moments.get(self._finding.id) or (Moment(self._finding),)
        first = moments[0].finding.revision
        if first > 1:
            yield f"{self._in(_EARLIER)} 1–{first - 1}"
        for moment in moments:
            record = moment.finding
            text = f"{record.last_changed} {self._in(_REVISION)} {record.revision}: " + (
                self._standing(record)
            )
            followed = moment.followed_from
            yield text if followed is None else f"{text} ({self._in(followed)})"
        for decision in self._scene.decisions:
            if decision.finding != self._finding.id:
                continue
            why = f": {decision.reason}" if decision.reason else ""
            kind = self._in(DECISIONS[decision.kind.value])
            yield f"{decision.on} {kind} {self._in(_BY)} {decision.by}{why} [{decision.id}]"

    def _option_lines(self) -> Iterator[str]:
        for option in self._finding.options:
            text = option_in_words(option, self._language)
            work = self._works.get(option.intervention or "")
            if option.action == "shift" and option.days and work is not None and work.span:
                was, becomes = work.span, work.span.shifted(option.days)
                text += (
                    f" [{iso(was.s_lo)} – {iso(was.e_hi)} → "
                    f"{iso(becomes.s_lo)} – {iso(becomes.e_hi)}]"
                )
            yield text


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else str(value.normalize())
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "-"
    return str(value)


DECISIONS = {
    "acknowledge": Texts("in behandeling genomen", "acknowledged"),
    "accept": Texts("aanvaard", "accepted"),
    "decline": Texts("afgewezen", "declined"),
    "counter": Texts("tegenvoorstel", "countered"),
    "taken": Texts("besluit genomen", "decision taken"),
}
_UNIT_OF = {
    threshold.name: {"metres": "m", "days": "days", "years": "years", "cents": "cents"}.get(
        threshold.form.kind
    )
    for threshold in THRESHOLDS.values()
}
_UNITS = {
    "days": Texts("dagen", "days"),
    "years": Texts("jaar", "years"),
    "m2": Texts("m²", "m²"),
}
_RULE = Texts("Regel", "Rule")
_VERSION = Texts("versie", "version")
_INSTALLED = Texts("nu geïnstalleerd: versie", "now installed: version")
_STANDS = Texts("Stand", "It stands")
_SINCE = Texts("Sinds", "Since")
_LOOKED_FROM = Texts("bekeken vanaf", "looked at from")
_SHOWN_TO = Texts("Zichtbaar voor", "Shown to")
_CLASSIFICATIONS = {
    Classification.PUBLIC: Texts("iedereen", "everybody"),
    Classification.PARTNERS: Texts("partners", "partners"),
    Classification.RESTRICTED: Texts("alleen de partijen", "its parties only"),
}
_ANSWER = Texts("Antwoord gevraagd", "An answer is asked")
_ASKED_OF = Texts("van", "of")
_ANSWER_BY = Texts("uiterlijk", "by")
_OVERDUE = Texts("te laat", "overdue")
_YIELD = Texts("Wat het oplevert", "What it would bring")
_AREA = Texts("minder open te breken", "less to be opened")
_AMOUNT = Texts("minder herstelkosten", "less repair cost")
_NUISANCE = Texts("minder hinder", "less nuisance")
_AND_MORE = Texts("en nog", "and more:")
_POLICY = Texts("Beleidswaarden", "Policy values")
_POLICY_VERSION = Texts("versie in de bevinding", "version in the finding")
_DEFAULT = Texts("standaard", "default")
_POLICY_OF = Texts("beleid", "policy")
_EVERYWHERE = Texts("overal", "everywhere")
_INPUTS = Texts("Waaruit dit volgt", "What this follows from")
_NOT_THERE = Texts("staat niet (meer) in het programma", "is not (or no longer) in the programme")
_REVISION = Texts("revisie", "revision")
_FOUR_DAYS = Texts("vroegste en laatste start – einde", "earliest and latest start – end")
_FILE = Texts("uit het bestand zelf", "from the file itself")
_TAKEN_BY = Texts("genomen volgens", "taken according to")
_CONFIRMED = Texts("bevestigd", "confirmed")
_MEASURED = Texts("Gemeten", "Measured")
_LIMIT = Texts("grens", "limit")
_MOVES_WITH_TIME = Texts("(loopt mee met de tijd)", "(moves with time)")
_ARITHMETIC = Texts("Rekensom", "Arithmetic")
_HISTORY = Texts("Verloop", "History")
_EARLIER = Texts(
    "Niet meer op het topic (alleen de laatste stand blijft): revisie",
    "No longer on the topic (only the last state stays): revision",
)
_BY = Texts("door", "by")
_OPTIONS = Texts("Wat kan", "What could be done")
_UNKNOWN = Texts("onbekend", "unknown")
_YES, _NO = Texts("ja", "yes"), Texts("nee", "no")
_NONE = Texts("geen", "none")
