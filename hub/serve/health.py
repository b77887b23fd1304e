"""What a process knows of its own health; told by the parts that do the work, read over HTTP.

A flag that is set once tells nothing an hour later, so liveness and commits are moments in time
and the answer is worked out when it is asked. The clock is monotonic: a machine whose time is
corrected does not become ill.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_STALL_SECONDS = 15.0
DEFAULT_COMMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one probe: whether all is well, and every check with its reason."""

    ok: bool
    checks: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        """Return the answer as JSON takes it."""
        return {"status": "ok" if self.ok else "not ok", "checks": dict(self.checks)}


@dataclass(slots=True)
class _Part:
    """What one part of the process (a stage, a connector) last reported."""

    assigned: bool = False
    restored: bool = False
    committed_at: float | None = None
    failed: str = ""


class Health:
    """Collects what the parts report; safe to call from any thread.

    `parts` names what must be assigned and restored before the process is ready; with none (a
    process that only serves) it is ready when it has started.
    """

    def __init__(
        self,
        *,
        parts: tuple[str, ...] = (),
        stall_seconds: float = DEFAULT_STALL_SECONDS,
        commit_seconds: float = DEFAULT_COMMIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._stall_seconds = stall_seconds
        self._commit_seconds = commit_seconds
        self._lock = threading.Lock()
        self._parts = {name: _Part() for name in parts}
        self._started = False
        self._beat_at = clock()

    def beat(self) -> None:
        """Say that the event loop has turned; the loop itself must call this, not a thread."""
        self._beat_at = self._clock()

    def started(self) -> None:
        """Say that start-up is done: settings read, topics found, clients connected."""
        self._started = True

    def assigned(self, part: str) -> None:
        """Say that a part was given its partitions and now restores them."""
        with self._lock:
            self._parts[part] = _Part(assigned=True)

    def revoked(self, part: str) -> None:
        """Say that a part has lost its partitions."""
        with self._lock:
            self._parts[part] = _Part()

    def restored(self, part: str) -> None:
        """Say that a part's state is complete; from now on it must commit."""
        with self._lock:
            self._parts[part].restored = True
            self._parts[part].committed_at = self._clock()

    def committed(self, part: str) -> None:
        """Say that a part has committed, or has found that there is nothing to commit."""
        with self._lock:
            self._parts[part].committed_at = self._clock()

    def failed(self, part: str, why: str) -> None:
        """Say that a part cannot go on, in words for the person who is called."""
        with self._lock:
            self._parts.setdefault(part, _Part()).failed = why

    def live(self) -> Answer:
        """Tell whether the event loop turns; if not, only a restart helps."""
        age = self._clock() - self._beat_at
        ok = age <= self._stall_seconds
        return Answer(
            ok,
            {
                "event_loop": {
                    "ok": ok,
                    "seconds_since_last_turn": round(age, 1),
                    "allowed_seconds": self._stall_seconds,
                }
            },
        )

    def startup(self) -> Answer:
        """Tell whether start-up is done; until then the other probes mean nothing."""
        return Answer(self._started, {"started": {"ok": self._started}})

    def ready(self) -> Answer:
        """Tell whether the process does its work: started, turning, restored, committing."""
        checks: dict[str, Any] = {**self.startup().checks, **self.live().checks}
        with self._lock:
            checks |= {name: self._part_check(part) for name, part in self._parts.items()}
        return Answer(all(check["ok"] for check in checks.values()), checks)

    def _part_check(self, part: _Part) -> dict[str, Any]:
        why = self._part_problem(part)
        return {"ok": True} if why is None else {"ok": False, "why": why}

    def _part_problem(self, part: _Part) -> str | None:
        if part.failed:
            return part.failed
        if not part.assigned:
            return "waits for its partitions"
        if not part.restored or part.committed_at is None:
            return "restores its state"
        age = self._clock() - part.committed_at
        if age > self._commit_seconds:
            return f"last commit {age:.0f} s ago; expected within {self._commit_seconds:.0f} s"
        return None
