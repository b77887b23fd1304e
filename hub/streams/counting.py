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

Series = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a gauge, and its labels."""

_INCOMPLETE: Series = ("hub_interventions_incomplete", ())
_GONE = (Firmness.WITHDRAWN, Firmness.COMPLETED)


async def keep_counting(
    stage: Stage, metrics: Metrics, *, interval_seconds: float = INTERVAL_SECONDS
) -> None:
    """Set the gauges of one stage until cancelled; what is no longer there counts 0."""
    known: set[Series] = set()
    while True:
        await asyncio.sleep(interval_seconds)
        counted: Counter[Series] = Counter()
        for found in (await stage.look(count_programme)).values():
            counted.update(found)
        known |= set(counted)
        for series in known:
            name, labels = series
            metrics.set(name, counted[series], **dict(labels))


def count_programme(partition: int, programme: Programme) -> Counter[Series]:
    """Return what one programme holds, for each gauge of its stage."""
    if isinstance(programme, RegisterProgramme):
        return _works(programme)
    assert isinstance(programme, DetectProgramme)
    return Counter(
        (
            "hub_findings_open",
            (("rule", finding.rule), ("severity", finding.severity.value)),
        )
        for finding in programme.detect.findings.values()
        if finding.status.is_open
    )


def _works(programme: RegisterProgramme) -> Counter[Series]:
    works = [
        state.entry.intervention
        for state in programme.register.states.values()
        if state.entry is not None
    ]
    counted: Counter[Series] = Counter(
        ("hub_interventions", (("discipline", work.discipline.value),))
        for work in works
        if work.discipline is not None and work.firmness not in _GONE
    )
    counted[_INCOMPLETE] = len(programme.register.incomplete())
    return counted
