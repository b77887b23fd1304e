"""Words that explanations share: values, who is asked, what could be done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from hub.model.finding import EvidenceValue, Feasibility, Finding, Option
from hub.rules.rule import Language, Texts

Name = Callable[[str], str]
_MOST_NAMES = 5
_MONTHS = (
    "januari februari maart april mei juni juli augustus september oktober november december",
    "January February March April May June July August September October November December",
)
_QUARTERS = (
    ("eerste kwartaal van", "tweede kwartaal van", "derde kwartaal van", "vierde kwartaal van"),
    ("first quarter of", "second quarter of", "third quarter of", "fourth quarter of"),
)
_DAYS_OF_A_YEAR = 365
_NOBODY_GIVES_WAY = ("undecided", "both_running")

OVERLAP_SUMS = (
    Texts(
        "zekere overlap = vroegste einde − laatste start van beide = {overlap_days_certain}",
        "certain overlap = earliest end − latest start of both = {overlap_days_certain}",
    ),
    Texts(
        "mogelijke overlap = laatste einde − vroegste start van beide = {overlap_days_possible}",
        "possible overlap = latest end − earliest start of both = {overlap_days_possible}",
    ),
)
"""How the overlap of two spans is worked out, for `sums` of a rule (model 1.5)."""


def number(written: Decimal | int) -> int | float:
    """Return a threshold as it is shown: whole where it is whole."""
    exact = Decimal(written)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def value(finding: Finding, name: str) -> EvidenceValue:
    """Return the value of a piece of evidence, None where it is absent."""
    return next((item.value for item in finding.evidence if item.name == name), None)


def listed(values: object, language: Language) -> str:
    """Return values as an enumeration: a, b and c; whole numbers in a row as first to last."""
    if not isinstance(values, tuple | list):
        return "" if values is None else str(values)
    years = [item for item in values if isinstance(item, int)]
    if len(years) == len(values) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    words = [str(item) for item in values]
    if len(words) < 2:
        return "".join(words)
    last = " en " if language is Language.NL else " and "
    return ", ".join(words[:-1]) + last + words[-1]


def works_listed(finding: Finding, language: Language, name: Name) -> str:
    """Return the works of a finding by name; of many the first ones and how many more."""
    names = [name(party) for party in finding.parties[:_MOST_NAMES]]
    more = len(finding.parties) - len(names)
    if more > 0:
        one, many = ("ander", "andere") if language is Language.NL else ("other", "others")
        names.append(counted(more, one, many, language))
    return listed(names, language)


def euros(cents: EvidenceValue, language: Language) -> str:
    """Return an amount of cents in whole euros, with the separators of the language."""
    return f"€ {measured(cents // 100, language) if isinstance(cents, int) else '?'}"


def measured(amount: EvidenceValue | Decimal, language: Language) -> str:
    """Return a number as people write it: no needless decimals, the separators of the language."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return "?" if amount is None else str(amount)
    exact = Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    text = f"{exact:,f}"
    text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language is Language.NL else text


def measured_in(amount: EvidenceValue, unit: str | None, language: Language) -> str:
    """Return an amount with its unit; a unit such as `m2_disconnected` is freed of its signs."""
    words = (unit or "").replace("_", " ")
    if words.split(" ")[0] in ("m2", "m3"):
        words = words.replace("m2", "m²", 1).replace("m3", "m³", 1)
    return f"{measured(amount, language)} {words}".rstrip()


def unit_of_evidence(finding: Finding, name: str) -> str | None:
    """Return the unit of a piece of evidence, None where it has none."""
    return next((item.unit for item in finding.evidence if item.name == name), None)


def days(count: EvidenceValue, language: Language) -> str:
    """Return a number of days in words; of a year and more also how many years that is."""
    if isinstance(count, bool) or not isinstance(count, int):
        return "?"
    dutch = language is Language.NL
    one, many = ("dag", "dagen") if dutch else ("day", "days")
    text = counted(count, one, many, language)
    if abs(count) <= _DAYS_OF_A_YEAR:
        return text
    years = (Decimal(2 * abs(count)) / _DAYS_OF_A_YEAR).quantize(Decimal(1)) / 2
    if dutch:
        return f"{text} (ongeveer {measured(years, language)} jaar)"
    return f"{text} (about {measured(years, language)} {'year' if years == 1 else 'years'})"


def at_least(*, is_sure: bool, language: Language) -> str:
    """Return the words before an amount that is the least when sure, else the most there can be."""
    if language is Language.NL:
        return "minstens" if is_sure else "misschien tot"
    return "at least" if is_sure else "perhaps up to"


def counted(count: EvidenceValue, one: str, many: str, language: Language) -> str:
    """Return a count with its noun: 1 dag, 2 dagen."""
    return f"{measured(count, language)} {one if count == 1 else many}"


def day(written: EvidenceValue, language: Language) -> str:
    """Return a plan date in words, no more exact than it is: 1 March 2029, March 2029, 2029."""
    if written is None:
        return "?"
    year, _, rest = str(written).partition("-")
    at = _place(language)
    if not rest:
        return year
    if rest.startswith("Q"):
        return f"{_QUARTERS[at][int(rest[1]) - 1]} {year}"
    month, _, in_month = rest.partition("-")
    named = f"{_MONTHS[at].split()[int(month) - 1]} {year}"
    return f"{int(in_month)} {named}" if in_month else named


def day_of(finding: Finding, name: str, language: Language) -> str:
    """Return a day among the evidence in words."""
    return day(value(finding, name), language)


def days_of(finding: Finding, name: str, language: Language) -> str:
    """Return a number of days among the evidence in words."""
    return days(value(finding, name), language)


def goal_named(goal: str | None, name: Name) -> str:
    """Return a goal by its title where it has one that `name` knows."""
    return name(f"goal:{goal}").replace(f"goal:{goal}", str(goal))


def asked(finding: Finding, language: Language, name: Name) -> str:
    """Return who is asked to act, and why."""
    act = finding.must_act
    dutch = language is Language.NL
    reason = reason_in_words(act.reason, language)
    if act.organisation is None and act.reason not in _NOBODY_GIVES_WAY:
        return (
            f"Niemand in het bijzonder is aan zet: {reason}."
            if dutch
            else (f"It is up to nobody in particular: {reason}.")
        )
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
    if option.action == "shift" and option.days is not None:
        who = "" if option.intervention is None else name(option.intervention)
        return _shift(option, who, language)
    return action_in_words(option, language, name)


def reason_in_words(reason: str, language: Language) -> str:
    """Return why a party is asked to act, by the name of the criterion."""
    words = REASONS.get(reason)
    return reason.replace("_", " ") if words is None else words[_place(language)]


def action_in_words(option: Option, language: Language, name: Name) -> str:
    """Return what could be done, other than a shift, with the work it is about."""
    words = ACTIONS.get(option.action)
    text = option.action.replace("_", " ") if words is None else words[_place(language)]
    who = "" if option.intervention is None else name(option.intervention)
    size = "" if option.days is None else f" ({days(abs(option.days), language)})"
    return text.format(who=who).strip() + size


def _place(language: Language) -> int:
    return 0 if language is Language.NL else 1


def _shift(option: Option, who: str, language: Language) -> str:
    assert option.days is not None
    dutch, at = language is Language.NL, _place(language)
    later, earlier = ("later", "eerder") if dutch else ("later", "earlier")
    direction = later if option.days > 0 else earlier
    text = f"{who} {days(abs(option.days), language)} {direction}, {FEASIBLE[option.feasible][at]}"
    closes, opens = len(option.closes), len(option.opens)
    if dutch:
        gains = [f"lost {counted(closes, 'conflict', 'conflicten', language)} op"] if closes else []
        gains += [f"geeft {counted(opens, 'nieuw', 'nieuwe', language)}"] if opens else []
    else:
        gains = [f"closes {counted(closes, 'conflict', 'conflicts', language)}"] if closes else []
        gains += [f"opens {measured(opens, language)}"] if opens else []
    joined = (" en " if dutch else " and ").join(gains)
    return f"{text} ({joined})" if joined else text


def certainty_note(finding: Finding, language: Language) -> str:
    """Return a sentence for findings that are only possible, else the empty text."""
    if finding.certainty == "certain":
        return ""
    if language is Language.NL:
        return "Dit is mogelijk, niet zeker: niet alles is bekend of nauwkeurig genoeg."
    return "This is possible, not certain: not everything is known or precise enough."


FEASIBLE = {
    Feasibility.YES: ("past in de schuifruimte", "inside the shift room"),
    Feasibility.NO: ("past niet in de schuifruimte", "outside the shift room"),
    Feasibility.ASK: ("na te vragen", "to be asked"),
}
REASONS = {
    "running": (
        "het andere werk loopt al of is klaar",
        "the other work is under way or done",
    ),
    "both_running": ("de werken lopen al", "the works are under way"),
    "role": ("het andere werk is leidend", "the other work leads"),
    "firmness": ("het andere plan ligt vaster", "the other plan is firmer"),
    "shift_room": (
        "dit werk heeft de meeste schuifruimte",
        "this work has most room to shift",
    ),
    "registered_later": ("dit werk is later aangemeld", "this work was registered later"),
    "undecided": (
        "er is geen reden waarom juist een van hen moet wijken",
        "there is no reason why one of them rather than another should",
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
    "own_funding": ("het is de eigen dekking", "it is their own money"),
    "own_governance": (
        "het is het eigen opdrachtgeverschap",
        "it is their own governance",
    ),
    "anchor": ("dit werk trekt de bundel", "this work leads the bundle"),
    "calendar": ("het is de eigen planning", "it is their own timing"),
    "asked_partner": (
        "deze partij heeft hier netten en is gevraagd",
        "this party has assets here and was asked",
    ),
    "approach": ("het is de eigen aanpak", "it is their own approach"),
    "leader_gone": ("de leidende opgave is er niet meer", "the leading work is gone"),
    "leading_sets_room": (
        "de leidende opgave bepaalt de ruimte",
        "the leading work sets the room",
    ),
    "leading_uncertain": (
        "de meekoppelaar ligt vast en de leidende opgave niet",
        "the rider is fixed and the leading work is not",
    ),
    "programme_owner": (
        "het gaat om meer dan één partij",
        "it concerns more than one party",
    ),
    "policy_owner": ("het is het eigen beleidsdoel", "it is their own policy goal"),
    "own_plan": ("het is het eigen plan", "it is their own plan"),
    "slippage": ("de leidende opgave schuift", "the leading work keeps slipping"),
}
ACTIONS = {
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
    "ask_room": ("de schuifruimte van {who} navragen", "ask for the shift room of {who}"),
    "none_feasible": (
        "binnen de bekende schuifruimte past het niet",
        "it does not fit the known shift room",
    ),
    "join": ("het doel laten meekoppelen", "let the goal ride along"),
    "lower_target": ("het doel verlagen", "lower the target"),
    "add_instrument": ("een instrument toevoegen", "add an instrument"),
    "later_year": ("een later jaar kiezen", "choose a later year"),
    "change_instrument": ("het instrument aanpassen", "change the instrument"),
    "stop_instrument": ("met het instrument stoppen", "stop the instrument"),
    "release_riders": (
        "de meekoppelaars van {who} loslaten",
        "release the riders of {who}",
    ),
    "fund": ("de dekking regelen", "arrange the funding"),
    "link_goal": ("{who} aan een doel koppelen", "link {who} to a goal"),
    "correct_data": ("de gegevens verbeteren", "correct the data"),
    "ask_funding": ("dekking vragen voor {who}", "ask funding for {who}"),
    "reduce_scope": ("{who} kleiner maken", "reduce the scope of {who}"),
    "move_budget": ("het budget van {who} verschuiven", "move the budget of {who}"),
    "fill_political_client": (
        "een bestuurlijk opdrachtgever aanwijzen",
        "appoint a political client",
    ),
    "fill_official_client": (
        "een ambtelijk opdrachtgever aanwijzen",
        "appoint an official client",
    ),
    "fill_delivery_lead": ("een opdrachtnemer aanwijzen", "appoint a delivery lead"),
    "fill_mandate": ("het mandaat verruimen", "widen the mandate"),
    "fill_support": ("draagvlak verwerven", "gain support"),
    "fill_capacity": ("tijd en mensen vrijmaken", "free time and people"),
    "fill_split_portfolios": (
        "één opdrachtgever voor de portefeuilles kiezen",
        "choose one client for the portfolios",
    ),
    "fill_leading_role": ("{who} als leidend benoemen", "name {who} as leading"),
    "integral_assignment": (
        "het bestuur om een integrale opdracht vragen",
        "ask the board for an integral assignment",
    ),
    "phase_works": ("de werken faseren", "phase the works"),
    "share_trench": ("één sleuf delen", "share a trench"),
    "other_route": ("een ander tracé kiezen", "choose another route"),
    "answer": ("antwoorden", "answer"),
    "register_plan": ("het plan aanmelden", "register the plan"),
    "adapt_approach": (
        "met het sociaal domein een aanpak afspreken",
        "agree an approach with the social domain",
    ),
    "adapt_participation": ("de participatie aanpassen", "adapt the participation"),
    "confirm_window": ("de periode van {who} bevestigen", "confirm the window of {who}"),
    "ask_interim_decision": (
        "een tussentijds besluit vragen",
        "ask for a decision in between",
    ),
    "area_approach": ("het gebied als één opgave aanpakken", "take up the area as one task"),
}
