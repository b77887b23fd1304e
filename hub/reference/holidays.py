"""Dutch public holidays as reference data, from the `holidays` library (MIT; no network).

They are *sensitive periods* of one day, and not closed ones. A closed period is heavy for whoever
works in it, and a work of some months always has a holiday in it: nobody is asked to move a sewer
by half a year for a Whit Monday. As sensitive periods they say, lightly, where a work planned to
the day meets a holiday. The shipped calendar keeps them in a file of their own: publish it where
works of some days are planned, leave it out where the programme holds works of months.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from hub.errors import ConfigurationError
from hub.model.reference import CalendarEntry
from hub.model.vocabulary import CalendarKind
from hub.reference.files import FORMAT

FIRST_YEAR, LAST_YEAR = 1970, 2100
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?", re.ASCII)


def years_of(text: str) -> range:
    """Return the years meant by `2027` or `2027-2035`.

    :raises ConfigurationError: for anything else, or years the library does not know
    """
    match = _YEARS.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2] or match[1]) if match else 0
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise ConfigurationError(
            f"--years: came '{text}'; expected a year or first-last, within"
            f" {FIRST_YEAR}-{LAST_YEAR}, such as 2027-2035"
        )
    return range(first, last + 1)


def public_holidays(years: range) -> Iterator[tuple[date, str]]:
    """Yield the public holidays of the Netherlands with their Dutch names, in order."""
    import holidays  # only for who asks for them

    found = holidays.country_holidays("NL", years=list(years), language="nl")
    yield from sorted(found.items())


def holiday_entries(years: range, municipality: str | None = None) -> Iterator[CalendarEntry]:
    """Yield one calendar entry per holiday."""
    for day, _ in public_holidays(years):
        yield CalendarEntry(
            id=f"holiday-{day.isoformat()}",
            kind=CalendarKind.SENSITIVE_PERIOD,
            start=day,
            end=day + timedelta(days=1),
            municipality=municipality,
        )


def holidays_toml(text: str, municipality: str | None = None) -> str:
    """Return the holidays of years as a reference file.

    :raises ConfigurationError: for years or a municipality that are none
    """
    years = years_of(text)
    if municipality is not None and re.fullmatch(r"GM\d{4}", municipality, re.ASCII) is None:
        raise ConfigurationError(
            f"--municipality: came '{municipality[:60]}'; expected GM and four digits"
        )
    names = dict(public_holidays(years))
    lines = [
        "# Public holidays of the Netherlands, made by"
        f" `hub reference holidays --years {text}`; edit the command, not this file.",
        f'format = "{FORMAT}"',
    ]
    for entry in holiday_entries(years, municipality):
        lines += [
            "",
            f"[[calendar]]  # {names[entry.start]}",
            f'id = "{entry.id}"',
            f'kind = "{entry.kind}"',
            f"start = {entry.start}",
            f"end = {entry.end}",
        ]
        if municipality is not None:
            lines.append(f'municipality = "{municipality}"')
    return "\n".join(lines) + "\n"
