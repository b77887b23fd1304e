"""Days and periods as Dutch and English plans write them, with the precision they are written in.

What a text says is kept and nothing is added: `2028` stays a year, `na 2030` has a first year and
no end, and words that different people read differently (`voorjaar`, `begin 2028`, `week 12`) are
refused; a code list in the mapping can say what they mean in one source. So is *tot 2030*, which
may or may not mean 2030 itself, unlike *t/m* and *voor*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.model.dates import FIRST_YEAR, LAST_YEAR, PlanDate

EXPECTED_PERIOD = (
    "a day, month, quarter or year, such as 2028-05-14, 14-5-2028, mei 2028, Q3 2028 or 2028; a "
    "period such as 2028-2030, Q3 2027 t/m Q1 2028 or maart - juni 2028; or an open one such as "
    "na 2030, vanaf 2031 or uiterlijk 2030"
)
EXPECTED_DAY = "a day such as 2028-05-14 or 14-5-2028"
MAX_PERIOD_CHARACTERS = 80

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february febr feb",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?P<y>\d{4})"

_ISO_DAY = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"(?P<time>[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_NUMERIC_DAY = re.compile(
    r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?",
    re.ASCII,
)
_WORDED_DAY = re.compile(rf"(?P<d>\d{{1,2}})[ -](?P<m>{_MONTH})\.?[ -]{_YEAR}", re.ASCII)
_COMPACT_DAY = re.compile(r"(?P<y>(?:19|20|21)\d{2})(?P<m>\d{2})(?P<d>\d{2})", re.ASCII)
_QUARTER = (
    r"(?:[qk](?:wartaal)?\s?(?P<q>[1-4])"
    r"|(?P<r>[1-4])(?:e|ste|de|st|nd|rd|th)? ?(?:kwartaal|kw|quarter|q|k)(?: van| of)?)"
)
_QUARTER_THEN_YEAR = re.compile(rf"{_QUARTER}[ /'-]*{_YEAR}", re.ASCII)
_YEAR_THEN_QUARTER = re.compile(rf"{_YEAR}[ /-]*{_QUARTER}", re.ASCII)
_YEARLESS = re.compile(rf"{_QUARTER}|(?:\d{{1,2}}[ -])?(?:{_MONTH})\.?", re.ASCII)
_HALF = re.compile(
    rf"(?P<h>[12])(?:e|ste|de|st|nd)? (?:helft|half|halfjaar)(?: van| of)? {_YEAR}", re.ASCII
)
_MONTH_THEN_YEAR = re.compile(rf"(?P<m>{_MONTH})\.?[ /-]*{_YEAR}", re.ASCII)
_ISO_MONTH = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})", re.ASCII)
_NUMERIC_MONTH = re.compile(r"(?P<m>\d{1,2})[-/](?P<y>\d{4})", re.ASCII)
_YEAR_ALONE = re.compile(_YEAR, re.ASCII)

_AFTER = re.compile(r"(?:na|after|later dan|>)\s*(?P<rest>.+)", re.ASCII)
_FROM = re.compile(r"(?:vanaf|per|from|niet voor|not before|>=|≥)\s*(?P<rest>.+)", re.ASCII)
_FROM_SUFFIX = re.compile(
    r"(?P<rest>.+?)\s*(?:e\.?v\.?|en verder|en later|of later|and later|or later|\+)"
)
_BEFORE = re.compile(r"(?:voor|vóór|before|<)\s*(?P<rest>.+)", re.ASCII)
_UNTIL = re.compile(r"(?:uiterlijk(?: in)?|t/m|tot en met|no later than|<=|≤)\s*(?P<rest>.+)")
_WORDED_SEPARATOR = re.compile(r"\s*(?:t/m|tot en met|through|\bto\b)\s*", re.ASCII)
_DASH = re.compile(r"\s*[-–—/]\s*", re.ASCII)
_SPACED_DASH = re.compile(r"\s+[-–—/]\s+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DateHabits:
    """How one source writes days where that cannot be seen from a cell.

    `day_first` reads 3-4-2028 as 3 April; `short_years` accepts 3-4-28 as 2028; `zone` is where a
    moment with an offset becomes a day.
    """

    day_first: bool = True
    short_years: bool = False
    zone: str = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class Period:
    """A first and last granule as plan dates' texts; None where the text leaves it open.

    An `end` of day precision is written as the source has it; the mapping says whether that is the
    last day or the first free one.
    """

    start: str | None
    end: str | None


def read_day(value: object, habits: DateHabits) -> date | None:
    """Return the day a cell names, or None when it names none."""
    if isinstance(value, date):
        day = _local(value, habits).date() if isinstance(value, datetime) else value
        return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
    text = _granule(_normal(str(value)), habits)
    if text is None or not PlanDate.parse(text).is_day:
        return None
    return date.fromisoformat(text)


def read_period(value: object, habits: DateHabits) -> Period | None:
    """Return the period a cell names, or None when it names none."""
    if isinstance(value, date):
        day = read_day(value, habits)
        return None if day is None else Period(day.isoformat(), day.isoformat())
    text = _normal(str(value))
    if not text or len(text) > MAX_PERIOD_CHARACTERS:
        return None
    single = _granule(text, habits)
    if single is not None:
        return Period(single, single)
    half = _HALF.fullmatch(text)
    if half is not None and _is_year(half["y"]):
        first = 1 if half["h"] == "1" else 3
        return Period(f"{half['y']}-Q{first}", f"{half['y']}-Q{first + 1}")
    return _open_period(text, habits) or _closed_period(text, habits)


def _open_period(text: str, habits: DateHabits) -> Period | None:
    for pattern in (_FROM, _FROM_SUFFIX, _AFTER, _UNTIL, _BEFORE):
        match = pattern.fullmatch(text)
        granule = None if match is None else _granule(match["rest"].strip(), habits)
        if granule is None:
            continue
        if pattern in (_FROM, _FROM_SUFFIX):
            return Period(granule, None)
        if pattern is _AFTER:
            return Period(_next(granule), None)
        return Period(None, granule if pattern is _UNTIL else _previous(granule))
    return None


def _closed_period(text: str, habits: DateHabits) -> Period | None:
    for separator in (_WORDED_SEPARATOR, _SPACED_DASH, _DASH):
        for match in separator.finditer(text):
            left, right = text[: match.start()].strip(), text[match.end() :].strip()
            end = _granule(right, habits)
            if end is None or not left:
                continue
            start = _granule(left, habits) or _start_without_year(left, end, habits)
            if start is not None:
                return Period(start, end)
    return None


def _start_without_year(left: str, end: str, habits: DateHabits) -> str | None:
    """Return the start in *maart - juni 2028* or *Q3-Q4 2027*: the year stands once, behind."""
    if _YEARLESS.fullmatch(left):
        start = _granule(f"{left} {end[:4]}", habits)
        if start is not None and PlanDate.parse(start).lo <= PlanDate.parse(end).lo:
            return start
    return None


def _granule(text: str, habits: DateHabits) -> str | None:
    """Return one day, month, quarter or year in the model's form, or None."""
    for read in (_day_of, _month_of, _quarter_of, _year_of):
        found = read(text, habits)
        if found is not None:
            try:
                return PlanDate.parse(found).text
            except ValueError:
                return None
    return None


def _day_of(text: str, habits: DateHabits) -> str | None:
    match = _ISO_DAY.fullmatch(text)
    if match is not None:
        if match["time"]:
            return _moment(text, habits)
        return _iso(match["y"], match["m"], match["d"])
    match = _NUMERIC_DAY.fullmatch(text)
    if match is not None:
        year = match["y"]
        if len(year) == 2:
            if not habits.short_years:
                return None
            year = f"20{year}"
        day, month = (match["a"], match["b"]) if habits.day_first else (match["b"], match["a"])
        return _iso(year, month, day)
    match = _WORDED_DAY.fullmatch(text)
    if match is not None:
        return _iso(match["y"], str(_MONTHS[match["m"]]), match["d"])
    match = _COMPACT_DAY.fullmatch(text)
    return None if match is None else _iso(match["y"], match["m"], match["d"])


def _moment(text: str, habits: DateHabits) -> str | None:
    cleaned = re.sub(r"\s(?=z|[+-]\d{2}:?\d{2}$)", "", text)
    try:
        return _local(datetime.fromisoformat(cleaned.upper()), habits).date().isoformat()
    except (ValueError, OverflowError):
        return None


def _month_of(text: str, _: DateHabits) -> str | None:
    match = _MONTH_THEN_YEAR.fullmatch(text)
    if match is not None:
        return f"{match['y']}-{_MONTHS[match['m']]:02}"
    match = _ISO_MONTH.fullmatch(text) or _NUMERIC_MONTH.fullmatch(text)
    return None if match is None else f"{match['y']}-{int(match['m']):02}"


def _quarter_of(text: str, _: DateHabits) -> str | None:
    match = _QUARTER_THEN_YEAR.fullmatch(text) or _YEAR_THEN_QUARTER.fullmatch(text)
    return None if match is None else f"{match['y']}-Q{match['q'] or match['r']}"


def _year_of(text: str, _: DateHabits) -> str | None:
    return text if _YEAR_ALONE.fullmatch(text) else None


def _is_year(text: str) -> bool:
    return FIRST_YEAR <= int(text) <= LAST_YEAR


def _next(granule: str) -> str:
    """Return the granule after this one, of the same precision; *na 2030* begins in 2031."""
    return _neighbour(granule, PlanDate.parse(granule).hi)


def _previous(granule: str) -> str:
    return _neighbour(granule, PlanDate.parse(granule).lo - 1)


def _neighbour(granule: str, day_number: int) -> str:
    day = date.fromordinal(day_number)
    plan_date = PlanDate.parse(granule)
    if plan_date.is_day:
        return day.isoformat()
    if "Q" in granule:
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return f"{day.year}" if len(granule) == 4 else f"{day.year}-{day.month:02}"


def next_day(day: str) -> str:
    """Return the first free day after an inclusive last day."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _iso(year: str, month: str, day: str) -> str:
    return f"{year}-{int(month):02}-{int(day):02}"


def _local(moment: datetime, habits: DateHabits) -> datetime:
    """Return a moment where the plan is made; one without an offset is meant local already."""
    return moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(habits.zone))


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()
