"""Files made to do harm, one function each: small where they can be, large where they must be.

Each is made anew in a folder of the test, so that no bomb lies in the repository. Large files are
sparse or packed; none takes more than some tens of megabytes of disk.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.workbook import write_workbook

MIB = 1 << 20
GIB = 1 << 30
PROJECT = "http://schemas.microsoft.com/project"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PROGRAMME = '{"format": "programme/1", "reference_date": "2026-11-24", "interventions": '
TABLE = "Streng;Straat;Uitvoering;Ligging\n"
SITUATIONS = (
    '<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="SituationPublication">'
)

Make = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile file: the door it is brought to, how it is made, what must be said of it.

    Where nothing must be said it may also be read: it only looks like harm.
    """

    door: str
    make: Make
    says: str | None


def text(content: str | bytes) -> Make:
    """Return a file of that content."""
    data = content.encode() if isinstance(content, str) else content
    return lambda path: void(path.write_bytes(data))


def void(_: object) -> None:
    """Drop what a call returned."""


def long_value(before: str, count: int, after: str, *, fill: str = "a") -> Make:
    """Return a file with one value of `count` characters, written piece by piece."""

    def make(path: Path) -> None:
        with path.open("wb") as stream:
            stream.write(before.encode())
            for _ in range(count // MIB):
                stream.write(fill.encode() * MIB)
            stream.write(after.encode())

    return make


def sparse(before: str, size: int) -> Make:
    """Return a file that begins with a text and goes on with zeros that take no disk."""

    def make(path: Path) -> None:
        with path.open("wb") as stream:
            stream.write(before.encode())
            stream.truncate(size)

    return make


def packed(*pieces: tuple[bytes, int], cut: int = 0) -> Make:
    """Return a gzip file of pieces, each so many times; `cut` leaves bytes of its end out.

    Each piece is packed once: a gzip file may consist of many.
    """

    def make(path: Path) -> None:
        data = b"".join(gzip.compress(piece, mtime=0) * times for piece, times in pieces)
        path.write_bytes(data[: len(data) - cut])

    return make


def nested_json(before: str, depth: int, after: str) -> Make:
    """Return a JSON text with lists in lists."""
    return text(before + "[" * depth + "]" * depth + after)


def feature(geometry: str, *, properties: str = '{"NR": "1"}') -> str:
    """Return a collection of one feature."""
    return (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
        f'{properties}, "geometry": {geometry}}}]}}'
    )


def many_vertices(count: int) -> Make:
    """Return a feature whose polygon has so many positions."""

    def make(path: Path) -> None:
        head, tail = feature("@").split("@")
        with path.open("w") as stream:
            stream.write(head + '{"type": "Polygon", "coordinates": [[')
            piece = ",".join(["[155000.25,463000.75]"] * 10_000)
            for number in range(count // 10_000):
                stream.write("," * (number > 0) + piece)
            stream.write("]]}" + tail)

    return make


def laughs(root: str) -> str:
    """Return XML whose ten entities each stand for ten of the one before."""
    entities = '<!ENTITY e0 "ha">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11)
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>{root.replace("@", "&e10;")}'


def outside(root: str) -> str:
    """Return XML that asks for a file of this machine."""
    return (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        + root.replace("@", "&e;")
    )


def project(tasks: str) -> str:
    """Return a schedule with these tasks."""
    return f'<Project xmlns="{PROJECT}"><Title>@</Title><Tasks>{tasks}</Tasks></Project>'


# --- workbooks ---


def workbook(
    change: Callable[[dict[str, Any]], None], *, lie: Mapping[str, int] | None = None
) -> Make:
    """Return a workbook whose parts were changed; a part may be text or an iterator of bytes.

    `lie` gives parts for which the directory names that unpacked size instead of the true one.
    """

    def make(path: Path) -> None:
        write_workbook(path, {"Strengen": [["Streng", "Straat"], ["1", "Lindestraat"]]})
        with zipfile.ZipFile(path) as archive:
            parts: dict[str, Any] = {item: archive.read(item) for item in archive.namelist()}
        change(parts)
        _write_parts(path, parts)
        for name, size in (lie or {}).items():
            _forge_size(path, name, size, parts[name])

    return make


def _write_parts(path: Path, parts: Mapping[str, Any]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info._compresslevel = 1  # type: ignore[attr-defined]  # of an own ZipInfo it is not asked
            pieces = [content] if isinstance(content, str | bytes) else content()
            with archive.open(info, "w", force_zip64=not isinstance(content, str | bytes)) as out:
                for piece in pieces:
                    out.write(piece.encode() if isinstance(piece, str) else piece)


def _forge_size(path: Path, name: str, size: int, content: Any) -> None:
    """Name another unpacked size, and the checksum of that many bytes, in the directory."""
    data = bytearray(path.read_bytes())
    checksum, left = 0, size
    for piece in content():
        checksum = zlib.crc32(piece[:left], checksum)
        left -= min(left, len(piece))
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + length] == name.encode():
            struct.pack_into("<I", data, at + 16, checksum)
            struct.pack_into("<I", data, at + 24, size)
        at = data.rfind(b"PK\x01\x02", 0, at)
    path.write_bytes(data)


def sheet(cells: str) -> str:
    """Return a sheet with these rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def pieces(before: bytes, piece: bytes, times: int, after: bytes) -> Callable[[], Iterator[bytes]]:
    """Return a part that is written piece by piece."""

    def write() -> Iterator[bytes]:
        yield before
        for _ in range(times):
            yield piece
        yield after

    return write


def one_sheet(content: Any) -> Callable[[dict[str, Any]], None]:
    """Return the change that puts another sheet in the place of the first."""

    def change(parts: dict[str, Any]) -> None:
        parts["xl/worksheets/sheet1.xml"] = content

    return change


def many_sheets(count: int, content: str) -> Callable[[dict[str, Any]], None]:
    """Return the change that lists so many sheets, all alike."""

    def change(parts: dict[str, Any]) -> None:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        listed = "".join(
            f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, count + 1)
        )
        related = "".join(
            f'<Relationship Id="rId{n}" Type="{kind}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, count + 1)
        )
        parts["xl/workbook.xml"] = (
            f'<workbook xmlns="{MAIN}" xmlns:r="{kind}"><sheets>{listed}</sheets></workbook>'
        )
        parts["xl/_rels/workbook.xml.rels"] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{related}</Relationships>"
        )
        for number in range(1, count + 1):
            parts[f"xl/worksheets/sheet{number}.xml"] = content

    return change


def elsewhere(content: str) -> Callable[[dict[str, Any]], None]:
    """Return the change that keeps the sheet where no program keeps sheets."""

    def change(parts: dict[str, Any]) -> None:
        rels = parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", b"other/a.bin")
        parts["xl/_rels/workbook.xml.rels"] = rels
        parts["xl/other/a.bin"] = content

    return change


def shared_strings(content: Any) -> Callable[[dict[str, Any]], None]:
    """Return the change that adds texts that cells may share."""

    def change(parts: dict[str, Any]) -> None:
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        rels = parts["xl/_rels/workbook.xml.rels"]
        parts["xl/_rels/workbook.xml.rels"] = rels.replace(
            b"</Relationships>",
            b'<Relationship Id="rId99" Type="' + kind + b'" Target="sharedStrings.xml"/>'
            b"</Relationships>",
        )
        parts["xl/sharedStrings.xml"] = content

    return change


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
"""The last cell of a sheet; a reader that keeps a rectangle keeps 17,000 million cells."""
SST = f'<sst xmlns="{MAIN}">'.encode()
