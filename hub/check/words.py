"""The words of reports in Dutch and English: severities, states, causes, options."""

from __future__ import annotations

from hub.model.finding import Feasibility, Finding, Option, ResolutionCause, Severity, Status
from hub.rules.rule import Language, Texts
from hub.rules.wording import action_in_words, reason_in_words

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
    ResolutionCause.REALISED: Texts("de werken gaan samen op", "the works go together"),
    ResolutionCause.POLICY: Texts("het beleid veranderde", "policy changed"),
    ResolutionCause.DATA: Texts("de gegevens veranderden", "reference data changed"),
    ResolutionCause.TIME: Texts("de tijd verstreek", "time passed"),
    ResolutionCause.CHANGED: Texts("het plan veranderde", "the plan changed"),
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


def option_in_words(option: Option, language: Language) -> str:
    """Return an option as a planner reads it, with the conflicts it closes and opens."""
    dutch = language is Language.NL
    if option.action == "shift" and option.days is not None:
        text, feasible = _shift(option, option.days, language), _FITS
    else:
        text, feasible = action_in_words(option, language, lambda work: work), _CAN
    parts = [text, feasible[option.feasible].in_language(language)]
    if option.closes:
        parts.append(("lost op: " if dutch else "closes: ") + ", ".join(option.closes))
    if option.opens:
        parts.append(("maar opent: " if dutch else "but opens: ") + ", ".join(option.opens))
    return "; ".join(parts)


def _shift(option: Option, days: int, language: Language) -> str:
    if language is Language.NL:
        direction = "later" if days > 0 else "eerder"
        return f"schuif {option.intervention} {abs(days)} dagen {direction}"
    direction = "later" if days > 0 else "earlier"
    return f"move {option.intervention} {abs(days)} days {direction}"


def who_must_act(finding: Finding, language: Language) -> str:
    """Return who is asked to act, and why that party."""
    why = reason_in_words(finding.must_act.reason, language)
    who = finding.must_act.organisation
    if who is None:
        return why
    work = f" ({finding.must_act.intervention})" if finding.must_act.intervention else ""
    return f"{who}{work}: {why}"
