"""The campaign: changes flow while workers and brokers are killed, frozen, cut off and bounced.

    python -m tests.chaos.campaign [--seed 1] [--rounds 1] [--seconds 900] [--faults NAME ...]
        [--brokers 3] [--layer on|off] [--programmes 6] [--per-second 12] [--record FILE]

Without `--layer off` the real stages run and everything they wrote is held against offline folds
over the same logs. With it a plain Faust agent passes the same changes on under the same faults,
for comparison: what is not passed on counts as lost. Ends with 1 for any difference.
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

from hub.cli import EXIT_OUTSIDE
from hub.contracts.records import header
from hub.kafka.client_config import KafkaConnection
from hub.streams.exit_codes import FAULT, STOPPED
from tests.chaos.crew import REAL, Crew
from tests.chaos.faults import FAULTS, MEANING, NEED_THREE_NODES, Scene, drawn
from tests.chaos.nodes import Nodes
from tests.chaos.plain_worker import GROUP
from tests.chaos.sources import Sources
from tests.chaos.verdict import Verdict, judge
from tests.stream.harness import Topics
from tests.support.brokers import scratch_folder, wait_until

PLAIN = "tests.chaos.plain_worker"
DRAIN_SECONDS = 240.0
QUIET_SECONDS = 3.0
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
    per_second: float = 12.0
    session_seconds: float = 10.0


@dataclass
class Window:
    """One fault: what it hit, when it began, and when all that was said by then was answered."""

    fault: str
    hit: str
    began: float
    ended: float = 0.0
    recovered: bool = True


@dataclass
class Report:
    """What the campaign did and what came of it."""

    options: Options
    windows: list[Window] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    exits: dict[str, int] = field(default_factory=dict)
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
                if window.began - QUIET_SECONDS / 2 <= at < min(window.ended, until)
            ]
            rows.append(
                {
                    "fault": window.fault,
                    "hit": window.hit,
                    "brokers": self.options.brokers,
                    "layer": "on" if self.options.strict else "off",
                    "lost": _within(self.verdict.lost_at, window.began, until),
                    "duplicated": _within(self.verdict.duplicated_at, window.began, until),
                    "contradictory": len(self.verdict.contradictory),
                    "pause": round(max(delays, default=0.0), 1),
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

    def run(self) -> Report:
        options = self._options
        days = self._folder / "days.json"
        with ExitStack() as stack:
            sources = Sources(self._topics, days, seed=options.seed, per_second=options.per_second)
            crew = stack.enter_context(self._crew(days))
            stack.callback(self._end, sources)
            sources.begin()  # before anyone listens: no partition has a committed offset yet
            crew.hire("a", static=True)
            crew.hire("b", static=False, proxied=True)
            if options.strict:
                crew.wait_ready()
            self._recovered()
            self._say("two workers are up to date; faults begin")
            self._disturb(crew)
            sources.stop()
            self._finish(crew)
        self._say(f"acknowledged: {dict(sources.acknowledged)}, last day {sources.today}")
        self._report.verdict = self._judged()
        self._report.lies += _never_settled(crew)
        return self._report

    def _crew(self, days: Path) -> Crew:
        return Crew(
            self._topics,
            proxied_bootstrap=self._nodes.proxied_bootstrap,
            module=REAL if self._options.strict else PLAIN,
            today=str(days),
            tick_interval_seconds=2.0,
            most_days_ahead=4000,
            session_timeout_seconds=self._options.session_seconds,
        )

    @staticmethod
    def _end(sources: Sources) -> None:
        with suppress(AssertionError):  # said before, or the campaign failed otherwise
            sources.stop()

    def _disturb(self, crew: Crew) -> None:
        options = self._options
        scene = Scene(
            crew=crew,
            nodes=self._nodes,
            chance=random.Random(options.seed),
            session_seconds=options.session_seconds,
            proxied="b",
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
            window.hit = FAULTS[name](scene)
            window.recovered = self._recovered()
            window.ended = time.time()
            self._report.windows.append(window)
            self._say(f"{name}: {window.hit}; all is answered after {_length(window):.1f} s")
            time.sleep(QUIET_SECONDS)

    def _recovered(self) -> bool:
        """Wait until all that was said by now is answered; tell whether it was in time."""
        topics = self._topics
        seconds = DRAIN_SECONDS if self._options.strict else DRAIN_SECONDS / 2
        passed = [("register" if self._options.strict else GROUP, "plan-changes")]
        if self._options.strict:
            passed.append(("detect", "programme-log"))
        try:
            for stage, topic in passed:
                ends = topics.ends(topic)

                def reached(s: str = stage, t: str = topic, e: dict[int, int] = ends) -> bool:
                    done = topics.committed(s, t)
                    return all(done[number] >= end for number, end in e.items() if end)

                wait_until(reached, f"{stage} has answered", seconds=seconds)
        except AssertionError as error:
            self._say(str(error))
            return False
        return True

    def _finish(self, crew: Crew) -> None:
        """Let the workers come to rest, look at what they say, and stop them in order."""
        report = self._report
        report.windows.append(Window("the end", "nothing", time.time(), recovered=True))
        if self._options.strict:
            self._topics.wait_drained(seconds=DRAIN_SECONDS)
            crew.wait_ready()
            with suppress(AssertionError):
                wait_until(lambda: crew.settled_lag() == 0, "lag of 0 in the metrics")
            if crew.settled_lag() != 0:
                report.lies.append("all is committed, but the metrics tell of lag")
        else:
            report.windows[-1].recovered = self._recovered()
        report.windows.pop()
        last = {crew.stop(name) for name in sorted(crew.members)}
        report.exits = {str(code): count for code, count in sorted(crew.exits.items())}
        report.reasons = dict(crew.reasons)
        if self._options.strict:
            report.probes = dict(sorted(crew.probes.answers.items()))
            report.lies += crew.probes.lies
            if last != {STOPPED}:
                report.lies.append(f"a stop in order ended with {sorted(last)}")
            report.lies += [
                f"a worker ended with {code}, expected one of {EXPECTED_EXITS}"
                for code in crew.exits
                if code not in EXPECTED_EXITS
            ]

    def _judged(self) -> Verdict:
        if self._options.strict:
            return judge(self._topics)
        return _passed_on(self._topics)


def _never_settled(crew: Crew) -> list[str]:
    probes = crew.probes
    if crew._module != REAL:
        return []
    told = {"commits": probes.commits_seen, "restores": probes.restores_seen}
    return [f"no metric of {name} by both stages was ever seen" for name in told if told[name] < 2]


def _passed_on(topics: Topics) -> Verdict:
    """Return what plain Faust did not pass on."""
    verdict = Verdict()
    for partition in range(topics.partitions):
        there: set[str] = set()
        for record in topics.read("programme", partition, headers=True):
            if _event(record) in there:
                verdict.counts["duplicates"] += 1
                verdict.duplicated_at.append(record.timestamp_ms / 1000)
            there.add(_event(record))
        for record in topics.read("plan-changes", partition, headers=True):
            verdict.counts["plan changes"] += 1
            if _event(record) not in there:
                verdict.lost_at.append(record.timestamp_ms / 1000)
                verdict.lost.append(
                    f"programme {partition}: offset {record.offset} is not passed on"
                )
    return verdict


def _event(record: Any) -> str:
    return header(record.headers, "ce_id") or ""


def _length(window: Window) -> float:
    return window.ended - window.began


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
    lines.append(f"exits of workers: {report.exits}; why they left: {report.reasons}")
    lines.append(f"health: {report.probes}")
    lines.append(
        f"lost {len(report.verdict.lost)}, contradictory {len(report.verdict.contradictory)},"
        f" other differences {len(report.verdict.wrong)}, lies {len(report.lies)}"
    )
    if report.problems:
        lines.append(f"FAILED, first difference: {report.problems[0]}")
        for kind in (report.verdict.lost, report.verdict.contradictory, report.verdict.wrong):
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
    parser.add_argument("--per-second", type=float, default=12.0)
    parser.add_argument("--session", type=float, default=10.0, help="session timeout in seconds")
    parser.add_argument("--record", type=Path, help="append a JSON line per fault to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
