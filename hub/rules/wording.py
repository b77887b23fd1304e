"""Words that explanations share: values, who is asked, what could be done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hub.model.finding import EvidenceValue, Feasibility, Finding, FindingKind, Option
from hub.rules.rule import Language

Name = Callable[[str], str]


def number(written: Decimal | int) -> int | float:
    """Return a threshold as it is shown: whole where it is whole."""
    exact = Decimal(written)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def value(finding: Finding, name: str) -> EvidenceValue:
    """Return the value of a piece of evidence, None where it is absent."""
    return next((item.value for item in finding.evidence if item.name == name), None)


def asked(finding: Finding, language: Language, name: Name) -> str:
    """Return who is asked to act, and why."""
    act = finding.must_act
    dutch = language is Language.NL
    reason = _REASONS.get(act.reason, (act.reason, act.reason))[0 if dutch else 1]
    if act.organisation is None:
        if dutch:
            return f"Niemand wordt gevraagd te wijken ({reason}); partijen moeten het eens worden."
        return f"Nobody is asked to give way ({reason}); the parties must agree."
    about = ""
    if act.intervention is not None and len(finding.parties) > 1:
        about = f" met {name(act.intervention)}" if dutch else f" with {name(act.intervention)}"
    verb = "Aan zet is" if dutch else "It is up to"
    return f"{verb} {act.organisation}{about}: {reason}."


def choices(finding: Finding, language: Language, name: Name) -> str:
    """Return what could be done, the empty text when there is nothing to choose."""
    sentences = [_choice(option, language, name) for option in finding.options]
    if not sentences:
        return ""
    lead = "Mogelijk" if language is Language.NL else "Possible"
    return f"{lead}: {'; '.join(sentences)}."


def _choice(option: Option, language: Language, name: Name) -> str:
    dutch = language is Language.NL
    who = "" if option.intervention is None else name(option.intervention)
    if option.action == "shift" and option.days is not None:
        return _shift(option, who, dutch=dutch)
    words = _ACTIONS.get(option.action, (option.action, option.action))[0 if dutch else 1]
    days = ""
    if option.days is not None:
        days = f" ({abs(option.days)} {'dagen' if dutch else 'days'})"
    return words.format(who=who).strip() + days


def _shift(option: Option, who: str, *, dutch: bool) -> str:
    assert option.days is not None
    count = abs(option.days)
    if dutch:
        direction = "later" if option.days > 0 else "eerder"
        text = f"{who} {count} dagen {direction}, {_FEASIBLE[option.feasible][0]}"
        gains = [f"lost {len(option.closes)} conflict(en) op"] if option.closes else []
        gains += [f"geeft {len(option.opens)} nieuwe"] if option.opens else []
    else:
        direction = "later" if option.days > 0 else "earlier"
        text = f"{who} {count} days {direction}, {_FEASIBLE[option.feasible][1]}"
        gains = [f"closes {len(option.closes)} conflict(s)"] if option.closes else []
        gains += [f"opens {len(option.opens)}"] if option.opens else []
    joined = (" en " if dutch else " and ").join(gains)
    return f"{text} ({joined})" if joined else text


def certainty_note(finding: Finding, language: Language) -> str:
    """Return a sentence for findings that are only possible, else the empty text."""
    if finding.certainty == "certain" or finding.kind is FindingKind.FEEDBACK:
        return ""
    if language is Language.NL:
        return "Dit is mogelijk, niet zeker: niet alles is bekend of nauwkeurig genoeg."
    return "This is possible, not certain: not everything is known or precise enough."


_FEASIBLE = {
    Feasibility.YES: ("past in de schuifruimte", "inside the shift room"),
    Feasibility.NO: ("past niet in de schuifruimte", "outside the shift room"),
    Feasibility.ASK: ("na te vragen", "to be asked"),
}
_REASONS = {
    "running": (
        "het andere werk loopt al of is klaar",
        "the other work is under way or done",
    ),
    "both_running": ("beide werken lopen al", "both works are under way"),
    "role": ("het andere werk is leidend", "the other work leads"),
    "firmness": ("het andere plan ligt vaster", "the other plan is firmer"),
    "shift_room": (
        "dit werk heeft de meeste schuifruimte",
        "this work has most room to shift",
    ),
    "registered_later": ("dit werk is later aangemeld", "this work was registered later"),
    "undecided": (
        "niets maakt verschil tussen beide",
        "nothing separates the two",
    ),
    "moratorium": ("daar geldt graafrust", "a dig moratorium holds there"),
    "predecessor_withdrawn": (
        "het werk waarop gewacht wordt is vervallen",
        "the work it waits for is withdrawn",
    ),
    "leading_does_not_wait": (
        "de leidende opgave kan niet wachten",
        "the leading work cannot wait",
    ),
    "own_process": ("het is het eigen besluitproces", "it is their own process"),
    "data": ("het zijn de eigen gegevens", "it is their own data"),
    "only_party": ("er is maar één partij", "there is only one party"),
}
_ACTIONS = {
    "combine": ("samen uitvoeren", "do the works together"),
    "coordinate_site": ("ter plaatse afstemmen", "coordinate on site"),
    "apply_for_exemption": ("ontheffing aanvragen", "apply for an exemption"),
    "drop_dependency": (
        "de afhankelijkheid van {who} laten vallen",
        "drop the dependency of {who}",
    ),
    "shorten_process": ("het proces van {who} verkorten", "shorten the process of {who}"),
    "decouple": ("{who} loskoppelen", "decouple {who}"),
    "ask_extra_meeting": ("een extra vergadering vragen", "ask for an extra meeting"),
    "new_proposal": ("een nieuw voorstel indienen", "submit a new proposal"),
    "correct_data": ("de gegevens verbeteren", "correct the data"),
}
