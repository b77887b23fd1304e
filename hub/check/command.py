"""`hub check` and `hub convert`: from files to standard output and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from hub.check import findings_json
from hub.check.intake import Intake, read_files
from hub.check.offline import Outcome, Progress, run
from hub.check.programme_file import write_programme
from hub.check.selection import Selection
from hub.engine.merge import SourcePrecedence
from hub.errors import Refusal, RejectedRecordError
from hub.model.finding import FindingKind, Severity

EXIT_CLEAN, EXIT_HEAVY, EXIT_REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What was asked on the command line.

    `mappings` pairs a source file (None: every source file) with its mapping file. `selection` is
    what the text report shows; JSON has everything.
    """

    files: tuple[Path, ...]
    mappings: tuple[tuple[Path | None, Path], ...] = ()
    reference_date: date | None = None
    precedence: tuple[str, ...] = ()
    form: str = "text"
    lang: str = "nl"
    selection: Selection = field(default_factory=Selection)


def check_files(options: CheckOptions) -> int:
    """Print the report of the files and return the exit code."""
    intake = read_intake(options)
    outcome = None
    if intake.usable:
        with _progress() as progress:
            intake, outcome = evaluate(intake, options, progress)
    if options.form == "json":
        sys.stdout.write(findings_json.render(intake, outcome))
    else:
        from hub.check.report import print_report

        print_report(intake, outcome, options.lang, options.selection)
    return exit_code(outcome)


def evaluate(
    intake: Intake,
    options: CheckOptions,
    progress: Progress | None = None,
    *,
    options_of_steps: bool = False,
) -> tuple[Intake, Outcome | None]:
    """Return the outcome; a programme that contradicts itself on the way is refused whole."""
    precedence = SourcePrecedence(options.precedence)
    try:
        return intake, run(
            intake.programme,
            precedence=precedence,
            progress=progress,
            options_of_steps=options_of_steps,
        )
    except RejectedRecordError as error:
        file = str(options.files[0]) if len(options.files) == 1 else ""
        refusals = tuple(
            Refusal(item.path, item.came, item.expected, item.file or file, item.reason)
            for item in error.refusals
        )
        return intake.refusing(refusals), None


def exit_code(outcome: Outcome | None) -> int:
    """Return 2 when nothing could be evaluated, 1 for an open heavy conflict, else 0."""
    if outcome is None:
        return EXIT_REFUSED
    heavy = any(
        finding.kind is FindingKind.CONFLICT
        and finding.severity is Severity.HEAVY
        and finding.status.is_open
        for finding in outcome.findings
    )
    return EXIT_HEAVY if heavy else EXIT_CLEAN


def convert_files(options: CheckOptions) -> int:
    """Print the merged programme of the files; what was refused is told on standard error."""
    intake = read_intake(options)
    for refusal in intake.refused:
        sys.stderr.write(f"hub convert: {refusal}\n")
    if not intake.usable:
        return EXIT_REFUSED
    value = write_programme(intake.programme)
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
    return EXIT_CLEAN


def read_intake(options: CheckOptions) -> Intake:
    """Return what the files of a command hold together."""
    named = {file: mapping for file, mapping in options.mappings if file is not None}
    general = [mapping for file, mapping in options.mappings if file is None]
    return read_files(
        options.files,
        mappings=named,
        default_mapping=general[-1] if general else None,
        reference_date=options.reference_date,
        today=date.today(),
    )


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Yield a way to show progress: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Evaluating", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
