"""Workers that are started again when they end, as a service manager does, and what they say."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hub.broker.launcher import free_ports
from hub.serve.health import DEFAULT_COMMIT_SECONDS
from hub.streams.exit_codes import STOPPED
from tests.stream.harness import Topics, WorkerProcess
from tests.support.brokers import wait_until

REAL = "tests.stream.worker_process"
PROBE_SECONDS = 1.0
SLACK_SECONDS = 5.0
COMMIT = "hub_stage_last_commit_timestamp_seconds"
LAG = "hub_stage_consumer_lag_records"
RESTORED = "hub_stage_restore_seconds"
CONSUMED = "hub_stage_records_consumed_total"


@dataclass
class Member:
    """One place in the crew: which process is in it now, and which were."""

    name: str
    conditions: dict[str, Any]
    module: str
    process: WorkerProcess | None = None
    wanted: bool = False
    frozen: bool = False
    starts: int = 0
    exits: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        self.process = WorkerProcess(self.module, **self.conditions)
        self.starts += 1
        self.wanted = True

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.running

    def take_exit(self) -> int:
        """Note how the process ended, and let go of it."""
        assert self.process is not None
        code = self.process.exit_code(seconds=60)
        self.exits[code] += 1
        for left in self.process.events("worker.leaves"):
            self.reasons[str(left["reason"])[:90]] += 1
        self.process.log.close()
        self.process = None
        return code


@dataclass
class Probes:
    """What workers said of themselves while the campaign went on."""

    answers: Counter[str] = field(default_factory=Counter)
    lies: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    commits_seen: int = 0
    restores_seen: int = 0


class Crew:
    """The workers of a campaign."""

    def __init__(
        self, topics: Topics, *, proxied_bootstrap: str, module: str = REAL, **more: Any
    ) -> None:
        self.members: dict[str, Member] = {}
        self.probes = Probes()
        self._topics = topics
        self._proxied = proxied_bootstrap
        self._module = module
        self._more = more
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._supervise, name="supervisor"),
            threading.Thread(target=self._probe, name="probes"),
        ]

    def __enter__(self) -> Crew:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: Any, error: Any, tb: Any) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        for member in self.members.values():
            if member.process is not None:
                if error is not None:
                    print(f"--- {member.name}\n{member.process.output()[-3000:]}")
                member.process.kill()
                member.process.log.close()

    def hire(self, name: str, *, static: bool, proxied: bool = False) -> None:
        """Start one more worker: with an id that stays, or behind the proxy."""
        conditions = self._topics.conditions(**self._more, http_port=free_ports(1)[0])
        if static:
            conditions["worker_id"] = name
        if proxied:
            conditions["bootstrap"] = self._proxied
        member = Member(name, conditions, self._module)
        with self._lock:
            member.start()
            self.members[name] = member

    def kill(self, name: str) -> None:
        process = self.members[name].process
        if process is not None:
            process.process.kill()

    def stop(self, name: str) -> int:
        """Stop one worker in order, and return its exit code."""
        with self._lock:
            member = self.members[name]
            member.wanted = False
            if member.process is None:
                return STOPPED
            member.process.signal(signal.SIGTERM)
        return member.take_exit()

    def start(self, name: str) -> None:
        with self._lock:
            if not self.members[name].wanted:
                self.members[name].start()

    def freeze(self, name: str) -> None:
        member = self.members[name]
        member.frozen = True
        if member.process is not None:
            member.process.signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        member = self.members[name]
        if member.process is not None:
            member.process.signal(signal.SIGCONT)
        member.frozen = False

    def wait_ready(self, *, seconds: float = 120.0) -> None:
        """Return once every worker says it is ready; plain workers say nothing."""
        if self._module != REAL:
            return

        def ready() -> bool:
            return all(
                self._get(member, "/health/ready")[0] == 200 for member in self.members.values()
            )

        wait_until(ready, "every worker ready", seconds=seconds)

    def settled_lag(self) -> float:
        """Return the records that all workers together say they are behind."""
        return sum(_sum(self._get(member, "/metrics")[1], LAG) for member in self.members.values())

    @property
    def exits(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for member in self.members.values():
            found += member.exits
        return found

    @property
    def reasons(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for member in self.members.values():
            found += member.reasons
        return found

    def _supervise(self) -> None:
        while not self._stopped.wait(0.2):
            with self._lock:
                for member in self.members.values():
                    if member.wanted and member.process is not None and not member.running:
                        member.take_exit()
                        member.start()

    def _probe(self) -> None:
        while not self._stopped.wait(PROBE_SECONDS):
            for member in list(self.members.values()):
                if member.running and not member.frozen:
                    self._look_at(member)

    def _look_at(self, member: Member) -> None:
        """Hold what a worker says of its health against its own metrics."""
        start = member.starts
        live, _ = self._get(member, "/health/live")
        ready, _ = self._get(member, "/health/ready")
        _, text = self._get(member, "/metrics")
        if member.starts != start or not member.running or member.frozen:
            return  # the answers may be of two processes, or of one that stands still
        probes = self.probes
        probes.answers[f"live {live}"] += 1
        probes.answers[f"ready {ready}"] += 1
        if ready == 200 and live == 503:
            probes.lies.append(f"{member.name}: ready, and not live")
        commits = _values(text, COMMIT)
        if ready == 200 and text:
            if len(_values(text, RESTORED)) < 2:
                probes.lies.append(f"{member.name}: ready before both stages were restored")
            late = [time.time() - at for at in commits]
            if any(age > DEFAULT_COMMIT_SECONDS + SLACK_SECONDS for age in late):
                probes.lies.append(f"{member.name}: ready, last commits {late} s ago")
        probes.commits_seen = max(probes.commits_seen, len(commits))
        probes.restores_seen = max(probes.restores_seen, len(_values(text, RESTORED)))
        key = f"{member.name} {start}"
        consumed = int(_sum(text, CONSUMED))
        if text and consumed < probes.counted[key]:
            probes.lies.append(f"{member.name}: {CONSUMED} fell to {consumed}")
        probes.counted[key] = max(probes.counted[key], consumed)

    @staticmethod
    def _get(member: Member, path: str) -> tuple[int, str]:
        address = f"http://127.0.0.1:{member.conditions['http_port']}{path}"
        with contextlib.suppress(OSError):
            try:
                with urllib.request.urlopen(address, timeout=3) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""
        return 0, ""


def _values(text: str, name: str) -> list[float]:
    return [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)]


def _sum(text: str, name: str) -> float:
    return sum(_values(text, name))
