"""Everything the hub decodes from a topic, as functions of bytes.

Headers and values are as any client may have sent them. What a target raises is a find: whatever a
record is, it is applied or refused with a reason, parked, shown and put back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.connect.geometry import GeometryProblemError, from_geojson, from_wkt, projection
from hub.contracts import dead_letters
from hub.contracts.codec import Codec
from hub.contracts.dead_letters import Breaker, Original, original_of, put_back_headers
from hub.contracts.geometry import validity_problem
from hub.contracts.legible import legible
from hub.contracts.records import Headers, Record
from hub.contracts.wkb import from_wkb, to_wkb
from hub.engine.merge import SourcePrecedence
from hub.errors import RejectedRecordError
from hub.kafka.reader import RawRecord
from hub.parking.letters import OpenLetters
from hub.parking.listing import groups
from hub.parking.showing import show_text
from hub.streams.batches import evaluate
from hub.streams.detect_stage import DetectLogic
from hub.streams.logic import Received, Restored
from hub.streams.plausibility import Plausibility
from hub.streams.register_stage import RegisterLogic
from hub.streams.restore import HighestPerKey
from hub.streams.worker import _dead_letter as dead_letter_of
from tests.fuzz.readers import checked
from tests.support.wire_examples import VALID

CODEC = Codec(source="/fuzz")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = Plausibility(ZoneInfo("Europe/Amsterdam"))
RD = projection()
WORLD = projection("EPSG:4326", abroad=True)
INPUTS = ("plan-changes", "decisions", "reference")
FINDINGS = ("conflicts", "opportunities", "feedback")

Target = Callable[[bytes], None]
Decode = Callable[[bytes], object]


def packed(value: bytes, headers: Headers = ()) -> bytes:
    """Return a record as one run of bytes, for fuzzers that know of nothing else."""
    lines = [json.dumps([name, (given or b"").hex()]) for name, given in headers]
    return value + b"\n" + "\n".join(lines).encode() + b"\n" + b"%06d" % len(lines)


def unpacked(data: bytes) -> tuple[bytes, Headers]:
    """Return value and headers of a run of bytes; what is no header is part of the value."""
    count = int(data[-6:]) if data[-6:].isdigit() else 0
    parts = data[:-7].split(b"\n")
    headers = []
    for line in parts[len(parts) - min(count, 20, len(parts) - 1) :]:
        name, _, given = line.partition(b",")
        try:
            headers.append((str(json.loads(name.removeprefix(b"["))), _bytes_of(given)))
        except (ValueError, RecursionError):
            headers.append((line[:40].decode("latin-1"), line))
    return b"\n".join(parts[: len(parts) - len(headers)]), tuple(headers)


def _bytes_of(text: bytes) -> bytes:
    given = text.strip(b' "]')
    try:
        return bytes.fromhex(given.decode())
    except ValueError:
        return given


def _decoded_by(decode: Decode) -> Target:
    def target(data: bytes) -> None:
        try:
            decode(unpacked(data)[0])
        except RejectedRecordError as error:
            checked(error.refusals)

    return target


def _received(data: bytes, topic: str, offset: int = 0) -> Received:
    value, headers = unpacked(data)
    return Received(
        topic=topic,
        partition=0,
        offset=offset,
        key=b"key",
        value=value,
        headers=headers,
        at=NOW,
    )


def _registered(topic: str) -> Target:
    """Return the target that gives a record to the register stage, its dead letter included."""

    def target(data: bytes) -> None:
        logic = RegisterLogic(
            CODEC, precedence=SourcePrecedence(), plausibility=HOME, today=lambda _: NOW.date()
        )
        programme = logic.restore(Restored(partition=0, records={"facets": []}))
        received = [_received(data, topic, offset) for offset in range(2)]
        evaluate(
            received,
            {0: programme},
            dead_letter=dead_letter_of("register"),
            breaker=Breaker(),
        )

    return target


def _detected(data: bytes) -> None:
    empty: dict[str, list[Received]] = {name: [] for name in ("programme-log", *FINDINGS)}
    programme = DetectLogic(CODEC, plausibility=HOME).restore(Restored(partition=0, records=empty))
    evaluate(
        [_received(data, "programme-log", offset) for offset in range(2)],
        {0: programme},
        dead_letter=dead_letter_of("detect"),
        breaker=Breaker(),
    )


def _restored(data: bytes) -> None:
    highest = HighestPerKey()
    for offset in range(3):
        highest.add(_received(data, "conflicts", offset))
    highest.to_repair()


def _parked(data: bytes) -> None:
    """Park a record, list and show its letter, and make of it what a retry sends."""
    value, headers = unpacked(data)
    original = Original("plan-changes", 0, 7, b"key", value, headers)
    letter = dead_letters.of_record(original, failure_of(data))
    _handled(RawRecord(0, letter.key, letter.value, 0, letter.headers))
    found = original_of(letter)
    assert found is not None
    assert found.value == value
    assert put_back_headers(letter)


def _letter(data: bytes) -> None:
    """Handle a letter that somebody else wrote."""
    value, headers = unpacked(data)
    _handled(RawRecord(0, value[:60], value, 0, headers))
    letter = Record("dead-letters", value[:60], value, headers, 0)
    try:
        original_of(letter)
    except ValueError as error:
        _says(str(error))
    put_back_headers(letter)


def _handled(raw: RawRecord) -> None:
    letters = list(OpenLetters([raw, raw]))
    groups(letters)
    for letter in letters:
        shown = show_text(letter.record)
        assert all(c.isprintable() or c == "\n" for c in shown)
    shown = legible(raw.value)
    assert all(c.isprintable() or c == "\n" for c in shown)


def failure_of(data: bytes) -> dead_letters.Failure:
    """Return the failure of a record that is no plan change."""
    try:
        CODEC.decode_plan_change(unpacked(data)[0])
    except RejectedRecordError as error:
        return dead_letters.Failure.of_error(error, stage="register", version="0", at=NOW)
    return dead_letters.Failure.of_error(
        RejectedRecordError(*_NOTHING_WRONG), stage="register", version="0", at=NOW
    )


def _wkb(data: bytes) -> None:
    try:
        geometry = from_wkb(data)
    except ValueError as error:
        _says(str(error))
        return
    if validity_problem(geometry) is None:
        assert from_wkb(to_wkb(geometry)) == geometry


def _wkt(data: bytes) -> None:
    for how in (RD, WORLD):
        try:
            from_wkt(data.decode("utf-8", "replace"), how)
        except GeometryProblemError as error:
            _says(error.came, error.expected)


def _geojson(data: bytes) -> None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    for how in (RD, WORLD):
        try:
            from_geojson(value, how)
        except GeometryProblemError as error:
            _says(error.came, error.expected)


def _says(*words: str) -> None:
    """Check that words are there for a person to read."""
    assert all(word and len(word) < 1_000 and word.isprintable() for word in words), words


def _rejections() -> tuple[object, ...]:
    try:
        CODEC.decode_plan_change(b"")
    except RejectedRecordError as error:
        return error.refusals
    raise AssertionError("nothing was refused")


_NOTHING_WRONG = _rejections()

_DECODERS = {
    name.removeprefix("decode_"): getattr(CODEC, name)
    for name in dir(Codec)
    if name.startswith("decode_")
}
TARGETS: Mapping[str, Target] = {
    **{f"decode {name}": _decoded_by(decode) for name, decode in _DECODERS.items()},
    **{f"register {topic}": _registered(topic) for topic in INPUTS},
    "detect programme-log": _detected,
    "restore": _restored,
    "dead letter of a record": _parked,
    "dead letter of somebody else": _letter,
    "WKB": _wkb,
    "WKT": _wkt,
    "GeoJSON geometry": _geojson,
}

_MARKS: Headers = (
    ("hub-retry-of", b"plan-changes-0-1"),
    ("hub-retry-attempts", b"2"),
    ("hub-retry-first-at", b"2026-11-24T11:00:00.000000Z"),
    ("hub-error-topic", b"plan-changes"),
    ("hub-error-partition", b"0"),
    ("hub-error-offset", b"12"),
    ("hub-error-reason", b"unreadable"),
    ("hub-resolution-how", b"retried"),
    ("hub-resolution-at", b"2026-11-24T11:00:00Z"),
)
_RECORDS = [example.encode() for example in VALID]
_WKTS = [
    b"POINT (155000 463000)",
    b"SRID=4326;LINESTRING(5.38 52.15, 5.39 52.16)",
    b"POLYGON ((155000 463000, 155100 463000, 155100 463100, 155000 463000))",
    b"<http://www.opengis.net/def/crs/EPSG/0/28992> MULTIPOINT ((155000 463000), (155001 463001))",
    b"GEOMETRYCOLLECTION (POINT Z (155000 463000 1.5), POINT EMPTY)",
]
_GEOJSONS = [
    b'{"type": "Point", "coordinates": [155000, 463000]}',
    b'{"type": "MultiPolygon", "crs": {"type": "name", "properties": {"name": "EPSG:28992"}}, '
    b'"coordinates": [[[[155000, 463000], [155100, 463000], [155100, 463100], [155000, 463000]]]]}',
    b'{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [5, 52, 1]}]}',
]


def seeds_of(name: str) -> list[bytes]:
    """Return the runs of bytes a target begins with."""
    if name == "WKT":
        return _WKTS
    if name == "GeoJSON geometry":
        return _GEOJSONS
    if name == "WKB":
        return [to_wkb(g) for text in _WKTS[:4] if (g := from_wkt(text.decode(), RD)) is not None]
    return [packed(record.value, (*record.headers, *_MARKS)) for record in _RECORDS]
