"""The words of reports in Dutch and English: severities, reasons, actions, headings."""

from __future__ import annotations

from hub.model.finding import Feasibility, Finding, Option, ResolutionCause, Severity, Status
from hub.rules.rule import Language, Texts

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
REASONS = {
    "running": Texts("het andere werk is al in uitvoering", "the other work is already running"),
    "role": Texts("het andere werk is leidend", "the other work leads"),
    "firmness": Texts("dit plan is minder hard", "this plan is less firm"),
    "shift_room": Texts("hier is meer schuifruimte", "there is more room to shift here"),
    "registered_later": Texts("dit werk is later aangemeld", "this work was registered later"),
    "undecided": Texts("niets scheidt de twee: spreek het samen af", "nothing separates the two"),
    "both_running": Texts("beide werken lopen al", "both works are already running"),
    "moratorium": Texts("er geldt graafrust", "a moratorium is in force"),
    "predecessor_withdrawn": Texts("de voorganger is vervallen", "the predecessor was withdrawn"),
    "leading_does_not_wait": Texts(
        "de leidende opgave kan niet wachten", "the leading work cannot wait"
    ),
    "own_process": Texts("het eigen proces", "its own process"),
    "own_plan": Texts("het eigen plan", "its own plan"),
    "own_funding": Texts("de eigen dekking", "its own funding"),
    "own_governance": Texts("het eigen opdrachtgeverschap", "its own governance"),
    "data": Texts("de eigen gegevens", "its own data"),
    "only_party": Texts("er is maar één partij", "there is only one party"),
    "anchor": Texts("eigenaar van het leidende werk", "owner of the leading work"),
    "calendar": Texts("de kalender laat het niet toe", "the calendar does not allow it"),
    "asked_partner": Texts("heeft hier voorzieningen liggen", "has assets here"),
    "approach": Texts("de eigen aanpak", "its own approach"),
    "leader_gone": Texts("de leidende opgave is er niet meer", "the leading work is gone"),
    "leading_sets_room": Texts(
        "de leidende opgave bepaalt de ruimte", "the leading work sets the room"
    ),
    "leading_uncertain": Texts("de leidende opgave ligt niet vast", "the leading work is not firm"),
    "policy_owner": Texts("eigenaar van het beleidsdoel", "owner of the policy goal"),
    "slippage": Texts("de leidende opgave schuift", "the leading work keeps slipping"),
    "programme_owner": Texts("eigenaar van het programma", "owner of the programme"),
}
ACTIONS = {
    "combine": Texts("voer de werken samen uit", "do the works together"),
    "coordinate_site": Texts("stem af op de bouwplaats", "coordinate on site"),
    "apply_for_exemption": Texts("vraag ontheffing aan", "apply for an exemption"),
    "drop_dependency": Texts("laat de afhankelijkheid vervallen", "drop the dependency"),
    "shorten_process": Texts("verkort het proces", "shorten the process"),
    "decouple": Texts("koppel los", "decouple"),
    "ask_extra_meeting": Texts("vraag een extra vergadering", "ask for an extra meeting"),
    "new_proposal": Texts("dien een nieuw voorstel in", "submit a new proposal"),
    "correct_data": Texts("verbeter de gegevens", "correct the data"),
    "ask_funding": Texts("vraag dekking aan", "ask for funding"),
    "reduce_scope": Texts("maak het werk kleiner", "reduce the scope"),
    "move_budget": Texts(
        "verplaats het budget naar een ander jaar", "move the budget to another year"
    ),
    "integral_assignment": Texts(
        "vraag het bestuur om een integrale opdracht", "ask the board for an integral assignment"
    ),
    "phase_works": Texts("voer de werken na elkaar uit", "phase the works"),
    "share_trench": Texts("leg samen in één sleuf", "share one trench"),
    "other_route": Texts("kies een ander tracé", "choose another route"),
    "answer": Texts("antwoord op de vraag", "answer the question"),
    "register_plan": Texts("meld het plan aan", "register the plan"),
    "adapt_approach": Texts(
        "stem de aanpak af met het sociaal domein", "agree an approach with the social domain"
    ),
    "adapt_participation": Texts("pas de participatie aan", "adapt the participation"),
    "confirm_window": Texts("bevestig de periode", "confirm the window"),
    "ask_interim_decision": Texts("vraag een tussentijds besluit", "ask for an interim decision"),
    "area_approach": Texts("pak het gebied als één opgave aan", "take the area up as one task"),
    "ask_room": Texts("vraag naar de schuifruimte", "ask for the room to shift"),
    "none_feasible": Texts("schuiven past niet", "no shift fits"),
    "join": Texts("laat het doel meekoppelen", "let the goal ride along"),
    "lower_target": Texts("verlaag het doel", "lower the target"),
    "add_instrument": Texts("zet een instrument erbij in", "add an instrument"),
    "later_year": Texts("kies een later jaar", "choose a later year"),
    "change_instrument": Texts("pas het instrument aan", "change the instrument"),
    "stop_instrument": Texts("stop met het instrument", "stop the instrument"),
    "release_riders": Texts("laat de meekoppelaars los", "release the riders"),
    "fund": Texts("regel de dekking", "arrange the funding"),
    "link_goal": Texts("koppel het werk aan een doel", "link the work to a goal"),
    "fill_political_client": Texts(
        "wijs een bestuurlijk opdrachtgever aan", "name a political client"
    ),
    "fill_official_client": Texts(
        "wijs een ambtelijk opdrachtgever aan", "name an official client"
    ),
    "fill_delivery_lead": Texts("wijs een ambtelijk opdrachtnemer aan", "name a delivery lead"),
    "fill_mandate": Texts("regel het mandaat", "arrange the mandate"),
    "fill_support": Texts("werk aan draagvlak", "work on support"),
    "fill_capacity": Texts("regel tijd en mensen", "arrange time and people"),
    "fill_split_portfolios": Texts(
        "kies één bestuurlijk opdrachtgever voor de portefeuilles",
        "choose one political client for the portfolios",
    ),
    "fill_leading_role": Texts(
        "spreek uit dat dit werk leidt", "say out loud that this work leads"
    ),
}
_FEASIBLE = {
    Feasibility.YES: Texts("past in de schuifruimte", "fits the room to shift"),
    Feasibility.NO: Texts("past niet in de schuifruimte", "does not fit the room to shift"),
    Feasibility.ASK: Texts("te vragen", "to be asked"),
}


def option_in_words(option: Option, language: Language) -> str:
    """Return an option as a planner reads it."""
    dutch = language is Language.NL
    work = option.intervention or ""
    if option.action == "shift" and option.days is not None:
        later = option.days > 0
        direction = ("later" if later else "eerder") if dutch else ("later" if later else "earlier")
        days = abs(option.days)
        text = (
            f"schuif {work} {days} dagen {direction}"
            if dutch
            else f"move {work} {days} days {direction}"
        )
    else:
        known = ACTIONS.get(option.action)
        text = known.in_language(language) if known else option.action.replace("_", " ")
        if work:
            text += f": {work}"
        if option.days is not None:
            text += f" ({option.days:+d} {'dagen' if dutch else 'days'})"
    parts = [text, _FEASIBLE[option.feasible].in_language(language)]
    if option.closes:
        parts.append(("lost op: " if dutch else "closes: ") + ", ".join(option.closes))
    if option.opens:
        parts.append(("maar opent: " if dutch else "but opens: ") + ", ".join(option.opens))
    return "; ".join(parts)


def who_must_act(finding: Finding, language: Language) -> str:
    """Return who is asked to act, and why that party."""
    reason = REASONS.get(finding.must_act.reason)
    why = reason.in_language(language) if reason else finding.must_act.reason.replace("_", " ")
    who = finding.must_act.organisation
    if who is None:
        return why
    work = f" ({finding.must_act.intervention})" if finding.must_act.intervention else ""
    return f"{who}{work}: {why}"
