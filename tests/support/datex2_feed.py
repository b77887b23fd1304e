"""Makes DATEX II situation publications for tests, in the shape of the Dutch national feed."""

from __future__ import annotations

from collections.abc import Sequence

NAMESPACES = (
    'xmlns:sit="http://datex2.eu/schema/3/situation" '
    'xmlns:mc="http://datex2.eu/schema/3/messageContainer" '
    'xmlns:nle="http://datex2.eu/schema/3/nlExtensions" '
    'xmlns:ex="http://datex2.eu/schema/3/exchangeInformation" '
    'xmlns:loc="http://datex2.eu/schema/3/locationReferencing" '
    'xmlns:com="http://datex2.eu/schema/3/common" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
POINT = (52.0012, 4.3571)
LINE = "52.0010 4.3570 52.0011 4.3575 52.0012 4.3580"


def publication(
    *situations: str, time: str = "2026-07-26T08:45:00Z", footer: str | None = None
) -> str:
    """Return a whole document."""
    ending = exchange() if footer is None else footer
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><mc:messageContainer {NAMESPACES}>'
        f'<mc:payload xsi:type="sit:SituationPublication" lang="nl">'
        f"<com:publicationTime>{time}</com:publicationTime>"
        f"{''.join(situations)}</mc:payload>{ending}</mc:messageContainer>"
    )


def exchange(*, protocol: str = "snapshotPull", status: str = "online") -> str:
    """Return the part after the payload that says how the publication is exchanged."""
    return (
        "<mc:exchangeInformation><ex:exchangeContext>"
        f"<ex:codedExchangeProtocol>{protocol}</ex:codedExchangeProtocol></ex:exchangeContext>"
        f"<ex:dynamicInformation><ex:exchangeStatus>{status}</ex:exchangeStatus>"
        "</ex:dynamicInformation></mc:exchangeInformation>"
    )


def situation(
    situation_id: str,
    *records: str,
    confidentiality: str = "noRestriction",
    information: str = "real",
    related: str = "",
) -> str:
    """Return one situation; records are `work`, `event` or `measure`."""
    reference = f'<sit:relatedSituation id="{related}" version="1"/>' if related else ""
    return (
        f'<sit:situation id="{situation_id}"><sit:overallSeverity>low</sit:overallSeverity>'
        f"<sit:headerInformation><com:confidentiality>{confidentiality}</com:confidentiality>"
        f"<com:informationStatus>{information}</com:informationStatus></sit:headerInformation>"
        f"{reference}{''.join(records)}</sit:situation>"
    )


def work(
    record_id: str,
    *,
    kind: str = "MaintenanceWorks",
    version: str = "3",
    owner: str = "Gemeente Delft",
    start: str = "2026-08-10T05:00:00Z",
    end: str | None = "2026-08-21T14:00:00Z",
    periods: Sequence[tuple[str, str]] = (),
    status: str | None = "published",
    probability: str | None = "probable",
    cause: str = "Kabels / Leidingen, , Warmtenet fase 2",
    subject: str | None = "other",
    maintenance: str | None = "maintenanceWork",
    place: str | None = None,
    updated: str = "2026-07-01T10:00:00Z",
    created: str = "2026-05-01T10:00:00Z",
    hindrance: str = "hindranceClass1",
    more: str = "",
) -> str:
    """Return a record of works."""
    return _record(
        kind,
        record_id,
        version,
        _times(created, updated),
        _text("sit:probabilityOfOccurrence", probability),
        _owner(owner),
        validity(start, end, periods),
        _cause(cause, "roadMaintenance"),
        point() if place is None else place,
        "<sit:operatorActionStatus>approved</sit:operatorActionStatus>",
        f"<sit:subjects>{_text('sit:subjectTypeOfWorks', subject)}</sit:subjects>",
        _roadworks(status, hindrance),
        _text("sit:roadMaintenanceType", maintenance),
        more,
    )


def event(
    record_id: str,
    *,
    version: str = "1",
    owner: str = "Gemeente Delft",
    start: str = "2026-09-05T11:00:00Z",
    end: str | None = "2026-09-05T21:00:00Z",
    periods: Sequence[tuple[str, str]] = (),
    probability: str = "probable",
    cause: str = "Festival, Naam van het feest",
    event_type: str = "festival",
    place: str | None = None,
) -> str:
    """Return a record of a public event."""
    return _record(
        "PublicEvent",
        record_id,
        version,
        _times("2026-05-01T10:00:00Z", "2026-07-01T10:00:00Z"),
        _text("sit:probabilityOfOccurrence", probability),
        _owner(owner),
        validity(start, end, periods),
        _cause(cause, "publicEvent"),
        point() if place is None else place,
        _text("sit:publicEventType", event_type),
    )


def measure(
    record_id: str,
    management: str = "carriagewayClosures",
    *,
    kind: str = "RoadOrCarriagewayOrLaneManagement",
    version: str = "3",
    lines: Sequence[str] = (LINE,),
    vehicles: Sequence[str] = (),
    carriageway: str = "mainCarriageway",
) -> str:
    """Return a record of a traffic measure."""
    named = "".join(_text("com:vehicleType", item) for item in vehicles)
    characteristics = "sit:forVehiclesWithCharacteristicsOf"
    return _record(
        kind,
        record_id,
        version,
        _times("2026-05-01T10:00:00Z", "2026-07-01T10:00:00Z"),
        itinerary(*lines, carriageway=carriageway),
        f"<{characteristics}>{named}</{characteristics}>" if named else "",
        _text("sit:roadOrCarriagewayOrLaneManagementType", management),
    )


def point(latitude: object = POINT[0], longitude: object = POINT[1]) -> str:
    """Return a location that is a point."""
    return (
        '<sit:locationReference xsi:type="loc:PointLocation"><loc:pointByCoordinates>'
        f"<loc:pointCoordinates><loc:latitude>{latitude}</loc:latitude>"
        f"<loc:longitude>{longitude}</loc:longitude></loc:pointCoordinates>"
        "</loc:pointByCoordinates></sit:locationReference>"
    )


def itinerary(
    *lines: str, srs: str = 'srsName="WGS 84"', carriageway: str = "mainCarriageway"
) -> str:
    """Return a location that is one or more lines, latitude first."""
    members = "".join(
        f'<loc:locationContainedInItinerary index="{index}">'
        '<loc:location xsi:type="loc:LinearLocation"><loc:supplementaryPositionalDescription>'
        f"<loc:carriageway><loc:carriageway>{carriageway}</loc:carriageway></loc:carriageway>"
        f"</loc:supplementaryPositionalDescription><loc:gmlLineString {srs}>"
        f"<loc:posList>{line}</loc:posList></loc:gmlLineString></loc:location>"
        "</loc:locationContainedInItinerary>"
        for index, line in enumerate(lines)
    )
    return (
        '<sit:locationReference xsi:type="loc:ItineraryByIndexedLocations">'
        f"{members}</sit:locationReference>"
    )


def validity(start: str | None, end: str | None, periods: Sequence[tuple[str, str]] = ()) -> str:
    """Return the validity of a record; without periods it has one, from start to end."""
    given = periods or ([(start, end)] if start and end else [])
    listed = "".join(
        f"<com:validPeriod><com:startOfPeriod>{begin}</com:startOfPeriod>"
        f"<com:endOfPeriod>{until}</com:endOfPeriod></com:validPeriod>"
        for begin, until in given
    )
    return (
        "<sit:validity><com:validityStatus>definedByValidityTimeSpec</com:validityStatus>"
        f"<com:validityTimeSpecification>{_text('com:overallStartTime', start)}"
        f"{_text('com:overallEndTime', end)}{listed}"
        "</com:validityTimeSpecification></sit:validity>"
    )


def comment(text: str) -> str:
    """Return a public comment, in which people write what does not belong there."""
    return (
        "<sit:generalPublicComment><sit:comment><com:values>"
        f'<com:value lang="nl">{text}</com:value></com:values></sit:comment>'
        "</sit:generalPublicComment>"
    )


def _record(kind: str, record_id: str, version: str, *parts: str) -> str:
    return (
        f'<sit:situationRecord xsi:type="sit:{kind}" id="{record_id}" version="{version}">'
        f"{''.join(parts)}</sit:situationRecord>"
    )


def _times(created: str, updated: str) -> str:
    return (
        f"<sit:situationRecordCreationTime>{created}</sit:situationRecordCreationTime>"
        f"<sit:situationRecordVersionTime>{updated}</sit:situationRecordVersionTime>"
    )


def _owner(name: str) -> str:
    return (
        f'<sit:source><com:sourceName><com:values><com:value lang="nl">{name}</com:value>'
        "</com:values></com:sourceName></sit:source>"
    )


def _cause(text: str, kind: str) -> str:
    return (
        f'<sit:cause><sit:causeDescription><com:values><com:value lang="nl">{text}</com:value>'
        f"</com:values></sit:causeDescription><sit:causeType>{kind}</sit:causeType></sit:cause>"
    )


def _roadworks(status: str | None, hindrance: str) -> str:
    return (
        "<sit:_roadworksExtension><sit:roadworksExtension><nle:roadworkHindrance>"
        f"{_text('nle:roadworkHindranceClass', hindrance)}</nle:roadworkHindrance>"
        f"<nle:roadworkPlanningStatus>{_text('nle:roadworkStatus', status)}"
        "</nle:roadworkPlanningStatus></sit:roadworksExtension></sit:_roadworksExtension>"
    )


def _text(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{text}</{name}>"
