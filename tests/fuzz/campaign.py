"""The long run: every decoder and reader for a share of a budget, and a count of what came.

`python -m tests.fuzz.campaign --seconds 60` (or `make fuzz ARGS="--seconds 60"`). Coverage-guided
by atheris where it is installed, else by chance from a seed that is printed. Each subject runs in a
process of its own, within a bound on memory; an input that ends it is kept and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
FINDS = ROOT / "build" / "fuzz"
MEMORY_MIB = 4_096
SLOW_SECONDS = 10
START_SECONDS = 600
DONE = re.compile(rb"Done (\d+) (?:runs|executions) in (\d+)")


@dataclass(frozen=True, slots=True)
class Count:
    """What one subject came to."""

    name: str
    executions: int
    seconds: float
    find: str = ""


def main() -> int:
    given = _arguments()
    if given.subject is not None:
        return _run_one(given)
    from tests.fuzz.subjects import names

    engine = given.engine or ("atheris" if importlib.util.find_spec("atheris") else "chance")
    meant = [name for name in names() if given.only is None or given.only in name]
    share = max(1, round(given.seconds / len(meant)))
    print(f"{len(meant)} subjects, {share} s each, by {engine}, seed {given.seed}", flush=True)
    counts = [_one(name, share, engine, given.seed) for name in meant]
    finds = [count for count in counts if count.find]
    total = sum(count.executions for count in counts)
    print(f"{total} executions in {sum(c.seconds for c in counts):.0f} s, {len(finds)} finds")
    return 1 if finds else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["atheris", "chance"])
    parser.add_argument("--only", help="subjects whose name has this in it")
    parser.add_argument("--subject", help=argparse.SUPPRESS)
    return parser.parse_args()


def _one(name: str, seconds: int, engine: str, seed: int) -> Count:
    folder = FINDS / re.sub(r"\W+", "-", name)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.campaign", "--subject", name]
    command += ["--seconds", str(seconds), "--engine", engine, "--seed", str(seed)]
    started = time.monotonic()
    try:
        ran = subprocess.run(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=START_SECONDS + 4 * seconds,
            check=False,
        )
        output, code = ran.stdout, ran.returncode
    except subprocess.TimeoutExpired as error:
        output, code = error.stdout or b"", -1
    done = DONE.search(output)
    executions = int(done[1]) if done else 0
    find = "" if code == 0 else _kept(folder, output)
    count = Count(name, executions, time.monotonic() - started, find)
    print(f"{name:32} {count.executions:8} executions {count.seconds:6.1f} s {find}", flush=True)
    return count


def _kept(folder: Path, output: bytes) -> str:
    path = folder / "output.txt"
    path.write_bytes(output)
    last = [line for line in output.decode("utf-8", "replace").splitlines() if "Error" in line]
    return f"FIND: {last[-1][:160] if last else 'see'} ({path.relative_to(ROOT)})"


# --- one subject, in a process of its own ---


def _run_one(given: argparse.Namespace) -> int:
    folder = FINDS / re.sub(r"\W+", "-", given.subject)
    if given.engine == "atheris":
        return _by_coverage(given.subject, folder, int(given.seconds), given.seed)
    return _by_chance(given.subject, folder, given.seconds, given.seed)


def _by_chance(name: str, folder: Path, seconds: float, seed: int) -> int:
    from tests.fuzz.mutation import mutated
    from tests.fuzz.subjects import subject

    limit = MEMORY_MIB << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    run, seeds = subject(name)
    chance, count, started = Random(seed), 0, time.monotonic()
    while time.monotonic() - started < seconds:
        data = mutated(chance.choice(seeds), chance)
        before = time.process_time()
        try:
            run(data)
            if time.process_time() - before > SLOW_SECONDS:
                raise TimeoutError(f"more than {SLOW_SECONDS} s of processor time")
        except BaseException:
            (folder / "input.bin").write_bytes(data)
            traceback.print_exc()
            return 1
        count += 1
    print(f"Done {count} runs in {seconds:.0f} second(s)")
    return 0


def _by_coverage(name: str, folder: Path, seconds: int, seed: int) -> int:
    import atheris

    from hub.engine import detect, register  # noqa: F401  # not watched: they decode nothing
    from hub.rules.catalogue import installed

    installed()
    with atheris.instrument_imports(include=["hub", "connectors"]):
        from tests.fuzz.subjects import subject
    run, seeds = subject(name)

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds):
            (Path(corpus) / f"seed-{number}").write_bytes(data)
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={SLOW_SECONDS}",
            f"-rss_limit_mb={MEMORY_MIB}",
            f"-seed={seed}",
            "-max_len=65536",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
            corpus,
        ]
        atheris.Setup([sys.argv[0], *options], _quiet(run))
        atheris.Fuzz()
    return 0


def _quiet(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def one_input(data: bytes) -> None:
        run(data)

    return one_input


if __name__ == "__main__":
    sys.exit(main())
