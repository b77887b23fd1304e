"""Pace and memory of the DATEX II connector on a feed of full size, beside a bare `iterparse`.

    python -m benchmarks.datex2                 # 12,844 situations, about 160 MB, made anew
    python -m benchmarks.datex2 --situations 2000 --rounds 1
    python -m benchmarks.datex2 --feed FILE     # a feed of your own

Every measurement runs in a process of its own, one after the other in turns, so that each has the
memory it needs and nothing more. `resident` is the greatest the process ever had; an interpreter
with the libraries of the connector loaded stands beside it.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.datex2_feed import SITUATIONS, write_feed

Counts = dict[str, int]


def bare(path: Path) -> Counts:
    """Walk the document with the standard library and do nothing: the pace to compare with."""
    situations = 0
    for _, element in ElementTree.iterparse(_opened(path)):
        if element.tag.endswith("}situation"):
            situations += 1
            element.clear()
    return {"situations": situations}


def bare_expat(path: Path) -> Counts:
    """Let expat read the document with one empty handler for its elements."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _name, _attributes: None
    parser.EndElementHandler = lambda _name: None
    with _opened(path) as stream:
        parser.ParseFile(stream)
    return {"situations": 0}


def parsed(path: Path) -> Counts:
    """Read the source as situations of kept elements."""
    from connectors.datex2.elements import SituationParser
    from connectors.datex2.snapshots import read_chunks

    return {"situations": sum(1 for _ in SituationParser().situations(read_chunks(path)))}


def rows(path: Path) -> Counts:
    """Read the source as rows: parsed, cleaned, placed in RD."""
    from connectors.datex2.settings import Settings
    from connectors.datex2.source import open_source

    source = open_source(Settings(path=path))
    count = sum(1 for _ in source.rows())
    return {"situations": source.notes()["situations"], "rows": count}


def works(path: Path) -> Counts:
    """Read the source as interventions, as the kit does."""
    from hub.connect.discovery import find_connector, validated_settings
    from hub.connect.reading import AcceptedRow, read_rows

    connector = find_connector("datex2")
    accepted = refused = 0
    for row in read_rows(connector, validated_settings(connector, {"path": path})):
        if isinstance(row, AcceptedRow):
            accepted += 1
        else:
            refused += 1
    return {"works": accepted, "refused": refused}


def run(path: Path) -> Counts:
    """Run twice against ports in memory: everything is new, then nothing is.

    The memory is that of a connector that also holds all it sent: what Kafka would hold too.
    """
    from datetime import date

    from hub.connect.discovery import find_connector, validated_settings
    from hub.connect.memory import MemoryPublisher, MemoryStateStore, OnlyInstance
    from hub.connect.runner import Ports, Runner

    class Counting(MemoryPublisher):
        def publish_changes(self, changes):  # type: ignore[no-untyped-def]
            return {}

    connector = find_connector("datex2")
    runner = Runner(
        connector,
        lambda: validated_settings(connector, {"path": path}),
        Ports(Counting(), MemoryStateStore(), OnlyInstance()),
        today=lambda: date(2026, 7, 26),
    )
    first, second = runner.run_once(), runner.run_once()
    return {"published": first.published, "again": second.published}


def idle(_: Path) -> Counts:
    """Load the libraries of the connector and nothing else."""
    import pyproj
    import shapely

    import connectors.datex2.mapping
    import connectors.datex2.source
    import hub.connect.reading  # noqa: F401

    assert all((pyproj, shapely, connectors.datex2.source))
    return {}


MEASURES: dict[str, Callable[[Path], Counts]] = {
    "bare iterparse": bare,
    "bare expat": bare_expat,
    "situations": parsed,
    "rows": rows,
    "interventions": works,
    "two runs": run,
    "libraries only": idle,
}


def measure(name: str, path: Path) -> None:
    """Measure one thing in this process and print it as JSON."""
    start, processor = time.perf_counter(), time.process_time()
    counts = MEASURES[name](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "processor": time.process_time() - processor,
                "resident_mb": peak / 1024,
                "counts": counts,
            }
        )
    )


def _opened(path: Path):  # type: ignore[no-untyped-def]
    import gzip

    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def main() -> None:
    """Measure everything in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--situations", type=int, default=SITUATIONS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--feed", type=Path)
    parser.add_argument("--only", nargs=2, metavar=("NAME", "FEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        measure(options.only[0], Path(options.only[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        feed = options.feed
        if feed is None:
            feed = Path(folder) / "feed.xml"
            size = write_feed(feed, situations=options.situations)
            print(f"{options.situations} situations, {size / 1e6:.0f} MB of XML, made up\n")
        _table(feed, options.rounds)


def _table(feed: Path, rounds: int) -> None:
    results: dict[str, list[dict[str, float]]] = {name: [] for name in MEASURES}
    counts: dict[str, Counts] = {}
    for _ in range(rounds):
        for name in MEASURES:
            found = _measured(name, feed)
            counts[name] = found.pop("counts")
            results[name].append(found)
    base = _median(results["bare iterparse"], "processor")
    print("| measure | seconds | processor seconds | ratio to bare iterparse | resident MB | |")
    print("|---|---|---|---|---|---|")
    for name, found in results.items():
        processor = _median(found, "processor")
        told = ", ".join(f"{key} {value}" for key, value in counts[name].items())
        print(
            f"| {name} | {_median(found, 'seconds'):.1f} | {processor:.1f} "
            f"| {processor / base:.2f} | {max(one['resident_mb'] for one in found):.0f} "
            f"| {told} |"
        )


def _measured(name: str, feed: Path):  # type: ignore[no-untyped-def]
    command = [sys.executable, "-m", "benchmarks.datex2", "--only", name, str(feed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _median(found: list[dict[str, float]], key: str) -> float:
    return statistics.median(one[key] for one in found)


if __name__ == "__main__":
    main()
