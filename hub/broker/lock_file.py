"""The jars of the embedded Kafka, each pinned by its hash.

`kafka.lock` is data: one line per jar with sha256, size in bytes and path in a Maven repository.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from hub.errors import ConfigurationError, quoted

LOCK_PATH = Path(__file__).with_name("kafka.lock")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_JAR_PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)+[A-Za-z0-9_-][A-Za-z0-9._-]*\.jar")


@dataclass(frozen=True, slots=True)
class LockedJar:
    """One jar: what its bytes must be, and where a Maven repository keeps it."""

    sha256: str
    size: int
    path: str

    @property
    def name(self) -> str:
        """Return the file name."""
        return self.path.rsplit("/", 1)[1]


@dataclass(frozen=True, slots=True)
class LockFile:
    """All jars of one Kafka; `digest` names this exact set."""

    jars: tuple[LockedJar, ...]
    digest: str


def read_lock(path: Path = LOCK_PATH) -> LockFile:
    """Read the lock file.

    :raises ConfigurationError: naming the line that is not a locked jar
    """
    text = path.read_text(encoding="utf-8")
    jars = tuple(
        _locked_jar(line, f"{path.name} line {number}")
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    )
    if not jars:
        raise ConfigurationError(f"{path}: no jars; expected one line per jar; reinstall the hub")
    return LockFile(jars, hashlib.sha256(text.encode()).hexdigest())


def _locked_jar(line: str, where: str) -> LockedJar:
    parts = line.split()
    if (
        len(parts) == 3
        and _SHA256.fullmatch(parts[0])
        and parts[1].isdecimal()
        and _JAR_PATH.fullmatch(parts[2])
    ):
        return LockedJar(parts[0], int(parts[1]), parts[2])
    raise ConfigurationError(
        f"{where}: came {quoted(line)}; expected sha256, size and path of a jar; reinstall the hub"
    )
