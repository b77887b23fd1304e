"""The words of reports in Dutch and English: severities, states, causes, options."""

from __future__ import annotations

from hub.model.finding import Feasibility, Finding, Option, ResolutionCause, Severity, Status
from hub.model.vocabulary import DecisionKind
from hub.rules.rule import Language, Texts
from hub.rules.wording import Name, action_in_words, days, reason_in_words

_MOST_IDS = 6
SEVERITIES = {
    Severity.HEAVY: Texts("Zwaar", "Heavy"),
    Severity.LIGHT: Texts("Licht", "Light"),
    Severity.INFO: Texts("Ter informatie", "For information"),
}
CERTAINTIES = {"certain": Texts("zeker", "certain"), "possible": Texts("mogelijk", "possible")}
STATUSES = {
    Status.DETECTED: Texts("nieuw", "new"),
    Status.UPDATED: Texts("gewijzigd", "changed"),
    Status.ACKNOWLEDGED: Texts("in behandeling", "acknowledged"),
    Status.TO_BE_REASSESSED: Texts("opnieuw te beoordelen", "to be reassessed"),
    Status.RESOLVED: Texts("opgelost", "resolved"),
}
CAUSES = {
    ResolutionCause.DECLINED: Texts("afgewezen", "declined"),
    ResolutionCause.WITHDRAWN: Texts("een werk is vervallen", "a work was withdrawn"),
    ResolutionCause.COMPLETED: Texts("een werk is gereed", "a work was completed"),
    ResolutionCause.REALISED: Texts("de kans is benut", "the chance was taken"),
    ResolutionCause.POLICY: Texts("het beleid veranderde", "policy changed"),
    ResolutionCause.DATA: Texts("de gegevens veranderden", "reference data changed"),
    ResolutionCause.TIME: Texts("de tijd verstreek", "time passed"),
    ResolutionCause.CHANGED: Texts("het plan veranderde", "the plan changed"),
}
ANSWERS = {
    DecisionKind.ACKNOWLEDGE: Texts("in behandeling nemen", "acknowledge"),
    DecisionKind.ACCEPT: Texts("aanvaarden", "accept"),
    DecisionKind.DECLINE: Texts("afwijzen", "decline"),
    DecisionKind.COUNTER: Texts("een tegenvoorstel doen", "counter"),
}
_FITS = {
    Feasibility.YES: Texts("past in de schuifruimte", "fits the room to shift"),
    Feasibility.NO: Texts("past niet in de schuifruimte", "does not fit the room to shift"),
    Feasibility.ASK: Texts("te vragen", "to be asked"),
}
_CAN = {
    Feasibility.YES: Texts("kan", "possible"),
    Feasibility.NO: Texts("kan niet", "not possible"),
    Feasibility.ASK: Texts("te vragen", "to be asked"),
}


def _by_id(work: str) -> str:
    return work


def option_in_words(option: Option, language: Language, name: Name = _by_id) -> str:
    """Return an option as a planner reads it, with the conflicts it closes and opens."""
    dutch = language is Language.NL
    if option.action == "shift" and option.days is not None:
        text, feasible = _shift(option, option.days, language, name), _FITS
    else:
        text, feasible = action_in_words(option, language, name), _CAN
    parts = [text, feasible[option.feasible].in_language(language)]
    if option.closes:
        parts.append(("lost op: " if dutch else "closes: ") + _some(option.closes, language))
    if option.opens:
        parts.append(("maar opent: " if dutch else "but opens: ") + _some(option.opens, language))
    return "; ".join(parts)


def _some(ids: tuple[str, ...], language: Language) -> str:
    """Return ids of findings, of many the first ones and how many more."""
    more = len(ids) - _MOST_IDS
    if more <= 0:
        return ", ".join(ids)
    rest = f"en nog {more}" if language is Language.NL else f"and {more} more"
    return f"{', '.join(ids[:_MOST_IDS])} {rest}"


def _shift(option: Option, count: int, language: Language, name: Name) -> str:
    who = name(option.intervention or "")
    if language is Language.NL:
        direction = "later" if count > 0 else "eerder"
        return f"schuif {who} {days(abs(count), language)} {direction}"
    direction = "later" if count > 0 else "earlier"
    return f"move {who} {days(abs(count), language)} {direction}"


def who_must_act(finding: Finding, language: Language, name: Name = _by_id) -> str:
    """Return who is asked to act, and why that party."""
    why = reason_in_words(finding.must_act.reason, language)
    who, work = finding.must_act.organisation, finding.must_act.intervention
    if who is None:
        nobody = "niemand" if language is Language.NL else "nobody"
        return f"{nobody}: {why}"
    about = ""
    if work is not None and len(finding.parties) > 1:
        about = f" {'met' if language is Language.NL else 'with'} {name(work)}"
    return f"{who}{about}: {why}"
