"""Writes a made-up publication of the size and mix of the Dutch national feed.

What is copied from the real one (counted in July 2026) are its numbers: situations, record types,
their share of closures and diversions, source names, versions and about 12.5 kB per situation. All
content is made up.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SITUATIONS = 12_844
WORKS, CONSTRUCTIONS, EVENTS = 9_630, 225, 2_993
LANES, DIVERSIONS = 17_504, 11_028

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<mc:messageContainer xmlns:sit="http://datex2.eu/schema/3/situation" '
    'xmlns:mc="http://datex2.eu/schema/3/messageContainer" '
    'xmlns:nle="http://datex2.eu/schema/3/nlExtensions" '
    'xmlns:ex="http://datex2.eu/schema/3/exchangeInformation" '
    'xmlns:loc="http://datex2.eu/schema/3/locationReferencing" '
    'xmlns:com="http://datex2.eu/schema/3/common" modelBaseVersion="3">'
    '<mc:payload xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:type="sit:SituationPublication" lang="nl" modelBaseVersion="3">'
    "<com:publicationTime>2026-07-26T08:45:00.002714460Z</com:publicationTime>"
    "<com:publicationCreator><com:country>nl</com:country>"
    "<com:nationalIdentifier>MADEUP</com:nationalIdentifier></com:publicationCreator>"
)
_TAIL = (
    '</mc:payload><mc:exchangeInformation modelBaseVersion="3"><ex:exchangeContext>'
    "<ex:codedExchangeProtocol>snapshotPull</ex:codedExchangeProtocol></ex:exchangeContext>"
    "<ex:dynamicInformation><ex:exchangeStatus>online</ex:exchangeStatus>"
    "</ex:dynamicInformation></mc:exchangeInformation></mc:messageContainer>"
)
_OWNERS = (
    "Gemeente Amsterdam",
    "Gemeente Rotterdam",
    "Gemeente Utrecht",
    "Gemeente Eindhoven",
    "Gemeente Groningen",
    "Gemeente Delft",
    "Provincie Gelderland",
    "Provincie Noord-Brabant",
    "RWS District Noord",
    "Waterschap Rivierenland",
)
_CAUSES = (
    "Kabels / Leidingen, , vervanging gas- en waterleiding",
    "Kabels / Leidingen, , glasvezel",
    "Kabels / Leidingen, , Fase 3",
    "Rioleringswerkzaamheden, , vervangen riool",
    "Herinrichting / onderhoud van, Weg, asfalt vervangen",
    "Overig, , hijswerkzaamheden",
    "Bouw/Takel, , woningbouw",
)
_STATUSES = ("published",) * 13 + ("running",) * 4 + ("final", "alignmentFinished", "initial")


def write_feed(path: Path, *, situations: int = SITUATIONS, seed: int = 6) -> int:
    """Write a feed, packed when its name ends in .gz; return its size as XML."""
    size = 0
    with gzip.open(path, "wb", 6) if path.suffix == ".gz" else path.open("wb") as stream:
        for part in _parts(situations, random.Random(seed)):
            content = part.encode()
            size += len(content)
            stream.write(content)
    return size


def _parts(situations: int, chance: random.Random) -> Iterator[str]:
    yield _HEAD
    for number in range(situations):
        yield _situation(number, chance)
    yield _TAIL


def _situation(number: int, chance: random.Random) -> str:
    kind = chance.choices(
        ("MaintenanceWorks", "ConstructionWorks", "PublicEvent"), (WORKS, CONSTRUCTIONS, EVENTS)
    )[0]
    name = f"NDW03_{400_000 + number}"
    version = min(40, 1 + int(chance.expovariate(0.2)))
    latitude, longitude = 51.2 + 2.1 * chance.random(), 4.2 + 2.2 * chance.random()
    owner = chance.choice(_OWNERS)
    start = datetime(2026, 6, 1, 5, tzinfo=UTC) + timedelta(days=int(chance.expovariate(1 / 60)))
    end = start + timedelta(days=int(chance.expovariate(1 / 20)), hours=9)
    common = (version, owner, start, end)
    records = [_work(f"{name}_{kind[:3].upper()}", kind, common, (latitude, longitude), chance)]
    for index in range(_count(LANES / SITUATIONS, chance)):
        records.append(_lane(f"{name}_RSC_{index}", common, (latitude, longitude), chance))
    for index in range(_count(DIVERSIONS / SITUATIONS, chance)):
        records.append(_diversion(f"{name}_DET_{index}", common, (latitude, longitude), chance))
    return (
        f'<sit:situation id="{name}"><sit:overallSeverity>low</sit:overallSeverity>'
        f"<sit:situationVersionTime>2026-07-01T09:40:11.358795Z</sit:situationVersionTime>"
        "<sit:headerInformation><com:confidentiality>noRestriction</com:confidentiality>"
        "<com:informationStatus>real</com:informationStatus></sit:headerInformation>"
        f"{''.join(records)}</sit:situation>"
    )


def _count(mean: float, chance: random.Random) -> int:
    whole = int(mean)
    return whole + (chance.random() < mean - whole)


Common = tuple[int, str, datetime, datetime]
Place = tuple[float, float]


def _work(name: str, kind: str, common: Common, place: Place, chance: random.Random) -> str:
    cause = "Festival, Zomerfeest" if kind == "PublicEvent" else chance.choice(_CAUSES)
    name_of_type, value = {
        "MaintenanceWorks": ("roadMaintenanceType", "maintenanceWork"),
        "ConstructionWorks": ("constructionWorkType", "constructionWork"),
        "PublicEvent": ("publicEventType", "festival"),
    }[kind]
    typed = f"<sit:{name_of_type}>{value}</sit:{name_of_type}>"
    planning = (
        ""
        if kind == "PublicEvent"
        else "<sit:operatorActionStatus>approved</sit:operatorActionStatus><sit:subjects>"
        "<sit:subjectTypeOfWorks>other</sit:subjectTypeOfWorks></sit:subjects>"
        "<sit:_roadworksExtension><sit:roadworksExtension><nle:roadworkHindrance>"
        "<nle:roadworkHindranceClass>hindranceClass1</nle:roadworkHindranceClass>"
        "</nle:roadworkHindrance><nle:roadworkPlanningStatus>"
        f"<nle:roadworkStatus>{chance.choice(_STATUSES)}</nle:roadworkStatus>"
        "</nle:roadworkPlanningStatus></sit:roadworksExtension></sit:_roadworksExtension>"
    )
    return _record(
        kind,
        name,
        common,
        f'<sit:cause><sit:causeDescription><com:values><com:value lang="nl">{cause}</com:value>'
        "</com:values></sit:causeDescription><sit:causeType>roadMaintenance</sit:causeType>"
        "</sit:cause>"
        + _comment("Weg dicht in beide richtingen; verkeer wordt omgeleid. " * 4)
        + _point(place)
        + planning
        + typed,
    )


def _lane(name: str, common: Common, place: Place, chance: random.Random) -> str:
    line = _line(place, 4 + int(chance.expovariate(0.05)), chance)
    return _record(
        "RoadOrCarriagewayOrLaneManagement",
        name,
        common,
        "<sit:cause><sit:causeType>roadMaintenance</sit:causeType></sit:cause>"
        + _comment("Beperking 1")
        + '<sit:locationReference xsi:type="loc:ItineraryByIndexedLocations">'
        + _member(line)
        + "</sit:locationReference><sit:operatorActionStatus>approved</sit:operatorActionStatus>"
        "<sit:complianceOption>mandatory</sit:complianceOption>"
        "<sit:roadOrCarriagewayOrLaneManagementType>carriagewayClosures"
        "</sit:roadOrCarriagewayOrLaneManagementType>",
    )


def _diversion(name: str, common: Common, place: Place, chance: random.Random) -> str:
    line = _line(place, 20 + int(chance.expovariate(1 / 127)), chance)
    return _record(
        "ReroutingManagement",
        name,
        common,
        _comment("Omleiding 1")
        + _point(place)
        + '<sit:alternativeRoute xsi:type="loc:ItineraryByIndexedLocations">'
        + _member(line)
        + "</sit:alternativeRoute><sit:reroutingManagementType>useIntersectionOrJunction"
        "</sit:reroutingManagementType>",
    )


def _record(kind: str, name: str, common: Common, content: str) -> str:
    version, owner, start, end = common
    begin, until = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"
    return (
        f'<sit:situationRecord xsi:type="sit:{kind}" id="{name}" version="{version}">'
        "<sit:situationRecordCreationTime>2026-05-01T10:48:37.480860Z"
        "</sit:situationRecordCreationTime><sit:situationRecordVersionTime>"
        "2026-07-01T09:40:11.358795Z</sit:situationRecordVersionTime>"
        "<sit:probabilityOfOccurrence>probable</sit:probabilityOfOccurrence><sit:source>"
        f'<com:sourceName><com:values><com:value lang="nl">{owner}</com:value></com:values>'
        "</com:sourceName></sit:source><sit:validity><com:validityStatus>"
        "definedByValidityTimeSpec</com:validityStatus><com:validityTimeSpecification>"
        f"<com:overallStartTime>{begin}</com:overallStartTime>"
        f"<com:overallEndTime>{until}</com:overallEndTime><com:validPeriod>"
        f"<com:startOfPeriod>{begin}</com:startOfPeriod><com:endOfPeriod>{until}</com:endOfPeriod>"
        f"</com:validPeriod></com:validityTimeSpecification></sit:validity>{content}"
        "</sit:situationRecord>"
    )


def _comment(text: str) -> str:
    return (
        '<sit:generalPublicComment><sit:comment><com:values><com:value lang="nl">'
        f"{text}</com:value></com:values></sit:comment></sit:generalPublicComment>"
    )


def _point(place: Place) -> str:
    return (
        '<sit:locationReference xsi:type="loc:PointLocation"><loc:pointByCoordinates>'
        f"<loc:pointCoordinates><loc:latitude>{place[0]:.6f}</loc:latitude>"
        f"<loc:longitude>{place[1]:.6f}</loc:longitude></loc:pointCoordinates>"
        "</loc:pointByCoordinates></sit:locationReference>"
    )


def _member(line: str) -> str:
    return (
        '<loc:locationContainedInItinerary index="0"><loc:location '
        'xsi:type="loc:LinearLocation"><loc:supplementaryPositionalDescription>'
        "<loc:carriageway><loc:carriageway>mainCarriageway</loc:carriageway></loc:carriageway>"
        '</loc:supplementaryPositionalDescription><loc:gmlLineString srsName="WGS 84">'
        f"<loc:posList>{line}</loc:posList></loc:gmlLineString></loc:location>"
        "</loc:locationContainedInItinerary>"
    )


def _line(place: Place, positions: int, chance: random.Random) -> str:
    latitude, longitude = place
    parts = []
    for _ in range(positions):
        parts.append(f"{latitude:.15f} {longitude:.15f}")
        latitude += 0.0003 * chance.random()
        longitude += 0.0003 * chance.random()
    return " ".join(parts)
