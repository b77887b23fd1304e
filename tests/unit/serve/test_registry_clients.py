"""Clients that know nothing of the hub read its records through the served registry."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from hub.contracts.catalogue import load_catalogue
from hub.contracts.codec import Codec
from hub.contracts.schema_store import SchemaStore
from hub.metrics import Metrics
from hub.serve.app import create_app
from hub.serve.health import Health
from hub.serve.registry import Registry
from hub.serve.server import serve_in_thread
from tests.support.wire_examples import VALID, decoded

NODE_MODULES = "HUB_TEST_NODE_MODULES"
PACKAGE = "@kafkajs/confluent-schema-registry"
KAFKAJS = Path(__file__).with_name("read_record.mjs")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    registry = Registry.of_catalogue(load_catalogue())
    server = serve_in_thread(create_app(health=Health(), metrics=Metrics(), registry=registry))
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.mark.parametrize("example", VALID, ids=lambda e: f"{e.type_name}-{e.name}")
def test_the_confluent_client_reads_every_record(url: str, example: object) -> None:
    record = example.encode()
    deserializer = AvroDeserializer(SchemaRegistryClient({"url": url}))
    context = SerializationContext(f"hub.{record.topic}", MessageField.VALUE)

    value = deserializer(record.value, context)

    assert value == decoded(record.value, type_name=example.type_name)


def test_a_foreign_producer_that_does_not_register_is_read_by_the_hub(url: str) -> None:
    (upsert,) = [e for e in VALID if (e.type_name, e.name) == ("PlanChange", "upsert")]
    record = upsert.encode()
    schema = json.dumps(SchemaStore().released["PlanChange"][-1].schema)
    serializer = AvroSerializer(
        SchemaRegistryClient({"url": url}), schema, conf={"auto.register.schemas": False}
    )
    context = SerializationContext("hub.plan-changes", MessageField.VALUE)

    data = serializer(decoded(record.value, type_name="PlanChange"), context)

    assert data is not None
    assert Codec().decode_plan_change(data) == Codec().decode_plan_change(record.value)


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with kafkajs' registry client, installed unless HUB_TEST_NODE_MODULES has it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed: kafkajs' registry client cannot run")
    if given := os.environ.get(NODE_MODULES):
        return Path(given)
    folder = tmp_path_factory.mktemp("kafkajs")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{PACKAGE}@3.9.0"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{PACKAGE} could not be installed within 60 s")
    if done.returncode != 0:
        pytest.skip(f"{PACKAGE} could not be installed: {done.stderr.strip()[-200:]}")
    return folder / "node_modules"


def test_the_kafkajs_client_reads_a_conflict(url: str, node_modules: Path) -> None:
    (conflict,) = [e for e in VALID if (e.type_name, e.name) == ("Conflict", "detected")]
    record = conflict.encode()

    done = subprocess.run(
        ["node", str(KAFKAJS), str(node_modules), url, base64.b64encode(record.value).decode()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    expected = decoded(record.value, type_name="Conflict")
    assert value["id"] == expected["id"]
    assert value["must_act"] == expected["must_act"]
    # JavaScript clients leave logical types raw: a day is the number of days since 1970
    raw = (expected["first_seen"] - date(1970, 1, 1)).days
    assert value["first_seen"] == raw
