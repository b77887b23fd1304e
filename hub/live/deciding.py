"""Tells the hub what people decided, and waits until it shows.

A decision is sent whatever it is about: a finding that is unknown or gone makes it without effect,
which is answered, but the record of who said what and when stays on the topic.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hub.contracts.records import Cause
from hub.errors import Refusal, RejectedRecordError, RetryableError
from hub.kafka.follower import FollowedRecord, Follower
from hub.kafka.group_progress import GroupProgress
from hub.kafka.offsets import EndOffsets
from hub.kafka.producer import Producer
from hub.live.publishing import utc_now
from hub.live.topics import ProgrammeTopics, topic_of_finding
from hub.model.decision import Decision
from hub.model.finding import Finding
from hub.model.programme import ProgrammeEntry
from hub.model.vocabulary import DecisionKind, RequiredDecisionStatus

_POLL_S = 0.2
_DRAIN_S = 3.0
"""How long to go on reading once the decision was processed; a busy topic never falls silent."""
_DIGITS = 16


class Effect(StrEnum):
    """What became of a decision."""

    APPLIED = "applied"
    NO_CHANGE = "no_change"  # it says what the record said already
    SENT_BEFORE = "sent_before"
    UNKNOWN = "unknown"  # no such finding, work or required decision
    LATE = "late"  # the finding was resolved
    REFUSED = "refused"  # the finding does not take this answer
    NOT_SEEN = "not_seen"  # no worker has taken it yet


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a decision, in a sentence."""

    decision: Decision
    effect: Effect
    text: str


def decision_id(kind: DecisionKind, *, about: str, by: str, on: date) -> str:
    """Return the id of who decided what on which day: the same decision has the same id."""
    content = "\n".join((kind.value, about, by, on.isoformat()))
    return f"{kind.value}-{on}-{hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]}"


def decide(
    topics: ProgrammeTopics,
    decision: Decision,
    *,
    patience_s: float,
    clock: Callable[[], datetime] = utc_now,
) -> Answer:
    """Send a decision, wait a bounded time for its effect, and return what became of it.

    :raises RejectedRecordError: if it cannot travel, or the finding does not take such an answer
    :raises RetryableError: if the broker does not take it
    """
    record = topics.codec.encode_decision(
        decision, cause=Cause(time=clock()), partition=topics.partition
    )
    watch: _Watch = (
        _WorkWatch(topics, decision)
        if decision.kind is DecisionKind.TAKEN
        else _FindingWatch(topics, decision)
    )
    before = next((one for one in topics.decisions() if one.id == decision.id), None)
    if before is not None:
        same = "with the same content" if before == decision else "with other content, which stays"
        text = (
            f"'{decision.id}' was sent before, {same}; an id counts once, nothing was sent;"
            f" {watch.standing()}. To decide anew give another --id"
        )
        return Answer(decision, Effect.SENT_BEFORE, text)
    with Producer(topics.connection, topics.catalogue) as producer:
        producer.publish([record])
    effect, text = watch.result(patience_s)
    return Answer(decision, effect, text)


class _Watch:
    """Follows a decision through the stages."""

    effect_topic: str

    def __init__(self, topics: ProgrammeTopics, decision: Decision) -> None:
        self._topics = topics
        self._decision = decision
        self._ends = EndOffsets(topics.connection)
        effects = topics.catalogue.topic(self.effect_topic), topics.partition
        self._since = self._ends.of([effects])

    def shows_effect(self, record: FollowedRecord) -> bool:
        """Tell whether a record of the effect topic shows what was decided."""
        raise NotImplementedError

    def standing(self) -> str:
        """Return how what the decision is about stands, before it is sent."""
        raise NotImplementedError

    def applied(self) -> str:
        """Return the sentence for a decision that took effect."""
        raise NotImplementedError

    def without_effect(self) -> tuple[Effect, str]:
        """Return why a decision that was processed changed nothing."""
        raise NotImplementedError

    def stages(self) -> tuple[tuple[str, str], ...]:
        """Return the stages it goes through in their order, each with the topic it reads it on."""
        raise NotImplementedError

    def result(self, patience_s: float) -> tuple[Effect, str]:
        """Wait for the effect, or for the end of processing, at most so long.

        A stage has processed it once it has committed all that stood in its topic when the stage
        before had; nothing of those topics is read.
        """
        deadline = time.monotonic() + patience_s
        with ExitStack() as stack:
            follower = stack.enter_context(
                Follower(self._topics.connection, self._since, since=self._since)
            )
            passed = _Passage(self._topics, self.stages(), self._ends, stack)
            processed_at: float | None = None
            while True:
                records = follower.poll(_POLL_S)
                if any(self.shows_effect(record) for record in records):
                    return Effect.APPLIED, self.applied()
                now = time.monotonic()
                if processed_at is not None and (not records or now > processed_at + _DRAIN_S):
                    return self.without_effect()
                if processed_at is None and passed.is_through():
                    processed_at = now
                if now > deadline:
                    name = self._topics.catalogue.topic("decisions")
                    return Effect.NOT_SEEN, (
                        f"sent, and kept on {name}; no worker has processed it within"
                        f" {patience_s:.0f} s. It takes effect when one does; nothing needs to be"
                        " sent again"
                    )


class _Passage:
    """Tells when stages have processed all that is on their topics now, one after the other."""

    def __init__(
        self,
        topics: ProgrammeTopics,
        stages: tuple[tuple[str, str], ...],
        ends: EndOffsets,
        stack: ExitStack,
    ) -> None:
        prefix = topics.catalogue.prefix
        self._ends = ends
        self._left = [
            (
                stack.enter_context(GroupProgress(topics.connection, f"{prefix}{stage}")),
                (topics.catalogue.topic(topic), topics.partition),
            )
            for stage, topic in stages
        ]
        self._end: int | None = None

    def is_through(self) -> bool:
        """Tell whether the last stage has committed what the stages before it led to.

        Brokers that cannot say so for now are asked again: what was sent is sent.
        """
        try:
            return self._is_through()
        except RetryableError:
            return False

    def _is_through(self) -> bool:
        while self._left:
            group, place = self._left[0]
            if self._end is None:
                self._end = self._ends.of([place])[place]
            if group.committed(*place) < self._end:
                return False
            self._end = None
            self._left.pop(0)
        return True


class _FindingWatch(_Watch):
    """An answer to a finding."""

    def __init__(self, topics: ProgrammeTopics, decision: Decision) -> None:
        assert decision.finding is not None
        self._id = decision.finding
        self.effect_topic = topic_of_finding(self._id)
        super().__init__(topics, decision)
        self._before: Finding | None = self._last()
        self._after: Finding | None = None
        self._refuse_what_it_does_not_take()

    def _refuse_what_it_does_not_take(self) -> None:
        """Refuse an answer before it is sent, where the finding names the possible ones.

        :raises RejectedRecordError: with what the finding accepts
        """
        known, kind = self._before, self._decision.kind
        if known is not None and known.status.is_open and not known.accepts(kind):
            raise RejectedRecordError(
                Refusal(
                    f"decision about {self._id}",
                    f"'{kind.value}', which this finding does not take",
                    f"one of its possible answers: {_possible(known)}; nothing was sent",
                )
            )

    def _last(self) -> Finding | None:
        records = list(self._topics.findings(self.effect_topic, only=self._id))
        return records[-1].finding if records else None

    def stages(self) -> tuple[tuple[str, str], ...]:
        return ("register", "decisions"), ("detect", "programme-log")

    def shows_effect(self, record: FollowedRecord) -> bool:
        if record.key != self._id.encode():
            return False
        finding = self._topics.codec.decode_finding(record.value)
        known = 0 if self._before is None else self._before.revision
        if finding.revision > known and _carries(finding, self._decision.kind):
            self._after = finding
        return self._after is not None

    def standing(self) -> str:
        known = self._before
        return f"there is no finding '{self._id}'" if known is None else self._stands(known)

    def applied(self) -> str:
        assert self._after is not None
        return self._stands(self._after)

    def _stands(self, finding: Finding) -> str:
        cause = f" ({finding.cause})" if finding.cause else ""
        return f"{self._id} is {finding.status}{cause}, revision {finding.revision}"

    def without_effect(self) -> tuple[Effect, str]:
        now = self._last()
        kept = "the decision is kept on the topic and has no effect"
        if now is None:
            return Effect.UNKNOWN, f"there is no finding '{self._id}'; {kept}"
        if not now.accepts(self._decision.kind):
            return Effect.REFUSED, (
                f"{self._id} does not take '{self._decision.kind.value}' as an answer, but"
                f" {_possible(now)}; the decision is among the dead letters"
            )
        if not now.status.is_open:
            return Effect.LATE, (
                f"{self._id} was resolved on {now.last_changed} ({now.cause}); {kept}"
            )
        text = f"{self._id} was {now.status} already, revision {now.revision}; nothing changed"
        return Effect.NO_CHANGE, text


def _possible(finding: Finding) -> str:
    """Return what may be answered, in words; to acknowledge is always possible."""
    return ", ".join(kind.value for kind in (*finding.possible_answers, DecisionKind.ACKNOWLEDGE))


def _carries(finding: Finding, kind: DecisionKind) -> bool:
    """Tell whether a record may be what an answer of this kind made of it."""
    if finding.status.value == "acknowledged":
        return True
    return (
        kind is DecisionKind.DECLINE
        and finding.cause is not None
        and (finding.cause.value == "declined")
    )


class _WorkWatch(_Watch):
    """A formal decision about a work."""

    effect_topic = "programme"

    def __init__(self, topics: ProgrammeTopics, decision: Decision) -> None:
        super().__init__(topics, decision)
        assert decision.intervention is not None
        self._work = decision.intervention
        self._before = topics.entry(self._work)
        self._after: ProgrammeEntry | None = None

    def stages(self) -> tuple[tuple[str, str], ...]:
        return (("register", "decisions"),)

    def shows_effect(self, record: FollowedRecord) -> bool:
        if record.key != self._work.encode():
            return False
        entry = self._topics.codec.decode_programme_entry(record.value)
        known = 0 if self._before is None else self._before.revision
        if entry.revision > known and self._status(entry) is RequiredDecisionStatus.TAKEN:
            self._after = entry
        return self._after is not None

    def _status(self, entry: ProgrammeEntry | None) -> RequiredDecisionStatus | None:
        required = (entry.intervention.required_decisions if entry else None) or ()
        wanted = self._decision.required_decision
        return next((item.status for item in required if item.id == wanted), None)

    def standing(self) -> str:
        status = self._status(self._before)
        what = f"decision '{self._decision.required_decision}' of {self._work}"
        return f"there is no {what}" if status is None else f"{what} is {status}"

    def applied(self) -> str:
        assert self._after is not None
        return (
            f"decision '{self._decision.required_decision}' of {self._work} is taken, revision"
            f" {self._after.revision} of the work"
        )

    def without_effect(self) -> tuple[Effect, str]:
        now = self._topics.entry(self._work)
        what = f"decision '{self._decision.required_decision}' of {self._work}"
        kept = "it is kept beside the work and holds for a later revision that has that decision"
        if now is None:
            return Effect.UNKNOWN, f"there is no work '{self._work}' in the programme; {kept}"
        if self._status(now) is None:
            return Effect.UNKNOWN, f"there is no {what}; {kept}"
        return Effect.NO_CHANGE, f"{what} was taken already; nothing changed"
