"""The log replayed gives exactly what the stream emitted; older history comes from the inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.contracts.dead_letters import Original
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.model.finding import Finding
from hub.replay.fold import Conditions, Replay
from hub.replay.history import History, export_lines, of_file, of_inputs, of_log
from tests.stream.folding import TOPIC_OF, emitted, open_findings
from tests.stream.harness import REPOSITORY, Topics, WorkerProcess
from tests.stream.story import TODAY, Story

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"
ZONE = ZoneInfo("Europe/Amsterdam")


def told(history: History) -> dict[str, list[Finding]]:
    """Return every change of a finding that a replay gives, by topic and in order."""
    replay = Replay(Conditions(), daily=history.daily)
    found: dict[str, list[Finding]] = {topic: [] for topic in TOPIC_OF.values()}
    for change in replay.changes(history.events(replay.note_rejected)):
        found[TOPIC_OF[change.finding.kind]].append(change.finding)
    return found


def test_the_log_replayed_gives_what_the_stream_emitted_and_the_inputs_give_its_last_word(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=21)
    today = datetime.now(ZONE).date().isoformat()  # the inputs are rebuilt by broker time
    day = topics.conditions(today=today, session_timeout_seconds=6)
    topics.publish(story.reference())
    topics.publish(story.announcements() + story.changes(40))
    with WorkerProcess(WORKER, **day) as worker:
        worker.wait_ready(2)
        topics.wait_drained(worker)
        answered = sorted(open_findings(topics, 0))[:3]
        # across topics the stream reads in no order of its own: each is taken in before the next
        for records in (
            [story.answer(finding) for finding in answered],
            [story.policy_change("2", buffer_m=3)],
            story.changes(10),
        ):
            topics.publish(records)
            topics.wait_drained(worker)
        _publish_rubbish(topics)
        topics.wait_drained(worker)
        worker.kill()  # what a crash leaves behind is replayed alike
    with WorkerProcess(WORKER, **day) as worker:
        worker.wait_ready(2)
        topics.publish(story.changes(10))
        topics.wait_drained(worker)
        assert worker.stop() == 0

    log = of_log(connection, topics.catalogue, 0)
    from_log, from_stream = told(log), emitted(topics, 0)
    assert {topic: _once(findings) for topic, findings in from_stream.items()} == from_log
    assert len(from_log["conflicts"]) > 20
    exported = tmp_path / "log.jsonl"
    exported.write_text("".join(export_lines(log, lambda _: None)))
    assert told(of_file(exported)) == from_log

    inputs = of_inputs(connection, topics.catalogue, 0, zone=ZONE)
    replay = Replay(Conditions(), daily=inputs.daily)
    replay.run(inputs.events(replay.note_rejected))
    expected = {key: _said(one) for key, one in open_findings(topics, 0).items()}
    rebuilt = {key: _said(one) for key, one in replay.detect.findings.items() if one.status.is_open}
    assert rebuilt == expected
    assert replay.rejected_count == 1
    assert "plan-changes-0-" in replay.rejected[0]


def test_the_command_reads_topics_and_compares_a_policy_with_the_one_in_force(
    connection: KafkaConnection, prefix: str, tmp_path: Path
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    story = Story(seed=4)
    topics.publish(story.reference())
    topics.publish(story.announcements())
    policy, saved = tmp_path / "policy.json", tmp_path / "run.json"
    policy.write_text(
        json.dumps(
            {
                "format": "reference/1",
                "policy": [
                    {"municipality": "*", "version": "strict", "values": {"buffer_important_m": 90}}
                ],
            }
        )
    )

    first = _hub(topics, "replay", "--format", "json")
    saved.write_text(first.stdout)
    second = _hub(topics, "replay", "--policy", str(policy), "--compare", str(saved))
    early = _hub(topics, "replay", "--until", str(TODAY - timedelta(days=3650)), "--lang", "en")

    assert (first.returncode, second.returncode, early.returncode) == (0, 1, 0), second.stderr
    assert json.loads(first.stdout)["findings"]
    assert "threshold buffer_important_m is 10 in the first run, 90 in the second" in second.stdout
    assert "begins after this day" in early.stdout


def _publish_rubbish(topics: Topics) -> None:
    with Producer(topics.connection, topics.catalogue) as producer:
        producer.put_back([Original("plan-changes", 0, 0, b"x", b"rubbish", ())])


def _once(findings: list[Finding]) -> list[Finding]:
    """Return findings without copies of one that came before: delivery is at least once."""
    seen: dict[tuple[str, int], Finding] = {}
    for finding in findings:
        known = seen.setdefault((finding.id, finding.revision), finding)
        assert known == finding
    return list(seen.values())


def _said(finding: Finding) -> Finding:
    """Return a finding without its path to here, and without what only reports have."""
    return replace(
        finding,
        revision=1,
        first_seen=TODAY,
        last_changed=TODAY,
        options=(),
        evidence=tuple(one for one in finding.evidence if not one.volatile),
        facts=replace(finding.facts, as_of=None, made_as_of=None),
    )


def _hub(topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HUB_BOOTSTRAP_SERVERS": topics.connection.bootstrap,
        "HUB_TOPIC_PREFIX": topics.prefix,
    }
    return subprocess.run(
        [sys.executable, "-c", "from hub.cli import main; main()", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
