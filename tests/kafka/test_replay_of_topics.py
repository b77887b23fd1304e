"""The log replayed gives exactly what the stream emitted; older history comes from the inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.contracts.catalogue import load_catalogue
from hub.contracts.dead_letters import Original
from hub.contracts.records import header
from hub.kafka.client_config import KafkaConnection
from hub.kafka.producer import Producer
from hub.kafka.reader import RawRecord, read_compacted
from hub.kafka.removal import remove_topics
from hub.model.finding import Finding
from hub.replay.fold import Conditions, Replay
from hub.replay.history import History, export_lines, of_file, of_inputs, of_log
from tests.stream.folding import (
    TOPIC_OF,
    emitted,
    open_findings,
    read_findings,
    without_repeats,
)
from tests.stream.harness import REPOSITORY, Topics, WorkerProcess
from tests.stream.story import TODAY, Story
from tests.unit.check.programmes import work, written

pytestmark = pytest.mark.kafka

WORKER = "tests.stream.worker_process"
ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def aside(connection: KafkaConnection, prefix: str) -> Iterator[Callable[[str], str]]:
    """Give prefixes beside that of the test; their topics are removed with its own."""
    given: list[str] = []

    def beside(word: str) -> str:
        given.append(f"{prefix[:-1]}-{word}.")
        return given[-1]

    yield beside
    for one in given:
        remove_topics(connection, load_catalogue(one))


def told(history: History) -> dict[str, list[Finding]]:
    """Return every change of a finding that a replay gives, by topic and in order."""
    replay = Replay(Conditions(), daily=history.daily)
    found: dict[str, list[Finding]] = {topic: [] for topic in TOPIC_OF.values()}
    for change in replay.changes(history.events(replay.note_rejected)):
        found[TOPIC_OF[change.finding.kind]].append(change.finding)
    return found


def test_the_log_replayed_gives_what_the_stream_emitted_and_the_inputs_give_its_last_word(
    connection: KafkaConnection, prefix: str, tmp_path: Path, aside: Callable[[str], str]
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

    _assert_side_topics_are_what_the_stream_wrote(topics, aside("replay"))

    inputs = of_inputs(connection, topics.catalogue, 0, zone=ZONE)
    replay = Replay(Conditions(), daily=inputs.daily)
    replay.run(inputs.events(replay.note_rejected))
    expected = {key: _said(one) for key, one in open_findings(topics, 0).items()}
    rebuilt = {key: _said(one) for key, one in replay.detect.findings.items() if one.status.is_open}
    assert rebuilt == expected
    assert replay.rejected_count == 1
    assert "plan-changes-0-" in replay.rejected[0]


def test_what_was_open_on_a_day_is_written_and_then_what_changed(
    connection: KafkaConnection,
    prefix: str,
    aside: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line of time, with the day that is asked for:

    23 Nov  sewer meets heat: C01 detected
    1 Dec   heat goes away: C01 resolved
    5 Dec   heat comes back ----- --since 2026-12-03: nothing was open, then C01 detected
    8 Dec   power meets both ---- --since 2026-12-06: C01 as it stood, then C01 of power
    """
    away, back = ("2031-07-01", "2031-10-01"), ("2029-07-01", "2029-10-01")
    power = {**work("heat:2", *back), "plan_owner": "power-co"}
    plan = written(
        tmp_path,
        work("sewer:1", "2029-03-01", "2029-09-01", role="leading"),
        work("heat:1", *back),
        changes=[
            {"at": "2026-12-01", "intervention": work("heat:1", *away)},
            {"at": "2026-12-05", "intervention": work("heat:1", *back)},
            {"at": "2026-12-08", "intervention": power},
        ],
    )
    monkeypatch.setenv("HUB_BOOTSTRAP_SERVERS", connection.bootstrap)
    monkeypatch.setenv("HUB_TOPIC_PREFIX", prefix)
    wrote = {}
    for day in ("2026-12-03", "2026-12-06"):
        side = aside(day)
        asked = ["replay", str(plan), "--to", side, "--since", day, "--rules", "C01"]
        ran = CliRunner().invoke(cli, asked)
        assert ran.exit_code == 0, ran.output
        assert f"{side}conflicts: " in ran.output
        records = read_compacted(connection, f"{side}conflicts", 0)
        found = read_findings(records)
        wrote[day] = [(one.id[4:], one.status.value, one.revision) for one in found]

    assert wrote["2026-12-03"][0] == ("heat:1|sewer:1", "detected", 3)
    assert ("heat:1|sewer:1", "resolved", 2) not in wrote["2026-12-03"]
    assert wrote["2026-12-06"][0] == ("heat:1|sewer:1", "detected", 3)
    assert {one[0] for one in wrote["2026-12-06"][1:]} == {"heat:1|heat:2", "heat:2|sewer:1"}


@pytest.mark.parametrize("dot", ["", "."])
def test_a_replay_never_writes_to_a_running_hub(
    connection: KafkaConnection, prefix: str, tmp_path: Path, dot: str
) -> None:
    topics = Topics(connection, prefix, partitions=1)
    plan = written(
        tmp_path, work("sewer:1", "2029-03-01", "2029-09-01"), work("heat:1", "2029-07", "2029-08")
    )

    own = _hub(topics, "replay", str(plan), "--to", prefix[:-1] + dot)
    elsewhere = _hub(topics, "replay", str(plan), "--to", prefix, HUB_TOPIC_PREFIX="another.")
    no_prefix = _hub(topics, "replay", str(plan), "--to", "hub.conflicts")

    for ran, why in (
        (own, "the prefix of the running hub"),
        (elsewhere, "under which a hub runs"),
        (no_prefix, "topic prefix: came 'hub.conflicts.'"),
    ):
        assert ran.returncode == 2, ran.stderr
        assert why in ran.stderr
        assert ran.stdout == ""
    assert all(topics.ends(topic)[0] == 0 for topic in TOPIC_OF.values())


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


def _assert_side_topics_are_what_the_stream_wrote(topics: Topics, prefix: str) -> None:
    """Hold keys, values and headers of a replay's records against those of the stream.

    All but `ce_source`, which says that they come from a replay.
    """
    ran = _hub(topics, "replay", "--from", "log", "--to", prefix, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)["written"]
    for topic in TOPIC_OF.values():
        live = without_repeats(topics.read(topic, 0, headers=True))
        side = list(read_compacted(topics.connection, prefix + topic, 0, with_headers=True))
        assert told[prefix + topic] == len(side)
        assert [_but_source(one) for one in side] == [_but_source(one) for one in live]
        sources = {header(one.headers, "ce_source") for one in side}
        assert sources <= {f"/programmehub/replay/{prefix}"}
    again = _hub(topics, "replay", "--from", "log", "--to", prefix)
    assert again.returncode == 2
    assert "two runs in one topic contradict each other" in again.stderr


def _but_source(record: RawRecord) -> tuple[object, ...]:
    headers = [item for item in record.headers if item[0] != "ce_source"]
    return record.key, record.value, headers


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


def _hub(topics: Topics, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HUB_BOOTSTRAP_SERVERS": topics.connection.bootstrap,
        "HUB_TOPIC_PREFIX": topics.prefix,
        **more,
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
