"""Runs one connector: read a complete snapshot, compare, publish, remember; once or for ever.

The order is the promise: a read that does not come to its end sends nothing; a change counts as
sent when the broker has acknowledged it; only then is it remembered. A crash between the two sends
the change once more, which readers recognise, and loses nothing. What is about to be published is
noted first (`doubts`), so that a plan that changes back during a crash is put right.

One error does not end a continuous run. What may pass (a source away, a file half copied, a mapping
being edited) is tried again after a growing, bounded pause with jitter; what would publish wrong
data (`ContractError`) and faults of our own end it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event
from typing import Any

from hub.connect.api import ConnectorSettings, FileSettings
from hub.connect.comparison import Change, Changes, Comparison, Doubt, content_hash
from hub.connect.discovery import Connector
from hub.connect.doubts import doubts_of, doubts_records
from hub.connect.memory import NobodyAsks
from hub.connect.ports import Lease, Publisher, RejectedRow, StateStore, Vitals
from hub.connect.reading import RefusedRow, read_rows, source_name
from hub.contracts.connector_state import ConnectorState
from hub.errors import (
    ConfigurationError,
    ContractError,
    RejectedRecordError,
    RetryableError,
)
from hub.logs import log_for
from hub.metrics import ConnectorStatus, Metrics, PublishedKind, StageName

BATCH_ROWS = 500
BREAKER_ROWS = 50
"""From so many rows on, more than half of them refused stops the run instead of parking them."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
LONGEST_ASKED_SECONDS = 3_600.0
"""A source that asks for a longer pause (HTTP Retry-After) is asked again after this one."""
TURN_SECONDS = 0.5
PART = "source"
"""What the vitals call the one part of a connector."""

SettingsSource = Callable[[], ConnectorSettings]
"""Makes the settings anew for each read, so that an edited mapping counts."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of a running connector."""

    publisher: Publisher
    store: StateStore
    lease: Lease
    vitals: Vitals = field(default_factory=NobodyAsks)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run did: the outcome of the read, and how much of it was published."""

    changes: Changes
    published: int
    rejected: int
    complete: bool = True


class StoppedError(RetryableError):
    """The run was asked to stop before it was done; what was sent is remembered."""


@dataclass(slots=True)
class Runner:
    """One stream of one connector with its ports; `today` gives the business day of a change."""

    connector: Connector
    settings: SettingsSource
    ports: Ports
    today: Callable[[], date]
    metrics: Metrics = field(default_factory=Metrics)
    stop: Event = field(default_factory=Event)
    chance: random.Random = field(default_factory=random.Random)
    _known: dict[str, ConnectorState] | None = None
    _doubts: tuple[Doubt, ...] = ()
    _noted: tuple[Doubt, ...] = ()
    _doubt_records: int = 0
    _written_doubts: list[ConnectorState] = field(default_factory=list)
    _parked: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def read(self, *, allow_mass_withdrawal: bool = False) -> Changes:
        """Return what a run would send now; sends and remembers nothing."""
        return self._compared(self.settings(), allow_mass_withdrawal)

    def run_once(self, *, allow_mass_withdrawal: bool = False) -> RunResult:
        """Read the source once, publish what changed, and remember it.

        :raises StoppedError: if it was asked to stop before the end
        :raises RetryableError: if the source or the broker refused for now
        :raises RejectedRecordError: if the source is unreadable
        :raises ConfigurationError: if settings or mapping are wrong
        """
        settings = self.settings()
        self._say(ConnectorStatus.RUNNING, settings)
        changes = self._compared(settings, allow_mass_withdrawal)
        self._check_most_usable(changes)
        rejected = self._park(changes.refused)
        published, refused = 0, 0
        # What is settled below is in doubt until that was published: this run may break off too.
        standing = self._doubts = (*self._doubts, *changes.handed_over)
        for batch in _batches((*changes.upserts, *changes.withdrawals)):
            self._check_may_send(settings)
            done, not_taken = self._send(batch, settings)
            published, refused = published + done, refused + not_taken
        self._release(changes.released)
        self._doubts = (*changes.doubts, *self._doubts[len(standing) :])
        self._note_doubts((), settings)
        self._count(changes, settings)
        return RunResult(changes, published, rejected + refused)

    def run(self, *, allow_mass_withdrawal: bool = False) -> None:
        """Run again and again until `stop` is set; waits while another instance works.

        `allow_mass_withdrawal` holds until the first run succeeds.

        :raises ContractError: if going on would publish or remember wrong data
        """
        failures, working = 0, False
        self.ports.vitals.started()
        while not self.stop.is_set():
            self.ports.vitals.beat()
            if not self.ports.lease.held:
                if working:
                    self.ports.vitals.revoked(PART)
                working, self._known = False, None  # whoever works meanwhile sends more
                self._status(ConnectorStatus.WAITING)
                self.ports.lease.wait(TURN_SECONDS)
                continue
            if not working:
                working = True
                self.ports.vitals.assigned(PART)
            pause, failures = self._attempt(failures, allow_mass_withdrawal)
            allow_mass_withdrawal = allow_mass_withdrawal and failures > 0
            self._rest(pause)
        self._status(ConnectorStatus.STOPPED)

    def _rest(self, seconds: float) -> None:
        """Wait until the next run is due or somebody asks to stop."""
        due = time.monotonic() + seconds
        while (left := due - time.monotonic()) > 0 and not self.stop.is_set():
            self.ports.vitals.beat()
            self.stop.wait(min(left, TURN_SECONDS))

    def _attempt(self, failures: int, allow_mass_withdrawal: bool) -> tuple[float, int]:
        """Run once and return the pause before the next run, and how often in a row it failed."""
        try:
            settings = self.settings()
            self.run_once(allow_mass_withdrawal=allow_mass_withdrawal)
        except StoppedError:
            return 0.0, failures
        except ContractError:
            self._status(ConnectorStatus.FAILED)
            raise
        except (RetryableError, RejectedRecordError, ConfigurationError) as error:
            self._known = None  # what was acknowledged of a broken batch is read back
            asked = error.retry_after_seconds if isinstance(error, RetryableError) else None
            pause = max(self._pause_after(failures), min(asked or 0.0, LONGEST_ASKED_SECONDS))
            self._status(ConnectorStatus.FAILED)
            self.ports.vitals.failed(PART, f"last run failed ({type(error).__name__}): see log")
            _LOG.warning(
                "connector.run_failed",
                connector=self.connector.name,
                error=str(error),
                failures=failures + 1,
                next_try_seconds=round(pause, 1),
            )
            return pause, failures + 1
        if failures:
            self.ports.vitals.assigned(PART)
        self.ports.vitals.restored(PART)
        self.ports.vitals.committed(PART)
        return settings.poll_interval_seconds, 0

    def _pause_after(self, failures: int) -> float:
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 20))
        return longest * self.chance.uniform(0.5, 1.0)

    def _compared(self, settings: ConnectorSettings, allow_mass_withdrawal: bool) -> Changes:
        """Read the source to its end and return what differs from what was sent."""
        known = self._known if self._known is not None else self._load()
        today = self.today()
        comparison = Comparison(
            known,
            self._doubts,
            self.connector.successor,
            lambda work: self.connector.vanished(work, today),
        )
        before = _version_of(settings)
        for row in read_rows(self.connector, settings):
            if self.stop.is_set():
                raise StoppedError(f"connector {self.connector.name}: stopped while reading")
            self.ports.vitals.beat()
            comparison.take(row)
        if _version_of(settings) != before:
            raise RetryableError(
                f"{source_name(settings)}: changed while it was read; expected a file that is "
                "complete; it is read again"
            )
        return comparison.finish(
            shrink_limit_share=settings.shrink_limit_share,
            allow_mass_withdrawal=allow_mass_withdrawal,
        )

    def _load(self) -> dict[str, ConnectorState]:
        """Read back what was sent, and which works are in doubt."""
        records = self.ports.store.load()
        cursors = [record for record in records if record.row_key is None]
        self._doubts = self._noted = doubts_of(cursors)
        self._doubt_records, self._written_doubts = len(cursors), []
        self._known = {r.row_key: r for r in records if r.row_key is not None}
        return self._known

    def _note_doubts(self, doubts: Sequence[Doubt], settings: ConnectorSettings) -> None:
        """Write down which works are in doubt from now on, beside those that still are."""
        noted = (*self._doubts, *doubts)
        if noted != self._noted:
            stream = self.connector.stream_of(settings)
            name, former = self.connector.name, self._doubt_records
            written = doubts_records(name, stream, noted, former=former)
            as_before = self._written_doubts[: len(written)]
            self.ports.store.save(
                record
                for number, record in enumerate(written)
                if number >= len(as_before) or record != as_before[number]
            )
            self._doubt_records, self._written_doubts = len(written), written
            self._noted = noted

    def _send(self, batch: Sequence[Change], settings: ConnectorSettings) -> tuple[int, int]:
        """Publish a batch, then remember what was acknowledged; return how many, and refused."""
        today = self.today()
        numbered = [(row, change) for row in batch for change in row.plan_changes(today)]
        doubts = [Doubt.of_change(row.key, change) for row, change in numbered]
        self._note_doubts(doubts, settings)
        not_taken = self.ports.publisher.publish_changes([change for _, change in numbered])
        refused = {numbered[index][0].key: error for index, error in not_taken.items()}
        self._park([RefusedRow(key, error.refusals) for key, error in refused.items()])
        self._doubts = (*self._doubts, *(doubt for doubt in doubts if doubt.key in refused))
        self._remember(
            self._state_of(row, settings)
            for row in batch
            if row.key not in refused and not row.settles_doubt
        )
        for index, (_, change) in enumerate(numbered):
            if index not in not_taken:
                kind = PublishedKind.WITHDRAWAL if change.withdraw else PublishedKind.UPSERT
                self._metric("changes_published_total", kind=kind)
        return len(numbered) - len(not_taken), len(refused)

    def _check_most_usable(self, changes: Changes) -> None:
        """Stop before a flood: when most rows are refused the mapping is wrong, not the rows."""
        flood = changes.read >= BREAKER_ROWS and len(changes.refused) * 2 > changes.read
        self.metrics.set("hub_breaker_open", int(flood), stage=StageName.CONNECT)
        if flood:
            raise ConfigurationError(
                f"connector {self.connector.name}: came {len(changes.refused)} refused rows of "
                f"{changes.read}, the first: {changes.refused[0].refusals[0]}; expected most to be "
                "usable; nothing was sent; correct the mapping or the export"
            )

    def _check_may_send(self, settings: ConnectorSettings) -> None:
        """Stop between two batches, where nothing is in doubt, when asked to or when replaced."""
        self.ports.vitals.beat()
        if self.stop.is_set():
            self._note_doubts((), settings)
            raise StoppedError(f"connector {self.connector.name}: stopped between two batches")
        if not self.ports.lease.held:
            raise RetryableError(
                f"connector {self.connector.name}: another instance has taken over; this one waits"
            )

    def _state_of(self, change: Change, settings: ConnectorSettings) -> ConnectorState:
        work = change.after or change.before
        assert work is not None
        return ConnectorState(
            connector=self.connector.name,
            stream=self.connector.stream_of(settings),
            row_key=change.key,
            content_hash=content_hash(work),
            intervention=work,
            withdrawn=change.after is None or change.is_farewell,
        )

    def _remember(self, states: Iterator[ConnectorState]) -> None:
        assert self._known is not None
        saved = list(states)
        self.ports.store.save(saved)
        self._known.update({state.row_key: state for state in saved if state.row_key is not None})

    def _release(self, keys: Sequence[str]) -> None:
        """Forget rows whose work goes on under another key."""
        known = self._known or {}
        if keys:
            self._remember(_withdrawn(known[key]) for key in keys)

    def _park(self, rows: Sequence[RefusedRow]) -> int:
        """Send refused rows to the dead letters, each once as long as it stays as it is."""
        fresh = []
        for row in rows:
            name = row.key if row.key is not None else row.refusals[0].path
            content = (row.refusals, tuple(row.fields.items()))
            if self._parked.get(name) != content:
                fresh.append((name, content, RejectedRow(name, row.refusals, row.fields)))
        if not fresh:
            return 0
        self.ports.publisher.publish_rejected([letter for _, _, letter in fresh])
        for name, content, letter in fresh:
            self._parked[name] = content
            reason = letter.refusals[0].reason
            self._metric("records_rejected_total", reason=reason)
            self.metrics.count("hub_dead_letters_total", stage=StageName.CONNECT, reason=reason)
            _LOG.warning(
                "connector.row_refused",
                connector=self.connector.name,
                row=letter.refusals[0].path,
                reason=reason,
                problems=len(letter.refusals),
            )
        return len(fresh)

    def _count(self, changes: Changes, settings: ConnectorSettings) -> None:
        self._metric("records_read_total", changes.read)
        self._metric("records_unchanged_total", changes.unchanged)
        if changes.blocked is not None:
            self._metric("withdrawals_blocked_total", changes.blocked.withdrawals)
            _LOG.warning(
                "connector.withdrawals_blocked",
                connector=self.connector.name,
                withdrawals=changes.blocked.withdrawals,
                known=changes.blocked.known,
                why=changes.blocked.reason,
                way_out="run once with --allow-mass-withdrawal if they are really gone",
            )
        name = self.connector.name
        self.metrics.set(
            "hub_connector_last_success_timestamp_seconds", time.time(), connector=name
        )
        self._say(ConnectorStatus.RUNNING, settings)

    def _metric(self, name: str, amount: float = 1, **labels: str) -> None:
        self.metrics.count(f"hub_connector_{name}", amount, connector=self.connector.name, **labels)

    def _say(self, status: ConnectorStatus, settings: ConnectorSettings) -> None:
        self._status(status)
        self.metrics.set(
            "hub_connector_expected_interval_seconds",
            settings.expected_interval_seconds,
            connector=self.connector.name,
        )

    def _status(self, status: ConnectorStatus) -> None:
        self.metrics.set_one_of(
            "hub_connector_state", status, of="state", connector=self.connector.name
        )


_LOG = log_for(__name__)


def _withdrawn(state: ConnectorState) -> ConnectorState:
    return replace(state, withdrawn=True)


def _batches(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), BATCH_ROWS):
        yield changes[start : start + BATCH_ROWS]


def _version_of(settings: ConnectorSettings) -> tuple[int, int] | None:
    """Return what tells that a file was written to, or None where there is none to watch."""
    path = settings.watched_path if isinstance(settings, FileSettings) else None
    if path is None:
        return None
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
