"""A history folded again, under the same or another policy and with some or all rules.

The same two objects as in the stream. Memory holds the programme and its findings, never the
history: of each finding only its first step and its last few are remembered.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.engine.detect import Detect
from hub.engine.merge import SourcePrecedence
from hub.engine.register import Register
from hub.errors import ConfigurationError, RejectedRecordError
from hub.model.change import PlanChange
from hub.model.decision import Decision
from hub.model.finding import Finding, ResolutionCause, Status
from hub.model.policy import DEFAULT_VALUES, PolicyValues
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import PolicyConfig
from hub.replay.events import Event
from hub.rules import installed

STEPS_KEPT = 6
REJECTED_KEPT = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Under what a history is folded.

    `until` is the last day that counts. `policy` stands in for every policy of the history, where
    it is given; `rules` names the rules that speak, all when it is empty.
    """

    until: date | None = None
    policy: tuple[PolicyConfig, ...] | None = None
    rules: tuple[str, ...] = ()
    precedence: SourcePrecedence | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.rules if name not in installed()]
        if unknown:
            raise ConfigurationError(
                f"--rules: came {', '.join(unknown)}; expected some of {', '.join(installed())}; "
                "'hub rules' says what they are"
            )


@dataclass(frozen=True, slots=True)
class Moment:
    """One change of a finding, and the event it followed from."""

    day: date
    where: str
    what: str
    why: str | None
    status: Status
    revision: int
    cause: ResolutionCause | None


@dataclass(slots=True)
class Past:
    """How a finding came to be as it is: its first moment, and its last ones."""

    first: Moment
    last: deque[Moment] = field(default_factory=lambda: deque(maxlen=STEPS_KEPT))
    count: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What one event did to one finding."""

    event: Event
    finding: Finding


class Replay:
    """One fold over one history.

    `daily` tells whether every day between two events comes, as in the stream, or only their own,
    as in a file of steps.
    """

    def __init__(self, conditions: Conditions, *, daily: bool = True) -> None:
        self.conditions = conditions
        rules = {
            name: rule
            for name, rule in installed().items()
            if not conditions.rules or name in conditions.rules
        }
        self.rules = rules
        self.detect = Detect(rules=rules)
        self.register = Register(conditions.precedence)
        self.pasts: dict[str, Past] = {}
        self.applied: Counter[str] = Counter()
        self.rejected_count = 0
        self.rejected: list[str] = []
        self.rule_failures: Counter[str] = Counter()
        self._revisions: dict[str, int] = {}
        self._daily = daily
        self._initial: Event | None = None
        self._began = False

    @property
    def reference_date(self) -> date | None:
        """Return the day that was reached."""
        return self.detect.reference_date

    def policy_of(self, municipality: str | None) -> PolicyValues:
        """Return the threshold values in force on the day that was reached."""
        return self.detect.policy_in(municipality) if self.reference_date else DEFAULT_VALUES

    def run(self, events: Iterable[Event]) -> None:
        """Fold events up to the last day that counts, and let time pass until it."""
        for _ in self.changes(events):
            pass

    def changes(self, events: Iterable[Event]) -> Iterator[Change]:
        """Yield every change of a finding in order, as the stream would write them."""
        until = self.conditions.until
        last: Event | None = None
        for event in events:
            if until is not None and event.day > until:
                break
            last = event
            yield from self._taken(event)
        if last is not None:
            yield from self._begun(last)
            if until is not None:
                yield from self._passed_until(until, last.where)

    def _taken(self, event: Event) -> Iterator[Change]:
        if isinstance(event.body, PolicyConfig) and self.conditions.policy is not None:
            self.applied["policy replaced"] += 1
            return
        if not event.initial or isinstance(event.body, Decision):
            yield from self._begun(event)
        if event.offset is None and not event.initial:
            yield from self._passed_until(event.day, event.where)
        try:
            entries = self._entries(event)
        except RejectedRecordError as error:
            self.note_rejected(f"{event.where}: {error}")
            return
        self.applied[type(event.body).__name__] += 1
        for entry in entries:
            if self._began:
                yield from self._applied(entry, event)
            else:
                self._initial = event
                self.detect.load([entry])
        if not entries and event.everywhere:
            yield from self._noted(self.detect.evaluate(offset=event.offset), event)

    def _begun(self, event: Event) -> Iterator[Change]:
        """Before the first thing that happens: the policy that stands in, and the initial state.

        The initial state of a file is concluded from once and as a whole, as a check of it does.
        """
        if self._began:
            return
        self._began = True
        for config in self.conditions.policy or ():
            yield from self._applied(LogEntry(event.day, config), event)
        if self._initial is not None:
            day = self._initial.day
            self.detect.load([LogEntry(day, Tick(day))])
            start = Event(day, day, "initial state", Tick(day))
            yield from self._noted(self.detect.evaluate(), start)

    def _entries(self, event: Event) -> tuple[LogEntry, ...]:
        body = event.body
        if event.offset is not None:
            return self._log_entry(event)
        if isinstance(body, PlanChange):
            return self.register.apply_change(body).log
        if isinstance(body, Decision):
            return self.register.apply_decision(body).log
        if isinstance(body, WorkState | Tick):
            return (LogEntry(event.at, body),)
        return self.register.apply_reference(body, at=event.day).log

    def _log_entry(self, event: Event) -> tuple[LogEntry, ...]:
        """Return a log record, unless a higher revision of the same work came before it."""
        body = event.body
        assert not isinstance(body, PlanChange)
        if isinstance(body, WorkState):
            work = body.intervention.id
            if body.revision < self._revisions.get(work, 0):
                return ()
            self._revisions[work] = body.revision
        return (LogEntry(event.at, body),)

    def _passed_until(self, day: date, where: str) -> Iterator[Change]:
        """Let days come up to this one."""
        reached = self.reference_date
        first = day if reached is None or not self._daily else reached + _DAY
        if reached is not None and first <= reached:
            return
        while first <= day:
            tick = Event(first, first, where, Tick(first))
            yield from self._applied(LogEntry(first, Tick(first)), tick)
            first += _DAY

    def _applied(self, entry: LogEntry, event: Event) -> Iterator[Change]:
        changed = self.detect.apply(entry, offset=event.offset, everywhere=event.everywhere)
        yield from self._noted(changed, event)

    def _noted(self, changed: Iterable[Finding], event: Event) -> Iterator[Change]:
        for failure in self.detect.rule_failures:
            self.rule_failures[failure.rule] += 1
        self.detect.rule_failures.clear()
        for answer in self.detect.refused_answers:
            self.note_rejected(f"{event.where}: {answer.refusal}")
        self.detect.refused_answers.clear()
        for finding in changed:
            moment = Moment(
                self.reference_date or event.day,
                event.where,
                event.what,
                event.why,
                finding.status,
                finding.revision,
                finding.cause,
            )
            past = self.pasts.setdefault(finding.id, Past(moment))
            past.last.append(moment)
            past.count += 1
            yield Change(event, finding)

    def note_rejected(self, what: str) -> None:
        """Take note of a record that cannot be used, as the stream parks it."""
        self.rejected_count += 1
        if len(self.rejected) < REJECTED_KEPT:
            self.rejected.append(what)
