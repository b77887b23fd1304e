"""What a subscriber knows who read the topics: works, findings, and what one change did to them.

Pure: it is given records and draws conclusions; it neither reads nor shows.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.model.dates import iso
from hub.model.finding import Evidence, EvidenceValue, Finding, FindingKind
from hub.model.programme import ProgrammeEntry

NEWEST = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as it came: when its cause happened and when the broker had it, in ms."""

    finding: Finding
    cause_ms: int
    broker_ms: int

    @property
    def seconds(self) -> float:
        """Return the seconds from the plan change to the finding."""
        return max(0, self.broker_ms - self.cause_ms) / 1000


@dataclass(frozen=True, slots=True)
class Moved:
    """A work that was rescheduled: first days before and after, and why in its owner's words."""

    work: str
    before: str
    after: str
    days: int
    cause: str | None


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """A measured fact that differs from before."""

    name: str
    before: EvidenceValue
    after: EvidenceValue
    unit: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A finding that stayed and says something else now."""

    finding: Finding
    facts: tuple[EvidenceChange, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What followed from the move, against how things stood just before it."""

    moved: tuple[Moved, ...]
    opened: tuple[Finding, ...]
    changed: tuple[Changed, ...]
    closed: tuple[Finding, ...]


@dataclass(slots=True)
class Ledger:
    """Everything read so far. `mark` draws the line that separates before from after.

    Findings whose cause lies before `since_ms` (a new day, say) are not measured.
    """

    since_ms: int
    titles: dict[str, str] = field(default_factory=dict)
    entries: dict[str, ProgrammeEntry] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    newest: deque[Seen] = field(default_factory=lambda: deque(maxlen=NEWEST))
    _load_seconds: list[float] = field(default_factory=list)
    _moved_seconds: list[float] = field(default_factory=list)
    _before: dict[str, Finding] = field(default_factory=dict)
    _moved: dict[str, Moved] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _line_ms: int | None = None
    last_effect_ms: int | None = None

    def take_entry(self, entry: ProgrammeEntry) -> None:
        """Note what is planned."""
        work = entry.intervention
        self.entries[work.id] = entry
        self.titles[work.id] = work.title or work.id
        moved = _moved(entry)
        if self._line_ms is not None and moved is not None:
            self._moved[work.id] = moved

    def take_finding(self, seen: Seen) -> None:
        """Note what follows from it."""
        finding = seen.finding
        self.findings[finding.id] = finding
        self.newest.append(seen)
        if self._line_ms is not None and seen.cause_ms >= self._line_ms:
            self._touched.add(finding.id)
            self._moved_seconds.append(seen.seconds)
            self.last_effect_ms = seen.broker_ms
            return
        self._before[finding.id] = finding
        if seen.cause_ms >= self.since_ms:
            self._load_seconds.append(seen.seconds)

    def mark(self, now_ms: int) -> None:
        """Count whatever is caused from now on as following from the move."""
        self._line_ms = now_ms

    @property
    def moved_works(self) -> int:
        """Return how many works were rescheduled since the mark."""
        return len(self._moved)

    @property
    def works_per_source(self) -> Mapping[str, int]:
        """Return how many works each source gave."""
        sources = (entry.intervention.source for entry in self.entries.values())
        return dict(sorted(Counter(s.system or "-" for s in sources if s is not None).items()))

    @property
    def open_counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many findings are open per rule and severity."""
        still_open = (f for f in self.findings.values() if f.status.is_open)
        return Counter((finding.rule, finding.severity.value) for finding in still_open)

    def count(self, kind: FindingKind) -> int:
        """Return how many findings of a kind are open."""
        return sum(1 for f in self.findings.values() if f.status.is_open and f.kind is kind)

    def seconds(self, share: float) -> float | None:
        """Return within how many seconds that share of the findings came, since the mark if any."""
        return quantile(self._moved_seconds or self._load_seconds, share)

    def load_seconds(self, share: float) -> float | None:
        """Return the same for the findings before the mark."""
        return quantile(self._load_seconds, share)

    @property
    def measured(self) -> int:
        """Return how many findings `seconds` is about."""
        return len(self._moved_seconds or self._load_seconds)

    def effect(self) -> Effect:
        """Return what followed from the move; what came and went in between is left out."""
        opened, changed, closed = [], [], []
        for finding_id in sorted(self._touched, key=self._report_order):
            before, after = self._before.get(finding_id), self.findings[finding_id]
            was_open = before is not None and before.status.is_open
            if after.status.is_open and not was_open:
                opened.append(after)
            elif was_open and not after.status.is_open:
                closed.append(after)
            elif was_open and before is not None and (facts := _facts(before, after)):
                changed.append(Changed(after, facts))
        moved = tuple(self._moved[work] for work in sorted(self._moved))
        return Effect(moved, tuple(opened), tuple(changed), tuple(closed))

    def _report_order(self, finding_id: str) -> tuple[int, str]:
        return -self.findings[finding_id].severity.rank, finding_id


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the least value that at least that share of the values do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _moved(entry: ProgrammeEntry) -> Moved | None:
    before, after = entry.change.before, entry.intervention
    if before is None or before.window is None or after.window is None:
        return None
    if before.window == after.window:
        return None
    first, then = before.window.start, after.window.start
    return Moved(after.id, iso(first.lo), iso(then.lo), then.lo - first.lo, entry.change.cause)


def _facts(before: Finding, after: Finding) -> tuple[EvidenceChange, ...]:
    """Return the lasting evidence that differs; the volatile kind differs every day."""
    earlier: dict[str, Evidence] = {item.name: item for item in before.evidence}
    return tuple(
        EvidenceChange(item.name, earlier[item.name].value, item.value, item.unit)
        for item in after.evidence
        if not item.volatile and item.name in earlier and earlier[item.name].value != item.value
    )
