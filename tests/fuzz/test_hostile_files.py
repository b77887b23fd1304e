"""Files made to do harm are refused, each with a reason, within bounded memory and time.

Every one is read in a process of its own that the system ends when it takes more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.fuzz.confinement import Bench
from tests.fuzz.hostile_files import (
    FAR,
    GIB,
    MIB,
    PROGRAMME,
    SITUATIONS,
    SST,
    TABLE,
    Hostile,
    elsewhere,
    feature,
    laughs,
    long_value,
    many_sheets,
    many_vertices,
    nested_json,
    one_sheet,
    outside,
    packed,
    pieces,
    project,
    shared_strings,
    sheet,
    sparse,
    text,
    workbook,
)
from tests.fuzz.readers import DOORS

TASK = "<Task><UID>1</UID><Name>@</Name></Task>"
SITUATION = '<situation id="1"><comment>@</comment></situation>'
ENVELOPE = f"{SITUATIONS}{SITUATION}</payloadPublication></d2LogicalModel>"

MAY_BE_EMPTY = {"reference-toml", "settings"}

CASES: Mapping[str, Hostile] = {
    # --- nothing, and half of something ---
    **{
        f"an empty file as {door}": Hostile(door, text(""), None if door in MAY_BE_EMPTY else "")
        for door in DOORS
    },
    "a cut gzip": Hostile("datex2", packed((ENVELOPE.encode(), 50), cut=20), "cut short"),
    "a gzip that is none": Hostile("datex2", text(b"\x1f\x8b\x08rubbish"), "gzip"),
    # --- entities ---
    "laughing entities in a schedule": Hostile("mspdi", text(laughs(project(TASK))), "DTD"),
    "laughing entities in a feed": Hostile("datex2", text(laughs(ENVELOPE)), "document type"),
    "a file asked for by a schedule": Hostile("mspdi", text(outside(project(TASK))), "DTD"),
    "a file asked for by a feed": Hostile("datex2", text(outside(ENVELOPE)), "document type"),
    # --- too deep ---
    "deep JSON as programme": Hostile(
        "programme", nested_json(PROGRAMME, 100_000, "}"), "nested too deeply"
    ),
    "JSON as deep as the reader goes": Hostile(
        "programme", nested_json(PROGRAMME + '[], "expect": {"x": ', 940, "}}"), None
    ),
    "deep JSON as reference": Hostile(
        "reference-json", nested_json('{"goals": ', 100_000, "}"), "nested too deeply"
    ),
    "deep policy values": Hostile(
        "reference-json",
        text('{"policy": [{"version": "1", "values": ' + '{"a":' * 900 + "1" + "}" * 900 + "}]}"),
        "",
    ),
    "deep TOML": Hostile("reference-toml", text("a = " + "[" * 100_000), "nested too deeply"),
    "dotted TOML": Hostile("reference-toml", text("a." * 50_000 + "a = 1"), "nested too deeply"),
    "deep YAML": Hostile("reference-yaml", text("[" * 100_000), "nested too deeply"),
    "deep mapping": Hostile("mapping", text("a = " + "[" * 100_000), "too deeply"),
    "dotted mapping": Hostile("mapping", text("fields." + "a." * 50_000 + "a = 1"), ""),
    "deep features": Hostile("features", nested_json('{"features": ', 100_000, "}"), "too deeply"),
    "deep coordinates": Hostile(
        "features",
        text(feature('{"type": "Polygon", "coordinates": ' + "[" * 900 + "]" * 900 + "}")),
        "",
    ),
    "deep XML as schedule": Hostile("mspdi", text(project("<a>" * 100_000)), "levels deep"),
    "deep XML as feed": Hostile(
        "datex2", text(f'{SITUATIONS}<situation id="1">' + "<source>" * 150_000), "cut short"
    ),
    # --- too long ---
    "a line of a gibibyte": Hostile("table", sparse(TABLE + "a" * 8192, GIB), "characters"),
    "a quoted cell without end": Hostile("table", long_value(TABLE + '1;"', 64 * MIB, ""), ""),
    "a record that goes on and on": Hostile(
        "table", text(TABLE + 'x;"a\n' + '";"a\n' * 2_000_000), "columns"
    ),
    "a million columns": Hostile("table", text(";".join(f"c{n}" for n in range(10**6))), "columns"),
    "a row of ten million cells": Hostile("table", text(TABLE + ";" * 10**7), "columns"),
    "a gibibyte as programme": Hostile("programme", sparse(PROGRAMME, GIB), "1024 MiB"),
    "a long text as programme": Hostile(
        "programme", long_value(PROGRAMME + '[{"id": "', 64 * MIB, '"}]}'), "characters"
    ),
    "many small values as programme": Hostile(
        "programme", long_value(PROGRAMME + "[[]", 64 * MIB, "]}", fill=",[]"), "values"
    ),
    "many small values as reference": Hostile(
        "reference-json", long_value('{"goals": [[]', 60 * MIB // 3, "]}", fill=",[]"), "values"
    ),
    "many small values as YAML": Hostile("reference-yaml", text("[" + "a," * 10**7 + "]"), ""),
    "many small values as TOML": Hostile("reference-toml", text("a=[" + "1," * 10**7 + "]"), ""),
    "one long word as reference": Hostile("reference-toml", text("a" * 20 * MIB), ""),
    "one long word as mapping": Hostile("mapping", text("a" * 3 * MIB), ""),
    "many quotes as mapping": Hostile("mapping", text("\"'" * MIB), ""),
    "many short keys as mapping": Hostile("mapping", text("a." * 150 + "a\n" * MIB), ""),
    "a gibibyte as reference": Hostile("reference-toml", sparse("a = '", GIB), "1024 MiB"),
    "a gibibyte as mapping": Hostile("mapping", sparse("a = '", GIB), "bytes"),
    "one long text in a feature": Hostile(
        "features", long_value('{"features": [{"a": "', 64 * MIB, '"}]}'), "million characters"
    ),
    "a gibibyte of features": Hostile("features", sparse('{"features": ["', GIB), ""),
    "a name of a gibibyte": Hostile("json-records", sparse('{"', GIB), ""),
    "a million properties": Hostile(
        "features",
        text(feature("null", properties="{" + ",".join(f'"{n}":1' for n in range(10**6)) + "}")),
        "",
    ),
    "a property a million times": Hostile(
        "reference-json", text("{" + ",".join(['"goals":[]'] * 10**6) + "}"), "twice"
    ),
    "a different property a feature": Hostile(
        "json-records",
        text("[" + ",".join(f'{{"c{n}":1}}' for n in range(2 * 10**6)) + "]"),
        "columns",
    ),
    "ten million vertices": Hostile("features", many_vertices(10**7), "million characters"),
    "ten million vertices as well-known text": Hostile(
        "table",
        long_value(f'{TABLE}1;a;2028;"LINESTRING (', 8 * MIB, '0 0)"', fill="155000 463000,"),
        "characters",
    ),
    "some hundred thousand vertices as well-known text": Hostile(
        "table",
        text(f'{TABLE}1;a;2028;"LINESTRING ({"155000 463000," * 300_000}0 0)"'),
        "positions",
    ),
    "some hundred thousand vertices": Hostile("features", many_vertices(300_000), "positions"),
    "a gibibyte as schedule": Hostile("mspdi", sparse("<Project>", GIB), "at most 512 MiB"),
    "one task of many elements": Hostile(
        "mspdi",
        long_value(project("<Task>@").rsplit("@", 1)[0], 16 * MIB, "", fill="<a/>"),
        "elements",
    ),
    "one long text in a schedule": Hostile(
        "mspdi", long_value(f"{project('<Task><Name>').split('</Tasks>')[0]}", 200 * MIB, ""), ""
    ),
    "a tag of two gibibytes in a packed feed": Hostile(
        "datex2",
        packed((SITUATIONS.encode() + b'<situation id="', 1), (b"a" * 16 * MIB, 128)),
        "MiB",
    ),
    "a comment of two gibibytes in a packed feed": Hostile(
        "datex2", packed((SITUATIONS.encode() + b"<!--", 1), (b"a" * 16 * MIB, 128)), "MiB"
    ),
    "one situation of many elements": Hostile(
        "datex2",
        packed((SITUATIONS.encode() + b'<situation id="1">', 1), (b"<source/>" * 4096, 128)),
        "",
    ),
    # --- numbers and coordinates that are none ---
    "NaN as coordinate": Hostile(
        "features", text(feature('{"type": "Point", "coordinates": [NaN, 463000]}')), "finite"
    ),
    "infinity as coordinate": Hostile(
        "features", text(feature('{"type": "Point", "coordinates": [155000, Infinity]}')), "finite"
    ),
    "1e999 as coordinate": Hostile(
        "features", text(feature('{"type": "Point", "coordinates": [1e999, 463000]}')), "finite"
    ),
    "NaN in a programme": Hostile("programme", text(PROGRAMME + "[NaN]}"), "NaN"),
    "a number of many digits": Hostile(
        "programme", text(PROGRAMME + '[], "expect": ' + "9" * 10_000 + "}"), ""
    ),
    "a hexadecimal number of many digits": Hostile(
        "reference-toml", text('[[policy]]\nversion = "1"\nvalues.x = 0x' + "f" * 10_000), ""
    ),
    "a hexadecimal number as a mapping's": Hostile(
        "mapping", text("format = 0x" + "f" * 10_000), ""
    ),
    "a decimal of a huge exponent": Hostile(
        "reference-json",
        text('{"policy": [{"version": "1", "values": {"workability_limit": 1e999999999}}]}'),
        "",
    ),
    # --- text that is none ---
    "UTF-16 as features": Hostile("features", text(feature("null").encode("utf-16")), "UTF-8"),
    "UTF-16 as programme": Hostile("programme", text((PROGRAMME + "[]}").encode("utf-16")), ""),
    "UTF-16 as mapping": Hostile("mapping", text("a = 1".encode("utf-16")), "UTF-8"),
    "latin-1 as features": Hostile("features", text('["é"]'.encode("latin-1")), "UTF-8"),
    "latin-1 as programme": Hostile(
        "programme", text((PROGRAMME + '[], "description": "é"}').encode("latin-1")), "UTF-8"
    ),
    "latin-1 as reference": Hostile("reference-toml", text("a = 'é'".encode("latin-1")), "UTF-8"),
    "latin-1 as schedule": Hostile("mspdi", text("<é/>".encode("latin-1")), "XML"),
    "another encoding as schedule": Hostile(
        "mspdi", text('<?xml version="1.0" encoding="bogus-7"?><a/>'), "XML"
    ),
    "another encoding as feed": Hostile(
        "datex2", text('<?xml version="1.0" encoding="bogus-7"?><a/>'), "XML"
    ),
    "invalid UTF-8 as feed": Hostile("datex2", text(b"<a>\xff\xfe\xfd</a>"), ""),
    "a lone surrogate as features": Hostile(
        "features", text(feature("null", properties='{"NR": "\\ud800"}')), ""
    ),
    "a lone surrogate as programme": Hostile(
        "programme", text(PROGRAMME + '[{"id": "\\ud800"}]}'), "interventions[0].id"
    ),
    "NUL bytes as table": Hostile("table", text(b"\0" * 4096), "binary"),
    "NUL bytes further on": Hostile(
        "table", text(TABLE + "1;a;2028;\n" * 600 + "\0;\0;2028;\n"), ""
    ),
    "NUL bytes as features": Hostile("features", text(b"\0" * 4096), "JSON"),
    "NUL bytes as feed": Hostile("datex2", text(b"\0" * 4096), ""),
    "NUL bytes as schedule": Hostile("mspdi", text(b"\0" * 4096), "XML"),
    "NUL bytes as workbook": Hostile("xlsx", text(b"\0" * 4096), "workbook"),
    "a NUL in JSON": Hostile("programme", text(PROGRAMME + '[{"id": "\\u0000"}]}'), ""),
    # --- workbooks ---
    "a cell in the last corner": Hostile("xlsx", workbook(one_sheet(sheet(FAR))), "cells"),
    "a corner behind a long attribute": Hostile(
        "xlsx",
        workbook(one_sheet(sheet(FAR.replace("<c ", f'<c s="{"0" * 80}" ')))),
        "cells",
    ),
    "a corner behind a bracket": Hostile(
        "xlsx", workbook(one_sheet(sheet(FAR.replace("<c ", '<c x=">" ')))), "cells"
    ),
    "a corner in a part of another name": Hostile("xlsx", workbook(elsewhere(sheet(FAR))), "cells"),
    "many sheets with a far cell": Hostile(
        "xlsx",
        workbook(many_sheets(200, sheet(FAR.replace("1048576", "999").replace("XFD", "BBB")))),
        "cells",
    ),
    "ten thousand sheets": Hostile("xlsx", workbook(many_sheets(10_000, sheet(""))), "parts"),
    "shared texts of 600 mebibytes": Hostile(
        "xlsx",
        workbook(
            shared_strings(pieces(SST, b"<si><t>" + b"a" * MIB + b"</t></si>", 600, b"</sst>"))
        ),
        "MiB",
    ),
    "shared texts that the directory makes small": Hostile(
        "xlsx",
        workbook(
            shared_strings(pieces(SST, b"<si><t>" + b"a" * MIB + b"</t></si>", 600, b"</sst>")),
            lie={"xl/sharedStrings.xml": 1000},
        ),
        "workbook",
    ),
    "cells without a place": Hostile(
        "xlsx",
        workbook(one_sheet(sheet('<row r="1000">' + "<c><v>1</v></c>" * 16_000 + "</row>"))),
        "cells",
    ),
    "a text of many million characters": Hostile(
        "xlsx",
        workbook(
            one_sheet(
                pieces(
                    (
                        sheet("").split("</")[0] + '<row r="1"><c r="A1" t="inlineStr"><is><t>'
                    ).encode(),
                    b"a" * MIB,
                    80,
                    b"</t></is></c></row></sheetData></worksheet>",
                )
            )
        ),
        "",
    ),
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench() as started:
        yield started


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused_with_its_reason(name: str, bench: Bench, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / f"hostile{DOORS[case.door].suffix}"
    case.make(path)

    ending = bench.read(case.door, path)

    path.unlink()
    assert not ending.crash, f"{ending.crash}\n{ending}"
    if case.says is not None:
        assert ending.refused, ending
        assert case.says in ending.refused[0], ending
