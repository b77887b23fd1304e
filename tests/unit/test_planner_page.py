"""The planner's page shows what its commands print today, on the town of the demo."""

from __future__ import annotations

import pytest

from tests.support.planner_page import PAGE, TOWN, commands, output_of, town, written

TEXT = PAGE.read_text(encoding="utf-8")
STALE = "run `python -m tests.support.planner_page`"


def test_the_page_has_the_commands_a_planner_needs():
    assert {command.split()[1] for command in commands(TEXT)} == {
        "check",
        "explain",
        "bundle",
        "burdens",
    }
    assert len(commands(TEXT)) >= 5


def test_the_town_of_the_page_is_that_of_the_demo():
    assert TOWN.read_text(encoding="utf-8") == town(), STALE


def test_the_page_shows_what_the_commands_print():
    assert written(TEXT, output_of) == TEXT, STALE


def test_a_page_that_shows_something_else_is_noticed():
    assert written(TEXT, lambda _command: "something else") != TEXT


def test_a_command_that_fails_is_noticed():
    with pytest.raises(AssertionError, match="hub bundle"):
        output_of("hub bundle nothing docs/examples/town/plans.json")
