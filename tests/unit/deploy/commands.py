"""Whether a written `hub …` command is one: its words are parsed, nothing is run."""

from __future__ import annotations

from collections.abc import Sequence

import click

from hub.cli import cli


def problem_of(words: Sequence[str]) -> str | None:
    """Return what is wrong with the words after `hub`, None if they are a command."""
    command: click.Command = cli
    context = click.Context(cli, info_name="hub")
    rest = list(words)
    while isinstance(command, click.Group):
        if not rest:
            return "ends before a command"
        if rest[0] in ("--version", "--help"):
            return None
        found = command.get_command(context, rest[0])
        if found is None:
            return f"{rest[0]} is no command of {context.command_path}"
        command, context = found, click.Context(found, parent=context, info_name=rest[0])
        rest = rest[1:]
    try:
        given, left, _ = command.make_parser(context).parse_args(args=rest)
    except click.ClickException as error:
        return error.format_message()
    if left:
        return f"{left} are too many words"
    return _value_problem(command, context, given)


def _value_problem(
    command: click.Command, context: click.Context, given: dict[str, object]
) -> str | None:
    for parameter in command.get_params(context):
        value = given.get(parameter.name or "")
        if value is None or value == ():
            if parameter.required:
                return f"{parameter.name} is missing"
        elif isinstance(parameter.type, click.Choice) and value not in parameter.type.choices:
            return f"{parameter.name} is none of {', '.join(parameter.type.choices)}"
    return None
