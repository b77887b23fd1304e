"""What a case expects, held against what `hub check --format json` printed (model 11, `expect`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TOLERANCE = 0.01
Report = Mapping[str, Any]


def disagreements(expect: Mapping[str, Any], report: Report, exit_code: int) -> list[str]:
    """Return every way in which a report is not what was expected."""
    if "refused" in expect:
        return list(_refused(expect["refused"], report, exit_code))
    if exit_code == 2:
        return [f"refused: {report['refused']}"]
    return [
        *_findings(expect.get("findings", ()), report),
        *_absent(expect.get("absent", ()), report),
        *_bundles(expect.get("bundles"), report),
        *_only(expect, report),
        *_steps(expect.get("steps", ()), report),
    ]


def rules_named(expect: Mapping[str, Any]) -> set[str]:
    """Return the rules that a case names in findings, absent and steps."""
    named = [
        item.get("rule") or item["id"]
        for key in ("findings", "absent")
        for item in expect.get(key, ())
    ]
    named += [key for step in expect.get("steps", ()) for key in step["statuses"]]
    return {name.partition(":")[0] for name in named}


def _refused(path: str, report: Report, exit_code: int) -> Iterator[str]:
    if exit_code != 2:
        yield f"exit code {exit_code}, expected 2"
    told = [refusal["path"] for refusal in report["refused"]]
    if path not in told:
        yield f"no refusal names {path}; came {told}"
    if report["findings"]:
        yield "findings of a file that was refused"


def _findings(expected: Sequence[Mapping[str, Any]], report: Report) -> Iterator[str]:
    for item in expected:
        if not _matching(item, report):
            near = [found for found in report["findings"] if found["rule"] == item.get("rule")]
            yield f"no finding is {item}; of that rule came {near}"


def _matching(item: Mapping[str, Any], report: Report) -> list[Mapping[str, Any]]:
    return [found for found in report["findings"] if _fits(item, found)]


def _fits(item: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(_field_fits(name, value, found) for name, value in item.items())


def _field_fits(name: str, value: Any, found: Mapping[str, Any]) -> bool:
    match name:
        case "parties":
            return set(value) == set(found["parties"])
        case "evidence":
            came = {item["name"]: item["value"] for item in found["evidence"]}
            return all(key in came and _equal(part, came[key]) for key, part in value.items())
        case "must_act" | "savings":
            return all(_equal(part, found[name][key]) for key, part in value.items())
        case "options":
            return all(
                any(
                    all(_equal(part, option[key]) for key, part in wanted.items())
                    for option in found["options"]
                )
                for wanted in value
            )
        case _:
            return name in found and _equal(value, found[name])


def _equal(wanted: Any, came: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(came, bool):
        return wanted is came
    numbers = isinstance(wanted, int | float) and isinstance(came, int | float)
    return abs(wanted - came) <= TOLERANCE if numbers else bool(wanted == came)


def _absent(expected: Sequence[Mapping[str, Any]], report: Report) -> Iterator[str]:
    for item in expected:
        for found in _matching(item, report):
            yield f"{found['id']} is there ({found['status']})"


def _bundles(expected: Mapping[str, Mapping[str, Any]] | None, report: Report) -> Iterator[str]:
    if expected is None:
        return
    came = {bundle["id"]: bundle for bundle in report["bundles"]}
    if came.keys() != expected.keys():
        yield f"bundles {sorted(came)}, expected {sorted(expected)}"
    for key in expected.keys() & came.keys():
        for name, value in expected[key].items():
            if not _equal(value, came[key][name]):
                yield f"{key}: {name} is {came[key][name]}, expected {value}"


def _only(expect: Mapping[str, Any], report: Report) -> Iterator[str]:
    if not expect.get("only"):
        return
    meant = {
        found["id"] for item in expect.get("findings", ()) for found in _matching(item, report)
    }
    for found in report["findings"]:
        if found["status"] != "resolved" and found["id"] not in meant:
            yield f"{found['id']} is there and not expected"


def _steps(expected: Sequence[Mapping[str, Any]], report: Report) -> Iterator[str]:
    for item in expected:
        statuses: dict[str, str] = {}
        for step in report["steps"]:
            if step["step"] <= item["after"]:
                statuses.update({change["id"]: change["status"] for change in step["changes"]})
        for finding, wanted in item["statuses"].items():
            came = statuses.get(finding, "none")
            if came != wanted:
                yield f"after step {item['after']} {finding} is {came}, expected {wanted}"
