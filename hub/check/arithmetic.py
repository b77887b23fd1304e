"""The arithmetic of each rule in words: which measured facts make the sum, and against which limit.

A line names measured facts as `{evidence}` and threshold values as `{threshold}`; one whose facts a
finding does not carry (another variant of the rule) is left out. The formulas are those of the rule
catalogue; a rule without a line here has nothing to add or subtract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.rules.rule import Language, Texts

_PLACE = re.compile(r"\{(\w+)\}")


def arithmetic(rule: str, facts: Mapping[str, str], language: Language) -> Iterator[str]:
    """Yield the lines of a rule that its facts fill; `facts` holds values as they are shown."""
    for texts in _LINES.get(rule, ()):
        text = texts.in_language(language)
        if all(name in facts for name in _PLACE.findall(text)):
            yield _PLACE.sub(lambda match: facts[match[1]], text)


_OVERLAP = (
    Texts(
        "zekere overlap = vroegste einde − laatste start van beide = {overlap_days_certain}",
        "certain overlap = earliest end − latest start of both = {overlap_days_certain}",
    ),
    Texts(
        "mogelijke overlap = laatste einde − vroegste start van beide = {overlap_days_possible}",
        "possible overlap = latest end − earliest start of both = {overlap_days_possible}",
    ),
)
_LINES: Mapping[str, tuple[Texts, ...]] = {
    "C01": (
        Texts(
            "afstand {distance_m} tegen de som van beide buffers {buffer_m}",
            "distance {distance_m} against the sum of both buffers {buffer_m}",
        ),
        *_OVERLAP,
    ),
    "C02": _OVERLAP,
    "C03": (
        Texts(
            "tussenruimte = start van de opening − einde van de vernieuwing ="
            " {gap_days_min} tot {gap_days_max}; korter dan {moratorium_years}",
            "gap = start of the opening − end of the renewal ="
            " {gap_days_min} to {gap_days_max}; shorter than {moratorium_years}",
        ),
    ),
    "C04": (
        Texts(
            "tekort = einde voorganger + {lag_days} − start van dit werk ="
            " {shortfall_days_certain} (zeker), {shortfall_days_possible} (mogelijk)",
            "shortfall = end of predecessor + {lag_days} − start of this work ="
            " {shortfall_days_certain} (certain), {shortfall_days_possible} (possible)",
        ),
    ),
    "C05": (
        Texts(
            "te laat = gereed {ready_on} − start leidende opgave {leading_start} = {late_days}",
            "late = ready {ready_on} − start of leading work {leading_start} = {late_days}",
        ),
        Texts(
            "voorbij de schuifruimte = gereed − uiterste start {latest_start} = {days_beyond_room}",
            "beyond the room = ready − latest start {latest_start} = {days_beyond_room}",
        ),
    ),
    "C06": (
        Texts(
            "te laat = einde participatie {participation_end} + voorbereiding"
            " {preparation_days} − start {start} = {late_days}",
            "late = end of participation {participation_end} + preparation"
            " {preparation_days} − start {start} = {late_days}",
        ),
        Texts(
            "duur participatie {length_days} tegen hoogstens {participation_max_days}",
            "participation takes {length_days} against at most {participation_max_days}",
        ),
    ),
    "C07": (
        Texts(
            "te laat = besluit verwacht {expected_on} − nodig {needed_by} = {late_days}",
            "late = decision expected {expected_on} − needed {needed_by} = {late_days}",
        ),
    ),
    "C08": (
        Texts(
            "tekort {gap_cents} = kosten {cost_cents} − dekking (goedgekeurd {approved_cents},"
            " met aangevraagd en gereserveerd {asked_cents});"
            " gemeld vanaf {funding_gap_min_share} van de kosten",
            "gap {gap_cents} = cost {cost_cents} − cover (approved {approved_cents}, with"
            " requested and reserved {asked_cents}); told from {funding_gap_min_share} of the cost",
        ),
    ),
    "C09": (
        Texts(
            "jaren leidende opgave {leading_years}, budgetjaren meekoppelaar"
            " {rider_budget_years}: verschil {gap_years}",
            "years of the leading work {leading_years}, rider's budget years"
            " {rider_budget_years}: difference {gap_years}",
        ),
    ),
    "C10": (
        Texts(
            "ontbrekend: {gaps} ({gap_count}); zwaar vanaf {governance_heavy_gaps}",
            "lacking: {gaps} ({gap_count}); heavy from {governance_heavy_gaps}",
        ),
    ),
    "C11": (
        Texts(
            "organisaties {organisations} + disciplines {disciplines} + portefeuilles {portfolios}"
            " + geldbronnen {funding_sources} + open besluiten {open_decisions} + participatie"
            " {participation} + krapte {tightness} + ongedekt {unsecured_funding} = {score};"
            " grens {workability_limit}, zwaar vanaf {workability_heavy}",
            "organisations {organisations} + disciplines {disciplines} + portfolios {portfolios}"
            " + funding sources {funding_sources} + open decisions {open_decisions}"
            " + participation {participation} + tightness {tightness} + unsecured"
            " {unsecured_funding} = {score}; limit {workability_limit}, heavy from"
            " {workability_heavy}",
        ),
        Texts(
            "als wat onbekend is tegenvalt: {score_max}",
            "if what is unknown turns out badly: {score_max}",
        ),
    ),
    "C12": _OVERLAP,
    "C13": (
        Texts(
            "{openings_count} openingen in {repeat_openings_years}, waarvan {past_count} al"
            " geweest; grens {repeat_openings_limit}",
            "{openings_count} openings in {repeat_openings_years}, {past_count} of them in the"
            " past; limit {repeat_openings_limit}",
        ),
    ),
    "C14": (
        Texts(
            "{nuisance_days_certain} zeker, {nuisance_days_possible} mogelijk, binnen"
            " {nuisance_period_days}; grens {nuisance_days_limit}",
            "{nuisance_days_certain} certain, {nuisance_days_possible} possible, within"
            " {nuisance_period_days}; limit {nuisance_days_limit}",
        ),
    ),
    "C15": (
        Texts(
            "gevraagde breedte {claimed_width_m} tegen vrij {free_width_m}; {unknown_claims}"
            " werken zonder opgegeven breedte, elk minstens {min_network_width_m}",
            "claimed width {claimed_width_m} against free {free_width_m}; {unknown_claims}"
            " works without a width, each at least {min_network_width_m}",
        ),
    ),
    "C17": (
        Texts(
            "aandeel {vulnerable_share} tegen grens {vulnerable_share_limit}",
            "share {vulnerable_share} against limit {vulnerable_share_limit}",
        ),
    ),
    "C19": (
        Texts(
            "ruimte leidende opgave {room_start} – {room_end}: {days_before} ervoor,"
            " {days_after} erna",
            "room of the leading work {room_start} – {room_end}: {days_before} before it,"
            " {days_after} after it",
        ),
    ),
    "C20": (
        Texts(
            "te laat = begrotingsmoment {next_gate} − nodig {needed_by} = {late_days}",
            "late = budget gate {next_gate} − needed {needed_by} = {late_days}",
        ),
    ),
    "C21": (
        Texts(
            "{works} werken van {owners} eigenaren in {year}; grens {area_work_limit} werken en"
            " {area_owner_limit} eigenaren",
            "{works} works of {owners} owners in {year}; limit {area_work_limit} works and"
            " {area_owner_limit} owners",
        ),
    ),
    "O01": (
        Texts(
            "nodig te schuiven {move_days_total}, samen beschikbaar {room_days}",
            "to be moved {move_days_total}, together available {room_days}",
        ),
        Texts(
            "gedeeld {shared_extent} van het kleinste werkgebied, minstens {min_shared_extent}",
            "shared {shared_extent} of the smaller work area, at least {min_shared_extent}",
        ),
    ),
    "O02": (
        Texts(
            "ertussen {gap_days_min} tot {gap_days_max}, binnen {coupling_years}; nodig te"
            " schuiven {needed_days}, bekend beschikbaar {room_days}",
            "between them {gap_days_min} to {gap_days_max}, within {coupling_years}; to be moved"
            " {needed_days}, known to be available {room_days}",
        ),
    ),
    "O03": (
        Texts(
            "nog nodig {remaining} voor eind {due_year}; {candidates} werken kunnen meedoen,"
            " beslis voor {next_decide_by}",
            "still needed {remaining} by the end of {due_year}; {candidates} works could join,"
            " decide before {next_decide_by}",
        ),
    ),
    "F01": (
        Texts(
            "tekort {shortfall_amount} = doel {target_amount} − zeker {firm_amount} − onzeker"
            " {uncertain_amount}",
            "shortfall {shortfall_amount} = target {target_amount} − firm {firm_amount} −"
            " uncertain {uncertain_amount}",
        ),
    ),
    "F02": (
        Texts(
            "gerealiseerd {realised_amount} tegen verwacht tot nu {expected_so_far}"
            " ({elapsed_share} van de looptijd); grens {instrument_min_ratio} daarvan",
            "realised {realised_amount} against expected so far {expected_so_far}"
            " ({elapsed_share} of its time); limit {instrument_min_ratio} of that",
        ),
    ),
    "F03": (
        Texts(
            "verschoven {slip_days} sinds {baseline_start}; grens {slippage_days}, zwaar boven"
            " {slippage_heavy_days}",
            "slipped {slip_days} since {baseline_start}; limit {slippage_days}, heavy above"
            " {slippage_heavy_days}",
        ),
    ),
    "F04": (
        Texts(
            "{missed} gemist van {missed} + {realised} gerealiseerd, in {missed_period_days};"
            " grens {missed_limit} en {missed_share}",
            "{missed} missed of {missed} + {realised} realised, in {missed_period_days};"
            " limit {missed_limit} and {missed_share}",
        ),
    ),
}
