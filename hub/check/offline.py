"""The offline fold: the same register and detect as in the stream, over one programme in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from hub.check.programme_file import Programme, Step
from hub.engine.detect import Detect
from hub.engine.merge import SourcePrecedence
from hub.engine.register import Incomplete, Register
from hub.errors import Refusal, RejectedRecordError
from hub.model.bundle import Bundle
from hub.model.change import PlanChange
from hub.model.facets import FacetState
from hub.model.finding import Finding
from hub.model.programme import LogEntry, Tick

Progress = Callable[[int, int], None]
"""Is told how far a long evaluation is: work done, work in all."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """The findings that changed in one step; step 0 is the initial state with its decisions."""

    step: int
    reference_date: date
    changed: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an offline run concluded.

    `titles` names works, and goals as `goal:` and the id; `states` is what each source said of each
    work at the end.
    """

    reference_date: date
    findings: tuple[Finding, ...]
    steps: tuple[StepResult, ...]
    bundles: tuple[Bundle, ...]
    incomplete: tuple[Incomplete, ...]
    complete: int
    decisions_without_finding: int
    titles: dict[str, str]
    states: Mapping[str, FacetState] = field(default_factory=dict)


def run(
    programme: Programme,
    *,
    precedence: SourcePrecedence | None = None,
    progress: Progress | None = None,
    options_of_steps: bool = False,
) -> Outcome:
    """Return what follows from a programme and its steps.

    With `options_of_steps` the findings of each step have their options as they were then; without
    it only the final state has them, which saves most of the work.

    :raises RejectedRecordError: if a step contradicts an earlier revision; the path names the step
    """
    fold = _Fold(programme, precedence, options_of_steps=options_of_steps)
    steps = [fold.initial(programme, progress)]
    for index, step in enumerate(programme.changes):
        steps.append(fold.step(index, step))
    return fold.outcome(steps)


class _Fold:
    def __init__(
        self,
        programme: Programme,
        precedence: SourcePrecedence | None,
        *,
        options_of_steps: bool,
    ) -> None:
        self._register = Register(precedence)
        self._detect = Detect(
            reference_date=programme.reference_date,
            write_options=options_of_steps,  # `present` works them out for the final state
        )
        self._today = programme.reference_date
        self._goals = [goal.id for goal in programme.goals]

    def initial(self, programme: Programme, progress: Progress | None) -> StepResult:
        entries: list[LogEntry] = []
        for item in programme.reference_items:
            entries += self._register.apply_reference(item, at=self._today).log
        for index, work in enumerate(programme.interventions):
            change = PlanChange(at=self._today, intervention=work)
            entries += self._registered(f"interventions[{index}]", change)
        self._detect.load(entries)
        changed = self._detect.evaluate(progress=progress)
        for index, decision in enumerate(programme.decisions):
            for entry in self._register.apply_decision(decision).log:
                changed += self._applied(f"decisions[{index}]", entry)
        return self._result(0, changed)

    def step(self, index: int, step: Step) -> StepResult:
        changed: list[Finding] = []
        if step.at > self._today:
            self._today = step.at
            changed += self._detect.apply(LogEntry(step.at, Tick(step.at)))
        for entry in self._entries(index, step):
            changed += self._applied(f"changes[{index}].decision", entry)
        return self._result(index + 1, changed)

    def _applied(self, path: str, entry: LogEntry) -> list[Finding]:
        """Return what follows from an entry; `path` is where it stands, if it is a decision.

        :raises RejectedRecordError: if it is an answer that its finding does not accept
        """
        changed = self._detect.apply(entry)
        refused = [
            replace(answer.refusal, path=f"{path}.{answer.refusal.path}")
            for answer in self._detect.refused_answers
        ]
        if refused:
            raise RejectedRecordError(*refused)
        return changed

    def _entries(self, index: int, step: Step) -> Iterable[LogEntry]:
        if step.change is not None:
            return self._registered(f"changes[{index}].intervention", step.change)
        if step.decision is not None:
            return self._register.apply_decision(step.decision).log
        if step.reference_item is not None:
            return self._register.apply_reference(step.reference_item, at=step.at).log
        return ()

    def _registered(self, path: str, change: PlanChange) -> Iterable[LogEntry]:
        try:
            return self._register.apply_change(change).log
        except RejectedRecordError as error:
            below = error.refusal.path.removeprefix("intervention.")
            refusal = error.refusal
            raise RejectedRecordError(
                Refusal(f"{path}.{below}", refusal.came, refusal.expected, reason=refusal.reason)
            ) from error

    def _result(self, step: int, changed: Iterable[Finding]) -> StepResult:
        last = {finding.id: finding for finding in changed}
        return StepResult(step, self._today, tuple(last[key] for key in sorted(last)))

    def outcome(self, steps: list[StepResult]) -> Outcome:
        entries = [state.entry for state in self._register.states.values() if state.entry]
        works = [entry.intervention for entry in entries]
        return Outcome(
            reference_date=self._today,
            findings=tuple(self._detect.present()),
            steps=tuple(steps),
            bundles=tuple(self._detect.bundles()),
            incomplete=tuple(self._register.incomplete()),
            complete=sum(1 for work in works if not work.missing),
            decisions_without_finding=self._detect.decisions_without_finding,
            titles={work.id: work.title for work in works if work.title} | self._goal_titles(),
            states=dict(self._register.states),
        )

    def _goal_titles(self) -> dict[str, str]:
        titled = ((f"goal:{goal}", self._detect.title_of(f"goal:{goal}")) for goal in self._goals)
        return {key: title for key, title in titled if title}
