"""The jars on disk: from the cache or the user's Maven repository, else fetched; always checked.

A jar whose bytes differ from the lock is never used, wherever it comes from.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from hub.broker.lock_file import LockedJar, LockFile
from hub.broker.mirror import repository_url
from hub.errors import ConfigurationError, RetryableError

Progress = Callable[[int, int], None]
"""Told bytes fetched so far and bytes to fetch; never called when nothing is to be fetched."""

PARALLEL_DOWNLOADS = 6
ATTEMPTS = 3
TIMEOUT_S = 60.0
PAUSE_S = 0.5
"""For a server that falters; grows with every attempt."""

_CHUNK_BYTES = 1 << 16


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return the hub's cache folder: `HUB_CACHE`, else `hub` in the user's cache folder."""
    if own := environ.get("HUB_CACHE"):
        return Path(own).expanduser()
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "hub"


def ensure_jars(
    lock: LockFile,
    *,
    environ: Mapping[str, str],
    home: Path,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Return the paths of all jars of the lock, fetching what is not on this machine yet.

    :raises RetryableError: when a jar cannot be fetched now
    :raises ConfigurationError: when a repository serves other bytes than the lock names
    """
    folder = cache_folder(environ, home) / f"kafka-{lock.digest[:12]}"
    _make_cache(folder)
    local = Path(environ.get("M2_REPO") or home / ".m2" / "repository")
    missing = [
        jar
        for jar in lock.jars
        if not _holds(folder / jar.name, jar) and not _copied(local / jar.path, folder, jar)
    ]
    if missing:
        _fetch_all(missing, folder, base=repository_url(environ, home), progress=progress)
    return tuple(sorted(folder / jar.name for jar in lock.jars))


def _make_cache(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cache folder {folder}: {error.strerror}; expected a folder to write to; "
            "name another one in HUB_CACHE"
        ) from error


def _holds(path: Path, jar: LockedJar) -> bool:
    """Tell whether the file is the locked jar; size first, it is free."""
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256
    except OSError:
        return False


def _copied(source: Path, folder: Path, jar: LockedJar) -> bool:
    """Copy the jar out of the local Maven repository if it is the locked one."""
    if not _holds(source, jar):
        return False
    with _replacing(folder / jar.name) as temporary:
        temporary.write_bytes(source.read_bytes())
    return True


def _fetch_all(
    jars: list[LockedJar], folder: Path, *, base: str, progress: Progress | None
) -> None:
    meter = _Meter(sum(jar.size for jar in jars), progress)
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="jars") as pool:
        futures = [pool.submit(_fetch, jar, folder, base, meter) for jar in jars]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(jar: LockedJar, folder: Path, base: str, meter: _Meter) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _download(jar, folder / jar.name, base, meter)
            return
        except (OSError, http.client.HTTPException) as error:
            if attempt == ATTEMPTS or _is_final(error):
                raise RetryableError(
                    f"{jar.name} from {base}: {_reason(error)} after {attempt} attempts; expected "
                    "the jar; check the network, or behind a proxy set HTTPS_PROXY and "
                    "SSL_CERT_FILE, or name a mirror in HUB_MAVEN_URL"
                ) from error
            time.sleep(PAUSE_S * attempt)


def _download(jar: LockedJar, target: Path, base: str, meter: _Meter) -> None:
    digest = hashlib.sha256()
    received = 0
    with _replacing(target) as temporary:
        try:
            with (
                urllib.request.urlopen(f"{base}/{jar.path}", timeout=TIMEOUT_S) as response,
                temporary.open("wb") as out,
            ):
                while received <= jar.size and (chunk := response.read(_CHUNK_BYTES)):
                    out.write(chunk)
                    digest.update(chunk)
                    received += len(chunk)
                    meter.add(len(chunk))
        except BaseException:
            meter.add(-received)
            raise
        if received < jar.size:
            meter.add(-received)
            raise OSError(f"only {received} of {jar.size} bytes came")
        if digest.hexdigest() != jar.sha256:
            raise ConfigurationError(
                f"{jar.name} from {base}: came sha256 {digest.hexdigest()}; expected {jar.sha256}; "
                "the jar was refused, use another mirror (HUB_MAVEN_URL) or ask who runs this one"
            )


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path that becomes `target` in one step, or is removed on any error."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _is_final(error: Exception) -> bool:
    """Tell whether asking again cannot help: the server knows this path and says no."""
    return isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


class _Meter:
    """Adds up what the download threads received."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0
        self._lock = threading.Lock()

    def add(self, received: int) -> None:
        with self._lock:
            self._done += received
            if self._progress is not None:
                self._progress(self._done, self._total)
