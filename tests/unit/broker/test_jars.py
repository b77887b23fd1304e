"""Jars come from the cache, the local Maven repository or the network; never with other bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub.broker.jars import cache_folder, ensure_jars
from hub.broker.lock_file import LockedJar, LockFile
from hub.errors import ConfigurationError, RetryableError

BODIES = {f"org/example/part-{n}/part-{n}.jar": b"jar %d " % n * 20_000 for n in range(8)}


class Repository:
    """A Maven repository on this machine, and what was asked of it."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.files = dict(BODIES)
        self.failures_first = 0
        self.cut_short = 0
        self.asked: Counter[str] = Counter()


@pytest.fixture
def repository() -> Iterator[Repository]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            serving.asked[path] += 1
            body = serving.files.get(path)
            if body is None:
                self.send_error(404)
            elif serving.asked[path] <= serving.failures_first:
                self.send_error(503)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                first = serving.asked[path] <= serving.cut_short
                self.wfile.write(body[:100] if first else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Repository(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield serving
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.broker.jars.PAUSE_S", 0.0)


def lock_of(bodies: dict[str, bytes]) -> LockFile:
    jars = tuple(
        LockedJar(hashlib.sha256(body).hexdigest(), len(body), path)
        for path, body in bodies.items()
    )
    return LockFile(jars, "0123456789abcdef")


def surroundings(folder: Path, repository: Repository) -> dict[str, str]:
    return {"HUB_CACHE": str(folder / "cache"), "HUB_MAVEN_URL": repository.url}


def test_missing_jars_are_fetched_once_and_progress_reaches_the_total(
    tmp_path: Path, repository: Repository
) -> None:
    steps: list[tuple[int, int]] = []
    environ = surroundings(tmp_path, repository)
    lock = lock_of(BODIES)

    def progress(done: int, total: int) -> None:
        steps.append((done, total))

    paths = ensure_jars(lock, environ=environ, home=tmp_path, progress=progress)
    again = ensure_jars(lock, environ=environ, home=tmp_path, progress=progress)

    total = sum(map(len, BODIES.values()))
    assert paths == again
    assert {path.read_bytes() for path in paths} == set(BODIES.values())
    assert repository.asked == Counter(dict.fromkeys(BODIES, 1))
    assert steps[-1] == (total, total)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_a_jar_of_the_local_maven_repository_is_not_fetched(
    tmp_path: Path, repository: Repository
) -> None:
    for path, body in BODIES.items():
        local = tmp_path / ".m2" / "repository" / path
        local.parent.mkdir(parents=True)
        local.write_bytes(body)

    ensure_jars(lock_of(BODIES), environ=surroundings(tmp_path, repository), home=tmp_path)

    assert not repository.asked


def test_a_jar_with_other_bytes_is_replaced_in_the_cache_and_ignored_in_the_local_repository(
    tmp_path: Path, repository: Repository
) -> None:
    path, body = next(iter(BODIES.items()))
    environ = surroundings(tmp_path, repository)
    lock = lock_of({path: body})
    (cached,) = ensure_jars(lock, environ=environ, home=tmp_path)
    forged = b"X" + body[1:]
    cached.write_bytes(forged)
    local = tmp_path / ".m2" / "repository" / path
    local.parent.mkdir(parents=True)
    local.write_bytes(forged)

    ensure_jars(lock, environ=environ, home=tmp_path)

    assert cached.read_bytes() == body
    assert repository.asked[path] == 2


@pytest.mark.parametrize("change", [lambda body: b"X" + body[1:], lambda body: body + b"more"])
def test_a_repository_that_serves_other_bytes_is_refused_and_nothing_is_kept(
    tmp_path: Path, repository: Repository, change: object
) -> None:
    path, body = next(iter(BODIES.items()))
    assert callable(change)
    repository.files[path] = change(body)

    with pytest.raises(ConfigurationError, match=r"part-0\.jar from .*came sha256 .*was refused"):
        ensure_jars(
            lock_of({path: body}), environ=surroundings(tmp_path, repository), home=tmp_path
        )

    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []
    assert repository.asked[path] == 1


@pytest.mark.parametrize("trouble", ["failures_first", "cut_short"])
def test_a_server_that_falters_is_asked_again(
    tmp_path: Path, repository: Repository, trouble: str
) -> None:
    setattr(repository, trouble, 2)
    steps: list[int] = []

    paths = ensure_jars(
        lock_of(BODIES),
        environ=surroundings(tmp_path, repository),
        home=tmp_path,
        progress=lambda done, _total: steps.append(done),
    )

    assert {path.read_bytes() for path in paths} == set(BODIES.values())
    assert steps[-1] == sum(map(len, BODIES.values()))


def test_a_server_that_keeps_failing_is_named_with_what_to_do(
    tmp_path: Path, repository: Repository
) -> None:
    repository.failures_first = 99

    with pytest.raises(RetryableError, match=r"HTTP 503 after 3 attempts.*HUB_MAVEN_URL"):
        ensure_jars(lock_of(BODIES), environ=surroundings(tmp_path, repository), home=tmp_path)


def test_a_jar_the_repository_does_not_have_is_asked_for_once(
    tmp_path: Path, repository: Repository
) -> None:
    path, body = next(iter(BODIES.items()))
    repository.files.clear()

    with pytest.raises(RetryableError, match="HTTP 404"):
        ensure_jars(
            lock_of({path: body}), environ=surroundings(tmp_path, repository), home=tmp_path
        )

    assert repository.asked[path] == 1


def test_a_repository_that_is_away_is_named(tmp_path: Path) -> None:
    environ = {"HUB_CACHE": str(tmp_path), "HUB_MAVEN_URL": "http://127.0.0.1:1"}

    with pytest.raises(RetryableError, match=r"http://127\.0\.0\.1:1: .*refused"):
        ensure_jars(lock_of(BODIES), environ=environ, home=tmp_path)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "cache").write_text("a file, no folder")

    with pytest.raises(ConfigurationError, match=r"cache folder .*HUB_CACHE"):
        ensure_jars(lock_of(BODIES), environ=surroundings(tmp_path, repository), home=tmp_path)


def test_the_cache_is_ours_then_the_users_then_the_homes() -> None:
    home = Path("/home/someone")

    assert cache_folder({"HUB_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, home) == Path("/c")
    assert cache_folder({"XDG_CACHE_HOME": "/x"}, home) == Path("/x/hub")
    assert cache_folder({}, home) == Path("/home/someone/.cache/hub")
