"""`hub explain`, `hub bundle` and `hub burdens` on files: the texts of a running programme."""

from __future__ import annotations

import sys

from hub.check.bundle_view import bundle_text
from hub.check.burdens import burdens_of_files, burdens_text
from hub.check.command import EXIT_CLEAN, EXIT_REFUSED, CheckOptions, evaluate, read_intake
from hub.check.explain import explanation_text
from hub.check.programme_file import Programme
from hub.check.scene import Scene, scene_of_files
from hub.engine.merge import SourcePrecedence
from hub.rules.rule import Language


def explain_files(finding_id: str, options: CheckOptions) -> int:
    """Print what is behind a finding of the files.

    :raises ConfigurationError: if the files give no such finding
    """
    read = _read(options, "explain")
    if read is None:
        return EXIT_REFUSED
    text = explanation_text(finding_id, read[1], Language(options.lang), where=_files(options))
    sys.stdout.write(text)
    return EXIT_CLEAN


def bundle_files(bundle_id: str, options: CheckOptions) -> int:
    """Print what a bundle in the files is.

    :raises ConfigurationError: if the files give no such bundle
    """
    read = _read(options, "bundle")
    if read is None:
        return EXIT_REFUSED
    text = bundle_text(bundle_id, read[1], Language(options.lang), where=_files(options))
    sys.stdout.write(text)
    return EXIT_CLEAN


def burdens_files(options: CheckOptions) -> int:
    """Print who was asked to move in the files, and who moved."""
    read = _read(options, "burdens", options_of_steps=True)
    if read is None:
        return EXIT_REFUSED
    found = burdens_of_files(*read, SourcePrecedence(options.precedence))
    sys.stdout.write(burdens_text(found, Language(options.lang)))
    return EXIT_CLEAN


def _files(options: CheckOptions) -> str:
    return ", ".join(str(path) for path in options.files)


def _read(
    options: CheckOptions, command: str, *, options_of_steps: bool = False
) -> tuple[Programme, Scene] | None:
    """Return the programme of the files and what follows; what was refused is told."""
    intake, outcome = read_intake(options), None
    if intake.usable:
        intake, outcome = evaluate(intake, options, options_of_steps=options_of_steps)
    for refusal in intake.refused:
        sys.stderr.write(f"hub {command}: {refusal}\n")
    if outcome is None:
        return None
    return intake.programme, scene_of_files(intake.programme, outcome)
