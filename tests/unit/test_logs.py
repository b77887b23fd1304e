"""Log lines: one line per event, fields that machines read, secrets that never appear."""

from __future__ import annotations

import io
import json
import logging
import pickle
from collections.abc import Iterator

import pytest

from hub.logs import LogFormat, Redacted, configure, log_for


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("hub", "connectors"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(form: LogFormat, event: str = "stage.restored", **fields: object) -> list[str]:
    stream = io.StringIO()
    configure(format=form, stream=stream)
    log_for("hub.test").bind(stage="detect").info(event, **fields)
    return stream.getvalue().splitlines()


def test_a_json_line_has_the_event_and_its_fields() -> None:
    (line,) = lines(LogFormat.JSON, records=3, seconds=0.25, topics=["a", "b"])

    value = json.loads(line)

    assert value.pop("time").endswith("+00:00")
    assert value == {
        "level": "info",
        "log": "hub.test",
        "event": "stage.restored",
        "stage": "detect",
        "records": 3,
        "seconds": 0.25,
        "topics": ["a", "b"],
    }


def test_a_human_line_reads_from_left_to_right() -> None:
    (line,) = lines(LogFormat.HUMAN, records=3, why="two words")

    assert (
        line.split(maxsplit=1)[1] == "info    stage.restored stage=detect records=3 why='two words'"
    )


@pytest.mark.parametrize("form", LogFormat)
def test_no_value_can_break_a_line_or_pretend_to_be_another(form: LogFormat) -> None:
    found = lines(form, name="x\n12:00:00 error forged=1\u2028\x1b[31m")

    assert len(found) == 1
    assert "\x1b" not in found[0]


@pytest.mark.parametrize("form", LogFormat)
def test_a_secret_is_never_written(form: LogFormat) -> None:
    secret = Redacted("hunter2")
    (line,) = lines(
        form,
        key=secret,
        nested={"inner": secret, "sasl.password": "hunter2"},
        password="hunter2",
        listed=[secret],
    )

    assert "hunter2" not in line
    assert "***" in line


def test_no_text_of_a_secret_can_be_made_by_accident() -> None:
    secret = Redacted("hunter2")

    assert f"{secret}|{secret!r}|{secret!s}|{secret:>10}" == "***|***|***|***"
    assert "hunter2" not in repr([secret])
    assert secret == Redacted("hunter2") != Redacted("other")
    with pytest.raises(TypeError, match="not to be stored"):
        pickle.dumps(secret)
    assert secret.reveal() == "hunter2"


def test_a_field_cannot_replace_the_event() -> None:
    (line,) = lines(LogFormat.JSON, level="fake", log="fake")

    value = json.loads(line)
    assert (value["level"], value["log"]) == ("info", "hub.test")


def test_a_long_value_is_cut() -> None:
    (line,) = lines(LogFormat.JSON, text="x" * 10_000, items=list(range(1_000)))

    assert len(line) < 1_200


def test_libraries_write_warnings_only_and_go_to_the_same_place() -> None:
    stream = io.StringIO()
    configure(format=LogFormat.JSON, stream=stream)

    logging.getLogger("somebody.elses").info("chatter")
    logging.getLogger("somebody.elses").warning("trouble %s", 7)

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "trouble 7"


def test_an_error_of_a_library_is_named_without_its_traceback() -> None:
    stream = io.StringIO()
    configure(format=LogFormat.JSON, stream=stream)

    try:
        raise RuntimeError("broken pipe")
    except RuntimeError:
        logging.getLogger("somebody.elses").exception("failed")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["error_class"] == "RuntimeError"
    assert "Traceback" not in line


def test_configuring_twice_does_not_write_twice() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    configure(stream=stream)

    log_for("hub.test").warning("once")

    assert len(stream.getvalue().splitlines()) == 1
