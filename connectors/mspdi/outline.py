"""Which rows of a schedule are works, and how order between other rows falls on works.

Planners link summary rows and milestones too. A plan has only works, so such links are carried over
to the works they mean: all works under a summary row, and the works before a milestone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from connectors.mspdi.project_file import ProjectFile, Task
from connectors.mspdi.schedule import Predecessor, predecessors_of
from hub.model.vocabulary import DependencyType

_AFTER_ALL = (DependencyType.FINISH_TO_START, DependencyType.FINISH_TO_FINISH)
_HOLDS_FOR_PARTS = (DependencyType.FINISH_TO_START, DependencyType.START_TO_START)


def no_work(task: Task) -> str | None:
    """Return why a row is no work of its own, or None when it is one."""
    if task.is_set("IsNull"):
        return "blank"
    if task.is_set("ExternalTask") or task.is_set("IsSubproject"):
        return "of another project"
    if task.is_set("Summary") or task.uid == "0":
        return "summary"
    if task.is_set("Milestone"):
        return "milestone"
    return None


@dataclass(frozen=True)
class Outline:
    """The rows of one file with what lies above, below and before each."""

    project: ProjectFile

    @cached_property
    def by_uid(self) -> dict[str, Task]:
        """Return the rows by their stable number."""
        return {task.uid: task for task in self.project.tasks if task.uid}

    @cached_property
    def _parents(self) -> dict[str, Task]:
        parents: dict[str, Task] = {}
        above: list[tuple[int, Task]] = []
        for task in self.project.tasks:
            if task.is_set("IsNull"):
                continue
            level = task.texts.get("OutlineLevel", "")
            depth = int(level) if level.isdecimal() else 1
            while above and above[-1][0] >= depth:
                above.pop()
            if above:
                parents[task.uid] = above[-1][1]
            above.append((depth, task))
        return parents

    @cached_property
    def _works_under(self) -> dict[str, list[Task]]:
        under: dict[str, list[Task]] = {}
        for task in self.project.tasks:
            if no_work(task) is None:
                for above in self.above(task):
                    under.setdefault(above.uid, []).append(task)
        return under

    def above(self, task: Task) -> Iterator[Task]:
        """Yield the summary rows above a row, the nearest first."""
        parent = self._parents.get(task.uid)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent.uid)

    def works_before(self, task: Task) -> tuple[Predecessor, ...]:
        """Return the works that a work waits for, one per work and kind, the longest lag of each.

        :raises ScheduleProblemError: if a lag is none
        """
        found: dict[tuple[str, DependencyType], Predecessor] = {}
        for link in self._links_of(task):
            for work in self._works_meant(link, frozenset()):
                key = (work.task.uid, work.type)
                known = found.get(key)
                if work.task is not task and (known is None or known.lag_days < work.lag_days):
                    found[key] = work
        return tuple(found.values())

    def _links_of(self, task: Task) -> Iterator[Predecessor]:
        yield from predecessors_of(task, self.by_uid, self.project)
        for summary in self.above(task):
            for link in predecessors_of(summary, self.by_uid, self.project):
                if link.type in _HOLDS_FOR_PARTS:
                    yield link

    def _works_meant(self, link: Predecessor, passed: frozenset[str]) -> Iterator[Predecessor]:
        reason = no_work(link.task)
        if reason is None:
            yield link
        elif reason == "summary" and link.type in _AFTER_ALL:
            for work in self._works_under.get(link.task.uid, ()):
                yield Predecessor(work, link.type, link.lag_days)
        elif reason == "milestone" and link.task.uid not in passed:
            for before in predecessors_of(link.task, self.by_uid, self.project):
                if {before.type, link.type} == {DependencyType.FINISH_TO_START}:
                    through = Predecessor(before.task, link.type, before.lag_days + link.lag_days)
                    yield from self._works_meant(through, passed | {link.task.uid})
