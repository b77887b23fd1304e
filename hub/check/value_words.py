"""The closed lists of the model in words, for texts that a planner reads."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hub.model.dates import Precision, iso
from hub.model.intervention import Intervention
from hub.model.vocabulary import (
    Capacity,
    DecisionLevel,
    Discipline,
    Firmness,
    FundingStatus,
    ParticipationStatus,
    RequiredDecisionStatus,
    Support,
)
from hub.rules.rule import Language, Texts
from hub.rules.wording import day

LISTS: Mapping[type[StrEnum], Mapping[str, Texts]] = {
    Discipline: {
        "sewer": Texts("riool", "sewer"),
        "drinking_water": Texts("drinkwater", "drinking water"),
        "gas": Texts("gas", "gas"),
        "electricity": Texts("elektriciteit", "electricity"),
        "heat": Texts("warmte", "heat"),
        "telecom": Texts("telecom", "telecom"),
        "road": Texts("weg", "road"),
        "public_space": Texts("openbare ruimte", "public space"),
        "greenery": Texts("groen", "greenery"),
        "housing": Texts("woningen", "housing"),
        "surface_water": Texts("oppervlaktewater", "surface water"),
        "social": Texts("sociaal", "social"),
        "other": Texts("overig", "other"),
    },
    Firmness: {
        "indicative": Texts("indicatief", "indicative"),
        "draft": Texts("concept", "draft"),
        "adopted": Texts("vastgesteld", "adopted"),
        "committed": Texts("gecontracteerd of gepubliceerd", "contracted or published"),
        "in_execution": Texts("in uitvoering", "in execution"),
        "completed": Texts("gereed", "completed"),
        "withdrawn": Texts("vervallen", "withdrawn"),
    },
    FundingStatus: {
        "requested": Texts("aangevraagd", "requested"),
        "reserved": Texts("gereserveerd", "reserved"),
        "approved": Texts("goedgekeurd", "approved"),
        "rejected": Texts("afgewezen", "rejected"),
    },
    DecisionLevel: {
        "municipal_executive": Texts("college", "municipal executive"),
        "municipal_council": Texts("raad", "municipal council"),
        "own_organisation": Texts("eigen organisatie", "own organisation"),
    },
    RequiredDecisionStatus: {
        "not_started": Texts("nog niet ingediend", "not submitted yet"),
        "submitted": Texts("ingediend", "submitted"),
        "taken": Texts("genomen", "taken"),
        "rejected": Texts("afgewezen", "rejected"),
    },
    ParticipationStatus: {
        "not_needed": Texts("niet nodig", "not needed"),
        "planned": Texts("gepland", "planned"),
        "running": Texts("loopt", "running"),
        "finished": Texts("afgerond", "finished"),
    },
    Support: {
        "low": Texts("laag", "low"),
        "medium": Texts("matig", "medium"),
        "high": Texts("hoog", "high"),
    },
    Capacity: {
        "sufficient": Texts("voldoende", "sufficient"),
        "insufficient": Texts("onvoldoende", "insufficient"),
    },
}


def in_words(value: Any, language: Language) -> str:
    """Return a value of a closed list in words, anything else as it is written."""
    return written_in_words(type(value), value, language)


def written_in_words(values: type[Any], written: str | None, language: Language) -> str:
    """Return a value of the closed list `values` in words, anything else as it is written."""
    words = LISTS.get(values, {}).get(str(written))
    return str(written) if words is None else words.in_language(language)


def period(work: Intervention, language: Language) -> str | None:
    """Return when a work is carried out, as exactly as it is known; None where it is not.

    A day at the end is the first free day; a month, quarter or year is the last with work in it.
    """
    window = work.window
    if window is None:
        return None
    start, end = day(window.start.text, language), day(window.end.text, language)
    if window.end.precision is Precision.DAY:
        return f"{start} {_UNTIL.in_language(language)} {end}"
    return start if start == end else f"{start} {_THROUGH.in_language(language)} {end}"


def days_between(first: int, end: int, language: Language) -> str:
    """Return a half-open period of day numbers in words."""
    until = _UNTIL.in_language(language)
    return f"{day(iso(first), language)} {until} {day(iso(end), language)}"


_UNTIL, _THROUGH = Texts("tot", "until"), Texts("tot en met", "through")
