"""The HTTP side as its callers meet it: probes, metrics, and the registry's answers."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.contracts.catalogue import load_catalogue
from hub.contracts.schema_store import RECORD_TYPES, SchemaStore
from hub.errors import ConfigurationError
from hub.metrics import Metrics
from hub.serve.app import create_app
from hub.serve.health import Health
from hub.serve.registry import Registry
from hub.serve.server import serve_in_thread

SUBJECT = "hub.conflicts-value"
STORE = SchemaStore()
CONFLICT = STORE.released["Conflict"][-1]


class Served:
    """A running server with the objects behind it."""

    def __init__(self) -> None:
        self.health = Health(parts=("detect",), stall_seconds=0.3)
        self.metrics = Metrics()
        registry = Registry.of_catalogue(load_catalogue())
        app = create_app(health=self.health, metrics=self.metrics, registry=registry)
        self.server = serve_in_thread(app)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=5)

    def post(self, path: str, body: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(f"{self.url}{path}", content=content, timeout=5)


@pytest.fixture
def served() -> Iterator[Served]:
    running = Served()
    yield running
    running.server.stop()


# --- probes and metrics -------------------------------------------------------------------------


def test_the_probes_answer_200_or_503_and_say_why(served: Served) -> None:
    assert served.get("/health/startup").status_code == 503
    answer = served.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["detect"] == {"ok": False, "why": "waits for its partitions"}

    served.health.started()
    served.health.assigned("detect")
    served.health.restored("detect")
    served.health.beat()

    assert served.get("/health/startup").json() == {
        "status": "ok",
        "checks": {"started": {"ok": True}},
    }
    assert served.get("/health/ready").status_code == 200
    assert served.get("/health/live").status_code == 200


def test_a_loop_that_hangs_is_told_while_it_hangs(served: Served) -> None:
    async def hang_after_a_turn() -> int:
        served.health.beat()
        assert served.get("/health/live").status_code == 200
        deadline = time.monotonic() + 5  # this blocks the loop, as a runaway computation would
        while (status := served.get("/health/live").status_code) == 200:
            assert time.monotonic() < deadline
        return status

    assert asyncio.run(hang_after_a_turn()) == 503


def test_metrics_are_served_as_prometheus_reads_them(served: Served) -> None:
    served.metrics.count("hub_findings_total", rule="C01", status="detected")

    answer = served.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'hub_findings_total{rule="C01",status="detected"} 1.0' in answer.text


def test_a_misspelt_probe_says_which_there_are(served: Served) -> None:
    answer = served.get("/health/alive")

    assert answer.status_code == 404
    assert "/health/live" in answer.text


# --- registry -----------------------------------------------------------------------------------


def test_every_released_schema_is_found_by_its_id(served: Served) -> None:
    for released in STORE.by_id.values():
        answer = served.get(f"/schemas/ids/{released.id}?fetchMaxId=false&subject=x")
        assert answer.status_code == 200
        assert json.loads(answer.json()["schema"]) == released.schema
        assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"


def test_every_topic_with_a_schema_is_a_subject_with_its_versions(served: Served) -> None:
    subjects = served.get("/subjects").json()

    assert len(subjects) == len(RECORD_TYPES)
    assert SUBJECT in subjects
    for subject in subjects:
        assert served.get(f"/subjects/{subject}/versions").json() == [1]
        latest = served.get(f"/subjects/{subject}/versions/latest").json()
        assert latest == served.get(f"/subjects/{subject}/versions/1?deleted=true").json()
        assert latest["id"] in STORE.by_id


def test_a_schema_is_looked_up_whatever_its_docs_and_spacing(served: Served) -> None:
    plain = json.loads(json.dumps(CONFLICT.schema))
    plain["doc"] = "other words"

    answer = served.post(f"/subjects/{SUBJECT}?normalize=true", {"schema": json.dumps(plain)})

    assert answer.status_code == 200
    assert answer.json()["id"] == CONFLICT.id


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/schemas/ids/999", 40403),
        ("/schemas/ids/abc", 404),
        ("/subjects/nobody/versions", 40401),
        ("/subjects/nobody/versions/latest", 40401),
        (f"/subjects/{SUBJECT}/versions/99", 40402),
        (f"/subjects/{SUBJECT}/versions/one", 40402),
        ("/associations/resources/x?resourceType=topic", 404),
        ("/mode", 404),
    ],
)
def test_what_is_not_there_is_a_404_that_clients_understand(
    served: Served, path: str, code: int
) -> None:
    answer = served.get(path)

    assert answer.status_code == 404
    assert answer.json()["error_code"] == code


def test_nothing_can_be_registered_or_deleted(served: Served) -> None:
    body = {"schema": json.dumps(CONFLICT.schema)}

    assert served.post(f"/subjects/{SUBJECT}/versions", body).status_code == 405
    assert httpx.put(f"{served.url}/config", json={"compatibility": "NONE"}).status_code == 405
    assert httpx.delete(f"{served.url}/subjects/{SUBJECT}/versions/1").status_code == 405
    assert "read-only" in served.post(f"/subjects/{SUBJECT}/versions", body).json()["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"\xff\xfe", 422),
        (b"[1]", 422),
        (b'{"schema": 7}', 422),
        (b"[" * 100_000, 422),
        (b"x" * 1_100_000, 422),
        (b'{"schema": "{"}', 404),
        (b'{"schema": "\\"string\\""}', 404),
    ],
    ids=["empty", "no text", "list", "number", "deep", "huge", "broken", "unknown"],
)
def test_a_look_up_of_nonsense_is_answered_and_nothing_breaks(
    served: Served, body: bytes, status: int
) -> None:
    assert served.post(f"/subjects/{SUBJECT}", body).status_code == status
    assert served.get("/subjects").status_code == 200


def test_the_change_rule_is_told(served: Served) -> None:
    assert served.get("/config").json() == {"compatibilityLevel": "FULL_TRANSITIVE"}
    assert served.get(f"/config/{SUBJECT}?defaultToGlobal=true").status_code == 200


def test_ids_say_where_they_are_used(served: Served) -> None:
    uses = served.get(f"/schemas/ids/{CONFLICT.id}/versions").json()

    assert uses == [{"subject": SUBJECT, "version": 1}]


# --- server -------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = create_app(health=Health(), metrics=Metrics())

        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve_in_thread(app, port=port)


def test_a_stopped_server_leaves_its_port_free_and_stops_twice() -> None:
    app = create_app(health=Health(), metrics=Metrics())
    server = serve_in_thread(app)
    server.stop()
    server.stop()

    again = serve_in_thread(app, port=server.port)

    assert httpx.get(f"http://127.0.0.1:{server.port}/health/live").status_code == 200
    again.stop()


def test_without_a_registry_only_operations_are_served() -> None:
    server = serve_in_thread(create_app(health=Health(), metrics=Metrics()))
    try:
        assert httpx.get(f"http://127.0.0.1:{server.port}/subjects").status_code == 404
        assert httpx.get(f"http://127.0.0.1:{server.port}/metrics").status_code == 200
    finally:
        server.stop()
