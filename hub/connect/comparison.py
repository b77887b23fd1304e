"""What is new, changed, unchanged or gone between what was sent before and one complete snapshot.

Pure: no clock, no I/O. A row is known by its key, a change by the hash of its canonical content. A
withdrawal is concluded from absence only, so everything that could make a row *look* absent holds
it back: a row that was refused keeps its last state, a row without a readable key could be any of
the missing ones, and more gone at once than a plan loses in a day is taken for a broken export.

A work is *in doubt* when a run broke off between publishing it and remembering that: the topic may
be ahead of what is known. Such a work is sent again whatever its hash says, or withdrawn when the
source no longer has it; otherwise a plan that was changed and changed back during a crash would
stay changed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from hub.connect.reading import AcceptedRow, RefusedRow
from hub.contracts.connector_state import ConnectorState
from hub.contracts.json_codec import write
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.intervention import Intervention, Source

Successor = Callable[[Intervention, Intervention], Intervention]
"""What a read says of a work, given what was sent of it before."""

Farewell = Callable[[Intervention], Intervention | None]
"""What became of a work that the source no longer has; None: nothing says that it is done."""

HANDFUL = 5
"""So many works may always go at once, whatever share of the plan they are."""

_HASH_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Doubt:
    """A work that may have been published for a row although nothing says so."""

    key: str
    work: Intervention

    @classmethod
    def of_change(cls, key: str, change: PlanChange) -> Doubt:
        """Return the doubt that publishing a change casts on its work until it is remembered."""
        if change.intervention is not None:
            work = change.intervention
            return cls(key, Intervention(id=work.id, source=work.source))
        assert change.withdraw is not None
        assert change.source is not None
        gone = change.source
        source = Source(system=gone.system, key=gone.key, revision=gone.revision)
        return cls(key, Intervention(id=change.withdraw, source=source))


@dataclass(frozen=True, slots=True)
class Change:
    """One row whose content differs from what was sent; `after` is None when the work is gone.

    `replaces` is the work that this row was before under another id, and that goes with it;
    `settles_doubt` marks a withdrawal of which the row itself says nothing, `is_farewell` the last
    word on a work that the source dropped because it is done.
    """

    key: str
    before: Intervention | None
    after: Intervention | None
    cause: str | None = None
    replaces: Intervention | None = None
    settles_doubt: bool = False
    is_farewell: bool = False

    @property
    def is_new(self) -> bool:
        """Tell whether nothing stands for this row now."""
        return self.before is None

    def plan_changes(self, at: date) -> tuple[PlanChange, ...]:
        """Return what is published for it; nothing of it counts as sent before all of it is."""
        gone = self.replaces if self.after is not None else self.before
        changes = [] if gone is None else [_withdrawal(gone, at)]
        if self.after is not None:
            changes.append(PlanChange(at=at, intervention=self.after, cause=self.cause))
        return tuple(changes)


def _withdrawal(work: Intervention, at: date) -> PlanChange:
    source = work.source or Source()
    assert source.system is not None  # every row that was sent had a system
    gone = WithdrawnSource(source.system, source.key, source.revision)
    return PlanChange(at=at, withdraw=work.id, source=gone)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Withdrawals that were held back: how many, of how many, and why."""

    withdrawals: int
    known: int
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The outcome of one complete read.

    `upserts` and `withdrawals` are to be published in this order; `released` are keys whose work
    goes on under another key or was told to be done, which is only remembered; `doubts` are those
    this read cannot settle; `handed_over` are works that a row leaves to another one: until all is
    published and remembered, no row may be known to have them.
    """

    upserts: tuple[Change, ...]
    withdrawals: tuple[Change, ...]
    released: tuple[str, ...]
    refused: tuple[RefusedRow, ...]
    unchanged: int
    read: int
    blocked: Blocked | None = None
    doubts: tuple[Doubt, ...] = ()
    handed_over: tuple[Doubt, ...] = ()

    @property
    def new(self) -> tuple[Change, ...]:
        """Return the works that were not sent before."""
        return tuple(change for change in self.upserts if change.is_new)

    @property
    def changed(self) -> tuple[Change, ...]:
        """Return the works that were sent before with other content."""
        return tuple(change for change in self.upserts if not change.is_new)


def content_hash(work: Intervention) -> str:
    """Return the hash of a work's canonical JSON: equal content, equal hash."""
    text = json.dumps(write(work), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]


@dataclass(slots=True)
class Comparison:
    """Takes the rows of one read, then says what changed."""

    known: Mapping[str, ConnectorState]
    doubts: Sequence[Doubt] = ()
    successor: Successor = lambda _before, after: after
    farewell: Farewell = lambda _work: None
    _upserts: list[Change] = field(default_factory=list)
    _refused: list[RefusedRow] = field(default_factory=list)
    _seen_keys: set[str] = field(default_factory=set)
    _refused_keys: set[str] = field(default_factory=set)
    _seen_works: set[tuple[str, str | None]] = field(default_factory=set)
    _doubtful: frozenset[tuple[str, str | None]] = frozenset()
    _unchanged: int = 0
    _read: int = 0

    def __post_init__(self) -> None:
        owners = Counter(
            _identity(state.intervention)
            for state in self.known.values()
            if not state.withdrawn and state.intervention is not None
        )
        moved = (work for work, rows in owners.items() if rows > 1)  # released later
        self._doubtful = frozenset((*(_identity(doubt.work) for doubt in self.doubts), *moved))

    def take(self, row: AcceptedRow | RefusedRow) -> None:
        """Compare one row with what was sent for it."""
        self._read += 1
        if isinstance(row, RefusedRow):
            self._refused.append(row)
            if row.key is not None:
                self._seen_keys.add(row.key)
                self._refused_keys.add(row.key)
            return
        self._seen_keys.add(row.key)
        self._seen_works.add(_identity(row.intervention))
        state = self.known.get(row.key)
        before = None if state is None or state.withdrawn else state.intervention
        after, replaces = row.intervention, None
        if before is not None and state is not None:
            if _identity(before) != _identity(after):
                before, replaces = None, before
            else:
                after = self.successor(before, after)
            same = state.content_hash == content_hash(after)
            if same and _identity(after) not in self._doubtful:
                self._unchanged += 1
                return
        self._upserts.append(Change(row.key, before, after, row.cause, replaces))

    def finish(self, *, shrink_limit_share: float, allow_mass_withdrawal: bool) -> Changes:
        """Return what changed; call it only when the source was read to its end."""
        live = {
            key: state.intervention
            for key, state in self.known.items()
            if not state.withdrawn and state.intervention is not None
        }
        missing = {key: work for key, work in live.items() if key not in self._seen_keys}
        released = {k for k, work in missing.items() if _identity(work) in self._seen_works}
        ended = {k: end for k, work in live.items() if (end := self.farewell(work)) is not None}
        forgotten = {k for k, work in missing.items() if ended.get(k) == work}  # was told
        done = [
            Change(key, work, ended[key], is_farewell=True)
            for key, work in missing.items()
            if key in ended and key not in released | forgotten
        ]
        gone = [
            Change(key, work, None)
            for key, work in missing.items()
            if key not in ended and key not in released
        ]
        blocked = None
        if not allow_mass_withdrawal:
            standing = len(live) - len(ended)
            reason = self._why_absence_says_nothing()
            if reason is not None:
                done, forgotten = [], set()
            elif len(gone) > HANDFUL and len(gone) > shrink_limit_share * standing:
                share = f"{shrink_limit_share:.0%}"
                reason = f"that is more than {share} of what is known (shrink_limit_share)"
            blocked = Blocked(len(gone), standing, reason) if gone and reason is not None else None
        settled, doubts = self._settled((*gone, *done), held_back=blocked is not None)
        return Changes(
            upserts=(*(self._without_living(change) for change in self._upserts), *done),
            withdrawals=() if blocked is not None else (*gone, *settled),
            released=tuple(sorted(released | forgotten)),
            refused=tuple(self._refused),
            unchanged=self._unchanged,
            read=self._read,
            blocked=blocked,
            doubts=doubts,
            handed_over=tuple(self._handed_over()),
        )

    def _handed_over(self) -> Iterator[Doubt]:
        for change in self._upserts:
            left = change.replaces
            if left is not None and _identity(left) in self._seen_works:
                yield Doubt(change.key, Intervention(id=left.id, source=left.source))

    def _settled(
        self, gone: Sequence[Change], *, held_back: bool
    ) -> tuple[list[Change], tuple[Doubt, ...]]:
        """Return the withdrawals of doubtful works the source does not have, and open doubts."""
        going = {_identity(change.before) for change in gone if change.before is not None}
        kept = {
            _identity(state.intervention)
            for key in self._refused_keys
            if (state := self.known.get(key)) is not None and state.intervention is not None
        }
        settled: dict[tuple[str, str | None], Change] = {}
        open_doubts: list[Doubt] = []
        for doubt in self.doubts:
            work = _identity(doubt.work)
            if work in self._seen_works:
                continue
            if held_back or doubt.key in self._refused_keys or work in kept:
                open_doubts.append(doubt)
            elif work not in going:
                settled[work] = Change(doubt.key, doubt.work, None, settles_doubt=True)
        return list(settled.values()), tuple(open_doubts)

    def _without_living(self, change: Change) -> Change:
        """Return a change that takes no work along which another row still has."""
        replaces = change.replaces
        if replaces is None or _identity(replaces) not in self._seen_works:
            return change
        return replace(change, replaces=None)

    def _why_absence_says_nothing(self) -> str | None:
        """Return why a row that was not read may still be there, or None."""
        if self._read == 0:
            return "the source has no rows at all; an export that failed looks like this"
        nameless = sum(row.key is None for row in self._refused)
        if nameless:
            return (
                f"{nameless} rows have no readable key and could be any of them; correct these "
                "rows or leave them out with rows.skip"
            )
        return None


def _identity(work: Intervention) -> tuple[str, str | None]:
    """Return what a facet is known by in the hub: the id of the work and the system."""
    return work.id, None if work.source is None else work.source.system
