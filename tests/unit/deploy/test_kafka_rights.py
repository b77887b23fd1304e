"""The rights per role agree with the catalogue: who writes or reads a topic may, nobody else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from hub.contracts.catalogue import load_catalogue

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "kafka"
ACLS: dict[str, Any] = tomllib.loads((DEPLOY / "acls.toml").read_text(encoding="utf-8"))
ROLES: dict[str, Any] = ACLS["roles"]
ASIDE: dict[str, Any] = ACLS["aside"]
ROLE_OF = {
    "connectors": "connector",
    "register": "worker",
    "detect": "worker",
    "API": "desk",
    "command line": "desk",
    "other systems": "desk",
    "subscribers": "subscriber",
    "serve": "subscriber",
    "replay": "operations",
    "operations": "operations",
}
PUT_BACK = {"plan-changes", "decisions", "reference", "programme-log", "dead-letters"}
"""Where operations writes besides: originals go back, letters are settled."""


def having(operation: str, topic: str) -> set[str]:
    return {
        name
        for name, role in ROLES.items()
        for right in role["rights"]
        if right["resource"] == "topic"
        and right["name"] == topic
        and operation in right["operations"]
    }


def test_there_are_roles_and_each_says_what_it_is_for() -> None:
    assert len(ROLES) > 5
    assert all(role["purpose"] and role["rights"] for role in ROLES.values())


@pytest.mark.parametrize("spec", list(load_catalogue()), ids=lambda spec: spec.name)
def test_only_those_write_a_topic_whom_the_catalogue_names(spec: Any) -> None:
    named = {ROLE_OF[name] for name in spec.written_by}
    writers = having("write", spec.name)

    assert writers
    assert writers - {"operations"} <= named
    assert ("operations" in writers) == (spec.name in PUT_BACK)


@pytest.mark.parametrize("spec", list(load_catalogue()), ids=lambda spec: spec.name)
def test_those_may_read_a_topic_whom_the_catalogue_names(spec: Any) -> None:
    assert {ROLE_OF[name] for name in spec.read_by} <= having("read", spec.name)


def test_every_right_is_on_something_that_exists() -> None:
    topics = {spec.name for spec in load_catalogue()}
    for role in ROLES.values():
        for right in role["rights"]:
            assert right["resource"] in ("topic", "group")
            if right["resource"] == "topic" and right.get("pattern", "literal") == "literal":
                assert right["name"] in topics
            if right.get("pattern") == "prefixed" and right["resource"] == "topic":
                allowed = {"create", "alter", "describe", "describe_configs"}
                assert set(right["operations"]) <= allowed, "no data by prefix"


def test_what_stands_aside_never_reaches_a_topic_of_the_hub() -> None:
    assert set(ASIDE) == {"demo", "operations"}
    for user in ASIDE.values():
        assert user["purpose"]
        for right in user["rights"]:
            assert right["pattern"] == "prefixed"
            assert right["name"] in ("demo-", "replay-"), "an own prefix, never the hub's"


def test_nobody_is_let_in_without_a_right() -> None:
    lines = (DEPLOY / "server.properties").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["sasl.enabled.mechanisms"] == "SCRAM-SHA-512"
    assert "PLAINTEXT" not in settings["listener.security.protocol.map"]
    assert "ANONYMOUS" not in settings["super.users"]
