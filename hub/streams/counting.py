"""Counts, now and then, what the owned programmes hold: works by discipline, open findings."""

from __future__ import annotations

import asyncio
from collections import Counter

from hub.metrics import Metrics
from hub.model.vocabulary import Firmness
from hub.streams.detect_stage import DetectProgramme
from hub.streams.logic import Programme
from hub.streams.register_stage import RegisterProgramme
from hub.streams.stage import Stage

INTERVAL_SECONDS = 5.0

_LABELS: dict[str, tuple[str, ...]] = {
    "hub_interventions": ("discipline",),
    "hub_findings_open": ("rule", "severity"),
}
_GONE = (Firmness.WITHDRAWN, Firmness.COMPLETED)


async def keep_counting(
    stage: Stage, metrics: Metrics, *, interval_seconds: float = INTERVAL_SECONDS
) -> None:
    """Set the gauges of one stage until cancelled."""
    if stage.logic.name == "register":
        name, ask = "hub_interventions", _works
    else:
        name, ask = "hub_findings_open", _open_findings
    labels = _LABELS[name]
    known: set[tuple[str, ...]] = set()
    while True:
        await asyncio.sleep(interval_seconds)
        counted: Counter[tuple[str, ...]] = Counter()
        for found in (await stage.look(ask)).values():
            counted.update(found)
        known |= set(counted)
        for values in known:
            metrics.set(name, counted[values], **dict(zip(labels, values, strict=True)))


def _works(partition: int, programme: Programme) -> Counter[tuple[str, ...]]:
    assert isinstance(programme, RegisterProgramme)
    works = [
        state.entry.intervention
        for state in programme.register.states.values()
        if state.entry is not None
    ]
    return Counter(
        (work.discipline.value,)
        for work in works
        if work.discipline is not None and work.firmness not in _GONE
    )


def _open_findings(partition: int, programme: Programme) -> Counter[tuple[str, ...]]:
    assert isinstance(programme, DetectProgramme)
    return Counter(
        (finding.rule, finding.severity.value)
        for finding in programme.detect.findings.values()
        if finding.status.is_open
    )
