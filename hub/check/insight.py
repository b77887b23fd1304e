"""`hub explain`, `hub bundle` and `hub burdens` on files: what a running programme would tell."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from hub.check.bundle_json import bundle_report_json
from hub.check.bundle_view import bundle_text
from hub.check.burdens import Burden, burdens_json, burdens_of_files, burdens_text
from hub.check.command import EXIT_CLEAN, EXIT_REFUSED, CheckOptions, evaluate, read_intake
from hub.check.explain import explanation_text
from hub.check.explanation_json import explanation_json
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
    sys.stdout.write(
        explained(finding_id, read[1], where=_files(options), form=options.form, lang=options.lang)
    )
    return EXIT_CLEAN


def bundle_files(bundle_id: str, options: CheckOptions) -> int:
    """Print what a bundle in the files is.

    :raises ConfigurationError: if the files give no such bundle
    """
    read = _read(options, "bundle")
    if read is None:
        return EXIT_REFUSED
    sys.stdout.write(
        bundle_shown(
            bundle_id, read[1], where=_files(options), form=options.form, lang=options.lang
        )
    )
    return EXIT_CLEAN


def burdens_files(options: CheckOptions) -> int:
    """Print who was asked to move in the files, and who moved."""
    read = _read(options, "burdens", options_of_steps=True)
    if read is None:
        return EXIT_REFUSED
    found = burdens_of_files(*read, SourcePrecedence(options.precedence))
    sys.stdout.write(burdens_shown(found, form=options.form, lang=options.lang))
    return EXIT_CLEAN


def explained(finding_id: str, scene: Scene, *, where: str, form: str, lang: str) -> str:
    """Return what is behind a finding, as text or JSON.

    :raises ConfigurationError: if the finding is nowhere
    """
    if form == "json":
        return explanation_json(finding_id, scene, where=where)
    return explanation_text(finding_id, scene, Language(lang), where=where)


def bundle_shown(bundle_id: str, scene: Scene, *, where: str, form: str, lang: str) -> str:
    """Return what a bundle is, as text or JSON.

    :raises ConfigurationError: if there is no such bundle
    """
    if form == "json":
        return bundle_report_json(bundle_id, scene, where=where)
    return bundle_text(bundle_id, scene, Language(lang), where=where)


def burdens_shown(found: Iterable[Burden], *, form: str, lang: str) -> str:
    """Return who was asked to move and who moved, as text or JSON."""
    return burdens_json(found) if form == "json" else burdens_text(found, Language(lang))


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
