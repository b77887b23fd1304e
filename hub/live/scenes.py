"""A running programme as commands look at it: the same scene as files give, from the topics."""

from __future__ import annotations

from collections import defaultdict
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
    log = topics.log(with_works=False)
    return Scene(
        reference_date=_reference_date(log, today),
        states=topics.states(finding.parties),
        items=_items(log),
        findings={finding.id: finding},
        moments={finding.id: tuple(map(_moment, records))},
        decisions=_applied_once(topics.decisions(), finding_id),
    )


def whole_scene(topics: ProgrammeTopics, *, today: date) -> Scene:
    """Return the whole programme with its findings and bundles."""
    log = topics.log()
    detect = Detect()
    detect.load(log)
    moments: dict[str, list[Moment]] = defaultdict(list)
    for topic in FINDING_TOPICS.values():
        for record in topics.findings(topic):
            moments[record.finding.id].append(_moment(record))
    return Scene(
        reference_date=_reference_date(log, today),
        states=topics.states(),
        items=_items(log),
        findings={key: records[-1].finding for key, records in moments.items()},
        bundles=tuple(detect.bundles()),
        moments={key: tuple(records) for key, records in moments.items()},
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


def _reference_date(log: Iterable[LogEntry], today: date) -> date:
    days = [entry.body.day for entry in log if isinstance(entry.body, Tick)]
    return max(days, default=today)


def _items(log: Iterable[LogEntry]) -> tuple[ReferenceItem, ...]:
    """Return the last state of reference data; an item that came again moves to the end."""
    items: dict[str, ReferenceItem] = {}
    for entry in log:
        body = entry.body
        if not isinstance(body, WorkState | Decision | Tick):
            key = reference_key(body)
            items.pop(key, None)
            items[key] = body
    return tuple(items.values())


def _applied_once(decisions: Iterable[Decision], finding_id: str) -> tuple[Decision, ...]:
    """Return the decisions about a finding, each id once."""
    first: dict[str, Decision] = {}
    for decision in decisions:
        first.setdefault(decision.id, decision)
    return tuple(one for one in first.values() if one.finding == finding_id)
