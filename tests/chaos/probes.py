"""What workers and connectors say of themselves during the campaign, held against what is true.

Each look asks one process for its health and its metrics. A lie is a sentence that cannot be: ready
without commits, a counter that fell, a process that was put out of its group and says it is ready.
At the end `missing` tells what the metrics should have shown and did not.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from hub.serve.health import DEFAULT_COMMIT_SECONDS
from hub.streams.worker import STAGES
from tests.chaos.crew import Member

SLACK_SECONDS = 5.0
THAW_SECONDS = 10.0
"""How long a thawed process may take to notice that it stood still."""

COMMIT = "hub_stage_last_commit_timestamp_seconds"
LAG = "hub_stage_consumer_lag_records"
RESTORE_SECONDS = "hub_stage_restore_seconds"
RESTORE_RECORDS = "hub_stage_restore_records"
CONSUMED = "hub_stage_records_consumed_total"
LETTERS = "hub_dead_letters_total"
BREAKER = "hub_breaker_open"
STATE = "hub_connector_state"
SUCCESS = "hub_connector_last_success_timestamp_seconds"
PUBLISHED = "hub_connector_changes_published_total"
COUNTERS = (CONSUMED, LETTERS, PUBLISHED)

_SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")


@dataclass(frozen=True, slots=True)
class Said:
    """The metrics of one process at one moment."""

    text: str

    def by(self, name: str, label: str = "") -> dict[str, float]:
        """Return the sums of a metric's series per value of a label."""
        found: dict[str, float] = defaultdict(float)
        for line in self.text.splitlines():
            sample = _SAMPLE.match(line)
            if sample is not None and sample["name"] == name:
                value = re.search(rf'\b{label}="([^"]*)"', sample["labels"] or "")
                found[value[1] if label and value else ""] += float(sample["value"])
        return dict(found)

    def sum(self, name: str) -> float:
        return sum(self.by(name).values())


def asked(member: Member, path: str) -> tuple[int, str]:
    """Return status and body of what a member answers; 0 when it does not."""
    address = f"http://127.0.0.1:{member.conditions['http_port']}{path}"
    with contextlib.suppress(OSError, http.client.HTTPException):  # it may die while it answers
        try:
            with urllib.request.urlopen(address, timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
    return 0, ""


def metrics(member: Member) -> Said:
    return Said(asked(member, "/metrics")[1])


@dataclass
class Probes:
    """What all processes of one kind said."""

    answers: Counter[str] = field(default_factory=Counter)
    lies: list[str] = field(default_factory=list)
    highest: dict[tuple[str, int, str], float] = field(default_factory=dict)
    """The highest value seen, by member, start of its process and metric."""

    def look_at(self, member: Member) -> None:
        """Hold what a member says of its health against its own metrics."""
        start, thawed_at = member.starts, member.thawed_at
        started, _ = asked(member, "/health/startup")
        live, _ = asked(member, "/health/live")
        ready, _ = asked(member, "/health/ready")
        said = metrics(member)
        if member.starts != start or not member.running or member.frozen or not said.text:
            return  # the answers may be of two processes, or of one that stands still
        self.answers[f"live {live}" if started == 200 else "starting"] += 1
        self.answers[f"ready {ready}"] += 1
        if live == 503 and started == 200 and not thawed_at:
            self.stalled(member)
        if ready == 200 and live == 503:
            self.lies.append(f"{member.name}: ready, and not live")
        if ready == 200 and 0 < thawed_at < time.monotonic() - THAW_SECONDS:
            self.lies.append(f"{member.name}: ready, after its session ended while it stood still")
        for name in COUNTERS:
            self._only_grows(member, start, name, said.sum(name))
        self.judge(member, start, said, is_ready=ready == 200)

    def judge(self, member: Member, start: int, said: Said, *, is_ready: bool) -> None:
        """Look at what only this kind of process says."""

    def stalled(self, member: Member) -> None:
        """Note a process that says only a restart helps; it may be right."""

    def _only_grows(self, member: Member, start: int, name: str, value: float) -> bool:
        """Note a value that must not fall, and tell whether it grew."""
        before = self.highest.get((member.name, start, name))
        if before is not None and value < before:
            self.lies.append(f"{member.name}: {name} fell from {before} to {value}")
        self.highest[member.name, start, name] = max(value, before or 0.0)
        return before is not None and value > before


@dataclass
class WorkerProbes(Probes):
    """Lag, commits, restores and dead letters, as the workers tell them."""

    lag_seen: float = 0.0
    commits_advanced: Counter[str] = field(default_factory=Counter)
    restored: set[tuple[str, int]] = field(default_factory=set)
    ready_after_restart: int = 0

    def judge(self, member: Member, start: int, said: Said, *, is_ready: bool) -> None:
        self.lag_seen = max(self.lag_seen, said.sum(LAG))
        commits = said.by(COMMIT, "stage")
        for stage, at in commits.items():
            self.commits_advanced[stage] += self._only_grows(member, start, COMMIT + stage, at)
        if sum(said.by(BREAKER).values()):
            self.lies.append(f"{member.name}: the breaker is open")
        restored = said.by(RESTORE_SECONDS, "stage")
        if set(restored) == set(STAGES):
            self.restored.add((member.name, start))
        if not is_ready:
            return
        self.ready_after_restart += start > 1
        if set(restored) != set(STAGES):
            self.lies.append(f"{member.name}: ready before both stages were restored")
        late = [round(time.time() - at, 1) for at in commits.values()]
        if any(age > DEFAULT_COMMIT_SECONDS + SLACK_SECONDS for age in late):
            self.lies.append(f"{member.name}: ready, last commits {late} s ago")

    def missing(self, members: dict[str, Member]) -> list[str]:
        """Return what the metrics of a whole campaign should have shown, and did not."""
        found = []
        if self.lag_seen == 0:
            found.append("no worker ever told of lag")
        for stage in STAGES:
            if self.commits_advanced[stage] == 0:
                found.append(f"the last commit of {stage} never advanced")
        for member in members.values():
            if (member.name, member.starts) not in self.restored:
                found.append(f"{member.name}: no restore in the metrics of start {member.starts}")
        if any(member.starts > 1 for member in members.values()):
            restarts = {(name, start) for name, start in self.restored if start > 1}
            if not restarts:
                found.append("no restarted worker told of a restore")
        return found


@dataclass
class ConnectorProbes(Probes):
    """Which instance works, and what it published."""

    def stalled(self, member: Member) -> None:
        self.lies.append(f"{member.name}: not live, where it only waits for brokers")

    def judge(self, member: Member, start: int, said: Said, *, is_ready: bool) -> None:
        states = [state for state, value in said.by(STATE, "state").items() if value]
        if len(states) > 1:
            self.lies.append(f"{member.name}: is {states} at once")
        self._only_grows(member, start, SUCCESS, said.sum(SUCCESS))

    def missing(self, members: dict[str, Member]) -> list[str]:
        """Return what the metrics of a whole campaign should have shown, and did not."""
        if not sum(value for (_, _, name), value in self.highest.items() if name == PUBLISHED):
            return ["no connector told of a published change"]
        return []


def working(members: dict[str, Member]) -> list[str]:
    """Return which instances say that they work."""
    return [
        member.name
        for member in members.values()
        if metrics(member).by(STATE, "state").get("running")
    ]
