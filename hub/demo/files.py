"""The demo's working folder: each owner's export, its mapping file, and the edit of the story.

Nothing here is known to the hub: it sees files such as any owner could drop there.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path

from hub.demo import story
from hub.demo.plans import Plans
from hub.demo.reference import reference_json
from hub.demo.sources import (
    SEWER_COLUMNS,
    SEWER_DATES,
    operator_geojson,
    redesign_drawing,
    redesign_mspdi,
    sewer_csv,
)
from hub.model.dates import add_years

SEWER = "rioolplan.csv"
HEAT = "warmteplan.geojson"
POWER = "netverzwaring.geojson"
REDESIGN = "herinrichtingen.xml"
DRAWING = "herinrichtingen-vlakken.csv"
REFERENCE = "kader.json"


@dataclass(frozen=True, slots=True)
class PlanFile:
    """One plan of the town: its file, the connector that reads it, and its mapping file."""

    connector: str
    path: Path
    mapping: Path


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Everything that was written for one demo."""

    folder: Path

    @property
    def plans(self) -> tuple[PlanFile, ...]:
        """Return the plan files with what reads them."""
        return (
            self._plan("tabular", SEWER),
            self._plan("geojson", HEAT),
            self._plan("geojson", POWER),
            self._plan("mspdi", REDESIGN),
        )

    @property
    def reference(self) -> Path:
        """Return the programme file with the reference data."""
        return self.folder / REFERENCE

    @property
    def sewer(self) -> Path:
        """Return the sewer plan, which the story changes."""
        return self.folder / SEWER

    def _plan(self, connector: str, name: str) -> PlanFile:
        path = self.folder / name
        return PlanFile(connector, path, path.with_suffix(".mapping.toml"))


def write_files(plans: Plans, folder: Path) -> DemoFiles:
    """Write all files of the demo; the same plans give the same bytes."""
    files = DemoFiles(folder)
    texts = {
        SEWER: sewer_csv(plans.sewer),
        HEAT: operator_geojson("Warmteplan", plans.heat),
        POWER: operator_geojson("Netverzwaring", plans.power),
        REDESIGN: redesign_mspdi(plans.redesigns, plans.day),
        DRAWING: redesign_drawing(plans.redesigns),
        REFERENCE: reference_json(plans),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    mappings = resources.files("hub.demo") / "mappings"
    for plan in files.plans:
        plan.mapping.write_bytes((mappings / plan.mapping.name).read_bytes())
    return files


def move_sewer(
    path: Path,
    *,
    street: str,
    today: date,
    years: int = story.MOVED_YEARS,
    why: str = "",
) -> tuple[str, ...]:
    """Move the works of one street in a sewer plan later, as its owner would; return their keys.

    The file is replaced in one step, so nobody reads half a plan.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    moved = [row for row in rows if row["straat"] == street]
    for row in moved:
        row.update({name: _later(row[name], years) for name in SEWER_DATES if row[name]})
        row["bijgewerkt"] = today.strftime("%d-%m-%Y")
        row["toelichting"] = why
    out = io.StringIO()
    table = csv.DictWriter(out, SEWER_COLUMNS, delimiter=";", lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(out.getvalue().encode())
    os.replace(temporary, path)
    return tuple(row["maatregel"] for row in moved)


def _later(text: str, years: int) -> str:
    """Return a day, quarter or year as written, so many years later."""
    if text.count("-") == 2:
        day = datetime.strptime(text, "%d-%m-%Y").date()
        return date.fromordinal(add_years(day.toordinal(), years)).strftime("%d-%m-%Y")
    head, year = text[:-4], text[-4:]
    return f"{head}{int(year) + years}"
