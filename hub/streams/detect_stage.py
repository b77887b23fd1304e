"""The detect stage: the programme log in; conflicts, opportunities and feedback out.

What it writes is its state as well: a finding's record holds every fact its lifecycle needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hub.contracts.codec import Codec, Explanation
from hub.contracts.dead_letters import was_put_back
from hub.contracts.records import Cause, Record, header, whole_number
from hub.engine.detect import Detect
from hub.errors import ContractError, Refusal, RejectedRecordError, RejectReason
from hub.logs import log_for
from hub.metrics import ProcessedResult
from hub.model.finding import Finding
from hub.model.programme import LogEntry, Tick, WorkState, log_key
from hub.rules import explain
from hub.rules.rule import Language
from hub.streams.logic import Received, Restored, RestoredTopic, Step
from hub.streams.plausibility import Plausibility
from hub.streams.restore import SEQUENCE_HEADER

log = log_for(__name__)

PROGRAMME_LOG = "programme-log"
FINDING_TOPICS = ("conflicts", "opportunities", "feedback")
CHANCE_GONE = "O04"
"""The rule that records the end of an opportunity; its record must be there before that end."""
_MOST_CHARACTERS = 4_000


class DetectProgramme:
    """What follows from one programme's log."""

    def __init__(
        self, partition: int, detect: Detect, *, codec: Codec, plausibility: Plausibility
    ) -> None:
        self._partition = partition
        self._detect = detect
        self._codec = codec
        self._plausibility = plausibility
        self._latest: dict[str, int] = {}
        self._evaluate_as_of: Received | None = None

    @property
    def detect(self) -> Detect:
        """Return the pure engine, for those who count what is in it."""
        return self._detect

    def load(self, records: Sequence[Received]) -> None:
        """Take over the log up to a position, without concluding anything from it."""
        self._detect.load(self._usable(records))

    def _usable(self, records: Sequence[Received]) -> Iterator[LogEntry]:
        for record in records:
            try:
                entry = self._entry(record)
            except RejectedRecordError as rejection:  # parked when it was processed
                log.warning(
                    "detect.log_record_skipped", position=record.position, why=str(rejection)
                )
                continue
            if not self._is_overtaken(record, entry):
                yield entry

    def evaluate_as_of(self, last: Received) -> None:
        """Conclude once from the whole state at the start, as of the last record loaded."""
        self._evaluate_as_of = last

    def start(self) -> Step | None:
        """Return what follows from the whole state, where it could not be replayed."""
        last = self._evaluate_as_of
        if last is None:
            return None
        changed = [
            replace(finding, facts=replace(finding.facts, as_of=last.offset))
            for finding in self._detect.evaluate()
        ]
        return self._step(changed, last)

    def apply(self, received: Received) -> Step:
        """Apply one log record; one that was put back, because a rule failed on it, everywhere.

        :raises RejectedRecordError: if it cannot be used
        """
        entry = self._entry(received)
        again, offset = was_put_back(received.headers), received.offset
        unanswered = self._detect.decisions_without_finding
        if not self._is_overtaken(received, entry):
            changed = self._detect.apply(entry, offset=offset, everywhere=again)
        elif again:
            changed = self._detect.evaluate(offset=offset)
        else:
            return Step(ProcessedResult.SKIPPED)
        self._refuse_answers()
        step = self._step(changed, received)
        without_finding = self._detect.decisions_without_finding - unanswered
        return replace(step, without_finding=without_finding) if without_finding else step

    def _refuse_answers(self) -> None:
        """Reject an answer that its finding does not accept; nothing has followed from it.

        :raises RejectedRecordError: with what the finding accepts
        """
        refused = [answer.refusal for answer in self._detect.refused_answers]
        self._detect.refused_answers.clear()
        if refused:
            raise RejectedRecordError(*refused)

    def _entry(self, received: Received) -> LogEntry:
        entry = self._codec.decode_log_entry(received.value)
        if isinstance(entry.body, Tick):
            self._plausibility.check(entry.body.day, path="body.day", at=received.at)
        return entry

    def _is_overtaken(self, received: Received, entry: LogEntry) -> bool:
        """Tell whether a later word on the same thing came before; remember the latest.

        A worker that was cut off leaves such records: works have a revision, days and reference
        items a sequence. Without one a record is taken as it comes.
        """
        if isinstance(entry.body, WorkState):
            sequence = entry.body.revision
        else:
            told = whole_number(header(received.headers, SEQUENCE_HEADER))
            if told is None:
                return False
            sequence = told
        key = log_key(entry.body)
        if sequence < self._latest.get(key, 0):
            return True
        self._latest[key] = sequence
        return False

    def _step(self, changed: Iterable[Finding], received: Received) -> Step:
        cause = Cause.of_record(
            received.headers, fallback_id=received.position, broker_time=received.at
        )
        groups: list[list[Record]] = [[]]
        rejections = self._failures()
        chance_gone = False
        for finding in changed:
            if chance_gone and finding.rule != CHANCE_GONE:
                groups.append([])
            chance_gone = finding.rule == CHANCE_GONE
            try:
                groups[-1].append(
                    self._codec.encode_finding(
                        finding,
                        cause=cause,
                        partition=self._partition,
                        explanation=explanation_of(finding, self._detect),
                    )
                )
            except RejectedRecordError as rejection:
                rejections.append(rejection)
        outputs = tuple(tuple(group) for group in groups if group)
        result = ProcessedResult.APPLIED if outputs else ProcessedResult.UNCHANGED
        return Step(result, outputs, rejections=tuple(rejections))

    def _failures(self) -> list[RejectedRecordError]:
        """Return what rules failed on since the last step, as reasons to park the input."""
        failures = list(self._detect.rule_failures)
        self._detect.rule_failures.clear()
        return [
            RejectedRecordError(
                Refusal(
                    f"rule {failure.rule}, finding {failure.key}",
                    f"{failure.error_class} {failure.message}",
                    "a verdict; the finding was left as it was",
                    reason=RejectReason.RULE_FAILED,
                )
            )
            for failure in failures
        ]


def explanation_of(finding: Finding, detect: Detect) -> Explanation:
    """Return what a finding means; a rule without words for it says nothing."""

    def name(work: str) -> str:
        title = detect.title_of(work)
        return f"{title} ({work})" if title else work

    try:
        texts = [explain(finding, language=language, name=name) for language in Language]
    except Exception as error:  # words must never stop a finding
        log.warning(
            "detect.explanation_failed", rule=finding.rule, error_class=type(error).__name__
        )
        return Explanation()
    return Explanation(*(text[:_MOST_CHARACTERS] for text in texts))


class DetectLogic:
    """How detect's programmes come to be."""

    name = "detect"
    inputs: tuple[str, ...] = (PROGRAMME_LOG,)
    read_first: tuple[str, ...] = ()
    restores: tuple[RestoredTopic, ...] = (
        RestoredTopic(PROGRAMME_LOG, is_input=True),
        *(RestoredTopic(topic) for topic in FINDING_TOPICS),
    )

    def __init__(self, codec: Codec, *, plausibility: Plausibility) -> None:
        self._codec = codec
        self._plausibility = plausibility

    def restore(self, restored: Restored) -> DetectProgramme:
        """Return the programme that the log and the findings hold.

        :raises ContractError: if a finding that detect wrote cannot be read
        """
        detect = Detect()
        programme = DetectProgramme(
            restored.partition, detect, codec=self._codec, plausibility=self._plausibility
        )
        records = restored.records[PROGRAMME_LOG]
        programme.load(records)
        detect.restore_findings(
            self._finding(record) for topic in FINDING_TOPICS for record in restored.records[topic]
        )
        if restored.evaluate_once and records:
            programme.evaluate_as_of(records[-1])
        return programme

    def _finding(self, record: Received) -> Finding:
        try:
            return self._codec.decode_finding(record.value)
        except RejectedRecordError as error:
            raise ContractError(
                f"{record.position}: {error}; detect wrote it, so a newer version may have:"
                " start that version"
            ) from error
