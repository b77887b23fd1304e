"""`hub explain`, `hub bundle`, `hub burdens`: on plan files, or on a running programme."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.commands.arguments import LANGUAGES, Decorated, Mappings, plan_files

if TYPE_CHECKING:
    from hub.check.command import CheckOptions


def _looked_through(command: Decorated) -> Decorated:
    """Add the arguments that say where to look: files or a programme, and the language."""
    options: tuple[Callable[[Decorated], Decorated], ...] = (
        plan_files(required=False),
        click.option(
            "--programme",
            metavar="NAME",
            help="Look at this running programme (HUB_PROGRAMMES) instead of files.",
        ),
        click.option("--lang", type=LANGUAGES, default="nl", help="Language of the text."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _of_files(
    files: tuple[Path, ...],
    mappings: Mappings,
    reference_date: date | None,
    precedence: tuple[str, ...],
    programme: str | None,
    lang: str,
) -> CheckOptions | None:
    """Return what to read, None for a running programme; exactly one of the two must be named."""
    if bool(files) == (programme is not None):
        raise click.UsageError("name plan files, or a running programme with --programme NAME")
    if programme is not None:
        if mappings or reference_date is not None or precedence:
            raise click.UsageError(
                "--mapping, --reference-date and --precedence are for files; a running programme"
                " has its own day and order of sources"
            )
        return None
    from hub.check.command import CheckOptions

    return CheckOptions(files, mappings, reference_date, precedence, lang=lang)


@click.command()
@click.argument("finding")
@_looked_through
def explain(
    finding: str,
    files: tuple[Path, ...],
    mappings: Mappings,
    reference_date: date | None,
    precedence: tuple[str, ...],
    programme: str | None,
    lang: str,
) -> None:
    """Explain a finding: rule, policy values, inputs, evidence, arithmetic, history, options."""
    options = _of_files(files, mappings, reference_date, precedence, programme, lang)
    if options is not None:
        from hub.check.insight import explain_files

        sys.exit(explain_files(finding, options))
    from hub import bootstrap

    assert programme is not None
    sys.exit(bootstrap.explain_finding(finding, programme=programme, lang=lang))


@click.command()
@click.argument("bundle_id", metavar="ID")
@_looked_through
def bundle(
    bundle_id: str,
    files: tuple[Path, ...],
    mappings: Mappings,
    reference_date: date | None,
    precedence: tuple[str, ...],
    programme: str | None,
    lang: str,
) -> None:
    """Show a bundle: who keeps the overview, who steers, with which means, to where, by which path.

    ID is that of the leading work, or of the bundle.
    """
    options = _of_files(files, mappings, reference_date, precedence, programme, lang)
    if options is not None:
        from hub.check.insight import bundle_files

        sys.exit(bundle_files(bundle_id, options))
    from hub import bootstrap

    assert programme is not None
    sys.exit(bootstrap.show_bundle(bundle_id, programme=programme, lang=lang))


@click.command()
@_looked_through
def burdens(
    files: tuple[Path, ...],
    mappings: Mappings,
    reference_date: date | None,
    precedence: tuple[str, ...],
    programme: str | None,
    lang: str,
) -> None:
    """Show per organisation how often it is asked to move, by how much, and what it gave."""
    options = _of_files(files, mappings, reference_date, precedence, programme, lang)
    if options is not None:
        from hub.check.insight import burdens_files

        sys.exit(burdens_files(options))
    from hub import bootstrap

    assert programme is not None
    sys.exit(bootstrap.show_burdens(programme=programme, lang=lang))
