"""Programmes for tests of explanations, bundles and burdens: two works in one street, and more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hub.check.command import CheckOptions, evaluate, read_intake
from hub.check.programme_file import Programme
from hub.check.scene import Scene, scene_of_files


def street(x: int, y: int = 463_000, *, length: int = 100, width: int = 8) -> dict[str, Any]:
    ring = [[x, y], [x + length, y], [x + length, y + width], [x, y + width], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def work(key: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    kind = key.split(":")[0]
    discipline = {"space": "public_space"}.get(kind, kind)
    return {
        "id": key,
        "plan_owner": f"{kind}-co",
        "municipality": "GM0999",
        "discipline": discipline,
        "firmness": "adopted",
        "window": {"start": start, "end": end},
        "geometry": street(155_000),
        "opens_surface": True,
        "traffic_impact": "closed",
        **more,
    }


def written(folder: Path, *interventions: dict[str, Any], **more: Any) -> Path:
    path = folder / "programme.json"
    value = {
        "format": "programme/1",
        "reference_date": "2026-11-23",
        "interventions": list(interventions),
        **more,
    }
    path.write_text(json.dumps(value))
    return path


def scene(folder: Path, *interventions: dict[str, Any], **more: Any) -> tuple[Programme, Scene]:
    options = CheckOptions((written(folder, *interventions, **more),))
    intake, outcome = evaluate(read_intake(options), options, options_of_steps=True)
    assert outcome is not None, intake.refused
    return intake.programme, scene_of_files(intake.programme, outcome)
