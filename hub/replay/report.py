"""What was open on a day and why, as JSON that two runs can be compared by, and as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from hub.check.findings_json import finding_json
from hub.check.words import CAUSES, SEVERITIES, STATUSES
from hub.contracts.json_codec import write
from hub.model.finding import Finding, Severity
from hub.model.policy import THRESHOLDS, PolicyValues
from hub.replay.fold import Moment, Past, Replay
from hub.rules import explain
from hub.rules.rule import Language

FORMAT = "replay/1"


def report_of(replay: Replay, *, source: str, since: date | None = None) -> dict[str, Any]:
    """Return a run as the JSON value of a report.

    With `since` only findings that changed on that day or later are listed.
    """
    findings = [
        finding
        for finding in replay.detect.present()
        if since is None or finding.last_changed >= since
    ]
    conditions, day = replay.conditions, replay.reference_date
    return {
        "format": FORMAT,
        "source": source,
        "day": None if day is None else day.isoformat(),
        "since": None if since is None else since.isoformat(),
        "policy_replaced_by": None
        if conditions.policy is None
        else [config.version for config in conditions.policy],
        "rules": {name: rule.version for name, rule in replay.rules.items()},
        "thresholds": {
            place: _thresholds(replay.policy_of(None if place == "*" else place), THRESHOLDS)
            for place in _places(replay, findings)
        },
        "applied": dict(sorted(replay.applied.items())),
        "rejected": {"count": replay.rejected_count, "first": replay.rejected},
        "rule_failures": dict(sorted(replay.rule_failures.items())),
        "findings": [_finding(finding, replay) for finding in findings],
    }


def _places(replay: Replay, findings: Iterable[Finding]) -> list[str]:
    named = {replay.detect.municipality_of(finding) for finding in findings}
    return ["*", *sorted(name for name in named if name is not None)]


def _thresholds(policy: PolicyValues, names: Iterable[str]) -> dict[str, Any]:
    return {name: write(policy[name]) for name in names}


def _finding(finding: Finding, replay: Replay) -> dict[str, Any]:
    past = replay.pasts.get(finding.id)
    return {
        **finding_json(finding),
        "municipality": replay.detect.municipality_of(finding),
        "explanation": {
            language.value: explain(finding, language=language, name=_named(replay))
            for language in Language
        },
        "because": [] if past is None else [_moment(moment) for moment in _moments(past)],
    }


def _named(replay: Replay) -> Any:
    def name(work: str) -> str:
        title = replay.detect.title_of(work)
        return f"{title} ({work})" if title else work

    return name


def _moments(past: Past) -> Iterator[Moment]:
    """Yield the first moment and the last ones."""
    if past.count > len(past.last):
        yield past.first
    yield from past.last


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "day": moment.day.isoformat(),
        "what": moment.what,
        "where": moment.where,
        "why": moment.why,
        "status": moment.status.value,
        "revision": moment.revision,
        "cause": None if moment.cause is None else moment.cause.value,
    }


def json_text(report: Mapping[str, Any]) -> str:
    """Return a report as JSON: the same bytes for the same history and conditions."""
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


_SAID = {
    Language.NL: {
        "open": "Open op {day} volgens {source}: {count}",
        "nothing": "Er stond niets open.",
        "rejected": "{count} records zijn geweigerd; het eerste: {first}",
        "since": "sinds {day}",
        "by": "door",
        "empty": "De geschiedenis is leeg, of begint pas na deze dag.",
    },
    Language.EN: {
        "open": "Open on {day} by {source}: {count}",
        "nothing": "Nothing was open.",
        "rejected": "{count} records were refused; the first: {first}",
        "since": "since {day}",
        "by": "by",
        "empty": "The history is empty, or begins after this day.",
    },
}


def report_text(report: Mapping[str, Any], replay: Replay, language: Language) -> str:
    """Return what was open, with the rule's words and the events it followed from."""
    said = _SAID[language]
    if report["day"] is None:
        return said["empty"] + "\n"
    by_id = replay.detect.findings
    still_open = [item for item in report["findings"] if by_id[item["id"]].status.is_open]
    lines = [said["open"].format(day=report["day"], source=report["source"], count=len(still_open))]
    if not still_open:
        lines.append(said["nothing"])
    for severity in (Severity.HEAVY, Severity.LIGHT, Severity.INFO):
        group = [item for item in still_open if item["severity"] == severity.value]
        if group:
            lines += ["", f"{SEVERITIES[severity].in_language(language)} ({len(group)})"]
        for item in group:
            lines += _lines(item, by_id[item["id"]], language)
    rejected = report["rejected"]
    if rejected["count"]:
        lines += ["", said["rejected"].format(count=rejected["count"], first=rejected["first"][0])]
    return "\n".join(lines) + "\n"


def _lines(item: Mapping[str, Any], finding: Finding, language: Language) -> Iterator[str]:
    said = _SAID[language]
    status = STATUSES[finding.status].in_language(language)
    since = said["since"].format(day=finding.first_seen)
    yield f"  {item['id']} — {status}, {since}"
    yield f"    {item['explanation'][language.value]}"
    for moment in item["because"]:
        yield f"    {moment_text(moment, language)}"


def moment_text(moment: Mapping[str, Any], language: Language) -> str:
    """Return one moment of a finding's past as a line."""
    why = f": {moment['why']}" if moment["why"] else ""
    cause = ""
    if moment["cause"] is not None:
        words = {key.value: texts for key, texts in CAUSES.items()}
        cause = f" ({words[moment['cause']].in_language(language)})"
    return (
        f"{moment['day']} {moment['status']}{cause}, {_SAID[language]['by']} {moment['what']}"
        f" [{moment['where']}]{why}"
    )
