"""`hub dead-letters` and `hub replay`: what went wrong, and what went before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from hub.commands.arguments import FILE, FORMATS, LANGUAGES, Day, Decorated


@click.group("dead-letters")
def dead_letters() -> None:
    """Find, understand, put back or discard records that could not be used."""


def _letters(command: Decorated) -> Decorated:
    """Add the arguments that say which dead letters are meant."""
    options: tuple[Callable[[Decorated], Decorated], ...] = (
        click.argument("keys", nargs=-1),
        click.option("--reason", help="Those rejected for this reason."),
        click.option("--stage", help="Those rejected by this stage: register, detect or connect."),
        click.option("--all", "everything", is_flag=True, help="All that are open."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _meant(
    keys: tuple[str, ...], reason: str | None, stage: str | None, everything: bool
) -> tuple[tuple[str, ...], str | None, str | None]:
    """Return the selection; to mean everything takes a word, so that nothing does not."""
    if not (keys or reason or stage or everything):
        raise click.UsageError("name letters by key, --reason or --stage, or say --all")
    return keys, reason, stage


@dead_letters.command("list")
@click.option("--reason", help="Those rejected for this reason.")
@click.option("--stage", help="Those rejected by this stage.")
@click.option("--format", "form", type=FORMATS, default="text")
def dead_letters_list(reason: str | None, stage: str | None, form: str) -> None:
    """List open dead letters by reason, with count and example; 1 when there are any."""
    from hub import bootstrap

    sys.exit(bootstrap.list_dead_letters(((), reason, stage), form=form))


@dead_letters.command("show")
@click.argument("key")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the value, byte for byte, to this file.",
)
def dead_letters_show(key: str, save: Path | None) -> None:
    """Show one dead letter: why it was rejected, its headers and its value."""
    from hub import bootstrap

    sys.exit(bootstrap.show_dead_letter(key, save=save))


@dead_letters.command("retry")
@_letters
@click.option("--by", help="Who retries; default: the Kafka user.")
def dead_letters_retry(
    keys: tuple[str, ...], reason: str | None, stage: str | None, everything: bool, by: str | None
) -> None:
    """Put records back as they were, where they were; 1 when some had to be left."""
    from hub import bootstrap

    sys.exit(bootstrap.retry_dead_letters(_meant(keys, reason, stage, everything), by=by))


@dead_letters.command("discard")
@_letters
@click.option("--by", required=True, help="Who decides: a role or a team.")
@click.option("--why", required=True, help="Why they are not needed.")
def dead_letters_discard(
    keys: tuple[str, ...],
    reason: str | None,
    stage: str | None,
    everything: bool,
    by: str,
    why: str,
) -> None:
    """Settle letters without putting them back; who and why is kept beside them."""
    from hub import bootstrap

    sys.exit(
        bootstrap.discard_dead_letters(_meant(keys, reason, stage, everything), by=by, why=why)
    )


@click.command()
@click.argument("file", required=False, type=FILE)
@click.option(
    "--from",
    "origin",
    type=click.Choice(["inputs", "log"]),
    default="inputs",
    show_default=True,
    help="Without a file: everything that came in, or the exact log of the last days.",
)
@click.option("--programme", default="main", show_default=True, help="As in HUB_PROGRAMMES.")
@click.option("--until", type=Day(), help="The day to look at; default: the end of the history.")
@click.option("--since", type=Day(), help="Only findings that changed on this day or later.")
@click.option(
    "--policy", "policy_file", type=FILE, help="Policy (reference file) instead of the history's."
)
@click.option("--rules", help="Only these rules, such as C01,C02.")
@click.option(
    "--compare", type=FILE, help="Differences from an earlier run, saved with --format json."
)
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the history itself to this file, one event a line, instead of a report.",
)
@click.option(
    "--to",
    "side_prefix",
    metavar="PREFIX",
    help="Write the findings to PREFIX.conflicts, .opportunities and .feedback as well.",
)
@click.option("--format", "form", type=FORMATS, default="text")
@click.option("--lang", type=LANGUAGES, default="nl", help="Language of the report.")
def replay(
    file: Path | None,
    origin: str,
    programme: str,
    until: date | None,
    since: date | None,
    policy_file: Path | None,
    rules: str | None,
    compare: Path | None,
    export: Path | None,
    side_prefix: str | None,
    form: str,
    lang: str,
) -> None:
    """Fold a history again: what was open on a day and why, also under other rules.

    FILE is a programme file with changes, or an export; without it the topics are read. With
    --compare it exits with 1 when the runs differ. With --to and --since the topics begin with what
    was open when that day came.
    """
    if export is not None and (side_prefix is not None or compare is not None):
        raise click.UsageError("--export writes the history instead: leave out --to and --compare")
    from hub import bootstrap

    sys.exit(
        bootstrap.replay(
            file,
            origin=origin,
            programme=programme,
            until=until,
            since=since,
            policy_file=policy_file,
            rules=tuple(name.strip().upper() for name in (rules or "").split(",") if name.strip()),
            compare=compare,
            export=export,
            side_prefix=side_prefix,
            form=form,
            lang=lang,
        )
    )
