"""Whose plan it is: from the name of a source to the id of an organisation.

NDW names the road authority in words: "Gemeente" or "Provincie" with the name that Statistics
Netherlands uses, or a district of Rijkswaterstaat. A source name is a text that people can write
into, so only names that are known come out; for any other one the owner is unknown until the
setting `owners` names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

PROVINCES = (
    "Drenthe",
    "Flevoland",
    "Fryslân",
    "Gelderland",
    "Groningen",
    "Limburg",
    "Noord-Brabant",
    "Noord-Holland",
    "Overijssel",
    "Utrecht",
    "Zeeland",
    "Zuid-Holland",
)
WATER_AUTHORITIES = (
    "Aa en Maas",
    "Amstel, Gooi en Vecht",
    "Brabantse Delta",
    "De Dommel",
    "De Stichtse Rijnlanden",
    "Delfland",
    "Drents Overijsselse Delta",
    "Hollands Noorderkwartier",
    "Hollandse Delta",
    "Hunze en Aa's",
    "Limburg",
    "Noorderzijlvest",
    "Rijn en IJssel",
    "Rijnland",
    "Rivierenland",
    "Scheldestromen",
    "Schieland en de Krimpenerwaard",
    "Vallei en Veluwe",
    "Vechtstromen",
    "Zuiderzeeland",
)
"""Water boards that keep roads or close them; Wetterskip Fryslân writes itself in Frisian."""
OTHER_NAMES = {
    "wetterskip fryslan": "wetterskip-fryslan",
    "prorail": "prorail",
    "rijkswaterstaat": "rijkswaterstaat",
    "rws": "rijkswaterstaat",
}
OTHER_SPELLINGS = {
    "den bosch": "'s-Hertogenbosch",
    "den haag": "'s-Gravenhage",
    "nuenen": "Nuenen, Gerwen en Nederwetten",
    "friesland": "Fryslân",
}
_KIND = re.compile(
    r"(gemeente|provincie|waterschap|hoogheemraadschap)(?: van)? (.+)", re.IGNORECASE
)
_NATIONAL = re.compile(r"(rws|rijkswaterstaat)\b", re.IGNORECASE)
_PROVINCE_MARK = re.compile(r" \((?:[A-Z]{1,2}\.?)\)$")


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation the hub knows: its id, and its municipality if it is one."""

    id: str
    municipality: str | None = None


def find_organisation(name: str, own: Mapping[str, str]) -> Organisation | None:
    """Return who a source name stands for; `own` maps names to ids and goes before the lists."""
    found = _found(name)
    if own:
        folded = _folded(name)
        for known, organisation_id in own.items():
            if _folded(known) == folded:
                return Organisation(organisation_id, found.municipality if found else None)
    return found


@lru_cache(maxsize=4_096)
def _found(name: str) -> Organisation | None:
    """Return who a name stands for by the lists; a feed has some hundreds of names."""
    plain = " ".join(name.split())
    found = _listed().get(_folded(plain))
    if found is not None:
        return found
    if _NATIONAL.match(plain):
        return Organisation("rijkswaterstaat")
    match = _KIND.fullmatch(plain)
    if match is None:
        return None
    spelled = OTHER_SPELLINGS.get(_folded(match[2]), match[2])
    return _listed().get(_folded(f"{match[1]} {spelled}"))


@cache
def _listed() -> Mapping[str, Organisation]:
    """Return the organisations by folded name, read once."""
    known = {name: Organisation(organisation_id) for name, organisation_id in OTHER_NAMES.items()}
    for code, name in _municipalities():
        organisation = Organisation(_slug(f"gemeente {name}"), code)
        known[_folded(f"gemeente {name}")] = organisation
        known.setdefault(_folded(f"gemeente {_PROVINCE_MARK.sub('', name)}"), organisation)
    # Bergen is two municipalities: without its province mark it is neither.
    known.pop(_folded("gemeente Bergen"))
    for name in PROVINCES:
        known[_folded(f"provincie {name}")] = Organisation(_slug(f"provincie {name}"))
    for name in WATER_AUTHORITIES:
        organisation = Organisation(_slug(f"waterschap {name}"))
        known[_folded(f"waterschap {name}")] = organisation
        known[_folded(f"hoogheemraadschap {name}")] = organisation
    return known


def _municipalities() -> list[tuple[str, str]]:
    text = resources.files(__package__).joinpath("municipalities.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(line[:6], line[7:]) for line in lines]


def _folded(text: str) -> str:
    """Return a name without case, accents and the two ways to write an apostrophe."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _folded(text)).strip("-")
