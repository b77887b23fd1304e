"""Processes that are started again when they end, as a service manager does."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.stream.harness import WorkerProcess

PROBE_SECONDS = 1.0


@dataclass
class Member:
    """One place in the crew: which process is in it now, and which were."""

    name: str
    conditions: dict[str, Any]
    module: str
    process: WorkerProcess | None = None
    wanted: bool = False
    frozen: bool = False
    thawed_at: float = 0.0
    """When the process of now was thawed; 0 if it never stood still."""
    starts: int = 0
    exits: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    last_words: dict[int, str] = field(default_factory=dict)
    """What the process said that ended with a code, the last one of each."""

    def start(self) -> None:
        self.thawed_at = 0.0
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
        self.last_words[code] = self.process.output()[-700:]
        self.process.log.close()
        self.process = None
        return code


class Crew:
    """Processes of one kind; `look` is asked about each of them once a second."""

    def __init__(self, look: Callable[[Member], None]) -> None:
        self.members: dict[str, Member] = {}
        self._look = look
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

    def hire(self, name: str, module: str, conditions: dict[str, Any]) -> None:
        """Start one more process."""
        member = Member(name, conditions, module)
        with self._lock:
            member.start()
            self.members[name] = member

    def kill(self, name: str) -> None:
        process = self.members[name].process
        if process is not None:
            process.process.kill()

    def stop(self, name: str) -> int | None:
        """Stop one process in order, and return its exit code; None if it was gone already."""
        with self._lock:
            member = self.members[name]
            member.wanted = False
            if member.process is None:
                return None
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
        with self._lock:
            member = self.members[name]
            if member.process is not None:
                member.process.signal(signal.SIGCONT)
                member.thawed_at = time.monotonic()
            member.frozen = False

    @property
    def exits(self) -> Counter[int]:
        return sum((member.exits for member in self.members.values()), Counter[int]())

    @property
    def reasons(self) -> Counter[str]:
        return sum((member.reasons for member in self.members.values()), Counter[str]())

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
                    self._look(member)
