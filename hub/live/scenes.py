"""A running programme as commands look at it: the same scene as files give, from the topics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from hub.check.burdens import Burden, asks_of, burdens, moves_of
from hub.check.scene import Moment, Scene
from hub.engine.detect import Detect
from hub.engine.merge import SourcePrecedence
from hub.live.topics import FINDING_TOPICS, ProgrammeTopics, WrittenFinding, topic_of_finding
from hub.model.decision import Decision
from hub.model.finding import Finding
from hub.model.programme import LogEntry, Tick, WorkState
from hub.model.reference import ReferenceItem, reference_key
from hub.rules.rule import Language, Texts


def scene_around(topics: ProgrammeTopics, finding_id: str, *, today: date) -> Scene:
    """Return what is known around one finding.

    When it is not there, the scene holds the findings it may have been meant for. `today` is used
    as long as the log has no day.

    :raises ConfigurationError: if the id is none of a finding
    """
    topic = topic_of_finding(finding_id)
    records = list(topics.findings(topic, only=finding_id))
    if not records:
        found = {one.finding.id: one.finding for one in topics.findings(topic)}
        return Scene(reference_date=today, findings=found)
    finding = records[-1].finding
    rest = _Rest(today)
    for entry in topics.log(with_works=False):
        rest.take(entry)
    return Scene(
        reference_date=rest.reference_date,
        states=topics.states(finding.parties),
        items=rest.items,
        findings={finding.id: finding},
        moments={finding.id: tuple(map(_moment, records))},
        decisions=_applied_once(topics.decisions(), finding_id),
    )


def whole_scene(topics: ProgrammeTopics, *, today: date) -> Scene:
    """Return the whole programme with its findings, as last written, and its bundles."""
    rest, detect = _Rest(today), Detect()
    detect.load(map(rest.take, topics.log()))
    return Scene(
        reference_date=rest.reference_date,
        states=topics.states(),
        items=rest.items,
        findings={
            record.finding.id: record.finding
            for topic in FINDING_TOPICS.values()
            for record in topics.findings(topic)
        },
        bundles=tuple(detect.bundles()),
    )


def burdens_of_topics(topics: ProgrammeTopics, precedence: SourcePrecedence) -> list[Burden]:
    """Return the burdens in a running programme, as far back as its topics go.

    Plan changes are kept for ever; of a finding older records may be gone, and with them its
    options.
    """
    records: list[tuple[int, Finding]] = [
        (record.at_ms, record.finding)
        for topic in ("conflicts", "opportunities")
        for record in topics.findings(topic)
    ]
    return burdens(
        asks_of(records, first_seen_at=_day_after), moves_of(topics.plan_changes(), precedence)
    )


def _day_after(finding: Finding) -> int:
    """Return the end of the day of first sight: what moved that day may have caused it."""
    day = datetime.combine(finding.first_seen, time(), UTC) + timedelta(days=1)
    return round(day.timestamp() * 1000)


def _moment(record: WrittenFinding) -> Moment:
    chain = [record.causation, record.correlation]
    ids = " ← ".join(dict.fromkeys(one for one in chain if one is not None))
    followed = Texts(ids, ids) if ids else None
    texts = {Language.NL: record.explanation.nl, Language.EN: record.explanation.en}
    return Moment(record.finding, followed, record.at_ms, texts)


class _Rest:
    """What a log holds besides works: the day that was reached, and reference data."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._reached: date | None = None
        self._items: dict[str, ReferenceItem] = {}

    def take(self, entry: LogEntry) -> LogEntry:
        """Look at an entry and hand it on; an item that comes again moves to the end."""
        body = entry.body
        if isinstance(body, Tick):
            self._reached = body.day if self._reached is None else max(self._reached, body.day)
        elif not isinstance(body, WorkState | Decision):
            key = reference_key(body)
            self._items.pop(key, None)
            self._items[key] = body
        return entry

    @property
    def reference_date(self) -> date:
        """Return the last day that came, today where none did."""
        return self._reached or self._today

    @property
    def items(self) -> tuple[ReferenceItem, ...]:
        """Return the last state of reference data."""
        return tuple(self._items.values())


def _applied_once(decisions: Iterable[Decision], finding_id: str) -> tuple[Decision, ...]:
    """Return the decisions about a finding; of one id only the first counts."""
    seen: set[str] = set()
    found = []
    for decision in decisions:
        if decision.id not in seen and decision.finding == finding_id:
            found.append(decision)
        seen.add(decision.id)
    return tuple(found)
