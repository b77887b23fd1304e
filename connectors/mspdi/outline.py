"""Which rows of a schedule are works, and how order between other rows falls on works.

Planners link summary rows and milestones too. A plan has only works, so such links are carried over
to the works they mean: all works under a summary row, and the works before a milestone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from connectors.mspdi.project_file import ProjectFile, Task, whole_number
from connectors.mspdi.schedule import Predecessor, predecessors_of
from hub.model.vocabulary import DependencyType

_MOST_MILESTONES_IN_A_ROW = 100
_DEEPEST_LEVEL = 100
"""Rows that lie deeper count as that deep; no planner writes them, a hostile file may."""
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
    def _parents(self) -> dict[int, Task]:
        """Return the row above each, by identity: where two rows have one UID, by UID it turns."""
        parents: dict[int, Task] = {}
        above: list[tuple[int, Task]] = []
        for task in self.project.tasks:
            if task.is_set("IsNull"):
                continue
            depth = min(whole_number(task.texts.get("OutlineLevel"), default=1), _DEEPEST_LEVEL)
            while above and above[-1][0] >= depth:
                above.pop()
            if above:
                parents[id(task)] = above[-1][1]
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
        parent = self._parents.get(id(task))
        while parent is not None:
            yield parent
            parent = self._parents.get(id(parent))

    def works_before(self, task: Task) -> tuple[Predecessor, ...]:
        """Return the works that a work waits for, one per work and kind, the longest lag of each.

        :raises ScheduleProblemError: if a lag is none
        """
        found: dict[tuple[str, DependencyType], Predecessor] = {}
        for link in self._links_of(task):
            for work in self._works_meant(link):
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

    def _works_meant(self, link: Predecessor) -> Iterator[Predecessor]:
        reason = no_work(link.task)
        if reason is None:
            yield link
        elif reason == "summary" and link.type in _AFTER_ALL:
            for task in self._works_under.get(link.task.uid, ()):
                yield replace(link, task=task)
        elif reason == "milestone" and link.type is DependencyType.FINISH_TO_START:
            for work in self._works_to_reach(link.task, 0):
                yield replace(work, lag_days=work.lag_days + link.lag_days)

    @cached_property
    def _reached(self) -> dict[str, tuple[Predecessor, ...]]:
        """Return what is known of milestones so far; an entry is empty while it is looked for."""
        return {}

    def _works_to_reach(self, milestone: Task, depth: int) -> tuple[Predecessor, ...]:
        """Return the works that must end before a milestone, with the longest lag of each.

        Each milestone is looked at once, so that gates in a row do not multiply their ways; in a
        circle, and behind a hundred of them, nothing is carried over.
        """
        known = self._reached.get(milestone.uid)
        if known is not None or depth > _MOST_MILESTONES_IN_A_ROW:
            return known or ()
        self._reached[milestone.uid] = ()
        longest: dict[str, Predecessor] = {}
        for before in predecessors_of(milestone, self.by_uid, self.project):
            if before.type is not DependencyType.FINISH_TO_START:
                continue
            if no_work(before.task) == "milestone":
                found = self._works_to_reach(before.task, depth + 1)
                works = [replace(work, lag_days=work.lag_days + before.lag_days) for work in found]
            else:
                works = list(self._works_meant(before))
            for work in works:
                other = longest.get(work.task.uid)
                if other is None or other.lag_days < work.lag_days:
                    longest[work.task.uid] = work
        self._reached[milestone.uid] = tuple(longest.values())
        return self._reached[milestone.uid]
