"""What a planner is told: findings per rule and per work, and what they cost to find.

    python -m benchmarks.programme                          # a town of 2,000 and a city of 30,000
    python -m benchmarks.programme --feed FILE.xml          # and a DATEX II feed of planned works
    python -m benchmarks.programme --works 2000 --changes 200

The town is `municipality.py`: dates mostly as years, few works with money or governance, streets
that cross, sewers planned per pipe string, goals, riders, and a history of changes (`history.py`)
up to the reference date. Each programme is measured in a process of its own. A planner drowns above
about three open findings per work, so this counts what is named per work, where the tail comes from
and what is left of it as `hub check` folds it. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.engine import percentile, print_table
from benchmarks.history import History
from benchmarks.municipality import municipality
from benchmarks.town import REFERENCE_DATE
from hub.check.folding import MOST_IN_FULL, Fold, Item, Kind, folded
from hub.connect.files import read_file
from hub.engine.detect import Detect
from hub.engine.register import Register
from hub.model.change import PlanChange
from hub.model.finding import Finding, FindingKind, Severity
from hub.model.intervention import Intervention
from hub.model.programme import Tick
from hub.model.reference import ReferenceItem
from hub.rules import installed
from hub.rules.catalogue import explain
from hub.rules.rule import Language

HEAVIEST = 5
TOO_MANY = 3
HISTORY = timedelta(days=120)
_TIME = re.compile(rb"publicationTime[^>]*>([^<]+)<")


@dataclass(frozen=True)
class Setting:
    """One programme to measure, on the day on which its history begins and on which it ends."""

    name: str
    first_day: date
    day: date
    plans: Sequence[Intervention]
    items: Sequence[ReferenceItem] = ()


def town_setting(works: int, *, seed: int) -> Setting:
    """Return a generated municipality of so many works."""
    name = f"town of {works:,}" if works < 10_000 else f"city of {works:,}"
    items, plans = municipality(works, seed=seed)
    return Setting(name, REFERENCE_DATE - HISTORY, REFERENCE_DATE, plans, items)


def feed_setting(path: Path) -> Setting:
    """Return the complete works of a feed, on the day on which the snapshot was made."""
    plans = [plan for plan in read_file(path).interventions if not plan.missing]
    day = snapshot_day(path)
    return Setting(path.name, day, day, plans)


def snapshot_day(path: Path) -> date:
    """Return the day of a publication, in the Netherlands."""
    with path.open("rb") as feed:
        found = _TIME.search(feed.read(1 << 20))
    if found is None:
        raise SystemExit(f"{path}: came no publicationTime in its head; expected a publication")
    moment = datetime.fromisoformat(found[1].decode())
    return moment.astimezone(ZoneInfo("Europe/Amsterdam")).date()


def cpu(act: Callable[[], object]) -> float:
    """Return the processor seconds of an act."""
    began = time.process_time()
    act()
    return time.process_time() - began


def measure(setting: Setting, *, changes: int, seed: int) -> None:
    """Print what one programme gives and takes."""
    register = Register()
    log = [
        entry
        for item in setting.items
        for entry in register.apply_reference(item, at=setting.first_day).log
    ]
    for plan in setting.plans:
        change = PlanChange(at=setting.first_day, intervention=plan)
        log += register.apply_change(change).log
    stream = Detect(reference_date=setting.first_day)
    full = cpu(lambda: (stream.load(log), stream.evaluate()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = _changes(stream, register, setting, changes=changes, seed=seed)
    assert not stream.rule_failures
    works = {
        key: state.entry.intervention
        for key, state in register.states.items()
        if state.entry is not None and state.entry.intervention.firmness.is_live
    }
    found = [one for one in stream.present() if one.status.is_open]
    print(f"{setting.name}: {len(works):,} works, {len(found):,} open findings on {setting.day}\n")
    _print_rules(found, len(works))
    _print_load(found, works)
    print_table(
        ["full s", "resident MB", "changes", "change p50 ms", "p99 ms", "max ms"],
        [
            [
                f"{full:.1f}",
                f"{memory:.0f}",
                f"{len(took):,}",
                *(
                    f"{percentile(took, share) * 1e3:.1f}" if took else "-"
                    for share in (0.5, 0.99, 1.0)
                ),
            ]
        ],
    )
    _print_heaviest(found, works)
    silent = sorted(set(installed()) - {finding.rule for finding in stream.findings.values()})
    print(f"rules that never spoke: {', '.join(silent) or 'none'}\n", flush=True)


def _changes(
    stream: Detect, register: Register, setting: Setting, *, changes: int, seed: int
) -> list[float]:
    """Return the seconds of each plan change or decision of the history, options included."""
    if setting.first_day == setting.day:
        return []
    history = History(register, stream.findings, plans=list(setting.plans), seed=seed)
    seconds = []
    for entry in history.changes(changes, first=setting.first_day, last=setting.day):
        took = cpu(lambda entry=entry: stream.apply(entry))  # type: ignore[misc]
        if not isinstance(entry.body, Tick):
            seconds.append(took)
    return seconds


def _print_rules(found: Sequence[Finding], works: int) -> None:
    rules = Counter(finding.rule for finding in found)
    heavy = Counter(finding.rule for finding in found if finding.severity is Severity.HEAVY)
    rows = [
        [rule, f"{count:,}", f"{heavy[rule]:,}", f"{count / works:.3f}"]
        for rule, count in sorted(rules.items())
    ]
    for kind in FindingKind:
        mine = [finding for finding in found if finding.kind is kind]
        bad = sum(finding.severity is Severity.HEAVY for finding in mine)
        rows.append([f"all {kind}", f"{len(mine):,}", f"{bad:,}", f"{len(mine) / works:.3f}"])
    bad = sum(heavy.values())
    rows.append(["all", f"{len(found):,}", f"{bad:,}", f"{len(found) / works:.3f}"])
    print_table(["rule", "open", "heavy", "per work"], rows)


def _print_load(found: Sequence[Finding], works: dict[str, Intervention]) -> None:
    """Print in how many findings a work is named, and what the tail consists of."""
    of_goals = {"F01", "F02", "F04", "F05", "O03"}
    named = [finding for finding in found if finding.rule not in of_goals]
    told = [item for severity in Severity for item in _folded(named, severity, works)]
    rows = [
        _load("named in findings", (finding.parties for finding in named), works),
        _load("asked to act", (_asked(finding) for finding in named), works),
        _load("named in conflicts", _parties(named, FindingKind.CONFLICT), works),
        _load("named in paragraphs", (_named_in(item) for item in told), works),
    ]
    head = ["per work", "mean", "p50", "p90", "p99", "max", f"above {TOO_MANY}"]
    print_table(head, rows)
    shown = sum(isinstance(item, Fold) for item in told)
    print(
        f"the report tells {len(named):,} findings in {len(told):,} paragraphs,"
        f" {shown:,} of them of more than {MOST_IN_FULL}\n"
    )
    _print_organisations(named, told, works)
    counts = Counter(party for finding in named for party in finding.parties)
    tail = {work for work, count in counts.items() if count > TOO_MANY}
    kinds = Counter(finding.rule for finding in named for party in finding.parties if party in tail)
    shares = ", ".join(
        f"{rule} {count / kinds.total():.0%}" for rule, count in kinds.most_common(6)
    )
    print(f"{len(tail):,} works are named in more than {TOO_MANY} findings: {shares}\n")


def _folded(
    found: Sequence[Finding], severity: Severity, works: dict[str, Intervention]
) -> list[Item]:
    def group_of(key: str) -> str:
        work = works.get(key)
        if work is None or work.project_number is None:
            return key
        return f"{work.plan_owner}|{work.project_number}"

    return folded([one for one in found if one.severity is severity], group_of)


def _named_in(item: Item) -> tuple[str, ...]:
    """Return the works that a paragraph concerns; a list of one owner is read once, by him."""
    if isinstance(item, Finding):
        return item.parties
    return () if item.kind is Kind.OF else item.works


def _print_organisations(
    found: Sequence[Finding], told: Sequence[Item], works: dict[str, Intervention]
) -> None:
    """Print what each organisation is asked, as findings and as the paragraphs it reads."""

    def asked(item: Item) -> set[str]:
        findings = (item,) if isinstance(item, Finding) else item.findings
        return {one.must_act.organisation for one in findings if one.must_act.organisation}

    in_findings = Counter(who for finding in found for who in asked(finding))
    in_paragraphs = Counter(who for item in told for who in asked(item))
    owned = Counter(work.plan_owner for work in works.values())
    rows = [
        [who, f"{owned[who]:,}", f"{count:,}", f"{in_paragraphs[who]:,}"]
        for who, count in in_findings.most_common()
    ]
    print_table(["organisation", "works", "asked in findings", "in paragraphs"], rows)


def _asked(finding: Finding) -> tuple[str, ...]:
    work = finding.must_act.intervention
    return () if work is None else (work,)


def _parties(found: Iterable[Finding], kind: FindingKind) -> Iterable[tuple[str, ...]]:
    return (finding.parties for finding in found if finding.kind is kind)


def _load(what: str, named: Iterable[tuple[str, ...]], works: dict[str, Intervention]) -> list[str]:
    counts = Counter(work for parties in named for work in parties)
    each = [float(counts[work]) for work in works]
    above = sum(count > TOO_MANY for count in each) / len(each)
    return [
        what,
        f"{sum(each) / len(each):.2f}",
        *(f"{percentile(each, share):.0f}" for share in (0.5, 0.9, 0.99)),
        f"{max(each):.0f}",
        f"{above:.1%}",
    ]


def _print_heaviest(found: Sequence[Finding], works: dict[str, Intervention]) -> None:
    """Print the heaviest finding of each rule, certain ones and those of most works first."""
    order = sorted(
        found,
        key=lambda one: (-one.severity.rank, one.certainty.value, -len(one.parties), one.id),
    )
    first_of_rule: dict[str, Finding] = {}
    for finding in order:
        first_of_rule.setdefault(finding.rule, finding)

    def name(key: str) -> str:
        work = works.get(key)
        return f"{work.title} ({key})" if work is not None and work.title else key

    print("the heaviest, as a planner reads them")
    for finding in list(first_of_rule.values())[:HEAVIEST]:
        print(f"  {finding.id} ({finding.severity}, {finding.certainty})")
        for language in Language:
            print(f"    {explain(finding, language=language, name=name)}")
    print()


def _measure_town(works: int, changes: int, seed: int) -> None:
    measure(town_setting(works, seed=seed), changes=changes, seed=seed)


def _measure_feed(path: Path, changes: int, seed: int) -> None:
    measure(feed_setting(path), changes=changes, seed=seed)


def main() -> None:
    """Measure each programme in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--works", type=int, nargs="*", default=[2_000, 30_000])
    parser.add_argument("--feed", type=Path, nargs="*", default=[])
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    jobs = [(_measure_feed, path) for path in asked.feed]
    jobs += [(_measure_town, works) for works in asked.works]  # type: ignore[misc]
    for job, subject in jobs:
        process = spawn.Process(target=job, args=(subject, asked.changes, asked.seed))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
