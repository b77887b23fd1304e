"""What a node is told, and the identity of its storage."""

from __future__ import annotations

from pathlib import Path

from hub.broker.node_config import (
    Node,
    new_cluster_id,
    node_properties,
    properties_text,
    write_node,
)


def nodes(folder: Path, count: int) -> tuple[Node, ...]:
    return tuple(Node(n, folder / str(n), 9000 + n, 9100 + n) for n in range(1, count + 1))


def test_one_node_keeps_one_copy_and_creates_no_topics_by_itself(tmp_path: Path) -> None:
    (node,) = nodes(tmp_path, 1)

    settings = node_properties(node, nodes=(node,), durable=False)

    assert settings["auto.create.topics.enable"] is False
    assert settings["default.replication.factor"] == settings["min.insync.replicas"] == 1
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9001"
    assert "log.flush.interval.messages" not in settings


def test_three_nodes_keep_three_copies_and_know_each_other(tmp_path: Path) -> None:
    three = nodes(tmp_path, 3)

    settings = node_properties(three[1], nodes=three, durable=False)

    assert settings["default.replication.factor"] == 3
    assert settings["min.insync.replicas"] == settings["transaction.state.log.min.isr"] == 2
    assert settings["node.id"] == 2
    assert settings["controller.quorum.voters"] == (
        "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"
    )


def test_a_durable_node_writes_every_batch_to_the_disk(tmp_path: Path) -> None:
    (node,) = nodes(tmp_path, 1)

    settings = node_properties(node, nodes=(node,), durable=True)

    assert settings["log.flush.interval.messages"] == 1


def test_the_identity_of_existing_data_stays(tmp_path: Path) -> None:
    (node,) = nodes(tmp_path, 1)
    write_node(node, nodes=(node,), cluster_id="first", durable=True)
    identity = (node.folder / "log" / "meta.properties").read_text()

    path = write_node(node, nodes=(node,), cluster_id="second", durable=True)

    assert (node.folder / "log" / "meta.properties").read_text() == identity
    assert "cluster.id=first\n" in identity
    assert "node.id=1\n" in path.read_text()


def test_values_survive_the_syntax_of_java_properties() -> None:
    text = properties_text({"log.dirs": "C:\\hub\\één 𝄞", "flag": False})

    assert text == "log.dirs=C:\\\\hub\\\\\\u00e9\\u00e9n \\ud834\\udd1e\nflag=false\n"


def test_cluster_ids_are_as_kafkas_own() -> None:
    ids = {new_cluster_id() for _ in range(200)}

    assert len(ids) == 200
    assert all(len(text) == 22 and not text.startswith("-") for text in ids)
