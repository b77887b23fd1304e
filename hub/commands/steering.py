"""`hub reference` and `hub decide`: what people tell the hub besides plans."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from hub.commands.arguments import FILE, Day, Decorated

_PROGRAMME = click.option(
    "--programme", default="main", show_default=True, metavar="NAME", help="As in HUB_PROGRAMMES."
)


@click.group()
def reference() -> None:
    """Check and publish goals, calendar, moratoria, areas and policy."""


@reference.command("validate")
@click.argument("files", nargs=-1, required=True, type=FILE)
def reference_validate(files: tuple[Path, ...]) -> None:
    """Tell everything that is wrong in reference files (TOML, YAML, JSON), and between them."""
    from hub.reference.command import validate

    sys.exit(validate(files))


@reference.command("publish")
@click.argument("files", nargs=-1, required=True, type=FILE)
@_PROGRAMME
@click.option("--preview", is_flag=True, help="Show what would be sent; send nothing.")
def reference_publish(files: tuple[Path, ...], programme: str, preview: bool) -> None:
    """Send what differs from what the programme has; what is left out stays in force."""
    from hub import bootstrap

    sys.exit(bootstrap.publish_reference(files, programme=programme, preview=preview))


@reference.command("holidays")
@click.option("--years", required=True, metavar="YYYY[-YYYY]", help="Both years included.")
@click.option("--municipality", metavar="GMnnnn", help="Hold for this municipality only.")
def reference_holidays(years: str, municipality: str | None) -> None:
    """Print the Dutch public holidays as a reference file (TOML)."""
    from hub.reference.holidays import holidays_toml

    click.echo(holidays_toml(years, municipality), nl=False)


@click.group()
def decide() -> None:
    """Answer a finding, or report a formal decision; waits until it shows."""


def _said(command: Decorated) -> Decorated:
    """Add the arguments that every decision has: who, when, why, where."""
    options: tuple[Callable[[Decorated], Decorated], ...] = (
        click.option("--by", required=True, metavar="ORG", help="The organisation that decides."),
        click.option("--on", type=Day(), help="The day of the decision; default: today."),
        click.option("--reason", help="Why, in your own words."),
        click.option(
            "--id", "decision_id", help="Id of the decision; default: from who, what, when."
        ),
        _PROGRAMME,
        click.option(
            "--wait",
            "patience_s",
            type=click.FloatRange(0, 600),
            default=30,
            show_default=True,
            help="Seconds to wait for the effect.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _answer_command(kind: str, summary: str) -> None:
    @decide.command(kind, help=summary)
    @click.argument("finding")
    @_said
    def answer(
        finding: str,
        by: str,
        on: date | None,
        reason: str | None,
        decision_id: str | None,
        programme: str,
        patience_s: float,
    ) -> None:
        from hub import bootstrap

        about = {"finding": finding}
        said = {"kind": kind, "by": by, "on": on, "reason": reason, "id": decision_id}
        sys.exit(bootstrap.send_decision(about, said, programme=programme, patience_s=patience_s))


_answer_command("acknowledge", "Take a finding in hand.")
_answer_command("accept", "Accept a finding: an opportunity will be taken, a request met.")
_answer_command("decline", "Decline an opportunity, or a request.")
_answer_command("counter", "Answer a request with a proposal of your own (say it in --reason).")


@decide.command("taken")
@click.option("--intervention", required=True, metavar="ID", help="The work it is about.")
@click.option("--decision", "required", required=True, metavar="ID", help="Its required decision.")
@_said
def decide_taken(
    intervention: str,
    required: str,
    by: str,
    on: date | None,
    reason: str | None,
    decision_id: str | None,
    programme: str,
    patience_s: float,
) -> None:
    """Report that a decision which a work needs was taken."""
    from hub import bootstrap

    about = {"intervention": intervention, "required_decision": required}
    said = {"kind": "taken", "by": by, "on": on, "reason": reason, "id": decision_id}
    sys.exit(bootstrap.send_decision(about, said, programme=programme, patience_s=patience_s))
