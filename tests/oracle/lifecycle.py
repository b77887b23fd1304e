"""The lifecycle table as written: every step evaluates everything (specification, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from hub.model.decision import Decision
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import PolicyConfig
from hub.model.vocabulary import Classification, DecisionKind, Firmness

from . import areas, conflicts, feedback, opportunities
from .bundles import bundles
from .opportunities import amounts, contributes
from .world import Seen, View, World, iso

RULES: dict[str, Callable[[View], Iterable[Seen]]] = {
    **{f"C{n:02d}": getattr(conflicts, f"c{n:02d}") for n in (*range(1, 13), *range(16, 21))},
    **{f"C{n}": getattr(areas, f"c{n}") for n in (13, 14, 15, 21)},
    **{f"O{n:02d}": getattr(opportunities, f"o{n:02d}") for n in (1, 2, 3)},
    **{f"F{n:02d}": getattr(feedback, f"f{n:02d}") for n in (1, 2, 3, 5)},
}
KEPT = ("O04", "F04")


@dataclass(frozen=True)
class Delivered:
    """What a finding carries besides what its rule concluded (specification 10.1, 10.2)."""

    classification: Classification
    policy_version: str
    addressee: str | None = None
    answer_by: int | None = None
    possible_answers: tuple[str, ...] = ()


@dataclass
class Record:
    """What is kept of one finding; what is not material is that of when it was written (2.1).

    `now` and `now_delivered` are what would be said of an open one at this moment.
    """

    seen: Seen
    delivered: Delivered
    status: str
    revision: int
    first_seen: int
    last_changed: int
    now: Seen
    now_delivered: Delivered
    cause: str | None = None
    answered: bool = False
    declined_material: object = None
    was_overdue: bool | None = None

    @property
    def open(self) -> bool:
        return self.status != "resolved"

    def overdue(self, today: int, delivered: Delivered) -> bool | None:
        """Tell whether the day to answer has passed and nobody did; None without such a day."""
        if delivered.answer_by is None:
            return None
        return today > delivered.answer_by and self.status not in ("acknowledged", "resolved")

    def write(self, today: int) -> None:
        """Make the record say what holds at this moment, as its next revision."""
        self.revision += 1
        self.last_changed = today
        if self.open:
            self.seen, self.delivered = self.now, self.now_delivered
        self.was_overdue = self.overdue(today, self.delivered)


ANSWERS = {
    **dict.fromkeys(("F01", "F05"), ("accept", "decline", "counter")),
    **dict.fromkeys(("F02", "F03", "F04"), ("accept", "counter")),
}
OPENNESS = (Classification.PUBLIC, Classification.PARTNERS, Classification.RESTRICTED)


@dataclass
class Oracle:
    """A programme that is evaluated from scratch after every step."""

    world: World
    rules: frozenset[str] = frozenset({*RULES, *KEPT})
    records: dict[str, Record] = field(default_factory=dict)
    realised: set[tuple[int, str, str | None]] = field(default_factory=set)
    decisions: set[str] = field(default_factory=set)
    ignored_decisions: int = 0
    refused_decisions: int = 0

    def load(self, entries: Iterable[LogEntry]) -> None:
        for entry in entries:
            self._take_in(entry)

    def evaluate(self) -> None:
        """Evaluate the state there is, as the first step does."""
        self._conclude("changed", frozenset())

    def apply(self, *entries: LogEntry) -> None:
        """Take in one step, however many entries it has, and evaluate."""
        known = {entry.body.id for entry in entries if isinstance(entry.body, Decision)}
        entries = tuple(
            entry
            for entry in entries
            if not (isinstance(entry.body, Decision) and entry.body.id in self.decisions)
        )
        self.decisions |= known
        if not entries:
            return
        kinds = [kind for entry in entries if (kind := self._take_in(entry)) is not None]
        if not kinds:
            return
        kind = next((kind for kind in kinds if kind != "time"), "time")
        declined = frozenset(kind[9:] for kind in kinds if kind.startswith("declined:"))
        self._conclude("time" if kind.startswith("declined:") else kind, declined)

    # taking in -----------------------------------------------------------------------------

    def _take_in(self, entry: LogEntry) -> str | None:
        match entry.body:
            case WorkState() as state:
                self.world.states[state.intervention.id] = state
                return "changed"
            case Tick(day=day):
                self.world.today = max(self.world.today, day.toordinal())
                return "time"
            case Decision() as decision:
                return self._decide(decision)
            case PolicyConfig() as policy:
                self.world.put(policy)
                return "policy"
            case item:
                self.world.put(item)
                return "data"

    def _decide(self, decision: Decision) -> str | None:
        """Return the kind of step that an answer is, None where it is none."""
        if decision.kind is DecisionKind.TAKEN:
            return "changed"
        record = self.records.get(decision.finding or "")
        allowed = ANSWERS.get(record.seen.rule) if record else None
        if allowed and decision.kind.value not in (*allowed, "acknowledge"):
            self.refused_decisions += 1
            return None
        if record is None or not record.open:
            self.ignored_decisions += 1
            return "time"
        today = self.world.today
        declined = decision.kind is DecisionKind.DECLINE
        if declined and record.seen.rule in ("O01", "O02", "O03"):
            record.status, record.cause = "resolved", "declined"
            record.write(today)
            record.declined_material = record.seen.material
            return f"declined:{record.seen.id}"
        if record.status != "acknowledged":
            record.answered = True
            record.status = "acknowledged"
            record.write(today)
        return "time"

    # concluding ----------------------------------------------------------------------------

    def _conclude(self, kind: str, declined: frozenset[str]) -> None:
        view = self.world.look()
        now = {
            seen.id: seen
            for rule, find in RULES.items()
            if rule in self.rules
            for seen in find(view)
        }
        before = {key: replace(record) for key, record in self.records.items()}
        held = self._held(view, now)
        for key in sorted({*now, *self.records}):
            if key.partition(":")[0] not in KEPT:
                self._live(view, key, now.get(key) or held.get(key), kind)
        if "O04" in self.rules:
            for seen in self._lost(view, kind, before, now, declined):
                if seen.id not in self.records:
                    self._make(view, seen)
        if "F04" in self.rules:
            missed = {seen.id: seen for seen in self._f04(view)}
            for key in sorted({*missed, *(k for k in self.records if k.startswith("F04:"))}):
                self._live(view, key, missed.get(key), "time", cause="time")
        for record in self.records.values():
            if not record.open or record.seen.rule == "O04":
                self._close_up(view, record)

    def _close_up(self, view: View, record: Record) -> None:
        """Close what is past with its parties: a decision of the hub, not of the specification."""
        now = self._classification(view, record.seen)
        if OPENNESS.index(now) > OPENNESS.index(record.delivered.classification):
            record.delivered = replace(record.delivered, classification=now)
            record.now_delivered = replace(record.now_delivered, classification=now)
            record.revision += 1

    def _held(self, view: View, now: dict[str, Seen]) -> dict[str, Seen]:
        kept = {seen.id: seen for seen in conflicts.c11(view, held=True)}
        for a, b in view.pairs():
            if (seen := conflicts.c01_of(view, a, b, held=True)) is not None:
                kept[seen.id] = seen
        return {
            key: seen
            for key, seen in kept.items()
            if key not in now and key in self.records and self.records[key].open
        }

    def _make(self, view: View, seen: Seen) -> None:
        delivered = self._delivered(view, seen, view.today)
        self.records[seen.id] = Record(
            *(seen, delivered, "detected", 0, view.today, view.today, seen, delivered)
        )
        self.records[seen.id].write(view.today)

    def _live(
        self, view: View, key: str, seen: Seen | None, kind: str, *, cause: str | None = None
    ) -> None:
        record = self.records.get(key)
        if record is None:
            assert seen is not None
            self._make(view, seen)
            return
        if seen is None:
            if record.open:
                record.cause = cause or self._cause(view, record.seen, kind)
                record.status = "resolved"
                record.write(view.today)
                self._close(view, record)
            return
        record.now = seen
        record.now_delivered = self._delivered(view, seen, record.first_seen)
        if record.open:
            if seen.material != record.seen.material:
                follow = {"acknowledged": "to_be_reassessed", "detected": "updated"}
                record.status = follow.get(record.status, record.status)
                record.write(view.today)
            elif _told(seen, record.now_delivered) != _told(record.seen, record.delivered):
                record.write(view.today)
        elif record.cause != "declined" or seen.material != record.declined_material:
            record.status, record.cause = "detected", None
            record.write(view.today)

    def _close(self, view: View, record: Record) -> None:
        now = self._classification(view, record.seen)
        both = (now, record.delivered.classification)
        record.delivered = replace(record.delivered, classification=max(both, key=OPENNESS.index))

    def _classification(self, view: View, seen: Seen) -> Classification:
        """Return that of the most closed party; without parties it is for partners."""
        said = [view.works[work].plan.classification for work in seen.parties]
        known = [one or Classification.RESTRICTED for one in said]
        return max(known, key=OPENNESS.index, default=Classification.PARTNERS)

    def _delivered(self, view: View, seen: Seen, first_seen: int) -> Delivered:
        policy = view.policy(_municipality_of(view, seen))
        closed = self._classification(view, seen)
        if seen.rule not in ANSWERS:
            return Delivered(closed, policy.version)
        due = first_seen + policy["answer_days"]
        told = seen.organisation
        return Delivered(closed, policy.version, told, due, ANSWERS[seen.rule])

    def _cause(self, view: View, seen: Seen, kind: str) -> str:
        parties = [view.works[work] for work in seen.parties if work in view.works]
        if any(work.plan.firmness is Firmness.WITHDRAWN for work in parties):
            return "withdrawn"
        if any(work.plan.firmness is Firmness.COMPLETED for work in parties):
            return "completed"
        if seen.rule in ("O01", "O02") and view.joint(*parties):
            return "realised"
        if seen.rule == "O03" and self._goal_is_served(view, seen):
            return "realised"
        return kind

    def _goal_is_served(self, view: View, seen: Seen) -> bool:
        remains = self._remains(view, seen.goal or "")
        left = any(self._serves(view, work, seen.goal or "") for work in seen.parties)
        return remains is False or left

    def _remains(self, view: View, goal_id: str) -> bool | None:
        goal = view.world.goals.get(goal_id)
        if goal is None or goal.target_amount is None or goal.due_year is None:
            return None
        return goal.target_amount > sum(amounts(view, goal), Decimal(0))

    def _serves(self, view: View, work_id: str, goal_id: str) -> bool:
        goal, work = view.world.goals.get(goal_id), view.works.get(work_id)
        if goal is None or work is None:
            return False
        return any(contributes(one, goal) for one in [work, *view.riders(work)])

    # O04 and F04 ---------------------------------------------------------------------------

    def _lost(
        self,
        view: View,
        kind: str,
        before: dict[str, Record],
        now: dict[str, Seen],
        declined: frozenset[str],
    ) -> Iterator[Seen]:
        for key in sorted(declined):
            yield self._o04(view, self.records[key], None, "declined")
        for key, record in before.items():
            if not record.open or record.seen.rule not in ("O01", "O02", "O03"):
                continue
            if record.seen.rule == "O03":
                staying = now[key].parties if key in now else ()
                left = [work for work in record.seen.parties if work not in staying]
                chances = [(work, (work,), work in record.now.sure) for work in left]
            elif key not in now:
                chances = [("", record.seen.parties, record.seen.certain)]
            else:
                chances = []
            for work, parties, certain in chances:
                cause = self._why_lost(view, record.seen, parties, kind, now)
                if cause == "realised":
                    self.realised.add((view.today, key, work or None))
                elif cause is not None and (certain or record.answered):
                    yield self._o04(view, record, work or None, cause)

    def _why_lost(
        self, view: View, seen: Seen, ids: tuple[str, ...], kind: str, now: dict[str, Seen]
    ) -> str | None:
        parties = [view.works[work] for work in ids]
        firmness = {work.plan.firmness for work in parties}
        if Firmness.WITHDRAWN in firmness:
            return None
        if seen.rule == "O03":
            if self._serves(view, ids[0], seen.goal or ""):
                return "realised"
        elif view.joint(*parties):
            return None if Firmness.COMPLETED in firmness else "realised"
        if kind in ("policy", "data"):
            return None
        if seen.rule == "O03" and not self._remains(view, seen.goal or ""):
            return None
        if firmness & {Firmness.IN_EXECUTION, Firmness.COMPLETED}:
            return "started"
        if seen.rule != "O03":
            a, b = ids
            pair = {f"{rule}:{a}|{b}" for rule in ("O01", "O02", "C01", "C03")} | {f"C03:{b}|{a}"}
            if any(key in now for key in pair):
                return None
        if any(not work.active for work in parties):
            return "too_late"
        if seen.rule == "O03" and parties[0].span is not None:
            notice = view.policy_of(parties[0])["ride_along_min_days"]
            if parties[0].span.s_lo - view.today < notice:
                return "too_late"
        return "moved_apart"

    def _o04(self, view: View, record: Record, work: str | None, cause: str) -> Seen:
        seen = record.seen
        evidence: dict[str, Any] = {
            "cause": cause,
            "opportunity": seen.id,
            "detected_on": iso(record.first_seen),
            "expired_on": iso(view.today),
        }
        if seen.rule != "O03":
            evidence |= {"area_m2": seen.savings[0], "amount_cents": seen.savings[1]}
        return replace(
            seen,
            rule="O04",
            key=(seen.id,) if work is None else (seen.id, work),
            parties=seen.parties if work is None else (work,),
            certain=True,
            evidence=evidence,
            volatile=frozenset(),
            thresholds=(),
        )

    def _f04(self, view: View) -> Iterator[Seen]:
        policy = view.policy(None)
        since = view.today - policy["missed_period_days"]
        lost = [
            record.seen
            for key, record in self.records.items()
            if key.startswith("O04:")
            and date.fromisoformat(record.seen.evidence["expired_on"]).toordinal() > since
        ]
        # a chance that was taken twice in the period is one, as a loss is made once
        realised = len({(key, work) for day, key, work in self.realised if day > since})
        for cause in sorted({seen.evidence["cause"] for seen in lost}):
            mine = [seen for seen in lost if seen.evidence["cause"] == cause]
            enough = len(mine) >= policy["missed_limit"]
            if not enough or len(lost) < policy["missed_share"] * (len(lost) + realised):
                continue
            works = {work for seen in mine for work in seen.parties}
            owner = policy["programme_owner"]
            yield Seen(
                "F04",
                (cause,),
                tuple(sorted(works)),
                True,
                "light",
                owner,
                None,
                "programme_owner",
                {
                    "cause": cause,
                    "count": len(mine),
                    "missed": len(lost),
                    "realised": realised,
                    "area_m2": sum(seen.evidence.get("area_m2") or 0 for seen in mine),
                    "amount_cents": sum(seen.evidence.get("amount_cents") or 0 for seen in mine),
                },
                thresholds=(policy["missed_limit"],),
            )

    def bundles(self) -> list[dict[str, Any]]:
        """Return the bundles of the state as the specification writes them."""
        return [
            {
                "id": f"bundle:{bundle.anchor.id}",
                "anchor": bundle.anchor.id,
                "members": list(bundle.members),
                "riders": [work.id for work in bundle.riders],
                "score": bundle.score,
                "score_max": bundle.score_max,
                "parts": bundle.parts,
                "unknown_parts": list(bundle.unknown_parts),
                "window": _written(bundle.window),
            }
            for bundle in bundles(self.world.look())
        ]


def _told(seen: Seen, delivered: Delivered) -> object:
    """Return what no open record may say wrongly, material or not: a decision of the hub."""
    act = (seen.organisation, seen.intervention, seen.reason)
    return act, seen.area, delivered.classification


def _municipality_of(view: View, seen: Seen) -> str | None:
    """Return whose policy holds for a finding, None for what holds everywhere (section 9)."""
    if seen.rule in ("O03", "C13", "C14", "C15", "C21", "F04"):
        return None
    if seen.rule in ("F01", "F02", "F05") and seen.goal is not None:
        return view.world.goals[seen.goal].municipality
    first = seen.key[0] if seen.rule == "C11" else min(seen.parties, default=None)
    return view.works[first].plan.municipality if first is not None else None


def _written(window: tuple[int, int] | None) -> dict[str, str] | None:
    return None if window is None else {"start": iso(window[0]), "end": iso(window[1])}
