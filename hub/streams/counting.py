"""Counts, now and then, what the owned programmes hold: works by discipline, open findings."""

from __future__ import annotations

import asyncio
from collections import Counter

from hub.metrics import Metrics
from hub.streams.detect_stage import DetectProgramme
from hub.streams.logic import Programme
from hub.streams.register_stage import INCOMPLETE, RegisterProgramme
from hub.streams.stage import Stage

INTERVAL_SECONDS = 5.0
CATCH_UP_SECONDS = 0.5

Series = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a gauge, and its labels."""

_INCOMPLETE: Series = ("hub_interventions_incomplete", ())


async def keep_counting(
    stage: Stage, metrics: Metrics, *, interval_seconds: float = INTERVAL_SECONDS
) -> None:
    """Set the gauges of one stage until cancelled; what is no longer there counts 0."""
    known: set[Series] = set()
    pause = interval_seconds
    while True:
        await asyncio.sleep(pause)
        found = (await stage.look(count_programme)).values()
        counted: Counter[Series] = Counter()
        for count in found:
            counted.update(count or ())
        pause = interval_seconds
        if None in found:  # of a large programme that was just restored
            pause = min(interval_seconds, CATCH_UP_SECONDS)
            continue
        known |= set(counted)
        for series in known:
            name, labels = series
            metrics.set(name, counted[series], **dict(labels))


def count_programme(partition: int, programme: Programme) -> Counter[Series] | None:
    """Return what one programme holds, for each gauge of its stage; None if it must be asked again.

    It may take no longer than a batch, because batches wait for it.
    """
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


def _works(programme: RegisterProgramme) -> Counter[Series] | None:
    works = programme.count_works()
    if works is None:
        return None
    counted: Counter[Series] = Counter({_INCOMPLETE: works.pop(INCOMPLETE, 0)})
    for discipline, count in works.items():
        counted["hub_interventions", (("discipline", discipline),)] = count
    return counted
