"""Arguments and options that several commands share, and how they are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import click

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
LANGUAGES = click.Choice(["nl", "en"])
FORMATS = click.Choice(["text", "json"])
Decorated = TypeVar("Decorated", bound=Callable[..., object])
Mappings = tuple[tuple[Path | None, Path], ...]
"""Source files (None: every one) with their mapping files."""


class Day(click.ParamType):
    """A day as YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day, or end with a usage error."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"came {value!r}; expected a day as YYYY-MM-DD", param, ctx)


class MappingFile(click.ParamType):
    """A mapping file, alone or for one source file."""

    name = "[FILE=]MAPPING"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Path | None, Path]:
        """Return source file and mapping, or end with a usage error."""
        if isinstance(value, tuple):
            return value
        file, separator, mapping = str(value).rpartition("=")
        if not Path(mapping).is_file():
            self.fail(f"came {mapping!r}; expected a mapping file that exists", param, ctx)
        return (Path(file) if separator else None), Path(mapping)


def plan_files(*, required: bool = True) -> Callable[[Decorated], Decorated]:
    """Add the arguments of commands that read plan files."""
    options: tuple[Callable[[Decorated], Decorated], ...] = (
        click.argument("files", nargs=-1, required=required, type=FILE),
        click.option(
            "-m",
            "--mapping",
            "mappings",
            multiple=True,
            type=MappingFile(),
            help="Mapping file for source files; FILE=MAPPING for one of several.",
        ),
        click.option(
            "--reference-date",
            type=Day(),
            help="The day from which to look; default: that of the programme files, else today.",
        ),
        click.option(
            "--precedence",
            multiple=True,
            metavar="SYSTEM",
            help="Source system that is believed first; repeat in order.",
        ),
    )

    def decorated(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated
