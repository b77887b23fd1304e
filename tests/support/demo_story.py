"""The demo's story offline: what a town has on a day, and what the move of its sewer does."""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.check import offline
from hub.check.intake import Intake, read_files
from hub.check.programme_file import Step
from hub.demo.files import DemoFiles, move_sewer, write_files
from hub.demo.ledger import Effect, Ledger, Seen
from hub.demo.municipality import plan_municipality
from hub.demo.town import STORY_STREET
from hub.model.change import ChangeKind
from hub.model.programme import LastChange, ProgrammeEntry

WHY = "inspectie"


def read(files: DemoFiles, day: date) -> Intake:
    paths = [plan.path for plan in files.plans]
    return read_files([*paths, files.reference], reference_date=day, today=day)


@cache
def played(day: date, seed: int) -> tuple[Intake, offline.Outcome, Effect]:
    """Return what was read, what was found, and what the move did."""
    with TemporaryDirectory() as folder:
        files = write_files(plan_municipality(seed=seed, day=day), Path(folder))
        before = read(files, day)
        moved = set(move_sewer(files.sewer, street=STORY_STREET, today=day, why=WHY))
        works = [
            work
            for work in read(files, day).programme.interventions
            if work.id.removeprefix("sewer:") in moved
        ]
    steps = tuple(Step(at=day, intervention=work, cause=WHY) for work in works)
    found = offline.run(before.programme)
    after = offline.run(dataclasses.replace(before.programme, changes=steps))
    ledger = Ledger(since_ms=0)
    for finding in found.findings:
        ledger.take_finding(Seen(finding, cause_ms=1, broker_ms=2))
    ledger.mark(10)
    earlier = {work.id: work for work in before.programme.interventions}
    for work in works:
        change = LastChange((ChangeKind.RESCHEDULED,), day, WHY, ("window",), earlier[work.id])
        ledger.take_entry(ProgrammeEntry(intervention=work, revision=2, change=change))
    for step in after.steps[1:]:
        for changed in step.changed:
            ledger.take_finding(Seen(changed, cause_ms=11, broker_ms=12))
    return before, found, ledger.effect()
