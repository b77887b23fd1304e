"""The campaign: changes flow while workers and brokers are killed, frozen, cut off and bounced.

    python -m tests.chaos.campaign [--seed 1] [--rounds 1] [--seconds 900] [--faults NAME ...]
        [--brokers 3] [--layer on|off] [--programmes 6] [--per-second 12] [--record FILE]

Connectors publish lists that people edit, generated programmes live beside them. Everything the
stages wrote is held against offline folds over the same logs. With `--layer off` the same stages
run on plain Faust (`plain_worker.py`) under the same faults and are judged alike, to show that the
campaign finds loss. Ends with 1 for any difference.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.broker.launcher import free_ports
from hub.cli import EXIT_OUTSIDE
from hub.kafka.client_config import KafkaConnection
from hub.streams.exit_codes import FAULT, STOPPED
from tests.chaos.crew import Crew, Member
from tests.chaos.faults import FAULTS, MEANING, NEED_THREE_NODES, START, Scene, drawn
from tests.chaos.lists import Lists
from tests.chaos.nodes import Nodes
from tests.chaos.probes import (
    LAG,
    LETTERS,
    ConnectorProbes,
    WorkerProbes,
    asked,
    metrics,
    working,
)
from tests.chaos.sources import Sources
from tests.chaos.verdict import Verdict, judge
from tests.stream.harness import Topics
from tests.support.brokers import scratch_folder, wait_until

REAL = "tests.stream.worker_process"
PLAIN = "tests.chaos.plain_worker"
CONNECTOR = "tests.chaos.connector_process"
DRAIN_SECONDS = 240.0
READY_SECONDS = 120.0
QUIET_SECONDS = 3.0
LEAD_SECONDS = 1.5
"""A change said so long before a fault may still be on its way when it comes."""
EXPECTED_EXITS = (STOPPED, EXIT_OUTSIDE, FAULT, -signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to do; with one seed the same programmes meet the same faults in the same order."""

    seed: int = 1
    rounds: int = 1
    seconds: float = 900.0
    faults: tuple[str, ...] = tuple(FAULTS)
    brokers: int = 3
    strict: bool = True
    programmes: int = 6
    lists: int = 2
    per_second: float = 12.0
    session_seconds: float = 10.0


@dataclass
class Window:
    """One fault: what it hit, when it began, was over, and all said by then was answered."""

    fault: str
    hit: str
    began: float
    over: float = 0.0
    ended: float = 0.0
    recovered: bool = True


@dataclass
class Report:
    """What the campaign did and what came of it."""

    options: Options
    windows: list[Window] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    exits: dict[str, int] = field(default_factory=dict)
    connector_exits: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    probes: dict[str, int] = field(default_factory=dict)
    lies: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        stuck = [f"not drained after {w.fault} ({w.hit})" for w in self.windows if not w.recovered]
        return [*self.verdict.differences, *self.lies, *stuck]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per fault of the campaign, for the table."""
        rows = []
        for number, window in enumerate(self.windows):
            later = [other.began for other in self.windows[number + 1 :]]
            until = later[0] if later else float("inf")
            delays = [
                delay
                for at, delay in self.verdict.delays
                if window.began - LEAD_SECONDS <= at < min(window.ended, until)
            ]
            # What was said by then is answered by now; what came after may wait for the next fault.
            longest = window.ended - window.began + LEAD_SECONDS
            rows.append(
                {
                    "fault": window.fault,
                    "hit": window.hit,
                    "brokers": self.options.brokers,
                    "layer": "on" if self.options.strict else "off",
                    "lost": _within(self.verdict.lost_at, window.began, until),
                    "duplicated": _within(self.verdict.duplicated_at, window.began, until),
                    "contradictory": _within(self.verdict.contradicted_at, window.began, until),
                    "trouble": round(window.over - window.began, 1),
                    "after": round(window.ended - window.over, 1),
                    "pause": round(min(max(delays, default=0.0), longest), 1),
                    "recovered": window.recovered,
                }
            )
        return rows


def _within(moments: Iterable[float], began: float, until: float) -> int:
    return sum(began <= at < until for at in moments)


def run_campaign(options: Options, *, say: Callable[[str], None] = print) -> Report:
    """Run one campaign on brokers of its own and return what came of it."""
    with scratch_folder() as folder, Nodes(folder, count=options.brokers) as nodes:
        return _Campaign(options, nodes, folder, say).run()


class _Campaign:
    def __init__(
        self, options: Options, nodes: Nodes, folder: Path, say: Callable[[str], None]
    ) -> None:
        self._options = options
        self._nodes = nodes
        self._folder = folder
        self._began = time.monotonic()
        self._say = lambda text: say(f"{time.monotonic() - self._began:6.1f} s  {text}")
        self._topics = Topics(
            KafkaConnection(bootstrap=nodes.bootstrap),
            f"x{uuid.uuid4().hex[:6]}.",
            partitions=options.programmes,
        )
        self._report = Report(options)
        self._days = folder / "days.json"
        self._sources = Sources(
            self._topics, self._days, seed=options.seed, per_second=options.per_second
        )
        self._lists = Lists(self._topics, folder, count=options.lists, seed=options.seed)
        self._told = WorkerProbes()
        self._connected = ConnectorProbes()
        self._workers = Crew(self._told.look_at if options.strict else _ask_nothing)
        self._connectors = Crew(self._connected.look_at)

    def run(self) -> Report:
        with ExitStack() as stack:
            stack.callback(self._end)
            stack.enter_context(self._workers)
            stack.enter_context(self._connectors)
            self._start()
            self._disturb()
            self._sources.stop()
            self._lists.stop()
            self._finish()
        acknowledged = dict(self._sources.acknowledged)
        self._say(f"acknowledged: {acknowledged}, last day {self._sources.today}")
        self._judge()
        return self._report

    def _start(self) -> None:
        """Let changes come before anyone listens: no partition has a committed offset yet."""
        window = Window(START, "a and b", time.time())
        self._sources.begin()
        self._lists.begin()
        for number in range(self._options.lists):
            for instance in "xy"[: 2 if number == 0 else 1]:
                self._hire_connector(number, instance)
        self._hire_worker("a", static=True)
        self._hire_worker("b", static=False, proxied=True)
        if self._options.strict:
            wait_until(self._all_ready, "every worker ready", seconds=READY_SECONDS)
        window.over = time.time()
        window.recovered = self._recovered()
        window.ended = time.time()
        self._report.windows.append(window)
        self._say("two workers are up to date; faults begin")

    def _hire_worker(self, name: str, *, static: bool, proxied: bool = False) -> None:
        conditions = self._topics.conditions(
            today=str(self._days),
            tick_interval_seconds=2.0,
            most_days_ahead=4000,
            session_timeout_seconds=self._options.session_seconds,
            http_port=free_ports(1)[0],
        )
        if static:
            conditions["worker_id"] = name
        if proxied:
            conditions["bootstrap"] = self._nodes.proxied_bootstrap
        self._workers.hire(name, REAL if self._options.strict else PLAIN, conditions)

    def _hire_connector(self, number: int, instance: str) -> None:
        conditions = self._topics.conditions(
            settings=self._lists.settings(number), http_port=free_ports(1)[0]
        )
        self._connectors.hire(f"list {number} {instance}", CONNECTOR, conditions)

    def _all_ready(self) -> bool:
        """Tell whether every worker says it is ready; plain workers say nothing."""
        members = self._workers.members.values()
        return not self._options.strict or all(
            asked(member, "/health/ready")[0] == 200 for member in members
        )

    def _end(self) -> None:
        self._lists.close()
        with suppress(AssertionError):  # said before, or the campaign failed otherwise
            self._sources.stop()

    def _disturb(self) -> None:
        options = self._options
        scene = Scene(
            workers=self._workers,
            connectors=self._connectors,
            nodes=self._nodes,
            chance=random.Random(options.seed),
            session_seconds=options.session_seconds,
            proxied="b",
            join=lambda name: self._hire_worker(name, static=True),
            is_ready=self._all_ready,
        )
        names = [
            name for name in options.faults if options.brokers > 1 or name not in NEED_THREE_NODES
        ]
        until = time.monotonic() + options.seconds
        for name in drawn(names, rounds=options.rounds, seed=options.seed):
            if time.monotonic() > until:
                self._say(f"{options.seconds:.0f} s are over")
                break
            window = Window(name, "", time.time())
            self._sources.plant()
            window.hit = FAULTS[name](scene)
            window.over = time.time()
            window.recovered = self._recovered()
            window.ended = time.time()
            self._report.windows.append(window)
            self._say(
                f"{name}: {window.hit}; {window.over - window.began:.1f} s,"
                f" all is answered {window.ended - window.over:.1f} s later"
            )
            time.sleep(QUIET_SECONDS)

    def _recovered(self) -> bool:
        """Wait until all that was said by now is answered; tell whether it was in time."""
        topics, wanted = self._topics, self._lists.wanted()
        seconds = DRAIN_SECONDS if self._options.strict else DRAIN_SECONDS / 4
        try:
            wait_until(lambda: self._lists.published(wanted), "lists published", seconds=seconds)
            for stage, topic in (("register", "plan-changes"), ("detect", "programme-log")):
                ends = topics.ends(topic)

                def reached(s: str = stage, t: str = topic, e: dict[int, int] = ends) -> bool:
                    done = topics.committed(s, t)
                    return all(done[number] >= end for number, end in e.items() if end)

                wait_until(reached, f"{stage} has answered", seconds=seconds)
        except AssertionError as error:
            self._say(str(error))
            return False
        return True

    def _finish(self) -> None:
        """Let all come to rest, look at what the processes say, and stop them in order."""
        report = self._report
        if not self._recovered():
            report.lies.append("not all was answered after the last fault")
        if self._options.strict:
            self._come_to_rest()
        self._stop(self._connectors, (STOPPED, EXIT_OUTSIDE, -signal.SIGKILL))
        expected = EXPECTED_EXITS if self._options.strict else None
        self._stop(self._workers, expected)
        report.exits = {str(code): count for code, count in sorted(self._workers.exits.items())}
        report.connector_exits = {
            str(code): count for code, count in sorted(self._connectors.exits.items())
        }
        report.reasons = dict(self._workers.reasons)

    def _come_to_rest(self) -> None:
        """Wait until nothing is left to do, and hold the metrics against that."""
        report, members = self._report, self._workers.members
        self._topics.wait_drained(seconds=DRAIN_SECONDS)
        wait_until(self._all_ready, "every worker ready", seconds=READY_SECONDS)

        def behind() -> float:
            return sum(metrics(member).sum(LAG) for member in members.values())

        if not _in_time(lambda: behind() == 0):
            report.lies.append(f"all is committed, but the metrics tell of a lag of {behind()}")
        self._a_dead_letter_is_counted()
        for number in range(self._options.lists):
            mine = {
                name: member
                for name, member in self._connectors.members.items()
                if name.startswith(f"list {number} ")
            }
            if not _in_time(lambda mine=mine: len(working(mine)) == 1):
                report.lies.append(f"of {sorted(mine)} these say they work: {working(mine)}")
        for probes, crew in ((self._told, self._workers), (self._connected, self._connectors)):
            _in_time(lambda probes=probes, crew=crew: not probes.missing(crew.members))
            report.lies += probes.lies + probes.missing(crew.members)
        report.probes = {
            **dict(sorted((self._told.answers + self._connected.answers).items())),
            "highest lag": int(self._told.lag_seen),
            "restores told": len(self._told.restored),
            **{f"commits of {n} seen": v for n, v in self._told.commits_advanced.items()},
        }

    def _a_dead_letter_is_counted(self) -> None:
        """Plant one more, now that nobody dies, and see the counter tell of it."""
        members = self._workers.members

        def letters() -> float:
            return sum(metrics(member).sum(LETTERS) for member in members.values())

        before = letters()
        self._sources.plant()
        if not _in_time(lambda: letters() == before + 1):
            self._report.lies.append(
                f"one record was parked, and {LETTERS} went from {before} to {letters()}"
            )
        self._topics.wait_drained(seconds=DRAIN_SECONDS)

    def _stop(self, crew: Crew, expected: Sequence[int] | None) -> None:
        report = self._report
        last = {name: crew.stop(name) for name in sorted(crew.members)}
        if expected is None:
            return
        report.lies += [
            f"{name}: a stop in order ended with {code}"
            for name, code in last.items()
            if code != STOPPED
        ]
        report.lies += [
            f"{name}: ended with {code}, expected one of {expected}; said {words}"
            for name, member in crew.members.items()
            for code, words in member.last_words.items()
            if code not in expected
        ]
        told = sum(crew.reasons.values())
        if told < crew.exits[FAULT]:
            report.lies.append(f"{crew.exits[FAULT]} exits with {FAULT}, {told} of them explained")

    def _judge(self) -> None:
        self._report.verdict = judge(self._topics, planted=self._sources.planted)
        self._report.verdict.lost += self._lists.missing()
        self._report.verdict.wrong += self._lists.differences
        self._report.verdict.delays += self._lists.delays


def _ask_nothing(member: Member) -> None:
    """Plain workers answer no questions."""


def _in_time(condition: Callable[[], bool]) -> bool:
    with suppress(AssertionError):
        wait_until(condition, "", seconds=READY_SECONDS)
        return True
    return False


def told(report: Report) -> str:
    """Return the report for a person: what was done, what there is, what is wrong."""
    lines = [f"{'fault':<18} {'lost':>6} {'duplicated':>10} {'pause s':>8}  hit"]
    lines += [
        f"{row['fault']:<18} {row['lost']:>6} {row['duplicated']:>10} {row['pause']:>8}"
        f"  {row['hit']}"
        for row in report.rows()
    ]
    lines.append(f"counts: {dict(report.verdict.counts)}")
    delays = [delay for _, delay in report.verdict.delays]
    if delays:
        lines.append(
            f"plan change to finding: p50 {statistics.median(delays):.2f} s,"
            f" max {max(delays):.1f} s, of {len(delays)}"
        )
    lines.append(f"exits of workers: {report.exits}, of connectors: {report.connector_exits}")
    lines += [f"  left {times} x: {why}" for why, times in report.reasons.items()]
    lines.append(f"health: {report.probes}")
    lines.append(
        f"lost {len(report.verdict.lost)}, contradictory {len(report.verdict.contradictory)},"
        f" other differences {len(report.verdict.wrong)}, lies {len(report.lies)}"
    )
    if report.problems:
        lines.append(f"FAILED, first difference: {report.problems[0]}")
        verdict = report.verdict
        for kind in (verdict.lost, verdict.contradictory, verdict.wrong, report.lies):
            lines += [f"  also: {problem}" for problem in kind[:4]]
    else:
        lines.append("nothing lost, nothing contradicted")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _arguments(arguments)
    options = Options(
        seed=given.seed,
        rounds=given.rounds,
        seconds=given.seconds,
        faults=tuple(given.faults),
        brokers=given.brokers,
        strict=given.layer == "on",
        programmes=given.programmes,
        lists=given.lists,
        per_second=given.per_second,
        session_seconds=given.session,
    )
    print(f"seed {options.seed}, {options.brokers} brokers, layer {given.layer}", flush=True)
    report = run_campaign(options, say=lambda text: print(text, flush=True))
    print(told(report), flush=True)
    if given.record is not None:
        with given.record.open("a", encoding="utf-8") as file:
            for row in report.rows():
                file.write(json.dumps({"seed": options.seed, **row}) + "\n")
    return 1 if report.problems else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Kill, freeze and cut off, and count what is lost.",
        epilog="; ".join(f"{name}: {meaning}" for name, meaning in MEANING.items()),
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault comes")
    parser.add_argument("--seconds", type=float, default=900.0, help="begin no fault after this")
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3)
    parser.add_argument("--layer", choices=("on", "off"), default="on")
    parser.add_argument("--programmes", type=int, default=6)
    parser.add_argument("--lists", type=int, default=2, help="lists that connectors publish")
    parser.add_argument("--per-second", type=float, default=12.0)
    parser.add_argument("--session", type=float, default=10.0, help="session timeout in seconds")
    parser.add_argument("--record", type=Path, help="append a JSON line per fault to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
