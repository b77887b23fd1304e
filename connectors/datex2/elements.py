"""From bytes to situations, one at a time: only listed elements are kept, and nothing else is read.

The parser is expat itself. A tree of the whole publication would be a gigabyte, and a tree of each
situation would hold comments, diversions and contacts that nobody asked for; here an element that
is not on the list is passed over with everything below it before its text is ever put together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_XML_BYTES = 2 << 30
MAX_TOKEN_BYTES = 1 << 20
"""One tag or comment; the parser keeps it until it ends, and looks at all of it each time."""
MAX_SITUATION_ELEMENTS = 200_000
MAX_SITUATION_CHARACTERS = 8 << 20
MAX_NAMES = 2_000
MAX_ENVELOPE_ELEMENTS = 10_000
"""Before the payload begins; other XML would be read to its end for nothing."""
MAX_COUNTED_NAMES = 100
OTHER_NAMES = "of other names"

SITUATION = "situation"
RECORD = "situationRecord"

GROUPS = frozenset(
    {
        RECORD,
        "headerInformation",
        "source",
        "sourceName",
        "values",
        "validity",
        "validityTimeSpecification",
        "validPeriod",
        "impact",
        "delays",
        "cause",
        "causeDescription",
        "locationReference",
        "groupOfLocations",
        "locationContainedInGroup",
        "locationContainedInItinerary",
        "location",
        "supplementaryPositionalDescription",
        "pointByCoordinates",
        "pointCoordinates",
        "coordinatesForDisplay",
        "locationForDisplay",
        "tpegLinearLocation",
        "tpegPointLocation",
        "from",
        "to",
        "point",
        "gmlLineString",
        "gmlMultiPolygon",
        "gmlPolygon",
        "gmlAreaLocation",
        "exterior",
        "interior",
        "LinearRing",
        "forVehiclesWithCharacteristicsOf",
        "subjects",
        "_roadworksExtension",
        "roadworksExtension",
        "situationRecordExtension",
        "_situationRecordExtension",
        "maintenanceWorksExtension",
        "constructionWorksExtension",
        "roadworkHindrance",
        "roadworkPlanningStatus",
    }
)
"""Elements that hold others, of which some are kept."""

TEXTS = frozenset(
    {
        "confidentiality",
        "informationStatus",
        "situationVersionTime",
        "situationRecordCreationTime",
        "situationRecordVersion",
        "situationRecordVersionTime",
        "probabilityOfOccurrence",
        "value",
        "validityStatus",
        "overrunning",
        "overallStartTime",
        "overallEndTime",
        "startOfPeriod",
        "endOfPeriod",
        "delayBand",
        "carriageway",
        "latitude",
        "longitude",
        "posList",
        "operatorActionStatus",
        "subjectTypeOfWorks",
        "roadworkHindranceClass",
        "roadworkStatus",
        "roadMaintenanceType",
        "constructionWorkType",
        "publicEventType",
        "roadOrCarriagewayOrLaneManagementType",
        "vehicleType",
    }
)
"""Elements whose text is read. `carriageway` is a group and a text under one name."""

REFERENCES = frozenset({"relatedSituation"})
"""Elements of which only the attributes are read."""
KEPT_GROUPS = GROUPS | REFERENCES

PASSED_OVER = frozenset(
    {
        "alertCArea",
        "alertCLinear",
        "alertCPoint",
        "alternativeRoute",
        "bearing",
        "causeType",
        "comment",
        "complianceOption",
        "delayTimeValue",
        "delaysType",
        "detailedCauseType",
        "generalInstructionToRoadUsersType",
        "generalNetworkManagementType",
        "generalPublicComment",
        "mobility",
        "mobilityOfActivity",
        "nonGeneralPublicComment",
        "numberOfLanesRestricted",
        "numberOfOperationalLanes",
        "openlrExtendedArea",
        "openlrLinear",
        "openlrPoint",
        "originalNumberOfLanes",
        "overallSeverity",
        "reroutingItineraryDescription",
        "reroutingManagementType",
        "roadOrJunctionNumber",
        "roadworkHindranceCategory",
        "roadworksDuration",
        "roadworksScale",
        "severity",
        "situationRecordCreationReference",
        "situationRecordFirstSupplierVersionTime",
        "situationRecordObservationTime",
        "situationVersion",
        "sourceCountry",
        "sourceIdentification",
        "sourceType",
        "speedManagementType",
        "temporarySpeedLimit",
        "trafficConstrictionType",
        "urgentRoadworks",
        "urlLink",
        "vehicleUsage",
    }
)
"""Known elements that no plan needs, or in which people write: no surprise, so not counted."""

HEADER_TEXTS = frozenset({"publicationTime", "codedExchangeProtocol", "exchangeStatus"})
PAYLOADS = frozenset({"payload", "payloadPublication"})
ATTRIBUTES = frozenset({"id", "version", "type", "srsName", "srsDimension"})


class UnreadableFeedError(ValueError):
    """It cannot be read as DATEX II: what came and what was expected, without quoting the text."""

    def __init__(self, came: str, expected: str) -> None:
        self.came = came
        self.expected = expected
        super().__init__(f"came {came}; expected {expected}")


@dataclass(slots=True)
class Element:
    """A kept element under its local name; `text` only where the list says so."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        """Yield the kept children of that name."""
        return (child for child in self.children if child.name == name)

    def first(self, *path: str) -> Element | None:
        """Return the first element along a path of names, or None."""
        here: Element | None = self
        for name in path:
            here = next(here.all(name), None) if here is not None else None
        return here

    def below(self, name: str) -> Iterator[Element]:
        """Yield every kept element of that name at any depth, in the order of the document."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.below(name)


@dataclass(slots=True)
class Publication:
    """What the envelope says, and what was met that no list names."""

    publication_time: str = ""
    protocol: str = ""
    exchange_status: str = ""
    payload_types: list[str] = field(default_factory=list)
    situations: int = 0
    unknown_elements: Counter[str] = field(default_factory=Counter)


class TooLargeSituation(Element):
    """Stands for a situation that is larger than any real one; only its id is kept."""


class SituationParser:
    """Turns chunks of bytes into situations; one situation is held at a time."""

    def __init__(self) -> None:
        self.publication = Publication()
        self._ready: list[Element] = []
        self._open: list[Element] = []
        self._skipping = 0
        self._listening = False
        self._elements = 0
        self._characters = 0
        self._text: list[str] = []
        self._header: str | None = None
        self._local: dict[str, str] = {}
        self._bytes = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def situations(self, chunks: Iterable[bytes]) -> Iterator[Element]:
        """Yield every situation; ending normally says that the document was whole.

        :raises UnreadableFeedError: if it is not, or is no DATEX II situation publication
        """
        try:
            for chunk in chunks:
                self._count(chunk)
                self._parser.Parse(chunk, False)
                self._check_token()
                yield from self._take()
            self._parser.Parse(b"", True)
            yield from self._take()
        except expat.ExpatError as error:
            raise self._broken(error) from None
        except LookupError:
            raise UnreadableFeedError("text in an encoding nobody knows", "XML in UTF-8") from None
        if not self.publication.payload_types:
            raise UnreadableFeedError(
                "XML without a payload", "a DATEX II publication of situations"
            )

    def _count(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        if self._bytes > MAX_XML_BYTES:
            raise UnreadableFeedError(
                f"more than {MAX_XML_BYTES >> 30} GiB of XML", "a smaller publication"
            )

    def _check_token(self) -> None:
        pending = self._bytes - self._parser.CurrentByteIndex
        if pending > MAX_TOKEN_BYTES:
            raise UnreadableFeedError(
                f"a tag or a comment of more than {MAX_TOKEN_BYTES >> 20} MiB",
                "elements of ordinary size",
            )

    def _take(self) -> list[Element]:
        ready, self._ready = self._ready, []
        return ready

    def _broken(self, error: expat.ExpatError) -> UnreadableFeedError:
        reason = expat.ErrorString(error.code)
        if self._bytes == 0:
            return UnreadableFeedError("an empty file", "a DATEX II publication")
        if error.code in _CUT_SHORT:
            return UnreadableFeedError(
                f"XML that stops at line {error.lineno}, column {error.offset}: cut short",
                "a whole document; fetch it again",
            )
        return UnreadableFeedError(
            f"{reason} at line {error.lineno}, column {error.offset}", "well-formed XML"
        )

    def _refuse_doctype(self, *_: object) -> None:
        raise UnreadableFeedError(
            "a document type declaration", "DATEX II, which has none; it could define entities"
        )

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        name = self._local.get(qualified)
        if name is None:
            name = qualified.rpartition(":")[2]
            if len(self._local) < MAX_NAMES:
                self._local[qualified] = name
        if not self._open:
            self._start_outside(name, attributes)
            return
        is_text = name in TEXTS
        if not is_text and name not in KEPT_GROUPS:
            if name not in PASSED_OVER:
                count_name(self.publication.unknown_elements, name)
            self._skip(1)
            return
        self._elements += 1
        if self._elements > MAX_SITUATION_ELEMENTS:
            self._give_up(deeper=1)
            return
        element = Element(name, _kept(attributes) if attributes else {})
        self._open[-1].children.append(element)
        self._open.append(element)
        if is_text:
            self._listen()

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        """Look for the payload; envelopes differ, so unknown ones are walked through."""
        self._elements += 1
        if self._elements > MAX_ENVELOPE_ELEMENTS and not self.publication.payload_types:
            raise UnreadableFeedError(
                f"XML without a payload in its first {MAX_ENVELOPE_ELEMENTS} elements",
                "a DATEX II publication of situations",
            )
        if name == SITUATION:
            if not self.publication.payload_types:
                self._skip(1)
                return
            self.publication.situations += 1
            self._elements = self._characters = 0
            self._open.append(Element(name, _kept(attributes)))
        elif name in HEADER_TEXTS:
            self._header = name
            self._characters = 0
            self._listen()
        elif name in PAYLOADS:
            self._begin_payload(attributes)
        elif name.lower() == "html" and not self.publication.payload_types:
            raise UnreadableFeedError("a page of HTML", "a DATEX II publication")

    def _begin_payload(self, attributes: dict[str, str]) -> None:
        kind = _kept(attributes).get("type", "")
        if kind and kind != "SituationPublication":
            shown = kind if kind.isalnum() and len(kind) <= 60 else "an unknown type"
            raise UnreadableFeedError(f"a publication of {shown}", "a SituationPublication")
        self.publication.payload_types.append(kind)

    def _skip(self, depth: int) -> None:
        """Pass over everything until so many elements that are open now have ended."""
        self._skipping = depth
        self._parser.StartElementHandler = self._start_skipped
        self._parser.EndElementHandler = self._end_skipped

    def _start_skipped(self, *_: object) -> None:
        self._skipping += 1

    def _end_skipped(self, _: str) -> None:
        self._skipping -= 1
        if not self._skipping:
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end

    def _give_up(self, *, deeper: int) -> None:
        """Keep the id of a situation that is too large and skip the rest of it.

        `deeper` counts elements that are open in the document and were not taken in.
        """
        depth = len(self._open) + deeper
        self._ready.append(TooLargeSituation(SITUATION, self._open[0].attributes))
        self._open.clear()
        self._silence()
        self._skip(depth)

    def _end(self, _: str) -> None:
        if not self._open:
            if self._header is not None:
                self._end_header()
            return
        element = self._open.pop()
        if self._listening:
            if element.name in TEXTS:
                element.text = "".join(self._text).strip()
            self._silence()
        if not self._open:
            self._ready.append(element)

    def _end_header(self) -> None:
        text = "".join(self._text).strip()
        if self._header == "publicationTime":
            self.publication.publication_time = text
        elif self._header == "codedExchangeProtocol":
            self.publication.protocol = text
        else:
            self.publication.exchange_status = text
        self._header = None
        self._silence()

    def _listen(self) -> None:
        self._text = []
        self._listening = True
        self._parser.CharacterDataHandler = self._characters_came

    def _silence(self) -> None:
        self._text = []
        self._listening = False
        self._parser.CharacterDataHandler = None

    def _characters_came(self, text: str) -> None:
        self._characters += len(text)
        if self._characters <= MAX_SITUATION_CHARACTERS:
            self._text.append(text)
        elif self._open:
            self._give_up(deeper=0)


def count_name(counted: Counter[str], name: str) -> None:
    """Count an element or type by its name, if it looks like one and there are not too many."""
    usable = _NAME.fullmatch(name) is not None
    if name not in counted and (not usable or len(counted) >= MAX_COUNTED_NAMES):
        name = OTHER_NAMES
    counted[name] += 1


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")


def _kept(attributes: dict[str, str]) -> dict[str, str]:
    """Return the listed attributes by local name; types without their prefix."""
    kept = {}
    for qualified, value in attributes.items():
        name = qualified.rpartition(":")[2]
        if name in ATTRIBUTES:
            kept[name] = value.rpartition(":")[2] if name == "type" else value
    return kept


_CUT_SHORT = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
