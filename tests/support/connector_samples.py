"""Sample cases of connectors: what a sample file must become.

A case stands beside its sample as `<case>.expected.json`. To make one for a new sample:

    python -m tests.support.connector_samples connectors/tabular/samples/plan.csv [MAPPING]

and then read it through: it says what the connector does, not yet what it should do.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.connect.api import ConnectorSettings
from hub.connect.discovery import Connector, find_connector, find_connectors, validated_settings
from hub.connect.files import sidecar_of
from hub.connect.reading import AcceptedRow, read_rows
from hub.contracts.json_codec import load_json, write

SUFFIX = ".expected.json"


@dataclass(frozen=True)
class SampleCase:
    """One connector with the settings that read a sample, and what must come out."""

    connector: Connector
    path: Path
    settings: ConnectorSettings
    interventions: list[Any]
    refused: list[str]

    @property
    def name(self) -> str:
        return f"{self.connector.name}/{self.path.name.removesuffix(SUFFIX)}"


def sample_cases(package: str = "connectors") -> list[SampleCase]:
    """Return the cases of all connectors, sorted."""
    return [
        _case(connector, path)
        for connector in find_connectors(package)
        for path in sorted((connector.folder / "samples").glob(f"*{SUFFIX}"))
    ]


def _case(connector: Connector, path: Path) -> SampleCase:
    value = load_json(path.read_bytes(), file=str(path))
    settings = validated_settings(connector, value["settings"], folder=path.parent)
    return SampleCase(connector, path, settings, value["interventions"], value["refused"])


def outcome(connector: Connector, settings: ConnectorSettings) -> tuple[list[Any], list[str]]:
    """Return the interventions a source gives as JSON values, and the paths of what it refuses."""
    interventions, refused = [], []
    for row in read_rows(connector, settings):
        if isinstance(row, AcceptedRow):
            interventions.append(as_json(row.intervention))
        else:
            refused += [refusal.path for refusal in row.refusals]
    return interventions, refused


def as_json(work: Any) -> Any:
    """Return a work as a case file holds it, numbers as JSON reads them."""
    return load_json(json.dumps(write(work)))


def main(arguments: list[str]) -> None:
    """Write the case of one sample file."""
    sample = Path(arguments[0])
    connector = find_connector(sample.parent.parent.name)
    mapping = Path(arguments[1]) if len(arguments) > 1 else sidecar_of(sample)
    values = {"path": sample.name}
    if mapping is not None:
        values["mapping"] = str(Path("..") / "profiles" / mapping.name)
        if mapping.parent.resolve() == sample.parent.resolve():
            values["mapping"] = mapping.name
    settings = validated_settings(connector, values, folder=sample.parent)
    interventions, refused = outcome(connector, settings)
    lines = ",\n".join(
        f"  {json.dumps(item, ensure_ascii=False, default=float)}" for item in interventions
    )
    text = (
        f'{{"settings": {json.dumps(values)},\n "interventions": [\n{lines}\n ],\n'
        f' "refused": {json.dumps(refused, ensure_ascii=False, indent=1)}}}\n'
    )
    sample.with_name(f"{sample.name}{SUFFIX}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
