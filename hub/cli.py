"""The command line: parses arguments and calls bootstrap; nothing heavy is imported here.

Exit codes: 0 done (`check`: no open conflict of severity heavy) · 1 `check` found one, or a command
found what it looks for · 2 wrong arguments, settings or input · 3 the outside world refused for now
· 70 a fault of ours.
"""

from __future__ import annotations

import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from hub import __version__
from hub.commands.arguments import FILE, FORMATS, LANGUAGES, Decorated, plan_files
from hub.commands.insight import bundle, burdens, explain
from hub.commands.operations import dead_letters, replay
from hub.commands.steering import decide, reference
from hub.errors import ContractError, HubError, RetryableError

EXIT_FOUND, EXIT_INPUT, EXIT_OUTSIDE, EXIT_FAULT = 1, 2, 3, 70


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hub")
def cli() -> None:
    """An integration hub for programming data: plan changes in, conflicts and chances out."""


@cli.command()
@plan_files()
@click.option("--format", "form", type=FORMATS, default="text")
@click.option("--lang", type=LANGUAGES, default="nl", help="Language of the report.")
@click.option(
    "--min-severity",
    type=click.Choice(["info", "light", "heavy"]),
    help="Show findings of this severity and above.",
)
@click.option(
    "--for",
    "organisation",
    metavar="ORGANISATION",
    help="Show what an organisation is asked, must answer, or has a work in.",
)
@click.option("--about", metavar="ID", help="Show what is about this work, area or goal.")
@click.option("--full", "in_full", is_flag=True, help="Print each finding by itself.")
def check(
    files: tuple[Path, ...],
    mappings: tuple[tuple[Path | None, Path], ...],
    reference_date: date | None,
    precedence: tuple[str, ...],
    form: str,
    lang: str,
    min_severity: str | None,
    organisation: str | None,
    about: str | None,
    in_full: bool,
) -> None:
    """Print the findings for a set of plan files: a linter for programmes, without a broker.

    Findings that tell one story stand in one paragraph. What is left out of the text by
    --min-severity, --for or --about still counts for the exit code; JSON has everything.
    """
    from hub.check.command import CheckOptions, check_files
    from hub.check.selection import Selection
    from hub.model.finding import Severity

    selection = Selection(
        min_severity=None if min_severity is None else Severity(min_severity),
        organisation=organisation,
        about=about,
        in_full=in_full,
    )
    if form == "json" and selection != Selection():
        raise click.UsageError(
            "--min-severity, --for, --about and --full shape the text; JSON has every finding:"
            " leave them out, or filter the JSON"
        )
    options = CheckOptions(files, mappings, reference_date, precedence, form, lang, selection)
    sys.exit(check_files(options))


@cli.command()
@plan_files()
def convert(
    files: tuple[Path, ...],
    mappings: tuple[tuple[Path | None, Path], ...],
    reference_date: date | None,
    precedence: tuple[str, ...],
) -> None:
    """Print the merged programme of the files as one programme file."""
    from hub.check.command import CheckOptions, convert_files

    sys.exit(convert_files(CheckOptions(files, mappings, reference_date, precedence)))


for command in (explain, bundle, burdens, reference, decide, dead_letters, replay):
    cli.add_command(command)


@cli.command()
@click.option("--stages", default="register,detect", show_default=True, help="Which stages to run.")
@click.option(
    "--park-all",
    is_flag=True,
    help="After exit code 65 and a look: park a flood of rejected records instead of stopping.",
)
def worker(stages: str, park_all: bool) -> None:
    """Run the stream stages: register what is planned, detect what follows from it."""
    from hub import bootstrap

    names = tuple(name.strip() for name in stages.split(","))
    sys.exit(bootstrap.run_worker(names, park_all=park_all))


@cli.group()
def connect() -> None:
    """Run a connector: check it, preview what it would send, or run it."""


def _connector(command: Decorated) -> Decorated:
    """Add the arguments that name a connector and its settings."""
    settings = click.option(
        "--settings", "settings_file", required=True, type=FILE, help="TOML with its settings."
    )
    return click.argument("name")(settings(command))


@connect.command("list")
def connect_list() -> None:
    """List the connectors that are installed, with the files they read."""
    from hub import bootstrap

    sys.exit(bootstrap.list_connectors())


@connect.command("check")
@_connector
def connect_check(name: str, settings_file: Path) -> None:
    """Tell everything that is wrong with the settings, the mapping and the source."""
    from hub import bootstrap

    sys.exit(bootstrap.check_connector(name, settings_file))


@connect.command("preview")
@_connector
@click.option("--offline", is_flag=True, help="Compare with nothing: show everything as new.")
def connect_preview(name: str, settings_file: Path, offline: bool) -> None:
    """Show what would be sent, against what was sent before; sends nothing."""
    from hub import bootstrap

    sys.exit(bootstrap.preview_connector(name, settings_file, offline=offline))


cli.add_command(connect_preview, "preview")


@connect.command("run")
@_connector
@click.option("--once", is_flag=True, help="Read the source once and end.")
@click.option("--allow-mass-withdrawal", is_flag=True, help="Withdraw however many works are gone.")
def connect_run(name: str, settings_file: Path, once: bool, allow_mass_withdrawal: bool) -> None:
    """Send plan changes, again and again or once."""
    from hub import bootstrap

    sys.exit(
        bootstrap.run_connector(
            name, settings_file, once=once, allow_mass_withdrawal=allow_mass_withdrawal
        )
    )


@cli.command()
@click.option("--broker", metavar="HOST:PORT", help="Use this Kafka instead of an embedded one.")
@click.option("--once", is_flag=True, help="Play the story once and end with a summary.")
@click.option("--lang", type=LANGUAGES, default="nl")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another town.")
def demo(broker: str | None, once: bool, lang: str, seed: int) -> None:
    """Watch plan changes of a fictional municipality become conflicts, on a real Kafka."""
    from hub import bootstrap
    from hub.demo import DemoOptions, run_demo

    connect = bootstrap.connection_of
    sys.exit(run_demo(DemoOptions(broker=broker, once=once, lang=lang, seed=seed, connect=connect)))


@cli.command()
@click.option("--data", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), default=9092, show_default=True)
@click.option("--durable", is_flag=True, help="Flush to disk; for a pilot on one machine.")
def broker(data: Path, port: int, durable: bool) -> None:
    """Run the embedded Apache Kafka until it is interrupted."""
    from hub import bootstrap

    sys.exit(bootstrap.run_broker(data, port=port, durable=durable))


@cli.group()
def topics() -> None:
    """Compare the topics of the catalogue with the broker, and create them."""


@topics.command("plan")
def topics_plan() -> None:
    """Show what `apply` would create, and where the broker differs."""
    from hub import bootstrap

    sys.exit(bootstrap.plan_topics())


@topics.command("apply")
@click.option("--grow", is_flag=True, help="Add partitions for programmes that are new.")
def topics_apply(grow: bool) -> None:
    """Create the topics that are missing; nothing that exists is altered."""
    from hub import bootstrap

    sys.exit(bootstrap.apply_topics(grow=grow))


@cli.group()
def schemas() -> None:
    """Check and release the contracts."""


@schemas.command("check")
def schemas_check() -> None:
    """Hold the current schemas against every released version."""
    from hub import bootstrap

    sys.exit(bootstrap.check_schemas())


@schemas.command("release")
@click.argument("type_name")
def schemas_release(type_name: str) -> None:
    """Freeze the current schema of a type as its next version."""
    from hub import bootstrap

    sys.exit(bootstrap.release_schema(type_name))


@cli.group(invoke_without_command=True)
@click.option("--lang", type=LANGUAGES, default="nl")
@click.pass_context
def rules(ctx: click.Context, lang: str) -> None:
    """List the rules that are installed."""
    ctx.obj = lang
    if ctx.invoked_subcommand is None:
        from hub.check.catalogue import list_rules

        click.echo(list_rules(lang))


@rules.command("show")
@click.argument("rule_id")
@click.pass_obj
def rules_show(lang: str, rule_id: str) -> None:
    """Show one rule: what it looks at, its thresholds with default and source."""
    from hub.check.catalogue import show_rule

    click.echo(show_rule(rule_id, lang))


@rules.command("doc")
def rules_doc() -> None:
    """Print the documentation page of the rules (docs/rules.md)."""
    from hub.check.catalogue import rules_page

    click.echo(rules_page(), nl=False)


@cli.command("settings")
def settings_show() -> None:
    """Show the effective settings, secrets masked."""
    from hub.settings import load_settings

    for name, value in load_settings().shown().items():
        click.echo(f"{name}={value}")


def _exit_code(error: HubError) -> int:
    if isinstance(error, RetryableError):
        return EXIT_OUTSIDE
    return EXIT_FAULT if isinstance(error, ContractError) else EXIT_INPUT


def main() -> NoReturn:
    """Run a command; every error that is told on purpose becomes one line and an exit code."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_INPUT)
    except HubError as error:
        click.echo(f"hub: {error}", err=True)
        sys.exit(_exit_code(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        click.echo(
            f"hub: a fault of ours ({type(error).__name__}); please report it. "
            "HUB_LOG_LEVEL=DEBUG shows where.",
            err=True,
        )
        if os.environ.get("HUB_LOG_LEVEL") == "DEBUG":
            traceback.print_exc()
        sys.exit(EXIT_FAULT)
    sys.exit(0)
