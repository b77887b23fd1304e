"""`hub explain`, `hub bundle`, `hub burdens`: on plan files, or on a running programme."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from hub.commands.arguments import FORMATS, LANGUAGES, plan_files

if TYPE_CHECKING:
    from hub.check.command import CheckOptions


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command looks: in files, or in a running programme; `shown` says how it prints."""

    files: CheckOptions | None
    programme: str
    shown: Mapping[str, str]


def _looking(command: Callable[..., int]) -> Callable[..., None]:
    """Give a command the arguments that say where to look and how to print, as one `Place`."""

    @functools.wraps(command)
    def called(lang: str, form: str, programme: str | None, **given: Any) -> None:
        files = {name: given.pop(name) for name in _OF_FILES}
        options = _files_of(files, programme, lang=lang, form=form)
        place = Place(options, programme or "", {"lang": lang, "form": form})
        sys.exit(command(place, **given))

    for option in reversed(_ARGUMENTS):
        called = option(called)
    return called


_OF_FILES = ("files", "mappings", "reference_date", "precedence")
_ARGUMENTS: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    plan_files(required=False),
    click.option(
        "--programme",
        metavar="NAME",
        help="Look at this running programme (HUB_PROGRAMMES) instead of files.",
    ),
    click.option("--format", "form", type=FORMATS, default="text", help="JSON has both languages."),
    click.option("--lang", type=LANGUAGES, default="nl", help="Language of the text."),
)


def _files_of(
    files: dict[str, Any], programme: str | None, *, lang: str, form: str
) -> CheckOptions | None:
    """Return what to read, None for a running programme; exactly one of the two must be named."""
    if bool(files["files"]) == (programme is not None):
        raise click.UsageError("name plan files, or a running programme with --programme NAME")
    if programme is None:
        from hub.check.command import CheckOptions

        return CheckOptions(**files, form=form, lang=lang)
    if files["mappings"] or files["reference_date"] is not None or files["precedence"]:
        raise click.UsageError(
            "--mapping, --reference-date and --precedence are for files; a running programme"
            " has its own day and order of sources"
        )
    return None


@click.command()
@click.argument("finding")
@_looking
def explain(place: Place, finding: str) -> int:
    """Explain a finding: rule, policy values, inputs, evidence, arithmetic, history, options."""
    if place.files is not None:
        from hub.check.insight import explain_files

        return explain_files(finding, place.files)
    from hub import bootstrap

    return bootstrap.explain_finding(finding, programme=place.programme, **place.shown)


@click.command()
@click.argument("bundle_id", metavar="ID")
@_looking
def bundle(place: Place, bundle_id: str) -> int:
    """Show a bundle: who keeps the overview, who steers, with which means, to where, by which path.

    ID is that of the leading work, or of the bundle.
    """
    if place.files is not None:
        from hub.check.insight import bundle_files

        return bundle_files(bundle_id, place.files)
    from hub import bootstrap

    return bootstrap.show_bundle(bundle_id, programme=place.programme, **place.shown)


@click.command()
@_looking
def burdens(place: Place) -> int:
    """Show per organisation how often it is asked to move, by how much, and what it gave."""
    if place.files is not None:
        from hub.check.insight import burdens_files

        return burdens_files(place.files)
    from hub import bootstrap

    return bootstrap.show_burdens(programme=place.programme, **place.shown)
