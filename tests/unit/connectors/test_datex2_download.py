"""A feed behind an address: conditional, whole or not at all, whatever the server does."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from connectors.datex2.download import fetch, validators_file
from hub.connect.discovery import find_connector, validated_settings
from hub.errors import ConfigurationError, HubError, RetryableError
from tests.support.datex2_feed import point, publication, situation, work
from tests.support.datex2_second_snapshot import Feed
from tests.unit.connectors.datex2_reading import read_path

FEED = publication(*(situation(f"A_{number}", work(f"A_{number}_MAN")) for number in range(8)))
PACKED = gzip.compress(FEED.encode())

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A real HTTP server on this machine; `answer` is what it does, `asked` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Answer = serving(PACKED)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append({name.lower(): value for name, value in self.headers.items()})
                server.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/feed.xml.gz"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def serving(body: bytes, **headers: str) -> Answer:
    """Answer with a body, or with 304 to whoever has it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        etag, modified = headers.get("ETag"), headers.get("Last_Modified")
        known = (etag is not None and handler.headers.get("If-None-Match") == etag) or (
            modified is not None and handler.headers.get("If-Modified-Since") == modified
        )
        send(handler, 304, **headers) if known else send(handler, 200, body, **headers)

    return answer


def failing(status: int, **headers: str) -> Answer:
    return lambda handler: send(handler, status, b"no", **headers)


def cut_short(body: bytes, *, honest: bool) -> Answer:
    """Send half a body; honest about its length means that the connection breaks."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        half = body[: len(body) // 2]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) if honest else len(half)))
        handler.end_headers()
        handler.wfile.write(half)
        handler.close_connection = True

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def get(server: Server, path: Path, *, max_bytes: int = 1 << 20) -> bool:
    return fetch(server.url, path, timeout_seconds=5, max_bytes=max_bytes)


MODIFIED = "Sun, 26 Jul 2026 08:45:00 GMT"


@pytest.mark.parametrize(
    ("validators", "condition"),
    [
        ({"ETag": '"v1"'}, ("if-none-match", '"v1"')),
        ({"Last_Modified": MODIFIED}, ("if-modified-since", MODIFIED)),
    ],
)
def test_what_did_not_change_is_not_fetched_again(
    server: Server, tmp_path: Path, validators: dict[str, str], condition: tuple[str, str]
) -> None:
    path = tmp_path / "feed.xml.gz"
    server.answer = serving(PACKED, **validators)

    assert get(server, path) is True
    assert get(server, path) is False
    assert condition[0] not in server.asked[0]
    assert server.asked[1][condition[0]] == condition[1]
    assert path.read_bytes() == PACKED


def test_a_new_version_replaces_the_file_and_its_validators(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    server.answer = serving(b"<one/>", ETag='"v1"')
    get(server, path)
    server.answer = serving(b"<two/>", ETag='"v2"')

    assert get(server, path) is True
    assert path.read_bytes() == b"<two/>"
    assert json.loads(validators_file(path).read_text("utf-8"))["etag"] == '"v2"'
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "feed.xml",
        "feed.xml.validators.json",
    ]


@pytest.mark.parametrize("spoil", ["other content", "no file", "broken validators", "other url"])
def test_not_modified_is_asked_for_only_with_the_very_file_at_hand(
    server: Server, tmp_path: Path, spoil: str
) -> None:
    path = tmp_path / "feed.xml.gz"
    server.answer = serving(PACKED, ETag='"v1"')
    get(server, path)
    if spoil == "other content":
        path.write_bytes(bytes(len(PACKED)))
    elif spoil == "no file":
        path.unlink()
    elif spoil == "broken validators":
        validators_file(path).write_text("{", encoding="utf-8")
    else:
        kept = json.loads(validators_file(path).read_text("utf-8"))
        validators_file(path).write_text(json.dumps(kept | {"url": "http://x"}), encoding="utf-8")

    assert get(server, path) is True
    assert "if-none-match" not in server.asked[1]
    assert path.read_bytes() == PACKED


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (failing(500), "status 500"),
        (failing(503, Retry_After="7"), "asks to wait 7 seconds"),
        (failing(404), "status 404"),
        (cut_short(PACKED, honest=True), "no whole answer"),
        (cut_short(PACKED, honest=False), "a gzip file that is cut short"),
        (serving(b"<!DOCTYPE html><html>Onderhoud</html>"), "a page of HTML with status 200"),
        (serving(gzip.compress(b"<html>Onderhoud</html>")), "a page of HTML with status 200"),
        (serving(PACKED[:20] + b"\x00" * 40 + PACKED[60:]), "gzip file"),
        (serving(b""), "an empty answer"),
    ],
    ids=[
        "500",
        "503",
        "404",
        "connection breaks",
        "half a gzip",
        "html",
        "packed html",
        "broken gzip",
        "empty",
    ],
)
def test_what_is_no_whole_publication_leaves_what_was_there(
    server: Server, tmp_path: Path, answer: Answer, says: str
) -> None:
    path = tmp_path / "feed.xml.gz"
    server.answer = serving(PACKED, ETag='"v1"')
    get(server, path)
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    server.answer = answer

    with pytest.raises(RetryableError, match=says):
        get(server, path)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("status", "text", "least", "most"),
    [(429, "120", 120, 120), (503, "Fri, 01 Jan 2100 00:00:00 GMT", 10**9, 10**10)],
)
def test_a_server_that_asks_to_wait_says_how_long(
    server: Server, tmp_path: Path, status: int, text: str, least: int, most: int
) -> None:
    server.answer = failing(status, Retry_After=text)
    with pytest.raises(RetryableError) as caught:
        get(server, tmp_path / "feed.xml.gz")

    asked = caught.value.retry_after_seconds
    assert asked is not None
    assert least <= asked <= most


@pytest.mark.parametrize("text", ["soon", "", "-5"])
def test_a_wait_that_is_none_is_no_wait(server: Server, tmp_path: Path, text: str) -> None:
    server.answer = failing(429, Retry_After=text)
    with pytest.raises(RetryableError) as caught:
        get(server, tmp_path / "feed.xml.gz")
    assert caught.value.retry_after_seconds is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_right_is_for_a_person_to_correct(
    server: Server, tmp_path: Path, status: int
) -> None:
    server.answer = failing(status)
    with pytest.raises(ConfigurationError, match=f"status {status}"):
        get(server, tmp_path / "feed.xml.gz")


def test_a_download_beyond_the_limit_is_stopped_and_not_kept(
    server: Server, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="max_download_mb"):
        get(server, tmp_path / "feed.xml.gz", max_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.close()
    with pytest.raises(RetryableError, match="no whole answer"):
        get(server, tmp_path / "feed.xml.gz")


def test_endless_redirects_end(server: Server, tmp_path: Path) -> None:
    server.answer = lambda handler: send(handler, 302, Location=server.url)
    with pytest.raises(RetryableError):
        get(server, tmp_path / "feed.xml.gz")
    assert len(server.asked) <= 5


class TestConnector:
    def source(self, server: Server, folder: Path) -> Feed:
        return Feed(folder / "kept.xml.gz", url=server.url, url_timeout_seconds=5)

    def test_the_address_is_read_like_a_file_and_a_second_time_gives_nothing(
        self, server: Server, tmp_path: Path
    ) -> None:
        server.answer = serving(PACKED, ETag='"v1"')
        source = self.source(server, tmp_path)

        first = source.runner.run_once()
        second = source.runner.run_once()

        assert (first.published, second.published) == (8, 0)
        assert second.changes.unchanged == 8
        assert "if-none-match" in server.asked[-1]

    @pytest.mark.parametrize(
        "answer",
        [failing(500), failing(429, Retry_After="3"), cut_short(PACKED, honest=False)],
        ids=["500", "429", "half"],
    )
    def test_a_failing_server_withdraws_nothing_and_the_next_answer_goes_on(
        self, server: Server, tmp_path: Path, answer: Answer
    ) -> None:
        source = self.source(server, tmp_path)
        source.runner.run_once()
        source.sent()
        server.answer = answer
        with pytest.raises(RetryableError):
            source.runner.run_once()
        assert source.sent() == []

        fewer = publication(*(situation(f"A_{n}", work(f"A_{n}_MAN")) for n in range(7)))
        server.answer = serving(gzip.compress(fewer.encode()))
        source.runner.run_once()
        assert [change.withdraw for change in source.sent()] == ["ndw:A_7_MAN"]

    def test_the_pause_is_at_least_the_one_that_the_server_asks_for(
        self, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        source = self.source(server, tmp_path)
        server.answer = failing(429, Retry_After="1234")
        stop = StopAtFirstPause()
        source.runner.stop = stop
        with caplog.at_level(logging.WARNING):
            source.runner.run()

        (failed,) = (r for r in caplog.records if r.getMessage() == "connector.run_failed")
        assert "1234" in str(failed.__dict__)


class StopAtFirstPause(Event):
    """Ends a continuous run when it is about to wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return super().wait(timeout)


class TestFiles:
    def test_plain_and_packed_files_give_the_same_whatever_they_are_called(
        self, tmp_path: Path
    ) -> None:
        plain, packed = tmp_path / "plain.gz", tmp_path / "packed.xml"
        plain.write_text(FEED, encoding="utf-8")
        packed.write_bytes(PACKED)

        assert read_path(plain).works == read_path(packed).works
        assert len(read_path(plain).works) == 8

    def test_of_a_folder_the_snapshot_made_last_is_read_not_the_file_copied_last(
        self, tmp_path: Path
    ) -> None:
        newest = publication(situation("N_1", work("N_1_MAN")), time="2026-07-27T08:45:00Z")
        (tmp_path / "b.xml.gz").write_bytes(gzip.compress(newest.encode()))
        (tmp_path / "c.xml").write_text(FEED, encoding="utf-8")
        (tmp_path / "d.xml").write_text("<html>no feed</html>", encoding="utf-8")
        (tmp_path / "e.txt").write_text("notes", encoding="utf-8")

        assert read_path(tmp_path).keys == ["N_1_MAN"]

    def test_a_folder_without_a_snapshot_is_waited_for(self, tmp_path: Path) -> None:
        (tmp_path / "d.xml").write_text("<html>no feed</html>", encoding="utf-8")
        with pytest.raises(RetryableError, match="no DATEX II snapshot among them"):
            read_path(tmp_path)

    def test_a_file_that_is_away_is_waited_for(self, tmp_path: Path) -> None:
        with pytest.raises(RetryableError, match="No such file"):
            read_path(tmp_path / "away.xml")


class TestFilters:
    def test_only_the_named_sources_are_taken(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.xml"
        path.write_text(
            publication(
                situation("A_1", work("A_1_MAN")),
                situation("A_2", work("A_2_MAN", owner="Provincie Zuid-Holland")),
                situation("A_3", work("A_3_MAN", owner="Gemeente Rijswijk")),
            ),
            encoding="utf-8",
        )
        wanted = ["gemeente delft", "Gemeente Rijswijk"]
        assert read_path(path, sources=wanted).keys == ["A_1_MAN", "A_3_MAN"]

    @pytest.mark.parametrize("form", ["geometry", "feature", "collection"])
    def test_only_works_that_touch_the_polygon_are_taken(self, tmp_path: Path, form: str) -> None:
        square = [
            [84000, 446000],
            [84000, 446600],
            [84600, 446600],
            [84600, 446000],
            [84000, 446000],
        ]
        value: dict[str, object] = {"type": "Polygon", "coordinates": [square]}
        if form != "geometry":
            value = {"type": "Feature", "properties": {}, "geometry": value}
        if form == "collection":
            value = {"type": "FeatureCollection", "features": [value]}
        (tmp_path / "area.geojson").write_text(json.dumps(value), encoding="utf-8")
        path = tmp_path / "feed.xml"
        path.write_text(
            publication(
                situation("A_1", work("A_1_MAN")),
                situation("A_2", work("A_2_MAN", place=point(52.1, 4.3))),
                situation("A_3", work("A_3_MAN", place="")),
            ),
            encoding="utf-8",
        )
        # A work without a place could be anywhere, so it stays.
        read = read_path(path, area=tmp_path / "area.geojson")
        assert read.keys == ["A_1_MAN", "A_3_MAN"]

    @pytest.mark.parametrize(
        "content",
        [
            None,
            "no json",
            '{"type": "Point", "coordinates": [84000, 446000]}',
            '{"type": "FeatureCollection", "features": []}',
            '{"type": "Polygon", "coordinates": [[[4.3, 52], [4.4, 52], [4.4, 52.1], [4.3, 52]]]}',
        ],
    )
    def test_an_area_that_is_none_is_told_before_anything_is_read(
        self, tmp_path: Path, content: str | None
    ) -> None:
        area, path = tmp_path / "area.geojson", tmp_path / "feed.xml"
        path.write_text(FEED, encoding="utf-8")
        if content is not None:
            area.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"area .*expected GeoJSON"):
            read_path(path, area=area)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "ftp://example.org/feed.xml"},
        {"url": "https://user:key@example.org/feed.xml"},
        {"timezone": "Europe/Delft"},
        {"owners": {"Gemeente Delft": "no id, this"}},
        {"unknown": 1},
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(values))):
        validated_settings(find_connector("datex2"), {"path": tmp_path, **values})


@pytest.mark.parametrize(
    ("status", "body"), [(401, b""), (503, b""), (200, b"<!doctype html><html>")]
)
def test_a_key_in_an_address_is_never_told(
    server: Server, tmp_path: Path, status: int, body: bytes
) -> None:
    server.answer = lambda handler: send(handler, status, body)
    url = f"{server.url}?key=planted-key-1&token=planted-key-2"
    with pytest.raises(HubError) as refused:
        fetch(url, tmp_path / "kept.xml.gz", timeout_seconds=5, max_bytes=1 << 20)
    assert "planted" not in str(refused.value)
    assert server.url in str(refused.value)


def test_a_password_in_an_address_is_refused_and_not_told(tmp_path: Path) -> None:
    values = {"path": tmp_path, "url": "https://user:planted-key@example.org/feed.xml"}
    with pytest.raises(ConfigurationError, match="url: expected an address") as refused:
        validated_settings(find_connector("datex2"), values)
    assert "planted" not in str(refused.value)
