"""The lock file: what ships is complete, and a line that is no locked jar is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.broker.lock_file import read_lock
from hub.errors import ConfigurationError

GOOD = f"{'a' * 64} 12 org/example/thing/1.0/thing-1.0.jar"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "some.lock"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_lock_that_ships_pins_a_whole_kafka() -> None:
    lock = read_lock()

    assert len(lock.jars) == 36
    assert len({jar.name for jar in lock.jars}) == 36
    assert {"kafka_2.13-4.1.1.jar", "slf4j-simple-1.7.36.jar"} <= {jar.name for jar in lock.jars}


def test_comments_and_empty_lines_are_no_jars(tmp_path: Path) -> None:
    lock = read_lock(written(tmp_path, "# comment", "", GOOD))

    (jar,) = lock.jars
    assert (jar.sha256, jar.size, jar.name) == ("a" * 64, 12, "thing-1.0.jar")


def test_another_set_of_jars_has_another_digest(tmp_path: Path) -> None:
    first = read_lock(written(tmp_path, GOOD)).digest
    second = read_lock(written(tmp_path, GOOD.replace("12", "13"))).digest

    assert first != second


@pytest.mark.parametrize(
    "line",
    [
        "abc",
        GOOD.replace("a" * 64, "a" * 63),
        GOOD.replace(" 12 ", " twelve "),
        GOOD.replace("org/", "../"),
        GOOD.replace("org/", "/etc/"),
        GOOD.replace(".jar", ".sh"),
        GOOD + " more",
    ],
)
def test_a_line_that_is_no_locked_jar_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"some\.lock line 2: came"):
        read_lock(written(tmp_path, GOOD, line))


def test_a_lock_without_jars_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no jars"):
        read_lock(written(tmp_path, "# nothing"))
